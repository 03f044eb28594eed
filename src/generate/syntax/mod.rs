//! Handlebars' language with the place of every part: tags, then a tree.
//!
//! What is valid is what the handlebars crate takes, which tests hold this reader against; the crate's own tree lacks the
//! places that the static checks need. It goes on after a mistake and reports all of them. What the language has and
//! this program does not print is in the tree, so that it can be refused by its name.

mod argument;
mod cursor;
mod parser;
mod scanner;
mod tag;
mod text;

pub use parser::parse;
pub(super) use parser::partial_name;

use std::sync::Arc;

use crate::diag::{Excerpt, Span};

/// A part of a template.
#[derive(Clone, Debug)]
pub enum Node {
    /// Text that is printed as it stands; bytes of the file.
    Text(Span),
    /// `{{value}}` or `{{helper value}}`.
    Print(Call),
    /// `{{{value}}}` or `{{&value}}`.
    Raw(Call),
    /// `{{#if x}}`, `{{#each xs}}` and the like, with what stands behind `{{else}}`.
    Block(Block),
    /// `{{> name key=value}}` or `{{#> name}}`.
    Partial(Partial),
    /// `{{#*inline "name"}}`.
    Inline(Inline),
    /// `{{* name}}`.
    Decorator(Call),
    /// `{{{{name}}}}`, whose text is not read.
    Verbatim(Call),
}

/// A block: its own branch, and those behind `{{else}}`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The branches in order: the first has a call, the others have one where they are `{{else if x}}`.
    pub branches: Vec<Branch>,
    /// The blanks before it.
    pub indent: Arc<str>,
    /// Whether it stands alone on its line.
    pub alone: bool,
}

/// A part of a block.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its name and arguments; `None` for `{{else}}`.
    pub call: Option<Call>,
    /// The names between `|` and `|`.
    pub parameters: Vec<Excerpt>,
    /// What it guards, repeats or scopes.
    pub body: Vec<Node>,
    /// Its tag.
    pub span: Span,
}

/// A use of a partial template.
#[derive(Clone, Debug)]
pub struct Partial {
    /// Its name and arguments.
    pub call: Call,
    /// What stands between `{{#> name}}` and `{{/name}}`.
    pub body: Option<Vec<Node>>,
    /// The blanks before it: each of its further lines gets them. None where it stands around text.
    pub indent: Arc<str>,
    /// Whether it stands alone on its line: the blanks are not printed before it, so that its first line gets them too.
    pub alone: bool,
}

/// A partial template inside of another template.
#[derive(Clone, Debug)]
pub struct Inline {
    /// `inline` with its name.
    pub call: Call,
    /// What it prints.
    pub body: Vec<Node>,
}

/// A name with arguments.
#[derive(Clone, Debug)]
pub struct Call {
    /// A path or the name of a helper.
    pub name: Argument,
    /// What follows it.
    pub arguments: Vec<Argument>,
    /// What follows it by name.
    pub named: Vec<(Excerpt, Argument)>,
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
    /// `1`, `true`, `null`, `[1, 2]`, `{"a": 1}`.
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

    /// Its text; that of parentheses is empty.
    pub fn text(&self) -> &str {
        match self {
            Self::Path(e) | Self::Data(e) | Self::Text(e) | Self::Literal(e) => &e.text,
            Self::Call(_) => "",
        }
    }
}
