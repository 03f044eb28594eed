//! YAML as files mostly have it, read in one pass: indented blocks, flow collections, texts with and without quotes.
//!
//! It builds what granit's events build, several times faster, and gives up on everything that is rare or wrong: tabs, anchors
//! and tags, keys that are collections, directives, breaks in quotes, columns that do not agree. [`super::parse_part`] then
//! has granit read the whole text, so that what is YAML, and what is said about text that is none, is granit's word alone.

use std::borrow::Cow;

use granit_parser::ScalarStyle;
use memchr::{memchr, memchr2, memchr3};

use super::Builder;
use crate::diag::Span;

mod block;
mod flow;
#[cfg(test)]
mod tests;

/// How long a key may be here, in bytes; granit counts 1,024 characters.
const MAX_KEY: usize = 1000;
/// How deep collections may nest here.
const MAX_DEPTH: usize = 100;

/// Reads a document into a builder. `None` where granit must say what it is.
pub(super) fn read(source: &str, base: Span, builder: &mut Builder<'_>) -> Option<()> {
    if !is_usual(source) {
        return None;
    }
    let mut reader = Reader {
        text: source,
        bytes: source.as_bytes(),
        at: 0,
        line: 0,
        base,
        builder,
    };
    reader.document()
}

/// Whether all characters are text for everyone, and no line breaks but the usual one.
fn is_usual(text: &str) -> bool {
    let mut is_ascii = true;
    for part in text.as_bytes().chunks(64) {
        let mut is_text = true;
        for byte in part {
            is_text &= matches!(byte, b'\n' | b' '..=b'~' | 0x80..);
            is_ascii &= byte.is_ascii();
        }
        if !is_text {
            return false;
        }
    }
    let is_break = |c| {
        matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    is_ascii
        || text
            .chars()
            .all(|c| c.is_ascii() || c > '\u{a0}' && !is_break(c))
}

struct Reader<'t, 'b, 's> {
    text: &'s str,
    bytes: &'s [u8],
    at: usize,
    /// Where the line begins.
    line: usize,
    base: Span,
    builder: &'b mut Builder<'t>,
}

/// A column, from 0; -1 is left of all text, and where the text has ended.
type Column = isize;

/// A text and its style, with the bytes that it covers.
struct Scalar<'s> {
    value: Cow<'s, str>,
    style: ScalarStyle,
    start: usize,
    end: usize,
}

impl<'s> Reader<'_, '_, 's> {
    fn document(&mut self) -> Option<()> {
        if self.text.starts_with("---") {
            self.at = 3;
            self.blanks();
            if self.peek() != Some(b'\n') {
                return None;
            }
        }
        let first = if self.at == 0 {
            self.content()?
        } else {
            self.next_line()?
        };
        self.block(-1, first)?;
        (self.column() < 0).then_some(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether a byte ends a word: a blank, a break, or the end of the text.
    fn is_blank(&self, at: usize) -> bool {
        matches!(self.bytes.get(at), None | Some(b' ' | b'\n'))
    }

    fn blanks(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// The column of what comes next; -1 at the end of the text.
    fn column(&self) -> Column {
        if self.at == self.bytes.len() {
            return -1;
        }
        Column::try_from(self.at - self.line).unwrap_or(Column::MAX)
    }

    /// Goes from the beginning of a line to the next content and gives its column.
    fn content(&mut self) -> Option<Column> {
        self.line = self.at;
        self.blanks();
        match self.peek() {
            Some(b'\n' | b'#') => self.next_line(),
            Some(b'-' | b'.') if self.at == self.line && self.is_marker() => None,
            _ => Some(self.column()),
        }
    }

    /// Goes from a comment, or from blanks, at the end of a line to the next content.
    fn next_line(&mut self) -> Option<Column> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = memchr(b'\n', rest).map_or(self.bytes.len(), |n| self.at + n + 1);
        if self.at == self.bytes.len() {
            self.line = self.at;
            return Some(-1);
        }
        self.content()
    }

    fn is_marker(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.starts_with("---") || rest.starts_with("...")
    }

    /// Whether only a comment stands on the rest of the line.
    fn is_line_over(&mut self) -> bool {
        let start = self.at;
        self.blanks();
        match self.peek() {
            None | Some(b'\n') => true,
            Some(b'#') => self.at > start,
            Some(_) => false,
        }
    }

    /// Goes to the next line, where nothing but a comment stands on the rest of this one.
    fn end_of_line(&mut self) -> Option<Column> {
        if !self.is_line_over() {
            return None;
        }
        self.next_line()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        self.base.part(start, end - start)
    }

    fn put(&mut self, scalar: &Scalar<'_>) -> Option<()> {
        let span = self.span(scalar.start, scalar.end);
        let text = (&*scalar.value, scalar.style);
        self.builder.scalar(text, span, (0, None)).ok()
    }

    /// Nothing, where a value could be.
    fn nothing(&mut self, at: usize) -> Option<()> {
        self.put(&Scalar {
            value: Cow::Borrowed("~"),
            style: ScalarStyle::Plain,
            start: at,
            end: at,
        })
    }

    /// A text in quotes, whose further lines are deeper than what it belongs to.
    fn quoted(&mut self, outer: Column) -> Option<Scalar<'s>> {
        let start = self.at;
        let (quote, style) = match self.peek()? {
            b'\'' => (b'\'', ScalarStyle::SingleQuoted),
            _ => (b'"', ScalarStyle::DoubleQuoted),
        };
        let mut value = Cow::Borrowed("");
        self.at += 1;
        loop {
            let from = self.at;
            let rest = self.bytes.get(from..)?;
            self.at += if quote == b'\'' {
                memchr2(quote, b'\n', rest)?
            } else {
                memchr3(quote, b'\\', b'\n', rest)?
            };
            let part = self.text.get(from..self.at)?;
            match self.peek()? {
                b'\n' => {
                    value += part.trim_end_matches(' ');
                    self.break_in_quotes(outer)?;
                    value += " ";
                    continue;
                }
                b'\\' => {
                    value += part;
                    value += escaped(*self.bytes.get(self.at + 1)?)?;
                    self.at += 2;
                    continue;
                }
                _ => value += part,
            }
            self.at += 1;
            if quote == b'"' || self.peek() != Some(quote) {
                let end = self.at;
                return Some(Scalar {
                    value,
                    style,
                    start,
                    end,
                });
            }
            value += "'";
            self.at += 1;
        }
    }

    /// Goes from the end of a line to the text of the next one.
    fn break_in_quotes(&mut self, outer: Column) -> Option<()> {
        self.at += 1;
        self.line = self.at;
        self.blanks();
        (self.peek()? != b'\n' && self.column() > outer.max(0)).then_some(())
    }
}

/// What a letter behind a `\` stands for.
fn escaped(letter: u8) -> Option<&'static str> {
    match letter {
        b'n' => Some("\n"),
        b't' => Some("\t"),
        b'"' => Some("\""),
        b'\\' => Some("\\"),
        _ => None,
    }
}
