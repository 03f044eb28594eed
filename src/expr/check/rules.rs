//! `x.target('Rule.variable')` and `rules.Name(x)`: what rules of a map transformation make.

use std::ops::Range;
use std::sync::Arc;

use super::Checker;
use crate::diag::Code;
use crate::expr::node::{Kind, Node, RuleTarget};
use crate::expr::syntax::{Access, ArgumentTree, CallTree, Tree, TreeKind};
use crate::expr::{Lazy, RuleType, RuleTypes, Type};
use crate::metamodel::ClassId;

type Checked = Option<(Kind, Type)>;

impl Checker<'_> {
    /// Checks a call that asks for what a rule makes; `None` for every other call.
    pub(super) fn of_rules(&mut self, call: &CallTree) -> Option<Checked> {
        let rules = self.rules.clone()?;
        if call.access != Access::Dot {
            return None;
        }
        if &*call.name.text == "target" {
            return Some(self.target(call, &rules));
        }
        match &call.of.kind {
            TreeKind::Path(path) if path.text() == "rules" && !self.is_variable("rules") => {
                Some(self.application(call, &rules))
            }
            _ => None,
        }
    }

    /// How what a rule makes of objects of a class is asked for, where one of its targets is called so.
    pub(super) fn made_as(&self, class: ClassId, name: &str) -> Option<String> {
        let rules = self.rules.as_ref()?;
        rules.rules.iter().find_map(|rule| {
            let [(_, ty)] = &rule.sources[..] else {
                return None;
            };
            let takes = rule.lazy != Lazy::Each && Type::Class(class).overlaps(ty, self.metamodel);
            let target = rule.targets.iter().position(|(n, _)| &**n == name)?;
            takes.then(|| rule.target(target))
        })
    }

    fn is_variable(&self, name: &str) -> bool {
        self.variables.iter().any(|v| &*v.0 == name)
    }

    /// `x.target('Rule.variable', y…)`, with the further objects that the rule matches.
    fn target(&mut self, call: &CallTree, rules: &Arc<RuleTypes>) -> Checked {
        let receiver = self.check(&call.of);
        let Some(ArgumentTree::Value(named)) = call.arguments.first() else {
            let range = call.name.range.clone();
            let finding = self.diagnostic(Code::ExpressionSyntax, range, "`target` needs a rule");
            return self.report(finding.hint("such as `x.target('Rule.variable')`"));
        };
        let found = self.rule_target(named, rules);
        let further: Vec<Option<Node>> = call.arguments[1..]
            .iter()
            .map(|a| self.rule_argument(a))
            .collect();
        let (receiver, of) = (receiver?, found?);
        let list = receiver.ty.is_list();
        let mut sources = vec![receiver];
        sources.extend(further.into_iter().collect::<Option<Vec<Node>>>()?);
        let rule = &rules.rules[of.rule];
        if rule.lazy == Lazy::Each {
            let message = format!("rule `{}` makes another object at each call", rule.name);
            let finding = self.diagnostic(Code::ExpressionType, named.range.clone(), message);
            return self.report(finding.hint(format!("call it: `rules.{}(…)`", rule.name)));
        }
        let given = sources.iter().enumerate().map(|(i, n)| {
            let ty = if i == 0 { n.ty.item() } else { &n.ty };
            (ty.clone(), n.range.clone())
        });
        self.fit_sources(rule, given.collect(), call)?;
        let ty = Type::Made(rule.targets[of.target].1);
        let ty = if list { ty.list() } else { ty };
        Some((Kind::Target(sources, of), ty))
    }

    /// A value that a rule takes.
    fn rule_argument(&mut self, argument: &ArgumentTree) -> Option<Node> {
        match argument {
            ArgumentTree::Value(tree) => self.check(tree),
            ArgumentTree::Type(_) | ArgumentTree::Lambda { .. } | ArgumentTree::Fold(_) => {
                self.mistyped(&argument.range(), "a rule takes values")
            }
        }
    }

    /// The rule and target that a text names.
    fn rule_target(&mut self, named: &Tree, rules: &RuleTypes) -> Option<RuleTarget> {
        let TreeKind::String(text) = &named.kind else {
            let message = "the rule is written as text: `'Rule.variable'`";
            return self.mistyped(&named.range, message);
        };
        let parts = text.rsplit_once('.').filter(|_| rules.find(text).is_none());
        let (name, variable) = parts.unwrap_or((text, ""));
        let Some((position, rule)) = rules.find(name) else {
            let message = format!("there is no rule `{name}`");
            let finding = self.diagnostic(Code::UnknownName, named.range.clone(), message);
            return self.report(finding.suggest(name, rules.rules.iter().map(|r| &*r.name)));
        };
        let target = if variable.is_empty() && !rule.targets.is_empty() {
            Some(0)
        } else {
            rule.targets.iter().position(|(n, _)| &**n == variable)
        };
        let Some(target) = target else {
            let message = format!("rule `{name}` makes nothing called `{variable}`");
            let finding = self.diagnostic(Code::UnknownName, named.range.clone(), message);
            return self.report(finding.suggest(variable, rule.targets.iter().map(|t| &*t.0)));
        };
        let rule = position;
        Some(RuleTarget { rule, target })
    }

    /// `rules.Name(x)`.
    fn application(&mut self, call: &CallTree, rules: &Arc<RuleTypes>) -> Checked {
        let arguments: Vec<Option<Node>> = call
            .arguments
            .iter()
            .map(|a| self.rule_argument(a))
            .collect();
        let name = &call.name;
        let Some((position, rule)) = rules.find(&name.text) else {
            let message = format!("there is no rule `{}`", name.text);
            let finding = self.diagnostic(Code::UnknownName, name.range.clone(), message);
            return self.report(finding.suggest(&name.text, rules.rules.iter().map(|r| &*r.name)));
        };
        if rule.lazy == Lazy::No {
            let message = format!("rule `{}` runs by itself, once for each match", rule.name);
            let finding = self.diagnostic(Code::ExpressionType, name.range.clone(), message);
            let hint = format!(
                "take what it made: `.target('{}')`, or make it `lazy: unique`",
                rule.name
            );
            return self.report(finding.hint(hint));
        }
        let arguments = arguments.into_iter().collect::<Option<Vec<Node>>>()?;
        let given = arguments.iter().map(|n| (n.ty.clone(), n.range.clone()));
        self.fit_sources(rule, given.collect(), call)?;
        let Some((_, class)) = rule.targets.first() else {
            let message = format!("rule `{}` makes nothing", rule.name);
            return self.mistyped(&name.range, message);
        };
        Some((Kind::Apply(position, arguments), Type::Made(*class)))
    }

    /// Checks that a rule takes these objects and values.
    fn fit_sources(
        &mut self,
        rule: &RuleType,
        given: Vec<(Type, Range<usize>)>,
        call: &CallTree,
    ) -> Option<()> {
        if given.len() != rule.sources.len() {
            let (wanted, count) = (rule.sources.len(), given.len());
            let message = format!("rule `{}` takes {wanted} source(s), not {count}", rule.name);
            let names: Vec<String> = rule
                .sources
                .iter()
                .map(|(n, t)| format!("{n}: {}", self.show(t)))
                .collect();
            let finding = self.diagnostic(Code::ExpressionType, call.name.range.clone(), message);
            return self.report(finding.hint(format!("it takes {}", names.join(", "))));
        }
        for ((name, wanted), (is, range)) in rule.sources.iter().zip(given) {
            if !is.overlaps(wanted, self.metamodel) {
                let each = is.is_list() && is.item().overlaps(wanted, self.metamodel);
                let (is, wanted) = (self.show(&is), self.show(wanted));
                let message = format!("`{name}` of rule `{}` is `{wanted}`, not `{is}`", rule.name);
                let finding = self.diagnostic(Code::ExpressionType, range, message);
                let call = format!("->collect(x | rules.{}(x))", rule.name);
                return self.report(if each {
                    finding.hint(format!("call it for each member: `{call}`"))
                } else {
                    finding
                });
            }
        }
        Some(())
    }
}
