//! A report of what commits changed in a workspace, why, and whether it holds: for those who audit and have no terminal.
//!
//! [`gather()`] reads it from the repository, [`html()`], [`markdown()`] and the JSON of [`Report`] write it. Everything comes
//! from commits, so the same commits give the same bytes, on any machine, at any time.

mod escape;
mod gather;
mod html;
mod markdown;

pub use gather::{Period, gather};
pub use html::html;
pub use markdown::markdown;

use serde::Serialize;

use crate::audit::ChangeReport;
use crate::git::Revision;

/// What is reported. As JSON, version 1.
#[derive(Debug, Serialize)]
pub struct Report {
    version: u32,
    engine: Engine,
    /// Where the workspace lies in its repository.
    workspace: String,
    /// The last commit, the state of which is told.
    commit: Commit,
    /// What was asked for: a revision or a range.
    asked: String,
    /// Whether the artifacts of the last commit are what it generates.
    verdict: &'static str,
    /// Why they could not be generated, where they could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    commits: Vec<Entry>,
    artifacts: Vec<Artifact>,
    inputs: Vec<Input>,
    /// One digest of all inputs and the version of the program.
    inputs_digest: String,
    problems: Vec<Problem>,
    #[serde(skip)]
    pictures: Vec<Picture>,
}

/// The program that made the report.
#[derive(Debug, Serialize)]
struct Engine {
    version: &'static str,
    semantics: u32,
}

/// A commit.
#[derive(Clone, Debug, Serialize)]
struct Commit {
    #[serde(rename = "commit")]
    id: String,
    #[serde(skip)]
    short: String,
    /// Seconds since 1970 began in Greenwich.
    time: i64,
    /// The same by the clock of the author.
    date: String,
    author: String,
    subject: String,
}

/// A commit that changed something in the workspace.
#[derive(Debug, Serialize)]
struct Entry {
    #[serde(flatten)]
    commit: Commit,
    /// What the commit says that it was made for.
    causes: Vec<String>,
    /// Which kinds of input changed; by hand where none did.
    kinds: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restored: Option<Restored>,
    verdict: &'static str,
    inputs: Vec<Changed>,
    files: Vec<File>,
    drifts: Vec<Drift>,
}

/// That inputs were put back to what an earlier commit has.
#[derive(Debug, Serialize)]
struct Restored {
    from: String,
    reason: String,
}

/// An input that a commit changed.
#[derive(Debug, Serialize)]
struct Changed {
    kind: &'static str,
    path: String,
    what: &'static str,
    changes: Vec<ChangeReport>,
    #[serde(skip)]
    lines: Vec<ChangeLine>,
}

/// One change of a model, for people.
#[derive(Debug)]
struct ChangeLine {
    /// `+`, `-`, `~` or `>`.
    mark: char,
    element: String,
    feature: Option<String>,
    old: Option<String>,
    new: Option<String>,
}

/// A file that a commit changed.
#[derive(Debug, Serialize)]
struct File {
    path: String,
    added: usize,
    removed: usize,
    /// The difference with three lines around it; none for a file that came or went.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
}

/// A file that is not what is generated, where that came in.
#[derive(Debug, Serialize)]
struct Drift {
    path: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

/// An artifact of the last commit.
#[derive(Debug, Serialize)]
struct Artifact {
    path: String,
    model: String,
    template: String,
    state: &'static str,
    sha256: String,
    /// The last commit that changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Commit>,
}

/// An input of the last commit.
#[derive(Debug, Serialize)]
struct Input {
    kind: &'static str,
    path: String,
    /// The pack that it is part of; none for a file of the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pack: Option<String>,
    sha256: String,
}

/// A finding in the inputs of the last commit.
#[derive(Debug, Serialize)]
struct Problem {
    severity: &'static str,
    code: &'static str,
    text: String,
}

/// A model as a picture.
#[derive(Debug)]
struct Picture {
    path: String,
    svg: String,
}

impl Report {
    /// Whether every artifact of every commit in it is what is generated.
    pub fn is_clean(&self) -> bool {
        self.verdict != DRIFT && self.commits.iter().all(|c| c.drifts.is_empty())
    }

    /// How many commits are told of.
    pub fn commits(&self) -> usize {
        self.commits.len()
    }

    /// The report as JSON.
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("plain data is always JSON");
        text.push('\n');
        text
    }

    /// How many commits there are of each kind of cause, the kinds in the order of their names.
    fn kinds(&self) -> Vec<(&'static str, usize)> {
        counted(self.commits.iter().flat_map(|c| c.kinds.iter().copied()))
    }

    /// How many commits each author has made.
    fn authors(&self) -> Vec<(&str, usize)> {
        counted(self.commits.iter().map(|c| c.commit.author.as_str()))
    }

    /// How many artifacts are in each state.
    fn states(&self) -> Vec<(&'static str, usize)> {
        counted(self.artifacts.iter().map(|a| a.state))
    }

    /// What holds of the last commit, as a sentence.
    fn sentence(&self) -> String {
        let drifted = self.artifacts.iter().filter(|a| !is_right(a.state)).count();
        let total = self.artifacts.len();
        match (self.verdict, &self.reason) {
            (GENERATED, _) => "Every artifact is generated again byte for byte".to_owned(),
            (DIGESTS, Some(why)) => {
                format!("The artifacts are what the records say; not generated again: {why}")
            }
            (DRIFT, _) if drifted > 0 => {
                let are = if drifted == 1 { "is" } else { "are" };
                let s = if total == 1 { "" } else { "s" };
                format!("{drifted} of {total} artifact{s} {are} not what is generated")
            }
            (DRIFT, _) => "Records or inputs are not what the artifacts were made of".to_owned(),
            _ => "There are no artifacts".to_owned(),
        }
    }
}

/// Everything was generated again and is the same.
const GENERATED: &str = "generated";
/// The digests of the records are right; nothing was generated again.
const DIGESTS: &str = "digests";
/// Something differs.
const DRIFT: &str = "drift";
/// There is nothing to verify.
const NOTHING: &str = "nothing";

/// The state of an artifact that is what its record says, and was not generated again.
const RECORDED: &str = "recorded";

/// The state of an artifact that is not in the commit, by the commit's own rules of what git ignores.
const IGNORED: &str = "ignored";

/// Whether a state of an artifact is one that nothing is to be done about.
fn is_right(state: &str) -> bool {
    matches!(state, "clean" | "accepted" | "once" | RECORDED | IGNORED)
}

fn counted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for one in all {
        *counts.entry(one).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

impl From<&Revision> for Commit {
    fn from(revision: &Revision) -> Self {
        Self {
            id: revision.id.clone(),
            short: revision.short.clone(),
            time: revision.time.seconds,
            date: revision.time.to_string(),
            author: revision.author.clone(),
            subject: revision.subject.clone(),
        }
    }
}
