//! What a commit changed in the inputs, in the words of the models: whoever made it, and whatever its message says.

use super::VerifyError;
use crate::git::{CommitWorld, GitError, HistoryEntry, PastWorlds, Repository, Revision};
use crate::pipeline::{self, Cause, CauseKind, Decision, Live, PlannedFile, Run};
use crate::world::World as _;

/// Compares commits with their first parents, best one after the other.
pub struct Changes {
    worlds: PastWorlds,
    /// Where the workspace lies in the repository.
    prefix: String,
    live: Live,
    /// The last run, with its commit.
    last: Option<(String, Run)>,
}

impl Changes {
    /// Begins with the workspace at a prefix of a repository, as [`Repository::prefix_of`] gives it.
    ///
    /// # Errors
    /// Where the repository cannot be opened.
    pub fn new(repository: &Repository, prefix: &str) -> Result<Self, GitError> {
        Ok(Self {
            worlds: PastWorlds::of(repository, prefix)?,
            prefix: prefix.to_owned(),
            live: Live::default(),
            last: None,
        })
    }

    /// The states of the workspace.
    pub fn worlds(&self) -> &PastWorlds {
        &self.worlds
    }

    /// The files of the workspace that a commit changed, as they were and are.
    ///
    /// # Errors
    /// Where the repository cannot be read.
    pub fn files(&self, entry: &HistoryEntry) -> Result<Vec<PlannedFile>, VerifyError> {
        let new = self.worlds.at(&entry.revision.id)?;
        let parent = entry.revision.parents.first();
        // The parent of the oldest commit of a shallow clone is not there.
        let old = parent.and_then(|parent| self.worlds.at(parent).ok());
        let mut files = Vec::new();
        for file in &entry.files {
            let below = file.path.strip_prefix(&self.prefix);
            let Some(path) = below.map(|p| p.trim_start_matches('/')) else {
                continue;
            };
            let read = |world: &CommitWorld| world.read(path);
            files.push(PlannedFile {
                path: path.to_owned(),
                content: read(&new)?,
                before: old.as_ref().map(read).transpose()?.flatten(),
                decision: Decision::Update,
            });
        }
        Ok(files)
    }

    /// The inputs that a commit changed, models first.
    ///
    /// # Errors
    /// Where the repository cannot be read.
    pub fn of(&mut self, revision: &Revision) -> Result<Vec<Cause>, GitError> {
        let new = match self.last.take() {
            Some((id, run)) if id == revision.id => run,
            _ => self.run(&revision.id)?,
        };
        // The parent of the oldest commit of a shallow clone is not there.
        let parent = revision.parents.first();
        let old = parent.and_then(|parent| Some((parent.clone(), self.run(parent).ok()?)));
        let Some((parent, old)) = old else {
            return Ok(changed(&Run::default(), &new));
        };
        let causes = changed(&old, &new);
        self.last = Some((parent, old));
        Ok(causes)
    }

    fn run(&mut self, commit: &str) -> Result<Run, GitError> {
        Ok(self.live.run(&self.worlds.at(commit)?))
    }
}

/// The causes between two runs. Where there was no workspace before, the program and its pack are no news.
fn changed(old: &Run, new: &Run) -> Vec<Cause> {
    let mut causes = pipeline::causes(old, new);
    causes.retain(|c| c.kind != CauseKind::Tool || !old.inputs.is_empty());
    causes
}

/// Whether changes concern an element, such as `/churn/training`, or something in it.
pub fn concern(causes: &[Cause], element: &str) -> bool {
    let element = element.trim_end_matches('/');
    let mut changes = causes.iter().flat_map(|c| &c.changes);
    changes.any(|change| {
        let below = change.element.strip_prefix(element);
        let within = below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '[']));
        // What came or went as a whole took its parts with it.
        within || (change.is_whole() && element.starts_with(&format!("{}/", change.element)))
    })
}
