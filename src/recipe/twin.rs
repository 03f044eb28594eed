//! Two versions of the same recipes: whether they make the same, and where what stood in one stands in the other.

use std::collections::BTreeMap;

use super::{Bound, Made, MadeKind, ObjectRecipe, Recipe, RecipeKind};
use crate::diag::Span;
use crate::expr::Expression;

/// Where things stand that stood elsewhere in the version before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moved {
    to: BTreeMap<Span, Span>,
    is_ambiguous: bool,
}

impl Moved {
    /// Notes that what stood at one place stands at another now.
    pub(crate) fn put(&mut self, from: Span, to: Span) {
        let known = *self.to.entry(from).or_insert(to);
        self.is_ambiguous |= known != to;
    }

    /// Whether one place stands for two.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.is_ambiguous
    }

    /// Whether everything stands where it stood.
    pub(crate) fn is_nothing(&self) -> bool {
        self.to.iter().all(|(from, to)| from == to)
    }

    /// Where something stands now; what is not known has not moved.
    pub(crate) fn place(&self, from: Span) -> Span {
        self.to.get(&from).copied().unwrap_or(from)
    }
}

/// Whether both are there and the same, or none is.
fn are_same(one: Option<&Expression>, other: Option<&Expression>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_same(other),
        (None, None) => true,
        _ => false,
    }
}

impl Recipe {
    /// Whether a recipe of a later version makes the same; notes where its parts stand now.
    pub(crate) fn is_same(&self, later: &Self, moved: &mut Moved) -> bool {
        moved.put(self.span, later.span);
        match (&self.kind, &later.kind) {
            (RecipeKind::Literal(a, text), RecipeKind::Literal(b, other)) => {
                a == b && text == other
            }
            (RecipeKind::Expression(a), RecipeKind::Expression(b)) => a.is_same(b),
            (RecipeKind::Resolved(a, picks), RecipeKind::Resolved(b, others)) => {
                a.is_same(b) && picks == others
            }
            (RecipeKind::Text(a), RecipeKind::Text(b)) => a.is_same(b),
            (RecipeKind::Object(a), RecipeKind::Object(b)) => a.is_same(b, moved),
            (RecipeKind::List(a), RecipeKind::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b, moved))
            }
            _ => false,
        }
    }
}

impl ObjectRecipe {
    fn is_same(&self, later: &Self, moved: &mut Moved) -> bool {
        self.class == later.class
            && are_same(self.condition.as_ref(), later.condition.as_ref())
            && self.loops.len() == later.loops.len()
            && self
                .loops
                .iter()
                .zip(&later.loops)
                .all(|(a, b)| a.is_same(b))
            && self.features.len() == later.features.len()
            && self
                .features
                .iter()
                .zip(&later.features)
                .all(|(a, b)| a.is_same(b, moved))
    }
}

impl Bound {
    /// Whether a binding of a later version writes the same to the same feature; notes where its parts stand now.
    pub(crate) fn is_same(&self, later: &Self, moved: &mut Moved) -> bool {
        self.feature() == later.feature() && self.recipe.is_same(&later.recipe, moved)
    }
}

impl Made {
    /// The same, made by a recipe that has moved.
    pub(crate) fn move_to(&mut self, moved: &Moved) {
        self.span = moved.place(self.span);
        match &mut self.kind {
            MadeKind::Object(_, features) => {
                for (_, made) in features {
                    made.move_to(moved);
                }
            }
            MadeKind::List(items) => {
                for made in items {
                    made.move_to(moved);
                }
            }
            MadeKind::Value(_) | MadeKind::Literal(..) => {}
        }
    }
}
