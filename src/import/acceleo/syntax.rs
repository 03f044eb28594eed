//! What a module of MTL consists of; every part knows its bytes.

use crate::diag::{Excerpt, Span};

/// A file of templates and queries.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The URIs of its metamodels.
    pub(super) uris: Vec<Excerpt>,
    pub(super) imports: Vec<Excerpt>,
    pub(super) queries: Vec<Query>,
    pub(super) templates: Vec<Template>,
}

/// `name : Type`.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: Excerpt,
    pub(super) ty: Excerpt,
}

/// `[query public name(x : T) : U = expression/]`.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) name: Excerpt,
    pub(super) parameters: Vec<Parameter>,
    pub(super) returns: Excerpt,
    pub(super) value: Excerpt,
    /// The comment before it.
    pub(super) description: Option<String>,
}

/// `[template public name(x : T) ? (guard) post (trim())]…[/template]`.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) name: Excerpt,
    pub(super) parameters: Vec<Parameter>,
    pub(super) guard: Option<Excerpt>,
    pub(super) post: Option<Excerpt>,
    pub(super) body: Vec<Node>,
    /// The comment before it.
    pub(super) description: Option<String>,
}

/// Where a tag stands on its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Among text.
    Among,
    /// With blanks and other tags that print nothing only: the line is not printed.
    Own {
        /// The blanks before it.
        indent: String,
    },
}

/// A part of the body of a template.
#[derive(Debug)]
pub(super) enum Node {
    /// Text that is printed as it stands.
    Text(Span),
    /// `[expression/]`; alone on its line it prints the blanks before it and the end of the line, too.
    Expression(Excerpt, Span, Line),
    /// `[comment text/]`.
    Comment(Excerpt, Line),
    /// A block with its branches, all of it, and how it ends.
    Block(Vec<Branch>, Span, Line),
    /// What was reported already, and cannot be read.
    Broken(Span, Line),
}

/// A part of a block: what it is, and what it holds.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) head: Head,
    pub(super) span: Span,
    pub(super) line: Line,
    pub(super) body: Vec<Node>,
}

/// What a branch of a block says.
#[derive(Debug)]
pub(super) enum Head {
    /// `[if (condition)]`, `[elseif (condition)]`.
    If(Excerpt),
    /// `[else]`.
    Else,
    /// `[for (x : T | list)]`.
    For(Box<For>),
    /// `[let x : T = value]`, `[elselet …]`.
    Let(Parameter, Excerpt),
    /// `[file (path, append, encoding)]`.
    File(File),
    /// `[protected (id)]`.
    Protected(Excerpt),
    /// `[trace (id)]`, which prints what it holds.
    Trace,
}

impl Head {
    /// The expressions that it evaluates.
    pub(super) fn expressions(&self) -> Vec<&Excerpt> {
        match self {
            Self::If(value) | Self::Let(_, value) | Self::Protected(value) => vec![value],
            Self::File(file) => vec![&file.path],
            Self::For(head) => {
                let parts = [&head.guard, &head.before, &head.separator, &head.after];
                let parts = parts.into_iter().flatten();
                std::iter::once(&head.list).chain(parts).collect()
            }
            Self::Else | Self::Trace => Vec::new(),
        }
    }
}

/// The head of a loop.
#[derive(Debug)]
pub(super) struct For {
    /// The name of the member with its type; without them it is `self`.
    pub(super) member: Option<(Excerpt, Option<Excerpt>)>,
    pub(super) list: Excerpt,
    pub(super) guard: Option<Excerpt>,
    pub(super) before: Option<Excerpt>,
    pub(super) separator: Option<Excerpt>,
    pub(super) after: Option<Excerpt>,
}

/// The head of a file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: Excerpt,
    /// The second argument: whether text is added to a file that is there.
    pub(super) mode: Option<Excerpt>,
    pub(super) encoding: Option<Excerpt>,
}
