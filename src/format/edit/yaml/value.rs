//! One value in the place of another: in its line, or in lines of its own below.

use std::ops::Range;

use granit_parser::ScalarStyle;

use super::Writer;
use super::render::{Body, Piece};
use super::style::{hang, indent};
use super::tree::{Kind, Member, NodeId};
use crate::format::edit::EditError;
use crate::format::edit::text::{Edits, is_blank};
use crate::format::scalar::{Meaning, literal, write};

/// How an old value lies in its lines.
enum Old {
    /// Nothing is written.
    Nothing,
    /// It ends in the line in which it begins, or its further lines are its own affair.
    Inline,
    /// A block scalar: the end of the word that opens it.
    Literal(usize),
    /// A collection whose first member stands behind a dash.
    Hanging,
    /// A collection in lines of its own.
    Below,
}

impl Writer<'_> {
    pub(super) fn scalar_style(&self, id: NodeId) -> Option<ScalarStyle> {
        match self.tree.node(id).kind {
            Kind::Scalar(style, _) => Some(style),
            _ => None,
        }
    }

    /// Whether new members of a collection stand in brackets; an empty one may be opened into lines.
    pub(super) fn stays_flow(&self, id: NodeId) -> bool {
        let node = self.tree.node(id);
        let Some(collection) = self.tree.collection(id) else {
            return self.tree.in_flow(id);
        };
        let opens = collection.members.is_empty()
            && self.tree.comments_in(node.content.clone()).is_empty()
            && !self.tree.in_flow(id)
            && !self.style.json
            && node.start == node.content.start
            && node.parent.is_some();
        collection.flow && !opens
    }

    /// How far the members of a list stand behind their dashes.
    pub(super) fn width_in(&self, id: NodeId) -> usize {
        let widths = self.tree.members(id).iter().filter_map(|m| {
            let value = self.tree.node(m.value);
            let inline =
                value.start > m.mark && !self.text_between(m.mark, value.start).contains('\n');
            inline.then(|| value.start - m.start)
        });
        widths.last().unwrap_or(self.style.width)
    }

    fn text_between(&self, from: usize, to: usize) -> &str {
        &self.tree.text[from..to.max(from)]
    }

    /// The blanks between a new key and its value, where the values of a mapping stand in one column.
    pub(super) fn pad(&self, id: NodeId, key: &str) -> usize {
        let mut columns = Vec::new();
        let mut wide = false;
        for member in self.tree.members(id) {
            let value = self.tree.node(member.value);
            let between = self.text_between(member.mark, value.start);
            if value.start > member.mark && !between.contains('\n') {
                let key_column = self.tree.lines.column(member.start);
                columns.push(self.tree.lines.column(value.start) - key_column);
                wide |= between.len() > 1;
            }
        }
        let aligned = wide && columns.len() > 1 && columns.iter().all(|c| *c == columns[0]);
        let used = self.key(key).chars().count() + 1;
        match columns.first() {
            Some(column) if aligned => column.saturating_sub(used).max(1),
            _ => 1,
        }
    }

    /// Gives a reference another text.
    pub(super) fn put_reference(
        &self,
        id: NodeId,
        text: &str,
        out: &mut Edits,
    ) -> Result<(), EditError> {
        self.put_value(id, text, Meaning::Text, out)
    }

    /// Gives a single value another text, in its own style as far as that can hold it.
    pub(super) fn put_value(
        &self,
        id: NodeId,
        text: &str,
        meaning: Meaning,
        out: &mut Edits,
    ) -> Result<(), EditError> {
        let node = self.tree.node(id);
        if node.alias.is_some() {
            return Err(self.shared(id));
        }
        let flow = self.tree.in_flow(id);
        let style = self.scalar_style(id);
        let old = self.tree.scalar(id).unwrap_or_default();
        // A number that was written without a point is written so again.
        let whole = text
            .strip_suffix(".0")
            .filter(|t| t.bytes().all(|b| b.is_ascii_digit()));
        let plain = style == Some(ScalarStyle::Plain) && !old.is_empty();
        let text = match whole {
            Some(whole) if plain && old.bytes().all(|b| b.is_ascii_digit()) => whole,
            _ => text,
        };
        if !flow
            && !self.style.json
            && style != Some(ScalarStyle::DoubleQuoted)
            && let Some((header, lines)) = literal(text)
        {
            let piece = Piece {
                comments: Vec::new(),
                body: Body::Literal(header, lines),
                tail: None,
            };
            return self.put(id, piece, out);
        }
        let new = write(text, meaning, style, self.spot(flow));
        match style {
            Some(ScalarStyle::Literal | ScalarStyle::Folded) | None => {
                self.put(id, Piece::inline(new), out)
            }
            Some(_) if node.content.is_empty() => self.put(id, Piece::inline(new), out),
            Some(_) => {
                self.keep_column(&node.content, &new, out);
                out.replace(node.content.clone(), new);
                Ok(())
            }
        }
    }

    /// Keeps the comment behind a value in its column, where more than one blank stands before it.
    fn keep_column(&self, old: &Range<usize>, new: &str, out: &mut Edits) {
        let after = self.tree.lines.after(old.end);
        let blanks = after.len() - after.trim_start_matches(' ').len();
        let text = &self.tree.text[old.clone()];
        if blanks < 2 || self.tree.comment_at(old.end + blanks).is_none() || text.contains('\n') {
            return;
        }
        let (was, is) = (text.chars().count(), new.chars().count());
        let wanted = (was + blanks).saturating_sub(is).max(1);
        if wanted > blanks {
            out.insert(old.end, " ".repeat(wanted - blanks));
        } else {
            out.delete(old.end..old.end + blanks - wanted);
        }
    }

    /// Puts a value where another one stands.
    pub(super) fn put(&self, id: NodeId, piece: Piece, out: &mut Edits) -> Result<(), EditError> {
        let node = self.tree.node(id);
        if node.alias.is_some() {
            return Err(self.shared(id));
        }
        let Some((parent, index)) = node.parent else {
            return Err(self
                .job
                .layout(node.content.clone(), "it is the whole file"));
        };
        let member = &self.tree.members(parent)[index];
        if self.tree.is_flow(parent) {
            let text = hang(&self.inline(piece, id)?, &self.base(parent, member.start));
            let text = text.replace('\n', self.tree.lines.ending);
            self.put_inline(id, member, &text, out);
            return Ok(());
        }
        let Piece {
            comments,
            body,
            tail,
        } = piece;
        let column = self.tree.lines.column(member.start);
        let ending = self.tree.lines.ending;
        match body {
            Body::Inline(text) => {
                self.put_comments(id, member, (comments, tail), out)?;
                let text = hang(&text, &" ".repeat(column)).replace('\n', ending);
                self.put_inline(id, member, &text, out);
            }
            Body::Literal(header, text) => {
                self.put_comments(id, member, (comments, tail), out)?;
                let columns = column + self.below(member, false);
                let text = indent(&text, columns).replace('\n', ending);
                self.put_inline(id, member, header, out);
                let at = self.tree.lines.end(node.content.end.max(member.mark));
                out.insert(at, format!("{ending}{text}"));
            }
            Body::Block {
                props,
                text,
                sequence,
            } => {
                let above = comments.iter().flat_map(|c| [c.as_str(), "\n"]);
                let above: String = above.collect();
                let block = (props, format!("{above}{text}"), sequence);
                self.put_block(id, member, block, out);
            }
        }
        Ok(())
    }

    /// The indentation on which the further lines of a member build.
    pub(super) fn base(&self, parent: NodeId, start: usize) -> String {
        if !self.tree.is_flow(parent) {
            return " ".repeat(self.tree.lines.column(start));
        }
        let line = &self.tree.text[self.tree.lines.start(start)..];
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        line[..blanks].to_owned()
    }

    /// How far the lines below a member are indented.
    fn below(&self, member: &Member, sequence: bool) -> usize {
        match member.key {
            None => self.style.width,
            Some(_) if sequence => self.style.dash,
            Some(_) => self.style.step,
        }
    }

    /// Writes the comments of a value that moves into the line of a member.
    fn put_comments(
        &self,
        id: NodeId,
        member: &Member,
        comments: (Vec<String>, Option<String>),
        out: &mut Edits,
    ) -> Result<(), EditError> {
        let (mut above, tail) = comments;
        let end = self
            .tree
            .lines
            .end(self.tree.node(id).content.end.max(member.mark));
        let content = self.tree.node(id).content.end.max(member.mark);
        if let Some(tail) = tail {
            if is_blank(&self.tree.text[content..end]) {
                out.insert(end, format!("  {tail}"));
            } else {
                above.push(tail);
            }
        }
        if above.is_empty() {
            return Ok(());
        }
        if !self.tree.lines.is_first(member.start) {
            let range = member.start..member.mark;
            return Err(self
                .job
                .layout(range, "there is no line for the comments that come here"));
        }
        let blanks = self.tree.lines.before(member.start);
        let ending = self.tree.lines.ending;
        let lines = above.iter().map(|c| format!("{blanks}{c}{ending}"));
        out.insert(
            self.tree.lines.start(member.start),
            lines.collect::<String>(),
        );
        Ok(())
    }

    fn old(&self, id: NodeId) -> Old {
        let node = self.tree.node(id);
        match &node.kind {
            Kind::Scalar(ScalarStyle::Literal | ScalarStyle::Folded, _) => {
                let text = &self.tree.text[node.content.clone()];
                let word = text.find(char::is_whitespace).unwrap_or(text.len());
                Old::Literal(node.content.start + word)
            }
            Kind::Scalar(..) if node.content.is_empty() => Old::Nothing,
            Kind::Collection(collection) if !collection.flow => {
                if self.tree.lines.is_first(node.content.start) {
                    Old::Below
                } else {
                    Old::Hanging
                }
            }
            _ => Old::Inline,
        }
    }

    /// Where tag and anchor of a node end.
    pub(super) fn props_end(&self, id: NodeId) -> usize {
        let node = self.tree.node(id);
        let props = &self.tree.text[node.start..node.content.start];
        // Comments may stand between them and the content.
        let comments = self.tree.comments_in(node.start..node.content.start);
        let end = comments
            .first()
            .map_or(props.len(), |c| c.start - node.start);
        node.start + props[..end].trim_end().len()
    }

    /// Puts what needs no line of its own in the place of a value.
    fn put_inline(&self, id: NodeId, member: &Member, text: &str, out: &mut Edits) {
        let node = self.tree.node(id);
        let whole = node.content.clone();
        match self.old(id) {
            Old::Nothing => {
                // `{a}` is a key without a colon.
                let bare = member.mark == whole.end
                    && member.key.is_some()
                    && !self.tree.text[..member.mark].ends_with(':');
                let mark = if bare { ": " } else { " " };
                out.insert(whole.end, format!("{mark}{text}"));
            }
            Old::Inline => {
                let scalar = self.tree.scalar(id).is_some();
                let from = if scalar { whole.start } else { node.start };
                out.replace(from..whole.end, text);
            }
            Old::Literal(word) => {
                out.replace(whole.start..word, text);
                let header = self.tree.lines.end(whole.start);
                out.delete(header..whole.end.max(header));
            }
            Old::Hanging => out.replace(node.start..self.tree.lines.end(whole.end), text),
            Old::Below => {
                let line = self.tree.lines.end(self.remove_props(id, member, out));
                out.insert(member.mark, format!(" {text}"));
                out.delete(line..self.tree.lines.end(whole.end));
            }
        }
    }

    /// Puts lines of their own in the place of a value.
    fn put_block(
        &self,
        id: NodeId,
        member: &Member,
        block: (String, String, bool),
        out: &mut Edits,
    ) {
        let (props, text, sequence) = block;
        let node = self.tree.node(id);
        let whole = node.content.clone();
        let ending = self.tree.lines.ending;
        let columns = self.tree.lines.column(member.start) + self.below(member, sequence);
        let below = format!("{ending}{}", indent(&text, columns).replace('\n', ending));
        let head = if props.is_empty() {
            String::new()
        } else {
            format!(" {props}")
        };
        let old = self.old(id);
        let end = self.tree.lines.end(whole.end.max(member.mark));
        let commented = !is_blank(&self.tree.text[whole.end.max(member.mark)..end]);
        let hangs = member.key.is_none()
            && props.is_empty()
            && match old {
                Old::Nothing | Old::Inline => !commented,
                Old::Hanging => true,
                Old::Literal(_) | Old::Below => false,
            };
        if hangs {
            let blanks = " ".repeat(self.style.width.saturating_sub(1).max(1));
            let text = hang(&text, &" ".repeat(columns)).replace('\n', ending);
            let text = format!("{blanks}{text}");
            let until = if matches!(old, Old::Hanging) {
                end
            } else {
                whole.end.max(member.mark)
            };
            out.replace(member.mark..until, text);
            return;
        }
        match old {
            Old::Nothing => {
                out.insert(member.mark, head);
                out.insert(end, below);
            }
            Old::Inline => {
                let same_line =
                    self.tree.lines.start(node.start) == self.tree.lines.start(member.mark);
                if same_line {
                    out.replace(member.mark..whole.end, head);
                    out.insert(end, below);
                } else if commented {
                    out.insert(member.mark, head);
                    out.delete(node.start..whole.end);
                    out.insert(end, below);
                } else {
                    out.insert(member.mark, head);
                    let before = self.tree.lines.start(node.start).saturating_sub(1);
                    let before = self.tree.lines.end(self.tree.lines.start(before));
                    out.replace(before..end, below);
                }
            }
            Old::Literal(word) => {
                out.replace(member.mark..word, head);
                let header = self.tree.lines.end(whole.start);
                out.replace(header..whole.end.max(header), below);
            }
            Old::Hanging => {
                out.replace(member.mark..end, format!("{head}{below}"));
            }
            Old::Below => {
                let line = self.tree.lines.end(self.remove_props(id, member, out));
                out.insert(member.mark, head);
                out.replace(line..end, below);
            }
        }
    }

    /// Removes tag and anchor of a collection in lines of its own. Returns the end of what stands above its lines.
    fn remove_props(&self, id: NodeId, member: &Member, out: &mut Edits) -> usize {
        let node = self.tree.node(id);
        if node.start == node.content.start {
            return member.mark;
        }
        let end = self.props_end(id);
        out.delete(member.mark..end);
        end
    }
}
