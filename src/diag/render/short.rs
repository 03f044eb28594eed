//! One line a diagnostic, `path:line:column: severity[code]: message`, as editors and grep like it.

use super::human::visible;
use crate::diag::{Diagnostic, Sources};

/// Writes one diagnostic as one line, without a final line break.
pub fn short(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place = diagnostic
        .primary
        .as_ref()
        .map_or_else(String::new, |label| {
            let at = sources.position(label.span);
            format!(
                "{}:{}:{}: ",
                sources.path(label.span.file),
                at.line,
                at.column
            )
        });
    let hints: Vec<String> = diagnostic
        .hints
        .iter()
        .map(|hint| format!(" ({})", visible(hint)))
        .collect();
    let (severity, code) = (diagnostic.severity.word(), diagnostic.code.id());
    format!(
        "{place}{severity}[{code}]: {}{}",
        visible(&diagnostic.message),
        hints.concat()
    )
}
