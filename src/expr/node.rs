//! The typed tree that the checker makes and the evaluator walks.

use std::ops::Range;
use std::sync::Arc;

use super::Type;
use super::operations::{Operation, Receiver};
use super::syntax::{Binary, Unary};
use crate::metamodel::{ClassId, FeatureId};
use crate::model::Value;

/// A typed expression; its range are bytes of the excerpt.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) ty: Type,
    pub(super) range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Literal(Value),
    List(Vec<Node>),
    /// The whole numbers from one to another.
    Range(Box<[Node; 2]>),
    Variable(usize),
    /// All instances of a class.
    Extent(ClassId),
    /// Those in the model of a name.
    ExtentIn(ClassId, Arc<str>),
    /// The value of a feature; of a list the values of all members.
    Feature(Box<Node>, FeatureId),
    /// The value of whichever of several features of one name the object has.
    OneOf(Box<Node>, Box<[FeatureId]>),
    /// The name of a class.
    ClassName(Box<Node>),
    /// The container, if it is of that class; of a list the containers of all members.
    Container(Box<Node>, ClassId),
    Call(Box<CallNode>),
    Helper(Box<HelperNode>),
    Unary(Unary, Box<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    If(Box<[Node; 3]>),
    /// A value, which becomes the next variable, and what uses it.
    Let(Box<Node>, Box<Node>),
    /// The object that a rule made of objects of the source; a list of first sources gives a list.
    Target(Vec<Node>, RuleTarget),
    /// What a lazy rule makes of arguments.
    Apply(usize, Vec<Node>),
    /// A whole number as a floating-point one.
    Widen(Box<Node>),
}

/// A rule and one of its targets, by their positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RuleTarget {
    pub(super) rule: usize,
    pub(super) target: usize,
}

/// A call of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CallNode {
    pub(super) receiver: Node,
    pub(super) operation: &'static Operation,
    pub(super) arguments: Vec<Argument>,
    /// Whether the operation is applied to each member of the receiver.
    pub(super) each: bool,
    /// How it goes through a list of objects, where it needs no list to do so.
    pub(super) stream: Option<Stream>,
}

/// What a call does with the members of a list as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Select,
    Reject,
    Collect,
    Size,
    Exists,
    ForAll,
    IsEmpty,
    NotEmpty,
    Includes,
    Excludes,
}

impl Stream {
    /// Whether the answer is yes or no.
    pub(super) fn is_question(self) -> bool {
        !matches!(
            self,
            Self::Select | Self::Reject | Self::Collect | Self::Size
        )
    }

    /// How a call of an operation on a receiver of a type goes through it.
    pub(super) fn of(operation: &Operation, receiver: &Type) -> Option<Self> {
        const ALL: [(&str, Stream); 10] = [
            ("select", Stream::Select),
            ("reject", Stream::Reject),
            ("collect", Stream::Collect),
            ("size", Stream::Size),
            ("exists", Stream::Exists),
            ("forAll", Stream::ForAll),
            ("isEmpty", Stream::IsEmpty),
            ("notEmpty", Stream::NotEmpty),
            ("includes", Stream::Includes),
            ("excludes", Stream::Excludes),
        ];
        if operation.receiver != Receiver::List || !matches!(receiver.item(), Type::Class(_)) {
            return None;
        }
        let found = ALL.iter().find(|(name, _)| *name == operation.name);
        found.map(|(_, stream)| *stream)
    }
}

/// A call of a helper.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HelperNode {
    pub(super) receiver: Option<Node>,
    /// The one that the types say; objects may have one of their own class.
    pub(super) helper: usize,
    pub(super) arguments: Vec<Node>,
    /// Whether it is called for each member of the receiver.
    pub(super) each: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Argument {
    Value(Node),
    /// What is computed for each member, which is the next variable.
    Body(Node),
    Type(Type),
}

impl Argument {
    pub(super) fn ty(&self) -> &Type {
        match self {
            Self::Value(node) | Self::Body(node) => &node.ty,
            Self::Type(ty) => ty,
        }
    }

    /// The text, where it is written down.
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Self::Value(Node {
                kind: Kind::Literal(value),
                ..
            }) => value.as_str(),
            _ => None,
        }
    }
}

impl CallNode {
    /// The arguments that are values.
    pub(super) fn values(&self) -> impl Iterator<Item = &Node> {
        self.arguments.iter().filter_map(|a| match a {
            Argument::Value(node) => Some(node),
            Argument::Body(_) | Argument::Type(_) => None,
        })
    }

    /// What is computed for each member.
    pub(super) fn body(&self) -> Option<&Node> {
        self.arguments.iter().find_map(|a| match a {
            Argument::Body(node) => Some(node),
            Argument::Value(_) | Argument::Type(_) => None,
        })
    }

    /// The type that an argument names.
    pub(super) fn wanted(&self) -> Option<&Type> {
        self.arguments.iter().find_map(|a| match a {
            Argument::Type(ty) => Some(ty),
            Argument::Value(_) | Argument::Body(_) => None,
        })
    }
}
