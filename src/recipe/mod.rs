//! How a binding makes its value: literals, expressions, text with expressions in it, nested objects, lists.
//!
//! A [`Reader`] types the YAML of a binding. Rules that complete a model, and fixes of constraints, [make](Recipe::make)
//! values for an element; rules that map a model write them at once (`transform::map`).

mod action;
mod make;
mod package;
mod pattern;
mod read;
mod resolve;
mod twin;

pub(crate) use action::{Action, Binding};
pub(crate) use make::{Made, MadeKind, holdable};
pub(crate) use package::{own_package, package};
pub(crate) use pattern::{no_class, pattern};
pub(crate) use read::{Reader, known_feature};
pub(crate) use twin::Moved;

use std::sync::Arc;

use crate::diag::Span;
use crate::expr::{Expression, Text, Type};
use crate::metamodel::{ClassId, FeatureId, Field, Metamodel, Role};
use crate::model::Value;

/// How to make a value.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) span: Span,
    pub(crate) kind: RecipeKind,
}

#[derive(Clone, Debug)]
pub(crate) enum RecipeKind {
    /// A value in the spelling of the one who wrote it.
    Literal(Value, Arc<str>),
    Expression(Expression),
    /// Objects of the source, for which what a rule made of them is written.
    Resolved(Expression, Arc<Picks>),
    Text(Text),
    Object(Box<ObjectRecipe>),
    List(Vec<Recipe>),
}

/// By rule, which of its targets stands for the object that it matched.
pub(crate) type Picks = Vec<Option<usize>>;

/// A feature of a class, and the value that it is bound to.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) field: Field,
    pub(crate) holds: Holds,
    pub(crate) recipe: Recipe,
}

/// What a feature holds, as far as writing to it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// One scalar.
    Scalar,
    /// One object that has a place of its own, and does not point back.
    Object,
    /// Parts, one or many.
    Parts,
    /// The container, which holds the object by this feature.
    Container(FeatureId),
    /// Anything else.
    Other,
}

impl Bound {
    pub(crate) fn new(
        metamodel: &Metamodel,
        class: ClassId,
        feature: FeatureId,
        recipe: Recipe,
    ) -> Self {
        Self {
            field: metamodel.field(class, feature),
            holds: Holds::of(metamodel, feature),
            recipe,
        }
    }

    pub(crate) fn feature(&self) -> FeatureId {
        self.field.feature
    }
}

impl Holds {
    fn of(metamodel: &Metamodel, feature: FeatureId) -> Self {
        let declared = metamodel.feature(feature);
        let owner = declared.opposite();
        let owner = owner.filter(|o| metamodel.feature(*o).is_containment());
        match (declared.role, declared.target()) {
            (Role::Plain, None) if !declared.is_many() => Self::Scalar,
            (Role::Plain, Some(_)) if declared.is_containment() => Self::Parts,
            (Role::Plain, Some(_)) => match owner {
                Some(containment) => Self::Container(containment),
                None if declared.is_many() => Self::Other,
                None => Self::Object,
            },
            _ => Self::Other,
        }
    }
}

/// How to make an object.
#[derive(Clone, Debug)]
pub(crate) struct ObjectRecipe {
    pub(crate) class: ClassId,
    pub(crate) features: Vec<Bound>,
    /// Whether to make it (`when`).
    pub(crate) condition: Option<Expression>,
    /// For each member of what to make one (`for: x in …`), the inner ones for each of the outer; the members are the
    /// next variables.
    pub(crate) loops: Vec<Expression>,
}

/// Whether a feature holds floating-point numbers.
fn is_real(metamodel: &Metamodel, feature: FeatureId) -> bool {
    let of = metamodel.feature(feature).value_type();
    of.is_some_and(|of| Type::of_value_type(metamodel, of) == Type::Real)
}

/// A whole number where a real one belongs becomes real.
pub(crate) fn fit(metamodel: &Metamodel, feature: FeatureId, value: Value) -> Value {
    match value {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a real feature holds what 64 bits can"
        )]
        Value::Integer(n) if is_real(metamodel, feature) => Value::Real(n as f64),
        Value::List(items) if is_real(metamodel, feature) => {
            let items = items.into_iter().map(|i| fit(metamodel, feature, i));
            Value::List(items.collect())
        }
        other => other,
    }
}
