//! Which elements hold to which constraints, so that after a change only what it concerns is evaluated again.

use std::collections::BTreeMap;

use super::check::all;
use super::{Constraint, Subject, Violation};
use crate::diag::Diagnostics;
use crate::expr::{Failure, Recall, Remembered};
use crate::model::ObjectId;

/// The position of a constraint, and what it was evaluated for.
type Trial = (usize, ObjectId);

/// Answers as they are evaluated or remembered: those that something holds are.
pub(super) type Recalled = Recall<Trial, Result<bool, Failure>>;

/// What is known of a model that was held against constraints, at one stage and beside the same knowledge.
#[derive(Debug, Default)]
pub struct Memory {
    known: Option<Remembered<Trial, Result<bool, Failure>>>,
    evaluated: usize,
}

impl Memory {
    /// Evaluates constraints as [`check`](super::check()) does: where an earlier state of the model was held against
    /// them, only what hangs on a difference, and what does not hold.
    pub fn check(
        &mut self,
        constraints: &[Constraint],
        subject: Subject<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Violation> {
        let model = subject.from.model;
        let mut recall = Recall::new(self.known.take(), model);
        let found = all(constraints, (subject, Some(&mut recall)), diagnostics);
        self.evaluated = recall.evaluated;
        self.known = Some(recall.end(model));
        found
    }

    /// How often a constraint was evaluated for an element the last time.
    pub fn evaluated(&self) -> usize {
        self.evaluated
    }

    /// Goes on with a later version of the constraints, typed against the same metamodel.
    pub fn go_on(&mut self, (before, now): (&[Constraint], &[Constraint])) {
        let mut twins = BTreeMap::new();
        for (number, constraint) in now.iter().enumerate() {
            let mut old = before.iter().enumerate();
            let twin = old.find(|(at, c)| !twins.contains_key(at) && c.is_same(constraint));
            if let Some((at, _)) = twin {
                twins.insert(at, number);
            }
        }
        if let Some(known) = &mut self.known {
            known.rename(|(number, object), holds| {
                let number = twins.get(&number)?;
                Some(((*number, object), holds))
            });
        }
    }
}
