//! A place in the text of a template, and the mistake that was found furthest in.

use crate::diag::{Code, Diagnostic, Excerpt, FileId, Span};

/// What is wrong with a tag.
#[derive(Clone, Debug)]
pub(super) struct Wrong {
    span: Span,
    code: Code,
    message: String,
}

impl Wrong {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            code: Code::TemplateSyntax,
            message: message.into(),
        }
    }

    pub(super) fn diagnostic(self) -> Diagnostic {
        Diagnostic::error(self.code, self.span, self.message)
    }
}

/// A place between the first byte of a text and `end`.
pub(super) struct Cursor<'t> {
    text: &'t str,
    pub(super) file: FileId,
    pub(super) at: usize,
    end: usize,
    /// How deep parentheses and brackets nest here.
    pub(super) depth: usize,
    /// Where reading got stuck furthest in, and why.
    stuck: Option<(usize, Wrong)>,
    /// Something that is read well and means nothing.
    pub(super) invalid: Option<Wrong>,
    /// What stands nowhere from a place on, so that it is looked for once.
    missing: Vec<(&'static str, usize)>,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, body: Span) -> Self {
        Self {
            text,
            file: body.file,
            at: body.range().start,
            end: body.range().end,
            depth: 0,
            stuck: None,
            invalid: None,
            missing: Vec::new(),
        }
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..self.end]
    }

    pub(super) fn end(&self) -> usize {
        self.end
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'t str {
        &self.text[from..to]
    }

    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.file, from, to)
    }

    pub(super) fn excerpt(&self, from: usize, to: usize) -> Excerpt {
        Excerpt::direct(self.slice(from, to), self.span(from, to))
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn sees(&self, what: &str) -> bool {
        self.rest().starts_with(what)
    }

    pub(super) fn eat(&mut self, what: &str) -> bool {
        let found = self.sees(what);
        if found {
            self.at += what.len();
        }
        found
    }

    /// How far away something stands that ends a part.
    pub(super) fn find(&mut self, what: &'static str) -> Option<usize> {
        let known = |(text, from): &(&str, usize)| *text == what && *from <= self.at;
        if self.missing.iter().any(known) {
            return None;
        }
        let found = self.rest().find(what);
        if found.is_none() {
            self.missing.push((what, self.at));
        }
        found
    }

    /// Takes one character or more of a kind.
    pub(super) fn run(&mut self, kind: impl Fn(char) -> bool) -> bool {
        let rest = self.rest();
        let width = rest.find(|c| !kind(c)).unwrap_or(rest.len());
        self.at += width;
        width > 0
    }

    /// Passes what the language takes for white space inside of tags.
    pub(super) fn blanks(&mut self) {
        self.run(is_blank);
    }

    /// Tries to read something; where it is not there, nothing is taken.
    pub(super) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let (at, depth, invalid) = (self.at, self.depth, self.invalid.clone());
        let found = read(self);
        if found.is_none() {
            (self.at, self.depth, self.invalid) = (at, depth, invalid);
        }
        found
    }

    /// Says why nothing could be read here; of several reasons the one furthest in counts, and of two
    /// there the later, which knows more of what stands around.
    pub(super) fn stuck<T>(&mut self, span: Span, message: impl Into<String>) -> Option<T> {
        if self.stuck.as_ref().is_none_or(|(at, _)| self.at >= *at) {
            self.stuck = Some((self.at, Wrong::new(span, message)));
        }
        None
    }

    /// Says that a part is read well and means nothing.
    pub(super) fn invalid(&mut self, span: Span, message: impl Into<String>) {
        self.invalid.get_or_insert(Wrong::new(span, message));
    }

    /// Says that a part nests too deep, which ends the reading.
    pub(super) fn too_deep<T>(&mut self, span: Span, message: impl Into<String>) -> Option<T> {
        let wrong = Wrong {
            span,
            code: Code::Limit,
            message: message.into(),
        };
        self.stuck = Some((usize::MAX, wrong));
        None
    }

    /// Says why nothing could be read here, whatever else was tried.
    pub(super) fn surely<T>(&mut self, span: Span, message: impl Into<String>) -> Option<T> {
        self.stuck = Some((usize::MAX, Wrong::new(span, message)));
        None
    }

    /// What reading was stuck at since the last time.
    pub(super) fn take_stuck(&mut self) -> Option<Wrong> {
        self.stuck.take().map(|(_, wrong)| wrong)
    }
}

/// White space between the parts of a tag.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// What names consist of.
pub(super) fn is_symbol(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$' | ':') || c >= '\u{80}'
}

/// What the names of partial templates consist of.
pub(super) fn is_partial_symbol(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '@' | '/' | '.') || c >= '\u{80}'
}
