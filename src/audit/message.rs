//! The message of a commit of artifacts: subject, causes, files, and trailers that tools read.

use std::sync::Arc;

use crate::diag::one_line;
use crate::git::Revision;
use crate::pipeline::{self, Cause, Decision, Plan, PlannedFile, RECORDS, Run};
use crate::rows::Rows;
use crate::world::{World, WorldError};

/// The trailer that names a cause; there is one for each.
pub const CAUSE: &str = "Mlopsgen-Cause";

/// The trailer with the digest of all records of the commit.
pub const RECORD: &str = "Mlopsgen-Record";

/// The trailer with the commit that inputs were restored from.
pub const RESTORED: &str = "Mlopsgen-Restored";

/// The trailer with the reason of that, in one line.
pub const REASON: &str = "Mlopsgen-Reason";

/// What a commit is made for.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'c> {
    /// The inputs that changed.
    pub causes: &'c [Cause],
    /// What was restored, where that is why they changed.
    pub restored: Option<Restored<'c>>,
    /// What is known of all that did not change.
    pub rest: Rest<'c>,
}

/// What is known of files that neither changed nor are written now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest<'c> {
    /// Nothing: each is held against the last commit.
    #[default]
    Unknown,
    /// The last commit has them as they are, and records with these digests.
    Committed(&'c RecordDigests),
}

/// Inputs that are put back to what an earlier commit has.
#[derive(Clone, Copy, Debug)]
pub struct Restored<'c> {
    /// The files and folders that were named.
    pub paths: &'c [String],
    /// The earlier commit.
    pub from: &'c Revision,
    /// Why, in the words of who does it.
    pub reason: &'c str,
}

impl<'c> From<&'c [Cause]> for Occasion<'c> {
    fn from(causes: &'c [Cause]) -> Self {
        Self {
            causes,
            restored: None,
            rest: Rest::Unknown,
        }
    }
}

/// What is said where nothing was generated before.
const FIRST: &str = "first version";
/// The longest subject, in characters.
const SUBJECT: usize = 72;
/// How many changes of one file are listed.
const CHANGES: usize = 20;
/// How many files are listed.
const FILES: usize = 50;

/// Writes the message of the commit that a run leads to. Names from models are put on one line.
/// `records` is the [digest](RecordDigests::together) of the records that the commit will have.
pub fn message(run: &Run, plan: &Plan, occasion: &Occasion<'_>, records: &str) -> String {
    let causes = occasion.causes;
    let is_first = !plan.files.iter().any(is_known);
    let nothing = if is_first {
        FIRST
    } else {
        "brought up to date"
    };
    let mut lines = vec![subject(occasion, nothing), String::new()];
    if let Some(restored) = &occasion.restored {
        // A line of the reason that looks like a trailer stays text: the last paragraph alone has trailers.
        lines.extend(restored.reason.lines().map(|l| one_line(l).into_owned()));
        lines.push(String::new());
    }
    for cause in causes {
        let path = one_line(&cause.path);
        if cause.changes.is_empty() {
            lines.push(format!("{path} {}", cause.what));
        }
        for change in cause.changes.iter().take(CHANGES) {
            lines.push(format!("{path} {}", one_line(change.to_string())));
        }
    }
    let written = |f: &&PlannedFile| !matches!(f.decision, Decision::Unchanged | Decision::Keep);
    for file in plan.artifacts().filter(written).take(FILES) {
        let (added, removed) = file.line_counts();
        lines.push(format!("  {} +{added} -{removed}", file.path));
    }
    lines.push(String::new());
    lines.extend(trailers(run, (occasion, nothing), records));
    lines.push(String::new());
    lines.join("\n")
}

/// The SHA-256 of each record of a workspace, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordDigests(Rows<(Arc<str>, Arc<str>)>);

impl RecordDigests {
    /// Reads all records.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn of(world: &dyn World) -> Result<Self, WorldError> {
        let mut all = Self::default();
        for path in pipeline::record_paths(world)? {
            if let Some(bytes) = world.read(&path)? {
                all.insert(&path, &bytes);
            }
        }
        Ok(all)
    }

    /// The paths of the records.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(path, _)| &**path)
    }

    /// Enters a record.
    pub fn insert(&mut self, path: &str, bytes: &[u8]) {
        let digest = pipeline::sha256(bytes).into();
        match self.place(path) {
            Err(at) => self.0.insert(at, (path.into(), digest)),
            Ok(at) => {
                if let Some((_, known)) = self.0.get_mut(at) {
                    *known = digest;
                }
            }
        }
    }

    /// Takes a record out, if a path is that of one.
    pub fn remove(&mut self, path: &str) {
        if let Ok(at) = self.place(path) {
            self.0.remove(at);
        }
    }

    fn place(&self, path: &str) -> Result<usize, usize> {
        self.0.search(|(known, _)| (**known).cmp(path))
    }

    /// One digest of all, as it stands in the trailer: of a line for each with its own and its path.
    pub fn together(&self) -> String {
        let lengths = self
            .0
            .iter()
            .map(|(path, sha256)| path.len() + sha256.len() + 2);
        let mut lines = String::with_capacity(lengths.sum());
        for (path, sha256) in &self.0 {
            for part in [sha256, " ", path, "\n"] {
                lines.push_str(part);
            }
        }
        format!("sha256:{}", pipeline::sha256(lines.as_bytes()))
    }
}

/// Whether a file tells that something was generated before.
fn is_known(file: &PlannedFile) -> bool {
    file.path.starts_with(RECORDS) && file.before.is_some()
}

fn subject(occasion: &Occasion<'_>, nothing: &str) -> String {
    let restored = occasion.restored.as_ref();
    let text = match (restored, occasion.causes) {
        (Some(restored), _) => restored.to_string(),
        (None, []) => nothing.to_owned(),
        (None, [one]) => one.to_string(),
        (None, [one, rest @ ..]) => format!("{one} and {} more", rest.len()),
    };
    shorten(&format!("mlopsgen: {}", one_line(text)), SUBJECT)
}

impl std::fmt::Display for Restored<'_> {
    /// `restore models/churn.yaml of 8c1f2e0`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short = &self.from.short;
        match self.paths {
            [] => write!(f, "restore all inputs of {short}"),
            [one] => write!(f, "restore {one} of {short}"),
            [one, rest @ ..] => write!(f, "restore {one} and {} more of {short}", rest.len()),
        }
    }
}

fn trailers(run: &Run, (occasion, nothing): (&Occasion<'_>, &str), records: &str) -> Vec<String> {
    let causes = occasion.causes;
    let mut lines: Vec<String> = causes
        .iter()
        .take(CHANGES)
        .map(|cause| {
            let line = format!("{} {}", cause.kind.word(), one_line(cause.to_string()));
            format!("{CAUSE}: {}", shorten(&line, 400))
        })
        .collect();
    if lines.is_empty() {
        lines.push(format!("{CAUSE}: model {nothing}"));
    }
    if let Some(restored) = &occasion.restored {
        lines.push(format!("{RESTORED}: {}", restored.from.id));
        let reason = shorten(&one_line(restored.reason), 400);
        lines.push(format!("{REASON}: {reason}"));
    }
    lines.push(format!("Mlopsgen-Inputs: sha256:{}", run.inputs_digest()));
    lines.push(format!("{RECORD}: {records}"));
    lines.push(format!(
        "Mlopsgen-Engine: {} (semantics {})",
        pipeline::VERSION,
        pipeline::SEMANTICS
    ));
    lines
}

fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width - 1).collect();
    short.push('…');
    short
}
