//! Completing a model that changes: what rules make of it is evaluated again only where it hangs on a change.
//!
//! All writes are done anew in their order, so the completed model, its trace and the findings are those of a whole run
//! by construction.

use std::sync::Arc;

use super::Refine;
use super::apply::stages;
use super::recall::Memory;
use crate::diag::{Diagnostic, Diagnostics};
use crate::model::{Knowledge, Model, Reach};
use crate::transform::Trace;

/// A transformation with the model that it completes and what it remembers of that.
#[derive(Debug)]
pub struct Live {
    name: Arc<str>,
    refine: Refine,
    source: Model,
    knowledge: Option<Arc<Knowledge>>,
    memory: Memory,
    completed: Model,
    trace: Trace,
    findings: Diagnostics,
    evaluated: usize,
}

impl Live {
    /// Completes the model for the first time.
    pub fn new(
        name: Arc<str>,
        refine: Refine,
        source: Model,
        knowledge: Option<Arc<Knowledge>>,
    ) -> Self {
        let completed = Model::new(source.metamodel().clone());
        let mut live = Self {
            name,
            refine,
            source,
            knowledge,
            memory: Memory::default(),
            completed,
            trace: Trace::default(),
            findings: Diagnostics::default(),
            evaluated: 0,
        };
        live.again();
        live
    }

    /// How often a rule was evaluated for an element the last time.
    pub fn evaluated(&self) -> usize {
        self.evaluated
    }

    /// The model as it is written now.
    pub fn source(&self) -> &Model {
        &self.source
    }

    /// The completed model.
    pub fn completed(&self) -> &Model {
        &self.completed
    }

    /// Which rule wrote what.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// What went wrong.
    pub fn findings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter()
    }

    /// Changes the model in any way.
    pub fn change(&mut self, with: impl FnOnce(&mut Model)) {
        with(&mut self.source);
        self.again();
    }

    /// Goes on with a later version of the rules, typed against the same metamodel.
    pub fn change_rules(&mut self, name: Arc<str>, rules: Refine) {
        self.memory.go_on((&self.refine, &rules));
        (self.name, self.refine) = (name, rules);
        self.again();
    }

    fn again(&mut self) {
        let from = Reach {
            model: &self.source,
            knowledge: self.knowledge.as_deref(),
        };
        self.trace = Trace::default();
        self.findings = Diagnostics::default();
        let record = (&mut self.trace, &mut self.findings);
        let transform = (&self.name, &self.refine);
        self.completed = stages(transform, from, record, Some(&mut self.memory));
        self.evaluated = self.memory.take_count();
    }
}
