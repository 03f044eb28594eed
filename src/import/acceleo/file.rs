//! The files that the templates of a module become: artifacts, partial templates, helpers.

use std::collections::BTreeMap;

use super::body::{Body, Callee};
use super::emit;
use super::names::{Names, Typing, called_on, written};
use super::syntax::{Branch, File, For, Head, Node, Template};
use super::texts::{conjunction, replaced, scalar};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Sources, Span};
use crate::expr::acceleo::{self, Meaning, Piece};
use crate::generate::language::{self, Language};

/// A file of the workspace, by its path below the folder of templates.
#[derive(Debug)]
pub struct Made {
    /// Its path, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Made {
    /// Whether it is a template; a file of helpers stands among transforms.
    pub fn is_template(&self) -> bool {
        self.path.strip_suffix(".hbs").is_some()
    }
}

/// What templates are translated with.
pub(super) struct Importer<'a> {
    pub(super) sources: &'a Sources,
    pub(super) meaning: &'a Meaning,
    pub(super) typing: Option<Typing>,
    /// The templates that are printed by others.
    pub(super) callees: &'a BTreeMap<String, Callee>,
    /// The templates that make files, or call some that do.
    pub(super) makers: &'a [String],
    pub(super) diagnostics: &'a mut Diagnostics,
    pub(super) made: Vec<Made>,
}

/// What stands around a `[file]` in its template.
#[derive(Clone)]
struct Around {
    /// The element that the file is made for.
    element: (String, String),
    /// The conditions under which it is made.
    conditions: Vec<String>,
    names: Names,
    /// Where a loop goes over something else than the parts of the element outside.
    looped: Option<Span>,
}

