//! Metamodels in Ecore: an `.ecore` file is XMI that conforms to Ecore's own metamodel, and is read as such.

mod convert;
mod generics;
mod invariants;
mod view;
mod wellformed;

pub use super::xml::excerpt;
pub use convert::metamodel;
pub use generics::normalise;
pub use wellformed::validate;

pub use crate::metamodel::ecore;

use std::sync::Arc;

use super::xmi;
use crate::diag::{Diagnostics, FileId, Sources};
use crate::model::{Model, ObjectId, Value};

/// Reads an `.ecore` file as a model of Ecore.
pub fn read(sources: &Sources, file: FileId, diagnostics: &mut Diagnostics) -> Model {
    let mut model = xmi::read(sources, file, ecore(), diagnostics);
    normalise(&mut model);
    model
}

/// The value of a feature of Ecore, by its name.
pub(super) fn value(model: &Model, object: ObjectId, name: &str) -> Value {
    let feature = ecore().feature_named(model.class(object), name);
    feature.map_or(Value::Null, |f| model.get(object, f))
}

/// The text of a feature of Ecore.
pub(super) fn text(model: &Model, object: ObjectId, name: &str) -> Option<Arc<str>> {
    match value(model, object, name) {
        Value::String(text) => Some(text),
        _ => None,
    }
}
