//! What is to be written: the artifacts of a run against what stands in the workspace.
//!
//! A file that was edited by hand is merged: what was generated last is the base, its edits are one side, what is
//! generated now is the other. What a record says of an artifact is always that base, so that a file with a conflict
//! or with edits is never taken for generated.

mod completed;
mod finding;
mod judge;
mod planner;
mod shown;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use super::record::{OWN, RECORDS};
use super::run::{Models, Run};
use crate::diag::{Diagnostic, Sources};
use crate::world::{Bytes, World, WorldError};
pub use completed::completed_models;
pub(super) use judge::generated_over;
pub use planner::{Piece, in_pieces};
pub(super) use told::{own_file, record_file};

/// Gives the bytes that were generated for a path and have a SHA-256; `None` where nobody knows them any more.
pub type Bases<'b> = &'b dyn Fn(&str, &str) -> Option<Vec<u8>>;

/// What is to happen to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It has the right bytes.
    Unchanged,
    /// It is not there and is written.
    Create,
    /// It has the bytes that were generated last and is written again.
    Update,
    /// It was edited by hand and is written with its edits and with what is generated now.
    Merge,
    /// It is written with both versions of the lines that were edited by hand and are generated otherwise now.
    Conflict,
    /// It is left over from an earlier run, was not edited, and is removed.
    Remove,
    /// It is the user's, or was edited by hand: it is kept.
    Keep,
}

impl Decision {
    /// Whether something happens to the file.
    pub const fn is_change(self) -> bool {
        !matches!(self, Self::Unchanged | Self::Keep)
    }
}

/// How an artifact stands to what is generated for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is what is generated, text of the user in protected regions aside.
    Clean,
    /// It is what is generated, with edits that the user has accepted.
    Accepted,
    /// It was generated once and is the user's since.
    Own,
    /// It was edited by hand.
    Edited,
    /// Something else is generated now.
    Stale,
    /// It was edited by hand, and something else is generated now.
    Both,
    /// It has a conflict that is to be resolved.
    Conflict,
    /// It is not there.
    Missing,
    /// Nothing generates it any more: it is removed.
    LeftOver,
    /// Nothing generates it any more, and it holds text of the user.
    Orphaned,
    /// Somebody else has written it.
    Foreign,
}

impl State {
    /// The word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Accepted => "accepted",
            Self::Own => "once",
            Self::Edited => "edited",
            Self::Stale => "stale",
            Self::Both => "both",
            Self::Conflict => "conflict",
            Self::Missing => "missing",
            Self::LeftOver => "left over",
            Self::Orphaned => "orphaned",
            Self::Foreign => "foreign",
        }
    }

    /// Whether nothing is to be done about it.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Clean | Self::Accepted | Self::Own)
    }
}

/// A file of a plan.
#[derive(Clone, Debug)]
pub struct PlannedFile {
    /// Its path below the workspace.
    pub path: String,
    /// The bytes that it should have; `None` for one that is left over.
    pub content: Option<Bytes>,
    /// The bytes that it has now.
    pub before: Option<Bytes>,
    /// What is to happen to it.
    pub decision: Decision,
}

/// All files that a run asks for.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The files, artifacts first, then records, completed models, each by path, then the schema for editors.
    pub files: Vec<PlannedFile>,
    /// How each artifact stands, those that nothing generates any more among them.
    pub states: BTreeMap<String, State>,
    /// The artifacts with text of the user that nobody has accepted, and files with text from them: what is committed of
    /// these is what the last commit makes of them, not what stands in the work tree.
    pub edits: BTreeSet<String>,
    /// Files that are kept against the run's wish, conflicts, and why.
    pub findings: Vec<Diagnostic>,
    /// The texts that the findings point into.
    pub sources: Sources,
}

impl Plan {
    /// The files to which something happens.
    pub fn changes(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files.iter().filter(|f| f.decision.is_change())
    }

    /// How many files have a decision.
    pub fn count(&self, decision: Decision) -> usize {
        self.artifacts().filter(|f| f.decision == decision).count()
    }

    /// The files that are artifacts, not what the program keeps for itself.
    pub fn artifacts(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files.iter().filter(|f| !f.path.starts_with(OWN))
    }

    /// The records of models, and their texts.
    pub fn records(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        let records = self.files.iter().filter(|f| f.path.starts_with(RECORDS));
        records.filter_map(|f| Some((&*f.path, f.content.as_ref()?)))
    }

    /// The artifacts to which something happens.
    pub fn changed_artifacts(&self) -> impl Iterator<Item = &PlannedFile> {
        self.changes().filter(|f| !f.path.starts_with(OWN))
    }

    /// Adds what follows in the plan of the same run.
    pub fn go_on_with(&mut self, piece: Self) {
        self.files.extend(piece.files);
        self.states.extend(piece.states);
        self.edits.extend(piece.edits);
        self.findings.extend(piece.findings);
        // They have what those of the pieces before have, too.
        self.sources = piece.sources;
    }

    /// Without the files of which nothing is to be told: records, and artifacts that are settled.
    #[must_use]
    pub fn open_alone(mut self) -> Self {
        let states = &self.states;
        let is_open = |file: &PlannedFile| states.get(&file.path).is_some_and(|s| !s.is_settled());
        self.files.retain(is_open);
        self
    }

    /// What is found alone, without the files.
    #[must_use]
    pub fn findings_alone(self) -> Self {
        Self {
            findings: self.findings,
            sources: self.sources,
            ..Self::default()
        }
    }

    /// Tells what a plan for a part of the same run did, which was carried out just before this one was made.
    pub fn begin_with(&mut self, before: Self) {
        let changed = before.files.into_iter().filter(|f| f.decision.is_change());
        let mut changed: BTreeMap<String, PlannedFile> =
            changed.map(|f| (f.path.clone(), f)).collect();
        for file in &mut self.files {
            if let Some(before) = changed.remove(&file.path)
                && !file.decision.is_change()
            {
                *file = before;
            }
        }
        // What was removed is in no later plan.
        self.files.splice(..0, changed.into_values());
    }

    /// Whether a finding keeps the files from being what the run asks for.
    pub fn is_held(&self) -> bool {
        self.findings.iter().any(Diagnostic::is_error)
    }
}

/// Compares a run without errors with the workspace that it is for.
pub fn plan(run: &Run, workspace: &dyn World, bases: Bases<'_>) -> Result<Plan, WorldError> {
    plan_of((run, Models::All), workspace, bases)
}

/// The same for some models of a run, where what was made of the others is known to be in the workspace.
pub fn plan_of(
    of: (&Run, Models<'_>),
    workspace: &dyn World,
    bases: Bases<'_>,
) -> Result<Plan, WorldError> {
    let mut whole = Plan::default();
    in_pieces(of, workspace, bases, &mut |piece| {
        whole.go_on_with(piece.plan);
        Ok::<(), WorldError>(())
    })?;
    Ok(whole)
}

/// The ending of files that keep text which has no place in an artifact any more.
pub const ORPHANED: &str = ".orphaned";
