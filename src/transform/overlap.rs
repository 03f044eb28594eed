//! Conditions of rules that can never hold, and pairs of rules whose conditions can hold for one element.

use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::expr::{Expression, Together, Type, together};
use crate::metamodel::{ClassId, Metamodel};

/// A rule, as far as its conditions go.
pub(super) struct Guarded<'r> {
    pub(super) name: &'r str,
    pub(super) span: Span,
    pub(super) class: ClassId,
    pub(super) guards: &'r [Expression],
}

/// Reports a rule that can match nothing.
pub(super) fn check_alone(
    rule: &Guarded<'_>,
    metamodel: &Metamodel,
    diagnostics: &mut Diagnostics,
) {
    if metamodel.concrete(rule.class).next().is_none() {
        let class = &metamodel.class(rule.class).name;
        let message = format!(
            "rule `{}` can never match: there is no object of class `{class}`",
            rule.name
        );
        diagnostics.push(Diagnostic::warning(Code::RuleNever, rule.span, message));
        return;
    }
    let guards: Vec<&Expression> = rule.guards.iter().collect();
    if together(&guards, metamodel) != Together::Never {
        return;
    }
    let message = format!(
        "rule `{}` can never match: its condition is always false",
        rule.name
    );
    let span = guards.last().map_or(rule.span, |g| g.excerpt.span);
    let mut diagnostic = Diagnostic::warning(Code::RuleNever, span, message);
    for guard in guards.iter().rev().skip(1) {
        diagnostic = diagnostic.related(guard.excerpt.span, "together with this");
    }
    diagnostics.push(diagnostic);
}

/// Whether both rules certainly match some element, if their paths mean what they seem to.
pub(super) fn overlap(one: &Guarded<'_>, other: &Guarded<'_>, metamodel: &Metamodel) -> bool {
    let classes = [Type::Class(one.class), Type::Class(other.class)];
    if !classes[0].overlaps(&classes[1], metamodel) {
        return false;
    }
    let guards: Vec<&Expression> = one.guards.iter().chain(other.guards).collect();
    together(&guards, metamodel) == Together::Possible
}
