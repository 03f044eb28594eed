//! Making the values of bindings for one element; the objects among them do not exist yet.

use std::sync::Arc;

use super::{ObjectRecipe, Recipe, RecipeKind};
use crate::diag::Span;
use crate::expr::{Context, Expression, Failure, Slot};
use crate::metamodel::{ClassId, FeatureId};
use crate::model::Value;

/// A value that was made, with what was read for it. Objects do not exist yet.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) span: Span,
    pub(crate) kind: MadeKind,
    pub(crate) reads: Vec<Slot>,
}

#[derive(Clone, Debug)]
pub(crate) enum MadeKind {
    Value(Value),
    /// A value in the spelling of the one who wrote it.
    Literal(Value, Arc<str>),
    Object(ClassId, Vec<(FeatureId, Made)>),
    List(Vec<Made>),
}

impl Made {
    /// The value, where it is no list of several and no object has to be made for it.
    pub(crate) fn value(&self) -> Option<&Value> {
        match &self.kind {
            MadeKind::Value(value) | MadeKind::Literal(value, _) => Some(value),
            MadeKind::Object(..) | MadeKind::List(_) => None,
        }
    }

    /// Whether two rules made the same, wherever they stand.
    pub(crate) fn same(&self, other: &Self) -> bool {
        if let (Some(a), Some(b)) = (self.value(), other.value()) {
            return a == b;
        }
        match (&self.kind, &other.kind) {
            (MadeKind::Object(a, xs), MadeKind::Object(b, ys)) => {
                a == b
                    && xs.len() == ys.len()
                    && xs
                        .iter()
                        .zip(ys)
                        .all(|((f, x), (g, y))| f == g && x.same(y))
            }
            (MadeKind::List(xs), MadeKind::List(ys)) => {
                xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| x.same(y))
            }
            _ => false,
        }
    }

    /// Calls `with` for each slot that was read for it, or for what is in it.
    pub(crate) fn each_read(&self, with: &mut impl FnMut(Slot)) {
        self.reads.iter().copied().for_each(&mut *with);
        match &self.kind {
            MadeKind::Object(_, features) => features.iter().for_each(|(_, m)| m.each_read(with)),
            MadeKind::List(items) => items.iter().for_each(|m| m.each_read(with)),
            MadeKind::Value(_) | MadeKind::Literal(..) => {}
        }
    }

    /// Whether it is no value at all.
    pub(crate) fn is_nothing(&self) -> bool {
        match &self.kind {
            MadeKind::Value(value) | MadeKind::Literal(value, _) => *value == Value::Null,
            MadeKind::List(items) => items.is_empty(),
            MadeKind::Object(..) => false,
        }
    }
}

/// Refuses objects of knowledge, which no model can hold. Where types tell, a rule that gives one was refused before.
pub(crate) fn holdable(
    value: Value,
    expression: &Expression,
    context: &Context<'_>,
) -> Result<Value, Failure> {
    let Some(object) = value.knowledge() else {
        return Ok(value);
    };
    let path = context.reach().path(object);
    let message =
        format!("`{path}` belongs to the knowledge beside the model, which cannot hold it");
    Err(Failure::at(expression.excerpt.span, message))
}

impl Recipe {
    /// Makes the value for one element.
    pub(crate) fn make(
        &self,
        context: &Context<'_>,
        variables: &mut Vec<Value>,
    ) -> Result<Made, Failure> {
        let kind = match &self.kind {
            RecipeKind::Literal(value, text) => MadeKind::Literal(value.clone(), text.clone()),
            RecipeKind::Expression(expression) | RecipeKind::Resolved(expression, _) => {
                let value = expression.evaluate(context, variables)?;
                MadeKind::Value(holdable(value, expression, context)?)
            }
            RecipeKind::Text(text) => {
                MadeKind::Value(Value::text(text.evaluate(context, variables)?))
            }
            RecipeKind::Object(object) => self.make_objects(object, context, variables)?,
            RecipeKind::List(items) => MadeKind::List(
                items
                    .iter()
                    .map(|r| r.make(context, variables))
                    .collect::<Result<_, Failure>>()?,
            ),
        };
        Ok(Made {
            span: self.span,
            kind,
            reads: context.reads.take(),
        })
    }

    fn make_objects(
        &self,
        object: &ObjectRecipe,
        context: &Context<'_>,
        variables: &mut Vec<Value>,
    ) -> Result<MadeKind, Failure> {
        if object.loops.is_empty() {
            let made = object.make(context, variables)?;
            return Ok(made.unwrap_or(MadeKind::List(Vec::new())));
        }
        let mut all = Vec::new();
        self.make_each((object, &object.loops), context, variables, &mut all)?;
        Ok(MadeKind::List(all))
    }

    fn make_each(
        &self,
        (object, loops): (&ObjectRecipe, &[Expression]),
        context: &Context<'_>,
        variables: &mut Vec<Value>,
        all: &mut Vec<Made>,
    ) -> Result<(), Failure> {
        let Some((each, inner)) = loops.split_first() else {
            let made = object.make(context, variables)?;
            all.extend(made.map(|kind| Made {
                span: self.span,
                kind,
                reads: context.reads.take(),
            }));
            return Ok(());
        };
        for member in each.evaluate(context, variables)?.items() {
            variables.push(member.clone());
            let made = self.make_each((object, inner), context, variables, all);
            variables.pop();
            made?;
        }
        Ok(())
    }
}

impl ObjectRecipe {
    /// Whether its condition holds.
    pub(crate) fn holds(
        &self,
        context: &Context<'_>,
        variables: &[Value],
    ) -> Result<bool, Failure> {
        match &self.condition {
            Some(condition) => condition.holds(context, variables),
            None => Ok(true),
        }
    }

    fn make(
        &self,
        context: &Context<'_>,
        variables: &mut Vec<Value>,
    ) -> Result<Option<MadeKind>, Failure> {
        if !self.holds(context, variables)? {
            return Ok(None);
        }
        let mut features = Vec::with_capacity(self.features.len());
        for bound in &self.features {
            features.push((bound.feature(), bound.recipe.make(context, variables)?));
        }
        Ok(Some(MadeKind::Object(self.class, features)))
    }
}
