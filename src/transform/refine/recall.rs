//! What rules made before, so that only what hangs on a change is evaluated again.
//!
//! Each round of a stage remembers the model that it read and what each rule made of each element. What hangs on nothing
//! that differs the next time is made again without being evaluated.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::Outcome;
use super::{Refine, Stage};
use crate::expr::{Recall, Remembered};
use crate::model::{Model, ObjectId};
use crate::recipe::Moved;

/// The stage, and how often its rules ran before.
pub(super) type Round = (usize, usize);

/// The position of a rule, and what it is tried for.
type Trial = (usize, ObjectId);

/// What rules made.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    rounds: BTreeMap<Round, Remembered<Trial, Outcome>>,
    /// How many rules were evaluated since the last time that this was asked.
    evaluated: usize,
}

impl Memory {
    /// Goes on with a later version of the rules: what those that say the same made is kept.
    pub(crate) fn go_on(&mut self, (before, now): (&Refine, &Refine)) {
        let mut rounds = std::mem::take(&mut self.rounds);
        let mut taken = BTreeSet::new();
        for (number, stage) in now.stages.iter().enumerate() {
            let Some((old, twins)) = twin(stage, &before.stages, &taken) else {
                continue;
            };
            taken.insert(old);
            let same = |(at, (position, moved)): (&usize, &(usize, Moved))| {
                at == position && moved.is_nothing()
            };
            let running = before.stages[old].running().count();
            let is_same = twins.len() == running && twins.iter().all(same);
            let of_old: Vec<Round> = rounds.keys().copied().filter(|r| r.0 == old).collect();
            for round in of_old {
                if let Some(mut known) = rounds.remove(&round) {
                    if !is_same {
                        known.rename(|trial, outcome| twinned(&twins, trial, outcome));
                    }
                    self.rounds.insert((number, round.1), known);
                }
            }
        }
    }

    /// Begins a round, which reads this model.
    pub(super) fn begin(&mut self, round: Round, snapshot: &Model) -> Recall<Trial, Outcome> {
        Recall::new(self.rounds.remove(&round), snapshot)
    }

    /// Ends a round.
    pub(super) fn end(&mut self, round: Round, done: Recall<Trial, Outcome>, snapshot: &Model) {
        self.evaluated += done.evaluated;
        self.rounds.insert(round, done.end(snapshot));
    }

    /// How many rules were evaluated since the last time.
    pub(crate) fn take_count(&mut self) -> usize {
        std::mem::take(&mut self.evaluated)
    }
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

/// What a rule made, as its twin would have made it.
fn twinned(
    twins: &Twins,
    (rule, element): Trial,
    mut outcome: Outcome,
) -> Option<(Trial, Outcome)> {
    let (position, moved) = twins.get(&rule)?;
    let made = outcome.applied.iter_mut().flat_map(|a| &mut a.made);
    for (_, made) in made.filter(|_| !moved.is_nothing()) {
        made.move_to(moved);
    }
    Some(((*position, element), outcome))
}
