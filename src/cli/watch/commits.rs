//! The commits of `mlopsgen watch`, and what keeps them waiting.

use std::path::Path;
use std::time::Duration;

use super::told::{Became, Pause, Told};
use super::{Failure, Watcher};
use crate::cli::publish;
use crate::git::{Circumstances, CommitOutcome, Obstacle, Repository};
use crate::pipeline::{Cause, CommitPolicy, Plan, Run};
use crate::workspace::Applied;

/// How long after a commit a `git commit` that ran beside it has ended.
const SETTLE: Duration = Duration::from_millis(300);

impl Watcher<'_, '_> {
    /// Whether what keeps commits waiting is as it was. What can be looked for without harm is looked for; a hook or a
    /// signature is not tried again before something is otherwise.
    pub(super) fn is_held_up(&self) -> Result<bool, Failure> {
        let (Some(repository), Some(waits)) = (&self.repository, &self.waits) else {
            return Ok(false);
        };
        Ok(if waits.is_seen() {
            repository.obstacle()?.is_some()
        } else {
            repository.circumstances()? == waits.circumstances
        })
    }

    /// Takes note that nothing seems to keep commits waiting any more. What waited is seen from the last commit, which may
    /// hold some of it by now.
    pub(super) fn resume(&mut self) -> Result<(), Failure> {
        let (Some(repository), Some(waits)) = (&self.repository, &self.waits) else {
            return Ok(());
        };
        let is_seen = waits.is_seen();
        if is_seen && repository.obstacle()?.is_some() {
            return Ok(());
        }
        self.last = publish::last_committed(&self.project, repository)?;
        if is_seen {
            self.waits = None;
            self.teller.tell(&Told::Resumed)?;
        }
        Ok(())
    }

    /// Takes note of what keeps a commit waiting, or that nothing does.
    pub(super) fn wait_for(
        &mut self,
        outcome: Option<&CommitOutcome>,
    ) -> Result<Option<Obstacle>, Failure> {
        let Some(repository) = &self.repository else {
            return Ok(None);
        };
        let Some(CommitOutcome::Held(obstacle)) = outcome else {
            if self.waits.take().is_some() {
                self.teller.tell(&Told::Resumed)?;
            }
            return Ok(None);
        };
        let waits = Waits {
            obstacle: obstacle.clone(),
            circumstances: repository.circumstances()?,
        };
        let before = self.waits.replace(waits).map(|w| w.obstacle);
        Ok((before.as_ref() != Some(obstacle)).then(|| obstacle.clone()))
    }

    /// Says why a commit was not made.
    pub(super) fn tell_waiting(&mut self, obstacle: &Obstacle) -> Result<(), Failure> {
        self.teller.tell(&Told::Paused(Pause {
            reason: format!("nothing is committed: {obstacle}"),
            hint: obstacle.hint(),
        }))
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

/// What keeps commits waiting, and what was so when it did.
pub(super) struct Waits {
    obstacle: Obstacle,
    circumstances: Circumstances,
}

impl Waits {
    /// Whether it shows without trying to commit whether it has ended.
    fn is_seen(&self) -> bool {
        matches!(
            self.obstacle,
            Obstacle::ApplyMailbox
                | Obstacle::Bisect
                | Obstacle::CherryPick
                | Obstacle::Merge
                | Obstacle::Rebase
                | Obstacle::Revert
                | Obstacle::Locked { .. }
                | Obstacle::Unmerged { .. }
                | Obstacle::DetachedHead
                | Obstacle::NoIdentity
                | Obstacle::Hook { .. }
                | Obstacle::Storage { .. }
                | Obstacle::HeadMoved
        )
    }
}

/// What became of a change.
pub(super) fn became(outcome: Option<&CommitOutcome>) -> Became {
    match outcome {
        None => Became::Written,
        Some(CommitOutcome::Committed { short, .. }) => Became::Committed(short.clone()),
        Some(CommitOutcome::Unchanged) => Became::Unchanged,
        Some(CommitOutcome::Held(obstacle)) => Became::Held(obstacle.to_string()),
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
