//! Start tags: names, attributes and their values, in one pass.

use std::borrow::Cow;

use super::vocabulary::{self, Name, Of};
use super::{Attribute, Tag, Token, Tokens, skip_blanks};
use crate::diag::{Diagnostic, Span};
use crate::format::MAX_DEPTH;

/// Fewer attributes than this are compared with each other one by one.
const FEW: usize = 12;

/// How many attributes a tag may have.
const MAX_ATTRIBUTES: usize = 4096;

impl<'t> Tokens<'t> {
    pub(super) fn start_tag(&mut self) -> Result<Token<'t>, Box<Diagnostic>> {
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
    pub(super) fn no_name(&self, at: usize) -> Box<Diagnostic> {
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
