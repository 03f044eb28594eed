//! XML as text: every element with its tags, attributes and children at their places.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::diag::{Code, Diagnostic, FileId, Span};
use crate::format::edit::text::marks;

/// An element by its position in the tree.
pub(super) type ElementId = usize;

/// An element.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: Range<usize>,
    /// From its `<` to the `>` of the same tag.
    pub(super) tag: Range<usize>,
    /// The end tag; where there is none, the tag closes itself.
    pub(super) end: Option<Range<usize>>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) children: Vec<Child>,
    pub(super) parent: Option<ElementId>,
}

/// An attribute.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub(super) name: Range<usize>,
    /// Within its quotes.
    pub(super) value: Range<usize>,
}

/// What stands in an element.
#[derive(Clone, Debug)]
pub(super) enum Child {
    Element(ElementId),
    Comment(Range<usize>),
    /// Text, also as a section or an entity.
    Text(Range<usize>),
    Other,
}

/// The text of a file with what stands where.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    pub(super) text: &'t str,
    pub(super) elements: Vec<Element>,
    /// The comments and processing instructions, in their order.
    pub(super) comments: Vec<Range<usize>>,
    pub(super) root: ElementId,
}

impl Element {
    /// From the first byte to the last.
    pub(super) fn span(&self) -> Range<usize> {
        self.tag.start..self.end.as_ref().unwrap_or(&self.tag).end
    }

    pub(super) fn elements(&self) -> impl Iterator<Item = ElementId> {
        self.children.iter().filter_map(|c| match c {
            Child::Element(id) => Some(*id),
            _ => None,
        })
    }
}

impl<'t> Tree<'t> {
    /// Reads a text. The error is the first of its syntax; what the reader of models checks beyond that is not.
    pub(super) fn read(text: &'t str, file: FileId) -> Result<Self, Diagnostic> {
        let wrong = |at: usize, message: String| {
            Diagnostic::error(Code::XmlSyntax, Span::new(file, at, at), message)
        };
        let mut tree = Self {
            text,
            elements: Vec::new(),
            comments: Vec::new(),
            root: 0,
        };
        // The reader would skip a mark without counting it.
        let first = marks(text);
        let mut reader = Reader::from_str(&text[first..]);
        let mut open: Vec<ElementId> = Vec::new();
        let offset = |n: u64| usize::try_from(n).map_or(usize::MAX, |n| first + n);
        loop {
            let start = offset(reader.buffer_position());
            let event = reader
                .read_event()
                .map_err(|e| wrong(offset(reader.error_position()), e.to_string()))?;
            let range = start..offset(reader.buffer_position());
            let above = open.last().copied();
            match event {
                Event::Start(tag) | Event::Empty(tag) => {
                    let closed = text[range.clone()].ends_with("/>");
                    let id = tree
                        .open(&tag, range, above)
                        .ok_or_else(|| wrong(start, "a tag that is not well-formed".to_owned()))?;
                    if !closed {
                        open.push(id);
                    }
                }
                Event::End(_) => {
                    if let Some(id) = open.pop() {
                        tree.elements[id].end = Some(range);
                    }
                }
                Event::Comment(_) | Event::PI(_) => {
                    tree.comments.push(range.clone());
                    tree.child(above, Child::Comment(range));
                }
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    tree.child(above, Child::Text(range));
                }
                Event::Decl(_) | Event::DocType(_) => tree.child(above, Child::Other),
                Event::Eof => break,
            }
        }
        if !open.is_empty() || tree.elements.is_empty() {
            return Err(wrong(text.len(), "the file ends too early".to_owned()));
        }
        Ok(tree)
    }

    fn open(
        &mut self,
        tag: &BytesStart<'_>,
        range: Range<usize>,
        parent: Option<ElementId>,
    ) -> Option<ElementId> {
        let text = self.text;
        let name = range.start + 1..range.start + 1 + tag.name().as_ref().len();
        let content = text[range.clone()]
            .trim_start_matches('<')
            .trim_end_matches('>')
            .trim_end_matches('/');
        let mut attributes = Vec::new();
        let mut all = quick_xml::events::attributes::Attributes::new(content, name.len());
        for attribute in all.with_checks(false) {
            let attribute = attribute.ok()?;
            let Cow::Borrowed(value) = attribute.value else {
                return None;
            };
            attributes.push(Attribute {
                name: place(text, attribute.key.as_ref())?,
                value: place(text, value)?,
            });
        }
        let id = self.elements.len();
        self.elements.push(Element {
            name,
            tag: range,
            end: None,
            attributes,
            children: Vec::new(),
            parent,
        });
        self.child(parent, Child::Element(id));
        Some(id)
    }

    fn child(&mut self, parent: Option<ElementId>, child: Child) {
        if let Some(parent) = parent {
            self.elements[parent].children.push(child);
        }
    }

    pub(super) fn element(&self, id: ElementId) -> &Element {
        &self.elements[id]
    }

    pub(super) fn name(&self, id: ElementId) -> &'t str {
        &self.text[self.elements[id].name.clone()]
    }

    /// The comments that begin in a range.
    pub(super) fn comments_in(&self, range: Range<usize>) -> &[Range<usize>] {
        let from = self.comments.partition_point(|c| c.start < range.start);
        let until = self.comments.partition_point(|c| c.start < range.end);
        &self.comments[from..until.max(from)]
    }

    /// The namespace that a prefix stands for at an element.
    pub(super) fn namespace(&self, id: ElementId, prefix: &str) -> Option<Cow<'t, str>> {
        let mut at = Some(id);
        while let Some(element) = at.map(|id| &self.elements[id]) {
            for attribute in &element.attributes {
                let bound = match self.text[attribute.name.clone()].strip_prefix("xmlns") {
                    Some("") => "",
                    Some(rest) if rest.starts_with(':') => &rest[1..],
                    _ => continue,
                };
                if bound == prefix {
                    let uri = unescape(&self.text[attribute.value.clone()]);
                    return Some(uri).filter(|u| !u.is_empty());
                }
            }
            at = element.parent;
        }
        None
    }

    /// The text of an element: its runs of text without the comments between them.
    pub(super) fn content(&self, id: ElementId) -> String {
        let runs = self.elements[id].children.iter().filter_map(|c| match c {
            Child::Text(range) => Some(&self.text[range.clone()]),
            _ => None,
        });
        let section = |run: &'t str| run.strip_prefix("<![CDATA[")?.strip_suffix("]]>");
        // What readers see has plain line ends, but for those that are escaped.
        let plain = |run: &str| run.replace("\r\n", "\n").replace('\r', "\n");
        runs.map(|run| match section(run) {
            Some(text) => plain(text),
            None => unescape(&plain(run)).into_owned(),
        })
        .collect()
    }
}

