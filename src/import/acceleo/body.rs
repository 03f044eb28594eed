//! The body of a template: parts of the tree become text and tags.

use std::collections::BTreeMap;

use super::emit::Piece;
use super::names::{Names, argument, called_on, printed};
use super::syntax::{Line, Node, Template};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Sources, Span};
use crate::expr::Type;
use crate::expr::acceleo::{self, Called};
use crate::generate::language::{Language, Scalar, Writer};

/// A template that is printed by others.
#[derive(Debug)]
pub(super) struct Callee {
    /// The names of its parameters.
    pub(super) parameters: Vec<String>,
    /// The templates that it prints.
    pub(super) calls: Vec<String>,
    /// Whether its text ends with its last line, so that calls of it among text go on behind it.
    pub(super) ends_open: bool,
}

/// Translates one body.
pub(super) struct Body<'a> {
    pub(super) sources: &'a Sources,
    pub(super) names: Names,
    pub(super) callees: &'a BTreeMap<String, Callee>,
    pub(super) diagnostics: &'a mut Diagnostics,
    pub(super) out: Vec<Piece>,
    pub(super) language: &'static dyn Language,
    /// The place in the artifact, followed as if every branch were printed.
    pub(super) place: Box<dyn Writer>,
    /// The first value that is printed as it is, where its language would write it as a literal.
    pub(super) raw: Option<Span>,
    /// The first value that is one word of its language, whatever blanks it has.
    pub(super) word: Option<Span>,
}

