//! A drift as a finding, for people and for the tools that show findings beside code.

use super::verdict::{Drift, DriftKind};
use crate::diag::{Code, Diagnostic, Sources, Span, one_line};
use crate::git::Revision;

impl Drift {
    /// The finding, at the line of the file that differs first; its text is added to the sources. The commit is the
    /// one that brought it in, where that is known.
    pub fn diagnostic(
        &self,
        text: Option<String>,
        culprit: Option<&Revision>,
        sources: &mut Sources,
    ) -> Diagnostic {
        let by = culprit.map_or_else(String::new, by);
        let message = format!("{}{by}", self.sentence());
        let diagnostic = match (&self.at, text) {
            (Some(at), Some(text)) if at.found.is_some() => {
                let span = line(at.line, &self.path, text, sources);
                let label = match &at.wanted {
                    Some(wanted) if wanted.trim().is_empty() => "an empty line is right".to_owned(),
                    Some(wanted) => format!("right is `{}`", wanted.trim()),
                    None => "the file ends before this line".to_owned(),
                };
                Diagnostic::error(Code::Drift, span, message).label(label)
            }
            (_, Some(text)) => {
                let file = sources.add(self.path.as_str(), text);
                Diagnostic::error(Code::Drift, Span::new(file, 0, 0), message)
            }
            (_, None) => Diagnostic::global(Code::Drift, message),
        };
        match self.hint() {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        }
    }

    fn sentence(&self) -> String {
        let path = &self.path;
        match &self.kind {
            DriftKind::Edited => format!("{path} is not what is generated: it was edited"),
            DriftKind::Orphaned => {
                format!("{path} holds text of yours and nothing generates it any more")
            }
            DriftKind::Conflict => format!("{path} has a conflict that is not resolved"),
            DriftKind::Missing => format!("{path} is generated and is not there"),
            DriftKind::LeftOver => format!("{path} is there and nothing generates it any more"),
            DriftKind::Foreign => {
                format!("{path} is there and no record says that it was generated")
            }
            DriftKind::Stale => {
                format!("{path} is what its record says, and something else is generated")
            }
            DriftKind::Input { behind: 0, .. } => {
                format!("{path} is not the file that its record speaks of")
            }
            DriftKind::Input { behind: 1, .. } => {
                format!("{path} changed without what is generated: an artifact is behind")
            }
            DriftKind::Input { behind, .. } => {
                format!("{path} changed without what is generated: {behind} artifacts are behind")
            }
            DriftKind::Broken(why) => format!("{path} has errors, nothing can be generated: {why}"),
            DriftKind::Record => format!("{path} does not say what was made of what"),
        }
    }

    fn hint(&self) -> Option<String> {
        let path = &self.path;
        match self.kind {
            DriftKind::Edited => Some(format!(
                "`mlopsgen accept {path}` takes it for right, `mlopsgen reset {path}` undoes it; then commit"
            )),
            DriftKind::Orphaned => {
                Some("move the text to where it belongs, then remove the file".to_owned())
            }
            DriftKind::Conflict | DriftKind::Foreign | DriftKind::Broken(_) => None,
            _ => Some("`mlopsgen generate --commit` brings it up to date".to_owned()),
        }
    }
}

/// `, in 77ab310 of Jane, 2026-11-18 10:02`.
fn by(revision: &Revision) -> String {
    let author = one_line(&revision.author);
    format!(", in {} of {author}, {}", revision.short, revision.time)
}

/// The text of a line, without the blanks around it.
fn line(line: usize, path: &str, text: String, sources: &mut Sources) -> Span {
    let lines = text.split_inclusive('\n').take(line - 1);
    let start: usize = lines.map(str::len).sum();
    let all = text[start..].lines().next().unwrap_or_default();
    let indent = all.len() - all.trim_start().len();
    let end = start + all.trim_end().len().max(indent);
    Span::new(sources.add(path, text), start + indent, end)
}
