//! What was made, parted into the models that the transformation names.

use super::run::Output;
use super::{Map, OutputType};
use crate::model::Model;

/// Gives each model its roots.
pub(super) fn split(map: &Map, model: Model) -> Vec<Output> {
    let mut models = Vec::new();
    if let [OutputType { name, .. }] = &map.outputs[..] {
        models.push(Output {
            name: name.clone(),
            model,
        });
    }
    models
}
