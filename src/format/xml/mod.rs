//! XML as a stream of tags with the place of each attribute.
//!
//! `quick-xml` reads what is no element: comments, instructions, character data, declarations. Tags are read here, in
//! one pass over their bytes, with the checks that XML asks for and the place of each value.
//!
//! Refused: external entities and document types (they open files), entities that are not declared or expand without
//! bound, a second root, text outside of the root, control characters, elements nested too deep, and tags with too
//! many attributes. A file of hundreds of megabytes passes through here: each byte of a tag is looked at once.

mod entities;
mod excerpt;
mod start_tag;
mod vocabulary;

use std::borrow::Cow;

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use crate::diag::{Code, Diagnostic, FileId, Span};
use entities::Entities;
use vocabulary::Vocabulary;

pub use excerpt::excerpt;
pub(super) use vocabulary::Name;

/// A start tag; its attributes are the stream's until the next token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'t> {
    pub(super) name: Name<'t>,
    /// Of the whole tag.
    pub(super) span: Span,
    /// Whether any of its attributes is no feature.
    pub(super) is_special: bool,
    /// Whether the element has nothing inside, which the tag says.
    pub(super) is_empty: bool,
}

impl Tag<'_> {
    /// Of its name.
    pub(super) fn name_span(&self) -> Span {
        self.span.part(1, self.name.text.len())
    }
}

/// An attribute of a tag.
#[derive(Debug)]
pub(super) struct Attribute<'t> {
    pub(super) name: Name<'t>,
    /// The value after entities and blanks were resolved.
    pub(super) value: Cow<'t, str>,
    name_start: u32,
    /// The first and the last byte of the value within its quotes.
    pub(super) start: u32,
    pub(super) end: u32,
    file: FileId,
}

impl Attribute<'_> {
    /// Of its name.
    pub(super) fn name_span(&self) -> Span {
        let start = self.name_start as usize;
        Span::new(self.file, start, start + self.name.text.len())
    }

    /// Of the value within its quotes.
    pub(super) fn value_span(&self) -> Span {
        Span {
            file: self.file,
            start: self.start,
            end: self.end,
        }
    }
}

