//! Rules that complete a model in place.
//!
//! Stages run in order. All rules of a stage read one snapshot, then all writes happen, so the order of rules never
//! matters. A stage that repeats goes on until its rules change nothing more. The cousins: ATL's refining mode, Epsilon's
//! EWL, Henshin's rules.

mod apply;
mod compile;
mod live;
mod outcome;
mod recall;

pub use apply::apply;
pub(crate) use apply::stages as apply_again;
pub(super) use compile::compile;
pub use live::Live;
pub(crate) use recall::Memory;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::overlap::Guarded;
use crate::diag::Span;
use crate::expr::Expression;
use crate::metamodel::ClassId;
use crate::model::{Model, ObjectId};
use crate::recipe::{Binding, Moved};

/// The stages of a transformation.
#[derive(Clone, Debug)]
pub struct Refine {
    stages: Vec<Stage>,
}

impl Refine {
    /// Whether a model has an element that a rule may match.
    pub fn reads(&self, model: &Model) -> bool {
        let rules = self.stages.iter().flat_map(|s| &s.rules);
        let classes: BTreeSet<ClassId> =
            rules.filter(|r| !r.is_abstract).map(|r| r.class).collect();
        let matched = |o: &ObjectId| {
            let mut all = classes.iter();
            all.any(|c| model.metamodel().conforms(model.class(*o), *c))
        };
        model.objects().iter().any(matched)
    }

    /// The names of all rules that run, in order.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.stages
            .iter()
            .flat_map(|s| &s.rules)
            .filter(|r| !r.is_abstract)
            .map(|r| &*r.name)
    }
}

#[derive(Clone, Debug)]
struct Stage {
    rules: Vec<Rule>,
    /// How often it may run until nothing changes any more, and where that is written; else it runs once.
    fixpoint: Option<(usize, Span)>,
}

/// One rule with what it inherits worked in.
#[derive(Clone, Debug)]
struct Rule {
    name: Arc<str>,
    span: Span,
    is_abstract: bool,
    variable: Arc<str>,
    class: ClassId,
    guards: Vec<Expression>,
    lets: Vec<(Arc<str>, Expression)>,
    bindings: Vec<Binding>,
    deletes: bool,
}

impl Stage {
    /// The rules that run, by the positions that outcomes are remembered by.
    fn running(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|r| !r.is_abstract)
    }
}

impl Rule {
    /// Where what this rule says stands in a later version of it; `None` where that makes something else.
    fn moved(&self, later: &Self) -> Option<Moved> {
        let mut moved = Moved::default();
        let guards = self.guards.iter().zip(&later.guards);
        let lets = self.lets.iter().zip(&later.lets);
        let mut bindings = self.bindings.iter().zip(&later.bindings);
        let same = self.class == later.class
            && self.deletes == later.deletes
            && self.guards.len() == later.guards.len()
            && self.lets.len() == later.lets.len()
            && self.bindings.len() == later.bindings.len()
            && guards.into_iter().all(|(a, b)| a.is_same(b))
            && lets.into_iter().all(|((_, a), (_, b))| a.is_same(b))
            && bindings.all(|(a, b)| {
                a.action == b.action
                    && a.feature == b.feature
                    && a.recipe.is_same(&b.recipe, &mut moved)
            });
        (same && !moved.is_ambiguous()).then_some(moved)
    }

    fn guarded(&self) -> Guarded<'_> {
        Guarded {
            name: &self.name,
            span: self.span,
            class: self.class,
            guards: &self.guards,
        }
    }
}
