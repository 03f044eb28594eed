//! What a commit changed in the inputs, in the words of the models: whoever made it, and whatever its message says.

use crate::git::{GitError, PastWorlds, Repository, Revision};
use crate::pipeline::{self, Cause, CauseKind, Live, Run};

/// Compares commits with their first parents, best one after the other.
pub struct Changes {
    worlds: PastWorlds,
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
            live: Live::default(),
            last: None,
        })
    }

    /// The states of the workspace.
    pub fn worlds(&self) -> &PastWorlds {
        &self.worlds
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
        let Some(parent) = revision.parents.first() else {
            return Ok(changed(&Run::default(), &new));
        };
        let old = self.run(parent)?;
        let causes = changed(&old, &new);
        self.last = Some((parent.clone(), old));
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
