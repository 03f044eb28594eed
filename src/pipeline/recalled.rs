//! What rules and constraints found out about a model that changes, so that only what a change concerns is evaluated.
//!
//! It costs memory and time to remember that, so it begins with the first change of a model. All of it compares the
//! model with the one that it remembers, so it holds whatever that was; only what is known beside it, the metamodel and
//! the rules have to be told.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::live::{Constraints, Known};
use super::shelf::Same;
use crate::constraint::{self, Subject, Violation};
use crate::diag::Diagnostics;
use crate::metamodel::Metamodel;
use crate::transform::refine::{Memory, Refine};
use crate::transform::{Kind, Transform};

/// What was found out about the models of one file.
pub(super) struct Recalled {
    basis: (Same<Metamodel>, Known),
    rules: Vec<OfRules>,
    constraints: Option<Constraints>,
    /// By position in the chain; of the model as it is written by none.
    held: BTreeMap<Option<usize>, constraint::Memory>,
    /// How often a constraint was evaluated since this was asked for.
    evaluated: usize,
}

/// What a transform made of the model at a position of the chain.
struct OfRules {
    transform: Transform,
    position: usize,
    memory: Memory,
}

impl Recalled {
    /// Begins with nothing.
    pub(super) fn new(basis: (Same<Metamodel>, Known)) -> Self {
        Self {
            basis,
            rules: Vec::new(),
            constraints: None,
            held: BTreeMap::new(),
            evaluated: 0,
        }
    }

    /// Whether it was found out beside this.
    pub(super) fn is_beside(&self, basis: &(Same<Metamodel>, Known)) -> bool {
        self.basis == *basis
    }

    /// What the rules of a transform made, in whichever version they were, of the model at a position.
    pub(super) fn of_rules(
        &mut self,
        (transform, refine): (&Transform, &Refine),
        position: usize,
    ) -> &mut Memory {
        let fits = |r: &OfRules| r.transform.name == transform.name && r.position == position;
        let at = self.rules.iter().position(fits).unwrap_or_else(|| {
            self.rules.push(OfRules {
                transform: transform.clone(),
                position,
                memory: Memory::default(),
            });
            self.rules.len() - 1
        });
        let known = &mut self.rules[at];
        if let Kind::Refine(before) = &known.transform.kind {
            known.memory.go_on((before, refine));
        }
        known.transform = transform.clone();
        &mut known.memory
    }

    /// Holds a model against constraints, that at a position of the chain or the one that is written.
    pub(super) fn check(
        &mut self,
        constraints: &Constraints,
        (subject, position): (Subject<'_>, Option<usize>),
        diagnostics: &mut Diagnostics,
    ) -> Vec<Violation> {
        if let Some(before) = self.constraints.replace(constraints.clone())
            && !Arc::ptr_eq(&before, constraints)
        {
            for memory in self.held.values_mut() {
                memory.go_on((&before, constraints));
            }
        }
        let memory = self.held.entry(position).or_default();
        let found = memory.check(constraints, subject, diagnostics);
        self.evaluated += memory.evaluated();
        found
    }

    /// How often a rule or a constraint was evaluated since the last time.
    pub(super) fn take_count(&mut self) -> usize {
        let rules = self.rules.iter_mut().map(|r| r.memory.take_count());
        rules.sum::<usize>() + std::mem::take(&mut self.evaluated)
    }
}
