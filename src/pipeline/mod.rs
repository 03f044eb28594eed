//! The whole way from files to a plan of files, as a pure function of a [`World`](crate::world::World).
//!
//! [`run()`] reads `mlopsgen.yaml` and what it names, checks, transforms and renders; [`Live`] does it
//! again and again, and makes only what hangs on a change. [`plan()`] compares the result with
//! what stands in the workspace. Neither touches the machine: `workspace` carries a plan out.

mod cause;
mod chain;
mod config;
mod constraints;
mod editor;
mod findings;
mod fix;
mod follow;
mod inputs;
mod language;
mod live;
mod pack;
mod plan;
mod printed;
mod prints;
mod reader;
mod recalled;
mod record;
mod run;
mod settle;
mod shelf;
mod snapshot;
mod stages;
mod together;
mod undo;

pub use cause::{Cause, CauseKind, causes};
pub use chain::{Chain, FileOf, Stage};
pub use config::{CONFIG_FILE, CommitPolicy, Config};
pub use constraints::{Repairs, check_alone};
pub use editor::{SCHEMA, schema_file, schema_text};
pub use fix::{Fixed, MadeFix, fix, fix_one};
pub use inputs::{Input, Inputs};
pub use live::{Live, Remade};
pub use pack::{PACK_NAME, example, pack};
pub use plan::{
    Bases, Decision, ORPHANED, Piece, Plan, PlannedFile, State, completed_models, in_pieces, plan,
    plan_of,
};
pub use printed::{Outline, Printed};
pub use record::{
    COMPLETED, OWN, RECORDS, Record, Subject, record_paths, records, same_but_line_ends,
};
pub use run::{ModelRun, Models, Run, configuration, helpers, metamodel, models, run};
pub use settle::{Refusal, Settling};
pub use undo::Undo;

/// The version of the program, which every record names.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Counts up when the same inputs give other bytes.
pub const SEMANTICS: u32 = 1;

/// A SHA-256.
pub(crate) type Digest = [u8; 32];

/// The SHA-256 of bytes.
pub(crate) fn sha256_of(bytes: &[u8]) -> Digest {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).into()
}

/// The SHA-256 of bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    digits(sha256_of(bytes))
}

/// A SHA-256 in hexadecimal digits.
fn digits(digest: Digest) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let mut text = String::with_capacity(64);
    for byte in digest {
        text.extend([byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]));
    }
    text
}
