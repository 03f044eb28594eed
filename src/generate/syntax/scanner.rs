//! From the text of a template to text and tags, with Handlebars' rules for white space.

use super::cursor::{Cursor, Wrong, is_blank};
use super::tag::{Tag, TagKind, rough, tag};
use crate::diag::{Diagnostics, Span};

/// The blanks before a tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Indent {
    pub(super) span: Span,
    /// Whether the tag stands alone on its line, and the blanks are not printed.
    pub(super) alone: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Token {
    Text(Span),
    /// A tag, with the blanks before it on its line, and whether it stands alone there.
    Tag(Box<Tag>, Indent),
}

/// Splits `body`, a part of `text`, the text of the whole file.
pub(super) fn scan(text: &str, body: Span, diagnostics: &mut Diagnostics) -> Vec<Token> {
    let mut cursor = Cursor::new(text, body);
    let mut scanner = Scanner {
        text,
        body,
        tokens: Vec::new(),
        takes_all: false,
        takes_line: false,
    };
    loop {
        let (start, pieces) = (cursor.at, raw_text(&mut cursor));
        scanner.text(start, &pieces);
        if cursor.rest().is_empty() {
            return scanner.tokens;
        }
        let open = cursor.at;
        let read = tag(&mut cursor);
        let invalid = cursor.invalid.take();
        let stuck = cursor.take_stuck();
        cursor.depth = 0;
        if let Some(tag) = read {
            diagnostics.extend(invalid.map(Wrong::diagnostic));
            scanner.tag(tag);
        } else {
            let wrong = invalid.into_iter().chain(stuck).next();
            diagnostics.extend(wrong.map(Wrong::diagnostic));
            scanner.broken(&mut cursor, open);
            cursor.at = behind(&cursor, open);
        }
    }
}

/// Where reading goes on behind a tag that cannot be read: behind the next `}}`, or at the next tag.
fn behind(cursor: &Cursor<'_>, open: usize) -> usize {
    let rest = cursor.slice(open, cursor.end());
    let inside = rest.trim_start_matches('{');
    let braces = rest.len() - inside.len();
    let mut pairs = inside.as_bytes().windows(2).enumerate();
    let end = pairs.find_map(|(at, pair)| match pair {
        b"}}" => Some(at + 2),
        b"{{" => Some(at),
        _ => None,
    });
    open + braces + end.unwrap_or(inside.len())
}

/// Passes text up to the next tag: its pieces, of which an escaped brace begins a new one.
fn raw_text(cursor: &mut Cursor<'_>) -> Vec<(usize, usize)> {
    let mut pieces = Vec::new();
    let mut from = cursor.at;
    loop {
        let rest = cursor.rest();
        let Some(next) = rest.find("{{") else {
            cursor.at += rest.len();
            pieces.push((from, cursor.at));
            return pieces;
        };
        let text = &rest[..next];
        let backslashes = text.len() - text.trim_end_matches('\\').len();
        cursor.at += next;
        if backslashes == 0 {
            pieces.push((from, cursor.at));
            return pieces;
        }
        // One backslash is left out: before braces that are text, or of several before a tag.
        pieces.push((from, cursor.at - backslashes));
        from = cursor.at - backslashes + 1;
        if backslashes > 1 {
            pieces.push((from, cursor.at));
            return pieces;
        }
        cursor.at += 2;
        cursor.eat("{{");
    }
}

/// Passes the text of a block whose text is not read.
pub(super) fn verbatim_text(cursor: &mut Cursor<'_>) {
    loop {
        raw_text(cursor);
        if cursor.rest().is_empty() || cursor.sees("{{{{") {
            return;
        }
        cursor.at += 1;
    }
}

struct Scanner<'t> {
    text: &'t str,
    body: Span,
    tokens: Vec<Token>,
    /// Whether the last tag takes all white space behind it.
    takes_all: bool,
    /// Whether the last tag stands alone and takes the rest of its line.
    takes_line: bool,
}

impl Scanner<'_> {
    /// Adds the text between two tags.
    fn text(&mut self, start: usize, pieces: &[(usize, usize)]) {
        let end = pieces.last().map_or(start, |p| p.1);
        let whole = &self.text[start..end];
        if whole.is_empty() || (self.takes_all && whole.chars().all(is_blank)) {
            return;
        }
        for (index, (from, to)) in pieces.iter().copied().enumerate() {
            let piece = &self.text[from..to];
            let kept = match index {
                0 if self.takes_all => piece.trim_start(),
                0 if self.takes_line => {
                    let line = piece.trim_start_matches([' ', '\t']);
                    let end = line.strip_prefix("\r\n").or(line.strip_prefix('\n'));
                    end.unwrap_or(line)
                }
                _ => piece,
            };
            if !kept.is_empty() {
                let span = Span::new(self.body.file, to - kept.len(), to);
                self.tokens.push(Token::Text(span));
            }
        }
        self.takes_line = false;
    }

    fn tag(&mut self, tag: Tag) {
        if tag.before {
            self.trim_last(char::is_whitespace);
        }
        if tag.kind != TagKind::Comment {
            self.takes_all = tag.after;
        }
        let Span { start, .. } = tag.span;
        let (start, line) = (start as usize, self.line_start(start as usize));
        let alone = !matches!(tag.kind, TagKind::Print | TagKind::Raw) && self.stands_alone(&tag);
        if !matches!(tag.kind, TagKind::Print | TagKind::Raw) {
            self.takes_line = alone;
        }
        let before = &self.text[line..start];
        let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
        let indent = if tag.before { 0 } else { indent };
        let span = Span::new(self.body.file, start - indent, start);
        self.tokens
            .push(Token::Tag(Box::new(tag), Indent { span, alone }));
    }

    /// Takes what can be told of a tag that cannot be read, so that what closes it is not reported too.
    fn broken(&mut self, cursor: &mut Cursor<'_>, open: usize) {
        cursor.at = open;
        if let Some(tag) = rough(cursor) {
            let span = Span::new(self.body.file, open, open);
            let indent = Indent { span, alone: false };
            self.tokens.push(Token::Tag(Box::new(tag), indent));
        }
    }

    fn line_start(&self, at: usize) -> usize {
        let begin = self.body.range().start;
        self.text[begin..at]
            .rfind('\n')
            .map_or(begin, |n| begin + n + 1)
    }

    /// Whether only blanks stand between a tag and both ends of its line; the blanks before it are then taken.
    fn stands_alone(&mut self, tag: &Tag) -> bool {
        let blank = |c: char| c == ' ' || c == '\t';
        let body = self.body.range();
        let tag = tag.span.range();
        let rest = &self.text[tag.end..body.end];
        let ends = rest.trim_start_matches(blank).starts_with(['\n', '\r']) || rest.is_empty();
        let before = self.text[body.start..tag.start].trim_end_matches(blank);
        let begins = before.is_empty() || before.ends_with(['\n', '\r']);
        if ends && begins {
            self.trim_last(blank);
        }
        ends && begins
    }

    fn trim_last(&mut self, taken: impl Fn(char) -> bool) {
        if let Some(Token::Text(span)) = self.tokens.last_mut() {
            let width = self.text[span.range()].trim_end_matches(taken).len();
            *span = span.part(0, width);
        }
    }
}
