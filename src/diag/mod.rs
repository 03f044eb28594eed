//! What is wrong in a user's files, and where.
//!
//! A [`Diagnostic`] names a [`Code`], says one sentence, and points at byte ranges ([`Span`]) of [`Sources`].
//! Readers, checkers, rules and templates collect them; nothing here knows what a model is. [`render`] turns
//! them into text for people and for machines.

mod code;
mod found;
mod line;
mod nearest;
pub mod render;
mod source;

pub use code::{CODES, Code, CodeInfo};
pub use found::Diagnostics;
pub use line::{counted, hides, one_line};
pub use nearest::{did_you_mean, nearest};
pub use source::{Excerpt, FileId, Position, Quotes, SourceFile, Sources, Span};

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is generated while one of these stands.
    Error,
    /// Generation goes on.
    Warning,
}

impl Severity {
    /// The word that people and machines read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A place in a source file and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The bytes to underline.
    pub span: Span,
    /// What to print under them; may be empty.
    pub text: String,
}

/// A change of text that would resolve a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What applying it does, as an imperative.
    pub title: String,
    /// The bytes to replace.
    pub span: Span,
    /// What to put there.
    pub replacement: String,
    /// Whether it is right in any case, so that it may be made without a look at it.
    pub is_safe: bool,
}

/// One finding about the user's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of finding it is.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence that is enough by itself: lower case, no final period.
    pub message: String,
    /// The place to look at first.
    pub primary: Option<Label>,
    /// Further places that explain the first.
    pub related: Vec<Label>,
    /// What the user can do.
    pub hints: Vec<String>,
    /// Changes that would resolve it, each of them by itself.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// Makes an error of `code` at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, Some(span), message.into())
    }

    /// Makes a warning of `code` at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, Some(span), message.into())
    }

    /// Makes an error that belongs to no place in a file.
    pub fn global(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, None, message.into())
    }

    fn new(code: Code, severity: Severity, span: Option<Span>, message: String) -> Self {
        Self {
            code,
            severity,
            message: shortened(message),
            primary: span.map(|span| Label {
                span,
                text: String::new(),
            }),
            related: Vec::new(),
            hints: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Sets the text under the primary span.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = &mut self.primary {
            label.text = text.into();
        }
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds something that the user can do.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hints.push(shortened(text.into()));
        self
    }

    /// Suggests the nearest of `known` to the `wrong` name that stands at the primary span, as a hint and a fix.
    #[must_use]
    pub fn suggest<'a>(self, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let Some(near) = nearest(wrong, known) else {
            return self;
        };
        let near = near.to_owned();
        self.replace_with(format!("did you mean `{near}`?"), near)
    }

    /// Adds a hint, and the fix that puts `replacement` in the place of the primary span.
    #[must_use]
    pub fn replace_with(mut self, hint: impl Into<String>, replacement: impl Into<String>) -> Self {
        if let Some(span) = self.primary.as_ref().map(|label| label.span) {
            self = self.replace_at(span, replacement);
        }
        self.hint(hint)
    }

    /// Adds the fix that puts `replacement` in the place of a span.
    #[must_use]
    pub fn replace_at(self, span: Span, replacement: impl Into<String>) -> Self {
        let replacement = replacement.into();
        let title = format!("replace by `{replacement}`");
        self.edit(title, span, replacement)
    }

    /// Adds a fix that says what it does.
    #[must_use]
    pub fn edit(
        mut self,
        title: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        self.fixes.push(Fix {
            title: shortened(title.into()),
            span,
            replacement: replacement.into(),
            is_safe: false,
        });
        self
    }

    /// Whether it stops generation.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// How long a message or a hint may be, in bytes: names in a file may be of any length.
const MAX_TEXT: usize = 2000;

/// A text without its middle, where it is longer than anybody reads.
fn shortened(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let start = text.floor_char_boundary(MAX_TEXT / 2);
        let end = text.ceil_char_boundary(text.len() - MAX_TEXT / 4);
        text.replace_range(start..end, " … ");
    }
    text
}
