//! Text in quotes inside of a tag, with the escapes of JSON.

use super::cursor::Cursor;
use crate::diag::Excerpt;

/// Reads a text in double or single quotes, without them.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Option<Excerpt> {
    let open = cursor.at;
    let quote = cursor.peek().filter(|c| matches!(c, '"' | '\''))?;
    cursor.at += 1;
    let start = cursor.at;
    let mut text = Unescaped::default();
    loop {
        let Some(c) = cursor.peek() else {
            return unclosed(cursor, open);
        };
        match c {
            c if c == quote => break,
            '\\' => escape(cursor, quote, &mut text)?,
            c => {
                if c.is_control() && (c as u32) < 0x20 {
                    unclosed_on_its_line(cursor, open, c);
                }
                text.push(c, cursor.at);
                cursor.at += c.len_utf8();
            }
        }
    }
    let end = cursor.at;
    cursor.at += 1;
    Some(text.excerpt(cursor, (start, end)))
}

fn unclosed<T>(cursor: &mut Cursor<'_>, open: usize) -> Option<T> {
    cursor.stuck(cursor.span(open, open + 1), "this quote is not closed")
}

fn unclosed_on_its_line(cursor: &mut Cursor<'_>, open: usize, c: char) {
    let span = cursor.span(open, open + 1);
    if c == '\n' || c == '\r' {
        cursor.invalid(span, "this quote is not closed on its line");
    } else {
        cursor.invalid(
            span,
            format!("a text has no `{}` but as an escape", c.escape_default()),
        );
    }
}

/// Reads a backslash and what it stands for.
fn escape(cursor: &mut Cursor<'_>, quote: char, text: &mut Unescaped) -> Option<()> {
    let start = cursor.at;
    let c = cursor.rest()[1..].chars().next();
    let plain = match c {
        Some(c) if c == quote || c == '\\' || c == '/' => Some(c),
        Some('b') => Some('\u{8}'),
        Some('f') => Some('\u{c}'),
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some('t') => Some('\t'),
        _ => None,
    };
    if let Some(plain) = plain {
        text.push(plain, start);
        cursor.at += 2;
        return Some(());
    }
    let digits = cursor.rest().get(2..6);
    if c == Some('u')
        && let Some(digits) = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        text.push_unit(u16::from_str_radix(digits, 16).ok()?, start);
        cursor.at += 6;
        return Some(());
    }
    let span = cursor.span(start, start + 1);
    cursor.stuck(
        span,
        format!(
            "a backslash in a text stands before one of `{quote}\\/bfnrt`, or `u` and four digits"
        ),
    )
}

/// A text while its escapes are resolved, with where each of its bytes stands.
#[derive(Default)]
struct Unescaped {
    text: String,
    offsets: Vec<u32>,
    /// The first half of a character that two escapes make.
    surrogate: Option<u16>,
    /// Whether such a half stands alone somewhere.
    broken: bool,
}

impl Unescaped {
    fn push(&mut self, c: char, at: usize) {
        self.broken |= self.surrogate.is_some();
        self.add(c, at);
    }

    fn add(&mut self, c: char, at: usize) {
        self.text.push(c);
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.offsets.resize(self.text.len(), at);
    }

    fn push_unit(&mut self, unit: u16, at: usize) {
        let units: Vec<u16> = self.surrogate.take().into_iter().chain([unit]).collect();
        match char::decode_utf16(units.iter().copied()).next() {
            Some(Ok(c)) => self.add(c, at),
            _ if units.len() == 1 && (0xd800..0xdc00).contains(&unit) => {
                self.surrogate = Some(unit);
            }
            _ => self.broken = true,
        }
    }

    fn excerpt(mut self, cursor: &mut Cursor<'_>, (start, end): (usize, usize)) -> Excerpt {
        let span = cursor.span(start, end);
        if self.broken || self.surrogate.is_some() {
            cursor.invalid(span, "half a character is escaped here");
        }
        if self.text == cursor.slice(start, end) {
            return Excerpt::direct(self.text, span);
        }
        self.offsets.push(span.end);
        Excerpt::mapped(self.text, span, self.offsets)
    }
}
