//! Model-to-model transformations: declarative rules in YAML, checked before they run, traced slot by slot.
//!
//! [`load()`] reads a file of rules and types it against the metamodel. Two kinds: a [`refine`] transform completes a model in
//! place, a [`map`] transform makes new models of it. The rules of both bind features to recipes, and all that they write
//! is in the [`Trace`].

mod helpers;
mod load;
pub mod map;
mod overlap;
pub mod refine;
mod trace;

pub use crate::expr::Slot;
pub use helpers::{has_helpers_alone, helpers};
pub use load::load;
pub use trace::{ApplicationId, Link, Side, Trace, TracedRule, TracedRuleId};

use std::sync::Arc;

/// A transformation that was read and checked.
#[derive(Clone, Debug)]
pub struct Transform {
    /// Its name.
    pub name: Arc<str>,
    /// What it does.
    pub kind: Kind,
}

/// What a transformation does.
#[derive(Clone, Debug)]
pub enum Kind {
    /// It completes models in place.
    Refine(refine::Refine),
    /// It makes new models.
    Map(map::Map),
}

impl Transform {
    /// The names of all rules that run, in order.
    pub fn rules(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Refine(refine) => refine.rules().collect(),
            Kind::Map(map) => map.rules().collect(),
        }
    }
}
