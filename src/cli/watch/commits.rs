//! The commits of `mlopsgen watch`, and what keeps them waiting.

use std::time::Duration;

use super::told::{Became, Pause, Told};
use super::{Failure, Watcher};
use crate::audit::{Occasion, RecordDigests, Rest};
use crate::cli::publish::{self, Writing, Written};
use crate::cli::settled;
use crate::git::{Circumstances, CommitOutcome, Obstacle, Position, Repository, Target};
use crate::pipeline::{Cause, CommitPolicy, Live, Models, Plan, Run};
use crate::workspace::Applied;

/// How long after a commit a `git commit` that ran beside it has ended.
const SETTLE: Duration = Duration::from_millis(300);

/// What a commit waits for.
#[derive(Clone)]
pub(super) struct Waiting {
    /// Why it was not made.
    pub(super) reason: String,
    hint: &'static str,
    pub(super) until: Until,
}

/// When a commit that waits is tried again.
#[derive(Clone)]
pub(super) enum Until {
    /// Once the repository has no obstacle.
    Passed,
    /// Once something that commits hang on is otherwise, or with the next change: to try does something, such as to run a
    /// hook.
    Otherwise(Circumstances),
}

/// A commit of this watch that has all that was generated then.
pub(super) struct Settled {
    commit: String,
    records: RecordDigests,
}

impl Settled {
    /// Whether `HEAD` is still where it was left, and commits go there.
    pub(super) fn is_at(&self, base: &Position, target: &Target) -> bool {
        *target == Target::Head && base.is_at(&self.commit)
    }
}

/// Whether nothing of the user's was to be kept.
pub(super) fn is_settled(plan: &Plan, applied: &Applied) -> bool {
    plan.edits.is_empty() && plan.findings.is_empty() && applied.held.is_empty()
}

impl Watcher<'_, '_> {
    /// Writes a run: what was made of the models that changed, where the last commit has all the rest. Not all of it where
    /// the branch moved since before the files were read: some may have been read as they were, some as they are.
    pub(super) fn write(
        &self,
        run: &Run,
        causes: &[Cause],
    ) -> Result<(Plan, Applied, Written), Failure> {
        let is_known = match (&self.settled, &self.base) {
            (Some(settled), Some(base)) => settled.is_at(base, &self.target),
            _ => false,
        };
        let old = self
            .last
            .as_ref()
            .filter(|_| is_known && !causes.is_empty());
        let Some(changed) = old.and_then(|old| run.changed_models(old, causes)) else {
            return self.write_of((run, Models::All));
        };
        let (part, done, written) = self.write_of((run, Models::Only(&changed)))?;
        if written == Written::Part || is_settled(&part, &done) {
            return Ok((part, done, written));
        }
        let (mut plan, mut applied, written) = self.write_of((run, Models::All))?;
        plan.begin_with(part);
        applied.begin_with(done);
        Ok((plan, applied, written))
    }

    fn write_of(&self, of: (&Run, Models<'_>)) -> Result<(Plan, Applied, Written), Failure> {
        let is_current = || {
            let now = self.repository.as_ref().map(Repository::position);
            Ok(now.transpose()? == self.base)
        };
        Writing::of(&self.project, &is_current).whole(of)
    }

    /// Whether the first run is that of the last commit, which has all of it: the next one need not look at all of it.
    pub(super) fn begins_settled(&mut self, run: &Run) -> Result<bool, Failure> {
        let (Some(repository), Some(base)) = (&self.repository, &self.base) else {
            return Ok(false);
        };
        let is_first = self.runs == 1 && self.target == Target::Head;
        let Some(commit) = base.commit().filter(|_| is_first) else {
            return Ok(false);
        };
        if self.policy(run) == CommitPolicy::Off {
            return Ok(false);
        }
        let records = settled::records(&self.project, (repository, &commit), run)?;
        self.settled = records.map(|records| Settled { commit, records });
        Ok(self.settled.is_some())
    }

    /// Sees what waits from the last commit, which may hold some of it by now, where it need not wait any longer; whether it
    /// need not.
    pub(super) fn take_up_waiting(&mut self) -> Result<bool, Failure> {
        if self.waiting.is_some()
            && !self.is_held_up()?
            && let Some(repository) = &self.repository
        {
            let live = &mut Live::default();
            self.last = publish::last_committed(&self.project, (repository, &self.target), live)?;
            return Ok(true);
        }
        Ok(false)
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
        let (Some(repository), Some(CommitOutcome::Held(obstacle))) = (&self.repository, outcome)
        else {
            return Ok(None);
        };
        Ok(Some(Waiting {
            reason: obstacle.to_string(),
            hint: obstacle.hint(),
            until: if is_seen(obstacle) {
                Until::Passed
            } else {
                Until::Otherwise(repository.circumstances()?)
            },
        }))
    }

    /// Whether what keeps a commit waiting can be seen to be there still.
    pub(super) fn is_held_up(&self) -> Result<bool, Failure> {
        let (Some(repository), Some(waiting)) = (&self.repository, &self.waiting) else {
            return Ok(false);
        };
        Ok(match &waiting.until {
            Until::Passed => repository.obstacle_to(&self.target)?.is_some(),
            Until::Otherwise(then) => repository.circumstances()? == *then,
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
        if self.policy(done.0) == CommitPolicy::Off {
            return Ok(None);
        }
        let settled = self.settled.take();
        let known = settled.filter(|s| is_settled(done.1, done.2) && s.is_at(base, &self.target));
        let occasion = Occasion {
            causes,
            restored: None,
            rest: known
                .as_ref()
                .map_or(Rest::Unknown, |s| Rest::Committed(&s.records)),
        };
        let (outcome, records) =
            publish::commit(&self.project, (repository, base), done, &occasion)?;
        if let CommitOutcome::Committed { id, short, .. } = &outcome {
            self.settled = is_settled(done.1, done.2).then(|| Settled {
                commit: id.clone(),
                records,
            });
            self.committed = Some(short.clone());
            settle_soon(repository);
        }
        Ok(Some(outcome))
    }
}

/// Whether it shows without trying to commit that an obstacle has passed.
fn is_seen(obstacle: &Obstacle) -> bool {
    matches!(
        obstacle,
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

/// What became of a change.
pub(super) fn became(outcome: Option<&CommitOutcome>, waiting: Option<&Waiting>) -> Became {
    match (outcome, waiting) {
        (_, Some(waiting)) => Became::Held(waiting.reason.clone()),
        (Some(CommitOutcome::Committed { short, .. }), _) => Became::Committed(short.clone()),
        (None, _) => Became::Written,
        _ => Became::Unchanged,
    }
}

/// Puts the index right, a moment after a commit, if a `git commit` of the user's ran at the same time; and makes ready for
/// the next commit.
fn settle_soon(repository: &Repository) {
    let repository = repository.clone();
    std::thread::spawn(move || {
        std::thread::sleep(SETTLE);
        // What cannot be settled now is settled before the next commit, which reports what is wrong, and which needs nothing
        // that is made ready.
        drop(repository.settle());
        drop(repository.make_ready());
    });
}
