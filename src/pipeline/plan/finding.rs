//! What is to be said of files that are kept, or in which edits and generated lines meet.

use crate::diag::{Code, Diagnostic, Sources, Span};
use crate::generate::Artifact;

/// Something to be said of a file.
#[derive(Debug)]
pub(super) enum Finding {
    /// It was edited, and what was generated before is not known.
    Edited,
    /// Somebody else has written it.
    Foreign,
    /// It must not be edited and was, at this byte of this text.
    Locked(usize, String),
    /// An edit and what is generated now change the same lines, from this byte of this text.
    Conflict(usize, String),
    /// An earlier conflict is still in it.
    Unresolved(usize, String),
}

impl Finding {
    /// The finding with its place: the text that it points into is added to the sources.
    pub(super) fn diagnostic(self, artifact: &Artifact, sources: &mut Sources) -> Diagnostic {
        let path = &artifact.path;
        let mut line = |at: usize, text: String| {
            let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
            Span::new(sources.add(path.clone(), text), at, end)
        };
        match self {
            Self::Edited => {
                let message = format!("{path} was edited by hand: it is kept as it is");
                Diagnostic::global(Code::EditedByHand, message).hint(format!(
                    "what was generated before is not in git, so nothing can be merged: move the edit into the model \
                     or a template, or `mlopsgen accept {path}` where it has all that is generated now, or \
                     `mlopsgen reset {path}`"
                ))
            }
            Self::Foreign => {
                let message =
                    format!("{path} is there, and mlopsgen did not write it: it is kept as it is");
                let hint = format!("move it away, or `mlopsgen accept {path}` keeps it for good");
                Diagnostic::global(Code::ForeignFile, message).hint(hint)
            }
            Self::Locked(at, text) => {
                let message =
                    format!("{path} is locked and was edited by hand: it is kept as it is");
                let span = line(at, text);
                Diagnostic::error(Code::LockedArtifact, span, message)
                    .label("the first line that was not generated so")
                    .related(artifact.template_span, "the template that locks it")
                    .hint(format!(
                        "move the edit into the model or the template, then `mlopsgen reset {path}`"
                    ))
            }
            Self::Conflict(at, text) => {
                let message = format!("{path} was edited where something else is generated now");
                conflict(line(at, text), message, path)
            }
            Self::Unresolved(at, text) => {
                let message =
                    format!("{path} has a conflict that is not resolved: it is kept as it is");
                conflict(line(at, text), message, path)
            }
        }
    }
}

fn conflict(span: Span, message: String, path: &str) -> Diagnostic {
    Diagnostic::error(Code::MergeConflict, span, message)
        .label("both versions stand between the markers from here")
        .hint(format!(
            "leave of both what is right and take the markers out; or `mlopsgen reset {path}`"
        ))
}

/// Says that regions of an artifact were moved to another file, to this byte of this text.
pub(super) fn orphaned(
    path: &str,
    (file, at, text): (&str, usize, &str),
    sources: &mut Sources,
) -> Diagnostic {
    let at = text.floor_char_boundary(at);
    let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
    let span = Span::new(sources.add(file, text.to_owned()), at, end);
    let message = format!("{path} has no place any more for text of yours: it is kept in {file}");
    Diagnostic::warning(Code::OrphanedRegion, span, message)
        .hint("move it to where it belongs, then remove the file")
}
