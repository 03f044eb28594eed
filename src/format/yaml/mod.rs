//! YAML 1.2 text as a tree of [`Node`]s, with the place of each byte of each scalar.

mod mistakes;

pub(super) use mistakes::report_duplicates;
pub use mistakes::{entry_behind, quoted, report_comments};

use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle};

use super::node::{Entry, Keys, Kind, Node};
use super::{MAX_ALIASED, MAX_NODES};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, FileId, Quotes, Sources, Span};

/// How deep collections may nest; the parser itself stops at 255.
const MAX_DEPTH: usize = 200;

/// How far before a value its tag is looked for, in bytes.
const MAX_TAG: usize = 1000;

/// Reads the first document of a file. `None` where there is nothing, or nothing that can be used.
pub fn parse(sources: &Sources, file: FileId, diagnostics: &mut Diagnostics) -> Option<Node> {
    let text = sources.file(file).text.clone();
    parse_part(&text, Span::new(file, 0, text.len()), diagnostics)
}

/// Reads YAML that stands in a part of a file, such as the front matter of a template.
///
/// `text` is the text of the whole file; offsets count from its beginning.
pub fn parse_part(text: &str, part: Span, diagnostics: &mut Diagnostics) -> Option<Node> {
    let source = text.get(part.range())?;
    let mut builder = Builder {
        text,
        anchors: BTreeMap::new(),
        stack: Vec::new(),
        nodes: 0,
        copies: 0,
        keys: Keys::default(),
        root: None,
    };
    let mut options = Options::default();
    options.emit_comments = false;
    for event in Parser::new_from_str_with_options(source, options) {
        let step = match event {
            Ok((event, span)) => {
                let range = span.byte_range().unwrap_or(0..0);
                builder.event(&event, part.part(range.start, range.len()))
            }
            Err(error) => {
                let at = error
                    .marker()
                    .byte_offset()
                    .unwrap_or(source.len())
                    .min(source.len());
                Err(match error.kind() {
                    ErrorKind::RecursionLimitExceeded => too_deep(part.part(at, 1)),
                    _ => Diagnostic::error(Code::YamlSyntax, part.part(at, 1), error.info()),
                })
            }
        };
        if let Err(diagnostic) = step {
            diagnostics.push(mistakes::explain(diagnostic, text));
            return None;
        }
    }
    if let Some(root) = &builder.root {
        report_duplicates(root, (text, part), diagnostics);
    }
    builder.root
}

enum Open {
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>, Option<Excerpt>),
}

struct Frame {
    open: Open,
    span: Span,
    anchor: usize,
    tag: Option<Box<Excerpt>>,
}

struct Builder<'t> {
    text: &'t str,
    anchors: BTreeMap<usize, Node>,
    stack: Vec<Frame>,
    nodes: usize,
    /// How many of them are copies.
    copies: usize,
    keys: Keys,
    root: Option<Node>,
}

