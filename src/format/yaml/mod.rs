//! YAML 1.2 text as a tree of [`Node`]s, with the place of each byte of each scalar.

mod mistakes;
mod usual;

pub(super) use mistakes::report_duplicates;
pub use mistakes::{entry_behind, quoted, report_comments};

use std::collections::BTreeMap;
use std::sync::Arc;

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
    let mut builder = Builder::new(text);
    if usual::read(source, part, &mut builder).is_none() {
        builder = Builder::new(text);
        read_all(source, part, &mut builder)
            .map_err(|flaw| diagnostics.push(mistakes::explain(flaw, text)))
            .ok()?;
    }
    if let Some(root) = &builder.root {
        report_duplicates(root, (text, part), diagnostics);
    }
    builder.root
}

/// Has granit read a part of a file, whatever it holds.
fn read_all(source: &str, part: Span, builder: &mut Builder<'_>) -> Result<(), Diagnostic> {
    let mut options = Options::default();
    options.emit_comments = false;
    for event in Parser::new_from_str_with_options(source, options) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or(source.len());
            let at = part.part(at.min(source.len()), 1);
            match error.kind() {
                ErrorKind::RecursionLimitExceeded => too_deep(at),
                _ => Diagnostic::error(Code::YamlSyntax, at, error.info()),
            }
        })?;
        let range = span.byte_range().unwrap_or(0..0);
        builder.event(&event, part.part(range.start, range.len()))?;
    }
    Ok(())
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

/// The anchor of a value, 0 where it has none, and its tag.
type Properties = (usize, Option<Box<Excerpt>>);

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            anchors: BTreeMap::new(),
            stack: Vec::new(),
            nodes: 0,
            copies: 0,
            keys: Keys::default(),
            root: None,
        }
    }

    /// Takes one event in.
    fn event(&mut self, event: &Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let properties = (*anchor, self.tag(span, tag.as_deref()));
                self.scalar((value, *style), span, properties)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                let properties = (*anchor, self.tag(span, tag.as_deref()));
                self.open(Open::Sequence(Vec::new()), span, properties)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                let properties = (*anchor, self.tag(span, tag.as_deref()));
                self.open(Open::Mapping(Vec::new(), None), span, properties)?;
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

    fn scalar(
        &mut self,
        (value, style): (&str, ScalarStyle),
        span: Span,
        (anchor, tag): Properties,
    ) -> Result<(), Diagnostic> {
        let is_key = matches!(
            self.stack.last().map(|frame| &frame.open),
            Some(Open::Mapping(_, None))
        );
        let shared = if is_key {
            self.keys.shared(value)
        } else {
            value.into()
        };
        let excerpt = excerpt((self.text, span), shared, style);
        let kind = match style {
            ScalarStyle::Plain => Kind::Plain(excerpt),
            _ => Kind::Quoted(excerpt),
        };
        self.complete(Node { span, tag, kind }, anchor)
    }

    fn open(
        &mut self,
        open: Open,
        span: Span,
        (anchor, tag): Properties,
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
                    Kind::Plain(text) | Kind::Quoted(text) => *key = Some(text),
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
fn excerpt((text, span): (&str, Span), value: Arc<str>, style: ScalarStyle) -> Excerpt {
    let raw = text.get(span.range()).unwrap_or_default();
    let quotes = match style {
        ScalarStyle::SingleQuoted => Quotes::Single,
        ScalarStyle::DoubleQuoted => Quotes::Double,
        _ => Quotes::None,
    };
    let inside = usize::from(quotes != Quotes::None);
    let excerpt = if raw.get(inside..).is_some_and(|r| r.starts_with(&*value)) {
        let covered = span.part(inside, value.len());
        Excerpt::direct(value, covered)
    } else {
        let offsets = align(raw, &value, span.start, style);
        Excerpt::mapped(value, span, offsets)
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
