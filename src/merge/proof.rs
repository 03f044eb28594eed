//! The proof of a merge: the edited text is read, and holds every decision.

use std::collections::BTreeMap;

use super::MergeError;
use super::atom::{Atom, Node, atoms};
use super::beside::Beside;
use super::decide::{Decided, groups};
use super::sides::Sides;
use crate::format::edit::Edited;
use crate::model::ObjectId;

/// Compares the edited model with what was decided.
pub(super) fn prove(
    sides: &Sides<'_>,
    decided: &Decided,
    (made, edited): (&BTreeMap<Node, ObjectId>, &Edited),
) -> Result<(), MergeError> {
    let model = &edited.model;
    let fail =
        |node: Node, what: &str| Err(MergeError::Unproved(format!("{} {what}", sides.path(node))));
    let mut names: BTreeMap<ObjectId, Node> = BTreeMap::new();
    for node in decided.classes.keys() {
        let before = sides.in_ours(*node).or_else(|| made.get(node).copied());
        match before.and_then(|o| edited.object(o)) {
            Some(object) => names.insert(object, *node),
            None => return fail(*node, "is not there"),
        };
    }
    if names.len() != decided.classes.len() || names.len() != model.objects().len() {
        let counts = (model.objects().len(), decided.classes.len());
        let reason = format!("{} objects are read, {} are wanted", counts.0, counts.1);
        return Err(MergeError::Unproved(reason));
    }
    let name = |o: ObjectId| {
        names
            .get(&o)
            .copied()
            .unwrap_or(Node::Theirs(ObjectId(u32::MAX)))
    };
    let [own, ours, theirs] = [model, sides.ours, sides.theirs].map(Beside::of);
    if own.extensions(None) != ours.extensions(None) {
        let reason = "the file has other extensions".to_owned();
        return Err(MergeError::Unproved(reason));
    }
    for (object, node) in &names {
        if model.class(*object) != decided.classes[node] {
            return fail(*node, "is of another class");
        }
        let said = match sides.in_ours(*node) {
            Some(mine) => ours.get(mine),
            None => match sides.in_theirs(*node) {
                Some(other) => theirs.get(other),
                None => (None, &[][..]),
            },
        };
        if own.get(*object) != said {
            return fail(*node, "has another identity, or other extensions");
        }
        if decided.holds.get(node) != Some(&Sides::hold(model, *object, &name)) {
            return fail(*node, "stands elsewhere");
        }
    }
    let objects: BTreeMap<Node, ObjectId> = names.iter().map(|(o, n)| (*n, *o)).collect();
    for ((node, feature), wanted) in &decided.slots {
        let Some(object) = objects.get(node) else {
            continue;
        };
        let mut read = atoms(model, (*object, *feature), &name);
        let mut wanted = wanted.clone();
        let declared = model.metamodel().feature(*feature);
        if declared.opposite().is_some() || !declared.ordered {
            // In which order the two directions of a reference are found is the reader's affair.
            for all in [&mut read, &mut wanted] {
                all.sort();
                all.dedup();
            }
        }
        let nothing = |all: &[Atom]| all.is_empty() || all == [Atom::Null];
        if read != wanted && !(nothing(&read) && nothing(&wanted)) {
            return fail(*node, &format!("has another `{}`", declared.name));
        }
    }
    let read = groups(model, &name);
    for (key, wanted) in &decided.lists {
        let found = read.get(key).map_or(&[][..], Vec::as_slice);
        if found != wanted.as_slice() {
            return fail(key.0, "has its parts in another order");
        }
    }
    Ok(())
}
