//! What rules inherit: the records of a rule and of those that it extends, put together before anything is typed.
//!
//! Guards conjoin. Of two bindings of one feature the child's replaces the parent's; what stands under `append` comes
//! behind it.

use petgraph::graph::DiGraph;

use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt};
use crate::format::node::{Entry, Node, Record};

const RULE_KEYS: &[&str] = &[
    "rule",
    "description",
    "abstract",
    "extends",
    "lazy",
    "also",
    "from",
    "where",
    "let",
    "to",
    "append",
    "output",
];

/// A rule as it is written.
pub(super) struct Written<'n> {
    pub(super) name: &'n Excerpt,
    pub(super) record: Record<'n>,
    /// The rules that it names under `extends`.
    pub(super) parents: Vec<usize>,
}

/// A rule with what it inherits.
#[derive(Default)]
pub(super) struct Merged<'n> {
    /// Variable and class, each as it is written.
    pub(super) sources: Vec<(&'n Excerpt, &'n Node)>,
    pub(super) guards: Vec<&'n Node>,
    pub(super) lets: Vec<(&'n Excerpt, &'n Node)>,
    pub(super) targets: Vec<MergedTarget<'n>>,
    /// The rules that it extends, directly and through others.
    pub(super) ancestors: Vec<usize>,
}

/// A target with what it inherits.
#[derive(Clone)]
pub(super) struct MergedTarget<'n> {
    pub(super) variable: &'n Excerpt,
    pub(super) class: &'n Excerpt,
    /// Features and values, what is appended behind.
    pub(super) bindings: Vec<&'n Entry>,
    pub(super) appended: Vec<&'n Entry>,
}

/// Reads the records of rules and what they extend.
pub(super) fn written<'n>(nodes: &'n [Node], diagnostics: &mut Diagnostics) -> Vec<Written<'n>> {
    let mut rules: Vec<Written<'n>> = Vec::new();
    for node in nodes {
        let Some(record) = node.record("a rule", RULE_KEYS, diagnostics) else {
            continue;
        };
        let Some(name) = record.required("rule", "a rule", diagnostics) else {
            continue;
        };
        if let Some(first) = rules.iter().find(|r| r.name.text == name.text) {
            let message = format!("two rules are called `{}`", name.text);
            let diagnostic = Diagnostic::error(Code::RuleSyntax, name.span, message);
            diagnostics.push(diagnostic.related(first.name.span, "the first one"));
            continue;
        }
        rules.push(Written {
            name,
            record,
            parents: Vec::new(),
        });
    }
    for index in 0..rules.len() {
        rules[index].parents = parents(&rules, index, diagnostics);
    }
    rules
}

