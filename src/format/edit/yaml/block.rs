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
        let hanging = !self.lines.is_first(first);
        let leading: Vec<&str> = finals
            .iter()
            .map_while(|f| match f {
                Final::New(text) => Some(text.as_str()),
                Final::Old(_) => None,
            })
            .collect();
        for at in (0..members.len()).filter(|i| !kept.contains(i)) {
            if at > 0 || !hanging {
                out.delete(self.removal(id, at));
            }
        }
        if hanging {
            self.lead(id, &leading, &kept, out);
        } else {
            let at = self.region(id, 0).start;
            for text in leading {
                self.insert_lines(at, (id, text), out);
            }
        }
        let mut last = None;
        for member in finals {
            match (member, last) {
                (Final::Old(at), _) => last = Some(*at),
                (Final::New(text), Some(last)) => {
                    let at = self.lines.next(self.end(id, last));
                    self.insert_lines(at, (id, text), out);
                }
                (Final::New(_), None) => {}
            }
        }
    }

    /// The members that come first, where the old first one stands behind a dash.
    fn lead(&self, id: NodeId, leading: &[&str], kept: &BTreeSet<usize>, out: &mut Edits) {
        let first = self.tree.members(id)[0].start;
        let column = self.lines.column(first);
        let end = self.lines.end(self.end(id, 0));
        let ending = self.lines.ending;
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
            .map(|i| self.region(id, i))
            .collect();
        let mut at = self.lines.next(self.end(id, 0));
        while at < self.tree.text.len() {
            if let Some(region) = gone.iter().find(|r| r.contains(&at)) {
                at = region.end;
                continue;
            }
            let line = &self.tree.text[at..self.lines.end(at)];
            if !line.trim().is_empty() {
                return at + line.len() - line.trim_start().len();
            }
            at = self.lines.next(at);
        }
        at
    }

    /// Inserts lines at the beginning of a line, in the column of a collection.
    fn insert_lines(&self, at: usize, new: (NodeId, &str), out: &mut Edits) {
        let (id, text) = new;
        let column = self.lines.column(self.tree.members(id)[0].start);
        let ending = self.lines.ending;
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
            Some((parent, index)) if self.lines.is_first(first) => {
                let mark = self.tree.members(parent)[index].mark;
                let head = if node.start < node.content.start {
                    self.props_end(id)
                } else {
                    mark
                };
                out.insert(head, format!(" {text}"));
            }
            _ => {
                out.replace(first..self.lines.end(self.end(id, 0)), text);
                from = 1;
            }
        }
        for at in from..members.len() {
            out.delete(self.region(id, at));
        }
    }

    /// The end of a member's content.
    pub(super) fn end(&self, id: NodeId, index: usize) -> usize {
        let member = &self.tree.members(id)[index];
        self.tree.node(member.value).content.end.max(member.mark)
    }

    /// The lines of a member, with the comments that are its own.
    pub(super) fn region(&self, id: NodeId, index: usize) -> Range<usize> {
        let end = self.lines.next(self.end(id, index));
        self.own_start(id, index)..end
    }

    /// What goes with a member: also the empty lines behind it, where they would become part of the text above.
    fn removal(&self, id: NodeId, index: usize) -> Range<usize> {
        let mut range = self.region(id, index);
        let ends = |n: &NodeId| self.lines.next(self.tree.node(*n).content.end) == range.start;
        let mut kept = (0..self.tree.nodes.len()).filter(|n| self.tree.keeps_lines(*n));
        if range.start > 0 && kept.any(|n| ends(&n)) {
            while range.end < self.tree.text.len() && self.lines.after(range.end).trim().is_empty()
            {
                range.end = self.lines.next(range.end);
            }
        }
        range
    }

    /// The beginning of the lines of a member: those of the comments above it where they are its own.
    pub(super) fn own_start(&self, id: NodeId, index: usize) -> usize {
        let line = self.lines.start(self.tree.members(id)[index].start);
        let start = self.comments_above(id, index);
        if start == line || index > 0 {
            return start;
        }
        // Above the first of several it is a heading, unless each has its own.
        let own = |i: usize| {
            self.comments_above(id, i) < self.lines.start(self.tree.members(id)[i].start)
        };
        let top = self.tree.node(id).parent.is_none();
        if !top && (1..self.tree.members(id).len()).any(own) {
            start
        } else {
            line
        }
    }

    /// The beginning of the block of comments directly above a member, in its column; else of its line.
    fn comments_above(&self, id: NodeId, index: usize) -> usize {
        let member = self.tree.members(id)[index].start;
        let mut start = self.lines.start(member);
        if !self.lines.is_first(member) {
            return start;
        }
        let column = self.lines.column(member);
        while start > self.lines.first() {
            let above = self.lines.start(start - 1);
            let line = &self.tree.text[above..start];
            let at = above + line.len() - line.trim_start_matches(' ').len();
            if self.tree.comment_at(at).is_none() || self.lines.column(at) != column {
                break;
            }
            start = above;
        }
        start
    }
}
