//! The place in the text of a module: code, comments, and strings of all forms, as a value at it is written.

use memchr::{memchr, memchr3};

use super::super::{Language, Scalar, Writer, plain, unicode_escape};
use super::Python;
use crate::diag::{hides, one_line};

/// The place in the text of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Code,
    Comment,
    /// One or two quotes were read: perhaps an empty string, perhaps the first of three.
    Opening {
        quote: char,
        count: u8,
        form: Form,
    },
    String(Literal),
}

/// An open string literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Literal {
    quote: char,
    triple: bool,
    form: Form,
    /// How many quotes of a closing triple were read.
    closing: u8,
    escaped: bool,
    /// A `{` was read that is either the first of two or begins a field.
    brace: bool,
    /// How deep the braces of the open replacement field nest.
    field: u16,
}

/// What the prefix of a string says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Form {
    raw: bool,
    formatted: bool,
    bytes: bool,
}

/// What the letters before a place say, which may be the prefix of a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Prefix {
    /// How many there are; no prefix has more than two.
    letters: u8,
    form: Form,
}

impl Prefix {
    /// Letters that are no prefix.
    const NONE: Self = Self {
        letters: 3,
        form: Form {
            raw: false,
            formatted: false,
            bytes: false,
        },
    };

    /// The same with one more letter.
    fn and(self, letter: u8) -> Self {
        if self.letters > 1 {
            return Self::NONE;
        }
        let mut form = self.form;
        match letter.to_ascii_lowercase() {
            b'r' => form.raw = true,
            b'f' | b't' => form.formatted = true,
            b'b' => form.bytes = true,
            b'u' => {}
            _ => return Self::NONE,
        }
        Self {
            letters: self.letters + 1,
            form,
        }
    }
}

/// Follows the text of a module.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PythonWriter {
    place: Place,
    prefix: Prefix,
}

impl Default for PythonWriter {
    fn default() -> Self {
        Self {
            place: Place::Code,
            prefix: Prefix::default(),
        }
    }
}

impl Writer for PythonWriter {
    fn step(&mut self, c: char) {
        self.place = match self.place {
            Place::Comment if c == '\n' => Place::Code,
            Place::Comment => Place::Comment,
            Place::Opening {
                quote,
                count: 1,
                form,
            } if c == quote => Place::Opening {
                quote,
                count: 2,
                form,
            },
            Place::Opening {
                quote,
                count: 2,
                form,
            } if c == quote => Place::String(Literal {
                triple: true,
                ..Literal::new(quote, form)
            }),
            Place::Code | Place::Opening { count: 2, .. } => self.code(c),
            Place::Opening { quote, form, .. } => Literal::new(quote, form).step(c),
            Place::String(literal) => literal.step(c),
        };
    }

    fn skip<'t>(&mut self, text: &'t str) -> &'t str {
        let bytes = text.as_bytes();
        let stop = match self.place {
            Place::Code => {
                let stop = memchr3(b'#', b'"', b'\'', bytes).unwrap_or(text.len());
                self.code_skipped(&text[..stop]);
                Some(stop)
            }
            Place::Comment => memchr(b'\n', bytes),
            Place::String(literal) if literal.is_plain() && literal.quote == '"' => {
                memchr3(b'"', b'\\', b'\n', bytes)
            }
            Place::String(literal) if literal.is_plain() => memchr3(b'\'', b'\\', b'\n', bytes),
            _ => return text,
        };
        &text[stop.unwrap_or(text.len())..]
    }

    fn pass(&mut self, value: &Scalar<'_>, text: &str) {
        match (self.place, value) {
            (Place::Comment, _) => {}
            (Place::String(literal), _) if literal.is_plain() => {}
            (Place::Code, Scalar::Integer(_)) => self.code_skipped(text),
            // Two quotes with nothing between them may begin a longer string.
            (Place::Code, Scalar::Text(value))
                if !value.is_empty() && self.prefix.form == Form::default() =>
            {
                self.prefix = Prefix::default();
            }
            _ => self.feed(text),
        }
    }

    fn encode(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        match self.place {
            Place::Comment => out.push_str(&one_line(plain(value)?)),
            Place::Code | Place::Opening { count: 2, .. } => return Python.literal(value, out),
            Place::Opening { quote, form, .. } => {
                return write_inside(&plain(value)?, &Literal::new(quote, form), out);
            }
            Place::String(literal) if literal.brace || literal.field > 0 => {
                return Err(
                    "it stands in a field of a formatted string; give it a name in the code before"
                        .to_owned(),
                );
            }
            Place::String(literal) => return write_inside(&plain(value)?, &literal, out),
        }
        Ok(())
    }
}

