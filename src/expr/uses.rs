//! Which variables from outside an expression reads, wherever in it they stand.

use std::collections::BTreeSet;

use super::node::{Kind, Node};

/// The positions below `outer` of the variables that a tree reads.
pub(super) fn uses(root: &Node, outer: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut left = vec![root];
    while let Some(node) = left.pop() {
        match &node.kind {
            Kind::Variable(position) if *position < outer => drop(found.insert(*position)),
            _ => node.each_part(&mut |part| left.push(part)),
        }
    }
    found
}
