//! From a YAML file to checked rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use petgraph::graph::DiGraph;

use super::helpers::{HELPERS, is_file_of_helpers, with_own};
use super::value::{known_feature, recipe};
use super::{Action, Binding, Rule, Stage, Transform};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, FileId, Sources, Span};
use crate::expr::{self, Expression, Helpers, Scope, Type};
use crate::format::node::{Node, Record};
use crate::format::yaml;
use crate::metamodel::{ClassId, Metamodel};

const TRANSFORM_KEYS: &[&str] = &[
    "transform",
    "kind",
    "metamodel",
    "description",
    HELPERS,
    "stages",
    "rules",
];
const STAGE_KEYS: &[&str] = &["stage", "description", "rules"];
const RULE_KEYS: &[&str] = &[
    "rule",
    "description",
    "abstract",
    "extends",
    "match",
    "where",
    "let",
    "set",
    "default",
    "create",
    "append",
    "delete",
];

/// Reads and checks a file of rules, which may call helpers. `None` where nothing can be run; the reasons are reported,
/// unless it is a file of helpers.
pub fn load(
    sources: &Sources,
    file: FileId,
    (metamodel, helpers): (&Metamodel, &Arc<Helpers>),
    diagnostics: &mut Diagnostics,
) -> Option<Transform> {
    let node = yaml::parse(sources, file, diagnostics)?;
    if is_file_of_helpers(&node) {
        return None;
    }
    let record = node.record("a transform", TRANSFORM_KEYS, diagnostics)?;
    let name = record
        .required("transform", "a transform", diagnostics)?
        .text
        .clone();
    if let Some(kind) = record.required("kind", "a transform", diagnostics)
        && &*kind.text != "refine"
    {
        let message = format!("there is no kind of transform `{}`", kind.text);
        diagnostics.push(
            Diagnostic::error(Code::RuleSyntax, kind.span, message)
                .suggest(&kind.text, ["refine", HELPERS]),
        );
    }
    check_metamodel(&record, metamodel, diagnostics);
    let helpers = with_own(&record, helpers, metamodel, diagnostics);
    let mut compiler = Compiler {
        metamodel,
        helpers,
        diagnostics,
    };
    let stages = compiler.stages(&record);
    Some(Transform { name, stages })
}

pub(super) fn check_metamodel(
    record: &Record<'_>,
    metamodel: &Metamodel,
    diagnostics: &mut Diagnostics,
) {
    let Some(named) = record.text("metamodel", diagnostics) else {
        return;
    };
    let known: Vec<&str> = metamodel.packages().map(|(_, p)| &*p.name).collect();
    if !known.contains(&&*named.text) {
        let message = format!("no package `{}` is loaded", named.text);
        let diagnostic = Diagnostic::error(Code::UnknownName, named.span, message);
        diagnostics.push(diagnostic.suggest(&named.text, known));
    }
}

struct Compiler<'a> {
    metamodel: &'a Metamodel,
    helpers: Arc<Helpers>,
    diagnostics: &'a mut Diagnostics,
}

