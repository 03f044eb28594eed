//! From the events of the parser to the tree: what stands between them is found in the text.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, ScalarStyle, StructureStyle};

use super::tree::{Collection, Kind, Member, Node, NodeId, Tree};
use crate::format::edit::text::Lines;

/// A collection that is open.
struct Frame {
    node: NodeId,
    /// A key that waits for its value, and where its member begins.
    key: Option<(usize, NodeId)>,
}

pub(super) struct Builder<'t> {
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
    pub(super) fn new(text: &'t str) -> Self {
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

    pub(super) fn finish(self) -> Option<Tree<'t>> {
        Some(Tree {
            text: self.text,
            lines: Lines::new(self.text),
            nodes: self.nodes,
            comments: self.comments,
            root: self.root?,
        })
    }

    pub(super) fn event(&mut self, event: Event<'_>, span: Range<usize>) {
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
        let dash = !collection.mapping && !collection.flow && text[at..].starts_with('-');
        if explicit || dash {
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
        // A lone CR ends a line too.
        at += text[at..].find(['\n', '\r']).unwrap_or(text.len() - at);
    }
}
