//! From tags to the tree of a module. It goes on after a mistake and reports all of them.

use super::head::Cursor;
use super::layout::{Laid, lay_out};
use super::scan::{Kind, Tag, scan, trimmed};
use super::syntax::{Branch, Head, Line, Module, Node, Query, Template};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, FileId, Span};

/// How deep blocks may nest, as in the templates that they become.
const MAX_DEPTH: usize = 100;

/// Reads a file.
pub(super) fn parse(text: &str, file: FileId, diagnostics: &mut Diagnostics) -> Module {
    let tokens = scan(text, file, diagnostics);
    let mut parser = Parser {
        text,
        file,
        tokens: lay_out(text, tokens).into_iter().peekable(),
        open: Vec::new(),
        diagnostics,
    };
    parser.module()
}

struct Parser<'t, 'd> {
    text: &'t str,
    file: FileId,
    tokens: std::iter::Peekable<std::vec::IntoIter<Laid>>,
    /// The words of the blocks that are open.
    open: Vec<&'static str>,
    diagnostics: &'d mut Diagnostics,
}

impl Parser<'_, '_> {
    fn report(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics
            .push(Diagnostic::error(Code::TemplateSyntax, span, message));
    }

    fn head(&mut self, tag: &Tag) -> Cursor<'_, '_> {
        Cursor::new(self.text, tag.inner, self.diagnostics)
    }

    fn module(&mut self) -> Module {
        let mut module = Module::default();
        let mut named = false;
        let mut comment = None;
        while let Some(token) = self.tokens.next() {
            let tag = match token {
                Laid::Tag(tag, _) => tag,
                // Text outside of templates is not printed.
                Laid::Text(_) => continue,
            };
            match (tag.kind, tag.word) {
                (Kind::Comment, _) => {
                    comment = description(&trimmed(self.text, tag.inner).text);
                    continue;
                }
                (Kind::Single, "module") => {
                    named = true;
                    module.uris = self.module_head(&tag);
                }
                (Kind::Single, "import") => module.imports.push(trimmed(self.text, tag.inner)),
                (Kind::Single, _) => {
                    let query = self.query(&tag, comment.take());
                    module.queries.extend(query);
                }
                (Kind::Open, "template") => {
                    let template = self.template(&tag, comment.take());
                    module.templates.extend(template);
                }
                (Kind::Open, "macro") => self.passed_over(&tag),
                (Kind::Close, _) => self.report(tag.span, "this closes no block"),
                _ => {
                    let message = "this stands outside of all templates";
                    self.report(tag.span, message);
                }
            }
            comment = None;
        }
        if !named {
            let start = Span::new(self.file, 0, 0);
            self.report(start, "a module begins with `[module name('URI')/]`");
        }
        module
    }

    /// The URIs in the head of a module.
    fn module_head(&mut self, tag: &Tag) -> Vec<Excerpt> {
        let inner = trimmed(self.text, tag.inner);
        if let Some(at) = inner.text.find(" extends ") {
            let span = inner.span.part(at + 1, inner.text.len() - at - 1);
            let message = "a module that extends another is not translated";
            let finding = Diagnostic::error(Code::NotTranslated, span, message);
            let hint = "what it takes from there is written out, or printed as a partial template";
            self.diagnostics.push(finding.hint(hint));
        }
        let mut at = 0;
        let mut uris = Vec::new();
        for (index, part) in inner.text.split('\'').enumerate() {
            if index % 2 == 1 {
                uris.push(Excerpt::direct(part, inner.span.part(at, part.len())));
            }
            at += part.len() + 1;
        }
        uris
    }

    /// A macro: the text of it is passed over.
    fn passed_over(&mut self, tag: &Tag) {
        let message = "a macro is not translated";
        let finding = Diagnostic::error(Code::NotTranslated, tag.span, message);
        self.diagnostics
            .push(finding.hint("a template around text is `{{#> name}}…{{/name}}`"));
        self.open.push(tag.word);
        self.nodes();
        self.open.pop();
        self.close(tag);
    }

    fn query(&mut self, tag: &Tag, description: Option<String>) -> Option<Query> {
        let mut head = self.head(tag);
        visibility(&mut head);
        let name = head.name()?;
        let parameters = head.parameters()?;
        if !head.eat(":") {
            return head.missing("the type of the query, `: Type`");
        }
        head.next();
        let returns = head.until(&['=']);
        if !head.eat("=") {
            return head.missing("`=`");
        }
        Some(Query {
            name,
            parameters,
            returns,
            value: head.value(),
            description,
        })
    }

    fn template(&mut self, tag: &Tag, description: Option<String>) -> Option<Template> {
        let template = self.template_head(tag, description);
        self.open.push("template");
        let body = self.nodes();
        self.open.pop();
        self.close(tag);
        Some(Template { body, ..template? })
    }

