//! The names that people give to what expressions may use: variables, parameters, values under `let`.

use super::parser;
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt};

/// What is wrong with a name, where no expression can use it.
pub fn name_flaw(name: &Excerpt) -> Option<Diagnostic> {
    if parser::is_name(&name.text) {
        return None;
    }
    let message = format!("`{}` cannot be called in an expression", name.text);
    let finding = Diagnostic::error(Code::RuleSyntax, name.span, message);
    Some(finding.hint("a name has letters, digits and `_`, and is no word of the language"))
}

/// Reports the names in one place that no expression can use, and those that two things have.
pub fn check_names(place: &str, names: &[&Excerpt], diagnostics: &mut Diagnostics) {
    for (at, name) in names.iter().enumerate() {
        diagnostics.extend(name_flaw(name));
        let first = names[..at].iter().find(|n| n.text == name.text);
        if let Some(first) = first {
            let message = format!("two things of this {place} are called `{}`", name.text);
            let finding = Diagnostic::error(Code::RuleSyntax, name.span, message);
            diagnostics.push(finding.related(first.span, "the first one"));
        }
    }
}
