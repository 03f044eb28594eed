//! `match: {x: Class}`: what rules and constraints are about.

use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt};
use crate::format::node::Record;
use crate::metamodel::{ClassId, Metamodel, PackageId};

/// The one variable under a key, with its class, whose name is looked for in some packages first; what is no such
/// thing is reported, `what` being what needs it.
pub(crate) fn pattern<'n>(
    (record, key): (&Record<'n>, &str),
    what: &str,
    (metamodel, packages): (&Metamodel, &[PackageId]),
    diagnostics: &mut Diagnostics,
) -> Option<(&'n Excerpt, ClassId)> {
    let named = match record.map(key, diagnostics) {
        [entry] => entry.value.scalar().map(|class| (entry, class)),
        _ => None,
    };
    let Some((entry, class)) = named else {
        let title = record.entries.first().map(|e| e.value.span);
        let place = record.get(key).map(|n| n.span).or(title);
        let span = place.unwrap_or(record.node.span);
        let message = format!("{what} is about one variable of a class");
        let diagnostic = Diagnostic::error(Code::RuleSyntax, span, message);
        diagnostics.push(diagnostic.hint(format!("such as `{key}: {{x: Class}}`")));
        return None;
    };
    let name = metamodel.preferred(&class.text, packages);
    let found = metamodel.class_named(&name);
    if found.is_none() {
        diagnostics.push(no_class((&entry.key, class), metamodel));
    }
    found.map(|id| (&entry.key, id))
}

/// Says that there is no class of a name, or that it stands in the place of the variable.
pub(crate) fn no_class(
    (variable, class): (&Excerpt, &Excerpt),
    metamodel: &Metamodel,
) -> Diagnostic {
    let message = format!("there is no class `{}`", class.text);
    let diagnostic = Diagnostic::error(Code::UnknownClass, class.span, message);
    let name = &variable.text;
    if metamodel.class_named(name).is_none() {
        let known = metamodel.own_classes().map(|(_, c)| &*c.name);
        return diagnostic.suggest(&class.text, known);
    }
    let turned = format!("{}: {name}", class.text);
    let diagnostic = diagnostic.hint(format!("the variable comes first: `{turned}`"));
    diagnostic.replace_at(variable.span.to(class.span), turned)
}
