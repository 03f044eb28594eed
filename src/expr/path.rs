//! Paths from a variable to an attribute or an object, followed without values in between.
//!
//! Most of what bindings and templates print is the name of something, and most of what they refer to is one reference
//! away. Whatever is not so plain has no answer here, and is evaluated.

use super::node::Kind;
use super::{Context, Expression, eval};
use crate::model::{ObjectId, Value};

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
