//! Writing to lists of the target: what is there already is not there twice, where the metamodel says so.

use std::collections::BTreeSet;

use crate::metamodel::{Feature, Field, Role};
use crate::model::{Link, Model, ObjectId, Origin, Value};

/// Adds values to a list, or to what belongs to a feature map.
pub(super) fn add_all(
    target: &mut Model,
    (object, field): (ObjectId, Field),
    value: &Value,
    origin: Origin,
) {
    let declared = target.metamodel().feature(field.feature);
    if declared.role != Role::Plain {
        for item in value.items() {
            target.add(object, field.feature, item.clone(), origin);
        }
        return;
    }
    let unique = declared.unique;
    if declared.target().is_some() {
        let objects: Vec<ObjectId> = value.objects().collect();
        let known = target.target_slice(object, field.feature);
        let objects = if unique {
            first_of_each(known, objects)
        } else {
            objects
        };
        for one in objects {
            target.link(object, field, Link::Member(Value::Object(one)), origin);
        }
        return;
    }
    let mut items = match target.own(object, field.feature) {
        Some(Value::List(items)) => items,
        _ => Vec::new(),
    };
    for item in value.items() {
        if !(unique && items.contains(item)) {
            items.push(item.clone());
        }
    }
    target.write(object, field, Value::List(items), origin);
}

/// The objects that are not known yet, each once, in order.
fn first_of_each(known: &[ObjectId], mut objects: Vec<ObjectId>) -> Vec<ObjectId> {
    // Most lists have their objects in the order in which these were made: none is there twice.
    if !known.is_empty() || !objects.is_sorted_by(|a, b| a < b) {
        let mut seen: BTreeSet<ObjectId> = known.iter().copied().collect();
        objects.retain(|o| seen.insert(*o));
    }
    objects
}

/// An object as what a feature holds.
pub(super) fn one_of(declared: &Feature, object: ObjectId) -> Link {
    if declared.is_many() {
        Link::Member(Value::Object(object))
    } else {
        Link::One(Value::Object(object))
    }
}
