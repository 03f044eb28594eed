//! Constraints: what models hold to beyond the types and bounds of their metamodel, with a message for those that do
//! not, and perhaps a fix.
//!
//! [`load()`] reads a file of constraints and types it against the metamodel, [`of_metamodel`] reads those that
//! annotations of Ecore carry; [`check()`] evaluates them over a model. Fixes become [edits](crate::format::edit) of the
//! model's text. When constraints are evaluated, and on what, is for `pipeline` to say. The cousins: OCL's invariants,
//! Epsilon's EVL with its messages and fixes.

mod annotation;
mod check;
mod deciding;
mod fix;
mod load;
mod memory;

pub use annotation::of_metamodel;
pub use check::{Subject, Violation, check};
pub use deciding::Deciding;
pub use fix::Repair;
pub use load::load;
pub use memory::Memory;

use std::sync::Arc;

use crate::diag::{Severity, Span};
use crate::expr::{Expression, Text};
use crate::metamodel::{ClassId, FeatureId};

/// A state of a model in which constraints are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// As its file says it.
    Written,
    /// After all transformations.
    Completed,
}

impl Stage {
    const ALL: [(&'static str, Self); 2] =
        [("written", Self::Written), ("completed", Self::Completed)];
}

/// A constraint that was read and checked (OCL: invariant).
#[derive(Clone, Debug)]
pub struct Constraint {
    /// Its name.
    pub name: Arc<str>,
    /// Where its name stands.
    pub span: Span,
    /// Why it is there.
    pub description: Option<Arc<str>>,
    /// The class whose objects hold to it.
    pub class: ClassId,
    /// The only stage at which it is evaluated; `None` is every stage.
    stage: Option<Stage>,
    /// Features of the element whose values are variables behind the element itself, as OCL has it.
    implied: Vec<FeatureId>,
    lets: Vec<Expression>,
    /// Which of them it is for.
    pub guard: Option<Expression>,
    /// What holds.
    pub assertion: Expression,
    /// How much it matters.
    pub severity: Severity,
    /// The feature that is underlined.
    at: Option<FeatureId>,
    message: Message,
    hint: Option<Text>,
    fix: Option<fix::Fix>,
}

impl Constraint {
    /// Whether the same elements hold to another one, whatever it says of the others.
    fn is_same(&self, other: &Self) -> bool {
        let guards = match (&self.guard, &other.guard) {
            (Some(a), Some(b)) => a.is_same(b),
            (None, None) => true,
            _ => false,
        };
        self.class == other.class
            && self.stage == other.stage
            && self.implied == other.implied
            && guards
            && self.lets.len() == other.lets.len()
            && self.lets.iter().zip(&other.lets).all(|(a, b)| a.is_same(b))
            && self.assertion.is_same(&other.assertion)
    }
}

/// What is said of an element that does not hold to a constraint.
#[derive(Clone, Debug)]
enum Message {
    /// A text with expressions in it.
    Text(Text),
    /// An expression that gives the text.
    Expression(Expression),
    /// That the constraint does not hold.
    Plain,
}