/// `extends: Name` or a list of names.
fn parents(rules: &[Written<'_>], index: usize, diagnostics: &mut Diagnostics) -> Vec<usize> {
    let Some(node) = rules[index].record.get("extends") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for wanted in node.sequence().unwrap_or(std::slice::from_ref(node)) {
        let Some(wanted) = wanted.scalar() else {
            let message = format!("`extends` names rules, not {}", wanted.description());
            diagnostics.push(Diagnostic::error(Code::RuleSyntax, wanted.span, message));
            continue;
        };
        let parent = rules.iter().position(|r| r.name.text == wanted.text);
        if parent.is_none() {
            let message = format!("there is no rule `{}`", wanted.text);
            let diagnostic = Diagnostic::error(Code::UnknownName, wanted.span, message);
            let known = rules.iter().map(|r| &*r.name.text);
            diagnostics.push(diagnostic.suggest(&wanted.text, known));
        }
        found.extend(parent);
    }
    found
}

/// Positions of rules, parents first; rules that extend each other are reported and left out.
pub(super) fn in_order(rules: &[Written<'_>], diagnostics: &mut Diagnostics) -> Vec<usize> {
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<_> = (0..rules.len()).map(|i| graph.add_node(i)).collect();
    for (index, rule) in rules.iter().enumerate() {
        for parent in &rule.parents {
            graph.add_edge(nodes[index], nodes[*parent], ());
        }
    }
    let mut order = Vec::new();
    for group in petgraph::algo::tarjan_scc(&graph) {
        if group.len() == 1 && !graph.contains_edge(group[0], group[0]) {
            order.push(graph[group[0]]);
            continue;
        }
        for node in group {
            let name = rules[graph[node]].name;
            let message = format!("rule `{}` extends itself", name.text);
            diagnostics.push(Diagnostic::error(Code::RuleSyntax, name.span, message));
        }
    }
    order
}

/// Puts a rule together with its parents, which were put together before.
pub(super) fn merge<'n>(
    rule: &Written<'n>,
    done: &[Option<Merged<'n>>],
    diagnostics: &mut Diagnostics,
) -> Merged<'n> {
    let mut merged = Merged::default();
    for parent in &rule.parents {
        merged.ancestors.push(*parent);
        if let Some(parent) = &done[*parent] {
            merged.inherit(parent);
        }
    }
    for entry in rule.record.map("from", diagnostics) {
        let own = (&entry.key, &entry.value);
        replace(&mut merged.sources, own, |s| s.0.text == entry.key.text);
    }
    merged.guards.extend(rule.record.get("where"));
    for entry in rule.record.map("let", diagnostics) {
        let own = (&entry.key, &entry.value);
        replace(&mut merged.lets, own, |l| l.0.text == entry.key.text);
    }
    for entry in rule.record.map("to", diagnostics) {
        merged.target(entry, diagnostics);
    }
    for entry in rule.record.map("append", diagnostics) {
        merged.append(entry, diagnostics);
    }
    merged
}

/// Puts something in the place of what is like it, or at the end.
fn replace<T>(all: &mut Vec<T>, own: T, like: impl Fn(&T) -> bool) {
    match all.iter().position(like) {
        Some(old) => all[old] = own,
        None => all.push(own),
    }
}

impl<'n> Merged<'n> {
    fn inherit(&mut self, parent: &Self) {
        for ancestor in &parent.ancestors {
            replace(&mut self.ancestors, *ancestor, |a| a == ancestor);
        }
        for source in &parent.sources {
            replace(&mut self.sources, *source, |s| s.0.text == source.0.text);
        }
        for guard in &parent.guards {
            // Of a rule that is inherited twice.
            replace(&mut self.guards, *guard, |g| g.span == guard.span);
        }
        for bound in &parent.lets {
            replace(&mut self.lets, *bound, |l| l.0.text == bound.0.text);
        }
        for target in &parent.targets {
            match self.find(&target.variable.text) {
                Some(own) => {
                    own.class = target.class;
                    for binding in &target.bindings {
                        own.bind(binding);
                    }
                    own.appended.extend(&target.appended);
                }
                None => self.targets.push(target.clone()),
            }
        }
    }

    fn find(&mut self, variable: &str) -> Option<&mut MergedTarget<'n>> {
        let mut targets = self.targets.iter_mut();
        targets.find(|t| &*t.variable.text == variable)
    }

    /// `variable: {Class: {feature: value}}`.
    fn target(&mut self, entry: &'n Entry, diagnostics: &mut Diagnostics) {
        let Some([made]) = entry.value.mapping() else {
            let message = format!("`{}` is to be one new object of a class", entry.key.text);
            let diagnostic = Diagnostic::error(Code::RuleSyntax, entry.value.span, message);
            diagnostics.push(diagnostic.hint("such as `{Class: {feature: value}}`"));
            return;
        };
        if !made.value.is_null() && made.value.mapping().is_none() {
            let message = format!(
                "the features of `{}` are a mapping, not {}",
                made.key.text,
                made.value.description()
            );
            diagnostics.push(Diagnostic::error(
                Code::RuleSyntax,
                made.value.span,
                message,
            ));
        }
        let bindings = made.value.mapping().unwrap_or_default();
        match self.find(&entry.key.text) {
            Some(own) => {
                own.class = &made.key;
                for binding in bindings {
                    own.bind(binding);
                }
            }
            None => self.targets.push(MergedTarget {
                variable: &entry.key,
                class: &made.key,
                bindings: bindings.iter().collect(),
                appended: Vec::new(),
            }),
        }
    }

    /// `append: {variable: {feature: value}}`.
    fn append(&mut self, entry: &'n Entry, diagnostics: &mut Diagnostics) {
        let names: Vec<String> = self
            .targets
            .iter()
            .map(|t| t.variable.text.to_string())
            .collect();
        let Some(target) = self.find(&entry.key.text) else {
            let message = format!("this rule makes nothing called `{}`", entry.key.text);
            let diagnostic = Diagnostic::error(Code::UnknownName, entry.key.span, message);
            let names = names.iter().map(String::as_str);
            diagnostics.push(diagnostic.suggest(&entry.key.text, names));
            return;
        };
        let Some(bindings) = entry.value.mapping() else {
            let message = format!(
                "what is appended are features with values, not {}",
                entry.value.description()
            );
            let span = entry.value.span;
            diagnostics.push(Diagnostic::error(Code::RuleSyntax, span, message));
            return;
        };
        target.appended.extend(bindings);
    }
}

impl<'n> MergedTarget<'n> {
    fn bind(&mut self, binding: &'n Entry) {
        replace(&mut self.bindings, binding, |b| {
            b.key.text == binding.key.text
        });
    }
}
