//! From a line of an artifact back to what made it.

use super::place::Place;
use crate::diag::Span;
use crate::generate::Artifact;
use crate::pipeline::Run;
use crate::transform::Slot;

/// Why a line of an artifact is there.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The line as it is generated.
    pub text: String,
    /// The lines of templates that printed it, each once, in order.
    pub templates: Vec<(Span, String)>,
    /// The element that the artifact is for, and its place in a file.
    pub element: (String, Option<Span>),
    /// The model that rules made, where the element is in one, and what made it.
    pub made: Option<(String, SlotOrigin)>,
    /// The slots of the model that were read for it.
    pub slots: Vec<Reason>,
}

/// A slot that was read, its value and where that came from.
#[derive(Clone, Debug)]
pub struct Reason {
    /// `evaluation.metrics`.
    pub slot: String,
    /// Its value as text.
    pub value: String,
    /// Where the value came from.
    pub origin: SlotOrigin,
}

/// Where a value came from.
#[derive(Clone, Debug)]
pub enum SlotOrigin {
    /// A line of a model.
    Written(Span),
    /// The default of the metamodel, declared there.
    Default(Option<Span>),
    /// A rule.
    Rule {
        /// Its name.
        rule: String,
        /// The transformation it belongs to.
        transform: String,
        /// The line that gives the value.
        binding: Span,
        /// The conditions under which the rule ran.
        guards: Vec<Span>,
        /// The elements that the rule made it of, with their places, where that is another model.
        elements: Vec<(String, Option<Span>)>,
        /// What the rule read that a person wrote.
        inputs: Vec<(String, String, Span)>,
    },
    /// The program, as the other end of a reference.
    Implied,
}

/// Explains the lines of an artifact.
pub struct Explainer<'r> {
    place: Place<'r>,
    artifact: Artifact,
    run: &'r Run,
}

impl<'r> Explainer<'r> {
    /// Finds the artifact at a path; `None` where the run has none there.
    pub fn of(run: &'r Run, path: &str) -> Option<Self> {
        let outline = run.artifact(path)?;
        Some(Self {
            place: Place::of_artifact(run, outline),
            artifact: outline.print(),
            run,
        })
    }

    /// The artifact as it is generated.
    pub fn text(&self) -> &str {
        &self.artifact.text
    }

    /// Explains a line, from 1, as it is generated; `None` where there are not so many.
    pub fn line(&self, line: usize) -> Option<Explanation> {
        let Self {
            place,
            artifact,
            run,
        } = self;
        let text = artifact.text.lines().nth(line.checked_sub(1)?)?.to_owned();
        let (templates, slots) = read(run, artifact, line);
        let reach = place.reach();
        // What only leads to another slot that was read says nothing of its own.
        let shown = slots
            .iter()
            .filter(|(_, f)| !reach.metamodel().feature(*f).is_containment() || slots.len() == 1);
        let element = artifact.element;
        let made = place
            .made(element)
            .map(|made| (place.name().to_owned(), made));
        let span = made.is_none().then(|| reach.nearest_span(element));
        Some(Explanation {
            text,
            templates,
            element: (reach.path(element), span),
            made,
            slots: shown.map(|(o, f)| place.reason(*o, *f)).collect(),
        })
    }
}

/// The lines of templates that printed a line, and the slots that were read for it.
fn read(run: &Run, artifact: &Artifact, line: usize) -> (Vec<(Span, String)>, Vec<Slot>) {
    let lines = artifact.text.split_inclusive('\n').take(line - 1);
    let start = lines.map(str::len).sum::<usize>();
    let mut templates: Vec<(Span, String)> = Vec::new();
    let mut slots: Vec<Slot> = Vec::new();
    for segment in artifact.line_segments(line) {
        // A text of the template may begin lines above: point at the part that is on this line.
        let skip = start.saturating_sub(segment.start);
        let length = segment.template.range().len();
        let span = if skip > 0 && skip < length {
            segment.template.part(skip, length - skip)
        } else {
            segment.template
        };
        let at = run.sources.position(span).line;
        let known =
            |(s, _): &(Span, String)| s.file == span.file && run.sources.position(*s).line == at;
        if !templates.iter().any(known) {
            let shown = run.sources.file(span.file).line(at);
            templates.push((span, shown.unwrap_or_default().trim().to_owned()));
        }
        for read in &segment.reads {
            if !slots.contains(read) {
                slots.push(*read);
            }
        }
    }
    (templates, slots)
}
