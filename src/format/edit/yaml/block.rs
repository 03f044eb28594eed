//! Collections in lines of their own: members come, go and change places with their lines.

use std::collections::BTreeSet;
use std::ops::Range;

use super::style::hang;
use super::tree::NodeId;
use super::{Final, Writer};
use crate::format::edit::text::Edits;

impl Writer<'_> {
    /// Brings the members of a collection in lines of its own into a new order: old ones stay in theirs.
    pub(super) fn rearrange_block(&self, id: NodeId, finals: &[Final], out: &mut Edits) {
        let members = self.tree.members(id);
        let old = |f: &Final| match f {
            Final::Old(at) => Some(*at),
            Final::New(_) => None,
        };
        let kept: BTreeSet<usize> = finals.iter().filter_map(old).collect();
        if finals.is_empty() {
            self.empty(id, out);
            return;
        }
        let first = members[0].start;
        let hanging = !self.tree.lines.is_first(first);
        let leading: Vec<&str> = finals
            .iter()
            .map_while(|f| match f {
                Final::New(text) => Some(text.as_str()),
                Final::Old(_) => None,
            })
            .collect();
        for at in (0..members.len()).filter(|i| !kept.contains(i)) {
            if at > 0 || !hanging {
                out.delete(self.tree.removal(id, at));
            }
        }
        if hanging {
            self.lead(id, &leading, &kept, out);
        } else {
            let at = self.tree.region(id, 0).start;
            for text in leading {
                self.insert_lines(at, (id, text), out);
            }
        }
        let mut last = None;
        for member in finals {
            match (member, last) {
                (Final::Old(at), _) => last = Some(*at),
                (Final::New(text), Some(last)) => {
                    let at = self.tree.lines.next(self.tree.end(id, last));
                    self.insert_lines(at, (id, text), out);
                }
                (Final::New(_), None) => {}
            }
        }
    }

    /// The members that come first, where the old first one stands behind a dash.
    fn lead(&self, id: NodeId, leading: &[&str], kept: &BTreeSet<usize>, out: &mut Edits) {
        let first = self.tree.members(id)[0].start;
        let column = self.tree.lines.column(first);
        let end = self.tree.lines.end(self.tree.end(id, 0));
        let ending = self.tree.lines.ending;
        let blanks = " ".repeat(column);
        let text = hang(&leading.join("\n"), &blanks).replace('\n', ending);
        match (leading.is_empty(), kept.contains(&0)) {
            (true, true) => {}
            (false, true) => out.insert(first, format!("{text}{ending}{blanks}")),
            (false, false) => out.replace(first..end, text),
            (true, false) => out.delete(first..self.next_kept(id, kept)),
        }
    }

    /// What takes the place behind the dash when the first member goes: the next comment or member that stays.
    fn next_kept(&self, id: NodeId, kept: &BTreeSet<usize>) -> usize {
        let members = self.tree.members(id);
        let gone: Vec<Range<usize>> = (1..members.len())
            .filter(|i| !kept.contains(i))
            .map(|i| self.tree.region(id, i))
            .collect();
        let mut at = self.tree.lines.next(self.tree.end(id, 0));
        while at < self.tree.text.len() {
            if let Some(region) = gone.iter().find(|r| r.contains(&at)) {
                at = region.end;
                continue;
            }
            let line = &self.tree.text[at..self.tree.lines.end(at)];
            if !line.trim().is_empty() {
                return at + line.len() - line.trim_start().len();
            }
            at = self.tree.lines.next(at);
        }
        at
    }

    /// Inserts lines at the beginning of a line, in the column of a collection.
    fn insert_lines(&self, at: usize, new: (NodeId, &str), out: &mut Edits) {
        let (id, text) = new;
        let column = self.tree.lines.column(self.tree.members(id)[0].start);
        let ending = self.tree.lines.ending;
        let blanks = " ".repeat(column);
        let text = hang(text, &blanks).replace('\n', ending);
        out.insert(at, format!("{blanks}{text}{ending}"));
    }

    /// Removes all members.
    fn empty(&self, id: NodeId, out: &mut Edits) {
        let node = self.tree.node(id);
        let members = self.tree.members(id);
        let mapping = self.tree.collection(id).is_some_and(|c| c.mapping);
        let text = if mapping { "{}" } else { "[]" };
        let first = members[0].start;
        let mut from = 0;
        match node.parent {
            Some((parent, index)) if self.tree.lines.is_first(first) => {
                let mark = self.tree.members(parent)[index].mark;
                let head = if node.start < node.content.start {
                    self.props_end(id)
                } else {
                    mark
                };
                out.insert(head, format!(" {text}"));
            }
            _ => {
                out.replace(first..self.tree.lines.end(self.tree.end(id, 0)), text);
                from = 1;
            }
        }
        for at in from..members.len() {
            out.delete(self.tree.region(id, at));
        }
    }
}
