//! The commits of `mlopsgen watch`, and what keeps them waiting.

use std::path::Path;
use std::time::Duration;

use super::told::{Became, Pause, Told};
use super::{Failure, Watcher};
use crate::cli::publish;
use crate::git::{CommitOutcome, Obstacle, Repository};
use crate::pipeline::{Cause, CommitPolicy, Plan, Run};
use crate::workspace::Applied;

/// How long after a commit a `git commit` that ran beside it has ended.
const SETTLE: Duration = Duration::from_millis(300);
impl Watcher<'_, '_> {
    /// Takes note that nothing keeps commits waiting any more. What waited is seen from the last commit, which may hold
    /// some of it by now.
    pub(super) fn resume(&mut self) -> Result<(), Failure> {
        let Some(repository) = self.repository.as_ref().filter(|_| self.obstacle.is_some()) else {
            return Ok(());
        };
        if repository.obstacle()?.is_some() {
            return Ok(());
        }
        self.last = publish::last_committed(&self.project, repository)?;
        self.obstacle = None;
        self.teller.tell(&Told::Resumed)
    }

    /// Says why a commit was not made, once for each reason.
    pub(super) fn wait_for(&mut self, outcome: Option<&CommitOutcome>) -> Result<(), Failure> {
        let Some(CommitOutcome::Held(obstacle)) = outcome else {
            return Ok(());
        };
        if self.obstacle.replace(obstacle.clone()).as_ref() == Some(obstacle) {
            return Ok(());
        }
        self.teller.tell(&Told::Paused(Pause {
            reason: format!("nothing is committed: {obstacle}"),
            hint: obstacle.hint(),
        }))
    }

    pub(super) fn is_held_up(&self) -> Result<bool, Failure> {
        Ok(match &self.repository {
            Some(repository) => repository.obstacle()?.is_some(),
            None => false,
        })
    }

    pub(super) fn policy(&self, run: &Run) -> CommitPolicy {
        if self.options.no_commit {
            return CommitPolicy::Off;
        }
        let config = run.config.as_ref();
        config.map_or(CommitPolicy::Off, |c| c.commit)
    }

    /// Commits what was written; `None` where nothing is to be committed.
    pub(super) fn commit(
        &mut self,
        done: (&Run, &Plan, &Applied),
        causes: &[Cause],
    ) -> Result<Option<CommitOutcome>, Failure> {
        let (Some(repository), Some(base)) = (&self.repository, &self.base) else {
            return Ok(None);
        };
        if self.policy(done.0) != CommitPolicy::Both {
            return Ok(None);
        }
        let outcome = publish::commit(&self.project, (repository, base), done, &causes.into())?;
        if let CommitOutcome::Committed { short, .. } = &outcome {
            self.committed = Some(short.clone());
            settle_soon(&self.project.root);
        }
        Ok(Some(outcome))
    }
}

/// Whether an obstacle goes away without a change of files, and can be looked for without harm.
pub(super) fn passes(obstacle: &Obstacle) -> bool {
    matches!(
        obstacle,
        Obstacle::ApplyMailbox
            | Obstacle::Bisect
            | Obstacle::CherryPick
            | Obstacle::Merge
            | Obstacle::Rebase
            | Obstacle::Revert
            | Obstacle::Locked { .. }
            | Obstacle::DetachedHead
            | Obstacle::NoIdentity
            | Obstacle::HeadMoved
    )
}

/// What became of a change.
pub(super) fn became(outcome: Option<&CommitOutcome>) -> Became {
    match outcome {
        None => Became::Written,
        Some(CommitOutcome::Committed { short, .. }) => Became::Committed(short.clone()),
        Some(CommitOutcome::Unchanged) => Became::Unchanged,
        Some(CommitOutcome::Held(obstacle)) => Became::Held(obstacle.to_string()),
        Some(CommitOutcome::Staged { paths }) => Became::Held(format!(
            "you have staged other content of {}",
            paths.join(", ")
        )),
    }
}

/// Puts the index right, a moment after a commit, if a `git commit` of the user's ran at the same time.
fn settle_soon(root: &Path) {
    let root = root.to_owned();
    std::thread::spawn(move || {
        std::thread::sleep(SETTLE);
        // What cannot be settled now is settled before the next commit, which reports what is wrong.
        let repository = Repository::discover(&root).ok().flatten();
        drop(repository.map(|r| r.settle()));
    });
}
