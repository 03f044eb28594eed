//! The front matter of a template: YAML between two lines of `---`.

use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::format::node::Node;
use crate::format::yaml;

/// Splits a template into its front matter and its body. Both are parts of the file.
pub(super) fn split(
    sources: &Sources,
    file: FileId,
    diagnostics: &mut Diagnostics,
) -> Option<(Node, Span)> {
    let text = &sources.file(file).text;
    let mut wrong = |message: &str| {
        let diagnostic = Diagnostic::error(
            Code::TemplateSyntax,
            Span::new(file, 0, 3.min(text.len())),
            message,
        );
        diagnostics.push(
            diagnostic
                .hint("begin the file with `---`, `artifact: name`, `for: {x: Class}`, `---`"),
        );
    };
    let Some(open) = line_of_dashes(text, 0) else {
        wrong("a template begins with a front matter");
        return None;
    };
    let mut at = open;
    while at < text.len() {
        let next = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
        if text[at..next].trim_end() == "---" {
            let front = yaml::parse_part(text, Span::new(file, open, at), diagnostics)?;
            return Some((front, Span::new(file, next, text.len())));
        }
        at = next;
    }
    wrong("the front matter has no end: a second line of `---` is missing");
    None
}

fn line_of_dashes(text: &str, at: usize) -> Option<usize> {
    let next = text[at..].find('\n').map(|n| at + n + 1)?;
    (text[at..next].trim_end() == "---").then_some(next)
}
