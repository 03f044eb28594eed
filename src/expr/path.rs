//! Paths from a variable to an attribute, followed without values in between.
//!
//! Most of what bindings and templates print is the name of something. Whatever is not so plain has no answer here, and is
//! evaluated.

use super::node::{Kind, Node};
use super::{Context, Expression};
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
        let object = end(of, context, variables)?;
        match context.model.see(object, *feature)? {
            SlotValue::Text(text) if self.ty == super::Type::String => {
                context.reads.record(object, *feature);
                Some(text)
            }
            _ => None,
        }
    }
}

/// The object at the end of a path of single objects of the model.
fn end(node: &Node, context: &Context<'_>, variables: &[Value]) -> Option<ObjectId> {
    let object = match &node.kind {
        Kind::Variable(position) => {
            context.reads.record_variable(*position);
            variables.get(*position)?.as_object()
        }
        Kind::Feature(of, feature) => {
            let object = end(of, context, variables)?;
            match context.model.see(object, *feature)? {
                SlotValue::Object(target) => {
                    context.reads.record(object, *feature);
                    Some(target)
                }
                _ => None,
            }
        }
        Kind::Container(of, class) => {
            let object = end(of, context, variables)?;
            let container = context.model.container(object)?;
            let feature = context.model.containing_feature(object)?;
            context.reads.record(container, feature);
            let metamodel = context.model.metamodel();
            let fits = metamodel.conforms(context.model.class(container), *class);
            fits.then_some(container)
        }
        _ => None,
    };
    object.filter(|o| !o.is_knowledge())
}
