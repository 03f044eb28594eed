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
pub(super) use compile::compile;
pub use live::Live;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::overlap::Guarded;
use crate::diag::Span;
use crate::expr::Expression;
use crate::metamodel::ClassId;
use crate::model::{Model, ObjectId};
use crate::recipe::Binding;

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

impl Rule {
    fn guarded(&self) -> Guarded<'_> {
        Guarded {
            name: &self.name,
            span: self.span,
            class: self.class,
            guards: &self.guards,
        }
    }
}
