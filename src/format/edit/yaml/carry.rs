//! The text of an object that moves: its lines with their comments, and with what changes inside of it.

use super::Writer;
use super::render::{Body, Piece};
use super::style::dedent;
use super::tree::{Kind, NodeId};
use crate::format::edit::EditError;
use crate::format::edit::text::{Edits, Overlap};
use crate::model::ObjectId;

impl Writer<'_> {
    /// The old text of an object, for a new place.
    pub(super) fn carry(&self, object: ObjectId, flow: bool) -> Result<Piece, EditError> {
        let mut inner = Edits::default();
        self.object(object, &mut inner)?;
        let site = self.site(object);
        let node = self.tree.node(site.item);
        self.keep_less(node.content.end, &mut inner);
        let Some((parent, index)) = node.parent else {
            return Err(self
                .job
                .layout(node.content.clone(), "it is the whole file"));
        };
        let stays = self.key_stays(object);
        if self.tree.members(site.node).is_empty() && !self.stays_flow(site.item) {
            // Nothing is in it yet, and what comes may need lines.
            let mut piece = self.fresh(object, flow)?;
            piece.comments = self.comments(site.item, stays);
            let tail = self.tail(parent, index).filter(|_| !stays);
            match piece.body {
                Body::Inline(_) => piece.tail = tail,
                Body::Literal(..) | Body::Block { .. } => piece.comments.extend(tail),
            }
            return Ok(piece);
        }
        let overlap = |o: Overlap| self.job.layout(o.0..o.0, "two changes meet here");
        let part = |range| inner.within(self.tree.text, range).map_err(overlap);
        let member = &self.tree.members(parent)[index];
        let base = self.base(parent, member.start);
        let mut comments = self.comments(site.item, stays);
        let props = if node.start < node.content.start {
            part(node.start..self.props_end(site.item))?
        } else {
            String::new()
        };
        let block = matches!(&node.kind, Kind::Collection(c) if !c.flow);
        let hangs = !self.tree.lines.is_first(node.content.start);
        let range = match (block, hangs) {
            (false, _) => node.content.clone(),
            (true, true) => node.content.start..self.tree.lines.next(node.content.end),
            (true, false) => {
                self.tree.own_start(site.item, 0)..self.tree.lines.next(node.content.end)
            }
        };
        // Where all goes, `{}` comes behind the mark of the member.
        if !inner.lie_in(&(member.mark..range.end)) {
            let reason = "it moves and changes around its text";
            return Err(self.job.layout(range, reason));
        }
        let content = part(range.clone())?;
        if !block {
            let space = if props.is_empty() { "" } else { " " };
            let content = dedent(&format!("{props}{space}{content}"), &base);
            return Ok(Piece {
                comments,
                body: Body::Inline(content),
                tail: self.tail(parent, index).filter(|_| !stays),
            });
        }
        let blanks = " ".repeat(self.tree.lines.column(node.content.start));
        let content = if hangs {
            dedent(&content, &blanks)
        } else {
            let lines = dedent(&format!("\n{content}"), &blanks);
            lines[1..].to_owned()
        };
        let content = content.strip_suffix('\n').unwrap_or(&content);
        let kept = |l: &str| !l.is_empty() && !l.trim_start().starts_with('#');
        if !content.lines().any(kept) {
            comments.extend(content.lines().filter(|l| !l.is_empty()).map(str::to_owned));
            let props = props.strip_suffix(" {}").unwrap_or(&props);
            return Ok(Piece {
                comments,
                body: Body::Inline(format!("{props} {{}}").trim_start().to_owned()),
                tail: None,
            });
        }
        let comments_inside = self.tree.comments_in(range.clone());
        if flow && comments.is_empty() && comments_inside.is_empty() {
            return self.again(object);
        }
        Ok(Piece {
            comments,
            body: Body::Block {
                props,
                text: content.to_owned(),
                sequence: false,
            },
            tail: None,
        })
    }

    /// Lets a block scalar at the end of an object not keep the empty lines behind it: there may be some in its new place.
    fn keep_less(&self, end: usize, inner: &mut Edits) {
        let last = (0..self.tree.nodes.len())
            .find(|n| self.tree.node(*n).content.end == end && self.tree.keeps_lines(*n));
        let Some(last) = last else { return };
        let several = self.tree.scalar(last).is_some_and(|t| t.ends_with("\n\n"));
        let start = self.tree.node(last).content.start;
        let plus = self.tree.text[start..end].find('+');
        if let (Some(plus), false) = (plus, several) {
            inner.delete(start + plus..start + plus + 1);
        }
    }

    /// Whether the key of an object that moves away gets another value: what is said of the key stays with it.
    fn key_stays(&self, object: ObjectId) -> bool {
        let Some((parent, index)) = self.tree.node(self.site(object).item).parent else {
            return false;
        };
        let after = self.job.after.draft;
        let slot = self.job.before.draft.container(object);
        self.tree.members(parent)[index].key.is_some()
            && slot.is_some_and(|(owner, feature)| {
                after.is_there(owner)
                    && after.has(owner, feature)
                    && !after.values(owner, feature).is_empty()
            })
    }

    /// The comments that go with a member and stand before its content; where its key stays, those below that.
    fn comments(&self, item: NodeId, key_stays: bool) -> Vec<String> {
        let node = self.tree.node(item);
        let Some((parent, index)) = node.parent else {
            return Vec::new();
        };
        let from = if key_stays {
            self.tree.lines.next(self.tree.members(parent)[index].mark)
        } else if !self.tree.is_flow(parent) {
            self.tree.region(parent, index).start
        } else if self.tree.has_line(parent, index) {
            self.tree.flow_region(parent, index).start
        } else {
            self.tree.members(parent)[index].start
        };
        let block = matches!(&node.kind, Kind::Collection(c) if !c.flow);
        let until = if block && self.tree.lines.is_first(node.content.start) {
            self.tree.own_start(item, 0)
        } else {
            node.content.start
        };
        let comments = self.tree.comments_in(from..until.max(from)).iter();
        let text = comments.map(|c| self.tree.text[c.clone()].trim_end().to_owned());
        text.collect()
    }

    /// An old object written anew in brackets; refused where its text says more than the model knows.
    fn again(&self, object: ObjectId) -> Result<Piece, EditError> {
        let node = self.site(object).node;
        for (index, member) in self.tree.members(node).iter().enumerate() {
            let known = match self.feature_of(object, index) {
                Some(feature) => {
                    let items = self.items(member.value);
                    self.known(object, feature, &items)
                        .iter()
                        .all(Option::is_some)
                }
                None => self.rank(object, index).is_some(),
            };
            if !known {
                let range = member.start..self.tree.end(node, index);
                return Err(self
                    .job
                    .layout(range, "it cannot be read, and would be lost"));
            }
        }
        self.fresh(object, true)
    }

    /// The comment behind a member, where it has the line for itself.
    fn tail(&self, parent: NodeId, index: usize) -> Option<String> {
        if self.tree.is_flow(parent) && !self.tree.has_line(parent, index) {
            return None;
        }
        let member = &self.tree.members(parent)[index];
        let end = member
            .comma
            .map_or_else(|| self.tree.end(parent, index), |c| c + 1);
        let after = self.tree.lines.after(end);
        let at = end + after.len() - after.trim_start().len();
        let comment = self.tree.comment_at(at)?;
        Some(self.tree.text[comment].trim_end().to_owned())
    }
}