impl Importer<'_> {
    /// A template that makes files.
    pub(super) fn maker(&mut self, template: &Template) {
        let Some((first, more)) = template.parameters.split_first() else {
            let message = "a template that makes files is about an element";
            self.diagnostics
                .error::<()>(Code::NotTranslated, template.name.span, message);
            return;
        };
        if let Some(second) = more.first() {
            let message = "a template that makes files is about one element";
            let finding = Diagnostic::error(Code::NotTranslated, second.name.span, message);
            self.diagnostics
                .push(finding.hint("what else it takes is reached from there, or is a `let`"));
        }
        let mut around = Around {
            element: (first.name.text.to_string(), first.ty.text.to_string()),
            conditions: Vec::new(),
            names: self.names(),
            looped: None,
        };
        let ty = around.names.type_of(&first.ty.text);
        around.names.variable(&first.name.text, ty);
        around.names.meaning.context = Some(first.name.text.to_string());
        if let Some(guard) = &template.guard {
            let guard = self.translated(guard, &around);
            around.conditions.extend(guard);
        }
        self.drive((&template.body, template), &around);
    }

    pub(super) fn names(&self) -> Names {
        Names::new(self.meaning.clone(), self.typing.clone())
    }

    fn translated(&mut self, excerpt: &Excerpt, around: &Around) -> Option<String> {
        match acceleo::translate(excerpt, &around.names.meaning) {
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

    /// What stands around files: the conditions and loops under which they are made.
    fn drive(&mut self, (nodes, template): (&[Node], &Template), around: &Around) {
        for node in nodes {
            match node {
                Node::Text(span) => {
                    if !self.sources.file(span.file).text[span.range()]
                        .trim()
                        .is_empty()
                    {
                        let message = "text outside of `[file]` is written nowhere";
                        self.diagnostics.push(Diagnostic::warning(
                            Code::NotTranslated,
                            *span,
                            message,
                        ));
                    }
                }
                Node::Expression(excerpt, span, _) => self.driven_call(excerpt, *span, around),
                Node::Block(branches, ..) => self.driven_block((branches, template), around),
                Node::Comment(..) | Node::Broken(..) => {}
            }
        }
    }

    /// A call among files: what it calls makes its files for each element of its class.
    fn driven_call(&mut self, excerpt: &Excerpt, span: Span, around: &Around) {
        let called = acceleo::called(excerpt);
        let maker = called.filter(|c| self.makers.iter().any(|m| **m == *c.name));
        let (message, hint) = match maker {
            None => ("text outside of `[file]` is written nowhere", None),
            Some(_) if around.conditions.is_empty() && around.looped.is_none() => return,
            Some(_) => (
                "what is called here makes its files for every element of its class, not only for these",
                Some("the condition belongs into `where:` of its template"),
            ),
        };
        let mut finding = Diagnostic::warning(Code::NotTranslated, span, message);
        if let Some(hint) = hint {
            finding = finding.hint(hint);
        }
        self.diagnostics.push(finding);
    }

    fn driven_block(&mut self, (branches, template): (&[Branch], &Template), around: &Around) {
        let mut otherwise: Vec<String> = Vec::new();
        for branch in branches {
            let mut inner = around.clone();
            let negated = otherwise.iter().map(|c| format!("not {}", called_on(c)));
            inner.conditions.extend(negated);
            match &branch.head {
                Head::If(condition) => {
                    let Some(condition) = self.translated(condition, &inner) else {
                        continue;
                    };
                    otherwise.push(condition.clone());
                    inner.conditions.push(condition);
                }
                Head::For(head) => {
                    let Some(within) = self.looped((head, branch), &inner) else {
                        continue;
                    };
                    inner = within;
                }
                Head::Let(parameter, value) => {
                    let Some(value) = self.translated(value, &inner) else {
                        continue;
                    };
                    let name = &parameter.name.text;
                    inner.names.stand_for(name, called_on(&value));
                }
                Head::File(file) => {
                    self.artifact((file, branch), template, inner);
                    continue;
                }
                Head::Else | Head::Trace | Head::Protected(_) => {}
            }
            self.drive((&branch.body, template), &inner);
        }
    }

    /// A loop around a file: the file is made for its member, if that is one of the members.
    fn looped(&mut self, (head, branch): (&For, &Branch), around: &Around) -> Option<Around> {
        let Some((name, Some(ty))) = &head.member else {
            let message = "a loop around files says the name and the type of its member";
            return self
                .diagnostics
                .error(Code::NotTranslated, branch.span, message);
        };
        let list = self.translated(&head.list, around)?;
        let mut inner = around.clone();
        let (outer, class) = &around.element;
        let up = format!("{}.container({class})", name.text);
        if !around.names.is_containment(&list) {
            inner.looped = Some(head.list.span);
        }
        // Seen from the member, what was the element is above it.
        let moved = |text: &str| replaced(text, outer, &up);
        for (_, text) in &mut inner.names.meaning.variables {
            *text = moved(text);
        }
        inner.conditions = around.conditions.iter().map(|c| moved(c)).collect();
        inner.conditions.push(format!(
            "{}->includes({})",
            called_on(&moved(&list)),
            name.text
        ));
        let known = inner.names.type_of(&ty.text);
        inner.names.variable(&name.text, known);
        inner.names.meaning.context = Some(name.text.to_string());
        inner.element = (name.text.to_string(), ty.text.to_string());
        if let Some(guard) = &head.guard {
            let guard = self.translated(guard, &inner)?;
            inner.conditions.push(guard);
        }
        Some(inner)
    }

    fn artifact(&mut self, (file, branch): (&File, &Branch), template: &Template, around: Around) {
        if let Some(mode) = file
            .mode
            .as_ref()
            .filter(|m| &*m.text == "true" || &*m.text == "append")
        {
            let message = "text is not added to a file here: each artifact is made whole";
            self.diagnostics
                .error::<()>(Code::NotTranslated, mode.span, message);
        }
        let encoding = file.encoding.as_ref();
        let is_utf8 = |e: &&Excerpt| e.text.to_ascii_lowercase().trim_matches('\'') == "utf-8";
        if let Some(encoding) = encoding.filter(|e| !is_utf8(e)) {
            let message = "artifacts are written in UTF-8";
            self.diagnostics.push(Diagnostic::warning(
                Code::NotTranslated,
                encoding.span,
                message,
            ));
        }
        if let Some(list) = around.looped {
            let message = "the file is made for each member whose container this is reached from";
            self.diagnostics
                .push(Diagnostic::warning(Code::NotTranslated, list, message));
        }
        let Some((path, literal)) = self.path(&file.path, &around) else {
            return;
        };
        let named = literal.trim_start_matches(['_', '-', '.']);
        let explicit = language::find(None, &literal).is_none();
        let language = language_of(&literal);
        let (element, class) = around.element.clone();
        let mut front = vec![
            format!("artifact: {}", scalar(&path)),
            format!("for: {{{element}: {}}}", written(&class)),
        ];
        if !around.conditions.is_empty() {
            front.push(format!(
                "where: {}",
                scalar(&conjunction(&around.conditions))
            ));
        }
        if explicit {
            front.push(format!("language: {}", language.name()));
        }
        if let Some(text) = &template.description {
            front.push(format!("description: {}", scalar(text)));
        }
        let mut body = self.begin(around.names, language);
        body.nodes(&branch.body);
        let text = written_out(&mut body, front);
        let whole = path.rsplit('/').next() == Some(&*literal);
        let known = named.contains('.') || language::find(None, named).is_some();
        let name = if whole || known {
            named.to_owned()
        } else {
            format!("{}{literal}", template.name.text)
        };
        self.make(&name, text);
    }

    /// The path of an artifact, and what of its last part is the same for all elements.
    fn path(&mut self, path: &Excerpt, around: &Around) -> Option<(String, String)> {
        let (mut text, mut literal) = (String::new(), String::new());
        for piece in acceleo::pieces(path) {
            match piece {
                Piece::Text(part) => {
                    text.push_str(&part);
                    literal.push_str(&part);
                }
                Piece::Value(value) => {
                    let value = self.translated(&value, around)?;
                    text.extend(["${", &value, "}"]);
                }
            }
        }
        let last = literal.rsplit('/').next().unwrap_or_default();
        Some((text.trim_start_matches('/').to_owned(), last.to_owned()))
    }

    /// Begins the body of a template.
    pub(super) fn begin(&mut self, names: Names, language: &dyn Language) -> Body<'_> {
        Body {
            sources: self.sources,
            names,
            callees: self.callees,
            diagnostics: self.diagnostics,
            out: Vec::new(),
            place: language.writer(),
            raw: None,
        }
    }

    /// Keeps a file under a name that no other has.
    fn make(&mut self, name: &str, text: String) {
        let fits = |c: char| c.is_alphanumeric() || "._-".contains(c);
        let name: String = name
            .chars()
            .map(|c| if fits(c) { c } else { '-' })
            .collect();
        let partials = self.callees;
        let taken = |path: &str| {
            let name = path.strip_suffix(".hbs").unwrap_or(path);
            partials.contains_key(name) || self.made.iter().any(|m| m.path == path)
        };
        let (stem, end) = name.split_at(name.find('.').unwrap_or(name.len()));
        let mut path = format!("{name}.hbs");
        let mut number = 2;
        while taken(&path) {
            path = format!("{stem}-{number}{end}.hbs");
            number += 1;
        }
        self.made.push(Made { path, text });
    }
}

/// Writes a template: its front matter, and its body.
pub(super) fn written_out(body: &mut Body<'_>, mut front: Vec<String>) -> String {
    if let Some(span) = body.raw {
        front.push("raw: true".to_owned());
        let message = "this is printed as it is, as Acceleo does";
        let finding = Diagnostic::warning(Code::NotTranslated, span, message);
        let hint = "`{{x}}` would print a value as a literal of the language, `{{ident x}}` as a name, and `raw: true` could go";
        body.diagnostics.push(finding.hint(hint));
    }
    format!("---\n{}\n---\n{}", front.join("\n"), emit::write(&body.out))
}

/// The language of files whose names end so.
pub(super) fn language_of(end: &str) -> &'static dyn Language {
    let named = end.trim_start_matches(['_', '-', '.']);
    let found = language::find(None, end).or(language::find(None, named));
    found.unwrap_or_else(plain)
}

/// The language of files that no program reads.
fn plain() -> &'static dyn Language {
    language::find(Some("text"), "").expect("plain text is a language")
}
