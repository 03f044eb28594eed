//! The children of an element: they come and go with their lines, in the indentation of their neighbours.

use std::ops::Range;

use super::render::shift;
use super::tree::{Child, ElementId, Tree, split};
use super::{Changes, New, Writer};
use crate::format::edit::text::{Edits, Lines, is_blank};

/// One step of indentation: how far the first element that begins a line stands behind its parent.
pub(super) fn unit(tree: &Tree<'_>, lines: Lines<'_>) -> String {
    let mut steps = tree.elements.iter().filter_map(|element| {
        let parent = &tree.elements[element.parent?];
        let (own, above) = (
            lines.before(element.tag.start),
            lines.before(parent.tag.start),
        );
        let step = own.strip_prefix(above)?;
        (is_blank(own) && !step.is_empty()).then(|| step.to_owned())
    });
    steps.next().unwrap_or_else(|| "  ".to_owned())
}

impl Writer<'_> {
    /// Removes and adds children.
    pub(super) fn place_children(&self, id: ElementId, changes: Changes, out: &mut Edits) {
        let Changes {
            gone,
            mut new,
            renamed,
            ..
        } = changes;
        if gone.is_empty() && new.is_empty() {
            return;
        }
        let element = self.tree.element(id);
        if new.is_empty() && !renamed && self.collapse(id, &gone, out) {
            return;
        }
        for child in &gone {
            out.delete(self.region(*child));
        }
        new.sort_by_key(|n| n.rank);
        let kept: Vec<ElementId> = element.elements().filter(|c| !gone.contains(c)).collect();
        if element.elements().next().is_none() {
            self.open(id, &new, out);
            return;
        }
        for child in new {
            let rank = |c: &ElementId| {
                let rank = self.rank(id, split(self.tree.name(*c)).1);
                rank.is_some_and(|r| r <= child.rank)
            };
            let New { around, text, .. } = child;
            let (after, before) = match around {
                (Some(after), _) => (Some(after), None),
                (None, Some(before)) => (None, Some(before)),
                (None, None) => {
                    let after = kept.iter().copied().rfind(rank);
                    (
                        after,
                        after.is_none().then(|| kept.first().copied()).flatten(),
                    )
                }
            };
            match (after, before) {
                (Some(after), _) => self.insert(after, (&text, true), out),
                (None, Some(before)) => self.insert(before, (&text, false), out),
                // All go: what comes takes the place of the first.
                (None, None) => {
                    if let Some(first) = element.elements().next() {
                        self.insert(first, (&text, false), out);
                    }
                }
            }
        }
    }

    /// Inserts a child behind another one, or before it.
    fn insert(&self, beside: ElementId, new: (&str, bool), out: &mut Edits) {
        let (text, behind) = new;
        let span = self.tree.element(beside).span();
        let region = self.region(beside);
        if !self.lines.is_first(span.start) {
            let at = if behind { span.end } else { span.start };
            out.insert(at, text);
            return;
        }
        let indent = self.lines.before(span.start);
        let text = shift(text, "", indent, self.lines.ending);
        let ending = self.lines.ending;
        if region == span {
            // Something else stands behind it on its line.
            let text = if behind {
                format!("{ending}{indent}{text}")
            } else {
                format!("{text}{ending}{indent}")
            };
            out.insert(if behind { span.end } else { span.start }, text);
            return;
        }
        let at = if behind { region.end } else { region.start };
        out.insert(at, format!("{indent}{text}{ending}"));
    }

    /// Whether the children of an element begin lines of their own.
    pub(super) fn is_pretty(&self, id: ElementId) -> bool {
        let element = self.tree.element(id);
        let first = element.elements().next();
        let at = first.map_or(element.tag.start, |c| self.tree.element(c).tag.start);
        self.lines.is_first(at)
    }

    /// Adds the first children of an element.
    fn open(&self, id: ElementId, new: &[New], out: &mut Edits) {
        let element = self.tree.element(id);
        let ending = self.lines.ending;
        let pretty = self.is_pretty(id);
        let own = self.lines.before(element.tag.start);
        let indent = format!("{own}{}", self.unit);
        let mut lines = String::new();
        for child in new {
            if pretty {
                let text = shift(&child.text, "", &indent, ending);
                lines.extend([&indent, &text, ending]);
            } else {
                lines.push_str(&child.text);
            }
        }
        let Some(end) = &element.end else {
            // `<a />` keeps no blank before the `>`.
            let close = self.tree.text[..element.tag.end - 2].trim_end().len();
            let name = self.tree.name(id);
            let body = if pretty {
                format!(">{ending}{lines}{own}</{name}>")
            } else {
                format!(">{lines}</{name}>")
            };
            out.replace(close..element.tag.end, body);
            return;
        };
        if !pretty {
            out.insert(end.start, lines);
        } else if self.lines.is_first(end.start) {
            out.insert(self.lines.start(end.start), lines);
        } else {
            out.insert(end.start, format!("{ending}{lines}{own}"));
        }
    }

    /// Closes the tag of an element in itself, where nothing is left in it.
    fn collapse(
        &self,
        id: ElementId,
        gone: &std::collections::BTreeSet<ElementId>,
        out: &mut Edits,
    ) -> bool {
        let element = self.tree.element(id);
        let Some(end) = &element.end else {
            return false;
        };
        let regions: Vec<Range<usize>> = gone.iter().map(|c| self.region(*c)).collect();
        let goes = |child: &Child| match child {
            Child::Element(id) => gone.contains(id),
            Child::Comment(range) => regions.iter().any(|r| r.contains(&range.start)),
            Child::Text(range) => self.tree.text[range.clone()].trim().is_empty(),
            Child::Other => false,
        };
        if element.children.iter().all(goes) {
            out.replace(element.tag.end - 1..end.end, "/>");
            return true;
        }
        false
    }

    /// What goes with an element: its lines and its comments, or itself alone.
    pub(super) fn region(&self, id: ElementId) -> Range<usize> {
        let span = self.tree.element(id).span();
        let after = self.lines.after(span.end);
        let tail = self.tail(id).map_or(span.end, |c| c.end);
        let alone = is_blank(after) || (tail > span.end && is_blank(self.lines.after(tail)));
        if !alone || !self.lines.is_first(span.start) {
            return span;
        }
        self.own_start(id)..self.lines.next(tail)
    }

    /// The comment behind an element, at the end of its line.
    pub(super) fn tail(&self, id: ElementId) -> Option<Range<usize>> {
        let end = self.tree.element(id).span().end;
        let after = self.lines.after(end);
        let at = end + after.len() - after.trim_start().len();
        let found = self.tree.comments.binary_search_by_key(&at, |c| c.start);
        let comment = self.tree.comments[found.ok()?].clone();
        (is_blank(self.lines.after(comment.end))).then_some(comment)
    }

    /// The beginning of the lines of an element: those of the comments above it where they are its own.
    pub(super) fn own_start(&self, id: ElementId) -> usize {
        let line = self.lines.start(self.tree.element(id).tag.start);
        let start = self.comments_above(id);
        let Some(parent) = self.tree.element(id).parent.map(|p| self.tree.element(p)) else {
            return line;
        };
        if start == line || parent.elements().next() != Some(id) {
            return start;
        }
        // Above the first of several it is a heading, unless each has its own.
        let own = |c: ElementId| {
            self.comments_above(c) < self.lines.start(self.tree.element(c).tag.start)
        };
        if parent.elements().skip(1).any(own) {
            start
        } else {
            line
        }
    }

    /// The beginning of the block of comments directly above an element, in its column; else of its line.
    fn comments_above(&self, id: ElementId) -> usize {
        let tag = self.tree.element(id).tag.start;
        let mut start = self.lines.start(tag);
        if !self.lines.is_first(tag) {
            return start;
        }
        let column = self.lines.column(tag);
        let before = self.tree.comments.partition_point(|c| c.start < start);
        for comment in self.tree.comments[..before].iter().rev() {
            let joins = self.lines.next(comment.end) == start
                && is_blank(self.lines.after(comment.end))
                && self.lines.is_first(comment.start)
                && self.lines.column(comment.start) == column;
            if !joins {
                break;
            }
            start = self.lines.start(comment.start);
        }
        start
    }
}
