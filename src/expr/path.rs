//! Paths from a variable to an attribute or an object, followed without values in between.
//!
//! Most of what bindings and templates print is the name of something, and most of what they refer to is one reference
//! away. Whatever is not so plain has no answer here, and is evaluated.

use super::node::Kind;
use super::{Context, Expression, Type, eval};
use crate::model::{ObjectId, SlotValue, Value};

impl Expression {
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
    pub fn text_seen<'m>(&self, context: &Context<'m>, variables: &[Value]) -> Option<&'m str> {
        let Kind::Feature(of, feature) = &self.root.kind else {
            return None;
        };
        if self.ty != Type::String {
            return None;
        }
        let object = eval::object(self, (of, context), variables)?;
        if object.is_knowledge() {
            return None;
        }
        match context.model.see(object, *feature)? {
            SlotValue::Text(text) => {
                context.reads.record(object, *feature);
                Some(text)
            }
            _ => None,
        }
    }

    /// The object at the end of a path, where there is one.
    pub fn object_seen(&self, context: &Context<'_>, variables: &[Value]) -> Option<ObjectId> {
        if !matches!(self.ty, Type::Class(_)) {
            return None;
        }
        eval::object(self, (&self.root, context), variables)
    }
}
