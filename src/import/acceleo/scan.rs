//! From the text of a module to text and tags.

use std::ops::Range;

use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, FileId, Span};

/// What a tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `[word …]`, which opens a block.
    Open,
    /// `[/word]`.
    Close,
    /// `[elseif …]`, `[else]`, `[elselet …]`.
    Else,
    /// `[word …/]`: a module, an import, a query.
    Single,
    /// `[comment …/]`, `[comment]…[/comment]`, `[** … */]`.
    Comment,
    /// `[expression/]`.
    Expression,
}

/// What stands between `[` and `]`.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) kind: Kind,
    /// Its first word, where it has one.
    pub(super) word: &'static str,
    pub(super) span: Span,
    /// What stands behind the word.
    pub(super) inner: Span,
}

#[derive(Clone, Debug)]
pub(super) enum Token {
    Text(Span),
    Tag(Tag),
}

const OPENING: &[&str] = &[
    "template",
    "for",
    "if",
    "let",
    "file",
    "protected",
    "trace",
    "macro",
];
const DIVIDING: &[&str] = &["elseif", "elselet", "else"];
const SINGLE: &[&str] = &["module", "import", "query"];

/// A part of the file without the blanks around it.
pub(super) fn trimmed(text: &str, span: Span) -> Excerpt {
    let whole = &text[span.range()];
    let start = whole.len() - whole.trim_start().len();
    let kept = whole.trim();
    let start = if kept.is_empty() { 0 } else { start };
    Excerpt::direct(kept, span.part(start, kept.len()))
}

/// Splits the text of a file.
pub(super) fn scan(text: &str, file: FileId, diagnostics: &mut Diagnostics) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(next) = text[at..].find('[').map(|n| at + n) {
        if let Some((kind, word, inner, end)) = tag(text, next) {
            if from < next {
                tokens.push(Token::Text(Span::new(file, from, next)));
            }
            tokens.push(Token::Tag(Tag {
                kind,
                word,
                span: Span::new(file, next, end),
                inner: Span::new(file, inner.start, inner.end),
            }));
            (from, at) = (end, end);
        } else {
            let span = Span::new(file, next, next + 1);
            let message = "this tag has no end: `]` is missing, or `/]` behind an expression";
            let finding = Diagnostic::error(Code::TemplateSyntax, span, message);
            diagnostics.push(finding.hint("a bracket that is text is written `['['/]`"));
            at = next + 1;
        }
    }
    if from < text.len() {
        tokens.push(Token::Text(Span::new(file, from, text.len())));
    }
    tokens
}

/// The tag that begins at a bracket: what it is, what it holds, and where it ends.
fn tag(text: &str, open: usize) -> Option<(Kind, &'static str, Range<usize>, usize)> {
    let start = open + 1;
    let rest = &text[start..];
    if rest.starts_with("**") {
        let end = start + rest.find("*/]")?;
        return Some((Kind::Comment, "", start + 2..end, end + 3));
    }
    if let Some(name) = rest.strip_prefix('/') {
        let end = start + rest.find(']')?;
        let known = |w: &&&str| word(name) == **w;
        let word = OPENING.iter().find(known).copied().unwrap_or_default();
        return Some((Kind::Close, word, start + 1..end, end + 1));
    }
    let first = word(rest.trim_start());
    let behind = text.len() - rest.trim_start().len() + first.len();
    if first == "comment" {
        return comment(text, behind);
    }
    let find = |words: &[&'static str]| words.iter().copied().find(|w| *w == first);
    // A variable may be called as a tag is: `[file.name/]`.
    let is_head = !text[behind..]
        .trim_start()
        .starts_with(['.', '-', '/', '+', '=', ':']);
    if let Some(word) = find(SINGLE).filter(|_| is_head) {
        let (inner, end) = until(text, behind, "]")?;
        let inner = inner.start..inner.end - usize::from(text[inner.clone()].ends_with('/'));
        return Some((Kind::Single, word, inner, end));
    }
    let head = |words, kind| find(words).filter(|_| is_head).map(|word| (word, kind));
    if let Some((word, kind)) = head(OPENING, Kind::Open).or(head(DIVIDING, Kind::Else)) {
        let (inner, end) = until(text, behind, "]")?;
        return Some((kind, word, inner, end));
    }
    let (inner, end) = until(text, start, "/]")?;
    Some((Kind::Expression, "", inner, end))
}

/// The letters at the beginning of a text.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// `[comment text/]` or `[comment]text[/comment]`, from behind its word.
fn comment(text: &str, at: usize) -> Option<(Kind, &'static str, Range<usize>, usize)> {
    let rest = &text[at..];
    if rest.trim_start().starts_with(']') {
        let start = at + rest.find(']')? + 1;
        let end = start + text[start..].find("[/comment]")?;
        return Some((Kind::Comment, "comment", start..end, end + 10));
    }
    let end = at + rest.find("/]")?;
    Some((Kind::Comment, "comment", at..end, end + 2))
}

/// What stands before a mark that is in no text in quotes, and where the mark ends.
fn until(text: &str, from: usize, mark: &str) -> Option<(Range<usize>, usize)> {
    let mut at = from;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(mark) {
            return Some((from..at, at + mark.len()));
        }
        at = after(text, at);
    }
    None
}

/// Behind the character, or the text in quotes, that begins at a place.
pub(super) fn after(text: &str, at: usize) -> usize {
    let mut chars = text[at..].char_indices();
    let Some((_, first)) = chars.next() else {
        return at + 1;
    };
    if first != '\'' {
        return at + first.len_utf8();
    }
    let mut escaped = false;
    for (index, c) in chars {
        if c == '\'' && !escaped {
            return at + index + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}
