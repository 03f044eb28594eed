//! The workspace's repository: commits that touch nothing else of the user's, the tree of any commit as a world, and
//! the history of files.
//!
//! The only module that knows gix, and it knows nothing of models: paths and bytes come in, an identity comes out.
//! A commit is made from `HEAD`'s tree and the requested changes alone, out of memory; what the user has staged, has
//! edited or has not told git about stays as it is, byte for byte. Where that cannot be promised nothing is
//! committed, and an [`Obstacle`] says why: no error, since it passes by itself or by a command the hint names.
#![expect(
    clippy::disallowed_methods,
    reason = "the gateway to the repository: it reads and writes below .git"
)]

mod aside;
mod blame;
mod branch;
mod checksum;
mod circumstances;
mod clean;
mod commit;
mod durable;
mod error;
mod history;
mod index;
pub mod lines;
mod lock;
mod objects;
mod obstacle;
mod pack;
mod path;
mod plan;
mod program;
mod rehearsal;
mod repository;
mod revision;
mod settings;
mod settle;
mod smudge;
mod spare;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tree;
mod world;

pub use aside::Target;
pub use blame::Blame;
pub use branch::Position;
pub use circumstances::Circumstances;
pub use commit::{Change, CommitOutcome, CommitRequest, Message};
pub use error::GitError;
pub use history::{FileChange, HistoryEntry, HistoryOptions};
pub use obstacle::Obstacle;
pub use path::within;
pub use program::Signature;
pub use rehearsal::Rehearsal;
pub use repository::Repository;
pub use revision::{Commits, Revision, Time};
pub use world::{CommitWorld, PastWorlds};
