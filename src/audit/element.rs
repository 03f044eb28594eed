//! From an element of a model, or one of its slots, back to what made it.

use super::explain::{Reason, SlotOrigin};
use super::place::Place;
use crate::diag::did_you_mean;
use crate::metamodel::FeatureId;
use crate::model::{Model, ObjectId, Paths};
use crate::pipeline::Run;

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
    for place in Place::all(run) {
        let model = &place.stage().model;
        let paths = Paths::of(model);
        for object in model.objects() {
            if paths.get(object) == path {
                found.push(one(place, object, feature)?);
            } else if found.is_empty() {
                known.push(paths.get(object).to_owned());
            }
        }
    }
    if found.is_empty() {
        let near = did_you_mean(path, known.iter().map(String::as_str));
        return Err(Unexplained::NoElement(near));
    }
    Ok(found)
}

fn one(
    place: Place<'_>,
    object: ObjectId,
    feature: Option<&str>,
) -> Result<ElementExplanation, Unexplained> {
    let model = &place.stage().model;
    let metamodel = model.metamodel();
    let class = model.class(object);
    let features: Vec<FeatureId> = match feature {
        None => shown(model, object),
        Some(name) => {
            let missing = || {
                let near = did_you_mean(name, metamodel.feature_names(class));
                Unexplained::NoFeature(metamodel.class(class).name.to_string(), near)
            };
            let id = metamodel.feature_named(class, name);
            vec![id.ok_or_else(missing)?]
        }
    };
    let slots = features.into_iter();
    Ok(ElementExplanation {
        element: (model.path(object), place.name().to_owned()),
        class: metamodel.class(class).name.to_string(),
        made: place.made(object),
        slots: slots.map(|f| place.reason(object, f)).collect(),
    })
}

/// The features that say something: those that are set, and no parts, which are elements themselves.
fn shown(model: &Model, object: ObjectId) -> Vec<FeatureId> {
    let metamodel = model.metamodel();
    let features = &metamodel.class(model.class(object)).features;
    let says =
        |f: &&FeatureId| model.is_set(object, **f) && !metamodel.feature(**f).is_containment();
    features.iter().filter(says).copied().collect()
}
