//! A call while it is computed: what the functions of the table work with.

use std::sync::Arc;

use super::Receiver;
use crate::expr::eval::{Evaluator, Held};
use crate::expr::node::{CallNode, Node};
use crate::expr::{Failure, Type, order};
use crate::model::{ObjectId, Reach, Value};

/// A call with the values of its receiver and arguments.
pub(in crate::expr) struct Call<'c, 'e> {
    pub(in crate::expr) evaluator: &'c mut Evaluator<'e>,
    pub(in crate::expr) node: &'e Node,
    pub(in crate::expr) site: &'e CallNode,
    pub(in crate::expr) receiver: Held<'e>,
    pub(in crate::expr) arguments: Vec<Held<'e>>,
}

impl<'e> Call<'_, 'e> {
    /// The model and the knowledge beside it.
    pub(super) fn model(&self) -> Reach<'e> {
        self.evaluator.context.reach()
    }

    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Result<T, Failure> {
        Err(self.evaluator.fail(self.node, message))
    }

    /// A failure that lies in an argument.
    pub(super) fn fail_at<T>(
        &self,
        index: usize,
        message: impl Into<String>,
    ) -> Result<T, Failure> {
        let node = self.site.values().nth(index).unwrap_or(self.node);
        Err(self.evaluator.fail(node, message))
    }

    pub(super) fn charge(&mut self, steps: usize) -> Result<(), Failure> {
        self.evaluator.charge(self.node, steps)
    }

    /// What the call gives for null: navigation goes on with null, arithmetic fails, lists see no member.
    pub(in crate::expr) fn of_null(&self) -> Result<Option<Value>, Failure> {
        let node = &self.site.receiver;
        match self.site.operation.receiver {
            Receiver::List | Receiver::Any => Ok(None),
            Receiver::String | Receiver::Object => Ok(Some(match self.node.ty {
                Type::List(_) => Value::List(Vec::new()),
                Type::Boolean => Value::Boolean(false),
                _ => Value::Null,
            })),
            Receiver::Number | Receiver::Scalar => {
                let (text, name) = (self.evaluator.text(node), self.site.operation.name);
                let message = format!("`{text}` is null: `{name}` needs a value");
                Err(self.evaluator.fail(node, message))
            }
        }
    }

    /// Takes the receiver, to go over its members.
    pub(super) fn members(&mut self) -> Result<Held<'e>, Failure> {
        let members = std::mem::replace(&mut self.receiver, Held::NULL);
        self.charge(order::size(&members))?;
        Ok(members)
    }

    /// Takes the members of the receiver, to make another list of them.
    pub(super) fn own_members(&mut self) -> Result<Vec<Value>, Failure> {
        let members = std::mem::replace(&mut self.receiver, Held::NULL);
        let members = self.evaluator.own(self.node, members)?;
        Ok(into_members(members))
    }

    /// Takes an argument, to go over its members.
    pub(super) fn argument_members(&mut self, index: usize) -> Result<Held<'e>, Failure> {
        let members = std::mem::replace(&mut self.arguments[index], Held::NULL);
        self.charge(order::size(&members))?;
        Ok(members)
    }

    /// Takes an argument.
    pub(super) fn argument(&mut self, index: usize) -> Result<Value, Failure> {
        let argument = std::mem::replace(&mut self.arguments[index], Held::NULL);
        self.evaluator.own(self.node, argument)
    }

    /// Computes the body for a member.
    pub(super) fn body(&mut self, member: &Value) -> Result<Held<'e>, Failure> {
        match self.site.body() {
            Some(body) => self.evaluator.with(member.clone().into(), body),
            None => Ok(Held::NULL),
        }
    }

    /// Computes the body for a member, to keep its value.
    pub(super) fn value(&mut self, member: &Value) -> Result<Value, Failure> {
        let value = self.body(member)?;
        self.evaluator.own(self.node, value)
    }

    /// Whether the body is true for a member.
    pub(super) fn holds(&mut self, member: &Value) -> Result<bool, Failure> {
        match self.site.body() {
            Some(body) => self.evaluator.holds_with(member.clone(), body),
            None => Ok(false),
        }
    }

    /// The text that the receiver is.
    pub(super) fn text(&self) -> Arc<str> {
        match &*self.receiver {
            Value::String(text) => text.clone(),
            _ => "".into(),
        }
    }

    /// The text that an argument is.
    pub(super) fn argument_text(&self, index: usize) -> Result<Arc<str>, Failure> {
        match self.arguments.get(index).map(|a| &**a) {
            Some(Value::String(text)) => Ok(text.clone()),
            _ => self.null_argument(index),
        }
    }

    /// The whole number that an argument is.
    pub(super) fn argument_integer(&self, index: usize) -> Result<i64, Failure> {
        match self.arguments.get(index).map(|a| &**a) {
            Some(Value::Integer(n)) => Ok(*n),
            _ => self.null_argument(index),
        }
    }

    pub(super) fn null_argument<T>(&self, index: usize) -> Result<T, Failure> {
        let text = self.site.values().nth(index);
        let text = text.map(|n| self.evaluator.text(n)).unwrap_or_default();
        let name = self.site.operation.name;
        self.fail_at(index, format!("`{text}` is null: `{name}` needs a value"))
    }

    /// Text as a result.
    pub(super) fn give_text(&mut self, text: impl Into<Arc<str>>) -> Result<Value, Failure> {
        let text = text.into();
        self.charge(text.len() / 4)?;
        Ok(Value::String(text))
    }

    /// The object that the receiver is.
    pub(super) fn object(&self) -> Result<ObjectId, Failure> {
        match &*self.receiver {
            Value::Object(object) => Ok(*object),
            Value::Proxy(proxy) => {
                self.fail(format!("`{}` is in a file that is not loaded", proxy.uri))
            }
            _ => self.fail("this is no object"),
        }
    }

    /// Whether an object is of the class that the call names; without one every object is.
    pub(super) fn is_wanted(&self, object: ObjectId) -> bool {
        let Some(wanted) = self.site.wanted() else {
            return true;
        };
        let model = self.model();
        let class = model.class(object);
        let mut wanted = wanted.classes().iter();
        wanted.any(|w| model.metamodel().conforms(class, *w))
    }
}

fn into_members(value: Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::List(members) => members,
        one => vec![one],
    }
}
