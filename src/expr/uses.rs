//! Which variables from outside an expression reads, wherever in it they stand.

use std::collections::BTreeSet;

use super::node::{Argument, Kind, Node};

/// The positions below `outer` of the variables that a tree reads.
pub(super) fn uses(root: &Node, outer: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut left = vec![root];
    while let Some(node) = left.pop() {
        match &node.kind {
            Kind::Variable(position) if *position < outer => {
                found.insert(*position);
            }
            Kind::Variable(_) | Kind::Literal(_) | Kind::Extent(_) | Kind::ExtentIn(..) => {}
            Kind::List(nodes) | Kind::Target(nodes, _) | Kind::Apply(_, nodes) => {
                left.extend(nodes);
            }
            Kind::Range(parts) => left.extend(parts.iter()),
            Kind::If(parts) => left.extend(parts.iter()),
            Kind::Feature(of, _)
            | Kind::OneOf(of, _)
            | Kind::ClassName(of)
            | Kind::Container(of, _)
            | Kind::Unary(_, of)
            | Kind::Widen(of) => left.push(of),
            Kind::Binary(_, one, other) | Kind::Let(one, other) => left.extend([&**one, &**other]),
            Kind::Call(call) => {
                left.push(&call.receiver);
                left.extend(call.arguments.iter().filter_map(|a| match a {
                    Argument::Value(node) | Argument::Body(node) => Some(node),
                    Argument::Type(_) => None,
                }));
            }
            Kind::Helper(call) => {
                left.extend(&call.receiver);
                left.extend(&call.arguments);
            }
        }
    }
    found
}
