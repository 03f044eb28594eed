//! From a run to an entry: what changed is written, committed and told, or what is wrong is.

use std::collections::BTreeSet;

use super::commits::became;
use super::keys::Wrong;
use super::told::{Entry, Problems, Told, Why};
use super::{Occasion, Watcher};
use crate::cli::Failure;
use crate::cli::past::Past;
use crate::cli::publish::{self, Written};
use crate::cli::terminal::Stopwatch;
use crate::diag::{Code, Diagnostic};
use crate::git::{CommitOutcome, Obstacle};
use crate::pipeline::{self, Cause, Plan, Run, Undo};
use crate::watch::Step;

/// How often a change is taken up that the branch moves under.
const TRIES: usize = 3;

/// What is said of a change that the branch moved under.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WhenMoved {
    /// Nothing: it is tried again.
    Silent,
    /// That it is not committed.
    Told,
}

impl Watcher<'_, '_> {
    /// Regenerates; again if the branch moved meanwhile, which no event need tell of.
    pub(super) fn regenerate(&mut self, run: Run, occasion: Occasion) -> Result<Step, Failure> {
        let mut run = run;
        for _ in 1..TRIES {
            let moved = self.attempt(run, occasion, WhenMoved::Silent)?;
            if !moved {
                return Ok(self.next_step());
            }
            run = self.run_whole()?;
        }
        self.attempt(run, occasion, WhenMoved::Told)?;
        Ok(self.next_step())
    }

    /// Writes and commits a run, and says so. Returns whether the branch moved meanwhile.
    fn attempt(
        &mut self,
        run: Run,
        (clock, why): Occasion,
        when_moved: WhenMoved,
    ) -> Result<bool, Failure> {
        if run.diagnostics.has_errors() {
            publish::schema(&self.project, &run)?;
            return self.hold(run, (clock, why)).map(|()| false);
        }
        self.is_unfinished = false;
        let goes_on = self.take_up_waiting()?;
        let causes = self.causes(&run);
        if causes.is_empty() && self.begins_settled(&run)? {
            self.last = Some(run);
            return Ok(false);
        }
        let (plan, applied, written) = self.write(&run, &causes)?;
        for displaced in &applied.displaced {
            let told = Past::of(&self.project).describe(displaced);
            self.teller.tell(&Told::Notice(told))?;
        }
        if written == Written::Part {
            self.is_unfinished = true;
            return Ok(true);
        }
        if let Some((_, since)) = self.broken.take() {
            self.wrong = Wrong::default();
            let after = since.elapsed();
            self.teller.tell(&Told::Fixed { after })?;
        }
        if causes.is_empty() && plan.changes().next().is_none() && why != Why::Asked {
            self.last = Some(run);
            if goes_on {
                self.resume()?;
            }
            return Ok(false);
        }
        let outcome = self.commit((&run, &plan, &applied), &causes)?;
        if matches!(outcome, Some(CommitOutcome::Held(Obstacle::Changed { .. }))) {
            // The save that came since is taken up with this one.
            self.is_unfinished = true;
            return Ok(false);
        }
        let moved = matches!(outcome, Some(CommitOutcome::Held(Obstacle::HeadMoved)));
        if moved && when_moved == WhenMoved::Silent {
            return Ok(true);
        }
        let waiting = self.waiting(outcome.as_ref())?;
        match (&waiting, &self.waiting) {
            (None, _) => self.resume()?,
            (Some(new), Some(old)) if why == Why::Waited && new.reason == old.reason => {
                self.waiting = waiting;
                return Ok(false);
            }
            _ => {}
        }
        let findings = self.new_findings(&run, &plan);
        self.teller.tell(&Told::Entry(Entry {
            number: self.runs,
            why,
            causes: &causes,
            run: &run,
            plan: &plan,
            findings: &findings,
            became: became(outcome.as_ref(), waiting.as_ref()),
            took: clock.elapsed(),
        }))?;
        if let Some(waiting) = waiting {
            self.wait_for(waiting)?;
        }
        self.failed = None;
        if let Some(old) = &self.last {
            self.undo = Undo::of(&causes, old, &run);
            self.is_committed = matches!(outcome, Some(CommitOutcome::Committed { .. }));
        }
        self.changed = plan.files;
        self.changed
            .retain(|f| f.decision.is_change() && !f.path.starts_with(pipeline::OWN));
        self.last = Some(run);
        Ok(moved)
    }

    fn causes(&self, run: &Run) -> Vec<Cause> {
        let last = self.last.as_ref();
        last.map(|old| pipeline::causes(old, run))
            .unwrap_or_default()
    }

    /// The warnings that were not told for the change before, and all conflicts.
    fn new_findings(&mut self, run: &Run, plan: &Plan) -> Vec<Diagnostic> {
        let all: Vec<Diagnostic> = run
            .diagnostics
            .iter()
            .chain(&plan.findings)
            .cloned()
            .collect();
        // The text moves under a warning that stays.
        let told = self.told.iter().map(|t| (t.code, &*t.message));
        let told: BTreeSet<(Code, &str)> = told.collect();
        let new = |f: &&Diagnostic| f.is_error() || !told.contains(&(f.code, &*f.message));
        let found = all.iter().filter(new).cloned().collect();
        self.told = all;
        found
    }

    /// Keeps the last good artifacts and says why.
    fn hold(&mut self, run: Run, (clock, why): Occasion) -> Result<(), Failure> {
        let mut causes = self.causes(&run);
        // A run that ended early has not looked at all files: what it did not read is not gone.
        causes.retain(|c| c.what != "removed");
        let held = self.last.as_ref().map_or(0, |old| hang_on(old, &causes));
        if let Some(old) = &self.last {
            self.undo = Undo::of(&causes, old, &run);
            self.is_committed = false;
        }
        let since = match &self.broken {
            Some((before, since)) => {
                if why != Why::Asked && before.inputs_digest() == run.inputs_digest() {
                    return Ok(());
                }
                // What was told already is no news.
                causes.retain(|c| before.inputs.get(&c.path) != run.inputs.get(&c.path));
                *since
            }
            None => Stopwatch::start(),
        };
        self.wrong = Wrong::of(&run);
        self.teller.offer_fixes(self.wrong.titles());
        self.teller.tell(&Told::Problems(Problems {
            number: self.runs,
            causes: &causes,
            run: &run,
            held,
            good: self.committed.as_deref(),
            took: clock.elapsed(),
        }))?;
        self.broken = Some((run, since));
        Ok(())
    }
}

/// How many artifacts of a run hang on changes: those of the models that changed, or all.
fn hang_on(run: &Run, causes: &[Cause]) -> usize {
    let is_model = |c: &Cause| run.models.iter().any(|m| m.path == c.path);
    let all = !causes.iter().all(is_model);
    let artifacts = run.artifacts();
    artifacts
        .filter(|a| all || causes.iter().any(|c| c.path == a.of.path))
        .count()
}
