//! The commits of `mlopsgen watch`, and what keeps them waiting.

use std::path::Path;
use std::time::Duration;

use super::told::{Became, Pause, Told};
use super::{Failure, Watcher};
use crate::cli::publish;
use crate::git::{CommitOutcome, Obstacle, Repository, Stamp};
use crate::pipeline::{Cause, CommitPolicy, Plan, Run};
use crate::workspace::Applied;

/// How long after a commit a `git commit` that ran beside it has ended.
const SETTLE: Duration = Duration::from_millis(300);

/// What a commit waits for.
#[derive(Clone)]
pub(super) struct Waiting {
    /// Why it was not made.
    pub(super) reason: String,
    hint: &'static str,
    until: Until,
}

/// When a commit that waits is tried again.
#[derive(Clone)]
enum Until {
    /// Once the repository has no obstacle.
    Passed,
    /// Once the index, the configuration or a hook is another one.
    Another(Stamp),
}

impl Watcher<'_, '_> {
    /// Sees what waits from the last commit, which may hold some of it by now, where it need not wait any longer.
    pub(super) fn take_up_waiting(&mut self) -> Result<(), Failure> {
        if self.waiting.is_some()
            && !self.is_held_up()?
            && let Some(repository) = &self.repository
        {
            self.last = publish::last_committed(&self.project, repository)?;
        }
        Ok(())
    }

    /// Says that nothing waits any more.
    pub(super) fn resume(&mut self) -> Result<(), Failure> {
        match self.waiting.take() {
            Some(_) => self.teller.tell(&Told::Resumed),
            None => Ok(()),
        }
    }

    /// Says why a commit was not made, once for each reason.
    pub(super) fn wait_for(&mut self, waiting: Waiting) -> Result<(), Failure> {
        let before = self.waiting.as_ref();
        let is_told = before.is_some_and(|w| w.reason == waiting.reason);
        let pause = Pause {
            reason: format!("nothing is committed: {}", waiting.reason),
            hint: waiting.hint,
        };
        self.waiting = Some(waiting);
        if is_told {
            return Ok(());
        }
        self.teller.tell(&Told::Paused(pause))
    }

    /// What a commit waits for, if it was not made.
    pub(super) fn waiting(
        &self,
        outcome: Option<&CommitOutcome>,
    ) -> Result<Option<Waiting>, Failure> {
        let (reason, hint) = match outcome {
            Some(CommitOutcome::Held(obstacle)) => (obstacle.to_string(), obstacle.hint()),
            Some(CommitOutcome::Staged { paths }) => (
                format!("you have staged other content of {}", paths.join(", ")),
                "commit it, or `git restore --staged` it",
            ),
            _ => return Ok(None),
        };
        let Some(repository) = &self.repository else {
            return Ok(None);
        };
        let moved = matches!(outcome, Some(CommitOutcome::Held(Obstacle::HeadMoved)));
        let until = if moved || repository.obstacle()?.is_some() {
            Until::Passed
        } else {
            Until::Another(repository.stamp()?)
        };
        Ok(Some(Waiting {
            reason,
            hint,
            until,
        }))
    }

    /// Whether what keeps a commit waiting can be seen to be there still. To try costs something, or does something:
    /// hooks are run.
    pub(super) fn is_held_up(&self) -> Result<bool, Failure> {
        let (Some(repository), Some(waiting)) = (&self.repository, &self.waiting) else {
            return Ok(false);
        };
        Ok(match &waiting.until {
            Until::Passed => repository.obstacle()?.is_some(),
            Until::Another(stamp) => *stamp == repository.stamp()?,
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

/// What became of a change.
pub(super) fn became(outcome: Option<&CommitOutcome>, waiting: Option<&Waiting>) -> Became {
    match (outcome, waiting) {
        (_, Some(waiting)) => Became::Held(waiting.reason.clone()),
        (Some(CommitOutcome::Committed { short, .. }), _) => Became::Committed(short.clone()),
        (None, _) => Became::Written,
        _ => Became::Unchanged,
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
