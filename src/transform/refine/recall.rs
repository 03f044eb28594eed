//! What rules made before, so that only what hangs on a change is evaluated again.
//!
//! Each round of a stage remembers the model that it read and what each rule made of each element, with all that this
//! hangs on. The next time, the model that the round reads is compared with that one; what hangs on nothing that
//! differs is made again without being evaluated.

use std::collections::BTreeMap;

use super::outcome::{Basis, Outcome};
use crate::model::{Model, ObjectId};
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
