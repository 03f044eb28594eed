//! The order of roots of the target: that of rules, then that of the document.

use std::collections::BTreeMap;

use super::state::State;
use crate::metamodel::Role;
use crate::model::{Model, ObjectId, Value};

/// The way from the roots to an object: which root, then which feature and which of its values.
type Way = Vec<(usize, usize)>;

/// Where a root stands: the rule that made it, what that matched, which of its targets it is.
type Key = (usize, Vec<Way>, u32);

/// Makes roots of the objects that became some, in their places, and takes out those that are none any more; each with
/// whether it was one. `None` where the order cannot be told.
pub(super) fn place_roots(state: &State<'_>, objects: &BTreeMap<ObjectId, bool>) -> Option<()> {
    let mut target = state.made.target.borrow_mut();
    let is_root = |target: &Model, o| !target.is_deleted(o) && target.container(o).is_none();
    for (object, was_root) in objects {
        if *was_root && !is_root(&target, *object) {
            target.remove_root(*object);
        }
    }
    for (object, was_root) in objects {
        if *was_root || !is_root(&target, *object) {
            continue;
        }
        let own = key(state, *object)?;
        let (mut low, mut high) = (0, target.roots().len());
        while low < high {
            let middle = low.midpoint(high);
            if key(state, target.roots()[middle])? < own {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        target.insert_root(low, *object);
    }
    Some(())
}

fn key(state: &State<'_>, root: ObjectId) -> Option<Key> {
    let matches = state.made.matches.borrow();
    let one = &matches[state.number_of(root, &matches)?];
    let sources = one.sources();
    let ways = sources.iter().filter_map(Value::as_object);
    let ways: Option<Vec<Way>> = ways.map(|o| way(state.source.model, o)).collect();
    Some((one.rule(), ways?, root.0 - one.target.0))
}

fn way(model: &Model, object: ObjectId) -> Option<Way> {
    let mut way = Vec::new();
    let mut object = object;
    while let (Some(container), Some(feature)) =
        (model.container(object), model.containing_feature(object))
    {
        let metamodel = model.metamodel();
        if metamodel.feature(feature).role != Role::Plain {
            return None;
        }
        let rank = metamodel.slot(model.class(container), feature)?;
        let parts = model.target_slice(container, feature);
        way.push((rank, parts.iter().position(|p| *p == object)?));
        object = container;
    }
    way.push((0, model.roots().iter().position(|r| *r == object)?));
    way.reverse();
    Some(way)
}
