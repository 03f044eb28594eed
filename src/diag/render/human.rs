//! The form that people read: headline, excerpt of the file with the place underlined, hints.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::diag::{Diagnostic, Label, Position, Severity, SourceFile, Sources};

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
    for near in together(&labels, sources) {
        let file = sources.file(near[0].1.span.file);
        let window = window(&near, file);
        if let Some(at) = window.cut {
            let origin = Origin::path(file.path.as_str());
            group = group.element(origin.line(at.line).char_column(at.column));
        }
        group = group.element(snippet(&near, file, &window));
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

/// How far apart, in bytes, places of a file may be to be shown in one excerpt.
const NEAR: usize = 20_000;
/// How long a line may be to be shown whole, in bytes.
const MAX_LINE: usize = 1000;
/// How much of a longer line is shown before and behind what is meant.
const AROUND: usize = 60;

/// A label, and whether it is the primary one.
type Marked<'l> = (bool, &'l Label);

/// The labels of one excerpt each: those of a file that are near the first.
///
/// A renderer that is given a file reads it all, once for each finding: it is given what it shows.
fn together<'l>(labels: &[Marked<'l>], sources: &Sources) -> Vec<Vec<Marked<'l>>> {
    let mut groups: Vec<Vec<Marked<'l>>> = Vec::new();
    for label in labels {
        let near = |group: &&mut Vec<Marked<'l>>| {
            let (one, other) = (group[0].1.span, label.1.span);
            let file = sources.file(one.file);
            one.file == other.file
                && one.start.abs_diff(other.start) as usize <= NEAR
                && ends(one.start, file).is_some()
                && ends(other.start, file).is_some()
        };
        match groups.iter_mut().find(near) {
            Some(group) => group.push(*label),
            None => groups.push(vec![*label]),
        }
    }
    groups
}

/// Where the line of a byte begins and ends, unless it is long.
fn ends(offset: u32, file: &SourceFile) -> Option<std::ops::Range<usize>> {
    let starts = file.line_starts();
    let line = starts.partition_point(|s| *s <= offset).max(1) - 1;
    let begin = starts[line] as usize;
    let end = starts
        .get(line + 1)
        .map_or(file.text.len(), |s| *s as usize);
    (end - begin <= MAX_LINE).then_some(begin..end)
}

/// The part of a file that an excerpt shows.
struct Window {
    range: std::ops::Range<usize>,
    line: usize,
    /// The place that is meant, where the part is not of whole lines.
    cut: Option<Position>,
}

fn window(near: &[Marked<'_>], file: &SourceFile) -> Window {
    let lines = near.iter().map(|(_, l)| ends(l.span.start, file));
    let lines: Option<Vec<_>> = lines.collect();
    if let Some(lines) = lines {
        let begin = lines.iter().map(|l| l.start).min().unwrap_or_default();
        let end = lines.iter().map(|l| l.end).max().unwrap_or_default();
        let line = file.position(u32::try_from(begin).unwrap_or(u32::MAX)).line;
        return Window {
            range: begin..end,
            line,
            cut: None,
        };
    }
    let at = file.position(near[0].1.span.start);
    let begin = file.line_starts()[at.line - 1] as usize;
    let span = first_line(near[0].1, &file.text);
    let start = file
        .text
        .floor_char_boundary(span.start.saturating_sub(AROUND).max(begin));
    let end = span.end.min(span.start + AROUND) + AROUND;
    let end = file.text.ceil_char_boundary(end.min(file.text.len()));
    let end = file.text[start..end]
        .find(['\n', '\r'])
        .map_or(end, |n| start + n);
    Window {
        range: start..end,
        line: at.line,
        cut: Some(at),
    }
}

fn snippet<'s>(
    near: &[Marked<'s>],
    file: &'s SourceFile,
    window: &Window,
) -> Snippet<'s, Annotation<'s>> {
    let mut snippet = Snippet::source(&file.text[window.range.clone()])
        .line_start(window.line)
        .fold(true);
    if window.cut.is_none() {
        snippet = snippet.path(file.path.as_str());
    }
    for (primary, label) in near {
        let kind = if *primary {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let span = first_line(label, &file.text);
        let inside =
            |at: usize| at.clamp(window.range.start, window.range.end) - window.range.start;
        let mut annotation = kind.span(inside(span.start)..inside(span.end));
        if !label.text.is_empty() {
            annotation = annotation.label(label.text.as_str());
        }
        snippet = snippet.annotation(annotation);
    }
    snippet
}

/// The part of a span that is on its first line: what spans a whole object would drown the message.
fn first_line(label: &Label, text: &str) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary((label.span.start as usize).min(text.len()));
    let end = text.ceil_char_boundary((label.span.end as usize).clamp(start, text.len()));
    let line_end = text[start..end]
        .find(['\n', '\r'])
        .map_or(end, |n| start + n);
    start..line_end
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
