//! XML as a stream of tags with the place of each attribute: `quick-xml` with the checks that it leaves out.
//!
//! Refused: document type declarations (they open files and expand without bound), entities that are not predefined,
//! a second root, text outside of the root, control characters, and elements nested too deep.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::MAX_DEPTH;
use crate::diag::{Code, Diagnostic, FileId, Span};

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'t> {
    pub(super) name: &'t str,
    /// Of its name.
    pub(super) name_span: Span,
    /// Of the whole tag.
    pub(super) span: Span,
    pub(super) attributes: Vec<Attribute<'t>>,
}

/// An attribute of a tag.
#[derive(Debug)]
pub(super) struct Attribute<'t> {
    pub(super) name: &'t str,
    pub(super) name_span: Span,
    pub(super) value: Cow<'t, str>,
    /// Of the value within its quotes.
    pub(super) value_span: Span,
}

/// What the stream yields. A tag without content yields its start and its end.
#[derive(Debug)]
pub(super) enum Token<'t> {
    Start(Tag<'t>),
    End,
    Text(Cow<'t, str>, Span),
}

pub(super) struct Tokens<'t> {
    text: &'t str,
    file: FileId,
    reader: Reader<&'t [u8]>,
    depth: usize,
    roots: usize,
    pending_end: bool,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str, file: FileId) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        Self {
            text,
            file,
            reader,
            depth: 0,
            roots: 0,
            pending_end: false,
        }
    }

    /// The next token; `None` at the end. After an error the stream is over.
    pub(super) fn next(&mut self) -> Result<Option<Token<'t>>, Diagnostic> {
        if std::mem::take(&mut self.pending_end) {
            self.depth -= 1;
            return Ok(Some(Token::End));
        }
        loop {
            let start =
                usize::try_from(self.reader.buffer_position()).expect("files are below 4 GiB");
            let event = self.reader.read_event().map_err(|e| {
                let at =
                    usize::try_from(self.reader.error_position()).expect("files are below 4 GiB");
                self.wrong(at..at + 1, e.to_string())
            })?;
            let end =
                usize::try_from(self.reader.buffer_position()).expect("files are below 4 GiB");
            let span = Span::new(self.file, start, end);
            match event {
                Event::Start(tag) => {
                    return self.open(&tag, start, end).map(|t| Some(Token::Start(t)));
                }
                Event::Empty(tag) => {
                    self.pending_end = true;
                    return self.open(&tag, start, end).map(|t| Some(Token::Start(t)));
                }
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(Some(Token::End));
                }
                Event::Text(_) if self.depth == 0 => self.outside(start..end)?,
                Event::CData(_) | Event::GeneralRef(_) if self.depth == 0 => {
                    return Err(
                        self.wrong(start..end, "text outside of the root element".to_owned())
                    );
                }
                Event::Text(text) => {
                    let raw = self.characters(start..end)?;
                    if raw.contains("]]>") {
                        return Err(self.wrong(start..end, "`]]>` in text".to_owned()));
                    }
                    return Ok(Some(Token::Text(text.xml10_content(), span)));
                }
                Event::CData(text) => {
                    self.characters(start..end)?;
                    return Ok(Some(Token::Text(text.xml10_content(), span)));
                }
                Event::GeneralRef(_) => {
                    let raw = &self.text[start..end];
                    return Ok(Some(Token::Text(
                        Cow::Owned(self.unescape(raw, start)?),
                        span,
                    )));
                }
                Event::DocType(_) => {
                    return Err(self.wrong(
                        start..end,
                        "document type declarations are refused".to_owned(),
                    ));
                }
                Event::Comment(_) | Event::PI(_) => {
                    self.characters(start..end)?;
                }
                Event::Decl(_) if start > usize::from(self.text.starts_with('\u{feff}')) * 3 => {
                    return Err(self.wrong(
                        start..end,
                        "`<?xml …?>` stands at the beginning of a file".to_owned(),
                    ));
                }
                Event::Decl(_) => {}
                Event::Eof => return self.finish(start),
            }
        }
    }

    fn finish(&self, at: usize) -> Result<Option<Token<'t>>, Diagnostic> {
        if self.depth > 0 {
            return Err(self.wrong(at..at, "the file ends inside of an element".to_owned()));
        }
        if self.roots == 0 {
            return Err(self.wrong(at..at, "the file has no root element".to_owned()));
        }
        Ok(None)
    }

    fn outside(&self, range: std::ops::Range<usize>) -> Result<(), Diagnostic> {
        let text = self.text[range.clone()].trim_start_matches('\u{feff}');
        if text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n')) {
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

    fn characters(&self, range: std::ops::Range<usize>) -> Result<&'t str, Diagnostic> {
        let raw = &self.text[range.clone()];
        let bad = |c: char| {
            (c.is_control() && c < ' ' && !matches!(c, '\t' | '\n' | '\r'))
                || matches!(c, '\u{fffe}' | '\u{ffff}')
        };
        match raw.find(bad) {
            Some(at) => {
                let at = range.start + at;
                Err(self.wrong(at..at + 1, "a control character".to_owned()))
            }
            None => Ok(raw),
        }
    }

    fn open(
        &mut self,
        tag: &BytesStart<'_>,
        start: usize,
        end: usize,
    ) -> Result<Tag<'t>, Diagnostic> {
        if self.depth == 0 {
            self.roots += 1;
            if self.roots > 1 {
                return Err(self.wrong(start..end, "a second root element".to_owned()));
            }
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("elements nest deeper than {MAX_DEPTH}");
            return Err(Diagnostic::error(
                Code::Limit,
                Span::new(self.file, start, end),
                message,
            ));
        }
        let raw = self.characters(start..end)?;
        let text: &'t str = self.text;
        let name_start = start + 1;
        let name = &text[name_start..name_start + tag.name().as_ref().len()];
        self.check_name(name, name_start)?;
        // Attributes are walked on the file's own text, so that their places are places of the file.
        let content = raw
            .trim_start_matches('<')
            .trim_end_matches('>')
            .trim_end_matches('/');
        let mut attributes = Vec::new();
        for attribute in quick_xml::events::attributes::Attributes::new(content, name.len()) {
            let attribute = attribute.map_err(|e| self.wrong(start..end, e.to_string()))?;
            let key = attribute.key.as_ref();
            let key_start = offset_in(text, key).unwrap_or(name_start);
            self.check_name(key, key_start)?;
            let Cow::Borrowed(value) = attribute.value else {
                continue;
            };
            let value_start = offset_in(text, value).unwrap_or(key_start);
            attributes.push(Attribute {
                name: &text[key_start..key_start + key.len()],
                name_span: Span::new(self.file, key_start, key_start + key.len()),
                value: self
                    .normalise(&text[value_start..value_start + value.len()], value_start)?,
                value_span: Span::new(self.file, value_start, value_start + value.len()),
            });
        }
        let name_span = Span::new(self.file, name_start, name_start + name.len());
        Ok(Tag {
            name,
            name_span,
            span: Span::new(self.file, start, end),
            attributes,
        })
    }

    fn check_name(&self, name: &str, start: usize) -> Result<(), Diagnostic> {
        let first = |c: char| c.is_alphabetic() || c == '_';
        let rest =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}') || c == ':';
        if name.starts_with(first) && name.chars().all(rest) && name.matches(':').count() <= 1 {
            return Ok(());
        }
        Err(self.wrong(start..start + name.len(), format!("`{name}` is no name")))
    }

    /// Resolves references and turns line breaks into blanks, as XML asks for attribute values.
    fn normalise(&self, raw: &'t str, start: usize) -> Result<Cow<'t, str>, Diagnostic> {
        if let Some(at) = raw.find('<') {
            return Err(self.wrong(
                start + at..start + at + 1,
                "`<` in the value of an attribute".to_owned(),
            ));
        }
        if !raw.contains(['&', '\t', '\n', '\r']) {
            return Ok(Cow::Borrowed(raw));
        }
        let blank = raw.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
        self.unescape(&blank, start).map(Cow::Owned)
    }

    fn unescape(&self, raw: &str, start: usize) -> Result<String, Diagnostic> {
        let text = quick_xml::escape::unescape(raw)
            .map_err(|e| self.wrong(start..start + raw.len(), e.to_string()))?
            .into_owned();
        let forbidden = |c: char| {
            (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
        };
        if text.contains(forbidden) {
            return Err(self.wrong(
                start..start + raw.len(),
                "a reference to a character that XML forbids".to_owned(),
            ));
        }
        Ok(text)
    }
}

/// Where a slice of a text begins in it.
fn offset_in(text: &str, part: &str) -> Option<usize> {
    let offset = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    (offset + part.len() <= text.len()).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Result<Vec<String>, String> {
        let mut tokens = Tokens::new(text, FileId(0));
        let mut out = Vec::new();
        while let Some(token) = tokens.next().map_err(|d| d.message)? {
            out.push(match token {
                Token::Start(tag) => {
                    let attributes: Vec<String> = tag
                        .attributes
                        .iter()
                        .map(|a| {
                            assert_eq!(&text[a.name_span.range()], a.name);
                            format!("{}={}", a.name, a.value)
                        })
                        .collect();
                    format!("<{} {}", tag.name, attributes.join(" "))
                }
                Token::End => ">".to_owned(),
                Token::Text(text, _) => text.into_owned(),
            });
        }
        Ok(out)
    }

    #[test]
    fn places_are_places_of_the_file() {
        let found =
            scan("<?xml version='1.0'?>\n<a b = 'x&amp;y'\n  c=\"1\"><d/>t&#33;</a>\n").unwrap();
        assert_eq!(found, ["<a b=x&y c=1", "<d ", ">", "t", "!", ">"]);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "x<a/>",
            "<a/>x",
            "<a b=1/>",
            "<a b='1' b='2'/>",
            "<a>&x;</a>",
            "<a b='<'/>",
            "<!DOCTYPE a><a/>",
            "<a>\u{1}</a>",
            "<a>&#1;</a>",
            "<1/>",
            "<a>]]></a>",
            "<a b='&x;'/>",
            "<a><!-- -- --></a>",
            " <?xml version='1.0'?><a/>",
            "<a:b:c/>",
        ] {
            assert!(
                scan(text).is_err(),
                "{text:?} is accepted: {:?}",
                scan(text)
            );
        }
        assert!(scan(&"<a>".repeat(100_000)).unwrap_err().contains("deeper"));
    }
}
