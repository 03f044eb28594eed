//! XML as a stream of tags with the place of each attribute: `quick-xml` with the checks that it leaves out.
//!
//! Refused: external entities and document types (they open files), entities that are not declared or expand without
//! bound, a second root, text outside of the root, control characters, elements nested too deep, and tags with too
//! many attributes. A file of hundreds of megabytes passes through here: each byte of a tag is looked at once.

mod entities;

use std::borrow::Cow;

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::MAX_DEPTH;
use crate::diag::{Code, Diagnostic, FileId, Span};
use entities::Entities;

/// How many attributes a tag may have.
const MAX_ATTRIBUTES: usize = 4096;

/// A start tag; its attributes are the stream's until the next token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'t> {
    pub(super) name: &'t str,
    /// Of the whole tag.
    pub(super) span: Span,
}

impl Tag<'_> {
    /// Of its name.
    pub(super) fn name_span(&self) -> Span {
        self.span.part(1, self.name.len())
    }
}

/// An attribute of a tag.
#[derive(Debug)]
pub(super) struct Attribute<'t> {
    pub(super) name: &'t str,
    /// The value after entities and blanks were resolved.
    pub(super) value: Cow<'t, str>,
    /// Whether its name has a prefix, or says where a reference points: all others are features.
    pub(super) special: bool,
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
        Span::new(self.file, start, start + self.name.len())
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
    Text(Cow<'t, str>, Span),
}