impl Compiler<'_> {
    fn report(&mut self, code: Code, span: Span, message: String) {
        self.diagnostics
            .push(Diagnostic::error(code, span, message));
    }

    fn stages(&mut self, record: &Record<'_>) -> Vec<Stage> {
        let mut stages = Vec::new();
        if record.get("rules").is_some() {
            let rules = record.list("rules", self.diagnostics);
            stages.push(Stage {
                rules: self.rules(rules),
            });
        }
        for node in record.list("stages", self.diagnostics) {
            let Some(stage) = node.record("a stage", STAGE_KEYS, self.diagnostics) else {
                continue;
            };
            let rules = stage.list("rules", self.diagnostics);
            stages.push(Stage {
                rules: self.rules(rules),
            });
        }
        if stages.is_empty() {
            self.report(
                Code::RuleSyntax,
                record.node.span,
                "a transform needs `stages` or `rules`".to_owned(),
            );
        }
        stages
    }

    /// Rules of one stage, parents before children.
    fn rules(&mut self, nodes: &[Node]) -> Vec<Rule> {
        let mut records: Vec<(&Excerpt, Record<'_>)> = Vec::new();
        for node in nodes {
            let Some(record) = node.record("a rule", RULE_KEYS, self.diagnostics) else {
                continue;
            };
            let Some(name) = record.required("rule", "a rule", self.diagnostics) else {
                continue;
            };
            if let Some((first, _)) = records.iter().find(|(n, _)| n.text == name.text) {
                let message = format!("two rules are called `{}`", name.text);
                let diagnostic = Diagnostic::error(Code::RuleSyntax, name.span, message);
                self.diagnostics
                    .push(diagnostic.related(first.span, "the first one"));
                continue;
            }
            records.push((name, record));
        }
        let mut done: BTreeMap<usize, Rule> = BTreeMap::new();
        for index in self.in_order(&records) {
            let (name, record) = &records[index];
            let parent = self
                .parent(record, &records)
                .and_then(|p| done.get(&p).cloned());
            if let Some(rule) = self.rule(name, record, parent.as_ref()) {
                done.insert(index, rule);
            }
        }
        done.into_values().collect()
    }

    fn parent(&mut self, record: &Record<'_>, all: &[(&Excerpt, Record<'_>)]) -> Option<usize> {
        let wanted = record.text("extends", self.diagnostics)?;
        let found = all.iter().position(|(n, _)| n.text == wanted.text);
        if found.is_none() {
            let message = format!("this stage has no rule `{}`", wanted.text);
            let diagnostic = Diagnostic::error(Code::UnknownName, wanted.span, message);
            self.diagnostics
                .push(diagnostic.suggest(&wanted.text, all.iter().map(|(n, _)| &*n.text)));
        }
        found
    }

    /// Positions of rules, parents first; rules that extend each other are reported and left out.
    fn in_order(&mut self, records: &[(&Excerpt, Record<'_>)]) -> Vec<usize> {
        let mut graph = DiGraph::<usize, ()>::new();
        let nodes: Vec<_> = (0..records.len()).map(|i| graph.add_node(i)).collect();
        let mut silent = Diagnostics::default();
        for (index, (_, record)) in records.iter().enumerate() {
            let parent = record.text("extends", &mut silent);
            if let Some(parent) =
                parent.and_then(|p| records.iter().position(|(n, _)| n.text == p.text))
            {
                graph.add_edge(nodes[index], nodes[parent], ());
            }
        }
        let mut order = Vec::new();
        for group in petgraph::algo::tarjan_scc(&graph) {
            if group.len() > 1 || graph.contains_edge(group[0], group[0]) {
                for node in group {
                    let name = records[graph[node]].0;
                    self.report(
                        Code::RuleSyntax,
                        name.span,
                        format!("rule `{}` extends itself", name.text),
                    );
                }
            } else {
                order.push(graph[group[0]]);
            }
        }
        order
    }

    fn rule(&mut self, name: &Excerpt, record: &Record<'_>, parent: Option<&Rule>) -> Option<Rule> {
        let (variable, class) = self.pattern(name, record, parent)?;
        let mut scope = Scope::with(self.helpers.clone());
        scope.push(variable.clone(), Type::Class(class));
        let mut rule = Rule {
            name: name.text.clone(),
            span: name.span,
            is_abstract: record.flag("abstract", self.diagnostics),
            variable,
            class,
            guards: parent.map_or_else(Vec::new, |p| p.guards.clone()),
            lets: parent.map_or_else(Vec::new, |p| p.lets.clone()),
            bindings: parent.map_or_else(Vec::new, |p| p.bindings.clone()),
            deletes: record.flag("delete", self.diagnostics) || parent.is_some_and(|p| p.deletes),
        };
        for (name, expression) in &rule.lets {
            scope.push(name.clone(), expression.ty.clone());
        }
        for entry in record.map("let", self.diagnostics) {
            if let Some(expression) = self.expression(&entry.value, &scope) {
                scope.push(entry.key.text.clone(), expression.ty.clone());
                rule.lets.push((entry.key.text.clone(), expression));
            }
        }
        if let Some(node) = record.get("where") {
            rule.guards.extend(self.guard(node, &scope));
        }
        self.bindings(record, &mut rule, &scope);
        let acts = Action::ALL.iter().any(|(key, _)| record.get(key).is_some()) || rule.deletes;
        if !rule.is_abstract && rule.bindings.is_empty() && !acts {
            self.report(
                Code::RuleSyntax,
                name.span,
                format!("rule `{}` does nothing", name.text),
            );
        }
        Some(rule)
    }

    /// `match: {p: Class}`, or what the parent matches.
    fn pattern(
        &mut self,
        name: &Excerpt,
        record: &Record<'_>,
        parent: Option<&Rule>,
    ) -> Option<(Arc<str>, ClassId)> {
        let entries = record.map("match", self.diagnostics);
        let [entry] = entries else {
            if let (Some(parent), []) = (parent, entries) {
                return Some((parent.variable.clone(), parent.class));
            }
            let span = record.get("match").map_or(name.span, |n| n.span);
            let diagnostic = Diagnostic::error(
                Code::RuleSyntax,
                span,
                "a rule matches one variable of a class",
            );
            self.diagnostics
                .push(diagnostic.hint("such as `match: {x: Class}`"));
            return None;
        };
        let text = entry.value.scalar()?;
        let Some(class) = self.metamodel.class_named(&text.text) else {
            let message = format!("there is no class `{}`", text.text);
            let diagnostic = Diagnostic::error(Code::UnknownClass, text.span, message);
            let known = self.metamodel.classes().map(|(_, c)| &*c.name);
            self.diagnostics.push(diagnostic.suggest(&text.text, known));
            return None;
        };
        if let Some(parent) = parent
            && (parent.variable != entry.key.text || !self.metamodel.conforms(class, parent.class))
        {
            let parent_class = &self.metamodel.class(parent.class).name;
            let message = format!(
                "a rule that extends `{}` matches `{}: {parent_class}` or a sub type of it",
                parent.name, parent.variable
            );
            self.report(Code::RuleSyntax, entry.key.span, message);
            return None;
        }
        Some((entry.key.text.clone(), class))
    }

    fn expression(&mut self, node: &Node, scope: &Scope) -> Option<Expression> {
        let Some(text) = node.scalar() else {
            self.report(
                Code::RuleSyntax,
                node.span,
                format!("an expression belongs here, not {}", node.description()),
            );
            return None;
        };
        match expr::compile(text, scope, self.metamodel) {
            Ok(expression) => {
                self.diagnostics.extend(expression.warnings.iter().cloned());
                Some(expression)
            }
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }

    fn guard(&mut self, node: &Node, scope: &Scope) -> Option<Expression> {
        let guard = self.expression(node, scope)?;
        if !guard.ty.conforms(&Type::Boolean, self.metamodel) {
            let message = format!(
                "a condition is true or false, this is {}",
                guard.ty.display(self.metamodel)
            );
            self.report(Code::ExpressionType, guard.excerpt.span, message);
            return None;
        }
        Some(guard)
    }

    /// Adds the bindings of a rule; one of the same feature replaces the parent's.
    fn bindings(&mut self, record: &Record<'_>, rule: &mut Rule, scope: &Scope) {
        let inherited = rule.bindings.len();
        for (key, action) in Action::ALL {
            for entry in record.map(key, self.diagnostics) {
                let Some(feature) =
                    known_feature(self.metamodel, rule.class, &entry.key, self.diagnostics)
                else {
                    continue;
                };
                let declared = self.metamodel.feature(feature);
                if action == Action::Create && !declared.is_containment() {
                    let message =
                        format!("`create` makes parts, and `{}` holds none", declared.name);
                    self.report(Code::WrongType, entry.key.span, message);
                    continue;
                }
                if action == Action::Append && !declared.is_many() {
                    let message = format!(
                        "`append` adds to a list, and `{}` is one value",
                        declared.name
                    );
                    self.report(Code::WrongType, entry.key.span, message);
                    continue;
                }
                let Some(mut recipe) = recipe(
                    &entry.value,
                    feature,
                    self.metamodel,
                    (scope, self.diagnostics),
                ) else {
                    continue;
                };
                recipe.span = entry.key.span.to(recipe.span);
                let binding = Binding {
                    action,
                    feature,
                    recipe,
                };
                match rule.bindings[..inherited]
                    .iter()
                    .position(|b| b.feature == feature)
                {
                    Some(old) => rule.bindings[old] = binding,
                    None => rule.bindings.push(binding),
                }
            }
        }
    }
}
