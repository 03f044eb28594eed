//! Model-to-model transformations: declarative rules in YAML, checked before they run, traced slot by slot.
//!
//! A [`Draft`] is a file of rules as it was read, [`load()`] types it against the metamodel. Two kinds: a [`refine`] transform completes a model in
//! place, a [`map`] transform makes new models of it. The rules of both bind features to recipes, and all that they write
//! is in the [`Trace`].

mod helpers;
mod load;
pub mod map;
mod overlap;
pub mod refine;
mod trace;

pub use crate::expr::Slot;
pub use helpers::helpers;
pub use load::load;
pub use trace::{ApplicationId, Link, Side, Trace, TracedRule, TracedRuleId};

use std::sync::Arc;

use crate::diag::FileId;
use crate::format::node::Node;

/// A file of rules or helpers, and what was read of it.
#[derive(Debug)]
pub struct Draft {
    file: FileId,
    node: Node,
}

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
