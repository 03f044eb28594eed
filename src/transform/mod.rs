//! Model-to-model transformations: declarative rules in YAML, checked before they run, traced slot by slot.
//!
//! [`load`] reads a file of rules and types it against the metamodel; [`apply()`] runs it. A `refine` transform works in
//! stages: all rules of a stage read one snapshot, then all writes happen, so the order of rules never matters. The
//! cousins: ATL's refining mode, Epsilon's EWL, Henshin's rules.

mod apply;
mod compile;
mod helpers;
mod trace;
mod value;

pub use apply::apply;
pub use compile::load;
pub use helpers::helpers;
pub use trace::{Link, Trace};

use std::sync::Arc;

use crate::diag::Span;
use crate::expr::Expression;
use crate::metamodel::{ClassId, FeatureId};
use value::Recipe;

/// A transformation that was read and checked.
#[derive(Clone, Debug)]
pub struct Transform {
    /// Its name.
    pub name: Arc<str>,
    stages: Vec<Stage>,
}

impl Transform {
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

/// When a binding writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// Always.
    Set,
    /// Where the slot is not set.
    Default,
    /// Where the containment is empty.
    Create,
    /// Always, behind what is there.
    Append,
}

impl Action {
    const ALL: [(&'static str, Self); 4] = [
        ("set", Self::Set),
        ("default", Self::Default),
        ("create", Self::Create),
        ("append", Self::Append),
    ];
}

#[derive(Clone, Debug)]
struct Binding {
    action: Action,
    feature: FeatureId,
    recipe: Recipe,
}
