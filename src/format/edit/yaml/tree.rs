//! YAML as text: every node with its properties, indicators and comments at their places.

use std::ops::Range;

use granit_parser::{Options, Parser, ScalarStyle};

use super::build::Builder;
use crate::diag::{Code, Diagnostic, FileId, Span};
use crate::format::edit::text::Lines;

/// A node by its position in the tree.
pub(super) type NodeId = usize;

/// A value, as it is written.
#[derive(Debug)]
pub(super) struct Node {
    /// Where its tag or anchor begins, else its content.
    pub(super) start: usize,
    /// What it is written as, without tag and anchor; a block scalar from its `|`, its last line break excluded.
    pub(super) content: Range<usize>,
    pub(super) tag: Option<Range<usize>>,
    pub(super) kind: Kind,
    /// The collection that holds it, and the position there.
    pub(super) parent: Option<(NodeId, usize)>,
    /// The first alias that repeats it.
    pub(super) alias: Option<NodeId>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Scalar(ScalarStyle, String),
    Alias(NodeId),
    Collection(Collection),
}

/// A sequence or a mapping.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) flow: bool,
    pub(super) mapping: bool,
    pub(super) members: Vec<Member>,
}

/// A value of a sequence, or a key and its value.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its `-`, its `?`, its key, or its value in a flow sequence.
    pub(super) start: usize,
    /// The byte after its `-` or `:`; where there is neither, its value or the end of its key.
    pub(super) mark: usize,
    pub(super) key: Option<NodeId>,
    pub(super) value: NodeId,
    /// The comma after it.
    pub(super) comma: Option<usize>,
}

/// The text of a file with what stands where.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    pub(super) text: &'t str,
    pub(super) lines: Lines<'t>,
    pub(super) nodes: Vec<Node>,
    /// Comments from their `#` to the end of their lines.
    pub(super) comments: Vec<Range<usize>>,
    pub(super) root: NodeId,
}

