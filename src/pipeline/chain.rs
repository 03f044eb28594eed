//! The models of a file on their way through the rules: the one that it holds, and those that rules make of them.
//!
//! A transform that completes models runs over each that has something for it; one that makes models, over each of the
//! metamodel that it reads. What it makes of a model in that model's own metamodel takes its place for all that follows.

use std::sync::Arc;

use super::recalled::Recalled;
use crate::diag::{Diagnostics, Span};
use crate::metamodel::FeatureId;
use crate::model::{self, Knowledge, Model, ObjectId, Origin, Reach};
use crate::transform::{Kind, Link, Side, Trace, Transform, map, refine};

/// A model as the rules leave it.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The name of the output that a map made; none of the model that a file holds.
    pub name: Option<Arc<str>>,
    /// The model; that of the file itself where no rule wrote into it.
    pub model: Arc<Model>,
    /// What rules did in it; where they made it, which made what of what in its source.
    pub trace: Arc<Trace>,
    /// The position of the model that it was made of; its own where a file holds it.
    pub source: usize,
    /// Whether a later one takes its place: it is of the same metamodel and was made of this one.
    pub is_replaced: bool,
}

impl Stage {
    /// The place of an object or its value; of a model that rules made, where the rule stands that wrote it.
    pub fn place(&self, slot: (ObjectId, Option<FeatureId>)) -> Span {
        let trace = self.name.is_some().then_some(&*self.trace);
        place(&self.model, slot, trace)
    }

    /// Reports what the metamodel asks and the model lacks.
    pub fn check(&self, diagnostics: &mut Diagnostics) {
        if self.name.is_none() {
            return model::check(&self.model, diagnostics);
        }
        let binding = |link| Some(self.trace.get(link).binding);
        model::check_made(&self.model, &binding, diagnostics);
    }
}

/// The place of an object or its value: in its file, else where the rule stands that wrote it, else the nearest
/// container with a place.
pub(super) fn place(
    model: &Model,
    (object, feature): (ObjectId, Option<FeatureId>),
    trace: Option<&Trace>,
) -> Span {
    let span = |origin| match (origin, trace) {
        (Origin::Derived(link), Some(trace)) => Some(trace.get(link).binding),
        (origin, _) => origin.span(),
    };
    let value = feature.and_then(|f| model.origin(object, f)).and_then(span);
    value
        .or_else(|| span(model.object_origin(object)))
        .unwrap_or_else(|| model.nearest_span(object))
}

/// Where the model of a name will be.
pub type FileOf<'f> = &'f dyn Fn(&str) -> String;

/// What is known beside a model, and where the model of a name will be.
type Beside<'b> = (Option<&'b Knowledge>, FileOf<'b>);

/// The model of a file and what rules make of it, each behind its source.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The models; the first is the one that the file holds.
    pub stages: Vec<Stage>,
}

impl Chain {
    /// Begins with the model of a file.
    pub fn new(model: Arc<Model>) -> Self {
        let first = Stage {
            name: None,
            model,
            trace: Arc::default(),
            source: 0,
            is_replaced: false,
        };
        Self {
            stages: vec![first],
        }
    }

    /// The position of the model that the record of a write in one of them speaks of.
    pub fn of(&self, position: usize, link: &Link<'_>) -> usize {
        match link.rule.side {
            Side::Own => position,
            Side::Source => self.stages[position].source,
        }
    }

    /// Runs a transform over all models that there are, beside what is known. Models are made of others only as long as
    /// nothing is wrong; `file` is where the model of a name will be, for references between them.
    pub fn apply(
        &mut self,
        transform: &Transform,
        beside: (Option<&Knowledge>, FileOf<'_>),
        diagnostics: &mut Diagnostics,
    ) {
        self.apply_recalling(transform, (beside, None), diagnostics);
    }

    /// The same, with what the rules made before of these models as they were.
    pub(super) fn apply_recalling(
        &mut self,
        transform: &Transform,
        ((knowledge, file), mut recalled): (Beside<'_>, Option<&mut Recalled>),
        diagnostics: &mut Diagnostics,
    ) {
        let name = &transform.name;
        for position in 0..self.stages.len() {
            let stage = &mut self.stages[position];
            // What went wrong while rules ran is missing in what they made.
            if stage.is_replaced || stage.name.is_some() && diagnostics.has_errors() {
                continue;
            }
            let from = Reach {
                model: &stage.model,
                knowledge,
            };
            match &transform.kind {
                Kind::Refine(refine) if refine.reads(&stage.model) => {
                    let record = (Arc::make_mut(&mut stage.trace), &mut *diagnostics);
                    let memory = recalled.as_deref_mut();
                    let memory = memory.map(|m| m.of_rules((transform, refine), position));
                    let refined = refine::apply_again((name, refine), from, record, memory);
                    stage.model = Arc::new(refined);
                }
                Kind::Map(map) if map.reads(&stage.model) && !diagnostics.has_errors() => {
                    let made = map::run((name, map), (from, file), diagnostics);
                    stage.is_replaced = map.replaces();
                    self.add(made, position);
                }
                Kind::Refine(_) | Kind::Map(_) => {}
            }
        }
    }

    fn add(&mut self, made: map::Outputs, source: usize) {
        let trace = Arc::new(made.trace);
        self.stages.extend(made.models.into_iter().map(|o| Stage {
            name: Some(o.name),
            model: Arc::new(o.model),
            trace: trace.clone(),
            source,
            is_replaced: false,
        }));
    }
}
