//! What a watch tells: one type, of which people read lines ([`people`](super::people)) and machines JSON
//! ([`json`](super::json)).

use std::time::Duration;

use crate::diag::Diagnostic;
use crate::pipeline::{Cause, Plan, Run};

/// Something that a watch tells.
pub(super) enum Told<'a> {
    /// From now on, changes are seen.
    Ready(Ready<'a>),
    /// A change was taken up, or all was made again.
    Entry(Entry<'a>),
    /// Something is wrong, so that nothing was written.
    Problems(Problems<'a>),
    /// Nothing is wrong any more.
    Fixed {
        /// For how long something was.
        after: Duration,
    },
    /// Something is waited for.
    Paused(Pause),
    /// It is not waited for any more.
    Resumed,
    /// Something else that is worth a line.
    Notice(String),
    /// The watch ends.
    Stopped,
}

/// What is watched.
pub(super) struct Ready<'a> {
    /// The name of the folder.
    pub(super) folder: &'a str,
    pub(super) run: &'a Run,
    /// Where commits go.
    pub(super) commits: Commits,
    /// How often files are looked at, where the system's events are not waited for.
    pub(super) poll: Option<Duration>,
    /// How long it took to get ready.
    pub(super) took: Duration,
}

/// Whether a watch commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commits {
    /// It does.
    Made,
    /// Options or the configuration say no.
    NotWanted,
    /// There is no repository.
    Nowhere,
}

/// One change from a save to a commit.
pub(super) struct Entry<'a> {
    /// Which run of the watch it was, from 1.
    pub(super) number: usize,
    pub(super) why: Why,
    pub(super) causes: &'a [Cause],
    pub(super) run: &'a Run,
    pub(super) plan: &'a Plan,
    /// Warnings that were not told before, and conflicts.
    pub(super) findings: &'a [Diagnostic],
    pub(super) became: Became,
    /// From the first event, or the key.
    pub(super) took: Duration,
}

/// Why there was a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The watch begins, or files changed.
    Changed,
    /// What a commit waited for has ended.
    Waited,
    /// The user wants all to be made again.
    Asked,
}

/// What became of a change in git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// It is in a commit, of this short identity.
    Committed(String),
    /// It is written, and commits are not wanted here.
    Written,
    /// There was nothing to commit.
    Unchanged,
    /// It is written and not committed, for this reason.
    Held(String),
}

/// A state of the files from which nothing is made.
pub(super) struct Problems<'a> {
    /// Which run of the watch it was, from 1.
    pub(super) number: usize,
    /// What changed since something was told last.
    pub(super) causes: &'a [Cause],
    pub(super) run: &'a Run,
    /// How many artifacts hang on what changed.
    pub(super) held: usize,
    /// The last commit that was made.
    pub(super) good: Option<&'a str>,
    pub(super) took: Duration,
}

/// What is waited for.
#[derive(Clone, Debug)]
pub(super) struct Pause {
    /// The reason, in one line.
    pub(super) reason: String,
    /// What ends it.
    pub(super) hint: &'static str,
}
