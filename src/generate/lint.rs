//! A harder look at templates and at what they printed than generating needs: `template check` asks for it.

use std::collections::BTreeSet;

use super::{Artifact, front, language};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources, Span};

/// Holds template files against the handlebars crate, which decides what its language is.
///
/// Tests hold our own reader against it; a file that the two take differently is a mistake of ours, and found here.
pub fn second_opinion(sources: &Sources, files: &[FileId], diagnostics: &mut Diagnostics) {
    for file in files {
        let mut found = Diagnostics::default();
        let Some((_, body)) = front::split(sources, *file, &mut found) else {
            continue;
        };
        let source = sources.file(*file);
        if let Err(error) = handlebars::Template::compile(&source.text[body.range()]) {
            let line = error.pos().map_or(0, |(line, _)| line.saturating_sub(1));
            let starts = source.line_starts();
            let first = starts.partition_point(|s| *s < body.start);
            let at = starts.get(first + line).copied().unwrap_or(body.start);
            let span = Span::new(*file, at as usize, at as usize + 1);
            let message = format!("handlebars does not take this: {}", error.reason());
            diagnostics.push(Diagnostic::error(Code::TemplateSyntax, span, message));
        }
    }
}

/// Reports the templates that are not among those that printed something, by where they name their artifact.
pub fn unprinted(templates: &[Span], printed: &BTreeSet<Span>, diagnostics: &mut Diagnostics) {
    for span in templates.iter().filter(|s| !printed.contains(s)) {
        let message = "no element of the models makes an artifact by this template";
        diagnostics.push(Diagnostic::warning(Code::TemplateUnused, *span, message));
    }
}

/// Reports what is valid in an artifact and still untidy, each place of the template once.
pub fn untidy(artifacts: impl Iterator<Item = Artifact>, diagnostics: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    for artifact in artifacts {
        let advice = language::find(None, &artifact.path).map(|l| l.advise(&artifact.text));
        let advice = advice.into_iter().flatten().map(|f| (f.offset, f.message));
        let flaws = flaws(&artifact.path, &artifact.text).into_iter();
        for (offset, message) in advice.chain(flaws.map(|(at, m)| (at, m.to_owned()))) {
            let span = artifact.template_at(offset);
            if seen.insert((span, message.clone())) {
                let line = artifact.text[..offset].matches('\n').count() + 1;
                let message = format!("{}:{line}: {message}", artifact.path);
                diagnostics.push(Diagnostic::warning(Code::ArtifactUntidy, span, message));
            }
        }
    }
}

/// What is untidy in a text, with its place.
fn flaws(path: &str, text: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    // Two blanks at the end of a line are a line break there.
    let ending = path.rsplit_once('.').map_or("", |(_, e)| e);
    let blanks_mean = ending.eq_ignore_ascii_case("md");
    let (mut at, mut empty) = (0, 0);
    for line in text.split_inclusive('\n') {
        let code = line.trim_end_matches(['\r', '\n']);
        let kept = code.trim_end();
        if kept.len() < code.len() && !blanks_mean {
            found.push((at + kept.len(), "blanks at the end of the line"));
        }
        empty = if kept.is_empty() { empty + 1 } else { 0 };
        if empty == 3 {
            found.push((at, "three empty lines in a row"));
        }
        at += line.len();
    }
    if text.is_empty() {
        found.push((0, "nothing is printed"));
    } else if !text.ends_with('\n') {
        found.push((text.len() - 1, "the last line does not end"));
    } else if empty > 0 {
        found.push((text.len() - 1, "an empty line at the end"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_untidy_is_found() {
        assert_eq!(flaws("a.py", "x = 1\n\n\ny = 2\n"), []);
        assert_eq!(flaws("a.md", "a  \nb\n"), []);
        for (text, offset) in [
            ("a \nb\n", 1),
            ("a\n\n\n\nb\n", 4),
            ("", 0),
            ("a", 0),
            ("a\n\n", 2),
        ] {
            assert_eq!(
                flaws("a.py", text).first().map(|f| f.0),
                Some(offset),
                "{text:?}"
            );
        }
    }
}
