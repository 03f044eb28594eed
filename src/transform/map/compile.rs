//! From the YAML of a map transform to checked rules.

use std::sync::Arc;

use super::fitting;
use super::inherit::{self, Merged, MergedTarget, Written};
use super::signature::Signature;
use super::{Map, OutputType, Rule, Source, Target};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Span};
use crate::expr::{self, Expression, Helpers, Lazy, RuleType, RuleTypes, Scope, Type};
use crate::format::node::{Node, Record};
use crate::metamodel::{ClassId, Metamodel, PackageId};
use crate::recipe::{Action, Bound, Reader, package};
use crate::transform::overlap::{self, Guarded};

/// Reads and checks the rules of a map transform. `None` where nothing can be run.
pub(in crate::transform) fn compile(
    name: &Arc<str>,
    record: &Record<'_>,
    (metamodel, helpers): (&Metamodel, &Arc<Helpers>),
    diagnostics: &mut Diagnostics,
) -> Option<Map> {
    let mut compiler = Compiler {
        metamodel,
        diagnostics,
        inputs: Vec::new(),
        names: Vec::new(),
        unsure: Vec::new(),
        outputs: Vec::new(),
        lets: Vec::new(),
        scope: Scope::with(helpers.clone()),
    };
    compiler.metamodels(record, name);
    compiler.scope.prefer(&compiler.inputs);
    compiler.scope.name_inputs(compiler.names.clone());
    for entry in record.map("let", compiler.diagnostics) {
        let scope = compiler.scope.clone();
        compiler.diagnostics.extend(expr::name_flaw(&entry.key));
        if let Some(value) = compiler.reader(&scope).expression(&entry.value) {
            compiler
                .scope
                .push(entry.key.text.clone(), value.ty.clone());
            compiler.lets.push(value);
        }
    }
    let written = inherit::written(
        record.list("rules", compiler.diagnostics),
        compiler.diagnostics,
    );
    if written.is_empty() {
        let message = "a map transform needs `rules`";
        let span = record.node.span;
        let diagnostic = Diagnostic::error(Code::RuleSyntax, span, message);
        compiler.diagnostics.push(diagnostic);
    }
    compiler.rules(&written)
}

pub(super) struct Compiler<'a> {
    pub(super) metamodel: &'a Metamodel,
    pub(super) diagnostics: &'a mut Diagnostics,
    /// The packages of the models that are read.
    pub(super) inputs: Vec<PackageId>,
    /// What the models that are read are called, where they are told apart.
    pub(super) names: Vec<Arc<str>>,
    /// The rules with a condition that is wrong, of which nobody knows what they match.
    unsure: Vec<Span>,
    pub(super) outputs: Vec<OutputType>,
    lets: Vec<Expression>,
    /// The variables of the transformation.
    scope: Scope,
}

