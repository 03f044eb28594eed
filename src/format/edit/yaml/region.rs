//! What goes with a member of a collection when it goes: its lines, its comments, its comma.

use std::ops::Range;

use super::tree::{NodeId, Tree};
use crate::format::edit::text::is_blank;

impl Tree<'_> {
    /// The end of a member's content.
    pub(super) fn end(&self, id: NodeId, index: usize) -> usize {
        let member = &self.members(id)[index];
        self.node(member.value).content.end.max(member.mark)
    }

    /// The lines of a member, with the comments that are its own.
    pub(super) fn region(&self, id: NodeId, index: usize) -> Range<usize> {
        let end = self.lines.next(self.end(id, index));
        self.own_start(id, index)..end
    }

    /// What goes with a member: also the empty lines behind it, where they would become part of the text above.
    pub(super) fn removal(&self, id: NodeId, index: usize) -> Range<usize> {
        let mut range = self.region(id, index);
        let ends = |n: &NodeId| self.lines.next(self.node(*n).content.end) == range.start;
        let mut kept = (0..self.nodes.len()).filter(|n| self.keeps_lines(*n));
        if range.start > 0 && kept.any(|n| ends(&n)) {
            while range.end < self.text.len() && self.lines.after(range.end).trim().is_empty() {
                range.end = self.lines.next(range.end);
            }
        }
        range
    }

    /// The beginning of the lines of a member: those of the comments above it where they are its own.
    pub(super) fn own_start(&self, id: NodeId, index: usize) -> usize {
        let line = self.lines.start(self.members(id)[index].start);
        let start = self.comments_above(id, index);
        if start == line || index > 0 {
            return start;
        }
        // Above the first of several it is a heading, unless each has its own.
        let own =
            |i: usize| self.comments_above(id, i) < self.lines.start(self.members(id)[i].start);
        let top = self.node(id).parent.is_none();
        if !top && (1..self.members(id).len()).any(own) {
            start
        } else {
            line
        }
    }

    /// The beginning of the block of comments directly above a member, in its column; else of its line.
    pub(super) fn comments_above(&self, id: NodeId, index: usize) -> usize {
        let member = self.members(id)[index].start;
        let mut start = self.lines.start(member);
        if !self.lines.is_first(member) {
            return start;
        }
        let column = self.lines.column(member);
        while start > self.lines.first() {
            let above = self.lines.start(start - 1);
            let line = &self.text[above..start];
            let at = above + line.len() - line.trim_start_matches(' ').len();
            if self.comment_at(at).is_none() || self.lines.column(at) != column {
                break;
            }
            start = above;
        }
        start
    }

    /// The end of a member and its comma.
    pub(super) fn flow_end(&self, id: NodeId, index: usize) -> usize {
        let comma = self.members(id)[index].comma;
        comma.map_or_else(|| self.end(id, index), |c| c + 1)
    }

    /// Whether a member has its lines for itself, a comment behind it aside.
    pub(super) fn has_line(&self, id: NodeId, index: usize) -> bool {
        let end = self.flow_end(id, index);
        let after = self.lines.after(end);
        let comment = end + after.len() - after.trim_start().len();
        let alone = is_blank(after) || self.comment_at(comment).is_some();
        alone && self.lines.is_first(self.members(id)[index].start)
    }

    /// What goes with a member: its lines and its comments, or its text and the blanks on one side of it.
    pub(super) fn flow_region(&self, id: NodeId, index: usize) -> Range<usize> {
        let start = self.members(id)[index].start;
        let end = self.flow_end(id, index);
        if self.has_line(id, index) {
            return self.own_start(id, index)..self.lines.next(end);
        }
        let text = self.text;
        let after = self.lines.after(end);
        let blanks = after.len() - after.trim_start().len();
        let next = after.trim_start();
        let more = !next.is_empty() && !next.starts_with(['#', ']', '}']);
        if more {
            return start..end + blanks;
        }
        let before = self.lines.before(start);
        let cut = before.len() - before.trim_end().len();
        let from = if is_blank(before) { start } else { start - cut };
        // A comment needs a blank before it.
        debug_assert!(text.is_char_boundary(from), "blanks are whole characters");
        from..end
    }
}
