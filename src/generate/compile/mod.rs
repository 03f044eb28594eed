//! From template files to typed operations: every path, helper and parameter is resolved before anything is printed.

mod blocks;
mod nodes;
mod partials;
mod paths;
mod unused;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::language::{self, Language};
use super::{Ownership, front, syntax};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, FileId, Sources, Span};
use crate::expr::{self, Expression, Helpers, Scope, Text, Type};
use crate::format::node::{Node, Record};
use crate::metamodel::{ClassId, Metamodel};
pub(super) use nodes::{Branch, Indent, Op, Source, Typed};
use partials::InlineTemplate;
pub(super) use partials::PartialTemplate;

/// A template that makes artifacts.
#[derive(Clone)]
pub struct Template {
    /// Its file.
    pub file: Arc<str>,
    /// The class that it makes an artifact for each instance of.
    pub class: ClassId,
    /// Whose its artifacts are.
    pub ownership: Ownership,
    /// The `artifact:` line.
    pub span: Span,
    pub(super) artifact: Text,
    pub(super) language: Option<&'static dyn Language>,
    pub(super) guard: Option<Expression>,
    pub(super) lets: Vec<Expression>,
    pub(super) body: Arc<[Op]>,
}

/// All templates of a workspace, checked.
#[derive(Clone, Default)]
pub struct Library {
    /// Those that make artifacts, in the order of their files.
    pub templates: Vec<Template>,
}

const TEMPLATE_KEYS: &[&str] = &[
    "artifact",
    "for",
    "where",
    "ownership",
    "language",
    "let",
    "description",
];
const PARTIAL_KEYS: &[&str] = &["parameters", "let", "description"];

/// A file of templates and what is known of it before it is compiled.
struct Loaded {
    file: FileId,
    front: Node,
    body: Span,
}

impl Library {
    /// Reads and checks template files. A file whose front matter has `parameters` or no `artifact` is a partial
    /// template, called by its file name without the ending. Expressions may call helpers.
    pub fn load(
        sources: &Sources,
        files: &[FileId],
        (metamodel, helpers): (&Metamodel, &Arc<Helpers>),
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut compiler = Compiler {
            sources,
            metamodel,
            helpers,
            diagnostics,
            loaded: BTreeMap::new(),
            done: BTreeMap::new(),
            open: Vec::new(),
            printed: BTreeMap::new(),
            used: BTreeSet::new(),
            optional: BTreeSet::new(),
            odd: Vec::new(),
        };
        let (mut templates, mut partials) = (Vec::new(), Vec::new());
        for file in files {
            let Some((front, body)) = front::split(sources, *file, compiler.diagnostics) else {
                continue;
            };
            let loaded = Loaded {
                file: *file,
                front,
                body,
            };
            if loaded.front.get("artifact").is_some() {
                templates.push(loaded);
            } else {
                let name = partial_name(sources.path(*file));
                partials.push((name, loaded));
            }
        }
        let partials = compiler.named_once(partials);
        for (name, loaded) in &partials {
            compiler.loaded.insert(name.clone(), loaded);
        }
        for (name, _) in &partials {
            compiler.partial_named(name);
        }
        let templates = templates
            .iter()
            .filter_map(|t| compiler.template(t))
            .collect();
        compiler.unprinted(&partials);
        let odd = compiler.odd;
        if !diagnostics.has_errors() {
            diagnostics.extend(odd);
        }
        Self { templates }
    }
}

/// `config` for `templates/partials/config.hbs`.
fn partial_name(path: &str) -> String {
    let file = path.rsplit(['/', ':']).next().unwrap_or(path);
    file.strip_suffix(".hbs").unwrap_or(file).to_owned()
}

