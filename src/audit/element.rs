//! From an element of a model, or one of its slots, back to what made it.

use super::explain::{Reason, SlotOrigin, reason};
use crate::diag::did_you_mean;
use crate::metamodel::FeatureId;
use crate::model::{Model, ObjectId, Origin, Paths};
use crate::pipeline::{Derived, ModelRun, Run};

/// Why an element is as it is.
#[derive(Clone, Debug)]
pub struct ElementExplanation {
    /// Its path, and the model that it is in: that of a file, or the name of one that rules made.
    pub element: (String, String),
    /// Its class.
    pub class: String,
    /// What rule made it of what, where one did.
    pub made: Option<SlotOrigin>,
    /// Its slots in the order of its class.
    pub slots: Vec<Reason>,
}

/// Why an element cannot be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unexplained {
    /// No model has it; perhaps another one was meant.
    NoElement(Option<String>),
    /// Its class, of this name, has no such feature; perhaps another one was meant.
    NoFeature(String, Option<String>),
}

/// Explains the element at a path such as `/churn/evaluation`, or one feature of it, in all models of a run.
///
/// # Errors
/// Where there is no such element or feature.
pub fn explain_element(
    run: &Run,
    path: &str,
    feature: Option<&str>,
) -> Result<Vec<ElementExplanation>, Unexplained> {
    let mut found = Vec::new();
    let mut known = Vec::new();
    for of in &run.models {
        for place in places(of) {
            let paths = Paths::of(place.model);
            for object in place.model.objects() {
                if paths.get(object) == path {
                    found.push(place.explain((run, of), object, feature)?);
                } else if found.is_empty() {
                    known.push(paths.get(object).to_owned());
                }
            }
        }
    }
    if found.is_empty() {
        let near = did_you_mean(path, known.iter().map(String::as_str));
        return Err(Unexplained::NoElement(near));
    }
    Ok(found)
}

/// A model of a run: the completed one, or one that was made of it.
struct Place<'r> {
    name: &'r str,
    model: &'r Model,
    derived: Option<&'r Derived>,
}

fn places(of: &ModelRun) -> Vec<Place<'_>> {
    let own = Place {
        name: &of.path,
        model: &of.completed,
        derived: None,
    };
    let made = of.derived.iter().map(|d| Place {
        name: &d.name,
        model: &d.model,
        derived: Some(d),
    });
    std::iter::once(own).chain(made).collect()
}

impl Place<'_> {
    fn explain(
        &self,
        at: (&Run, &ModelRun),
        object: ObjectId,
        feature: Option<&str>,
    ) -> Result<ElementExplanation, Unexplained> {
        let metamodel = self.model.metamodel();
        let class = metamodel.class(self.model.class(object));
        let features: Vec<FeatureId> = match feature {
            None => self.shown(object),
            Some(name) => {
                let id = metamodel.feature_named(self.model.class(object), name);
                let known = || metamodel.feature_names(self.model.class(object));
                let missing = || {
                    let near = did_you_mean(name, known());
                    Unexplained::NoFeature(class.name.to_string(), near)
                };
                vec![id.ok_or_else(missing)?]
            }
        };
        Ok(ElementExplanation {
            element: (self.model.path(object), self.name.to_owned()),
            class: class.name.to_string(),
            made: self.made(at, self.model.object_origin(object)),
            slots: features
                .into_iter()
                .map(|f| self.slot(at, object, f))
                .collect(),
        })
    }

    /// The features that say something: those that are set, and no parts, which are elements themselves.
    fn shown(&self, object: ObjectId) -> Vec<FeatureId> {
        let metamodel = self.model.metamodel();
        let features = &metamodel.class(self.model.class(object)).features;
        let says = |f: &&FeatureId| {
            self.model.is_set(object, **f) && !metamodel.feature(**f).is_containment()
        };
        features.iter().filter(says).copied().collect()
    }

    fn made(&self, (run, of): (&Run, &ModelRun), origin: Origin) -> Option<SlotOrigin> {
        let Origin::Derived(link) = origin else {
            return None;
        };
        let trace = self.derived.map_or(&of.trace, |d| &d.trace);
        let link = trace.get(link);
        let reach = run.reach(&of.completed);
        Some(SlotOrigin::of_rule(&link, (reach, &of.trace)))
    }

    fn slot(&self, at: (&Run, &ModelRun), object: ObjectId, feature: FeatureId) -> Reason {
        if self.derived.is_none() {
            return reason(at, object, feature);
        }
        let declared = self.model.metamodel().feature(feature);
        let value = crate::model::show(self.model, &self.model.get(object, feature));
        let origin = self.model.origin(object, feature);
        let by_rule = origin.and_then(|o| self.made(at, o));
        Reason {
            slot: declared.name.to_string(),
            value,
            origin: by_rule.unwrap_or(match origin {
                Some(_) => SlotOrigin::Implied,
                None => SlotOrigin::Default(declared.span),
            }),
        }
    }
}
