//! Operators.

use super::{Eval, Evaluator, Held};
use crate::expr::node::Node;
use crate::expr::operations::arithmetic;
use crate::expr::order::{self, compare, equal};
use crate::expr::syntax::{Binary, Unary};
use crate::expr::{Failure, Type};
use crate::model::Value;

impl<'e> Evaluator<'e> {
    pub(super) fn unary(&mut self, operator: Unary, operand: &'e Node) -> Eval<'e> {
        if operator == Unary::Not {
            let holds = self.holds(operand)?;
            return Ok(Value::Boolean(!holds).into());
        }
        match *self.value(operand)? {
            Value::Integer(n) => match n.checked_neg() {
                Some(n) => Ok(Value::Integer(n).into()),
                None => Err(self.fail(operand, arithmetic::TOO_LARGE)),
            },
            Value::Real(x) => Ok(Value::Real(-x).into()),
            _ => Err(self.not_a_number(operand)),
        }
    }

    pub(super) fn not_a_number(&self, node: &Node) -> Failure {
        let message = format!("`{}` is null where a number is needed", self.text(node));
        self.fail(node, message)
    }

    pub(super) fn binary(
        &mut self,
        node: &Node,
        operator: Binary,
        operands: [&'e Node; 2],
    ) -> Eval<'e> {
        use Binary as B;
        match operator {
            B::And | B::Or | B::Implies | B::Xor => self.logical(operator, operands),
            _ => self.strict(node, operator, operands),
        }
    }

    /// The operators whose second operand may not be needed.
    fn logical(&mut self, operator: Binary, [left, right]: [&'e Node; 2]) -> Eval<'e> {
        let first = self.holds(left)?;
        let decided = match operator {
            Binary::And => !first,
            Binary::Or => first,
            Binary::Implies if !first => return Ok(Value::Boolean(true).into()),
            _ => false,
        };
        if decided {
            return Ok(Value::Boolean(first).into());
        }
        let second = self.holds(right)?;
        let truth = second != (operator == Binary::Xor && first);
        Ok(Value::Boolean(truth).into())
    }

    /// The operators that need both operands.
    fn strict(&mut self, node: &Node, operator: Binary, operands: [&'e Node; 2]) -> Eval<'e> {
        let left = self.value(operands[0])?;
        let right = self.value(operands[1])?;
        let value = self.compute(node, operator, operands, [&left, &right]);
        value.map(Held::Own)
    }

    fn compute(
        &mut self,
        node: &Node,
        operator: Binary,
        operands: [&Node; 2],
        values: [&Value; 2],
    ) -> Result<Value, Failure> {
        let [a, b] = values;
        self.charge(node, order::size(a).min(order::size(b)))?;
        if matches!(operator, Binary::Equal | Binary::Unequal) {
            return Ok(Value::Boolean(equal(a, b) == (operator == Binary::Equal)));
        }
        if let Some(i) = values.iter().position(|v| **v == Value::Null) {
            let (text, of) = (operator.text(), self.text(operands[i]));
            let message = format!("`{of}` is null: `{text}` needs a value");
            return Err(self.fail(operands[i], message));
        }
        let truth = match operator {
            Binary::Less => compare(a, b).is_lt(),
            Binary::LessOrEqual => compare(a, b).is_le(),
            Binary::Greater => compare(a, b).is_gt(),
            Binary::GreaterOrEqual => compare(a, b).is_ge(),
            Binary::Add if operands.iter().any(|o| o.ty == Type::String) => {
                return self.joined(node, a, b);
            }
            _ => {
                let number = arithmetic::compute(operator, a, b);
                return number.map_err(|message| self.fail(node, message));
            }
        };
        Ok(Value::Boolean(truth))
    }

    fn joined(&mut self, node: &Node, a: &Value, b: &Value) -> Result<Value, Failure> {
        let text = self.printed_all(node, a)? + &self.printed_all(node, b)?;
        self.charge(node, text.len() / 4)?;
        Ok(Value::text(text))
    }

    /// The text of a scalar, or those of the members of a list one after the other.
    fn printed_all(&self, node: &Node, value: &Value) -> Result<String, Failure> {
        match value {
            Value::List(members) => members.iter().map(|m| self.printed(node, m)).collect(),
            one => self.printed(node, one),
        }
    }
}
