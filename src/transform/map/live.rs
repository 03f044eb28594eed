//! A transformation that follows its source: after a change, only what read the changed slot is computed again.
//!
//! The result is always that of a whole run. Where a change would make or unmake objects of the target, or rearrange
//! parts, the whole run is done: that is told, and costs what it costs. The idea is that of reactive ATL and of VIATRA's
//! incremental queries.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Map;
use super::run::Findings;
use super::state::{Made, State};
use super::watch::{BindingId, Reader, Watch};
use super::write::Writer;
use crate::diag::Diagnostic;
use crate::expr::Lazy;
use crate::expr::Slot;
use crate::metamodel::{FeatureId, Metamodel, Role};
use crate::model::{Knowledge, Model, ObjectId, Origin, Reach, Value};

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
}

impl Live {
    /// Runs the transformation for the first time.
    pub fn new(name: Arc<str>, map: Map, source: Model, knowledge: Option<Arc<Knowledge>>) -> Self {
        let from = Reach {
            model: &source,
            knowledge: knowledge.as_deref(),
        };
        let (made, findings) = whole((&name, &map), from);
        Self {
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

    /// What went wrong.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// Changes the source in any way, and runs everything.
    pub fn change(&mut self, with: impl FnOnce(&mut Model)) -> Redone {
        with(&mut self.source);
        self.again()
    }

    /// Gives a feature of an object of the source another value.
    pub fn set(&mut self, object: ObjectId, feature: FeatureId, value: Value) -> Redone {
        let alone = changes_alone(self.source.metamodel(), feature);
        self.source.set(object, feature, value, Origin::Implied);
        if !alone || !self.findings.is_empty() {
            return self.again();
        }
        match self.follow((object, feature)) {
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
        Redone::Everything
    }

    /// Computes again what read a slot; `None` where that is not enough.
    fn follow(&mut self, slot: Slot) -> Option<usize> {
        let watch = self.made.watch.as_ref()?.borrow();
        let refers = self.source.metamodel().feature(slot.1).target().is_some();
        if refers && watch.asks_for_all() {
            return None;
        }
        let readers = watch.readers(slot);
        drop(watch);
        if readers.is_empty() {
            return Some(0);
        }
        let placeholder = Made::nothing(self.source.metamodel());
        let made = std::mem::replace(&mut self.made, placeholder);
        let from = Reach {
            model: &self.source,
            knowledge: self.knowledge.as_deref(),
        };
        let state = State::with(&self.map, from, made);
        let done = redo(&state, &readers);
        self.made = state.made;
        done
    }
}

fn whole((name, map): (&Arc<str>, &Map), from: Reach<'_>) -> (Made, Vec<Diagnostic>) {
    let state = State::new(name, map, from, Some(Watch::default()));
    let mut found = Findings::default();
    state.run(&mut found);
    if let Some(watch) = &state.made.watch {
        watch.borrow_mut().seal();
    }
    (state.made, found.all)
}

/// Whether setting a feature changes that slot and no other.
fn changes_alone(metamodel: &Metamodel, feature: FeatureId) -> bool {
    let declared = metamodel.feature(feature);
    declared.role == Role::Plain && !declared.is_containment() && declared.opposite().is_none()
}

/// Asks readers again; `None` where what they say now changes more than values.
fn redo(state: &State<'_>, readers: &[Reader]) -> Option<usize> {
    let mut bindings = BTreeSet::new();
    for reader in readers {
        match *reader {
            Reader::Guard(rule, object) if state.holds_as_before(rule as usize, object) => {}
            Reader::Everything | Reader::Guard(..) => return None,
            Reader::Binding(binding) => {
                bindings.insert(binding);
            }
        }
    }
    if !bindings.iter().all(|b| is_plain(state, *b)) {
        return None;
    }
    let mut found = Findings::default();
    let mut writer = Writer::new(state);
    for binding in bindings {
        writer.bind_again(binding, &mut found);
    }
    found.all.is_empty().then_some(readers.len())
}

/// Whether a binding gives one slot its whole value and makes nothing.
fn is_plain(state: &State<'_>, at: BindingId) -> bool {
    let rule = state.made.matches.borrow()[at.of as usize].rule();
    let target = &state.map.rules[rule].targets[usize::from(at.target)];
    let binding = &target.bindings[usize::from(at.binding)];
    let feature = binding.feature();
    let same = target.bindings.iter().filter(|b| b.feature() == feature);
    let lazy = state.map.rules.iter().any(|r| r.lazy != Lazy::No);
    same.count() == 1
        && !lazy
        && !binding.recipe.makes_objects()
        && changes_alone(state.source.metamodel(), feature)
}
