//! Models to text: templates in Handlebars' language, typed against the metamodel, escaped for the target language.
//!
//! A template is a file with a front matter that says which artifact it makes, for which elements. [`Draft::read`]
//! reads it, [`Template::compile`] checks it with the [`Partials`] that it prints, [`Template::render`] prints the
//! artifacts of a model and records for each of their lines the template line and the slots of the model that it came
//! from. The cousins: Acceleo's templates, Epsilon's EGL.

mod compile;
mod front;
pub mod helpers;
pub mod language;
pub mod lint;
mod origins;
mod output;
mod passage;
mod path;
mod printer;
pub mod region;
mod render;
pub mod syntax;
mod values;

pub use compile::{Draft, Partials, Template};
pub use origins::Segment;

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Span};
use crate::model::ObjectId;

/// Whose an artifact is once it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The generator's: it is written again whenever it changes.
    Generated,
    /// The user's: it is written where it is missing, and never again.
    Once,
    /// The generator's alone: an edit of it is an error.
    Locked,
}

impl Ownership {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Generated, Self::Once, Self::Locked];

    /// The word in front matters and records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Once => "once",
            Self::Locked => "locked",
        }
    }
}

/// Where the paths of artifacts begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// In the folder that is for artifacts alone.
    Output,
    /// In the workspace, for what other programs look for there.
    Workspace,
}

/// A file that was rendered, not written yet.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Its path below the workspace, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whose it is.
    pub ownership: Ownership,
    /// The file of the template.
    pub template: Arc<str>,
    /// The `artifact:` line of the template.
    pub template_span: Span,
    /// The element that it was made for.
    pub element: ObjectId,
    /// Where its parts came from.
    origins: origins::Notes,
    /// The parts of it that are the user's, with what stands there until the user writes something.
    pub regions: Vec<region::Region>,
}

impl Artifact {
    /// Where its parts came from, in order.
    pub fn segments(&self) -> Vec<Segment> {
        self.origins.segments().collect()
    }

    /// The text or tag of the template that printed a byte.
    pub fn template_at(&self, offset: usize) -> Span {
        let segments = self.segments();
        let last = segments.len().saturating_sub(1);
        let position = segments.partition_point(|segment| segment.end <= offset);
        let Some(segment) = segments.get(position.min(last)) else {
            return self.template_span;
        };
        // A text of the template stands in the artifact byte for byte, as long as nothing indented it.
        let text = segment.template.range().len() == segment.end - segment.start;
        if text {
            let within = offset.saturating_sub(segment.start);
            segment.template.part(within, 1)
        } else {
            segment.template
        }
    }

    /// Something that is wrong with it, at the line of the template that printed it.
    pub fn flawed(&self, flaw: &language::Flaw, what: &str) -> Diagnostic {
        let before = &self.text[..self.text.floor_char_boundary(flaw.offset)];
        let line = before.matches('\n').count() + 1;
        let shown = self.text.lines().nth(line - 1).unwrap_or_default().trim();
        let message = format!("{}:{line} would be {what}: {}", self.path, flaw.message);
        Diagnostic::error(
            Code::InvalidArtifact,
            self.template_at(flaw.offset),
            message,
        )
        .label(format!("prints `{shown}`"))
    }

    /// The parts that a line, from 1, consists of.
    pub fn line_segments(&self, line: usize) -> impl Iterator<Item = Segment> {
        let mut ends = self.text.split_inclusive('\n');
        let start: usize = ends
            .by_ref()
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let bytes = start..start + ends.next().map_or(0, str::len);
        let segments = self.segments().into_iter();
        let parts = segments.skip_while(move |segment| segment.end <= bytes.start);
        parts.take_while(move |segment| segment.start < bytes.end)
    }
}
