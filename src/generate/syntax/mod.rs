//! Handlebars' language with the place of every part: tokens, then a tree.
//!
//! The handlebars crate decides what is valid; its tree lacks the places that the static checks need, so this reader
//! is our own. It goes on after a mistake and reports all of them.

mod parser;
mod scanner;

pub use parser::parse;

use std::sync::Arc;

use crate::diag::{Excerpt, Span};

/// A part of a template.
#[derive(Clone, Debug)]
pub enum Node {
    /// Text that is printed as it stands; bytes of the file.
    Text(Span),
    /// `{{value}}` or `{{helper value}}`.
    Print(Call),
    /// `{{#if}}` with its `{{else if}}` and `{{else}}`.
    If(Vec<Branch>),
    /// `{{#each}}`, `{{#with}}` and helpers unknown to us.
    Block(Block),
    /// `{{> name key=value}}`.
    Partial(Partial),
}

/// A condition and what it guards; the last of an `if` may have none.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The condition; `None` for `{{else}}`.
    pub condition: Option<Argument>,
    /// Whether the parts are printed where the condition is false.
    pub negated: bool,
    /// What it guards.
    pub body: Vec<Node>,
}

/// A block other than `if`.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its name and arguments.
    pub call: Call,
    /// The names between `|` and `|`.
    pub parameters: Vec<Excerpt>,
    /// What it repeats or scopes.
    pub body: Vec<Node>,
    /// What stands behind `{{else}}`.
    pub otherwise: Vec<Node>,
}

/// A use of a partial template.
#[derive(Clone, Debug)]
pub struct Partial {
    /// Its name.
    pub name: Excerpt,
    /// What it is given.
    pub arguments: Vec<(Excerpt, Argument)>,
    /// The blanks before it where it stands on a line of its own: each of its lines gets them.
    pub indent: Arc<str>,
    /// The whole tag.
    pub span: Span,
}

/// A name with arguments.
#[derive(Clone, Debug)]
pub struct Call {
    /// A path or the name of a helper.
    pub name: Argument,
    /// What follows it.
    pub arguments: Vec<Argument>,
    /// The whole tag, or the parentheses.
    pub span: Span,
}

/// A value as it is written.
#[derive(Clone, Debug)]
pub enum Argument {
    /// `p.training.algorithm`.
    Path(Excerpt),
    /// `@first`.
    Data(Excerpt),
    /// `"text"`, without its quotes.
    Text(Excerpt),
    /// `1`, `true`, `null`.
    Literal(Excerpt),
    /// `(helper value)`.
    Call(Box<Call>),
}

impl Argument {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Path(e) | Self::Data(e) | Self::Text(e) | Self::Literal(e) => e.span,
            Self::Call(call) => call.span,
        }
    }
}
