//! The typed tree that the checker makes and the evaluator walks.

use std::ops::Range;
use std::sync::Arc;

use super::Type;
use super::operations::{Form, Operation};
use super::plan::Planned;
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
    /// What was compiled further: in trees that are evaluated alone.
    Planned(Box<Planned>),
}

impl Node {
    /// The same with something else in it.
    pub(super) fn with(&self, kind: Kind) -> Self {
        Self {
            kind,
            ty: self.ty.clone(),
            range: self.range.clone(),
        }
    }

    /// How many parts are inside one another.
    pub(super) fn depth(&self) -> usize {
        let mut deepest = 0;
        self.each_part(&mut |part| deepest = deepest.max(part.depth()));
        deepest + 1
    }

    /// Whether the variable of a position is asked for in it.
    pub(super) fn mentions(&self, position: usize) -> bool {
        let mut found = matches!(self.kind, Kind::Variable(at) if at == position);
        self.each_part(&mut |part| found = found || part.mentions(position));
        found
    }

    /// The tree itself, where a plan stands in its place.
    pub(super) fn unplanned(&self) -> &Self {
        match &self.kind {
            Kind::Planned(planned) => &planned.node,
            _ => self,
        }
    }

    /// Looks at each direct part.
    pub(super) fn each_part<'n>(&'n self, look: &mut dyn FnMut(&'n Self)) {
        match &self.kind {
            Kind::Literal(_) | Kind::Variable(_) | Kind::Extent(_) | Kind::ExtentIn(..) => {}
            Kind::List(parts) | Kind::Target(parts, _) | Kind::Apply(_, parts) => {
                parts.iter().for_each(look);
            }
            Kind::Range(parts) => parts.iter().for_each(look),
            Kind::If(parts) => parts.iter().for_each(look),
            Kind::Feature(of, _)
            | Kind::OneOf(of, _)
            | Kind::ClassName(of)
            | Kind::Container(of, _)
            | Kind::Unary(_, of)
            | Kind::Widen(of) => look(of),
            Kind::Binary(_, left, right) | Kind::Let(left, right) => {
                look(left);
                look(right);
            }
            Kind::Call(call) => {
                look(&call.receiver);
                let arguments = call.arguments.iter();
                arguments.filter_map(Argument::node).for_each(look);
            }
            Kind::Helper(call) => {
                let receiver = call.receiver.iter();
                receiver.chain(&call.arguments).for_each(look);
            }
            Kind::Planned(planned) => look(&planned.node),
        }
    }
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

    /// What is computed for it.
    fn node(&self) -> Option<&Node> {
        match self {
            Self::Value(node) | Self::Body(node) => Some(node),
            Self::Type(_) => None,
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

    /// How many variables its body has of its own.
    pub(super) fn variables(&self) -> usize {
        if self.operation.form == Form::Fold {
            2
        } else {
            1
        }
    }

    /// The type that an argument names.
    pub(super) fn wanted(&self) -> Option<&Type> {
        self.arguments.iter().find_map(|a| match a {
            Argument::Type(ty) => Some(ty),
            Argument::Value(_) | Argument::Body(_) => None,
        })
    }
}