pub(super) struct Tokens<'t> {
    text: &'t str,
    file: FileId,
    reader: Reader<&'t [u8]>,
    attributes: Vec<Attribute<'t>>,
    entities: Entities,
    /// Where the first character stands that XML forbids.
    forbidden: usize,
    depth: usize,
    roots: usize,
    pending_end: Option<usize>,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str, file: FileId) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        Self {
            text,
            file,
            reader,
            attributes: Vec::new(),
            entities: Entities::new(super::encoding::version(text)),
            forbidden: forbidden(text).unwrap_or(usize::MAX),
            depth: 0,
            roots: 0,
            pending_end: None,
        }
    }

    /// The attributes of the start tag that was yielded last.
    pub(super) fn attributes(&self) -> &[Attribute<'t>] {
        &self.attributes
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).expect("files are below 4 GiB")
    }

    /// The next token; `None` at the end. After an error the stream is over.
    pub(super) fn next(&mut self) -> Result<Option<Token<'t>>, Diagnostic> {
        if let Some(end) = self.pending_end.take() {
            self.depth -= 1;
            return Ok(Some(Token::End(end)));
        }
        loop {
            let start = self.position();
            let event = self.reader.read_event().map_err(|e| {
                let at =
                    usize::try_from(self.reader.error_position()).expect("files are below 4 GiB");
                self.wrong(at..at + 1, e.to_string())
            })?;
            let end = self.position();
            if end > self.forbidden {
                let at = self.forbidden;
                return Err(self.wrong(at..at + 1, "a character that XML forbids".to_owned()));
            }
            if let Some(token) = self.event(&event, start..end)? {
                return Ok(Some(token));
            }
            if matches!(event, Event::Eof) {
                return self.finish(start).map(|()| None);
            }
        }
    }

    fn event(
        &mut self,
        event: &Event<'_>,
        range: std::ops::Range<usize>,
    ) -> Result<Option<Token<'t>>, Diagnostic> {
        let (start, end) = (range.start, range.end);
        let span = Span::new(self.file, start, end);
        match event {
            Event::Start(tag) => {
                let name = tag.name().as_ref().len();
                return self.open((start, end, end - 1), name).map(Some);
            }
            Event::Empty(tag) => {
                self.pending_end = Some(end);
                let name = tag.name().as_ref().len();
                return self.open((start, end, end - 2), name).map(Some);
            }
            Event::End(_) => {
                self.depth -= 1;
                return Ok(Some(Token::End(end)));
            }
            Event::Text(_) if self.depth == 0 => self.outside(range)?,
            Event::CData(_) | Event::GeneralRef(_) if self.depth == 0 => {
                return Err(self.wrong(range, "text outside of the root element".to_owned()));
            }
            Event::Text(_) if self.text.as_bytes()[range.clone()].iter().all(|b| is_blank(*b)) => {
                // Indentation, which is most of the texts of a file. Line ends count as they stand.
                let blank = &self.text[range];
                if !blank.contains('\r') {
                    return Ok(Some(Token::Text(Cow::Borrowed(blank), span)));
                }
                let blank = blank.replace("\r\n", "\n").replace('\r', "\n");
                return Ok(Some(Token::Text(Cow::Owned(blank), span)));
            }
            Event::Text(text) => {
                if self.text[range.clone()].contains("]]>") {
                    return Err(self.wrong(range, "`]]>` in text".to_owned()));
                }
                let text = owned_or_slice(text.xml10_content(), self.text, start);
                return Ok(Some(Token::Text(text, span)));
            }
            Event::CData(text) => {
                let text = text.xml10_content().into_owned();
                return Ok(Some(Token::Text(Cow::Owned(text), span)));
            }
            Event::GeneralRef(_) => {
                let raw = &self.text[range.clone()];
                let text = self.entities.expand(raw).map_err(|e| self.wrong(range, e))?;
                return Ok(Some(Token::Text(Cow::Owned(text), span)));
            }
            Event::DocType(_) => {
                let raw = &self.text[range];
                if self.roots > 0 {
                    return Err(self.wrong(start..end, "a document type behind the root".to_owned()));
                }
                self.entities.declare(raw).map_err(|(at, message)| {
                    self.wrong(start + at..(start + at + 1).max(start), message)
                })?;
            }
            Event::Decl(_) if start > usize::from(self.text.starts_with('\u{feff}')) * 3 => {
                return Err(self.wrong(
                    range,
                    "`<?xml …?>` stands at the beginning of a file".to_owned(),
                ));
            }
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::Eof => {}
        }
        Ok(None)
    }

    fn finish(&self, at: usize) -> Result<(), Diagnostic> {
        if self.depth > 0 {
            return Err(self.wrong(at..at, "the file ends inside of an element".to_owned()));
        }
        if self.roots == 0 {
            return Err(self.wrong(at..at, "the file has no root element".to_owned()));
        }
        Ok(())
    }

    fn outside(&self, range: std::ops::Range<usize>) -> Result<(), Diagnostic> {
        let text = self.text[range.clone()].trim_start_matches('\u{feff}');
        if text.bytes().all(is_blank) {
            return Ok(());
        }
        Err(self.wrong(range, "text outside of the root element".to_owned()))
    }

    fn wrong(&self, range: std::ops::Range<usize>, message: String) -> Diagnostic {
        let end = range.end.min(self.text.len());
        Diagnostic::error(
            Code::XmlSyntax,
            Span::new(self.file, range.start.min(end), end),
            message,
        )
    }

    fn limit(&self, range: std::ops::Range<usize>, message: String) -> Diagnostic {
        Diagnostic::error(
            Code::Limit,
            Span::new(self.file, range.start, range.end),
            message,
        )
    }

    fn open(
        &mut self,
        (start, end, inner_end): (usize, usize, usize),
        name_length: usize,
    ) -> Result<Token<'t>, Diagnostic> {
        if self.depth == 0 {
            self.roots += 1;
            if self.roots > 1 {
                return Err(self.wrong(start..end, "a second root element".to_owned()));
            }
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("elements nest deeper than {MAX_DEPTH}");
            return Err(self.limit(start..end, message));
        }
        let text: &'t str = self.text;
        let name_end = start + 1 + name_length;
        let name = &text[start + 1..name_end];
        self.check_name(name, start + 1)?;
        self.scan_attributes(name_end, inner_end)?;
        let span = Span::new(self.file, start, end);
        Ok(Token::Start(Tag { name, span }))
    }

    /// Reads the attributes that stand between two offsets.
    fn scan_attributes(&mut self, start: usize, end: usize) -> Result<(), Diagnostic> {
        let text: &'t str = self.text;
        let bytes = &text.as_bytes()[..end];
        self.attributes.clear();
        let skip = |mut at: usize| {
            while at < bytes.len() && is_blank(bytes[at]) {
                at += 1;
            }
            at
        };
        let mut at = start;
        loop {
            let name_start = skip(at);
            if name_start == bytes.len() {
                break;
            }
            if name_start == at {
                let message = "a blank is missing before the attribute".to_owned();
                return Err(self.wrong(at..at + 1, message));
            }
            let mut name_end = name_start;
            while name_end < bytes.len() && !is_blank(bytes[name_end]) && bytes[name_end] != b'=' {
                name_end += 1;
            }
            let name = &text[name_start..name_end];
            self.check_name(name, name_start)?;
            let equals = skip(name_end);
            let open = skip(equals + 1);
            let quote = bytes.get(open).copied().filter(|b| matches!(b, b'"' | b'\''));
            let (Some(b'='), Some(quote)) = (bytes.get(equals), quote) else {
                let message = format!("the attribute `{name}` has no value in quotes");
                return Err(self.wrong(name_start..name_end, message));
            };
            let value_start = open + 1;
            let mut value_end = value_start;
            let mut plain = true;
            loop {
                match bytes.get(value_end) {
                    Some(b) if *b == quote => break,
                    Some(b'<') => {
                        let message = "`<` in the value of an attribute".to_owned();
                        return Err(self.wrong(value_end..value_end + 1, message));
                    }
                    Some(b'&' | b'\t' | b'\n' | b'\r') => plain = false,
                    Some(_) => {}
                    None => {
                        let message = format!("the value of `{name}` has no end");
                        return Err(self.wrong(open..open + 1, message));
                    }
                }
                value_end += 1;
            }
            let raw = &text[value_start..value_end];
            let value = if plain {
                Cow::Borrowed(raw)
            } else {
                Cow::Owned(self.normalise(raw, value_start)?)
            };
            self.push_attribute(name, name_start, (value, value_start, value_end))?;
            at = value_end + 1;
        }
        self.check_duplicates()
    }

    fn push_attribute(
        &mut self,
        name: &'t str,
        name_start: usize,
        (value, start, end): (Cow<'t, str>, usize, usize),
    ) -> Result<(), Diagnostic> {
        let offset = |n: usize| u32::try_from(n).expect("files are below 4 GiB");
        self.attributes.push(Attribute {
            name,
            value,
            special: name.bytes().any(|b| b == b':') || matches!(name, "href" | "xmlns"),
            name_start: offset(name_start),
            start: offset(start),
            end: offset(end),
            file: self.file,
        });
        if self.attributes.len() > MAX_ATTRIBUTES {
            let message = format!("the element has more than {MAX_ATTRIBUTES} attributes");
            return Err(self.limit(name_start..end, message));
        }
        Ok(())
    }

    fn check_duplicates(&self) -> Result<(), Diagnostic> {
        let twice = if self.attributes.len() <= 8 {
            let earlier = |i: usize| {
                self.attributes[..i]
                    .iter()
                    .any(|a| a.name == self.attributes[i].name)
            };
            (1..self.attributes.len()).find(|i| earlier(*i))
        } else {
            let mut seen = std::collections::BTreeSet::new();
            self.attributes.iter().position(|a| !seen.insert(a.name))
        };
        match twice.map(|i| &self.attributes[i]) {
            Some(twice) => {
                let message = format!("the attribute `{}` stands here twice", twice.name);
                Err(self.wrong(twice.name_span().range(), message))
            }
            None => Ok(()),
        }
    }

    fn check_name(&self, name: &str, start: usize) -> Result<(), Diagnostic> {
        let simple = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if name.bytes().all(simple) && !name.as_bytes().first().is_none_or(u8::is_ascii_digit) {
            return Ok(());
        }
        let first = |c: char| c.is_alphabetic() || c == '_';
        let rest =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}') || c == ':';
        if name.starts_with(first) && name.chars().all(rest) && name.matches(':').count() <= 1 {
            return Ok(());
        }
        Err(self.wrong(start..start + name.len().max(1), format!("`{name}` is no name")))
    }

    /// Resolves references and turns line breaks into blanks, as XML asks for attribute values.
    fn normalise(&mut self, raw: &str, start: usize) -> Result<String, Diagnostic> {
        let blank = raw.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
        self.entities
            .expand(&blank)
            .map_err(|e| self.wrong(start..start + raw.len(), e))
    }
}

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r')
}

fn owned_or_slice<'t>(content: Cow<'_, str>, text: &'t str, start: usize) -> Cow<'t, str> {
    match content {
        Cow::Borrowed(slice) => Cow::Borrowed(&text[start..start + slice.len()]),
        Cow::Owned(text) => Cow::Owned(text),
    }
}

/// Where the first character stands that no XML document may have.
fn forbidden(text: &str) -> Option<usize> {
    let control = |b: &u8| *b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r');
    let chunk = 4096;
    let mut found = None;
    for (number, part) in text.as_bytes().chunks(chunk).enumerate() {
        // Counting without an early exit lets the compiler take many bytes at a time.
        if part.iter().filter(|b| control(b)).count() > 0 {
            let within = part.iter().position(|b| control(b)).unwrap_or_default();
            found = Some(number * chunk + within);
            break;
        }
    }
    let bound = found.unwrap_or(text.len());
    let unassigned = ["\u{fffe}", "\u{ffff}"]
        .iter()
        .filter_map(|c| memchr::memmem::find(&text.as_bytes()[..bound], c.as_bytes()))
        .min();
    unassigned.or(found)
}

#[cfg(test)]
mod tests;
