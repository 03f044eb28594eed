//! Collections in brackets: members come and go with their commas, in the lines where they stand.

use std::collections::BTreeSet;

use super::style::hang;
use super::tree::{Collection, NodeId};
use super::{Final, Writer};
use crate::format::edit::EditError;
use crate::format::edit::text::Edits;

impl Writer<'_> {
    /// Brings the members of a collection in brackets into a new order: old ones stay in theirs.
    pub(super) fn rearrange_flow(
        &self,
        id: NodeId,
        finals: &[Final],
        out: &mut Edits,
    ) -> Result<(), EditError> {
        let node = self.tree.node(id);
        let Some(collection) = self.tree.collection(id) else {
            return Ok(());
        };
        let text = &self.tree.text[node.content.clone()];
        if !text.starts_with(['[', '{']) || !text.ends_with([']', '}']) {
            let range = node.content.clone();
            return Err(self
                .job
                .layout(range, "a pair in brackets has no braces of its own"));
        }
        let old = |f: &Final| match f {
            Final::Old(at) => Some(*at),
            Final::New(_) => None,
        };
        let kept: BTreeSet<usize> = finals.iter().filter_map(old).collect();
        for at in (0..collection.members.len()).filter(|i| !kept.contains(i)) {
            out.delete(self.tree.flow_region(id, at));
        }
        let last = collection.members.last();
        let trailing = last.is_some_and(|m| m.comma.is_some()) && !self.style.json;
        let mut before = None;
        for (position, member) in finals.iter().enumerate() {
            let comma = position + 1 < finals.len() || trailing;
            match member {
                Final::Old(at) => {
                    let end = self.tree.end(id, *at);
                    match collection.members[*at].comma {
                        None if comma => out.insert(end, ","),
                        Some(old) if !comma => out.delete(old..old + 1),
                        _ => {}
                    }
                    before = Some(*at);
                }
                Final::New(text) => {
                    let next = finals[position..].iter().find_map(old);
                    let beside = before
                        .or(next)
                        .map_or(node.content.start, |m| collection.members[m].start);
                    let text = hang(text, &self.base(id, beside));
                    let text = text.replace('\n', self.tree.lines.ending);
                    self.insert_flow(id, (before, next), (&text, comma), out);
                }
            }
        }
        Ok(())
    }

    /// Inserts a member behind the last old one that stays, else before the next.
    fn insert_flow(
        &self,
        id: NodeId,
        around: (Option<usize>, Option<usize>),
        new: (&str, bool),
        out: &mut Edits,
    ) {
        let node = self.tree.node(id);
        let Some(collection) = self.tree.collection(id) else {
            return;
        };
        let (text, comma) = new;
        let comma = if comma { "," } else { "" };
        let ending = self.tree.lines.ending;
        let blank = if self.is_tight(collection) { "" } else { " " };
        let line = |at: usize| {
            let start = collection.members[at].start;
            self.tree
                .has_line(id, at)
                .then(|| self.tree.lines.before(start))
        };
        let beside = around.0.or(around.1);
        match (beside, beside.and_then(line)) {
            (Some(at), Some(indent)) if around.0.is_some() => {
                let at = self.tree.lines.end(self.tree.flow_end(id, at));
                out.insert(at, format!("{ending}{indent}{text}{comma}"));
            }
            (Some(at), None) if around.0.is_some() => {
                let comma_at = collection.members[at].comma.map(|c| c + 1);
                let at = comma_at.unwrap_or_else(|| self.tree.end(id, at));
                out.insert(at, format!("{blank}{text}{comma}"));
            }
            (Some(at), Some(indent)) => {
                let at = self.tree.flow_region(id, at).start;
                out.insert(at, format!("{indent}{text}{comma}{ending}"));
            }
            (Some(at), None) => {
                let at = collection.members[at].start;
                out.insert(at, format!("{text}{comma}{blank}"));
            }
            (None, _) if collection.members.is_empty() => {
                let inner = node.content.start + 1..node.content.end - 1;
                let pad = if collection.mapping {
                    self.style.blank.0
                } else {
                    self.style.blank.1
                };
                let pad = if inner.is_empty() && pad { " " } else { "" };
                out.insert(inner.end, format!("{pad}{text}{comma}{pad}"));
            }
            (None, _) => {
                let at = self.tree.flow_region(id, 0).start;
                match line(0) {
                    Some(indent) => out.insert(at, format!("{indent}{text}{comma}{ending}")),
                    None => out.insert(at, format!("{text}{comma}")),
                }
            }
        }
    }

    /// Whether no blanks stand behind the commas.
    fn is_tight(&self, collection: &Collection) -> bool {
        let tight = |c: usize| !self.tree.text[c + 1..].starts_with(char::is_whitespace);
        let inner = collection
            .members
            .split_last()
            .map_or(&[][..], |(_, rest)| rest);
        let mut commas = inner.iter().filter_map(|m| m.comma).peekable();
        commas.peek().is_some() && commas.all(tight)
    }
}
