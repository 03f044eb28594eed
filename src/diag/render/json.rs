//! Diagnostics as JSON, schema version 1.

use serde::Serialize;

use crate::diag::{Diagnostic, Diagnostics, Fix, Label, Sources, Span};

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    diagnostics: Vec<Finding<'a>>,
}

/// One diagnostic as every report shows it.
#[derive(Serialize)]
pub struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Place<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    hints: &'a [String],
    /// Each of them resolves it by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'a str,
}

#[derive(Serialize)]
struct Edit<'a> {
    title: &'a str,
    start: u32,
    end: u32,
    replacement: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    safe: bool,
}

/// Writes all diagnostics as one JSON object with a final line break.
pub fn json(diagnostics: &Diagnostics, sources: &Sources) -> String {
    let report = Report {
        version: 1,
        diagnostics: findings(diagnostics.iter(), sources),
    };
    let mut text =
        serde_json::to_string_pretty(&report).expect("plain data has no keys that JSON lacks");
    text.push('\n');
    text
}

/// Diagnostics as parts of a report.
pub fn findings<'a>(
    diagnostics: impl Iterator<Item = &'a Diagnostic>,
    sources: &'a Sources,
) -> Vec<Finding<'a>> {
    diagnostics.map(|d| finding(d, sources)).collect()
}

fn finding<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Finding<'a> {
    let place = |label: &'a Label| place(label.span, &label.text, sources);
    let edit = |fix: &'a Fix| Edit {
        title: &fix.title,
        start: fix.span.start,
        end: fix.span.end,
        replacement: &fix.replacement,
        safe: fix.is_safe,
    };
    Finding {
        code: diagnostic.code.id(),
        severity: diagnostic.severity.word(),
        message: &diagnostic.message,
        place: diagnostic.primary.as_ref().map(place),
        related: diagnostic.related.iter().map(place).collect(),
        hints: &diagnostic.hints,
        fixes: diagnostic.fixes.iter().map(edit).collect(),
    }
}

fn place<'a>(span: Span, label: &'a str, sources: &'a Sources) -> Place<'a> {
    let file = sources.file(span.file);
    let (start, end) = (file.position(span.start), file.position(span.end));
    Place {
        file: &file.path,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        label,
    }
}