/// What the stream yields. A tag without content yields its start and its end.
#[derive(Debug)]
pub(super) enum Token<'t> {
    Start(Tag<'t>),
    /// The byte behind it.
    End(usize),
    /// Blanks between tags.
    Blank(&'t str, Span),
    Text(Cow<'t, str>, Span),
}

pub(super) struct Tokens<'t> {
    text: &'t str,
    file: FileId,
    /// The byte that is read next.
    at: usize,
    attributes: Vec<Attribute<'t>>,
    vocabulary: Vocabulary<'t>,
    /// The names of the open elements.
    open: Vec<Name<'t>>,
    entities: Entities,
    /// Where the first character stands that XML forbids.
    forbidden: usize,
    roots: usize,
    pending_end: Option<usize>,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str, file: FileId) -> Self {
        Self {
            text,
            file,
            at: usize::from(text.starts_with('\u{feff}')) * 3,
            attributes: Vec::new(),
            vocabulary: Vocabulary::new(),
            open: Vec::new(),
            entities: Entities::new(super::encoding::version(text)),
            forbidden: forbidden(text).unwrap_or(usize::MAX),
            roots: 0,
            pending_end: None,
        }
    }

    /// The attributes of the start tag that was yielded last.
    pub(super) fn attributes(&self) -> &[Attribute<'t>] {
        &self.attributes
    }

    /// The next token; `None` at the end. After an error the stream is over.
    pub(super) fn next(&mut self) -> Result<Option<Token<'t>>, Box<Diagnostic>> {
        if let Some(end) = self.pending_end.take() {
            self.open.pop();
            return Ok(Some(Token::End(end)));
        }
        loop {
            let bytes = self.text.as_bytes();
            let start = self.at;
            let token = match (bytes.get(start), bytes.get(start + 1)) {
                (None, _) => return self.finish(start).map(|()| None),
                (Some(b'<'), Some(b'!' | b'?')) => self.markup()?,
                (Some(b'<'), Some(b'/')) => Some(self.end_tag()?),
                (Some(b'<'), _) => Some(self.start_tag()?),
                (Some(b'&'), _) => Some(self.reference()?),
                _ => self.characters()?,
            };
            if self.at > self.forbidden {
                let at = self.forbidden;
                return Err(self.wrong(at..at + 1, "a character that XML forbids".to_owned()));
            }
            if token.is_some() {
                return Ok(token);
            }
        }
    }

    /// Text up to the next tag or reference.
    fn characters(&mut self) -> Result<Option<Token<'t>>, Box<Diagnostic>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        // Indentation is most of the texts of a file, and means nothing before another element.
        let blank = skip_blanks(bytes, start);
        if let (Some(b'<'), Some(next)) = (bytes.get(blank), bytes.get(blank + 1))
            && !matches!(next, b'/' | b'!' | b'?')
        {
            self.at = blank;
            return Ok(None);
        }
        let rest = &bytes[blank..];
        let end = blank + memchr::memchr2(b'<', b'&', rest).unwrap_or(rest.len());
        self.at = end;
        let raw = &self.text[start..end];
        if self.open.is_empty() {
            self.outside(start..end)?;
            return Ok(None);
        }
        let span = Span::new(self.file, start, end);
        if end == blank && !raw.contains('\r') {
            return Ok(Some(Token::Blank(raw, span)));
        }
        if raw.contains("]]>") {
            return Err(self.wrong(start..end, "`]]>` in text".to_owned()));
        }
        Ok(Some(Token::Text(line_ends(raw), span)))
    }

    /// An entity, or a character by its number.
    fn reference(&mut self) -> Result<Token<'t>, Box<Diagnostic>> {
        let start = self.at;
        let rest = &self.text[start..];
        let end = rest
            .find([';', '<'])
            .filter(|at| rest.as_bytes()[*at] == b';');
        let end = start + end.map_or(1, |at| at + 1);
        if self.open.is_empty() {
            return Err(self.wrong(start..end, "text outside of the root element".to_owned()));
        }
        self.at = end;
        let raw = &self.text[start..end];
        let text = self
            .entities
            .expand(raw)
            .map_err(|e| self.wrong(start..end, e))?;
        Ok(Token::Text(
            Cow::Owned(text),
            Span::new(self.file, start, end),
        ))
    }

    fn end_tag(&mut self) -> Result<Token<'t>, Box<Diagnostic>> {
        let start = self.at;
        let rest = &self.text[start + 2..];
        if let Some(open) = self.open.last() {
            let end = start + 2 + open.text.len();
            let bytes = self.text.as_bytes();
            if self.vocabulary.stands(*open, bytes, start + 2) && bytes.get(end) == Some(&b'>') {
                self.at = end + 1;
                self.open.pop();
                return Ok(Token::End(self.at));
            }
        }
        let Some(length) = memchr::memchr(b'>', rest.as_bytes()) else {
            return Err(self.wrong(start..start + 2, "the tag has no end".to_owned()));
        };
        let name = rest[..length].trim_end_matches([' ', '\t', '\n', '\r']);
        let end = start + 2 + length + 1;
        match self.open.pop().map(|open| open.text) {
            Some(open) if open == name => {}
            Some(open) => {
                let message = format!("`</{open}>` is expected, not `</{name}>`");
                return Err(self.wrong(start..end, message));
            }
            None => {
                let message = format!("`</{name}>` ends nothing");
                return Err(self.wrong(start..end, message));
            }
        }
        self.at = end;
        Ok(Token::End(end))
    }

    /// Comments, character data, instructions, declarations: what is no element is for `quick-xml`.
    fn markup(&mut self) -> Result<Option<Token<'t>>, Box<Diagnostic>> {
        let start = self.at;
        let mut reader = Reader::from_str(&self.text[start..]);
        reader.config_mut().check_comments = true;
        let place = |n: u64| start + usize::try_from(n).expect("files are below 4 GiB");
        let event = reader.read_event().map_err(|e| {
            let at = place(reader.error_position());
            self.wrong(at..at + 1, e.to_string())
        })?;
        let end = place(reader.buffer_position());
        self.at = end;
        match event {
            Event::CData(_) if self.open.is_empty() => {
                let message = "text outside of the root element".to_owned();
                Err(self.wrong(start..end, message))
            }
            Event::CData(text) => {
                let text = text.xml10_content().into_owned();
                let span = Span::new(self.file, start, end);
                Ok(Some(Token::Text(Cow::Owned(text), span)))
            }
            Event::DocType(_) if self.roots > 0 => {
                let message = "a document type behind the root".to_owned();
                Err(self.wrong(start..end, message))
            }
            Event::DocType(_) => {
                let declared = self.entities.declare(&self.text[start..end]);
                declared
                    .map_err(|(at, message)| self.wrong(start + at..start + at + 1, message))?;
                Ok(None)
            }
            Event::Decl(_) if start > usize::from(self.text.starts_with('\u{feff}')) * 3 => {
                let message = "`<?xml …?>` stands at the beginning of a file".to_owned();
                Err(self.wrong(start..end, message))
            }
            Event::Decl(_) => {
                let checked = super::encoding::check_declaration(&self.text[start..end]);
                checked.map_err(|(at, message)| {
                    self.wrong(start + at.start..start + at.end, message)
                })?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn finish(&self, at: usize) -> Result<(), Box<Diagnostic>> {
        if !self.open.is_empty() {
            return Err(self.wrong(at..at, "the file ends inside of an element".to_owned()));
        }
        if self.roots == 0 {
            return Err(self.wrong(at..at, "the file has no root element".to_owned()));
        }
        Ok(())
    }

    fn outside(&self, range: std::ops::Range<usize>) -> Result<(), Box<Diagnostic>> {
        let text = self.text[range.clone()].trim_start_matches('\u{feff}');
        if text.bytes().all(is_blank) {
            return Ok(());
        }
        Err(self.wrong(range, "text outside of the root element".to_owned()))
    }

    #[cold]
    fn wrong(&self, range: std::ops::Range<usize>, message: String) -> Box<Diagnostic> {
        let end = range.end.min(self.text.len());
        let span = Span::new(self.file, range.start.min(end), end);
        Box::new(Diagnostic::error(Code::XmlSyntax, span, message))
    }

    #[cold]
    fn limit(&self, range: std::ops::Range<usize>, message: String) -> Box<Diagnostic> {
        let span = Span::new(self.file, range.start, range.end);
        Box::new(Diagnostic::error(Code::Limit, span, message))
    }
}

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r')
}

/// Where the blanks end that begin at a place.
#[inline]
fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).copied().is_some_and(is_blank) {
        at += 1;
    }
    at
}

/// A text with line ends as XML has them.
fn line_ends(raw: &str) -> Cow<'_, str> {
    if raw.as_bytes().contains(&b'\r') {
        Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(raw)
    }
}

/// Where the first character stands that no XML document may have.
fn forbidden(text: &str) -> Option<usize> {
    // Shifted so that one comparison tells, which the compiler does for many bytes at a time.
    let control = |b: u8| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r');
    let chunk = 4096;
    let mut found = None;
    for (number, part) in text.as_bytes().chunks(chunk).enumerate() {
        // Without an early exit the compiler takes many bytes at a time.
        let bad = part.iter().fold(false, |bad, b| bad | control(*b));
        if bad {
            let within = part.iter().position(|b| control(*b)).unwrap_or_default();
            found = Some(number * chunk + within);
            break;
        }
    }
    let bytes = &text.as_bytes()[..found.unwrap_or(text.len())];
    let unassigned = |at: &usize| matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf]));
    memchr::memchr_iter(0xef, bytes).find(unassigned).or(found)
}

#[cfg(test)]
mod tests;
