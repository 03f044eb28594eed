//! A model of a run as a place from which its values are followed back to what people wrote.

use std::collections::BTreeSet;

use super::explain::{Reason, SlotOrigin};
use crate::diag::Span;
use crate::metamodel::FeatureId;
use crate::model::{ObjectId, Origin, Reach};
use crate::pipeline::{ModelRun, Outline, Run, Stage};
use crate::transform::{Link, Side, Slot};

/// A model at the end of the rules: that of a file, or one that rules made.
#[derive(Clone, Copy)]
pub(super) struct Place<'r> {
    run: &'r Run,
    of: &'r ModelRun,
    position: usize,
}

impl<'r> Place<'r> {
    /// All models of a run, in order.
    pub(super) fn all(run: &'r Run) -> impl Iterator<Item = Self> {
        run.models.iter().flat_map(move |of| {
            let positions = 0..of.chain.stages.len();
            positions.map(move |position| Self { run, of, position })
        })
    }

    /// The model that an artifact was printed of.
    pub(super) fn of_artifact(run: &'r Run, artifact: Outline<'r>) -> Self {
        Self {
            run,
            of: artifact.of,
            position: artifact.position(),
        }
    }

    pub(super) fn stage(self) -> &'r Stage {
        &self.of.chain.stages[self.position]
    }

    pub(super) fn reach(self) -> Reach<'r> {
        self.run.reach(&self.stage().model)
    }

    /// The path of its file, or the name of the output that it is.
    pub(super) fn name(self) -> &'r str {
        self.stage().name.as_deref().unwrap_or(&self.of.path)
    }

    /// The model that the record of a write speaks of.
    fn of(self, link: &Link<'_>) -> Self {
        Self {
            position: self.of.chain.of(self.position, link),
            ..self
        }
    }

    /// Where a value came from.
    pub(super) fn reason(self, object: ObjectId, feature: FeatureId) -> Reason {
        let reach = self.reach();
        let origin = match reach.origin(object, feature) {
            Some(Origin::Written(span)) => SlotOrigin::Written(span),
            Some(Origin::Implied) => SlotOrigin::Implied,
            None => SlotOrigin::Default(reach.metamodel().feature(feature).span),
            Some(Origin::Derived(link)) => self.by_rule(&self.stage().trace.get(link)),
        };
        Reason {
            slot: self.slot_name((object, feature)),
            value: reach.show(object, feature),
            origin,
        }
    }

    /// The rule that made an object, where one did.
    pub(super) fn made(self, object: ObjectId) -> Option<SlotOrigin> {
        match self.stage().model.object_origin(object) {
            Origin::Derived(link) => Some(self.by_rule(&self.stage().trace.get(link))),
            _ => None,
        }
    }

    /// What a rule wrote here.
    fn by_rule(self, link: &Link<'_>) -> SlotOrigin {
        let source = self.of(link);
        let element = |object: &ObjectId| {
            let model = &source.stage().model;
            let place = model.object_origin(*object).span();
            (source.reach().path(*object), place)
        };
        let made = link.rule.side == Side::Source;
        SlotOrigin::Rule {
            rule: link.rule.rule.to_string(),
            transform: link.rule.transform.to_string(),
            binding: link.binding,
            guards: link.rule.guards.clone(),
            elements: link.elements.iter().filter(|_| made).map(element).collect(),
            inputs: source.inputs(&link.reads()),
        }
    }

    /// What was read, directly or through other rules, that stands in the model file or in knowledge.
    fn inputs(self, reads: &[Slot]) -> Vec<(String, String, Span)> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<(Self, Slot)> = reads.iter().rev().map(|r| (self, *r)).collect();
        let mut found = Vec::new();
        while let Some((place, (object, feature))) = open.pop() {
            let reach = place.reach();
            let position = if object.is_knowledge() {
                0
            } else {
                place.position
            };
            if !seen.insert((position, object, feature)) || reach.is_deleted(object) {
                continue;
            }
            match reach.origin(object, feature) {
                Some(Origin::Written(span))
                    if !reach.metamodel().feature(feature).is_containment() =>
                {
                    found.push((place, (object, feature), span));
                }
                Some(Origin::Derived(link)) => {
                    let link = place.stage().trace.get(link);
                    let source = place.of(&link);
                    open.extend(link.reads().iter().rev().map(|r| (source, *r)));
                }
                _ => {}
            }
        }
        let searched = searched(seen.iter().map(|(_, object, feature)| (*object, *feature)));
        found.retain(|(_, slot, _)| !slot.0.is_knowledge() || !searched.contains(&slot.1));
        // From near to far: what is known, then what it was looked up for.
        found.sort_by_key(|(_, slot, _)| !slot.0.is_knowledge());
        let shown = found.into_iter().map(|(place, slot, span)| {
            let value = place.reach().show(slot.0, slot.1);
            (place.slot_name(slot), value, span)
        });
        shown.collect()
    }

    /// `evaluation.metrics`; what is known has many roots, and so begins with the name of its own.
    fn slot_name(self, (object, feature): Slot) -> String {
        let reach = self.reach();
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
}

/// The features that were read of several objects of knowledge: a search that tells nothing of what it found.
fn searched(reads: impl Iterator<Item = Slot>) -> BTreeSet<FeatureId> {
    let mut once = BTreeSet::new();
    reads
        .filter(|(object, _)| object.is_knowledge())
        .map(|(_, feature)| feature)
        .filter(|feature| !once.insert(*feature))
        .collect()
}
