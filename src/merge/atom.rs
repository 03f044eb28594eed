//! Values that can be compared over the three versions: objects are named by where they came from.

use std::sync::Arc;

use crate::metamodel::{ClassId, EnumId, FeatureId};
use crate::model::{Model, ObjectId, Value, said};

/// An object of the merge, by the version that had it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    /// The base had it.
    Base(ObjectId),
    /// Ours added it; theirs perhaps too.
    Ours(ObjectId),
    /// Theirs alone added it.
    Theirs(ObjectId),
}

impl Node {
    /// The object of the base.
    pub(super) fn in_base(self) -> Option<ObjectId> {
        match self {
            Self::Base(object) => Some(object),
            Self::Ours(_) | Self::Theirs(_) => None,
        }
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Atom {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A floating-point number, by its bits.
    Real(u64),
    Text(Arc<str>),
    Enum(EnumId, u32),
    Proxy(Arc<str>, Option<ClassId>),
    Node(Node),
    /// An entry of a feature map.
    Entry(FeatureId, Box<Atom>),
}

/// The values that an object says for a feature.
pub(super) fn atoms(
    model: &Model,
    (object, feature): (ObjectId, FeatureId),
    node: &dyn Fn(ObjectId) -> Node,
) -> Vec<Atom> {
    match said(model, object, feature) {
        None => Vec::new(),
        Some(Value::List(items)) => items.iter().map(|v| atom(v, node)).collect(),
        Some(one) => vec![atom(&one, node)],
    }
}

fn atom(value: &Value, node: &dyn Fn(ObjectId) -> Node) -> Atom {
    match value {
        // Lists do not nest.
        Value::Null | Value::List(_) => Atom::Null,
        Value::Boolean(b) => Atom::Boolean(*b),
        Value::Integer(n) => Atom::Integer(*n),
        Value::Real(x) => Atom::Real(x.to_bits()),
        Value::String(text) => Atom::Text(text.clone()),
        Value::Enum(of, literal) => Atom::Enum(*of, *literal),
        Value::Proxy(proxy) => Atom::Proxy(proxy.uri.clone(), proxy.class),
        Value::Object(object) => Atom::Node(node(*object)),
        Value::Entry(entry) => Atom::Entry(entry.feature, Box::new(atom(&entry.value, node))),
    }
}
