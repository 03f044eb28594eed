//! From the YAML of stages to checked rules.

use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;

use petgraph::graph::DiGraph;

use super::{Refine, Rule, Stage};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Span};
use crate::expr::{self, Helpers, Scope, Type};
use crate::format::node::{Entry, Node, Record};
use crate::format::yaml;
use crate::metamodel::{ClassId, Metamodel, PackageId};
use crate::recipe::{Action, Binding, Reader, RecipeKind, own_package, pattern};
use crate::transform::overlap;

/// What limits a stage, where somebody forgot to.
const MAX: &str = "max: 100";

const STAGE_KEYS: &[&str] = &["stage", "description", "until", "max", "rules"];
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

/// Reads and checks the stages of a transform, which may call helpers.
pub(in crate::transform) fn compile(
    text: &str,
    record: &Record<'_>,
    (metamodel, helpers): (&Metamodel, &Arc<Helpers>),
    diagnostics: &mut Diagnostics,
) -> Refine {
    let package = own_package(record, metamodel, diagnostics);
    let helpers = helpers.clone();
    let mut compiler = Compiler {
        text,
        metamodel,
        helpers,
        diagnostics,
        packages: package.into_iter().collect(),
    };
    let stages = compiler.stages(record);
    Refine { stages }
}

struct Compiler<'a> {
    /// The text of the file.
    text: &'a str,
    metamodel: &'a Metamodel,
    helpers: Arc<Helpers>,
    diagnostics: &'a mut Diagnostics,
    /// The package that names are looked for in first.
    packages: Vec<PackageId>,
}

/// A rule that was checked, with the variable that it matches as it is written.
struct Known<'n> {
    rule: Rule,
    variable: &'n Excerpt,
}

