//! From template files to typed operations: every path, helper and parameter is resolved before anything is printed.

mod blocks;
mod nodes;
mod partials;
mod paths;
mod unused;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::language::{self, Language};
use super::{Ownership, Root, front, syntax};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, FileId, Sources, Span};
use crate::expr::{self, Expression, Helpers, Scope, Text, Type};
use crate::format::node::{Node, Record};
use crate::format::yaml;
use crate::metamodel::{ClassId, Metamodel};
use crate::recipe::pattern;
pub(super) use nodes::{Branch, Indent, Member, MemberVariables, Op, Source, Typed};
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
    /// Where their paths begin.
    pub(super) root: Root,
    /// The `artifact:` line.
    pub span: Span,
    pub(super) artifact: Text,
    pub(super) language: Option<&'static dyn Language>,
    pub(super) guard: Option<Expression>,
    pub(super) lets: Vec<Expression>,
    pub(super) body: Arc<[Op]>,
    /// The partial templates that it prints itself.
    printed: BTreeSet<String>,
}

/// The partial templates of a workspace by their names, checked; nothing under the names of those with mistakes.
#[derive(Clone, Default)]
pub struct Partials {
    all: BTreeMap<String, Option<Arc<PartialTemplate>>>,
    /// Where each of them begins.
    places: BTreeMap<String, Span>,
    /// Which others each of them prints.
    printed: BTreeMap<String, BTreeSet<String>>,
}

const TEMPLATE_KEYS: &[&str] = &[
    "artifact",
    "for",
    "where",
    "root",
    "ownership",
    "language",
    "raw",
    "let",
    "description",
];
/// What templates whose paths begin in the workspace call the folder of all other artifacts.
const OUTPUT: &str = "output";
const PARTIAL_KEYS: &[&str] = &["parameters", "raw", "let", "description"];

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
        let mut compiler = Compiler::new(sources, language, diagnostics);
        compiler.named_once(drafts);
        let names: Vec<String> = compiler.loaded.keys().cloned().collect();
        let place = |d: &Draft| Span::new(d.file, 0, 3);
        let places = compiler.loaded.iter();
        let places = places.map(|(name, d)| (name.clone(), place(d))).collect();
        for name in names {
            compiler.partial_named(&name);
        }
        for draft in drafts {
            compiler.report_comments(draft);
        }
        compiler.tell_odd();
        Self {
            all: compiler.done,
            places,
            printed: compiler.printed,
        }
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
        compiler.tell_odd();
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
    /// Whether its front matter allows values that are printed as they are.
    raw: bool,
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
            printed: BTreeMap::new(),
            used: BTreeSet::new(),
            optional: BTreeSet::new(),
            odd: Vec::new(),
        }
    }

    /// Takes partial templates by name; of two of one name the first, and a finding.
    fn named_once(&mut self, drafts: &[&'a Draft]) {
        for draft in drafts {
            let name = partial_name(self.sources.path(draft.file));
            if let Some(first) = self.loaded.get(&name) {
                let (span, other) = (Span::new(draft.file, 0, 3), Span::new(first.file, 0, 3));
                let message = format!("two partial templates are called `{name}`");
                let diagnostic = Diagnostic::error(Code::TemplateSyntax, span, message);
                self.diagnostics
                    .push(diagnostic.related(other, "the other one"));
            } else {
                self.loaded.insert(name, draft);
            }
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
        let root = self.root(&record);
        record.flag("raw", self.diagnostics);
        if root == Root::Workspace {
            scope.push(OUTPUT, Type::String);
        }
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
            root,
            span: artifact.span,
            artifact: artifact_text,
            language,
            guard,
            lets,
            body,
            printed: self.printed.remove("").unwrap_or_default(),
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

    fn body(&mut self, loaded: &Draft, kind: Kind, scope: Scope) -> Arc<[Op]> {
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
            raw: loaded
                .front
                .get("raw")
                .and_then(Node::scalar)
                .is_some_and(|t| &*t.text == "true"),
            text: &text,
        };
        self.nodes(&nodes, &mut frame).into()
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
        let named = ["for", "parameters", "let"].iter();
        let named = named.filter_map(|key| record.get(key)?.mapping()).flatten();
        let names: Vec<&Excerpt> = named.map(|e| &e.key).collect();
        expr::check_names("template", &names, self.diagnostics);
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
        let words = Ownership::ALL.map(Ownership::word);
        Ownership::ALL[self.choice((record, "ownership"), &words)]
    }

    fn root(&mut self, record: &Record<'_>) -> Root {
        match self.choice((record, "root"), &["output", "workspace"]) {
            1 => Root::Workspace,
            _ => Root::Output,
        }
    }

    /// Which of some words a key has; the first where it is missing, or has another word, which is reported.
    fn choice(&mut self, (record, key): (&Record<'_>, &str), words: &[&str]) -> usize {
        let Some(text) = record.text(key, self.diagnostics) else {
            return 0;
        };
        let found = words.iter().position(|w| *w == &*text.text);
        found.unwrap_or_else(|| {
            let message = format!("there is no {key} `{}`", text.text);
            let diagnostic = Diagnostic::error(Code::RuleSyntax, text.span, message);
            let (last, others) = words.split_last().expect("there are words to choose from");
            let hint = format!("{} or {last}", others.join(", "));
            self.diagnostics.push(
                diagnostic
                    .suggest(&text.text, words.iter().copied())
                    .hint(hint),
            );
            0
        })
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
