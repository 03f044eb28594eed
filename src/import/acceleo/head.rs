//! What stands in the heads of blocks, queries and templates.

use super::scan::{after, trimmed};
use super::syntax::{File, For, Parameter};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Span};

/// Reads the head of a tag from its beginning.
pub(super) struct Cursor<'t, 'd> {
    pub(super) text: &'t str,
    at: usize,
    span: Span,
    diagnostics: &'d mut Diagnostics,
}

impl<'t, 'd> Cursor<'t, 'd> {
    pub(super) fn new(text: &'t str, span: Span, diagnostics: &'d mut Diagnostics) -> Self {
        Self {
            text,
            at: span.start as usize,
            span,
            diagnostics,
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..self.span.end as usize]
    }

    /// Passes blanks; the rest behind them.
    pub(super) fn next(&mut self) -> &'t str {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.rest()
    }

    pub(super) fn eat(&mut self, mark: &str) -> bool {
        let found = self.next().starts_with(mark);
        self.at += if found { mark.len() } else { 0 };
        found
    }

    /// Passes a word, which no letter follows.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let rest = self.next();
        let letter = |c: char| c.is_alphanumeric() || c == '_';
        let ends = |r: &str| !r.starts_with(letter);
        rest.strip_prefix(word).is_some_and(ends) && self.eat(word)
    }

    fn here(&self) -> Span {
        Span::new(
            self.span.file,
            self.at,
            self.at + self.rest().chars().next().map_or(0, char::len_utf8),
        )
    }

    pub(super) fn missing<T>(&mut self, what: &str) -> Option<T> {
        let (here, tag) = (self.here(), self.span);
        let span = if here.start < here.end { here } else { tag };
        self.diagnostics.error(
            Code::TemplateSyntax,
            span,
            format!("{what} is missing here"),
        )
    }

    /// Says that what is left is not understood.
    pub(super) fn end(&mut self) {
        if !self.next().is_empty() {
            let span = Span::new(self.span.file, self.at, self.span.end as usize);
            let message = "this part of the tag is not understood";
            self.diagnostics
                .push(Diagnostic::error(Code::TemplateSyntax, span, message));
        }
    }

    pub(super) fn name(&mut self) -> Option<Excerpt> {
        let rest = self.next();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let len = end.unwrap_or(rest.len());
        if len == 0 {
            return self.missing("a name");
        }
        Some(self.take(len))
    }

    /// The next bytes.
    fn take(&mut self, len: usize) -> Excerpt {
        let span = Span::new(self.span.file, self.at, self.at + len);
        self.at += len;
        trimmed(self.text, span)
    }

    /// All up to one of some characters that stands in no brackets and no quotes.
    pub(super) fn until(&mut self, stops: &[char]) -> Excerpt {
        let (mut at, mut depth) = (self.at, 0_i32);
        while at < self.span.end as usize {
            let c = self.text[at..].chars().next().unwrap_or_default();
            if depth == 0 && stops.contains(&c) {
                break;
            }
            depth += match c {
                '(' | '{' | '[' => 1,
                ')' | '}' | ']' => -1,
                _ => 0,
            };
            at = after(self.text, at);
        }
        self.take(at.min(self.span.end as usize) - self.at)
    }

    /// What stands between `(` and `)`.
    pub(super) fn parentheses(&mut self) -> Option<Excerpt> {
        if !self.eat("(") {
            return self.missing("`(`");
        }
        let inside = self.until(&[')']);
        if !self.eat(")") {
            return self.missing("`)`");
        }
        Some(inside)
    }

    /// The parts of an excerpt that commas keep apart.
    fn parts(&mut self, of: &Excerpt) -> Vec<Excerpt> {
        let mut cursor = Cursor::new(self.text, of.span, self.diagnostics);
        let mut parts = Vec::new();
        while !cursor.next().is_empty() {
            parts.push(cursor.until(&[',']));
            cursor.eat(",");
        }
        parts
    }

    /// `(a : T, b : U)`.
    pub(super) fn parameters(&mut self) -> Option<Vec<Parameter>> {
        let inside = self.parentheses()?;
        let mut all = Vec::new();
        for part in self.parts(&inside) {
            let mut cursor = Cursor::new(self.text, part.span, self.diagnostics);
            all.push(cursor.parameter(&[])?);
        }
        Some(all)
    }

    /// `name : Type`, up to one of some characters.
    fn parameter(&mut self, stops: &[char]) -> Option<Parameter> {
        let name = self.name()?;
        if !self.eat(":") {
            return self.missing("`: Type`");
        }
        self.next();
        let ty = self.until(stops);
        if ty.text.is_empty() {
            return self.missing("a type");
        }
        Some(Parameter { name, ty })
    }

    /// `name : Type = value`, up to one of some characters.
    pub(super) fn binding(&mut self, stops: &[char]) -> Option<(Parameter, Excerpt)> {
        let parameter = self.parameter(&['='])?;
        if !self.eat("=") {
            return self.missing("`=`");
        }
        Some((parameter, self.until(stops)))
    }

    /// `a : T = x; b : U = y; }`: the variables of a head, from behind its brace.
    pub(super) fn variables(&mut self) -> Option<Vec<(Parameter, Excerpt)>> {
        let mut all = Vec::new();
        while !self.eat("}") {
            all.push(self.binding(&[';', '}'])?);
            self.eat(";");
        }
        Some(all)
    }

    /// `overrides a, b`, up to what follows the names.
    pub(super) fn overridden(&mut self) -> Excerpt {
        self.next();
        self.until(&['?', '{'])
    }

    /// All that is left.
    pub(super) fn value(&mut self) -> Excerpt {
        self.until(&[])
    }

    /// A condition: all that is left, without parentheses around it.
    pub(super) fn condition(&mut self) -> Option<Excerpt> {
        let start = self.at;
        if self.next().is_empty() {
            return self.missing("a condition");
        }
        if self.eat("(") {
            let inside = self.until(&[')']);
            if self.eat(")") && self.next().is_empty() {
                if inside.text.is_empty() {
                    return self.missing("a condition");
                }
                return Some(inside);
            }
        }
        self.at = start;
        Some(self.value())
    }

    pub(super) fn file(&mut self) -> Option<File> {
        let inside = self.parentheses()?;
        let parts = self.parts(&inside);
        self.end();
        let mut parts = parts.into_iter();
        let Some(path) = parts.next() else {
            return self.missing("the path of the file");
        };
        Some(File {
            path,
            mode: parts.next(),
            encoding: parts.next(),
        })
    }

    pub(super) fn loop_head(&mut self) -> Option<For> {
        let inside = self.parentheses()?;
        let mut cursor = Cursor::new(self.text, inside.span, self.diagnostics);
        let before_bar = cursor.until(&['|']);
        let (member, list) = if cursor.eat("|") {
            let mut of = Cursor::new(cursor.text, before_bar.span, cursor.diagnostics);
            let name = of.name()?;
            let ty = of.eat(":").then(|| of.value());
            of.end();
            (Some((name, ty)), cursor.value())
        } else {
            (None, inside)
        };
        if list.text.is_empty() {
            return self.missing("a list");
        }
        let mut head = For {
            member,
            list,
            guard: None,
            before: None,
            separator: None,
            after: None,
        };
        loop {
            let slot = if self.eat("?") {
                &mut head.guard
            } else if self.eat_word("before") {
                &mut head.before
            } else if self.eat_word("separator") {
                &mut head.separator
            } else if self.eat_word("after") {
                &mut head.after
            } else {
                self.end();
                return Some(head);
            };
            *slot = Some(self.parentheses()?);
        }
    }
}
