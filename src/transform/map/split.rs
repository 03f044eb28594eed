//! What was made, parted into the models that the transformation names.

use super::Map;
use super::run::Output;
use super::state::Match;
use crate::model::{Model, ObjectId};

/// Gives each model its roots; `file` is where the model of a name will be, for references between them.
pub(super) fn split(
    map: &Map,
    model: Model,
    matches: &[Match],
    file: &dyn Fn(&str) -> String,
) -> Vec<Output> {
    let name = |at: usize| map.outputs[at].name.clone();
    if map.outputs.len() == 1 {
        let name = name(0);
        return vec![Output { name, model }];
    }
    let home = |root: ObjectId| home(map, &model, (root, matches));
    let models = model.parted(map.outputs.len(), &home, &|at| file(&name(at)));
    let named = models.into_iter().enumerate();
    named
        .map(|(at, model)| Output {
            name: name(at),
            model,
        })
        .collect()
}

/// The position of the model that a root belongs to: the one that its rule names, else the first of its metamodel.
fn home(map: &Map, model: &Model, (root, matches): (ObjectId, &[Match])) -> usize {
    let after = matches.partition_point(|m| m.target <= root);
    let by = after.checked_sub(1).map(|at| matches[at].rule());
    let named = by.and_then(|rule| map.rules[rule].output);
    let package = model.metamodel().class(model.class(root)).package;
    let mut outputs = map.outputs.iter();
    let mut own = || outputs.position(|o| model.metamodel().is_below(package, o.package));
    named.or_else(&mut own).unwrap_or(0)
}
