//! What rules made before, so that only what hangs on a change is evaluated again.
//!
//! Each round of a stage remembers the model that it read and what each rule made of each element, with all that this
//! hangs on. The next time, the model that the round reads is compared with that one; what hangs on nothing that
//! differs is made again without being evaluated.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::{Basis, Outcome};
use super::{Refine, Stage};
use crate::model::{Model, ObjectId};
use crate::recipe::Moved;
use crate::transform::edited::Changes;

/// The stage, and how often its rules ran before.
pub(super) type Round = (usize, usize);

/// The position of a rule, and what it is tried for.
type Trial = (usize, ObjectId);

/// What rules made.
#[derive(Debug, Default)]
pub(super) struct Memory {
    rounds: BTreeMap<Round, Remembered>,
    /// How many rules were evaluated since the last time that this was asked.
    evaluated: usize,
}

#[derive(Debug)]
struct Remembered {
    snapshot: Model,
    seen: BTreeMap<Trial, (Outcome, Basis)>,
}

/// For rules of an earlier version that say the same, by position: the position now, and what has moved.
type Twins = BTreeMap<usize, (usize, Moved)>;

/// The stage of an earlier version that has the most rules of a stage.
fn twin(stage: &Stage, before: &[Stage], taken: &BTreeSet<usize>) -> Option<(usize, Twins)> {
    let all = before
        .iter()
        .enumerate()
        .filter(|(n, _)| !taken.contains(n));
    let twins = all.map(|(number, old)| (number, twins(old, stage)));
    let most = twins.max_by_key(|(number, t)| (t.len(), std::cmp::Reverse(*number)));
    most.filter(|(_, twins)| !twins.is_empty())
}

fn twins(before: &Stage, now: &Stage) -> Twins {
    let mut twins = Twins::new();
    for (position, rule) in now.running().enumerate() {
        let mut old = before.running().enumerate();
        let found = old.find_map(|(at, old)| {
            let moved = old.moved(rule).filter(|_| !twins.contains_key(&at))?;
            Some((at, moved))
        });
        if let Some((at, moved)) = found {
            twins.insert(at, (position, moved));
        }
    }
    twins
}

impl Remembered {
    /// Keeps what rules made that have a twin.
    fn go_on(&mut self, twins: &Twins) {
        let seen = std::mem::take(&mut self.seen).into_iter();
        self.seen = seen
            .filter_map(|((rule, element), (mut outcome, basis))| {
                let (position, moved) = twins.get(&rule)?;
                if let Some(applied) = outcome.applied.as_mut().filter(|_| !moved.is_nothing()) {
                    applied
                        .made
                        .iter_mut()
                        .for_each(|(_, made)| made.move_to(moved));
                }
                Some(((*position, element), (outcome, basis)))
            })
            .collect();
    }
}

/// The memory of one round, while it runs.
pub(super) struct Recall<'a> {
    memory: &'a mut Memory,
    round: Round,
    /// What was made before, and has not been asked for yet.
    before: BTreeMap<Trial, (Outcome, Basis)>,
    seen: BTreeMap<Trial, (Outcome, Basis)>,
    changes: Changes,
}

impl Memory {
    /// Goes on with a later version of the rules: what those that say the same made is kept.
    pub(super) fn go_on(&mut self, (before, now): (&Refine, &Refine)) {
        let mut rounds = std::mem::take(&mut self.rounds);
        let mut taken = BTreeSet::new();
        for (number, stage) in now.stages.iter().enumerate() {
            let Some((old, twins)) = twin(stage, &before.stages, &taken) else {
                continue;
            };
            taken.insert(old);
            let of_old: Vec<Round> = rounds.keys().copied().filter(|r| r.0 == old).collect();
            for round in of_old {
                if let Some(mut known) = rounds.remove(&round) {
                    known.go_on(&twins);
                    self.rounds.insert((number, round.1), known);
                }
            }
        }
    }

    /// Begins a round, which reads this model.
    pub(super) fn recall(&mut self, round: Round, snapshot: &Model) -> Recall<'_> {
        let known = self.rounds.remove(&round);
        let changes = known
            .as_ref()
            .map(|k| Changes::between(&k.snapshot, snapshot));
        Recall {
            before: known.map(|k| k.seen).unwrap_or_default(),
            changes: changes.unwrap_or_default(),
            seen: BTreeMap::new(),
            round,
            memory: self,
        }
    }

    /// How many rules were evaluated since the last time.
    pub(super) fn take_count(&mut self) -> usize {
        std::mem::take(&mut self.evaluated)
    }
}

impl Recall<'_> {
    /// What a rule makes of an element: as before, unless what it hangs on is another one now.
    pub(super) fn outcome(
        &mut self,
        trial: Trial,
        evaluate: impl FnOnce() -> (Outcome, Basis),
    ) -> Outcome {
        let before = self.before.remove(&trial);
        // Of what failed, not all reads are known.
        let before =
            before.filter(|(o, basis)| o.failure.is_none() && !self.concerns(trial.1, basis));
        let now = before.unwrap_or_else(|| {
            self.memory.evaluated += 1;
            evaluate()
        });
        let outcome = now.0.clone();
        self.seen.insert(trial, now);
        outcome
    }

    fn concerns(&self, element: ObjectId, basis: &Basis) -> bool {
        let changes = &self.changes;
        changes.everything
            || changes.created.contains(&element)
            || basis.slots.iter().any(|s| changes.slots.contains(s))
            || basis.extents.iter().any(|c| changes.extents.contains(c))
    }

    /// Ends the round.
    pub(super) fn keep(self, snapshot: &Model) {
        let remembered = Remembered {
            snapshot: snapshot.clone(),
            seen: self.seen,
        };
        self.memory.rounds.insert(self.round, remembered);
    }
}
