//! XML as a stream of tags with the place of each attribute.
//!
//! `quick-xml` reads what is no element: comments, instructions, character data, declarations. Tags are read here, in
//! one pass over their bytes, with the checks that XML asks for and the place of each value.
//!
//! Refused: external entities and document types (they open files), entities that are not declared or expand without
//! bound, a second root, text outside of the root, control characters, elements nested too deep, and tags with too
//! many attributes. A file of hundreds of megabytes passes through here: each byte of a tag is looked at once.

mod entities;
mod vocabulary;

use std::borrow::Cow;

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::MAX_DEPTH;
use crate::diag::{Code, Diagnostic, FileId, Span};
use entities::Entities;
use vocabulary::{Of, Vocabulary};

pub(super) use vocabulary::Name;

/// Fewer attributes than this are compared with each other one by one.
const FEW: usize = 12;

/// How many attributes a tag may have.
const MAX_ATTRIBUTES: usize = 4096;

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

    fn start_tag(&mut self) -> Result<Token<'t>, Box<Diagnostic>> {
        let start = self.at;
        let Some(name) = self.vocabulary.read((self.text, start + 1), Of::Element) else {
            return Err(self.no_name(start + 1));
        };
        let name_end = start + 1 + name.text.len();
        let (inner_end, end) = self.scan_attributes(name_end, start)?;
        if self.attributes.len() >= FEW {
            self.check_duplicates()?;
        }
        if self.open.is_empty() {
            self.roots += 1;
            if self.roots > 1 {
                return Err(self.wrong(start..end, "a second root element".to_owned()));
            }
        }
        self.open.push(name);
        if self.open.len() > MAX_DEPTH {
            let message = format!("elements nest deeper than {MAX_DEPTH}");
            return Err(self.limit(start..end, message));
        }
        if inner_end + 1 < end {
            self.pending_end = Some(end);
        }
        self.at = end;
        let span = Span::new(self.file, start, end);
        Ok(Token::Start(Tag {
            name,
            span,
            is_special: self.attributes.iter().any(|a| a.name.is_special()),
            is_empty: self.pending_end.is_some(),
        }))
    }

    /// Reads the attributes of the tag that begins at `tag`; returns where what they are ends, and where the tag does.
    fn scan_attributes(
        &mut self,
        start: usize,
        tag: usize,
    ) -> Result<(usize, usize), Box<Diagnostic>> {
        let text: &'t str = self.text;
        let bytes = text.as_bytes();
        self.attributes.clear();
        let skip = |at: usize| skip_blanks(bytes, at);
        let mut at = start;
        loop {
            let name_start = skip(at);
            match (bytes.get(name_start), bytes.get(name_start + 1)) {
                (Some(b'>'), _) => return Ok((name_start, name_start + 1)),
                (Some(b'/'), Some(b'>')) => return Ok((name_start, name_start + 2)),
                (None, _) => {
                    return Err(self.wrong(tag..tag + 1, "the tag has no end".to_owned()));
                }
                _ => {}
            }
            if name_start == at {
                let message = "a blank is missing before the attribute".to_owned();
                return Err(self.wrong(at..at + 1, message));
            }
            let Some(name) = self.vocabulary.read((text, name_start), Of::Attribute) else {
                return Err(self.no_name(name_start));
            };
            let name_end = name_start + name.text.len();
            let Some((open, quote)) = value_begins(bytes, name_end) else {
                let message = format!("the attribute `{}` has no value in quotes", name.text);
                return Err(self.wrong(name_start..name_end, message));
            };
            let value_start = open + 1;
            let odd = match quote {
                b'"' => odd_or::<b'"'>(&bytes[value_start..]),
                _ => odd_or::<b'\''>(&bytes[value_start..]),
            };
            let plain = odd.is_some_and(|at| bytes[value_start + at] == quote);
            let end = if plain {
                odd
            } else {
                memchr::memchr(quote, &bytes[value_start..])
            };
            let Some(length) = end else {
                let message = format!("the value of `{}` has no end", name.text);
                return Err(self.wrong(open..open + 1, message));
            };
            let value_end = value_start + length;
            let raw = &text[value_start..value_end];
            if !plain && let Some(at) = raw.find('<') {
                let message = "`<` in the value of an attribute".to_owned();
                let at = value_start + at;
                return Err(self.wrong(at..at + 1, message));
            }
            let value = if plain {
                Cow::Borrowed(raw)
            } else {
                Cow::Owned(self.normalise(raw, value_start)?)
            };
            let twice = self.vocabulary.has_again(name, tag);
            let is = |a: &Attribute<'t>| a.name.text == name.text;
            let few = self.attributes.len() < FEW;
            if twice.unwrap_or_else(|| few && self.attributes.iter().any(is)) {
                return Err(self.twice(name.text, name_start));
            }
            self.push_attribute(name, name_start, (value, value_start, value_end))?;
            at = value_end + 1;
        }
    }

    fn push_attribute(
        &mut self,
        name: Name<'t>,
        name_start: usize,
        (value, start, end): (Cow<'t, str>, usize, usize),
    ) -> Result<(), Box<Diagnostic>> {
        let offset = |n: usize| u32::try_from(n).expect("files are below 4 GiB");
        self.attributes.push(Attribute {
            name,
            value,
            name_start: offset(name_start),
            start: offset(start),
            end: offset(end),
            file: self.file,
        });
        // A tag of many attributes is looked at as a whole, now and then.
        let count = self.attributes.len();
        if count >= FEW && count.is_power_of_two() {
            self.check_duplicates()?;
        }
        if count > MAX_ATTRIBUTES {
            let message = format!("the element has more than {MAX_ATTRIBUTES} attributes");
            return Err(self.limit(name_start..end, message));
        }
        Ok(())
    }

    #[cold]
    fn twice(&self, name: &str, start: usize) -> Box<Diagnostic> {
        let message = format!("the attribute `{name}` stands here twice");
        self.wrong(start..start + name.len(), message)
    }

    fn check_duplicates(&self) -> Result<(), Box<Diagnostic>> {
        let mut seen = std::collections::BTreeSet::new();
        let twice = self.attributes.iter().find(|a| !seen.insert(a.name.text));
        twice.map_or(Ok(()), |a| {
            Err(self.twice(a.name.text, a.name_start as usize))
        })
    }

    #[cold]
    fn no_name(&self, at: usize) -> Box<Diagnostic> {
        let name = &self.text[at..vocabulary::name_end(self.text.as_bytes(), at)];
        let message = format!("`{name}` is no name");
        self.wrong(at..at + name.len().max(1), message)
    }

    /// Resolves references and turns line breaks into blanks, as XML asks for attribute values.
    fn normalise(&mut self, raw: &str, start: usize) -> Result<String, Box<Diagnostic>> {
        let blank = raw.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
        self.entities
            .expand(&blank)
            .map_err(|e| self.wrong(start..start + raw.len(), e))
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

/// The quote that a value begins with behind the name of its attribute, and where it stands.
#[inline]
fn value_begins(bytes: &[u8], at: usize) -> Option<(usize, u8)> {
    if bytes.get(at..at + 2) == Some(b"=\x22") {
        return Some((at + 1, b'"'));
    }
    let equals = skip_blanks(bytes, at);
    let open = skip_blanks(bytes, equals + 1);
    let quote = bytes.get(open).filter(|b| matches!(b, b'"' | b'\''))?;
    (bytes.get(equals) == Some(&b'=')).then_some((open, *quote))
}

/// Where a quote stands first, or a byte that no value of an attribute has as it stands.
///
/// Eight bytes are looked at together: of those that a subtraction makes negative, the lowest is the first.
#[inline]
fn odd_or<const QUOTE: u8>(bytes: &[u8]) -> Option<usize> {
    const LOW: u64 = u64::MAX / 255;
    const HIGH: u64 = LOW << 7;
    let all = |byte: u8| LOW * u64::from(byte);
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let is = |byte: u64| {
            let other = word ^ byte;
            other.wrapping_sub(LOW) & !other
        };
        let control = word.wrapping_sub(all(b' ')) & !word;
        let odd = (is(all(QUOTE)) | is(all(b'<')) | is(all(b'&')) | control) & HIGH;
        if odd != 0 {
            return Some(number * 8 + odd.trailing_zeros() as usize / 8);
        }
    }
    let odd = |b: &u8| *b == QUOTE || *b < b' ' || matches!(b, b'<' | b'&');
    rest.iter().position(odd).map(|at| words.len() * 8 + at)
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
