//! From a YAML file to checked constraints.

use std::iter;
use std::sync::Arc;

use super::{Constraint, Message, Stage, fix};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, FileId, Severity, Sources};
use crate::expr::{self, Expression, HelperDraft, Helpers, Scope, Text, Type};
use crate::format::node::{Node, Record};
use crate::format::yaml;
use crate::metamodel::{Metamodel, PackageId};
use crate::recipe::{Reader, known_feature, own_package, pattern};

const FILE_KEYS: &[&str] = &[
    "constraints",
    "metamodel",
    "description",
    HelperDraft::KEY,
    "checks",
];
const CHECK_KEYS: &[&str] = &[
    "check",
    "description",
    "match",
    "model",
    "let",
    "where",
    "assert",
    "severity",
    "at",
    "message",
    "hint",
    "fix",
];
const SEVERITIES: [(&str, Severity); 2] =
    [("error", Severity::Error), ("warning", Severity::Warning)];

/// Reads and checks a file of constraints, which may call helpers, those of its own included; what is wrong with it is reported, and the rest of it returned.
pub fn load(
    sources: &Sources,
    file: FileId,
    (metamodel, helpers): (&Metamodel, &Arc<Helpers>),
    diagnostics: &mut Diagnostics,
) -> Vec<Constraint> {
    let Some(node) = yaml::parse(sources, file, diagnostics) else {
        return Vec::new();
    };
    let constraints = read(&node, (metamodel, helpers), diagnostics);
    yaml::report_comments(&node, &sources.file(file).text, diagnostics);
    constraints
}

fn read(
    node: &Node,
    (metamodel, helpers): (&Metamodel, &Arc<Helpers>),
    diagnostics: &mut Diagnostics,
) -> Vec<Constraint> {
    let Some(record) = node.record("a file of constraints", FILE_KEYS, diagnostics) else {
        return Vec::new();
    };
    record.required("constraints", "a file of constraints", diagnostics);
    let package = own_package(&record, metamodel, diagnostics);
    let nodes = record.list("checks", diagnostics);
    if nodes.is_empty() {
        let message = "a file of constraints needs `checks`";
        diagnostics.push(Diagnostic::error(
            Code::RuleSyntax,
            record.node.span,
            message,
        ));
    }
    let helpers = helpers.with_own(&record, (metamodel, package.as_slice()), diagnostics);
    let mut compiler = Compiler {
        metamodel,
        packages: package.into_iter().collect(),
        helpers,
        diagnostics,
    };
    compiler.checks(nodes)
}

/// Reads parts of constraints and types them.
pub(super) struct Compiler<'a> {
    pub(super) metamodel: &'a Metamodel,
    /// The package that names are looked for in first.
    packages: Vec<PackageId>,
    helpers: Arc<Helpers>,
    pub(super) diagnostics: &'a mut Diagnostics,
}