struct Compiler<'a> {
    sources: &'a Sources,
    metamodel: &'a Metamodel,
    helpers: &'a Arc<Helpers>,
    diagnostics: &'a mut Diagnostics,
    loaded: BTreeMap<String, &'a Loaded>,
    done: BTreeMap<String, Option<Arc<PartialTemplate>>>,
    /// The partial templates that are being compiled: one of them again is a recursion.
    open: Vec<String>,
    /// The partial templates that each partial template prints; those of all others under no name.
    printed: BTreeMap<String, BTreeSet<String>>,
    /// The positions of the variables that were read so far.
    used: BTreeSet<usize>,
    /// The positions of the variables that may have no value.
    optional: BTreeSet<usize>,
    /// What is odd about templates, where none of them is wrong.
    odd: Vec<Diagnostic>,
}

/// Where in a template the compiler is.
struct Frame<'n> {
    /// The variables that are visible here.
    scope: Scope,
    /// The blocks around, from the outermost.
    marks: Vec<Mark>,
    /// The inline templates that are visible here.
    inlines: Vec<InlineTemplate<'n>>,
    /// How often inline templates were used so far.
    inline_uses: usize,
    kind: Kind,
    /// The text of the file.
    text: &'n str,
}

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It makes artifacts.
    Whole,
    /// Others print it.
    Partial,
}

/// A block that gives a value to look names up in.
struct Mark {
    /// How many variables are visible outside.
    variables: usize,
    /// Whether it gives the value a name.
    named: bool,
}