    fn template_head(&mut self, tag: &Tag, description: Option<String>) -> Option<Template> {
        let mut head = self.head(tag);
        visibility(&mut head);
        let name = head.name()?;
        let parameters = head.parameters()?;
        let mut template = Template {
            name,
            parameters,
            guard: None,
            post: None,
            body: Vec::new(),
            description,
        };
        loop {
            if head.eat("?") {
                template.guard = Some(head.parentheses()?);
            } else if head.eat_word("post") {
                template.post = Some(head.parentheses()?);
            } else {
                head.end();
                return Some(template);
            }
        }
    }

    /// Parts up to a tag that ends or divides a block, which is not taken.
    fn nodes(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        while let Some(token) = self.tokens.next_if(|t| !ends(t)) {
            let node = match token {
                Laid::Text(span) => Node::Text(span),
                Laid::Tag(tag, line) => match tag.kind {
                    Kind::Expression => {
                        Node::Expression(trimmed(self.text, tag.inner), tag.span, line)
                    }
                    Kind::Comment => Node::Comment(trimmed(self.text, tag.inner), line),
                    Kind::Open if tag.word != "template" && tag.word != "macro" => {
                        self.block(&tag, line)
                    }
                    _ => {
                        let message = format!("`{}` cannot stand in a template", tag.word);
                        self.report(tag.span, message);
                        Node::Broken(tag.span, line)
                    }
                },
            };
            nodes.push(node);
        }
        nodes
    }

    fn block(&mut self, tag: &Tag, line: Line) -> Node {
        let mut branches = Vec::new();
        let (mut next, mut broken) = (Some((tag.clone(), line)), false);
        self.open.push(tag.word);
        if self.open.len() == MAX_DEPTH + 1 {
            let message = format!("blocks nest deeper than {MAX_DEPTH}");
            self.diagnostics
                .push(Diagnostic::error(Code::Limit, tag.span, message));
            self.tokens.by_ref().for_each(drop);
        }
        while let Some((tag, line)) = next {
            let head = self.branch_head(&tag);
            broken |= head.is_none();
            branches.push(Branch {
                head: head.unwrap_or(Head::Trace),
                span: tag.span,
                line,
                body: self.nodes(),
            });
            let divides = |t: &Laid| matches!(t, Laid::Tag(tag, _) if tag.kind == Kind::Else);
            next = self.tokens.next_if(divides).and_then(|t| match t {
                Laid::Tag(tag, line) => Some((tag, line)),
                Laid::Text(_) => None,
            });
        }
        self.open.pop();
        let (end, line) = self.close(tag);
        let whole = tag.span.to(end);
        if broken {
            return Node::Broken(whole, Line::Among);
        }
        Node::Block(branches, whole, line)
    }

    fn branch_head(&mut self, tag: &Tag) -> Option<Head> {
        let mut head = self.head(tag);
        match tag.word {
            "if" | "elseif" => head.condition().map(Head::If),
            "else" => {
                head.end();
                Some(Head::Else)
            }
            "for" => head.loop_head().map(|f| Head::For(Box::new(f))),
            "let" | "elselet" => head.binding().map(|(p, value)| Head::Let(p, value)),
            "file" => head.file().map(Head::File),
            "protected" => head.condition().map(Head::Protected),
            _ => Some(Head::Trace),
        }
    }

    /// Takes the tag that closes a block; where it ends, and how it stands on its line.
    fn close(&mut self, open: &Tag) -> (Span, Line) {
        let word = open.word;
        let belongs_out = match self.tokens.peek() {
            Some(Laid::Tag(tag, _)) => {
                tag.kind != Kind::Close || (tag.word != word && self.open.contains(&tag.word))
            }
            _ => true,
        };
        if belongs_out {
            let message = format!("this block is not closed: `[/{word}]` is missing");
            self.report(open.span, message);
            return (open.span, Line::Among);
        }
        let Some(Laid::Tag(tag, line)) = self.tokens.next() else {
            return (open.span, Line::Among);
        };
        if tag.word != word {
            let message = format!("`[/{}]` closes `[{word}]`", &self.text[tag.inner.range()]);
            let finding = Diagnostic::error(Code::TemplateSyntax, tag.span, message);
            self.diagnostics
                .push(finding.related(open.span, "the block is opened here"));
        }
        (tag.span, line)
    }
}

fn visibility(head: &mut Cursor<'_, '_>) {
    for word in ["public", "protected", "private"] {
        if head.eat_word(word) {
            return;
        }
    }
}

/// What a comment says of what stands behind it, without stars and marks for programs.
fn description(comment: &str) -> Option<String> {
    let lines = comment
        .lines()
        .map(|l| l.trim().trim_start_matches('*').trim());
    let told = lines.filter(|l| !l.is_empty() && !l.starts_with('@') && !l.starts_with("encoding"));
    let told: Vec<&str> = told.collect();
    (!told.is_empty()).then(|| told.join(" "))
}

/// Whether a token ends or divides a block.
fn ends(token: &Laid) -> bool {
    matches!(token, Laid::Tag(tag, _) if matches!(tag.kind, Kind::Close | Kind::Else))
}
