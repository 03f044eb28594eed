//! From text and tags to a tree.

use super::scanner::{Indent, Token, scan};
use super::tag::{Tag, TagKind};
use super::{Block, Branch, Inline, Node, Partial};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};

/// How deep blocks may nest.
const MAX_DEPTH: usize = 100;

/// Reads the part `body` of a file whose text is `text`.
pub fn parse(text: &str, body: Span, diagnostics: &mut Diagnostics) -> Vec<Node> {
    let tokens = scan(text, body, diagnostics);
    let mut parser = Parser {
        open: Vec::new(),
        text,
        tokens: tokens.into_iter().peekable(),
        diagnostics,
    };
    let mut nodes = Vec::new();
    loop {
        nodes.extend(parser.nodes());
        let Some(tag) = parser.tag() else {
            return nodes;
        };
        let message = match tag.kind {
            TagKind::Close => format!("`{{{{/{}}}}}` closes no block", tag.name()),
            _ => "`{{else}}` stands in no block".to_owned(),
        };
        parser.report(tag.span, message);
    }
}

struct Parser<'t, 'd> {
    text: &'t str,
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    /// The names of the blocks that are open.
    open: Vec<String>,
    diagnostics: &'d mut Diagnostics,
}

impl Parser<'_, '_> {
    fn report(&mut self, span: Span, message: String) {
        self.diagnostics
            .push(Diagnostic::error(Code::TemplateSyntax, span, message));
    }

    /// The next token where it is a tag.
    fn tag(&mut self) -> Option<Tag> {
        match self.tokens.next_if(|t| matches!(t, Token::Tag(..)))? {
            Token::Tag(tag, _) => Some(*tag),
            Token::Text(_) => None,
        }
    }

    /// The next token where it is a tag of these kinds.
    fn tag_of(&mut self, kinds: &[TagKind]) -> Option<Tag> {
        match self.tokens.peek()? {
            Token::Tag(tag, _) if kinds.contains(&tag.kind) => self.tag(),
            _ => None,
        }
    }

    /// Parts up to a tag that ends or splits a block, which is not taken.
    fn nodes(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        while let Some(token) = self.tokens.next_if(|t| !ends(t)) {
            match token {
                Token::Text(span) if span.start < span.end => nodes.push(Node::Text(span)),
                Token::Text(_) => {}
                Token::Tag(tag, indent) => nodes.extend(self.node(*tag, indent)),
            }
        }
        nodes
    }

    fn node(&mut self, tag: Tag, indent: Indent) -> Option<Node> {
        match tag.kind {
            TagKind::Open | TagKind::OpenInline | TagKind::OpenPartial => self.opened(tag, indent),
            TagKind::Print => tag.call.map(Node::Print),
            TagKind::Raw => tag.call.map(Node::Raw),
            TagKind::Decorator => tag.call.map(Node::Decorator),
            TagKind::Verbatim => tag.call.map(Node::Verbatim),
            TagKind::Partial => {
                let (alone, indent) = (indent.alone, self.text[indent.span.range()].into());
                tag.call.map(|call| {
                    Node::Partial(Partial {
                        call,
                        body: None,
                        indent,
                        alone,
                    })
                })
            }
            TagKind::Comment | TagKind::Close | TagKind::Else | TagKind::Chain => None,
        }
    }

    /// What a tag opens, up to the tag that closes it.
    fn opened(&mut self, tag: Tag, indent: Indent) -> Option<Node> {
        let (kind, span) = (tag.kind, tag.span);
        let call = tag.call?;
        let name = call.name.text().to_owned();
        self.open.push(name.clone());
        if self.open.len() == MAX_DEPTH + 1 {
            let message = format!("blocks and parentheses nest deeper than {MAX_DEPTH}");
            self.diagnostics
                .push(Diagnostic::error(Code::Limit, span, message));
            self.tokens.by_ref().for_each(drop);
        }
        let body = self.nodes();
        let node = match kind {
            TagKind::OpenInline => Node::Inline(Inline { call, body }),
            TagKind::OpenPartial => Node::Partial(Partial {
                call,
                body: Some(body),
                // As in Handlebars, where `{{> name}}` alone indents.
                indent: "".into(),
                alone: indent.alone,
            }),
            _ => Node::Block(Block {
                branches: self.branches(Branch {
                    call: Some(call),
                    parameters: tag.parameters,
                    body,
                    span,
                }),
                indent: self.text[indent.span.range()].into(),
                alone: indent.alone,
            }),
        };
        self.open.pop();
        self.close((kind, &name), span);
        Some(node)
    }

    /// The branches of a block, of which the first is read.
    fn branches(&mut self, first: Branch) -> Vec<Branch> {
        let mut branches = vec![first];
        while let Some(tag) = self.tag_of(&[TagKind::Chain]) {
            branches.push(self.branch(tag));
        }
        if let Some(tag) = self.tag_of(&[TagKind::Else]) {
            branches.push(self.branch(tag));
        }
        branches
    }

    fn branch(&mut self, tag: Tag) -> Branch {
        Branch {
            call: tag.call,
            parameters: tag.parameters,
            body: self.nodes(),
            span: tag.span,
        }
    }

    fn close(&mut self, (kind, name): (TagKind, &str), open: Span) {
        while let Some(tag) = self.tag_of(&[TagKind::Else, TagKind::Chain]) {
            let message = match kind {
                TagKind::Open => format!("`{{{{#{name}}}}}` has a second `{{{{else}}}}`"),
                _ => format!("`{{{{else}}}}` belongs to no `{name}`"),
            };
            self.report(tag.span, message);
            self.nodes();
        }
        // What closes a block further out is left to it.
        let outer = |t: &Token| match t {
            Token::Tag(tag, _) => tag.name() != name && self.open.iter().any(|n| n == tag.name()),
            Token::Text(_) => false,
        };
        let belongs_out = self.tokens.peek().is_some_and(outer);
        let Some(tag) = (!belongs_out).then(|| self.tag()).flatten() else {
            let message = format!("this block is not closed: `{{{{/{name}}}}}` is missing");
            self.report(open, message);
            return;
        };
        let word = tag.name();
        let can = kind != TagKind::OpenPartial || !word.contains(['$', ':']);
        if (word == name && can) || (word.is_empty() && kind != TagKind::Open) {
            return;
        }
        let message = format!("`{{{{/{word}}}}}` closes `{{{{#{name}}}}}`");
        let diagnostic = Diagnostic::error(Code::TemplateSyntax, tag.span, message);
        self.diagnostics
            .push(diagnostic.related(open, "the block is opened here"));
    }
}

/// Whether a token ends or splits a block.
fn ends(token: &Token) -> bool {
    let kinds = [TagKind::Close, TagKind::Else, TagKind::Chain];
    matches!(token, Token::Tag(tag, _) if kinds.contains(&tag.kind))
}

/// The name of a partial template, without the quotes that it may have.
pub(in crate::generate) fn partial_name(name: &str) -> &str {
    let inner = name.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
    inner.unwrap_or(name)
}
