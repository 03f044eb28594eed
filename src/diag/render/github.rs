//! Diagnostics as workflow commands, which GitHub shows beside the changed lines.

use crate::diag::{Diagnostic, Sources};

/// Writes one diagnostic as one line, without a final line break.
pub fn github(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place = diagnostic
        .primary
        .as_ref()
        .map_or_else(String::new, |label| {
            let file = sources.file(label.span.file);
            let (start, end) = (
                file.position(label.span.start),
                file.position(label.span.end),
            );
            let path = property(&file.path);
            format!(
                "file={path},line={},col={},endLine={},",
                start.line, start.column, end.line
            )
        });
    let mut message = diagnostic.message.clone();
    for hint in &diagnostic.hints {
        message.push('\n');
        message.push_str(hint);
    }
    let (severity, code) = (diagnostic.severity.word(), diagnostic.code.id());
    format!("::{severity} {place}title={code}::{}", data(&message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