impl Compiler<'_> {
    fn stages(&mut self, record: &Record<'_>) -> Vec<Stage> {
        let mut stages = Vec::new();
        if record.get("rules").is_some() {
            let rules = record.list("rules", self.diagnostics);
            stages.push(Stage {
                rules: self.rules(rules),
                fixpoint: None,
            });
        }
        for node in record.list("stages", self.diagnostics) {
            if self.is_other(
                node,
                ("rule", "a stage holds rules, and this is one", "rules"),
            ) {
                continue;
            }
            let Some(stage) = node.record("a stage", STAGE_KEYS, self.diagnostics) else {
                continue;
            };
            let fixpoint = self.fixpoint(&stage);
            let rules = stage.list("rules", self.diagnostics);
            stages.push(Stage {
                rules: self.rules(rules),
                fixpoint,
            });
        }
        if stages.is_empty() {
            self.diagnostics.error::<()>(
                Code::RuleSyntax,
                record.node.span,
                "a transform needs `stages` or `rules`".to_owned(),
            );
        }
        stages
    }

    /// Reports a member that is told by a key of its own to belong under another one.
    fn is_other(&mut self, node: &Node, (key, message, under): (&str, &str, &str)) -> bool {
        let Some(found) = node
            .mapping()
            .and_then(|m| m.iter().find(|e| &*e.key.text == key))
        else {
            return false;
        };
        let diagnostic = Diagnostic::error(Code::RuleSyntax, found.key.span, message);
        self.diagnostics
            .push(diagnostic.hint(format!("it belongs under `{under}` of the transform")));
        true
    }

    /// `until: fixpoint` and `max: N`.
    fn fixpoint(&mut self, stage: &Record<'_>) -> Option<(usize, Span)> {
        let until = stage.text("until", self.diagnostics);
        let max = stage.text("max", self.diagnostics);
        let Some(until) = until else {
            if let Some(max) = max {
                let message = "`max` limits a stage that repeats, and this one runs once";
                let diagnostic = Diagnostic::error(Code::RuleSyntax, max.span, message);
                self.diagnostics
                    .push(diagnostic.hint("`until: fixpoint` repeats it until nothing changes"));
            }
            return None;
        };
        if &*until.text != "fixpoint" {
            let message = format!(
                "a stage repeats until a fixpoint, not until `{}`",
                until.text
            );
            let diagnostic = Diagnostic::error(Code::RuleSyntax, until.span, message);
            self.diagnostics
                .push(diagnostic.suggest(&until.text, ["fixpoint"]));
        }
        let Some(max) = max else {
            let message = "a stage that repeats needs `max`, the most often that it may";
            let mut diagnostic = Diagnostic::error(Code::RuleSyntax, until.span, message);
            if let Some((span, text)) = yaml::entry_behind(self.text, stage, "until", MAX) {
                diagnostic = diagnostic.edit(format!("add `{MAX}`"), span, text);
            }
            let hint = format!("such as `{MAX}`");
            self.diagnostics.push(diagnostic.hint(hint));
            return None;
        };
        match max.text.parse::<usize>() {
            Ok(count) if count > 0 => Some((count, until.span)),
            _ => {
                let message = format!("`max` is a whole number from 1, not `{}`", max.text);
                self.diagnostics
                    .error::<()>(Code::RuleSyntax, max.span, message);
                None
            }
        }
    }

    /// Rules of one stage, parents before children.
    fn rules(&mut self, nodes: &[Node]) -> Vec<Rule> {
        let mut records: Vec<(&Excerpt, Record<'_>)> = Vec::new();
        for node in nodes {
            if self.is_other(
                node,
                (
                    "stage",
                    "a rule is wanted here, and this is a stage",
                    "stages",
                ),
            ) {
                continue;
            }
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
        let mut done: BTreeMap<usize, Known<'_>> = BTreeMap::new();
        for index in self.in_order(&records) {
            let (name, record) = &records[index];
            let parent = self.parent(record, &records).and_then(|p| done.get(&p));
            if let Some(rule) = self.rule(name, record, parent) {
                done.insert(index, rule);
            }
        }
        let rules: Vec<Rule> = done.into_values().map(|k| k.rule).collect();
        self.check_guards(&rules);
        rules
    }

    /// Reports rules that match nothing, and pairs that give one slot two values.
    fn check_guards(&mut self, rules: &[Rule]) {
        let running: Vec<&Rule> = rules.iter().filter(|r| !r.is_abstract).collect();
        for (at, one) in running.iter().enumerate() {
            overlap::check_alone(&one.guarded(), self.metamodel, self.diagnostics);
            for other in &running[at + 1..] {
                let Some((first, second)) = clash(one, other) else {
                    continue;
                };
                if !overlap::overlap(&one.guarded(), &other.guarded(), self.metamodel) {
                    continue;
                }
                let feature = &self.metamodel.feature(first.feature).name;
                let message = format!(
                    "rules `{}` and `{}` can give `{feature}` of one element two values",
                    one.name, other.name
                );
                let span = second.recipe.span;
                let diagnostic = Diagnostic::warning(Code::RuleOverlap, span, message)
                    .label(format!("`{}`", other.name))
                    .related(first.recipe.span, format!("`{}`", one.name));
                self.diagnostics
                    .push(diagnostic.hint("let their `where` exclude each other"));
            }
        }
    }

    fn parent(&mut self, record: &Record<'_>, all: &[(&Excerpt, Record<'_>)]) -> Option<usize> {
        let node = record.get("extends")?;
        let Some(wanted) = extended(node) else {
            let message = "a rule that completes a model extends one other rule";
            return self.diagnostics.error(Code::RuleSyntax, node.span, message);
        };
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
        for (index, (_, record)) in records.iter().enumerate() {
            let parent = record.get("extends").and_then(extended);
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
                    self.diagnostics.error::<()>(
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

    fn rule<'n>(
        &mut self,
        name: &Excerpt,
        record: &Record<'n>,
        parent: Option<&Known<'n>>,
    ) -> Option<Known<'n>> {
        let (variable, class) = self.pattern(record, parent)?;
        let parent = parent.map(|k| &k.rule);
        let lets = record.map("let", self.diagnostics);
        let names: Vec<&Excerpt> = iter::once(variable)
            .chain(lets.iter().map(|e| &e.key))
            .collect();
        expr::check_names("rule", &names, self.diagnostics);
        let mut scope = Scope::with(self.helpers.clone());
        scope.prefer(&self.packages);
        scope.push(variable.text.clone(), Type::Class(class));
        let mut rule = Rule {
            name: name.text.clone(),
            span: name.span,
            is_abstract: record.flag("abstract", self.diagnostics),
            variable: variable.text.clone(),
            class,
            guards: parent.map_or_else(Vec::new, |p| p.guards.clone()),
            lets: parent.map_or_else(Vec::new, |p| p.lets.clone()),
            bindings: parent.map_or_else(Vec::new, |p| p.bindings.clone()),
            deletes: record.flag("delete", self.diagnostics) || parent.is_some_and(|p| p.deletes),
        };
        for (name, expression) in &rule.lets {
            scope.push(name.clone(), expression.ty.clone());
        }
        for entry in lets {
            self.binding(entry, (&mut rule, &mut scope));
        }
        if let Some(node) = record.get("where") {
            let guard = self.reader(&scope).condition(node);
            rule.guards.extend(guard);
        }
        self.bindings(record, &mut rule, &scope);
        let said = |key: &str| record.get(key).is_some();
        let acts = Action::ALL.iter().any(|(key, _)| said(key)) || said("delete") || rule.deletes;
        if !rule.is_abstract && rule.bindings.is_empty() && !acts {
            self.diagnostics.error::<()>(
                Code::RuleSyntax,
                name.span,
                format!("rule `{}` does nothing", name.text),
            );
        }
        Some(Known { rule, variable })
    }

    /// Gives a value its name. One that is inherited is replaced, for what is inherited with it too.
    fn binding(&mut self, entry: &Entry, (rule, scope): (&mut Rule, &mut Scope)) {
        let name = &entry.key;
        let Some(at) = rule.lets.iter().position(|(n, _)| *n == name.text) else {
            let value = self.reader(scope).expression(&entry.value);
            if let Some(value) = value.filter(|_| name.text != rule.variable) {
                scope.push(name.text.clone(), value.ty.clone());
                rule.lets.push((name.text.clone(), value));
            }
            return;
        };
        let mut before = scope.clone();
        before.truncate(at + 1);
        let Some(value) = self.reader(&before).expression(&entry.value) else {
            return;
        };
        let inherited = &rule.lets[at].1.ty;
        if !value.ty.conforms(inherited, self.metamodel) {
            let [is, was] = [&value.ty, inherited].map(|t| t.display(self.metamodel));
            let message = format!(
                "`{}` is {was} where it is inherited, this is {is}",
                name.text
            );
            self.diagnostics
                .error::<()>(Code::ExpressionType, value.excerpt.span, message);
            return;
        }
        rule.lets[at].1 = value;
    }

    /// `match: {p: Class}`, or what the parent matches.
    fn pattern<'n>(
        &mut self,
        record: &Record<'n>,
        parent: Option<&Known<'n>>,
    ) -> Option<(&'n Excerpt, ClassId)> {
        if let (Some(parent), None) = (parent, record.get("match")) {
            return Some((parent.variable, parent.rule.class));
        }
        if parent.is_none() && record.get("extends").is_some() && record.get("match").is_none() {
            // What it extends is wrong, which was reported.
            return None;
        }
        let names = (self.metamodel, &self.packages[..]);
        let (variable, class) = pattern((record, "match"), "a rule", names, self.diagnostics)?;
        if let Some(Known { rule: parent, .. }) = parent
            && (parent.variable != variable.text || !self.metamodel.conforms(class, parent.class))
        {
            let parent_class = &self.metamodel.class(parent.class).name;
            let message = format!(
                "a rule that extends `{}` matches `{}: {parent_class}` or a sub type of it",
                parent.name, parent.variable
            );
            self.diagnostics
                .error::<()>(Code::RuleSyntax, variable.span, message);
            return None;
        }
        Some((variable, class))
    }

    fn reader(&mut self, scope: &Scope) -> Reader<'_> {
        Reader {
            metamodel: self.metamodel,
            diagnostics: self.diagnostics,
            scope: scope.clone(),
            rules: None,
        }
    }

    /// Adds the bindings of a rule; one of the same feature replaces the parent's.
    fn bindings(&mut self, record: &Record<'_>, rule: &mut Rule, scope: &Scope) {
        let inherited = rule.bindings.len();
        let own = self.reader(scope).bindings(record, rule.class);
        for binding in own.into_iter().flatten() {
            let mut known = rule.bindings[..inherited].iter_mut();
            match known.find(|b| b.feature == binding.feature) {
                Some(old) => *old = binding,
                None => rule.bindings.push(binding),
            }
        }
    }
}

/// The rule that `extends` names, by itself or as the only member of a list.
fn extended(node: &Node) -> Option<&Excerpt> {
    match node.sequence() {
        Some([only]) => only.scalar(),
        Some(_) => None,
        None => node.scalar(),
    }
}

/// Bindings of two rules that give one feature different literals.
fn clash<'r>(one: &'r Rule, other: &'r Rule) -> Option<(&'r Binding, &'r Binding)> {
    let literal = |b: &Binding| match &b.recipe.kind {
        RecipeKind::Literal(value, _) if b.action != Action::Append => Some(value.clone()),
        _ => None,
    };
    one.bindings.iter().find_map(|first| {
        let second = other.bindings.iter().find(|b| b.feature == first.feature)?;
        (literal(first)? != literal(second)?).then_some((first, second))
    })
}