impl Body<'_> {
    pub(super) fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text(span) => {
                let text = self.sources.file(span.file).text[span.range()].replace('\r', "");
                self.print_text(&text);
            }
            Node::Expression(excerpt, span, line) => self.expression(excerpt, (*span, line)),
            Node::Comment(excerpt, line) => self.comment(&excerpt.text, line),
            Node::Block(branches, span, end) => self.block(branches, (*span, end)),
            Node::Broken(span, line) => self.left_over(*span, line),
        }
    }

    fn print_text(&mut self, text: &str) {
        self.place.feed(text);
        self.out.push(Piece::Text(text.to_owned()));
    }

    pub(super) fn tag(&mut self, tag: String, line: &Line) {
        self.out.push(match line {
            Line::Among => Piece::Tag(tag),
            Line::Own { indent } => Piece::Own(indent.clone(), tag),
        });
    }

    fn comment(&mut self, text: &str, line: &Line) {
        let for_programs = text.starts_with('@') || text.starts_with("encoding");
        if let (Line::Own { .. }, false) = (line, text.is_empty() || for_programs) {
            self.tag(commented(text), line);
        }
    }

    /// Keeps what is not translated as a comment.
    pub(super) fn left_over(&mut self, span: Span, line: &Line) {
        let source = self.sources.file(span.file).text[span.range()].replace('\r', "");
        self.tag(commented(&format!("not translated: {source}")), line);
    }

    fn leave(&mut self, (span, line): (Span, &Line), message: &str) {
        self.diagnostics
            .push(Diagnostic::error(Code::NotTranslated, span, message));
        self.left_over(span, line);
    }

    /// An expression in the words of this program; what has no equal is reported.
    pub(super) fn translated(&mut self, excerpt: &Excerpt) -> Option<String> {
        match acceleo::translate(excerpt, &self.names.meaning) {
            Ok(found) => {
                self.diagnostics.extend(found.differs);
                Some(found.text)
            }
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }

    fn expression(&mut self, excerpt: &Excerpt, (span, line): (Span, &Line)) {
        let called = acceleo::called(excerpt).filter(|c| self.callees.contains_key(&*c.name));
        if let Some(called) = called {
            self.call(&called, (span, line));
            return;
        }
        if &*excerpt.text == "super" {
            self.leave((span, line), "what a template overrides is not printed");
            return;
        }
        if let Line::Own { indent } = line {
            self.print_text(indent);
        }
        if self.joined(excerpt).is_none() {
            self.left_over(span, &Line::Among);
        }
        if let Line::Own { .. } = line {
            self.print_text("\n");
        }
    }

    /// Prints the parts of an expression one after the other.
    pub(super) fn joined(&mut self, excerpt: &Excerpt) -> Option<()> {
        if let Some((list, separator)) = acceleo::separated(excerpt) {
            return self.separated(&list, &separator);
        }
        let pieces = acceleo::pieces(excerpt);
        let has_text = pieces.iter().any(|p| matches!(p, acceleo::Piece::Text(_)));
        if !has_text {
            let text = self.translated(excerpt)?;
            self.value(&text, excerpt.span);
            return Some(());
        }
        let translated: Option<Vec<_>> = pieces
            .into_iter()
            .map(|piece| match piece {
                acceleo::Piece::Text(text) => Some((text, None)),
                acceleo::Piece::Value(value) => Some((self.translated(&value)?, Some(value.span))),
            })
            .collect();
        for (text, span) in translated? {
            match span {
                Some(span) => self.value(&text, span),
                None => self.print_text(&text),
            }
        }
        Some(())
    }

    /// Prints the members of a list one after the other.
    fn separated(&mut self, list: &Excerpt, separator: &str) -> Option<()> {
        let text = self.translated(list)?;
        let mark = self.names.mark();
        let member = self.names.fresh("member");
        let ty = self.names.type_of_expression(&text);
        self.names.variable(&member, ty.map(|ty| ty.item().clone()));
        let open = format!("{{{{#each {} as |{member}|}}}}", argument(&text));
        self.out.push(Piece::Tag(open));
        self.out.push(Piece::Tag("{{#unless @first}}".to_owned()));
        self.print_text(separator);
        self.out.push(Piece::Tag("{{/unless}}".to_owned()));
        // Each member is a word by itself.
        let word = self.word;
        self.value(&member, list.span);
        self.word = word;
        self.out.push(Piece::Tag("{{/each}}".to_owned()));
        self.names.reset(mark);
        Some(())
    }

    /// Prints a value so that its text is what it was: where the language would make a literal of it, as it is.
    fn value(&mut self, text: &str, span: Span) {
        let ty = self.names.type_of_expression(text);
        let text = match &ty {
            Some(Type::List(_)) => format!("{}->join('')", called_on(text)),
            _ => text.to_owned(),
        };
        let mut probe = String::new();
        let probed = self.place.encode(&Scalar::Text("x"), &mut probe);
        let is_number = matches!(ty, Some(Type::Integer | Type::Real));
        let tag = if is_number || (probed.is_ok() && probe == "x") {
            let mut words = String::new();
            let encoded = self.place.encode(&Scalar::Text("x x"), &mut words);
            if !is_number && encoded.is_ok() && words != "x x" {
                self.word.get_or_insert(span);
            }
            format!("{{{{{}}}}}", printed(&text))
        } else {
            self.raw.get_or_insert(span);
            let is_text = matches!(ty, Some(Type::String | Type::Enum(_) | Type::List(_)));
            let shown = if is_text {
                text
            } else {
                format!("{}.toString()", called_on(&text))
            };
            format!("{{{{{{{}}}}}}}", printed(&shown))
        };
        self.place.feed("x");
        self.out.push(Piece::Tag(tag));
    }

    /// Ends a template that others print: its last line ends with the line of the call, where that goes on.
    pub(super) fn finish(&mut self, template: &Template, from: usize, is_open: bool) {
        let trims = template.post.as_ref().is_some_and(|p| &*p.text == "trim()");
        if let (Some(post), false) = (&template.post, trims) {
            let message = "what is done with the text of a template afterwards is not translated";
            self.diagnostics
                .error::<()>(Code::NotTranslated, post.span, message);
        }
        let mut texts = self.out[from..].iter_mut();
        if let (true, Some(Piece::Text(first))) = (trims, texts.next()) {
            *first = first.trim_start().to_owned();
        }
        if let (true, Some(Piece::Text(last))) = (is_open, self.out[from..].last_mut()) {
            let kept = if trims {
                last.trim_end()
            } else {
                last.strip_suffix('\n').unwrap_or(last)
            };
            *last = kept.to_owned();
        }
    }

    /// A call of a template, which is printed as a partial template.
    fn call(&mut self, called: &Called, (span, line): (Span, &Line)) {
        let name = &*called.name;
        let Some(callee) = self.callees.get(name) else {
            return;
        };
        if reaches(self.callees, name, name) {
            let message =
                format!("the template `{name}` prints itself, which a partial template cannot");
            self.leave((span, line), &message);
            return;
        }
        let context = self.names.meaning.context.clone();
        let mut values: Vec<Option<String>> = Vec::new();
        if called.arguments.len() < callee.parameters.len() {
            values.push(context);
        }
        for value in &called.arguments {
            values.push(self.translated(value));
        }
        if values.len() != callee.parameters.len() {
            let count = callee.parameters.len();
            self.leave((span, line), &format!("`{name}` takes {count} values"));
            return;
        }
        let Some(values) = values.into_iter().collect::<Option<Vec<_>>>() else {
            self.left_over(span, line);
            return;
        };
        let pairs = callee.parameters.iter().zip(&values);
        let given: Vec<String> = pairs
            .map(|(name, value)| format!(" {name}={}", argument(value)))
            .collect();
        let given = given.concat();
        let tag = format!("{{{{> {name}{given}}}}}");
        match line {
            Line::Own { indent } if callee.ends_open => {
                self.print_text(indent);
                self.out.push(Piece::Tag(tag));
                self.print_text("\n");
            }
            _ => self.tag(tag, line),
        }
    }
}

/// A comment of the language of templates.
pub(super) fn commented(text: &str) -> String {
    format!("{{{{!-- {} --}}}}", text.trim().replace("--}}", "-- }}"))
}

/// Whether a template comes to print another one.
pub(super) fn reaches(callees: &BTreeMap<String, Callee>, from: &str, to: &str) -> bool {
    let mut seen: Vec<&str> = vec![from];
    let mut at = 0;
    while let Some(callee) = seen.get(at).and_then(|n| callees.get(*n)) {
        if callee.calls.iter().any(|c| c == to) {
            return true;
        }
        let new = callee.calls.iter().map(String::as_str);
        let new: Vec<&str> = new.filter(|c| !seen.contains(c)).collect();
        seen.extend(new.into_iter().filter(|c| callees.contains_key(*c)));
        at += 1;
    }
    false
}
