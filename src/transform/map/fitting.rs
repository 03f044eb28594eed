//! Whether what a rule declares fits together, and fits the rules that it extends.

use super::inherit::{Merged, Written};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt};
use crate::expr::{self, RuleType, Type};
use crate::metamodel::Metamodel;

/// Reports names that no expression can use, and those that two things of a rule have.
pub(super) fn check_names(merged: &Merged<'_>, diagnostics: &mut Diagnostics) {
    let sources = merged.sources.iter().map(|s| s.0);
    let lets = merged.lets.iter().map(|l| l.0);
    let targets = merged.targets.iter().map(|t| t.variable);
    let all: Vec<&Excerpt> = sources.chain(lets).chain(targets).collect();
    expr::check_names("rule", &all, diagnostics);
}

/// Reports what a rule matches or makes that is not what a rule that it extends does.
pub(super) fn check_parents(
    (written, merged): (&Written<'_>, &Merged<'_>),
    rule: &RuleType,
    (rules, metamodel): (&[RuleType], &Metamodel),
    diagnostics: &mut Diagnostics,
) {
    for parent in written.parents.iter().map(|p| &rules[*p]) {
        let places = merged.sources.iter().map(|s| s.1.span);
        for ((name, ty), span) in rule.sources.iter().zip(places) {
            let above = parent.sources.iter().find(|(n, _)| n == name);
            let Some((_, above)) = above.filter(|(_, a)| !ty.conforms(a, metamodel)) else {
                continue;
            };
            let [own, above] = [ty, above].map(|t| t.display(metamodel));
            let message = format!(
                "`{name}` is `{above}` in rule `{}`, which this one extends, and a `{own}` is none",
                parent.name
            );
            diagnostics.push(Diagnostic::error(Code::ExpressionType, span, message));
        }
        let places = merged.targets.iter().map(|t| t.class.span);
        for ((name, class), span) in rule.targets.iter().zip(places) {
            let above = parent.targets.iter().find(|(n, _)| n == name);
            let Some((_, above)) = above.filter(|(_, a)| !metamodel.conforms(*class, *a)) else {
                continue;
            };
            let [own, above] = [class, above].map(|c| Type::Class(*c).display(metamodel));
            let message = format!(
                "`{name}` is a new `{above}` in rule `{}`, which this one extends, and a `{own}` is none",
                parent.name
            );
            diagnostics.push(Diagnostic::error(Code::ExpressionType, span, message));
        }
    }
}
