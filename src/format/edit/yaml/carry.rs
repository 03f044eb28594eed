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
        let site = self.sites[&object];
        let node = self.tree.node(site.item);
        let Some((parent, index)) = node.parent else {
            return Err(self
                .job
                .layout(node.content.clone(), "it is the whole file"));
        };
        let overlap = |o: Overlap| self.job.layout(o.0..o.0, "two changes meet here");
        let part = |range| inner.within(self.tree.text, range).map_err(overlap);
        let member = &self.tree.members(parent)[index];
        let column = self.lines.column(member.start);
        let in_flow = self.tree.is_flow(parent);
        let from = if !in_flow {
            self.region(parent, index).start
        } else if self.has_line(parent, index) {
            self.flow_region(parent, index).start
        } else {
            member.start
        };
        let text = self.tree.text;
        let mut comments: Vec<String> = self
            .tree
            .comments_in(from..node.content.start)
            .iter()
            .map(|c| text[c.clone()].trim_end().to_owned())
            .collect();
        let props = if node.start < node.content.start {
            part(node.start..self.props_end(site.item))?
        } else {
            String::new()
        };
        let block = matches!(&node.kind, Kind::Collection(c) if !c.flow);
        if !block {
            let space = if props.is_empty() { "" } else { " " };
            let content = part(node.content.clone())?;
            let content = dedent(&format!("{props}{space}{content}"), column);
            return Ok(Piece {
                comments,
                body: Body::Inline(content),
                tail: self.tail(parent, index),
            });
        }
        let start = node.content.start;
        let until = self.lines.next(node.content.end);
        let content = part(start..until)?;
        let content = dedent(&content, self.lines.column(start));
        let content = content.strip_suffix('\n').unwrap_or(&content);
        let kept = content
            .lines()
            .any(|l| !l.is_empty() && !l.trim_start().starts_with('#'));
        if !kept {
            comments.extend(content.lines().filter(|l| !l.is_empty()).map(str::to_owned));
            return Ok(Piece {
                comments,
                body: Body::Inline("{}".to_owned()),
                tail: None,
            });
        }
        if flow && comments.is_empty() && self.tree.comments_in(start..until).is_empty() {
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

    /// An old object written anew in brackets; refused where its text says more than the model knows.
    fn again(&self, object: ObjectId) -> Result<Piece, EditError> {
        let node = self.sites[&object].node;
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
                let range = member.start..self.end(node, index);
                return Err(self
                    .job
                    .layout(range, "it cannot be read, and would be lost"));
            }
        }
        self.fresh(object, true)
    }

    /// The comment behind a member, where it has the line for itself.
    fn tail(&self, parent: NodeId, index: usize) -> Option<String> {
        if self.tree.is_flow(parent) && !self.has_line(parent, index) {
            return None;
        }
        let member = &self.tree.members(parent)[index];
        let end = member
            .comma
            .map_or_else(|| self.end(parent, index), |c| c + 1);
        let after = self.lines.after(end);
        let at = end + after.len() - after.trim_start().len();
        let comment = self.tree.comment_at(at)?;
        Some(self.tree.text[comment].trim_end().to_owned())
    }
}