impl PythonWriter {
    fn code(&mut self, c: char) -> Place {
        let prefix = std::mem::take(&mut self.prefix);
        match c {
            '#' => return Place::Comment,
            '"' | '\'' => {
                return Place::Opening {
                    quote: c,
                    count: 1,
                    form: prefix.form,
                };
            }
            c if c.is_alphanumeric() || c == '_' => {
                self.prefix = prefix.and(u8::try_from(c).unwrap_or(b'_'));
            }
            _ => {}
        }
        Place::Code
    }

    /// Takes in code without quotes and comments.
    fn code_skipped(&mut self, code: &str) {
        let breaks = |c: char| !(c.is_alphanumeric() || c == '_');
        let mut word = code;
        if let Some(at) = code.rfind(breaks) {
            self.prefix = Prefix::default();
            word = &code[at..];
            word = &word[word.chars().next().map_or(0, char::len_utf8)..];
        }
        for letter in word.bytes().take(3) {
            self.prefix = self.prefix.and(letter);
        }
    }
}

impl Literal {
    const fn new(quote: char, form: Form) -> Self {
        Self {
            quote,
            triple: false,
            form,
            closing: 0,
            escaped: false,
            brace: false,
            field: 0,
        }
    }

    /// Whether nothing but a quote, a backslash or a line break changes the place.
    const fn is_plain(&self) -> bool {
        !self.escaped && !self.form.formatted && self.closing == 0
    }

    fn step(mut self, c: char) -> Place {
        if self.form.formatted && self.fields(c) {
            return Place::String(self);
        }
        let closing = std::mem::take(&mut self.closing);
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = true,
            c if c == self.quote && self.triple && closing < 2 => self.closing = closing + 1,
            c if c == self.quote => return Place::Code,
            '\n' if !self.triple => return Place::Code,
            _ => {}
        }
        Place::String(self)
    }

    /// Follows replacement fields; whether the character belongs to one.
    fn fields(&mut self, c: char) -> bool {
        let brace = std::mem::take(&mut self.brace);
        match c {
            '{' if self.field == 0 && !brace => self.brace = true,
            '{' if self.field == 0 => {}
            '{' => self.field += 1,
            '}' if self.field > 0 => self.field -= 1,
            '}' if brace => {}
            _ if brace => self.field = 1,
            _ => return self.field > 0,
        }
        true
    }
}

/// Writes a string of its own.
pub(super) fn write_string(text: &str, out: &mut String) -> Result<(), String> {
    let single = text.contains('"') && !text.contains('\'');
    let quote = if single { '\'' } else { '"' };
    out.push(quote);
    write_inside(text, &Literal::new(quote, Form::default()), out)?;
    out.push(quote);
    Ok(())
}

/// Writes text inside of a string literal.
fn write_inside(text: &str, literal: &Literal, out: &mut String) -> Result<(), String> {
    let Literal {
        quote,
        triple,
        form,
        ..
    } = *literal;
    let plain =
        |b: u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\'' | b'\\' | b'{' | b'}');
    if text.bytes().all(plain) {
        out.push_str(text);
        return Ok(());
    }
    if form.bytes && !text.is_ascii() {
        return Err("it has a character that bytes cannot hold".to_owned());
    }
    let start = out.len();
    for c in text.chars() {
        match c {
            '\n' if triple && !form.raw => out.push('\n'),
            '{' | '}' if form.formatted => out.extend([c, c]),
            c if c == quote => out.extend(['\\', c]),
            c => escape(c, out),
        }
    }
    if form.raw && (out[start..] != *text || text.contains(['\\', '"', '\''])) {
        return Err("it has a character that a raw string cannot hold".to_owned());
    }
    Ok(())
}

fn escape(c: char, out: &mut String) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c.is_control() || hides(c) => out.extend(unicode_escape(c)),
        '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{a0}' => {
            out.extend(unicode_escape(c));
        }
        c => out.push(c),
    }
}
