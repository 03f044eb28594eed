//! Cutting an expression into tokens, with messages for the spellings of other languages.

use std::ops::Range;
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Excerpt};

/// A token and its bytes.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Integer(i64),
    Real(f64),
    String(Arc<str>),
    Word,
    Symbol(&'static str),
    End,
}

/// The longer ones first.
const SYMBOLS: &[&str] = &[
    "::", "->", "<>", "<=", ">=", "..", "=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", "{",
    "}", ",", ".", "|", ":", ";",
];

/// What people write who come from other languages, and what it is called here.
const FOREIGN: &[(&str, &str)] = &[
    ("!=", "<>"),
    ("==", "="),
    ("&&", "and"),
    ("||", "or"),
    ("!", "not "),
    ("%", "mod"),
    ("++", "+"),
    ("?.", "."),
];

/// An operator of ours with the blanks that keep it apart from the words before and behind it.
fn apart(ours: &str, (before, after): (&str, &str)) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if !ours.starts_with(is_word) || ours.ends_with(' ') {
        return ours.to_owned();
    }
    let left = if before.ends_with(is_word) { " " } else { "" };
    let right = if after.starts_with(is_word) { " " } else { "" };
    format!("{left}{ours}{right}")
}

/// Cuts all of the text; the last token is [`TokenKind::End`].
pub(super) fn lex(excerpt: &Excerpt) -> Result<Vec<Token>, Vec<Diagnostic>> {
    let mut lexer = Lexer {
        excerpt,
        text: &excerpt.text,
        at: 0,
        found: Vec::new(),
    };
    let mut tokens = Vec::new();
    while lexer.at < lexer.text.len() {
        let start = lexer.at;
        if let Some(kind) = lexer.token() {
            tokens.push(Token {
                kind,
                range: start..lexer.at,
            });
        }
    }
    let end = lexer.text.len();
    tokens.push(Token {
        kind: TokenKind::End,
        range: end..end,
    });
    if lexer.found.is_empty() {
        Ok(tokens)
    } else {
        Err(lexer.found)
    }
}