impl Compiler<'_> {
    fn reader(&mut self, scope: &Scope) -> Reader<'_> {
        Reader {
            metamodel: self.metamodel,
            diagnostics: self.diagnostics,
            scope: scope.clone(),
            rules: None,
        }
    }

    /// `metamodels: {in: NAME, out: NAME}`, with lists or mappings for several.
    fn metamodels(&mut self, record: &Record<'_>, name: &Arc<str>) {
        let Some(node) = record.get("metamodels") else {
            let message = "a map transform needs `metamodels`: what it reads and what it makes";
            let diagnostic = Diagnostic::error(Code::RuleSyntax, record.node.span, message);
            self.diagnostics
                .push(diagnostic.hint("such as `metamodels: {in: library, out: shop}`"));
            return;
        };
        let Some(sides) = node.record("`metamodels`", &["in", "out"], self.diagnostics) else {
            return;
        };
        for side in ["in", "out"] {
            let Some(node) = sides.get(side) else {
                let message = format!("`metamodels` needs `{side}`");
                self.diagnostics
                    .error::<()>(Code::RuleSyntax, sides.node.span, message);
                continue;
            };
            for (own, named) in entries(node) {
                let Some(named) = named.scalar() else {
                    let message = format!("a metamodel is named, not {}", named.description());
                    self.diagnostics
                        .error::<()>(Code::RuleSyntax, node.span, message);
                    continue;
                };
                let Some(package) = package(named, self.metamodel, self.diagnostics) else {
                    continue;
                };
                if let ("in", Some(own)) = (side, own) {
                    self.name_input(own, package);
                }
                let name = own.map_or_else(|| name.clone(), |o| o.text.clone());
                match side {
                    "in" => self.inputs.push(package),
                    _ => self.outputs.push(OutputType { name, package }),
                }
            }
        }
    }

    /// Gives a model that is read its name. One that is called like a package is not told apart from others by it.
    fn name_input(&mut self, name: &Excerpt, of: PackageId) {
        let packages = || self.metamodel.packages().map(|(_, p)| &*p.name);
        if !packages().any(|p| p == &*name.text) {
            self.names.push(name.text.clone());
        } else if self.inputs.contains(&of) {
            let message = format!(
                "a package is called `{}`: the model needs another name",
                name.text
            );
            self.diagnostics
                .error::<()>(Code::RuleSyntax, name.span, message);
        }
    }

    fn rules(&mut self, written: &[Written<'_>]) -> Option<Map> {
        let order = inherit::in_order(written, self.diagnostics);
        let mut merged: Vec<Option<Merged<'_>>> = written.iter().map(|_| None).collect();
        for index in order {
            let own = inherit::merge(&written[index], &merged, self.diagnostics);
            merged[index] = Some(own);
        }
        let merged: Vec<Merged<'_>> = merged.into_iter().collect::<Option<_>>()?;
        let signatures: Vec<Signature> = written
            .iter()
            .zip(&merged)
            .map(|(w, m)| self.signature(w, m))
            .collect();
        // A rule that is not known whole would make others look wrong.
        let complete = signatures.iter().all(|s| s.complete);
        let (rules, inputs): (Vec<_>, Vec<_>) =
            signatures.into_iter().map(|s| (s.rule, s.inputs)).unzip();
        let types = Arc::new(RuleTypes { rules });
        if !complete {
            return None;
        }
        for ((written, merged), rule) in written.iter().zip(&merged).zip(&types.rules) {
            fitting::check_names(merged, self.diagnostics);
            let others = (&types.rules[..], self.metamodel);
            fitting::check_parents((written, merged), rule, others, self.diagnostics);
        }
        let rules = written.iter().zip(&merged).enumerate();
        let rules = rules.map(|(at, (w, m))| {
            let signature = (&types.rules[at], &inputs[at][..]);
            self.rule((w, m), signature, &types)
        });
        let rules: Vec<Rule> = rules.collect();
        self.check_guards(&rules);
        Some(Map {
            rules,
            lets: std::mem::take(&mut self.lets),
            types,
            inputs: std::mem::take(&mut self.inputs),
            outputs: std::mem::take(&mut self.outputs),
        })
    }

    /// Reports rules that match nothing, and pairs that match the same.
    fn check_guards(&mut self, rules: &[Rule]) {
        let alone = |rule: &Rule| match &rule.sources[..] {
            [
                Source {
                    ty: Type::Class(class),
                    ..
                },
            ] => Some(*class),
            _ => None,
        };
        let single: Vec<(usize, Guarded<'_>)> = rules
            .iter()
            .enumerate()
            .filter(|(_, r)| !r.is_abstract && r.lazy == Lazy::No)
            .filter(|(_, r)| !self.unsure.contains(&r.span))
            .filter_map(|(at, rule)| Some((at, rule.guarded(alone(rule)?))))
            .collect();
        for (at, (position, one)) in single.iter().enumerate() {
            overlap::check_alone(one, self.metamodel, self.diagnostics);
            for (other_position, other) in &single[at + 1..] {
                let [a, b] = [&rules[*position], &rules[*other_position]];
                let special =
                    a.ancestors.contains(other_position) || b.ancestors.contains(position);
                let apart = a.sources[0].input.is_some()
                    && b.sources[0].input.is_some()
                    && a.sources[0].input != b.sources[0].input;
                if special
                    || apart
                    || a.also
                    || b.also
                    || !overlap::overlap(one, other, self.metamodel)
                {
                    continue;
                }
                let message = format!(
                    "rules `{}` and `{}` can both match one element",
                    one.name, other.name
                );
                let diagnostic = Diagnostic::warning(Code::RuleOverlap, other.span, message)
                    .related(one.span, format!("`{}`", one.name));
                self.diagnostics.push(
                    diagnostic
                        .hint("let their `where` exclude each other, or mark one `also: true`"),
                );
            }
        }
    }

    fn rule(
        &mut self,
        (written, merged): (&Written<'_>, &Merged<'_>),
        (signature, inputs): (&RuleType, &[Option<Arc<str>>]),
        types: &Arc<RuleTypes>,
    ) -> Rule {
        let mut scope = self.scope.clone();
        for (variable, ty) in &signature.sources {
            scope.push(variable.clone(), ty.clone());
        }
        let mut lets = Vec::new();
        for (variable, value) in &merged.lets {
            if let Some(value) = self.reader(&scope).expression(value) {
                scope.push(variable.text.clone(), value.ty.clone());
                lets.push(value);
            }
        }
        let guards = merged.guards.iter();
        let guards = guards.filter_map(|g| self.reader(&scope).condition(g));
        let guards: Vec<Expression> = guards.collect();
        if guards.len() < merged.guards.len() || lets.len() < merged.lets.len() {
            self.unsure.push(written.name.span);
        }
        for (variable, class) in &signature.targets {
            scope.push(variable.clone(), Type::Made(*class));
        }
        scope.allow_rules(types.clone());
        let targets = merged.targets.iter().zip(&signature.targets);
        let targets = targets.map(|(target, (_, class))| Target {
            class: *class,
            bindings: self.bindings(target, *class, (&scope, types)),
        });
        let targets = targets.collect();
        Rule {
            name: written.name.text.clone(),
            span: written.name.span,
            is_abstract: signature.is_abstract,
            also: written.record.flag("also", self.diagnostics),
            lazy: signature.lazy,
            sources: signature
                .sources
                .iter()
                .zip(inputs)
                .map(|((_, ty), input)| Source {
                    ty: ty.clone(),
                    input: input.clone(),
                })
                .collect(),
            guards,
            lets,
            targets,
            ancestors: merged.ancestors.clone(),
            output: self.output(&written.record),
        }
    }

    fn output(&mut self, record: &Record<'_>) -> Option<usize> {
        let wanted = record.text("output", self.diagnostics)?;
        let found = self.outputs.iter().position(|o| o.name == wanted.text);
        if found.is_none() {
            let message = format!("no model that is made is called `{}`", wanted.text);
            let diagnostic = Diagnostic::error(Code::UnknownName, wanted.span, message);
            let known = self.outputs.iter().map(|o| &*o.name);
            self.diagnostics
                .push(diagnostic.suggest(&wanted.text, known));
        }
        found
    }

    fn bindings(
        &mut self,
        target: &MergedTarget<'_>,
        class: ClassId,
        (scope, types): (&Scope, &Arc<RuleTypes>),
    ) -> Vec<Bound> {
        let mut bindings = Vec::new();
        let bound = target.bindings.iter().map(|e| (*e, false));
        let appended = target.appended.iter().map(|e| (*e, true));
        for (entry, is_appended) in bound.chain(appended) {
            let key = &entry.key;
            let mut reader = Reader {
                metamodel: self.metamodel,
                diagnostics: self.diagnostics,
                scope: scope.clone(),
                rules: Some(types),
            };
            let Some(feature) = reader.feature(class, entry) else {
                continue;
            };
            let declared = self.metamodel.feature(feature);
            if is_appended && let Some(message) = Action::Append.misfit(declared) {
                reader
                    .diagnostics
                    .error::<()>(Code::WrongType, key.span, message);
                continue;
            }
            if let Some(mut recipe) = reader.recipe(&entry.value, feature) {
                recipe.span = key.span.to(recipe.span);
                bindings.push(Bound::new(self.metamodel, class, feature, recipe));
            }
        }
        bindings
    }
}

/// The members of a list or a mapping, or the one value.
pub(in crate::transform) fn members(node: &Node) -> impl Iterator<Item = &Node> {
    entries(node).into_iter().map(|(_, member)| member)
}

/// The members of a list, the entries of a mapping with their names, or the one value.
fn entries(node: &Node) -> Vec<(Option<&Excerpt>, &Node)> {
    if let Some(entries) = node.mapping() {
        return entries.iter().map(|e| (Some(&e.key), &e.value)).collect();
    }
    let all = node.sequence().unwrap_or(std::slice::from_ref(node));
    all.iter().map(|n| (None, n)).collect()
}
