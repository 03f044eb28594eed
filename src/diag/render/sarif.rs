//! Diagnostics as SARIF 2.1.0, which code scanning services read.

use serde_json::{Value, json};

use crate::diag::{CODES, Diagnostic, Diagnostics, Fix, Label, Sources, Span};

/// Writes all diagnostics as one SARIF log with a final line break.
pub fn sarif(diagnostics: &Diagnostics, sources: &Sources, version: &str) -> String {
    let used = |id: &str| diagnostics.iter().any(|d| d.code.id() == id);
    let rules: Vec<Value> = CODES
        .iter()
        .filter(|row| used(row.id))
        .map(|row| json!({"id": row.id, "help": {"text": row.code.page(), "markdown": row.code.page()}}))
        .collect();
    let results: Vec<Value> = diagnostics.iter().map(|d| result(d, sources)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "mlopsgen", "version": version, "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text =
        serde_json::to_string_pretty(&log).expect("plain data has no keys that JSON lacks");
    text.push('\n');
    text
}

fn result(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let place = |label: &Label| location(label, sources);
    let mut message = diagnostic.message.clone();
    for hint in &diagnostic.hints {
        message.push_str("; ");
        message.push_str(hint);
    }
    let mut result = json!({
        "ruleId": diagnostic.code.id(),
        "level": diagnostic.severity.word(),
        "message": {"text": message},
        "locations": diagnostic.primary.iter().map(place).collect::<Vec<_>>(),
        "relatedLocations": diagnostic.related.iter().map(place).collect::<Vec<_>>(),
    });
    if !diagnostic.fixes.is_empty() {
        let changes = diagnostic.fixes.iter().map(|f| change(f, sources));
        result["fixes"] = changes.collect();
    }
    result
}

fn change(fix: &Fix, sources: &Sources) -> Value {
    json!({
        "description": {"text": fix.title},
        "artifactChanges": [{
            "artifactLocation": {"uri": sources.path(fix.span.file)},
            "replacements": [{
                "deletedRegion": region(fix.span, sources),
                "insertedContent": {"text": fix.replacement},
            }],
        }],
    })
}

fn location(label: &Label, sources: &Sources) -> Value {
    json!({
        "message": {"text": label.text},
        "physicalLocation": {
            "artifactLocation": {"uri": sources.path(label.span.file)},
            "region": region(label.span, sources),
        },
    })
}

fn region(span: Span, sources: &Sources) -> Value {
    let file = sources.file(span.file);
    let (start, end) = (file.position(span.start), file.position(span.end));
    json!({
        "startLine": start.line, "startColumn": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}