impl Compiler<'_> {
    /// What reads expressions and bindings that may use the variables of a scope.
    pub(super) fn reader(&mut self, scope: &Scope) -> Reader<'_> {
        Reader {
            metamodel: self.metamodel,
            diagnostics: self.diagnostics,
            scope: scope.clone(),
            rules: None,
        }
    }

    fn checks(&mut self, nodes: &[Node]) -> Vec<Constraint> {
        let mut names: Vec<&Excerpt> = Vec::new();
        let mut made = Vec::new();
        for node in nodes {
            let Some(record) = node.record("a check", CHECK_KEYS, self.diagnostics) else {
                continue;
            };
            let Some(name) = record.required("check", "a check", self.diagnostics) else {
                continue;
            };
            if let Some(first) = names.iter().find(|n| n.text == name.text) {
                let message = format!("two checks are called `{}`", name.text);
                let diagnostic = Diagnostic::error(Code::RuleSyntax, name.span, message);
                self.diagnostics
                    .push(diagnostic.related(first.span, "the first one"));
                continue;
            }
            names.push(name);
            made.extend(self.check(name, &record));
        }
        made
    }

    fn check(&mut self, name: &Excerpt, record: &Record<'_>) -> Option<Constraint> {
        let names = (self.metamodel, &self.packages[..]);
        let (variable, class) = pattern((record, "match"), "a check", names, self.diagnostics)?;
        let mut scope = Scope::with(self.helpers.clone());
        scope.prefer(&self.packages);
        scope.push(variable.text.clone(), Type::Class(class));
        let values = record.map("let", self.diagnostics).iter().map(|e| &e.key);
        let names: Vec<&Excerpt> = iter::once(variable).chain(values).collect();
        expr::check_names("check", &names, self.diagnostics);
        let lets = self.lets(record, &mut scope)?;
        let guard = record
            .get("where")
            .map(|n| self.reader(&scope).condition(n));
        let assertion = if record
            .required("assert", "a check", self.diagnostics)
            .is_some()
        {
            record
                .get("assert")
                .and_then(|n| self.reader(&scope).condition(n))
        } else {
            None
        };
        let description = record.text("description", self.diagnostics);
        let stage = self.choice(record, "model", &Stage::ALL);
        let severity = self.choice(record, "severity", &SEVERITIES);
        let at = record.text("at", self.diagnostics);
        let at = at.map(|n| known_feature(self.metamodel, class, n, self.diagnostics));
        let message = record.required("message", "a check", self.diagnostics);
        let message = message.and_then(|t| self.text(t, &scope));
        let hint = record.text("hint", self.diagnostics);
        let hint = hint.map(|t| self.text(t, &scope));
        let fix = record.get("fix");
        let fix = fix.map(|n| fix::read(n, class, (&scope, self)));
        Some(Constraint {
            name: name.text.clone(),
            span: name.span,
            description: description.map(|d| d.text.clone()),
            class,
            stage,
            implied: Vec::new(),
            lets,
            guard: all_or_none(guard)?,
            assertion: assertion?,
            severity: severity.unwrap_or(Severity::Error),
            at: all_or_none(at)?,
            message: Message::Text(message?),
            hint: all_or_none(hint)?,
            fix: all_or_none(fix)?,
        })
    }

    /// The values that a check gives names; where one is wrong, what depends on it is not looked at.
    fn lets(&mut self, record: &Record<'_>, scope: &mut Scope) -> Option<Vec<Expression>> {
        let mut lets = Vec::new();
        for entry in record.map("let", self.diagnostics) {
            let expression = self.reader(scope).expression(&entry.value)?;
            scope.push(entry.key.text.clone(), expression.ty.clone());
            lets.push(expression);
        }
        Some(lets)
    }

    fn choice<T: Copy>(
        &mut self,
        record: &Record<'_>,
        key: &str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let text = record.text(key, self.diagnostics)?;
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == &*text.text) {
            return Some(*choice);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let message = format!("`{key}` is {}, not `{}`", names.join(" or "), text.text);
        let diagnostic = Diagnostic::error(Code::RuleSyntax, text.span, message);
        self.diagnostics.push(diagnostic.suggest(&text.text, names));
        None
    }

    /// A text with expressions in it that can stand in text.
    pub(super) fn text(&mut self, text: &Excerpt, scope: &Scope) -> Option<Text> {
        let compiled = expr::compile_text(text, scope, self.metamodel);
        let compiled = compiled
            .map_err(|found| self.diagnostics.extend(found))
            .ok()?;
        if let Some(only) = compiled.single()
            && !only.ty.is_printable()
        {
            let is = only.ty.display(self.metamodel);
            let message = format!("`{is}` cannot stand in text");
            return self
                .diagnostics
                .error(Code::ExpressionType, only.excerpt.span, message);
        }
        Some(compiled)
    }
}

/// What may be missing, unless it is there and wrong.
#[expect(
    clippy::option_option,
    reason = "what is missing and what is wrong differ"
)]
fn all_or_none<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(part) => part.map(Some),
    }
}
