//! Edits of files that are no models, such as rules: an entry of a mapping goes, another one comes.
//!
//! Quick fixes are made of them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::tree::{NodeId, Tree};
use crate::diag::FileId;
use crate::format::edit::TextEdit;

/// The text of a file as mappings with entries.
#[derive(Debug)]
pub(in crate::format) struct Entries<'t> {
    tree: Tree<'t>,
    /// By the offset of a key, its mapping and its position there.
    keys: BTreeMap<usize, (NodeId, usize)>,
}

impl<'t> Entries<'t> {
    /// Reads a text; `None` where it cannot be read.
    pub(in crate::format) fn read(text: &'t str) -> Option<Self> {
        let tree = Tree::read(text, FileId(0)).ok()?;
        let mut keys = BTreeMap::new();
        for id in 0..tree.nodes.len() {
            for (index, member) in tree.members(id).iter().enumerate() {
                let key = member.key.map(|k| tree.node(k).content.start);
                keys.extend(key.map(|at| (at, (id, index))));
            }
        }
        Some(Self { tree, keys })
    }

    /// What goes with the entry whose key is at an offset; `None` where that is no removal of whole lines or words.
    pub(in crate::format) fn removal(&self, key: usize) -> Option<Range<usize>> {
        let (id, index) = self.find(key)?;
        let tree = &self.tree;
        let members = tree.members(id);
        if !tree.is_flow(id) {
            let hanging = index == 0 && !tree.lines.is_first(members[0].start);
            return (!hanging && members.len() > 1).then(|| tree.removal(id, index));
        }
        let range = tree.flow_region(id, index);
        let before = index.checked_sub(1).and_then(|i| members[i].comma);
        Some(match before {
            // The comma before the last one goes with it.
            Some(comma)
                if members[index].comma.is_none()
                    && tree.text[comma + 1..range.start.max(comma + 1)]
                        .trim()
                        .is_empty() =>
            {
                comma..range.end
            }
            _ => range,
        })
    }

    /// The edit by which an entry comes behind the one whose key is at an offset.
    pub(in crate::format) fn behind(&self, key: usize, entry: &str) -> Option<TextEdit> {
        let (id, index) = self.find(key)?;
        let tree = &self.tree;
        let end = tree.end(id, index);
        let (at, replacement) = if tree.is_flow(id) {
            (end, format!(", {entry}"))
        } else {
            let column = tree.lines.column(tree.members(id)[index].start);
            let line = format!("{}{}{entry}", tree.lines.ending, " ".repeat(column));
            (tree.lines.end(end), line)
        };
        Some(TextEdit {
            range: at..at,
            replacement,
        })
    }

    /// The mapping and the position of the entry whose key begins at an offset, its quotes aside.
    fn find(&self, key: usize) -> Option<(NodeId, usize)> {
        let quoted = || key.checked_sub(1).and_then(|at| self.keys.get(&at));
        self.keys.get(&key).or_else(quoted).copied()
    }
}
