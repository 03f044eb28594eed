//! Calls of operations.

use super::{Eval, Evaluator, Held};
use crate::expr::Failure;
use crate::expr::node::{CallNode, Node};
use crate::expr::operations::Call;
use crate::model::Value;

impl<'e> Evaluator<'e> {
    pub(super) fn call(&mut self, node: &'e Node, call: &'e CallNode) -> Eval<'e> {
        let receiver = self.value(&call.receiver)?;
        let mut arguments = Vec::new();
        for argument in call.values() {
            arguments.push(self.value(argument)?);
        }
        if !call.each {
            return self.apply(node, call, receiver, arguments);
        }
        // They are given to the call for each member.
        let arguments: Vec<Held<'e>> = arguments.into_iter().map(Held::kept).collect();
        self.for_each(node, &receiver, |e, member| {
            e.apply(node, call, member.into(), arguments.clone())
        })
    }

    /// The values of all members but null; lists among them are flattened by one level.
    pub(super) fn for_each(
        &mut self,
        node: &Node,
        members: &Value,
        mut value: impl FnMut(&mut Self, Value) -> Eval<'e>,
    ) -> Eval<'e> {
        self.charge(node, members.items().len())?;
        let mut values = Vec::new();
        for member in members.items().iter().filter(|m| **m != Value::Null) {
            let value = value(self, member.clone())?;
            values.push(self.own(node, value)?);
        }
        Ok(flattened(values).into())
    }

    fn apply(
        &mut self,
        node: &'e Node,
        call: &'e CallNode,
        receiver: Held<'e>,
        arguments: Vec<Held<'e>>,
    ) -> Eval<'e> {
        let length = receiver.as_str().map_or(0, str::len);
        self.charge(node, length / 16)?;
        let operation = call.operation;
        let mut call = Call {
            evaluator: self,
            node,
            site: call,
            receiver,
            arguments,
        };
        if *call.receiver == Value::Null
            && let Some(value) = call.of_null()?
        {
            return Ok(value.into());
        }
        let value: Result<Value, Failure> = (operation.eval)(&mut call);
        value.map(Held::Own)
    }
}

/// The values without nulls, with the members of lists among them in their place.
pub(in crate::expr) fn flattened(values: Vec<Value>) -> Value {
    let mut flat = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Null => {}
            Value::List(members) => flat.extend(members),
            one => flat.push(one),
        }
    }
    Value::List(flat)
}
