//! What a slot holds and an expression yields.

use std::sync::Arc;

use super::ObjectId;
use crate::metamodel::{EnumId, Literal};

/// A value of a slot or an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    String(Arc<str>),
    /// A literal of an enum, by its position.
    Enum(EnumId, u32),
    /// An object of the model.
    Object(ObjectId),
    /// An object of another file that is not loaded, by its URI.
    Proxy(Arc<str>),
    /// Values in order.
    List(Vec<Value>),
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    /// The object, where it is one.
    pub fn as_object(&self) -> Option<ObjectId> {
        match self {
            Self::Object(object) => Some(*object),
            _ => None,
        }
    }

    /// The text, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Itself, or the members of the list that it is; nothing where it is null.
    pub fn items(&self) -> &[Value] {
        match self {
            Self::Null => &[],
            Self::List(items) => items,
            one => std::slice::from_ref(one),
        }
    }

    /// The objects that it is or has as members.
    pub fn objects(&self) -> impl Iterator<Item = ObjectId> {
        self.items().iter().filter_map(Self::as_object)
    }

    /// Whether templates take it for true: not null, false, zero, empty.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Boolean(b) => *b,
            Self::Integer(n) => *n != 0,
            Self::Real(x) => *x != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Enum(..) | Self::Object(_) | Self::Proxy(_) => true,
        }
    }

    pub(super) fn retain_objects(&mut self, keep: impl Fn(ObjectId) -> bool) {
        match self {
            Self::Object(object) if !keep(*object) => *self = Self::Null,
            Self::List(items) => items.retain(|item| item.as_object().is_none_or(&keep)),
            _ => {}
        }
    }
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Boolean(b) => Self::Boolean(b),
            Literal::Integer(n) => Self::Integer(n),
            Literal::Real(x) => Self::Real(x),
            Literal::String(s) => Self::String(s),
            Literal::Enum(id, index) => Self::Enum(id, index),
        }
    }
}

impl From<&Value> for Option<Literal> {
    fn from(value: &Value) -> Self {
        match value {
            Value::Boolean(b) => Some(Literal::Boolean(*b)),
            Value::Integer(n) => Some(Literal::Integer(*n)),
            Value::Real(x) => Some(Literal::Real(*x)),
            Value::String(s) => Some(Literal::String(s.clone())),
            Value::Enum(id, index) => Some(Literal::Enum(*id, *index)),
            Value::Null | Value::Object(_) | Value::Proxy(_) | Value::List(_) => None,
        }
    }
}
