//! From template files to typed operations: every path, helper and parameter is resolved before anything is printed.

mod nodes;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::language::{self, Language};
use super::{Ownership, front, syntax};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, FileId, Sources, Span};
use crate::expr::{self, Expression, Helpers, Scope, Text, Type};
use crate::format::node::{Node, Record};
use crate::format::yaml;
use crate::metamodel::{ClassId, Metamodel};
use crate::recipe::pattern;
pub(super) use nodes::{Branch, Op, Source, Typed};

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

/// A template that other templates print.
#[derive(Clone)]
pub(super) struct PartialTemplate {
    pub(super) parameters: Vec<(Arc<str>, Type)>,
    pub(super) lets: Vec<Expression>,
    pub(super) body: Arc<[Op]>,
}

/// The partial templates of a workspace by their names, checked; nothing under the names of those with mistakes.
#[derive(Clone, Default)]
pub struct Partials {
    all: BTreeMap<String, Option<Arc<PartialTemplate>>>,
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
#[derive(Debug)]
pub struct Draft {
    file: FileId,
    front: Node,
    body: Span,
}

impl Draft {
    /// Reads the front matter of a file; `None` where it has none, which is reported.
    pub fn read(sources: &Sources, file: FileId, diagnostics: &mut Diagnostics) -> Option<Self> {
        let (front, body) = front::split(sources, file, diagnostics)?;
        Some(Self { file, front, body })
    }

    /// Whether it is a partial template, called by its file name without the ending: it says no `artifact`.
    pub fn is_partial(&self) -> bool {
        self.front.get("artifact").is_none()
    }
}

/// What templates are typed against: the metamodel, and the helpers that expressions may call.
type Typing<'a> = (&'a Metamodel, &'a Arc<Helpers>);

impl Partials {
    /// Checks partial templates, which may print each other.
    pub fn compile(
        sources: &Sources,
        drafts: &[&Draft],
        language: Typing<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let named = drafts.iter();
        let named = named.map(|d| (partial_name(sources.path(d.file)), *d));
        let mut compiler = Compiler::new(sources, language, diagnostics);
        compiler.loaded = named.collect();
        let names: Vec<String> = compiler.loaded.keys().cloned().collect();
        for name in names {
            compiler.partial_named(&name);
        }
        for draft in drafts {
            compiler.report_comments(draft);
        }
        Self { all: compiler.done }
    }
}

impl Template {
    /// Checks a template that makes artifacts, and may print partial ones.
    pub fn compile(
        (sources, draft): (&Sources, &Draft),
        partials: &Partials,
        language: Typing<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let mut compiler = Compiler::new(sources, language, diagnostics);
        compiler.done.clone_from(&partials.all);
        let template = compiler.template(draft);
        compiler.report_comments(draft);
        template
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
    /// Partial templates that are not compiled yet.
    loaded: BTreeMap<String, &'a Draft>,
    done: BTreeMap<String, Option<Arc<PartialTemplate>>>,
    /// The partial templates that are being compiled: one of them again is a recursion.
    open: Vec<String>,
}

impl<'a> Compiler<'a> {
    fn new(
        sources: &'a Sources,
        (metamodel, helpers): Typing<'a>,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self {
            sources,
            metamodel,
            helpers,
            diagnostics,
            loaded: BTreeMap::new(),
            done: BTreeMap::new(),
            open: Vec::new(),
        }
    }
}

impl Compiler<'_> {
    fn report(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diagnostics
            .push(Diagnostic::error(code, span, message));
    }

    /// Says of broken expressions in a front matter what YAML took for a comment.
    fn report_comments(&mut self, draft: &Draft) {
        let text = &self.sources.file(draft.file).text;
        yaml::report_comments(&draft.front, text, self.diagnostics);
    }

