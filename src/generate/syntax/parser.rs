//! From tokens to a tree.

use super::scanner::{TagKind, Token, scan};
use super::{Argument, Block, Branch, Call, Node, Partial};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Span};

/// How deep blocks and parentheses may nest.
const MAX_DEPTH: usize = 100;

/// Reads the part `body` of a file whose text is `text`.
pub fn parse(text: &str, body: Span, diagnostics: &mut Diagnostics) -> Vec<Node> {
    let tokens = scan(text, body, diagnostics);
    let mut parser = Parser {
        depth: 0,
        text,
        tokens,
        at: 0,
        diagnostics,
    };
    let mut nodes = Vec::new();
    loop {
        nodes.extend(parser.nodes());
        let Some(Token::Tag {
            span, inside, kind, ..
        }) = parser.tokens.get(parser.at).cloned()
        else {
            break;
        };
        let word = parser.slice(inside).trim().to_owned();
        let message = match kind {
            TagKind::Else => "`{{else}}` stands in no block".to_owned(),
            _ => format!("`{{{{/{word}}}}}` closes no block"),
        };
        parser.report(span, message);
        parser.at += 1;
    }
    nodes
}

struct Parser<'t, 'd> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    diagnostics: &'d mut Diagnostics,
}

impl<'t> Parser<'t, '_> {
    fn slice(&self, span: Span) -> &'t str {
        &self.text[span.range()]
    }

    fn report(&mut self, span: Span, message: String) {
        self.diagnostics
            .push(Diagnostic::error(Code::TemplateSyntax, span, message));
    }

    /// Parts up to a tag that ends or splits a block, which is not taken.
    fn nodes(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        while let Some(token) = self.tokens.get(self.at).cloned() {
            match token {
                Token::Text(span) => nodes.push(Node::Text(span)),
                Token::Tag {
                    kind: TagKind::Close | TagKind::Else,
                    ..
                } => return nodes,
                Token::Tag {
                    kind: TagKind::Comment,
                    ..
                } => {}
                Token::Tag {
                    kind: TagKind::Print,
                    span,
                    inside,
                    ..
                } => {
                    nodes.extend(self.call(inside, span).map(Node::Print));
                }
                Token::Tag {
                    kind: TagKind::Partial,
                    span,
                    inside,
                    indent,
                } => {
                    nodes.extend(self.partial(inside, span, indent).map(Node::Partial));
                }
                Token::Tag {
                    kind: TagKind::Open | TagKind::Inverse,
                    span,
                    inside,
                    ..
                } => {
                    self.at += 1;
                    nodes.extend(self.block(inside, span));
                    continue;
                }
            }
            self.at += 1;
        }
        nodes
    }

    /// Goes one level deeper; at the limit, nothing more is read.
    fn enter(&mut self, span: Span) -> bool {
        self.depth += 1;
        if self.depth == MAX_DEPTH + 1 {
            let message = format!("blocks and parentheses nest deeper than {MAX_DEPTH}");
            self.diagnostics
                .push(Diagnostic::error(Code::Limit, span, message));
            self.at = self.tokens.len();
        }
        self.depth <= MAX_DEPTH
    }

    fn block(&mut self, inside: Span, span: Span) -> Option<Node> {
        if !self.enter(span) {
            return None;
        }
        let node = self.block_inside(inside, span);
        self.depth -= 1;
        node
    }

    fn block_inside(&mut self, inside: Span, span: Span) -> Option<Node> {
        let (head, parameters) = self.block_parameters(inside);
        let call = self.call(head, span);
        let name = call
            .as_ref()
            .map_or("", |c| self.slice(c.name.span()))
            .to_owned();
        let body = self.nodes();
        let node = match name.as_str() {
            "if" | "unless" => {
                let mut branches = vec![self.branch(call.as_ref(), body, span)];
                branches[0].negated = name == "unless";
                self.else_branches(&mut branches);
                Some(Node::If(branches))
            }
            _ => {
                let otherwise = self.otherwise();
                call.map(|call| {
                    Node::Block(Block {
                        call,
                        parameters,
                        body,
                        otherwise,
                    })
                })
            }
        };
        self.close(&name, span);
        node
    }

    fn branch(&mut self, call: Option<&Call>, body: Vec<Node>, span: Span) -> Branch {
        let condition = call.and_then(|c| c.arguments.first().cloned());
        if call.is_some_and(|c| c.arguments.len() != 1) {
            self.report(
                span,
                "a condition is one value; put an expression into `(q \"…\")`".to_owned(),
            );
        }
        Branch {
            condition,
            negated: false,
            body,
        }
    }

    fn else_branches(&mut self, branches: &mut Vec<Branch>) {
        while let Some(Token::Tag {
            kind: TagKind::Else,
            span,
            inside,
            ..
        }) = self.tokens.get(self.at).cloned()
        {
            self.at += 1;
            let words = self.slice(inside);
            let rest = words.trim_start().strip_prefix("else").unwrap_or_default();
            if rest.trim().is_empty() {
                let body = self.nodes();
                branches.push(Branch {
                    condition: None,
                    negated: false,
                    body,
                });
                continue;
            }
            let start = inside.end as usize - rest.len();
            let call = self.call(Span::new(inside.file, start, inside.end as usize), span);
            let name = call.as_ref().map(|c| self.slice(c.name.span()));
            if name.is_some_and(|n| n != "if") {
                self.report(
                    span,
                    "only `{{else}}` and `{{else if …}}` stand here".to_owned(),
                );
            }
            let body = self.nodes();
            let branch = self.branch(call.as_ref(), body, span);
            branches.push(branch);
        }
    }

    fn otherwise(&mut self) -> Vec<Node> {
        match self.tokens.get(self.at) {
            Some(Token::Tag {
                kind: TagKind::Else,
                ..
            }) => {
                self.at += 1;
                self.nodes()
            }
            _ => Vec::new(),
        }
    }

    fn close(&mut self, name: &str, open: Span) {
        let Some(Token::Tag {
            kind: TagKind::Close,
            span,
            inside,
            ..
        }) = self.tokens.get(self.at).cloned()
        else {
            if let Some(Token::Tag {
                kind: TagKind::Else,
                span,
                ..
            }) = self.tokens.get(self.at).cloned()
            {
                self.report(
                    span,
                    format!("`{{{{#{name}}}}}` has a second `{{{{else}}}}`"),
                );
                self.at += 1;
                self.nodes();
                return self.close(name, open);
            }
            self.report(
                open,
                format!("this block is not closed: `{{{{/{name}}}}}` is missing"),
            );
            return;
        };
        let word = self.slice(inside).trim();
        if word != name {
            let message = format!("`{{{{/{word}}}}}` closes `{{{{#{name}}}}}`");
            let diagnostic = Diagnostic::error(Code::TemplateSyntax, span, message);
            self.diagnostics
                .push(diagnostic.related(open, "the block is opened here"));
        }
        self.at += 1;
    }

    /// Splits `each xs as |x i|`.
    fn block_parameters(&mut self, inside: Span) -> (Span, Vec<Excerpt>) {
        let words = self.slice(inside);
        let Some(bar) = words.find(" as |") else {
            return (inside, Vec::new());
        };
        let names = &words[bar + 5..];
        let Some(close) = names.find('|') else {
            self.report(
                inside,
                "the `|` behind the names of the block is missing".to_owned(),
            );
            return (inside.part(0, bar), Vec::new());
        };
        let base = bar + 5;
        let mut parameters = Vec::new();
        let mut at = 0;
        for name in names[..close].split_whitespace() {
            let start = at + names[at..].find(name).unwrap_or_default();
            at = start + name.len();
            parameters.push(Excerpt::direct(name, inside.part(base + start, name.len())));
        }
        (inside.part(0, bar), parameters)
    }

    fn call(&mut self, inside: Span, span: Span) -> Option<Call> {
        let mut words = self.arguments(inside).into_iter();
        let Some((None, name)) = words.next() else {
            self.report(span, "this tag is empty".to_owned());
            return None;
        };
        let mut arguments = Vec::new();
        for (key, argument) in words {
            if let Some(key) = key {
                self.report(
                    key.span,
                    format!("`{}=` is known to partial templates only", key.text),
                );
            }
            arguments.push(argument);
        }
        Some(Call {
            name,
            arguments,
            span,
        })
    }

    fn partial(&mut self, inside: Span, span: Span, indent: Span) -> Option<Partial> {
        let mut words = self.arguments(inside).into_iter();
        let Some((None, Argument::Path(name) | Argument::Text(name))) = words.next() else {
            self.report(
                span,
                "`{{>` is followed by the name of a partial template".to_owned(),
            );
            return None;
        };
        let mut arguments = Vec::new();
        for (key, argument) in words {
            match key {
                Some(key) => arguments.push((key, argument)),
                None => self.report(
                    argument.span(),
                    "a partial template takes `name=value`".to_owned(),
                ),
            }
        }
        let indent = self.slice(indent).into();
        Some(Partial {
            name,
            arguments,
            indent,
            span,
        })
    }

    /// The words of a tag, each with the key before its `=`.
    fn arguments(&mut self, inside: Span) -> Vec<(Option<Excerpt>, Argument)> {
        let text = self.slice(inside);
        let mut found = Vec::new();
        let mut at = 0;
        let mut key = None;
        while let Some(skip) = text[at..].find(|c: char| !c.is_whitespace()) {
            let start = at + skip;
            let rest = &text[start..];
            let first = rest.chars().next().expect("it was just found");
            let width = match first {
                '"' | '\'' => self.quoted(rest, inside.part(start, 1)),
                '(' => self.parenthesis(rest, inside.part(start, 1)),
                _ => rest
                    .find(|c: char| c.is_whitespace() || "=()\"'".contains(c))
                    .unwrap_or(rest.len())
                    .max(1),
            };
            let word = &rest[..width];
            let span = inside.part(start, width);
            at = start + width;
            if !matches!(first, '"' | '\'' | '(') && text[at..].starts_with('=') {
                key = Some(Excerpt::direct(word, span));
                at += 1;
                continue;
            }
            let argument = match first {
                '"' | '\'' => Argument::Text(Excerpt::direct(
                    &word[1..width.max(2) - 1],
                    span.part(1, width.max(2) - 2),
                )),
                '(' => {
                    let inner = span.part(1, width.saturating_sub(2));
                    if !self.enter(span) {
                        return found;
                    }
                    let call = self.call(inner, span);
                    self.depth -= 1;
                    match call {
                        Some(call) => Argument::Call(Box::new(call)),
                        None => continue,
                    }
                }
                '@' => Argument::Data(Excerpt::direct(word, span)),
                _ if matches!(word, "true" | "false" | "null") || word.parse::<f64>().is_ok() => {
                    Argument::Literal(Excerpt::direct(word, span))
                }
                _ => Argument::Path(Excerpt::direct(word, span)),
            };
            found.push((key.take(), argument));
        }
        found
    }

    fn quoted(&mut self, rest: &str, at: Span) -> usize {
        let quote = rest.chars().next().expect("it begins with a quote");
        if let Some(end) = rest[1..].find(quote) {
            end + 2
        } else {
            self.report(at, "this quote is not closed".to_owned());
            rest.len()
        }
    }

    fn parenthesis(&mut self, rest: &str, at: Span) -> usize {
        let mut depth = 0;
        let mut quote = None;
        for (i, c) in rest.char_indices() {
            match (quote, c) {
                (Some(q), _) if c == q => quote = None,
                (None, '"' | '\'') => quote = Some(c),
                (None, '(') => depth += 1,
                (None, ')') => {
                    depth -= 1;
                    if depth == 0 {
                        return i + 1;
                    }
                }
                _ => {}
            }
        }
        self.report(at, "this parenthesis is not closed".to_owned());
        rest.len()
    }
}