impl Compiler<'_> {
    fn report(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diagnostics
            .push(Diagnostic::error(code, span, message));
    }

    fn template(&mut self, loaded: &Loaded) -> Option<Template> {
        let record = loaded
            .front
            .record("a template", TEMPLATE_KEYS, self.diagnostics)?;
        let artifact = record.required("artifact", "a template", self.diagnostics)?;
        let (variable, class) = self.pattern(&record)?;
        let mut scope = Scope::with(self.helpers.clone());
        scope.push(variable.text.clone(), Type::Class(class));
        let guard = record
            .get("where")
            .and_then(|node| self.condition(node, &scope));
        let (lets, names) = self.lets(&record, &mut scope);
        let ownership = self.ownership(&record);
        let language = self.language(&record);
        let artifact_text =
            self.compiled_text(expr::compile_text(artifact, &scope, self.metamodel))?;
        let read = artifact_text.expressions().flat_map(Expression::uses);
        self.used.extend(read);
        let body = self.body(loaded, Kind::Whole, scope);
        self.leave(0, &names);
        Some(Template {
            file: self.sources.path(loaded.file).into(),
            class,
            ownership,
            span: artifact.span,
            artifact: artifact_text,
            language,
            guard,
            lets,
            body,
        })
    }

    /// Partial templates by name; of two of one name the first, and a finding.
    fn named_once(&mut self, partials: Vec<(String, Loaded)>) -> Vec<(String, Loaded)> {
        let mut kept: Vec<(String, Loaded)> = Vec::new();
        for (name, loaded) in partials {
            if let Some((_, first)) = kept.iter().find(|(n, _)| *n == name) {
                let (span, other) = (Span::new(loaded.file, 0, 3), Span::new(first.file, 0, 3));
                let message = format!("two partial templates are called `{name}`");
                let diagnostic = Diagnostic::error(Code::TemplateSyntax, span, message);
                self.diagnostics
                    .push(diagnostic.related(other, "the other one"));
            } else {
                kept.push((name, loaded));
            }
        }
        kept
    }

    fn compiled(&mut self, result: Result<Expression, Vec<Diagnostic>>) -> Option<Expression> {
        let expression = result
            .map_err(|found| self.diagnostics.extend(found))
            .ok()?;
        self.diagnostics.extend(expression.warnings.iter().cloned());
        Some(expression)
    }

    fn compiled_text(&mut self, result: Result<Text, Vec<Diagnostic>>) -> Option<Text> {
        let text = result
            .map_err(|found| self.diagnostics.extend(found))
            .ok()?;
        self.diagnostics.extend(text.warnings());
        Some(text)
    }

    fn body(&mut self, loaded: &Loaded, kind: Kind, scope: Scope) -> Arc<[Op]> {
        let text = self.sources.file(loaded.file).text.clone();
        let mut found = Diagnostics::default();
        let nodes = syntax::parse(&text, loaded.body, &mut found);
        let broken = found.has_errors();
        self.diagnostics.extend(found);
        if broken {
            return Arc::from([]);
        }
        let mut frame = Frame {
            scope,
            marks: Vec::new(),
            inlines: Vec::new(),
            inline_uses: 0,
            kind,
            text: &text,
        };
        self.nodes(&nodes, &mut frame).into()
    }

    fn pattern<'n>(&mut self, record: &Record<'n>) -> Option<(&'n Excerpt, ClassId)> {
        let entries = record.map("for", self.diagnostics);
        let [entry] = entries else {
            let span = record.get("for").map_or(record.node.span, |n| n.span);
            let diagnostic = Diagnostic::error(
                Code::RuleSyntax,
                span,
                "a template is for one variable of a class",
            );
            self.diagnostics
                .push(diagnostic.hint("such as `for: {x: Class}`"));
            return None;
        };
        let class = entry.value.scalar()?;
        let Some(id) = self.metamodel.class_named(&class.text) else {
            let message = format!("there is no class `{}`", class.text);
            let known = self.metamodel.classes().map(|(_, c)| &*c.name);
            let diagnostic = Diagnostic::error(Code::UnknownClass, class.span, message);
            self.diagnostics
                .push(diagnostic.suggest(&class.text, known));
            return None;
        };
        Some((&entry.key, id))
    }

    fn condition(&mut self, node: &Node, scope: &Scope) -> Option<Expression> {
        let text = node.scalar()?;
        let guard = self.compiled(expr::compile(text, scope, self.metamodel))?;
        if !guard.ty.conforms(&Type::Boolean, self.metamodel) {
            let message = format!(
                "a condition is true or false, this is {}",
                guard.ty.display(self.metamodel)
            );
            self.report(Code::ExpressionType, text.span, message);
        }
        Some(guard)
    }

    /// The `let` of a template, with the names, their positions, and what they are.
    fn lets<'r>(
        &mut self,
        record: &Record<'r>,
        scope: &mut Scope,
    ) -> (Vec<Expression>, Vec<(&'r Excerpt, usize, &'static str)>) {
        let (mut lets, mut names) = (Vec::new(), Vec::new());
        for entry in record.map("let", self.diagnostics) {
            let Some(text) = entry.value.scalar() else {
                self.report(
                    Code::RuleSyntax,
                    entry.value.span,
                    "an expression belongs here",
                );
                continue;
            };
            if let Some(expression) = self.compiled(expr::compile(text, scope, self.metamodel)) {
                let position = scope.push(entry.key.text.clone(), expression.ty.clone());
                if expression.may_be_null(&self.optional, self.metamodel) {
                    self.optional.insert(position);
                }
                self.used.extend(expression.uses());
                names.push((&entry.key, position, "`let`"));
                lets.push(expression);
            }
        }
        (lets, names)
    }

    fn ownership(&mut self, record: &Record<'_>) -> Ownership {
        match record.text("ownership", self.diagnostics) {
            Some(text) if &*text.text == "once" => Ownership::Once,
            Some(text) if &*text.text != "generated" => {
                let message = format!("there is no ownership `{}`", text.text);
                let diagnostic = Diagnostic::error(Code::RuleSyntax, text.span, message);
                self.diagnostics.push(
                    diagnostic
                        .suggest(&text.text, ["generated", "once"])
                        .hint("generated or once"),
                );
                Ownership::Generated
            }
            _ => Ownership::Generated,
        }
    }

    fn language(&mut self, record: &Record<'_>) -> Option<&'static dyn Language> {
        let name = record.text("language", self.diagnostics)?;
        let found = language::find(Some(&name.text), "");
        if found.is_none() {
            let message = format!("there is no language `{}`", name.text);
            let known: Vec<&str> = language::LANGUAGES.iter().map(|l| l.name()).collect();
            let diagnostic = Diagnostic::error(Code::UnknownName, name.span, message);
            self.diagnostics.push(
                diagnostic
                    .suggest(&name.text, known.clone())
                    .hint(known.join(", ")),
            );
        }
        found
    }
}
