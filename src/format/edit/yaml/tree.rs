//! YAML as text: every node with its properties, indicators and comments at their places.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};

use crate::diag::{Code, Diagnostic, FileId, Span};

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
        builder.finish().ok_or_else(empty)
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

struct Frame {
    node: NodeId,
    /// A key that waits for its value, and where its member begins.
    key: Option<(usize, NodeId)>,
}

struct Builder<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    comments: Vec<Range<usize>>,
    anchors: BTreeMap<usize, NodeId>,
    stack: Vec<Frame>,
    root: Option<NodeId>,
    /// The end of what was taken in.
    at: usize,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            nodes: Vec::new(),
            comments: Vec::new(),
            anchors: BTreeMap::new(),
            stack: Vec::new(),
            root: None,
            at: 0,
        }
    }

    fn finish(self) -> Option<Tree<'t>> {
        Some(Tree {
            text: self.text,
            nodes: self.nodes,
            comments: self.comments,
            root: self.root?,
        })
    }

    fn event(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Comment(..) => self.comments.push(span),
            Event::DocumentStart(true, _) => self.at = self.at.max(span.end),
            Event::Scalar(value, style, anchor, tag) => {
                let id = self.open(anchor, usize::from(tag.is_some()));
                let content = self.scalar(id, style, &span);
                self.at = content.end;
                self.nodes[id].content = content;
                // The parser says `~` for nothing.
                let nothing = style == ScalarStyle::Plain && span.is_empty();
                let value = if nothing {
                    String::new()
                } else {
                    value.into_owned()
                };
                self.nodes[id].kind = Kind::Scalar(style, value);
                self.complete(id);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.collection((style, false), anchor, usize::from(tag.is_some()));
            }
            Event::MappingStart(style, anchor, tag) => {
                self.collection((style, true), anchor, usize::from(tag.is_some()));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => {
                let id = self.open(0, 0);
                let target = self.anchors.get(&anchor).copied().unwrap_or(id);
                self.nodes[target].alias.get_or_insert(id);
                self.nodes[id].kind = Kind::Alias(target);
                self.at = span.end;
                self.nodes[id].content = span;
                self.complete(id);
            }
            _ => {}
        }
    }

    /// Begins a node: takes in what stands before it, to its tag and anchor.
    fn open(&mut self, anchor: usize, tags: usize) -> NodeId {
        let id = self.nodes.len();
        let parent = self.indicator(id);
        let mut start = None;
        let mut tag = None;
        for _ in 0..tags + usize::from(anchor != 0) {
            let from = skip(self.text, self.at);
            let rest = &self.text[from..];
            let length = if rest.starts_with("!<") {
                rest.find('>').map_or(rest.len(), |n| n + 1)
            } else {
                let end = |c: char| c.is_whitespace() || ",[]{}".contains(c);
                rest.find(end).unwrap_or(rest.len())
            };
            self.at = from + length;
            start.get_or_insert(from);
            if rest.starts_with('!') {
                tag = Some(from..self.at);
            }
        }
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        let content = self.at..self.at;
        self.nodes.push(Node {
            start: start.unwrap_or(usize::MAX),
            content,
            tag,
            kind: Kind::Scalar(ScalarStyle::Plain, String::new()),
            parent,
            alias: None,
        });
        id
    }

    /// Takes in the `-`, `?`, `:` or `,` before a node, and makes its member.
    fn indicator(&mut self, id: NodeId) -> Option<(NodeId, usize)> {
        let text = self.text;
        let next = |at: usize| text[at..].chars().next();
        let frame = self.stack.last_mut()?;
        let parent = frame.node;
        let Kind::Collection(collection) = &mut self.nodes[parent].kind else {
            return None;
        };
        let mut at = skip(text, self.at);
        if let Some((start, key)) = frame.key.take() {
            if next(at) == Some(':') {
                self.at = at + 1;
            }
            collection.members.push(Member {
                start,
                mark: self.at,
                key: Some(key),
                value: id,
                comma: None,
            });
            return Some((parent, collection.members.len() - 1));
        }
        if collection.flow && next(at) == Some(',') {
            if let Some(last) = collection.members.last_mut() {
                last.comma = Some(at);
            }
            self.at = at + 1;
            at = skip(text, self.at);
        }
        let explicit = collection.mapping
            && text[at..].starts_with('?')
            && text[at + 1..].starts_with(char::is_whitespace);
        if explicit || (!collection.mapping && !collection.flow) {
            self.at = at + 1;
        } else if collection.flow || collection.mapping {
            self.at = at;
        }
        if collection.mapping {
            frame.key = Some((at, id));
            return Some((parent, collection.members.len()));
        }
        collection.members.push(Member {
            start: at,
            mark: self.at,
            key: None,
            value: id,
            comma: None,
        });
        Some((parent, collection.members.len() - 1))
    }

    /// The extent of a scalar.
    fn scalar(&self, id: NodeId, style: ScalarStyle, span: &Range<usize>) -> Range<usize> {
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let start = skip(self.text, self.at);
                let header = self.text[start..]
                    .find('\n')
                    .map_or(self.text.len(), |n| start + n);
                let keep = self.text[start..header]
                    .split(char::is_whitespace)
                    .next()
                    .is_some_and(|h| h.contains('+'));
                start..block_end(self.text, header, span.end.max(header), keep)
            }
            ScalarStyle::Plain if span.is_empty() => self.nodes[id].content.clone(),
            _ => span.clone(),
        }
    }

    fn collection(&mut self, kind: (StructureStyle, bool), anchor: usize, tags: usize) {
        let id = self.open(anchor, tags);
        let start = skip(self.text, self.at);
        let flow = kind.0 == StructureStyle::Flow;
        // A pair in a flow sequence is a mapping without braces.
        let bracket = flow && self.text[start..].starts_with(['[', '{']);
        let pair = flow && kind.1 && !self.text[start..].starts_with('{');
        self.at = if bracket && !pair { start + 1 } else { self.at };
        let node = &mut self.nodes[id];
        node.content = start..start;
        node.kind = Kind::Collection(Collection {
            flow,
            mapping: kind.1,
            members: Vec::new(),
        });
        self.stack.push(Frame {
            node: id,
            key: None,
        });
    }

    fn close(&mut self, span: Range<usize>) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let id = frame.node;
        if !span.is_empty() {
            let comma = skip(self.text, self.at);
            if let Kind::Collection(collection) = &mut self.nodes[id].kind
                && self.text[comma..].starts_with(',')
                && let Some(last) = collection.members.last_mut()
            {
                last.comma = Some(comma);
            }
            self.at = span.end;
        }
        self.nodes[id].content.end = self.at;
        self.complete(id);
    }

    fn complete(&mut self, id: NodeId) {
        let node = &mut self.nodes[id];
        node.start = node.start.min(node.content.start);
        if self.stack.is_empty() && self.root.is_none() {
            self.root = Some(id);
        }
    }
}

/// The end of a block scalar: blank lines at its end belong to it only where its header keeps them.
fn block_end(text: &str, header: usize, end: usize, keep: bool) -> usize {
    let whole = text[..end].rfind('\n').map_or(end, |at| {
        // The parser may stop within the blanks before what comes next.
        if text[at + 1..end].trim().is_empty() {
            at
        } else {
            end
        }
    });
    let kept = if keep {
        whole
    } else {
        let content = &text[header..whole.max(header)];
        let mut end = whole;
        for line in content.rsplit('\n') {
            if !line.trim().is_empty() {
                break;
            }
            end = end.saturating_sub(line.len() + 1);
        }
        end
    };
    let kept = kept.max(header.min(end));
    kept - usize::from(text[..kept].ends_with('\r'))
}

/// The first byte from `at` on that is neither blank nor comment.
pub(super) fn skip(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        let blanks = rest.len()
            - rest
                .trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}'])
                .len();
        at += blanks;
        let comment = text[at..].starts_with('#')
            && text[..at]
                .chars()
                .next_back()
                .is_none_or(|c| c.is_whitespace() || c == '\u{feff}');
        if !comment {
            return at;
        }
        at += text[at..].find('\n').unwrap_or(text.len() - at);
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
