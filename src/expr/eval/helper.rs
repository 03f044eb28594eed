//! Calls of helpers: another expression with variables of its own.

use super::{Eval, Evaluator, Held};
use crate::expr::Type;
use crate::expr::helpers::Helper;
use crate::expr::node::{HelperNode, Node};
use crate::model::Value;

impl<'e> Evaluator<'e> {
    pub(super) fn helper(&mut self, node: &'e Node, call: &'e HelperNode) -> Eval<'e> {
        let receiver = match &call.receiver {
            Some(receiver) => Some(self.value(receiver)?),
            None => None,
        };
        let mut arguments = Vec::new();
        for argument in &call.arguments {
            arguments.push(self.value(argument)?.kept());
        }
        match receiver {
            Some(members) if call.each => self.for_each(node, &members, |e, member| {
                e.on(node, call, member.into(), &arguments)
            }),
            Some(receiver) => self.on(node, call, receiver, &arguments),
            None => self.enter(node, self.helpers.get(call.helper), arguments),
        }
    }

    /// Calls a helper on one value; navigation goes on over null.
    fn on(
        &mut self,
        node: &'e Node,
        call: &'e HelperNode,
        receiver: Held<'e>,
        arguments: &[Held<'e>],
    ) -> Eval<'e> {
        if *receiver == Value::Null {
            return Ok(of_null(&node.ty).into());
        }
        let helper = self.chosen(call, &receiver);
        let all = std::iter::once(receiver).chain(arguments.iter().cloned());
        self.enter(node, helper, all.collect())
    }

    /// The helper for an object, by its class.
    fn chosen(&self, call: &HelperNode, receiver: &Value) -> &'e Helper {
        let (model, declared) = (self.context.reach(), self.helpers.get(call.helper));
        let found = receiver.as_object().and_then(|object| {
            let class = model.class(object);
            self.helpers
                .of_class(&declared.name, class, model.metamodel())
        });
        found.map_or(declared, |index| self.helpers.get(index))
    }

    fn enter(&mut self, node: &'e Node, helper: &'e Helper, variables: Vec<Held<'e>>) -> Eval<'e> {
        let Some(root) = &helper.root else {
            return Err(self.fail(node, format!("`{}` has mistakes", helper.title.text)));
        };
        let (base, excerpt, before) = (self.base, self.excerpt, self.helper);
        self.base = self.inner.len();
        self.excerpt = &helper.value;
        self.helper = Some(helper);
        self.inner.extend(variables);
        let value = self.value(root);
        self.inner.truncate(self.base);
        (self.base, self.excerpt, self.helper) = (base, excerpt, before);
        value.map_err(|mut failure| {
            if before.is_none() {
                failure.called = Some(self.excerpt.place(node.range.clone()));
            }
            failure
        })
    }
}

/// What a call on null gives.
fn of_null(ty: &Type) -> Value {
    match ty {
        Type::List(_) => Value::List(Vec::new()),
        Type::Boolean => Value::Boolean(false),
        _ => Value::Null,
    }
}
