//! The form that people read: headline, excerpt of the file with the place underlined, hints.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diag::{Diagnostic, Label, Severity, Sources};

/// Whether the text is for a terminal that shows colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without escape sequences.
    Plain,
    /// With ANSI colours.
    Coloured,
}

/// Writes one diagnostic, without a final line break.
pub fn human(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = visible(&diagnostic.message);
    let mut group = Group::with_title(
        level
            .primary_title(message.as_str())
            .id(diagnostic.code.id()),
    );
    let labels: Vec<(bool, &Label)> = diagnostic
        .primary
        .iter()
        .map(|label| (true, label))
        .chain(diagnostic.related.iter().map(|label| (false, label)))
        .collect();
    let mut shown = Vec::new();
    for (_, label) in &labels {
        if shown.contains(&label.span.file) {
            continue;
        }
        shown.push(label.span.file);
        let here = labels
            .iter()
            .filter(|(_, l)| l.span.file == label.span.file);
        group = group.element(snippet(here, sources));
    }
    for hint in &diagnostic.hints {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    renderer
        .decor_style(DecorStyle::Ascii)
        .term_width(100)
        .render(&[group])
}

fn snippet<'s>(
    labels: impl Iterator<Item = &'s (bool, &'s Label)>,
    sources: &'s Sources,
) -> Snippet<'s, Annotation<'s>> {
    let labels: Vec<_> = labels.collect();
    let file = sources.file(labels[0].1.span.file);
    let mut snippet = Snippet::source(&*file.text)
        .line_start(1)
        .path(file.path.as_str())
        .fold(true);
    for (primary, label) in labels {
        let kind = if *primary {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let mut annotation = kind.span(first_line(label, &file.text));
        if !label.text.is_empty() {
            annotation = annotation.label(label.text.as_str());
        }
        snippet = snippet.annotation(annotation);
    }
    snippet
}

/// The part of a span that is on its first line: what spans a whole object would drown the message.
fn first_line(label: &Label, text: &str) -> std::ops::Range<usize> {
    let mut start = (label.span.start as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (label.span.end as usize).clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let line_end = text[start..]
        .find(['\n', '\r'])
        .map_or(text.len(), |n| start + n);
    start..end.min(line_end)
}

/// Makes control characters and text direction marks visible, so that a name in a model cannot drive a terminal.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if hidden {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}
