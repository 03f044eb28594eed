//! From a line of an artifact back to what made it.

use std::collections::BTreeSet;

use crate::diag::Span;
use crate::metamodel::FeatureId;
use crate::model::{ObjectId, Origin, Reach};
use crate::pipeline::{ModelRun, Run};
use crate::transform::{Link, Trace};

/// Why a line of an artifact is there.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The line as it is generated.
    pub text: String,
    /// The lines of templates that printed it, each once, in order.
    pub templates: Vec<(Span, String)>,
    /// The element that the artifact is for, and its place.
    pub element: (String, Span),
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
        /// What the rule read that a person wrote.
        inputs: Vec<(String, String, Span)>,
    },
    /// The program, as the other end of a reference.
    Implied,
}

/// Explains a line, from 1, of the artifact at `path`. `None` where no artifact has that path or line.
pub fn explain(run: &Run, path: &str, line: usize) -> Option<Explanation> {
    let (model_run, artifact) = run.artifacts().find(|(_, a)| a.path == path)?;
    let text = artifact.text.lines().nth(line.checked_sub(1)?)?.to_owned();
    let segments = artifact.line_segments(line);
    let start = artifact
        .text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum::<usize>();
    let mut templates: Vec<(Span, String)> = Vec::new();
    let mut slots: Vec<(ObjectId, FeatureId)> = Vec::new();
    for segment in segments {
        // A text of the template may begin lines above: point at the part that is on this line.
        let skip = start.saturating_sub(segment.start);
        let span = if skip > 0 && skip < segment.template.range().len() {
            segment
                .template
                .part(skip, segment.template.range().len() - skip)
        } else {
            segment.template
        };
        let at = run.sources.position(span).line;
        let shown = run
            .sources
            .file(span.file)
            .line(at)
            .unwrap_or_default()
            .trim()
            .to_owned();
        let known = templates
            .iter()
            .any(|(s, _)| s.file == span.file && run.sources.position(*s).line == at);
        if !known {
            templates.push((span, shown));
        }
        for read in &segment.reads {
            if !slots.contains(read) {
                slots.push(*read);
            }
        }
    }
    let reach = run.reach(&model_run.completed);
    // What only leads to another slot that was read says nothing of its own.
    let shown = slots
        .iter()
        .filter(|(_, f)| !reach.metamodel().feature(*f).is_containment() || slots.len() == 1);
    Some(Explanation {
        text,
        templates,
        element: (
            reach.path(artifact.element),
            reach.nearest_span(artifact.element),
        ),
        slots: shown
            .map(|(o, f)| reason((run, model_run), *o, *f))
            .collect(),
    })
}

pub(super) fn reason(at: (&Run, &ModelRun), object: ObjectId, feature: FeatureId) -> Reason {
    let (run, model_run) = at;
    let reach = run.reach(&model_run.completed);
    let origin = match reach.origin(object, feature) {
        Some(Origin::Written(span)) => SlotOrigin::Written(span),
        Some(Origin::Implied) => SlotOrigin::Implied,
        None => SlotOrigin::Default(reach.metamodel().feature(feature).span),
        Some(Origin::Derived(link)) => {
            let trace = &model_run.trace;
            SlotOrigin::of_rule(&trace.get(link), (reach, trace))
        }
    };
    Reason {
        slot: slot_name(reach, object, feature),
        value: reach.show(object, feature),
        origin,
    }
}

impl SlotOrigin {
    /// What a rule wrote; `from` is the model that it read, with what rules wrote there before.
    pub(super) fn of_rule(link: &Link<'_>, from: (Reach<'_>, &Trace)) -> Self {
        Self::Rule {
            rule: link.rule.rule.to_string(),
            transform: link.rule.transform.to_string(),
            binding: link.binding,
            guards: link.rule.guards.clone(),
            inputs: inputs(from, &link.reads()),
        }
    }
}

/// What was read, directly or through other rules, that stands in the model file or in knowledge.
fn inputs(
    (reach, trace): (Reach<'_>, &Trace),
    reads: &[(ObjectId, FeatureId)],
) -> Vec<(String, String, Span)> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<(ObjectId, FeatureId)> = reads.iter().rev().copied().collect();
    let mut found = Vec::new();
    while let Some((object, feature)) = open.pop() {
        if !seen.insert((object, feature)) || reach.is_deleted(object) {
            continue;
        }
        match reach.origin(object, feature) {
            Some(Origin::Written(span)) if !reach.metamodel().feature(feature).is_containment() => {
                found.push((object, feature, span));
            }
            Some(Origin::Derived(link)) => open.extend(trace.get(link).reads().iter().rev()),
            _ => {}
        }
    }
    let searched = searched(&seen);
    found.retain(|(object, feature, _)| !object.is_knowledge() || !searched.contains(feature));
    // From near to far: what is known, then what it was looked up for.
    found.sort_by_key(|(object, ..)| !object.is_knowledge());
    let shown = found.into_iter().map(|(object, feature, span)| {
        let name = slot_name(reach, object, feature);
        (name, reach.show(object, feature), span)
    });
    shown.collect()
}

/// The features that were read of several objects of knowledge: a search that tells nothing of what it found.
fn searched(reads: &BTreeSet<(ObjectId, FeatureId)>) -> BTreeSet<FeatureId> {
    let known = reads.iter().filter(|(object, _)| object.is_knowledge());
    let mut once = BTreeSet::new();
    known
        .map(|(_, f)| *f)
        .filter(|f| !once.insert(*f))
        .collect()
}

/// `evaluation.metrics`; what is known has many roots, and so begins with the name of its own.
fn slot_name(reach: Reach<'_>, object: ObjectId, feature: FeatureId) -> String {
    let path = reach.path(object);
    let whole = path.trim_start_matches('/');
    let below = if object.is_knowledge() {
        whole
    } else {
        whole.split_once('/').map_or("", |(_, rest)| rest)
    };
    let below = below.replace('/', ".");
    let name = &reach.metamodel().feature(feature).name;
    if below.is_empty() {
        name.to_string()
    } else {
        format!("{below}.{name}")
    }
}
