//! What a slot holds and an expression yields.

use std::sync::Arc;

use super::store::TextPool;
use super::{ObjectId, Odd};
use crate::metamodel::{ClassId, EnumId, Feature, FeatureId, Literal};

/// Names an object of another file (EMF: a proxy).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Where it is: `other.xmi#//@steps.1`.
    pub uri: Arc<str>,
    /// Its class, where that is not the one that the reference declares.
    pub class: Option<ClassId>,
}

/// A value in a feature map, with the feature that it is a value of (EMF: `FeatureMap.Entry`).
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The feature.
    pub feature: FeatureId,
    /// The value.
    pub value: Value,
}

/// A value of a slot, seen without a copy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SlotValue<'m> {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(&'m str),
    /// A literal of an enum, by its position.
    Enum(EnumId, u32),
    /// An object of the model.
    Object(ObjectId),
    /// An object of another file.
    Proxy(&'m Arc<Proxy>),
    /// A value in a feature map.
    Entry(&'m Entry),
    /// Objects in order.
    Objects(&'m [ObjectId]),
    /// Texts in order.
    Texts(Texts<'m>),
    /// Other values in order.
    Values(&'m [Value]),
}

/// A list of texts, seen without a copy.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'m> {
    pool: &'m TextPool,
    places: &'m [u32],
}

impl<'m> Texts<'m> {
    pub(super) fn new(pool: &'m TextPool, places: &'m [u32]) -> Self {
        Self { pool, places }
    }

    /// The texts in order.
    pub fn iter(self) -> impl Iterator<Item = &'m str> {
        self.places.iter().map(move |place| self.pool.at(*place))
    }
}

impl PartialEq for Texts<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.places.len() == other.places.len() && self.iter().eq(other.iter())
    }
}

/// Whether a value is what an object has that sets none; `-0.0` is not `0.0`.
pub fn is_default(declared: &Feature, value: SlotValue<'_>) -> bool {
    match (&declared.default, value) {
        (Some(Literal::Boolean(a)), SlotValue::Boolean(b)) => *a == b,
        (Some(Literal::Integer(a)), SlotValue::Integer(b)) => *a == b,
        (Some(Literal::Real(a)), SlotValue::Real(b)) => a.to_bits() == b.to_bits(),
        (Some(Literal::String(a)), SlotValue::Text(b)) => **a == *b,
        (Some(Literal::Enum(EnumId(a), i)), SlotValue::Enum(EnumId(b), j)) => (*a, *i) == (b, j),
        (None, SlotValue::Null) => true,
        _ => false,
    }
}

impl Scalar {
    /// The value of a literal, unless that is a text.
    pub fn of(literal: &Literal) -> Option<Self> {
        match literal {
            Literal::Boolean(flag) => Some(Self::Boolean(*flag)),
            Literal::Integer(n) => Some(Self::Integer(*n)),
            Literal::Real(x) => Some(Self::Real(*x)),
            Literal::Enum(id, literal) => Some(Self::Enum(*id, *literal)),
            Literal::String(_) => None,
        }
    }

    /// A whole number, and a truth value or a literal as one.
    #[inline]
    pub(crate) fn number(self) -> Result<i64, Odd> {
        match self {
            Self::Boolean(truth) => Ok(i64::from(truth)),
            Self::Integer(n) => Ok(n),
            Self::Enum(_, literal) => Ok(i64::from(literal)),
            Self::Real(_) => Err(Odd),
        }
    }
}

impl SlotValue<'_> {
    /// The value, where it is neither text nor an object nor a list.
    #[inline]
    pub fn scalar(self) -> Option<Scalar> {
        match self {
            Self::Boolean(flag) => Some(Scalar::Boolean(flag)),
            Self::Integer(n) => Some(Scalar::Integer(n)),
            Self::Real(x) => Some(Scalar::Real(x)),
            Self::Enum(id, literal) => Some(Scalar::Enum(id, literal)),
            _ => None,
        }
    }

    /// The value by itself.
    pub fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(b) => Value::Boolean(b),
            Self::Integer(n) => Value::Integer(n),
            Self::Real(x) => Value::Real(x),
            Self::Text(text) => Value::text(text),
            Self::Enum(id, literal) => Value::Enum(id, literal),
            Self::Object(object) => Value::Object(object),
            Self::Proxy(proxy) => Value::Proxy(proxy.clone()),
            Self::Entry(entry) => Value::Entry(Box::new(entry.clone())),
            Self::Objects(all) => Value::List(all.iter().copied().map(Value::Object).collect()),
            Self::Texts(all) => Value::List(all.iter().map(Value::text).collect()),
            Self::Values(all) => Value::List(all.to_vec()),
        }
    }
}

/// A value that is neither text nor an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// A literal of an enum, by its position.
    Enum(EnumId, u32),
}

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
    /// An object of another file, by its URI.
    Proxy(Arc<Proxy>),
    /// A value of one feature among those of a feature map.
    Entry(Box<Entry>),
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

    /// The object that it is, or that it is the entry of a feature map for.
    pub fn part(&self) -> Option<ObjectId> {
        match self {
            Self::Entry(entry) => entry.value.as_object(),
            other => other.as_object(),
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
            Self::Enum(..) | Self::Object(_) | Self::Proxy(_) | Self::Entry(_) => true,
        }
    }

    pub(super) fn retain_objects(&mut self, keep: impl Fn(ObjectId) -> bool) {
        match self {
            Self::Object(object) if !keep(*object) => *self = Self::Null,
            Self::Entry(entry) if !entry.value.as_object().is_none_or(&keep) => *self = Self::Null,
            Self::List(items) => items.retain(|item| item.part().is_none_or(&keep)),
            _ => {}
        }
    }
}

impl<'l> From<&'l Literal> for SlotValue<'l> {
    fn from(literal: &'l Literal) -> Self {
        match literal {
            Literal::Boolean(b) => Self::Boolean(*b),
            Literal::Integer(n) => Self::Integer(*n),
            Literal::Real(x) => Self::Real(*x),
            Literal::String(text) => Self::Text(text),
            Literal::Enum(id, index) => Self::Enum(*id, *index),
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
            Value::Null | Value::Object(_) | Value::Proxy(_) | Value::Entry(_) | Value::List(_) => {
                None
            }
        }
    }
}
