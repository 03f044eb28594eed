//! What rules of a map transformation make of objects.

use super::{Eval, Evaluator, Held};
use crate::expr::node::{Node, RuleTarget};
use crate::model::Value;

impl<'e> Evaluator<'e> {
    /// What a rule made of objects of the source, null where it did not match them.
    pub(super) fn target(&mut self, node: &Node, sources: &'e [Node], of: RuleTarget) -> Eval<'e> {
        let mut values = self.values(sources)?;
        let Some(rules) = self.context.rules else {
            return Ok(Held::NULL);
        };
        let made = |e: &Self, values: &[Value]| {
            let made = rules.target(of.rule, of.target, values);
            made.map_err(|message| e.fail(node, message))
        };
        let Value::List(members) = &mut values[0] else {
            let made = made(self, &values)?;
            return Ok(made.map_or(Value::Null, Value::Object).into());
        };
        let members = std::mem::take(members);
        self.charge(&sources[0], members.len())?;
        let mut found = Vec::new();
        for member in members {
            values[0] = member;
            found.extend(made(self, &values)?.map(Value::Object));
        }
        Ok(Value::List(found).into())
    }

    /// What a lazy rule makes of arguments, null where its condition does not hold.
    pub(super) fn apply_rule(
        &mut self,
        node: &Node,
        rule: usize,
        arguments: &'e [Node],
    ) -> Eval<'e> {
        let values = self.values(arguments)?;
        let Some(rules) = self.context.rules else {
            return Ok(Held::NULL);
        };
        match rules.apply(rule, values) {
            Ok(made) => Ok(made.map_or(Value::Null, Value::Object).into()),
            Err(message) => Err(self.fail(node, message)),
        }
    }

    fn values(&mut self, nodes: &'e [Node]) -> Result<Vec<Value>, crate::expr::Failure> {
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            let value = self.value(node)?;
            values.push(self.own(node, value)?);
        }
        Ok(values)
    }
}
