//! Paths from a variable to an attribute or an object, followed without values in between.
//!
//! Most of what bindings and templates print is the name of something, and most of what they refer to is one reference
//! away. Whatever is not so plain has no answer here, and is evaluated.

use super::node::Kind;
use super::{Context, Expression, Slot, eval};
use crate::metamodel::Metamodel;
use crate::model::{Lookup, ObjectId, SlotValue, Targets, Value};

/// One feature of the object that a variable has: most of what templates print, and what they go through.
#[derive(Clone, Debug)]
pub struct Step {
    /// The position of the variable.
    pub variable: usize,
    at: Lookup,
    /// Whether it leads to many objects; else to one value that is no object.
    is_many: bool,
}

impl Step {
    /// The value of an attribute, with the slot that it is in; `None` where it has to be evaluated.
    #[inline]
    pub fn value<'s>(
        &'s self,
        context: &Context<'s>,
        variables: &[Value],
    ) -> Option<(Slot, SlotValue<'s>)> {
        let object = variables[self.variable].as_object()?;
        let look = || context.reach().look(object, &self.at);
        let value = (!self.is_many).then(look)?.value(&self.at).ok()?;
        Some(((object, self.at.feature()), value))
    }

    /// The objects of a reference of many, with the slot that they are in; `None` where it has to be evaluated.
    pub fn targets<'s>(
        &self,
        context: &Context<'s>,
        variables: &[Value],
    ) -> Option<(Slot, Targets<'s>)> {
        let object = variables[self.variable].as_object()?;
        let look = || context.reach().look(object, &self.at);
        let targets = self.is_many.then(look)?.targets().ok()?;
        Some(((object, self.at.feature()), targets))
    }
}

impl Expression {
    /// Itself, where it is no more than a step from the object of a variable to an attribute or a reference of many.
    pub fn step(&self, metamodel: &Metamodel) -> Option<Step> {
        let Kind::Feature(of, feature) = &self.root.kind else {
            return None;
        };
        let Kind::Variable(variable) = of.kind else {
            return None;
        };
        let declared = metamodel.feature(*feature);
        let is_many = declared.is_many();
        if is_many != declared.target().is_some() {
            return None;
        }
        Some(Step {
            variable,
            at: Lookup::of(*feature, metamodel)?,
            is_many,
        })
    }

    /// The value, where it is that of a variable.
    pub(super) fn variable<'v>(
        &self,
        context: &Context<'_>,
        variables: &'v [Value],
    ) -> Option<&'v Value> {
        let Kind::Variable(position) = self.root.kind else {
            return None;
        };
        context.reads.record_variable(position);
        variables.get(position)
    }

    /// The text at the end of a path, where that is a text of the model itself.
    pub fn text_seen<'e>(
        &'e self,
        context: &'e Context<'e>,
        variables: &'e [Value],
    ) -> Option<&'e str> {
        eval::text(self, context, variables)
    }

    /// The object at the end of a path, where there is one.
    pub fn object_seen(&self, context: &Context<'_>, variables: &[Value]) -> Option<ObjectId> {
        eval::object(self, context, variables)
    }
}