/// `prefix:local`, the prefix empty where there is none.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// Where a slice of a text stands in it.
fn place(text: &str, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    (start + part.len() <= text.len()).then_some(start..start + part.len())
}

/// The value of an attribute or of text; what cannot be resolved is left as it is.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    quick_xml::escape::unescape(raw).unwrap_or(Cow::Borrowed(raw))
}

/// The value of an attribute as the reader has it: line breaks are blanks.
pub(super) fn attribute_value(raw: &str) -> String {
    let blank = raw.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
    unescape(&blank).into_owned()
}

/// Escapes text for an attribute in these quotes. `most` is the greatest character that the encoding of the file has.
pub(super) fn escape_attribute(text: &str, quote: char, most: char) -> String {
    escape(text, most, |c| match c {
        '<' => Some("&lt;"),
        '"' if quote == '"' => Some("&quot;"),
        '\'' if quote == '\'' => Some("&apos;"),
        '\n' => Some("&#xA;"),
        '\t' => Some("&#x9;"),
        _ => None,
    })
}

/// Escapes text for the content of an element.
pub(super) fn escape_content(text: &str, most: char) -> String {
    let text = escape(text, most, |c| (c == '<').then_some("&lt;"));
    text.replace("]]>", "]]&gt;")
}

fn escape(text: &str, most: char, own: impl Fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match (c, own(c)) {
            (_, Some(entity)) => out.push_str(entity),
            ('&', _) => out.push_str("&amp;"),
            ('\r', _) => out.push_str("&#xD;"),
            // Readers of XML 1.1 take these for line breaks.
            ('\u{85}' | '\u{2028}', _) => numeric(&mut out, c),
            _ if c > most => numeric(&mut out, c),
            _ => out.push(c),
        }
    }
    out
}

fn numeric(out: &mut String, c: char) {
    let _ = write!(out, "&#x{:X};", u32::from(c));
}

/// The greatest character that a file can hold as it declares its encoding.
pub(super) fn most(text: &str) -> char {
    let prolog = text.trim_start_matches('\u{feff}').strip_prefix("<?xml");
    let prolog = prolog.and_then(|p| p.split("?>").next());
    let label = prolog.and_then(|p| p.split("encoding").nth(1)).map(|rest| {
        let quoted = rest.trim_start_matches([' ', '=', '\t']);
        let mut parts = quoted.split(['"', '\'']);
        parts.nth(1).unwrap_or_default().to_ascii_lowercase()
    });
    match label.as_deref() {
        Some("iso-8859-1" | "latin1") => '\u{ff}',
        Some(other) if !other.starts_with("utf") => '\u{7f}',
        _ => char::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_place() {
        let text = "<?xml version='1.0'?>\n<a x = '1'\n  y=\"&lt;\"><!-- c --><b/>t<b>u<![CDATA[<v>]]></b></a>\n";
        let tree = Tree::read(text, FileId(0)).unwrap();
        let root = tree.element(tree.root);
        assert_eq!(&text[root.span()], text[22..].trim_end());
        assert_eq!(&text[root.attributes[0].value.clone()], "1");
        assert_eq!(
            attribute_value(&text[root.attributes[1].value.clone()]),
            "<"
        );
        let children: Vec<&str> = root.elements().map(|e| tree.name(e)).collect();
        assert_eq!(children, ["b", "b"]);
        let second = root.elements().nth(1).unwrap();
        assert_eq!(tree.content(second), "u<v>");
        assert_eq!(&text[tree.comments[0].clone()], "<!-- c -->");
    }

    #[test]
    fn what_the_encoding_cannot_hold_is_escaped() {
        let latin = most("<?xml version='1.0' encoding='ISO-8859-1'?><a/>");
        assert_eq!(
            escape_attribute("é€\"&\n", '"', latin),
            "é&#x20AC;&quot;&amp;&#xA;"
        );
        assert_eq!(escape_content("a]]>\"", most("<a/>")), "a]]&gt;\"");
    }
}
