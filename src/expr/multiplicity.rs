//! How many values an expression has, read off its typed tree: one, perhaps none, or any number.
//!
//! This is knowledge for people; no check depends on it. A part counts as perhaps null where nothing speaks against it.

use super::Type;
use super::node::{CallNode, Kind, Node};
use super::operations::Receiver;
use crate::metamodel::{FeatureId, Metamodel};
use crate::model::Value;

/// How many values there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplicity {
    /// Exactly one.
    One,
    /// One or none.
    Optional,
    /// A list.
    Many,
}

impl Multiplicity {
    /// As modellers write it: `[1]`, `[0..1]`, `[*]`.
    pub const fn bounds(self) -> &'static str {
        match self {
            Self::One => "[1]",
            Self::Optional => "[0..1]",
            Self::Many => "[*]",
        }
    }
}

/// The multiplicity of a typed tree with so many variables from outside, which are never null.
pub(super) fn multiplicity(root: &Node, outer: usize, metamodel: &Metamodel) -> Multiplicity {
    let mut reader = Reader {
        metamodel,
        variables: outer,
        optional: Vec::new(),
    };
    match root.ty {
        Type::List(_) => Multiplicity::Many,
        _ if reader.is_optional(root) => Multiplicity::Optional,
        _ => Multiplicity::One,
    }
}

/// Whether a value may be null, with so many variables from outside of which some may be null.
pub(super) fn may_be_null(
    root: &Node,
    (outer, optional): (usize, Vec<usize>),
    metamodel: &Metamodel,
) -> bool {
    let mut reader = Reader {
        metamodel,
        variables: outer,
        optional,
    };
    reader.is_optional(root)
}

struct Reader<'m> {
    metamodel: &'m Metamodel,
    /// How many variables there are.
    variables: usize,
    /// Those that may be null.
    optional: Vec<usize>,
}

impl Reader<'_> {
    /// Whether the value may be null.
    fn is_optional(&mut self, node: &Node) -> bool {
        if node.ty.is_list() {
            return false;
        }
        match &node.kind {
            Kind::Literal(value) => *value == Value::Null,
            Kind::List(_)
            | Kind::Range(_)
            | Kind::Extent(_)
            | Kind::ExtentIn(..)
            | Kind::Unary(..)
            | Kind::Binary(..) => false,
            Kind::Variable(position) => self.optional.contains(position),
            Kind::Feature(of, feature) => self.may_lack(*feature) || self.is_optional(of),
            Kind::OneOf(of, features) => {
                features.iter().any(|f| self.may_lack(*f)) || self.is_optional(of)
            }
            Kind::ClassName(of) | Kind::Widen(of) => self.is_optional(of),
            Kind::Container(..) | Kind::Helper(_) | Kind::Target(..) | Kind::Apply(..) => true,
            Kind::Call(call) => self.call(call),
            Kind::If(parts) => self.is_optional(&parts[1]) || self.is_optional(&parts[2]),
            Kind::Let(value, body) => self.binding(value, body),
            Kind::Planned(planned) => self.is_optional(&planned.node),
        }
    }

    fn may_lack(&self, feature: FeatureId) -> bool {
        let declared = self.metamodel.feature(feature);
        declared.lower == 0 && declared.default.is_none()
    }

    fn call(&mut self, call: &CallNode) -> bool {
        let operation = call.operation;
        let navigates = matches!(operation.receiver, Receiver::String | Receiver::Object);
        operation.gives_null || (navigates && self.is_optional(&call.receiver))
    }

    fn binding(&mut self, value: &Node, body: &Node) -> bool {
        let mark = self.optional.len();
        if self.is_optional(value) {
            self.optional.push(self.variables);
        }
        self.variables += 1;
        let optional = self.is_optional(body);
        self.variables -= 1;
        self.optional.truncate(mark);
        optional
    }
}