struct Lexer<'a> {
    excerpt: &'a Excerpt,
    text: &'a str,
    at: usize,
    found: Vec<Diagnostic>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let len = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn report(&mut self, range: Range<usize>, message: String) -> &mut Diagnostic {
        let span = self.excerpt.place(range);
        let finding = Diagnostic::error(Code::ExpressionSyntax, span, message);
        self.found.push(finding);
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    fn token(&mut self) -> Option<TokenKind> {
        let first = self.rest().chars().next()?;
        match first {
            c if c.is_whitespace() => {
                self.take_while(char::is_whitespace);
                None
            }
            c if c.is_alphabetic() || c == '_' => {
                self.take_while(|c| c.is_alphanumeric() || c == '_');
                Some(TokenKind::Word)
            }
            '0'..='9' => self.number(),
            '\'' => self.string(),
            _ => self.symbol(first),
        }
    }

    fn number(&mut self) -> Option<TokenKind> {
        let start = self.at;
        let digits = |c: char| c.is_ascii_digit();
        self.take_while(digits);
        let mut real = false;
        if self.follows(".") {
            self.at += 1;
            self.take_while(digits);
            real = true;
        }
        for exponent in ["e", "E", "e-", "E-", "e+", "E+"] {
            if self.follows(exponent) {
                self.at += exponent.len();
                self.take_while(digits);
                real = true;
            }
        }
        let text = &self.text[start..self.at];
        let number = if real {
            let value = text.parse().ok().filter(|x: &f64| x.is_finite());
            value.map(TokenKind::Real)
        } else {
            text.parse().ok().map(TokenKind::Integer)
        };
        if number.is_none() {
            let message = format!("the number `{text}` is too large");
            self.report(start..self.at, message);
        }
        number
    }

    /// Whether `mark` and then a digit come next.
    fn follows(&self, mark: &str) -> bool {
        let rest = self.rest().strip_prefix(mark);
        rest.is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
    }

    fn string(&mut self) -> Option<TokenKind> {
        let start = self.at;
        let mut value = String::new();
        self.at += 1;
        loop {
            value.push_str(self.take_while(|c| c != '\'' && c != '\\'));
            let rest = self.rest();
            if rest.is_empty() {
                self.report(start..start + 1, "this text is never closed".to_owned());
                return None;
            } else if rest.starts_with("''") {
                value.push('\'');
                self.at += 2;
            } else if rest.starts_with('\'') {
                self.at += 1;
                return Some(TokenKind::String(value.into()));
            } else {
                self.escape(&mut value);
            }
        }
    }

    fn escape(&mut self, value: &mut String) {
        let start = self.at;
        self.at += 1;
        let Some(letter) = self.rest().chars().next() else {
            return;
        };
        self.at += letter.len_utf8();
        match letter {
            'n' => value.push('\n'),
            't' => value.push('\t'),
            '\\' | '\'' => value.push(letter),
            other => {
                let message = format!("text has no escape `\\{other}`");
                let twice = format!("\\\\{other}");
                let hint = format!("a backslash is written twice: `{twice}`");
                let replacement = self.excerpt.quotes().write(&twice);
                let finding = self.report(start..self.at, message);
                *finding = finding.clone().replace_with(hint, replacement);
            }
        }
    }

    fn symbol(&mut self, first: char) -> Option<TokenKind> {
        let (start, rest) = (self.at, self.rest());
        if let Some(rest) = rest.strip_prefix('!')
            && rest.starts_with(|c: char| c.is_alphabetic())
            && self.text[..start].ends_with(|c: char| c.is_alphanumeric())
        {
            self.at += 1;
            let message = "a class of a package is written with `::`".to_owned();
            let finding = self.report(start..self.at, message);
            *finding = finding.clone().replace_with("write `::`", "::");
            return None;
        }
        if let Some((foreign, ours)) = FOREIGN.iter().find(|(f, _)| rest.starts_with(f)) {
            self.at += foreign.len();
            let (before, after) = (&self.text[..start], &self.text[self.at..]);
            let finding = self.report(start..self.at, format!("there is no operator `{foreign}`"));
            let hint = format!("write `{}`", ours.trim_end());
            *finding = finding
                .clone()
                .replace_with(hint, apart(ours, (before, after)));
            return None;
        }
        if let Some(symbol) = SYMBOLS.iter().find(|s| rest.starts_with(**s)) {
            self.at += symbol.len();
            return Some(TokenKind::Symbol(symbol));
        }
        self.at += first.len_utf8();
        let mut text = String::new();
        if first == '"' {
            let inside = self.take_while(|c| c != '"');
            self.at = self.text.len().min(self.at + 1);
            text = format!("'{}'", inside.replace('\\', "\\\\").replace('\'', "''"));
        } else if rest.starts_with("??") {
            self.at += 1;
        }
        let quotes = self.excerpt.quotes();
        let what = if rest.starts_with("??") {
            "??"
        } else {
            &rest[..first.len_utf8()]
        };
        let message = format!("`{what}` has no meaning here");
        let finding = self.report(start..self.at, message);
        let known = finding.clone();
        let explained = match first {
            '"' => known.replace_with("text stands in single quotes: `'…'`", quotes.write(&text)),
            '$' => self.unbraced(known),
            '#' => known.hint("a literal of an enum is written `Enum::LITERAL`"),
            '?' if what == "??" => {
                known.hint("what is null is asked: `if x = null then y else x endif`")
            }
            '?' => known.hint("one of two values is `if … then … else … endif`"),
            _ => known,
        };
        if let Some(last) = self.found.last_mut() {
            *last = explained;
        }
        None
    }

    /// Says that the whole text is an expression, where it stands in `${…}`.
    fn unbraced(&self, finding: Diagnostic) -> Diagnostic {
        let finding = finding.hint("all of this is an expression: it stands without `${…}`");
        let whole = self.text.trim();
        let inner = whole.strip_prefix("${").and_then(|t| t.strip_suffix('}'));
        match inner.filter(|t| !t.contains(['{', '\n'])) {
            Some(inner) => {
                let start = self.text.len() - self.text.trim_start().len();
                let span = self.excerpt.place(start..start + whole.len());
                finding.replace_at(span, self.excerpt.quotes().write(inner.trim()))
            }
            None => finding,
        }
    }
}