impl Builder<'_> {
    /// Takes one event in.
    fn event(&mut self, event: &Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let excerpt = excerpt(self.text, span, value, *style);
                let kind = match style {
                    ScalarStyle::Plain => Kind::Plain(excerpt),
                    _ => Kind::Quoted(excerpt),
                };
                let node = Node {
                    span,
                    tag: self.tag(span, tag.as_deref()),
                    kind,
                };
                self.complete(node, *anchor)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(
                    Open::Sequence(Vec::new()),
                    span,
                    *anchor,
                    self.tag(span, tag.as_deref()),
                )?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(
                    Open::Mapping(Vec::new(), None),
                    span,
                    *anchor,
                    self.tag(span, tag.as_deref()),
                )?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => {
                let wrong = || {
                    Diagnostic::error(Code::YamlSyntax, span, "an alias inside of what it repeats")
                };
                let count = size(self.anchors.get(anchor).ok_or_else(wrong)?);
                self.copy(count, span)?;
                let mut node = self.anchors.get(anchor).cloned().ok_or_else(wrong)?;
                node.span = span;
                self.complete(node, 0)?;
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                return Err(Diagnostic::error(
                    Code::YamlSyntax,
                    span,
                    "a second document begins here; a file holds one",
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn tag(&self, of: Span, tag: Option<&granit_parser::Tag>) -> Option<Box<Excerpt>> {
        tag.map(|tag| Box::new(local_tag(self.text, of, tag)))
    }

    fn open(
        &mut self,
        open: Open,
        span: Span,
        anchor: usize,
        tag: Option<Box<Excerpt>>,
    ) -> Result<(), Diagnostic> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.stack.push(Frame {
            open,
            span,
            anchor,
            tag,
        });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Diagnostic> {
        let frame = self.stack.pop().expect("the parser balances its events");
        let (kind, last) = match frame.open {
            Open::Sequence(items) => {
                let last = items.last().map(|n| n.span);
                (Kind::Sequence(items), last)
            }
            Open::Mapping(entries, _) => {
                let last = entries.last().map(|e| e.value.span);
                (Kind::Mapping(entries), last)
            }
        };
        // A block collection ends where its last member ends, not where the next token begins.
        let end = if end.start == end.end {
            last.unwrap_or(frame.span)
        } else {
            end
        };
        self.complete(
            Node {
                span: frame.span.to(end),
                tag: frame.tag,
                kind,
            },
            frame.anchor,
        )
    }

    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Diagnostic> {
        self.count(1, node.span)?;
        if anchor != 0 {
            self.copy(size(&node), node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut().map(|frame| &mut frame.open) {
            None => self.root = Some(node),
            Some(Open::Sequence(items)) => items.push(node),
            Some(Open::Mapping(entries, key)) => match key.take() {
                Some(key) => entries.push(Entry { key, value: node }),
                None => match node.kind {
                    Kind::Plain(text) | Kind::Quoted(text) => *key = Some(self.keys.shared(text)),
                    Kind::Sequence(_) | Kind::Mapping(_) => {
                        return Err(Diagnostic::error(
                            Code::YamlSyntax,
                            node.span,
                            "a key is a single value",
                        ));
                    }
                },
            },
        }
        Ok(())
    }

    /// Counts values that stand in the file once and in memory once more.
    fn copy(&mut self, nodes: usize, span: Span) -> Result<(), Diagnostic> {
        self.copies = self.copies.saturating_add(nodes);
        if self.copies > MAX_ALIASED {
            let message = format!("anchors and aliases repeat more than {MAX_ALIASED} values");
            return Err(Diagnostic::error(Code::Limit, span, message));
        }
        self.count(nodes, span)
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Diagnostic> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            let message = format!("the file has more than {MAX_NODES} values, aliases counted");
            return Err(Diagnostic::error(Code::Limit, span, message));
        }
        Ok(())
    }
}

fn too_deep(span: Span) -> Diagnostic {
    let message = format!("collections nest deeper than {MAX_DEPTH}");
    Diagnostic::error(Code::Limit, span, message)
}

fn size(node: &Node) -> usize {
    match &node.kind {
        Kind::Plain(_) | Kind::Quoted(_) => 1,
        Kind::Sequence(items) => 1 + items.iter().map(size).sum::<usize>(),
        Kind::Mapping(entries) => 1 + entries.iter().map(|e| size(&e.value)).sum::<usize>(),
    }
}

/// A tag with its place: before the value that it is of, with blanks or an anchor between them.
fn local_tag(text: &str, of: Span, tag: &granit_parser::Tag) -> Excerpt {
    let end = of.start as usize;
    let start = text.floor_char_boundary(end.saturating_sub(MAX_TAG));
    let before = text.get(start..end).unwrap_or_default();
    let suffix = tag.suffix();
    let found = before.rfind(&format!("!{suffix}"));
    let span = found.map_or(of.part(0, 0), |n| {
        Span::new(of.file, start + n + 1, start + n + 1 + suffix.len())
    });
    Excerpt::direct(suffix, span)
}

/// The value of a scalar with the place of each of its bytes.
fn excerpt(text: &str, span: Span, value: &str, style: ScalarStyle) -> Excerpt {
    let raw = text.get(span.range()).unwrap_or_default();
    let quotes = match style {
        ScalarStyle::SingleQuoted => Quotes::Single,
        ScalarStyle::DoubleQuoted => Quotes::Double,
        _ => Quotes::None,
    };
    let inside = usize::from(quotes != Quotes::None);
    let excerpt = if raw.get(inside..).is_some_and(|r| r.starts_with(value)) {
        Excerpt::direct(value, span.part(inside, value.len()))
    } else {
        Excerpt::mapped(value, span, align(raw, value, span.start, style))
    };
    excerpt.between(quotes)
}

/// Pairs each byte of a scalar's value with the byte of the file that it came from, through escapes and folding.
fn align(raw: &str, value: &str, base: u32, style: ScalarStyle) -> Vec<u32> {
    let mut offsets = Vec::with_capacity(value.len() + 1);
    let mut at = match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
        ScalarStyle::Literal | ScalarStyle::Folded if raw.starts_with(['|', '>']) => {
            raw.find('\n').map_or(0, |n| n + 1)
        }
        ScalarStyle::Literal | ScalarStyle::Folded | ScalarStyle::Plain => 0,
    };
    let place = |at: usize| base + u32::try_from(at).unwrap_or(u32::MAX - base);
    for c in value.chars() {
        let rest = raw.get(at..).unwrap_or_default();
        let next = rest.chars().next();
        let (skip, width) = if style == ScalarStyle::DoubleQuoted && next == Some('\\') {
            (0, escape_width(rest))
        } else if next == Some(c) {
            (
                0,
                if c == '\'' && style == ScalarStyle::SingleQuoted {
                    2
                } else {
                    c.len_utf8()
                },
            )
        } else if c.is_whitespace() {
            // A folded line break: one blank or break stands for a run of them.
            (0, rest.len() - rest.trim_start().len())
        } else {
            let blank = rest.len() - rest.trim_start().len();
            (blank, c.len_utf8())
        };
        at += skip;
        offsets.extend(std::iter::repeat_n(place(at.min(raw.len())), c.len_utf8()));
        at += width;
    }
    offsets.push(place(at.min(raw.len())));
    offsets
}

fn escape_width(rest: &str) -> usize {
    match rest.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u') => 6,
        Some(b'U') => 10,
        Some(b'\n' | b'\r') => {
            let line = &rest[1..];
            1 + line.len() - line.trim_start().len()
        }
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Node>, Vec<Diagnostic>, Sources) {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let mut diagnostics = Diagnostics::default();
        let node = parse(&sources, file, &mut diagnostics);
        (node, diagnostics.into_iter().collect(), sources)
    }

    #[test]
    fn a_byte_behind_an_escape_keeps_its_place() {
        let (node, _, sources) = read("a: \"x\\u00e9 ${y}\"\nb: 'it''s z'\n");
        let node = node.unwrap();
        for (key, word) in [("a", "y"), ("b", "z")] {
            let text = node.get(key).unwrap().scalar().unwrap();
            let at = text.text.find(word).unwrap();
            assert_eq!(sources.slice(text.place(at..at + 1)), word);
        }
    }

    #[test]
    fn a_folded_scalar_keeps_its_places() {
        let (node, _, sources) = read("a: >-\n  one\n  two\nb: one\n  two\n");
        for key in ["a", "b"] {
            let text = node.as_ref().unwrap().get(key).unwrap().scalar().unwrap();
            assert_eq!(&*text.text, "one two");
            assert_eq!(sources.slice(text.place(4..7)), "two");
        }
    }

    #[test]
    fn a_key_twice_and_a_bomb_of_aliases_are_errors() {
        let (_, found, _) = read("a: 1\na: 2\n");
        assert_eq!(found[0].code, Code::DuplicateKey);
        let mut bomb = vec!["a0: &a0 [x]\n".to_owned()];
        for n in 1..12 {
            let list = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push(format!("a{n}: &a{n} [{list}]\n"));
        }
        assert_eq!(read(&bomb.concat()).1[0].code, Code::Limit);
    }

    #[test]
    fn a_syntax_error_points_at_its_place() {
        let (node, found, sources) = read("a: 1\nb: [1, 2\nc: 3\n");
        assert!(node.is_none());
        assert!(
            sources
                .position(found[0].primary.as_ref().unwrap().span)
                .line
                >= 2
        );
    }
}
