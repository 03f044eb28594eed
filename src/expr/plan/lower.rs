//! Puts plans into typed trees.

use super::{OUTSIDE, Path, Planned};
use crate::expr::node::{Argument, CallNode, HelperNode, Kind, Node};
use crate::metamodel::{FeatureId, Metamodel};

/// The same tree with plans in the place of all parts that have one, the largest first.
///
/// Of the variables that it may use, the first `outer` ones come from outside of the evaluation; the others are those of
/// a helper.
pub(in crate::expr) fn lower(
    node: &Node,
    (variables, outer): (usize, usize),
    metamodel: &Metamodel,
) -> Node {
    let mut lowering = Lowering {
        metamodel,
        outer,
        first: variables,
        next: variables,
        kept: Kept::default(),
        asked: 0,
    };
    lowering.lowered(node)
}

/// What is known on the way through a tree.
pub(super) struct Lowering<'m> {
    pub(super) metamodel: &'m Metamodel,
    /// How many variables are from outside.
    outer: usize,
    /// The position of the first variable that the plan binds itself.
    first: usize,
    /// The position of the next variable.
    pub(super) next: usize,
    /// The answers that the plan keeps.
    kept: Kept,
    /// What was asked for so far: a bit for each register, and one for variables from outside.
    pub(super) asked: u32,
}

/// Answers that a plan keeps.
#[derive(Default)]
struct Kept {
    /// What is asked, with the number of the answer.
    known: Vec<(Path, FeatureId, usize)>,
    /// How many there are in all.
    count: usize,
}

impl Lowering<'_> {
    /// How many registers are in use.
    pub(super) fn registers(&self) -> usize {
        self.next - self.first
    }

    fn lowered(&mut self, node: &Node) -> Node {
        let (plan, kept) = self.apart(|lowering| (lowering.plan(node), lowering.kept.count));
        let Some(plan) = plan else {
            return self.parts_lowered(node);
        };
        let planned = Planned {
            plan,
            depth: node.depth(),
            kept,
            node: node.clone(),
        };
        node.with(Kind::Planned(Box::new(planned)))
    }

    /// Does something for a plan of its own.
    fn apart<T>(&mut self, with: impl FnOnce(&mut Self) -> T) -> T {
        let first = std::mem::replace(&mut self.first, self.next);
        let kept = std::mem::take(&mut self.kept);
        let made = with(self);
        (self.first, self.kept) = (first, kept);
        made
    }

    /// The number of an answer about an object that does not change as often as it is asked for.
    pub(super) fn keep(&mut self, of: &Path, feature: FeatureId) -> Option<usize> {
        let is_asked_again = match of {
            Path::Register(register) => register + 1 < self.registers(),
            Path::Outer(_) | Path::Inner(_) => self.registers() > 0,
            _ => false,
        };
        if !is_asked_again {
            return None;
        }
        let kept = &mut self.kept;
        let mut known = kept.known.iter();
        let found = known.find(|(path, f, _)| path.is_variable_of(of) && *f == feature);
        if let Some((_, _, number)) = found {
            return Some(*number);
        }
        let number = kept.count;
        kept.count += 1;
        kept.known.push((of.clone(), feature, number));
        Some(number)
    }

    /// The answers about a register that is free again.
    pub(super) fn no_longer_kept(&mut self, register: usize) -> Box<[usize]> {
        let of = Path::Register(register);
        let gone = self
            .kept
            .known
            .extract_if(.., |(path, ..)| path.is_variable_of(&of));
        gone.map(|(_, _, number)| number).collect()
    }

    /// A part of a plan that has no form, with plans in its own parts.
    pub(super) fn embedded(&mut self, node: &Node) -> Node {
        self.apart(|lowering| lowering.parts_lowered(node))
    }

    /// Where a variable is found.
    pub(super) fn variable(&mut self, node: &Node) -> Option<Path> {
        let Kind::Variable(position) = node.kind else {
            return None;
        };
        let Some(register) = position.checked_sub(self.first) else {
            self.asked |= OUTSIDE;
            return Some(match position.checked_sub(self.outer) {
                Some(inner) => Path::Inner(inner),
                None => Path::Outer(position),
            });
        };
        self.asked |= 1 << register;
        Some(Path::Register(register))
    }

    fn boxed(&mut self, node: &Node) -> Box<Node> {
        Box::new(self.lowered(node))
    }

    fn all(&mut self, nodes: &[Node]) -> Vec<Node> {
        nodes.iter().map(|n| self.lowered(n)).collect()
    }

    /// A part inside of so many more variables.
    fn within(&mut self, variables: usize, node: &Node) -> Node {
        self.next += variables;
        let lowered = self.lowered(node);
        self.next -= variables;
        lowered
    }

    fn parts_lowered(&mut self, node: &Node) -> Node {
        node.with(match &node.kind {
            Kind::Literal(_)
            | Kind::Variable(_)
            | Kind::Extent(_)
            | Kind::ExtentIn(..)
            | Kind::Planned(_) => node.kind.clone(),
            Kind::List(members) => Kind::List(self.all(members)),
            Kind::Range(ends) => Kind::Range(Box::new(ends.each_ref().map(|n| self.lowered(n)))),
            Kind::Feature(of, feature) => Kind::Feature(self.boxed(of), *feature),
            Kind::OneOf(of, features) => Kind::OneOf(self.boxed(of), features.clone()),
            Kind::ClassName(of) => Kind::ClassName(self.boxed(of)),
            Kind::Container(of, class) => Kind::Container(self.boxed(of), *class),
            Kind::Call(call) => Kind::Call(Box::new(self.call(call))),
            Kind::Helper(call) => Kind::Helper(Box::new(HelperNode {
                receiver: call.receiver.as_ref().map(|r| self.lowered(r)),
                helper: call.helper,
                arguments: self.all(&call.arguments),
                each: call.each,
            })),
            Kind::Unary(operator, operand) => Kind::Unary(*operator, self.boxed(operand)),
            Kind::Binary(operator, left, right) => {
                Kind::Binary(*operator, self.boxed(left), self.boxed(right))
            }
            Kind::If(parts) => Kind::If(Box::new(parts.each_ref().map(|n| self.lowered(n)))),
            Kind::Let(value, body) => Kind::Let(self.boxed(value), Box::new(self.within(1, body))),
            Kind::Target(sources, of) => Kind::Target(self.all(sources), *of),
            Kind::Apply(rule, arguments) => Kind::Apply(*rule, self.all(arguments)),
            Kind::Widen(of) => Kind::Widen(self.boxed(of)),
        })
    }

    fn call(&mut self, call: &CallNode) -> CallNode {
        let variables = call.variables();
        CallNode {
            receiver: self.lowered(&call.receiver),
            operation: call.operation,
            arguments: call
                .arguments
                .iter()
                .map(|argument| match argument {
                    Argument::Value(node) => Argument::Value(self.lowered(node)),
                    Argument::Body(node) => Argument::Body(self.within(variables, node)),
                    Argument::Type(ty) => Argument::Type(ty.clone()),
                })
                .collect(),
            each: call.each,
        }
    }
}

impl Path {
    /// Whether both are the same variable.
    fn is_variable_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Register(a), Self::Register(b))
            | (Self::Outer(a), Self::Outer(b))
            | (Self::Inner(a), Self::Inner(b)) => a == b,
            _ => false,
        }
    }
}