impl<'t> Tree<'t> {
    /// Reads a text. The error is the first of its syntax.
    pub(super) fn read(text: &'t str, file: FileId) -> Result<Self, Diagnostic> {
        let wrong = |at: usize, message: String| {
            Diagnostic::error(Code::YamlSyntax, Span::new(file, at, at), message)
        };
        let mut builder = Builder::new(text);
        let mut options = Options::default();
        options.emit_comments = true;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) =
                event.map_err(|e| wrong(e.marker().byte_offset().unwrap_or_default(), e.info()))?;
            builder.event(event, span.byte_range().unwrap_or_default());
        }
        let empty = || wrong(0, "the file is empty".to_owned());
        let tree = builder.finish().ok_or_else(empty)?;
        match tree.misplaced() {
            Some(at) => Err(wrong(
                at,
                "the parts of this cannot be told apart".to_owned(),
            )),
            None => Ok(tree),
        }
    }

    /// Where a part is not at a place in the text: the parser and the builder read the file differently.
    fn misplaced(&self) -> Option<usize> {
        let is = |range: Range<usize>| self.text.get(range).is_some();
        let comment = |c: &&Range<usize>| {
            !self
                .text
                .get((*c).clone())
                .is_some_and(|t| t.starts_with('#'))
        };
        if let Some(comment) = self.comments.iter().find(comment) {
            return Some(comment.start);
        }
        let wrong = self.nodes.iter().find(|node| {
            let members = match &node.kind {
                Kind::Collection(collection) => &*collection.members,
                _ => &[],
            };
            !is(node.start..node.content.start)
                || !is(node.content.clone())
                || members
                    .iter()
                    .any(|m| !is(m.start..m.mark) || m.comma.is_some_and(|at| !is(at..at + 1)))
        });
        wrong.map(|node| node.content.start.min(self.text.len()))
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// The node itself, or the one that it repeats.
    pub(super) fn resolve(&self, id: NodeId) -> NodeId {
        match self.nodes[id].kind {
            Kind::Alias(target) => self.resolve(target),
            _ => id,
        }
    }

    pub(super) fn collection(&self, id: NodeId) -> Option<&Collection> {
        match &self.nodes[id].kind {
            Kind::Collection(collection) => Some(collection),
            _ => None,
        }
    }

    pub(super) fn members(&self, id: NodeId) -> &[Member] {
        self.collection(id).map_or(&[], |c| &c.members)
    }

    /// The text of a scalar.
    pub(super) fn scalar(&self, id: NodeId) -> Option<&str> {
        match &self.nodes[id].kind {
            Kind::Scalar(_, value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is nothing: no text, `~` or `null`.
    pub(super) fn is_null(&self, id: NodeId) -> bool {
        let words = ["", "~", "null", "Null", "NULL"];
        matches!(&self.nodes[id].kind, Kind::Scalar(ScalarStyle::Plain, text) if words.contains(&&**text))
    }

    /// Whether it is a block scalar to whose value the empty lines behind it belong.
    pub(super) fn keeps_lines(&self, id: NodeId) -> bool {
        let node = &self.nodes[id];
        let block = matches!(
            node.kind,
            Kind::Scalar(ScalarStyle::Literal | ScalarStyle::Folded, _)
        );
        let header = self.text[node.content.clone()].split(char::is_whitespace);
        block && header.into_iter().next().is_some_and(|h| h.contains('+'))
    }

    /// Whether it stands in the lines of its parent and not in lines of its own below.
    pub(super) fn is_flow(&self, id: NodeId) -> bool {
        self.collection(id).is_none_or(|c| c.flow)
    }

    /// Whether brackets are open around a node.
    pub(super) fn in_flow(&self, id: NodeId) -> bool {
        let parent = self.nodes[id].parent;
        parent.is_some_and(|(p, _)| self.is_flow(p))
    }

    /// The comments that begin in a range.
    pub(super) fn comments_in(&self, range: Range<usize>) -> &[Range<usize>] {
        let from = self.comments.partition_point(|c| c.start < range.start);
        let until = self.comments.partition_point(|c| c.start < range.end);
        &self.comments[from..until.max(from)]
    }

    /// The comment that begins at an offset.
    pub(super) fn comment_at(&self, offset: usize) -> Option<Range<usize>> {
        let found = self.comments.binary_search_by_key(&offset, |c| c.start);
        found.ok().map(|i| self.comments[i].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(tree: &Tree<'_>, id: NodeId) -> String {
        let node = tree.node(id);
        let text = &tree.text[node.start..node.content.end];
        match &node.kind {
            Kind::Collection(collection) => {
                let members = collection.members.iter().map(|m| {
                    let mark = &tree.text[m.start..m.mark];
                    let comma = if m.comma.is_some() { "," } else { "" };
                    format!("{mark} {}{comma}", outline(tree, m.value))
                });
                let members: Vec<String> = members.collect();
                format!("({})", members.join(" "))
            }
            _ => text.to_owned(),
        }
    }

    fn read(text: &str) -> Tree<'_> {
        Tree::read(text, FileId(0)).unwrap()
    }

    #[test]
    fn every_part_has_its_place() {
        for (text, expected) in [
            ("a: 1 # c\nb:\n# d\nc: 'x'\n", "(a: 1 b:  c: 'x')"),
            (
                "- a\n-\n  - b\n- - c\n  - !T {x: &y 1}\n",
                "(- a - (- b) - (- c - (x: &y 1)))",
            ),
            // A member of a flow sequence has no mark of its own.
            (
                "{a: [1, 2 ,], \"b\" : c, d}",
                "(a: ( 1,  2,), \"b\" : c, d )",
            ),
            ("? a\n: b\n&k c: *k\n", "(? a\n: b &k c: *k)"),
            (
                "a: !!str\nb: &x\nc: [y: , z]\n",
                "(a: !!str b: &x c: ( (y: ),  z))",
            ),
        ] {
            let tree = read(text);
            assert_eq!(outline(&tree, tree.root), expected, "{text}");
        }
    }

    #[test]
    fn a_block_scalar_ends_where_its_header_says() {
        for (text, expected) in [
            ("a: |\n  x\n\n# c\n", "|\n  x"),
            ("a: |+\n  x\n\n\nb: 1\n", "|+\n  x\n\n"),
            ("a: >-\r\n  x\r\n  y\r\n\r\nb: 1\r\n", ">-\r\n  x\r\n  y"),
            ("a: | # c\n  x", "| # c\n  x"),
            ("a: |\nb: 1\n", "|"),
        ] {
            let tree = read(text);
            let value = tree.members(tree.root)[0].value;
            assert_eq!(
                &text[tree.node(value).content.clone()],
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn comments_and_aliases_are_known() {
        let text = "# a\nx: &p \"# no\" # b\ny: *p\n";
        let tree = read(text);
        let comments: Vec<&str> = tree.comments.iter().map(|c| &text[c.clone()]).collect();
        assert_eq!(comments, ["# a", "# b"]);
        let members = tree.members(tree.root);
        assert_eq!(tree.resolve(members[1].value), members[0].value);
        assert_eq!(tree.node(members[0].value).alias, Some(members[1].value));
    }
}