    fn template(&mut self, loaded: &Draft) -> Option<Template> {
        let record = loaded
            .front
            .record("a template", TEMPLATE_KEYS, self.diagnostics)?;
        let artifact = record.required("artifact", "a template", self.diagnostics)?;
        let names = (self.metamodel, &[][..]);
        let (variable, class) = pattern((&record, "for"), "a template", names, self.diagnostics)?;
        let mut scope = Scope::with(self.helpers.clone());
        scope.push(variable.text.clone(), Type::Class(class));
        let guard = record
            .get("where")
            .and_then(|node| self.condition(node, &scope));
        let lets = self.lets(&record, &mut scope);
        let ownership = self.ownership(&record);
        let language = self.language(&record);
        let artifact_text =
            self.compiled_text(expr::compile_text(artifact, &scope, self.metamodel))?;
        let body = self.body(loaded, &mut scope);
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

    fn body(&mut self, loaded: &Draft, scope: &mut Scope) -> Arc<[Op]> {
        let text = self.sources.file(loaded.file).text.clone();
        let mut found = Diagnostics::default();
        let nodes = syntax::parse(&text, loaded.body, &mut found);
        if found.is_empty()
            && let Err(error) = handlebars::Template::compile(&text[loaded.body.range()])
        {
            let line = error.pos().map_or(0, |(line, _)| line.saturating_sub(1));
            let starts = self.sources.file(loaded.file).line_starts();
            let first = starts.partition_point(|s| *s < loaded.body.start);
            let at = starts
                .get(first + line)
                .copied()
                .unwrap_or(loaded.body.start);
            found.push(Diagnostic::error(
                Code::TemplateSyntax,
                Span::new(loaded.file, at as usize, at as usize + 1),
                error.reason().to_string(),
            ));
        }
        let broken = found.has_errors();
        self.diagnostics.extend(found);
        if broken {
            Arc::from([])
        } else {
            self.nodes(&nodes, scope, &text).into()
        }
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

    fn lets(&mut self, record: &Record<'_>, scope: &mut Scope) -> Vec<Expression> {
        let named = ["for", "parameters", "let"].iter();
        let named = named.filter_map(|key| record.get(key)?.mapping()).flatten();
        let names: Vec<&Excerpt> = named.map(|e| &e.key).collect();
        expr::check_names("template", &names, self.diagnostics);
        let mut lets = Vec::new();
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
                scope.push(entry.key.text.clone(), expression.ty.clone());
                lets.push(expression);
            }
        }
        lets
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

    /// The partial template of a name, compiled when it is first asked for.
    fn partial_named(&mut self, name: &str) -> Option<Arc<PartialTemplate>> {
        if let Some(done) = self.done.get(name) {
            return done.clone();
        }
        let loaded = self.loaded.remove(name)?;
        self.open.push(name.to_owned());
        let partial = self.partial(loaded).map(Arc::new);
        self.open.pop();
        self.done.insert(name.to_owned(), partial.clone());
        partial
    }

    fn partial(&mut self, loaded: &Draft) -> Option<PartialTemplate> {
        let record = loaded
            .front
            .record("a partial template", PARTIAL_KEYS, self.diagnostics)?;
        let mut scope = Scope::with(self.helpers.clone());
        let mut parameters = Vec::new();
        for entry in record.map("parameters", self.diagnostics) {
            let Some(text) = entry.value.scalar() else {
                continue;
            };
            let Some(ty) = Type::parse(&text.text, self.metamodel) else {
                let message = format!("there is no type `{}`", text.text);
                let diagnostic = Diagnostic::error(Code::UnknownClass, text.span, message);
                self.diagnostics.push(
                    diagnostic.hint(
                        "a class, an enum, String, Integer, Real or Boolean; `X[*]` is a list",
                    ),
                );
                continue;
            };
            scope.push(entry.key.text.clone(), ty.clone());
            parameters.push((entry.key.text.clone(), ty));
        }
        let lets = self.lets(&record, &mut scope);
        let body = self.body(loaded, &mut scope);
        Some(PartialTemplate {
            parameters,
            lets,
            body,
        })
    }
}
