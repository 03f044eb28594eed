//! A transformation that follows its source: after a change, only what read something else now is computed again.
//!
//! The result is always that of a whole run. Where a change concerns more than was noted of it, or rules write into the
//! same slots, the whole run is done: that is told, and costs what it costs. The idea is that of reactive ATL and of
//! VIATRA's incremental queries.

use std::sync::Arc;

use super::Map;
use super::change::Difference;
use super::follow::{self, Shape};
use super::run::Findings;
use super::state::{Made, State, traced};
use super::watch::Watch;
use crate::diag::Diagnostic;
use crate::metamodel::FeatureId;
use crate::model::{Changes, Edited, Knowledge, Model, ObjectId, Reach, Value};
use crate::transform::trace::Trace;

/// What was done after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redone {
    /// So many conditions and bindings were computed again.
    Some(usize),
    /// The whole transformation ran.
    Everything,
}

/// A transformation with its source and what it made of it.
#[derive(Debug)]
pub struct Live {
    name: Arc<str>,
    map: Map,
    source: Model,
    knowledge: Option<Arc<Knowledge>>,
    made: Made,
    findings: Vec<Diagnostic>,
    shape: Shape,
    /// How many links the trace had after the last whole run.
    links: usize,
}

impl Live {
    /// Runs the transformation for the first time.
    pub fn new(name: Arc<str>, map: Map, source: Model, knowledge: Option<Arc<Knowledge>>) -> Self {
        let from = Reach {
            model: &source,
            knowledge: knowledge.as_deref(),
        };
        let (made, findings) = whole((&name, &map), from);
        let links = made.trace.borrow().len();
        Self {
            shape: Shape::of(&map, source.metamodel()),
            links,
            name,
            map,
            source,
            knowledge,
            made,
            findings,
        }
    }

    /// The source as it is now.
    pub fn source(&self) -> &Model {
        &self.source
    }

    /// What was made of it, all models in one.
    pub fn target(&mut self) -> &Model {
        self.made.target.get_mut()
    }

    /// Which rule made what of what.
    pub fn trace(&mut self) -> &Trace {
        self.made.trace.get_mut()
    }

    /// What went wrong.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// Changes the source.
    pub fn change(&mut self, with: impl FnOnce(&mut Edited<'_>)) -> Redone {
        let mut changes = Changes::default();
        with(&mut Edited::new(&mut self.source, &mut changes));
        if changes.everything || !self.findings.is_empty() {
            return self.again();
        }
        match self.follow(&changes, &Difference::default()) {
            Some(count) => Redone::Some(count),
            None => self.again(),
        }
    }

    /// Gives a feature of an object of the source another value.
    pub fn set(&mut self, object: ObjectId, feature: FeatureId, value: Value) -> Redone {
        self.change(|source| source.set(object, feature, value))
    }

    /// Goes on with a later version of the rules, typed against the same metamodel.
    pub fn change_rules(&mut self, name: Arc<str>, map: Map) -> Redone {
        let difference = Difference::between(&self.map, &map);
        (self.name, self.map) = (name, map);
        self.shape = Shape::of(&self.map, self.source.metamodel());
        let followed = difference.filter(|_| self.findings.is_empty());
        let followed = followed.and_then(|difference| {
            let trace = self.made.trace.get_mut();
            trace.retell(traced(&self.name, &self.map), &difference.moved);
            self.follow(&Changes::default(), &difference)
        });
        match followed {
            Some(count) => Redone::Some(count),
            None => self.again(),
        }
    }

    fn again(&mut self) -> Redone {
        let from = Reach {
            model: &self.source,
            knowledge: self.knowledge.as_deref(),
        };
        (self.made, self.findings) = whole((&self.name, &self.map), from);
        self.links = self.made.trace.borrow().len();
        Redone::Everything
    }

    /// Computes again what a change concerns; `None` where that is not enough.
    fn follow(&mut self, changes: &Changes, difference: &Difference) -> Option<usize> {
        // What was written before stays in the trace: from time to time it is made anew.
        if self.made.trace.borrow().len() > 2 * self.links + ROOM {
            return None;
        }
        let placeholder = Made::nothing(self.source.metamodel());
        let made = std::mem::replace(&mut self.made, placeholder);
        let from = Reach {
            model: &self.source,
            knowledge: self.knowledge.as_deref(),
        };
        let state = State::with(&self.map, from, made);
        let done = follow::follow(&state, self.shape, (changes, difference));
        self.made = state.made;
        done
    }
}

/// How many links a trace may have beside twice those of a whole run.
const ROOM: usize = 100_000;

fn whole((name, map): (&Arc<str>, &Map), from: Reach<'_>) -> (Made, Vec<Diagnostic>) {
    let state = State::new((name, map), from, Trace::default(), Some(Watch::default()));
    let mut found = Findings::default();
    state.run(&mut found);
    if let Some(watch) = &state.made.watch {
        watch.borrow_mut().seal();
    }
    (state.made, found.all)
}
