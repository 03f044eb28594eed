//! From the text of a template to text and tags, with Handlebars' rules for white space.

use crate::diag::{Code, Diagnostic, Diagnostics, Span};

/// What a tag is, by its first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagKind {
    Print,
    Open,
    Inverse,
    Close,
    Else,
    Partial,
    Comment,
}

#[derive(Clone, Debug)]
pub(super) enum Token {
    Text(Span),
    Tag {
        kind: TagKind,
        /// The whole tag.
        span: Span,
        /// What stands behind the mark and before the braces.
        inside: Span,
        /// The blanks before a tag on a line of its own.
        indent: Span,
    },
}

struct Raw {
    kind: TagKind,
    start: usize,
    end: usize,
    inside: (usize, usize),
    trim_before: bool,
    trim_after: bool,
}

/// Splits `body`, a part of `text`, the text of the whole file.
pub(super) fn scan(text: &str, body: Span, diagnostics: &mut Diagnostics) -> Vec<Token> {
    let (begin, end) = (body.range().start, body.range().end);
    let mut tokens = Vec::new();
    let mut at = begin;
    let mut from = begin;
    while let Some(open) = text[at..end].find("{{").map(|n| at + n) {
        let backslashes = text[from..open]
            .bytes()
            .rev()
            .take_while(|b| *b == b'\\')
            .count();
        if backslashes > 1 {
            // `\\{{x}}` prints a backslash and the value.
            push_text(&mut tokens, body, (from, open - 1));
            from = open;
        } else if backslashes == 1 {
            // `\{{` prints `{{`: the backslash is left out.
            push_text(&mut tokens, body, (from, open - 1));
            from = open;
            at = open + 2;
            continue;
        }
        let Some(raw) = tag(text, (open, end), body, diagnostics) else {
            break;
        };
        push_text(&mut tokens, body, (from, open));
        let span = |a: usize, b: usize| Span::new(body.file, a, b);
        let indent = span(raw.start, raw.start);
        tokens.push(Token::Tag {
            kind: raw.kind,
            span: span(raw.start, raw.end),
            inside: span(raw.inside.0, raw.inside.1),
            indent,
        });
        trim(text, &mut tokens, &raw, begin);
        from = after(text, &raw, end, &tokens);
        at = from;
    }
    push_text(&mut tokens, body, (from, end));
    tokens
}

fn push_text(tokens: &mut Vec<Token>, body: Span, range: (usize, usize)) {
    if range.0 < range.1 {
        tokens.push(Token::Text(Span::new(body.file, range.0, range.1)));
    }
}

/// Reads one tag. `None` where it has no end.
fn tag(
    text: &str,
    range: (usize, usize),
    body: Span,
    diagnostics: &mut Diagnostics,
) -> Option<Raw> {
    let (open, end) = range;
    let mut wrong = |span: Span, message: &str| {
        diagnostics.push(Diagnostic::error(Code::TemplateSyntax, span, message));
    };
    let mut at = open + 2;
    let trim_before = text[at..end].starts_with('~');
    at += usize::from(trim_before);
    if text[at..end].starts_with('{') || text[at..end].starts_with('&') {
        wrong(
            Span::new(body.file, open, at + 1),
            "raw output is refused: what is printed is escaped for its place",
        );
    }
    let (kind, mark) = match text[at..end].chars().next() {
        Some('#') => (TagKind::Open, 1),
        Some('^') => (TagKind::Inverse, 1),
        Some('/') => (TagKind::Close, 1),
        Some('>') => (TagKind::Partial, 1),
        Some('!') => (TagKind::Comment, 1),
        Some('{' | '&') => (TagKind::Print, 1),
        _ => (TagKind::Print, 0),
    };
    let inside = at + mark;
    let (closer, width) = if text[at..end].starts_with("!--") {
        ("--", 2)
    } else {
        ("", 0)
    };
    let Some(close) = find_close(&text[inside..end], closer).map(|n| inside + n) else {
        wrong(
            Span::new(body.file, open, open + 2),
            "this tag has no end: `}}` is missing",
        );
        return None;
    };
    let content_end = close;
    let mut close = close + width;
    let trim_after = text[close..end].starts_with('~');
    close += usize::from(trim_after);
    let mut tag_end = close + 2;
    if text[at..end].starts_with('{') && text[tag_end..end].starts_with('}') {
        tag_end += 1;
    }
    let words = text[inside..content_end].trim();
    let kind = match kind {
        TagKind::Print if words == "else" || words.starts_with("else ") => TagKind::Else,
        TagKind::Inverse if words.is_empty() => TagKind::Else,
        other => other,
    };
    Some(Raw {
        kind,
        start: open,
        end: tag_end,
        inside: (inside, content_end),
        trim_before,
        trim_after,
    })
}

/// The end of a tag's content: before `}}`, `~}}` or `--}}`, outside of quotes.
fn find_close(text: &str, closer: &str) -> Option<usize> {
    if !closer.is_empty() {
        let plain = text.find("--}}");
        let trimmed = text.find("--~}}");
        return [plain, trimmed].into_iter().flatten().min();
    }
    let mut quote = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) if c == '\\' => {
                chars.next();
            }
            None if text[at..].starts_with("}}") || text[at..].starts_with("~}}") => {
                return Some(at);
            }
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
    }
    // A quote that is never closed: the parser reports it.
    text.find("}}")
}

fn stands_alone(kind: TagKind) -> bool {
    !matches!(kind, TagKind::Print)
}

/// Whether only blanks stand between the tag and both ends of its line.
fn is_standalone(text: &str, raw: &Raw, begin: usize) -> Option<(usize, usize)> {
    if !stands_alone(raw.kind) {
        return None;
    }
    let before = &text[begin..raw.start];
    let line = before.rfind('\n').map_or(begin, |n| begin + n + 1);
    if !text[line..raw.start].chars().all(|c| c == ' ' || c == '\t') {
        return None;
    }
    let rest = &text[raw.end..];
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let after = &rest[blank..];
    let width = match after.as_bytes() {
        [] => 0,
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => return None,
    };
    Some((line, raw.end + blank + width))
}

/// Takes white space off the text before a tag.
fn trim(text: &str, tokens: &mut [Token], raw: &Raw, begin: usize) {
    let at = tokens.len() - 1;
    let cut = if raw.trim_before {
        text[..raw.start].trim_end().len()
    } else if let Some((line, _)) = is_standalone(text, raw, begin) {
        if let Token::Tag { indent, .. } = &mut tokens[at] {
            *indent = Span::new(indent.file, line, raw.start);
        }
        line
    } else {
        return;
    };
    if at > 0
        && let Token::Text(span) = &mut tokens[at - 1]
    {
        span.end = span
            .end
            .min(u32::try_from(cut).unwrap_or(u32::MAX))
            .max(span.start);
    }
}

/// Where the text behind a tag begins.
fn after(text: &str, raw: &Raw, end: usize, tokens: &[Token]) -> usize {
    if raw.trim_after {
        let rest = &text[raw.end..end];
        return raw.end + rest.len() - rest.trim_start().len();
    }
    let begin = tokens.first().map_or(raw.start, |t| match t {
        Token::Text(span) | Token::Tag { span, .. } => span.range().start,
    });
    if raw.trim_before {
        // Handlebars looks at the line as it was written.
        return is_standalone(text, raw, begin).map_or(raw.end, |(_, next)| next.min(end));
    }
    is_standalone(text, raw, begin).map_or(raw.end, |(_, next)| next.min(end))
}
