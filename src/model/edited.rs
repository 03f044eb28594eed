//! A model whose changes are noted, so that whoever follows it looks at what changed alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Model, ObjectId, Origin, Value};
use crate::metamodel::{ClassId, FeatureId, Metamodel, OBJECT, Role};

/// A feature of an object.
type Slot = (ObjectId, FeatureId);

/// What changed in a model.
#[derive(Debug, Default)]
pub struct Changes {
    /// Slots with another value.
    pub(crate) slots: BTreeSet<Slot>,
    /// New objects.
    pub(crate) created: BTreeSet<ObjectId>,
    /// Objects that are gone.
    pub(crate) deleted: BTreeSet<ObjectId>,
    /// Objects that stand at another place.
    pub(crate) moved: BTreeSet<ObjectId>,
    /// Classes whose list of instances, or what these refer to, may be another one.
    pub(crate) extents: BTreeSet<ClassId>,
    /// Whether more changed than is written down here.
    pub(crate) everything: bool,
}

impl Model {
    /// Whether another model has the same objects with the same values, wherever they came from.
    pub(crate) fn has_content_of(&self, other: &Self) -> bool {
        let objects = || (0..self.bound()).filter_map(|n| u32::try_from(n).ok().map(ObjectId));
        Arc::ptr_eq(self.metamodel(), other.metamodel())
            && self.bound() == other.bound()
            && self.roots() == other.roots()
            // Which objects stood in a model of a name is not looked at.
            && self.inputs.is_empty()
            && other.inputs.is_empty()
            && objects().all(|o| self.is_same_object(other, o))
    }

    fn is_same_object(&self, other: &Self, object: ObjectId) -> bool {
        let held = |m: &Self| -> Vec<FeatureId> { m.held(object).map(|h| h.feature).collect() };
        self.is_deleted(object) == other.is_deleted(object)
            && self.class(object) == other.class(object)
            && self.id(object) == other.id(object)
            && self.container(object) == other.container(object)
            && self.containing_feature(object) == other.containing_feature(object)
            && held(self) == held(other)
            && held(self)
                .into_iter()
                .all(|f| self.own(object, f) == other.own(object, f))
    }
}

impl Changes {
    /// What differs between two states of a model.
    pub(crate) fn between(before: &Model, after: &Model) -> Self {
        let mut changes = Self {
            everything: reordered(before.roots(), after.roots()),
            ..Self::default()
        };
        for number in 0..before.bound().max(after.bound()) {
            let object = ObjectId(u32::try_from(number).unwrap_or(u32::MAX));
            changes.compare(object, (before, after));
        }
        changes
    }

    fn compare(&mut self, object: ObjectId, (before, after): (&Model, &Model)) {
        let there = |m: &Model| (object.0 as usize) < m.bound() && !m.is_deleted(object);
        let same = there(before) && there(after) && before.class(object) == after.class(object);
        if !same {
            // Who asked for its class read no slot.
            self.everything |= there(before) && there(after);
            for model in [before, after].into_iter().filter(|m| there(m)) {
                self.extents_of(model, object);
                self.slots
                    .extend(model.slots(object).map(|(f, _)| (object, f)));
            }
            let set = if there(after) {
                &mut self.created
            } else {
                &mut self.deleted
            };
            set.insert(object);
            return;
        }
        // Who asked a root for its container read no slot.
        self.everything |= before.container(object).is_none() != after.container(object).is_none();
        let metamodel = after.metamodel();
        let differs = |f: &FeatureId| before.own(object, *f) != after.own(object, *f);
        let held = before.slots(object).chain(after.slots(object));
        let features: BTreeSet<FeatureId> = held.map(|(f, _)| f).collect();
        for feature in features.into_iter().filter(differs) {
            self.slots.insert((object, feature));
            let declared = metamodel.feature(feature);
            if declared.role != Role::Plain {
                self.everything = true;
            }
            if declared.target().is_none() {
                continue;
            }
            self.extents_of(after, object);
            if !declared.is_containment() {
                continue;
            }
            for model in [before, after] {
                for part in model.targets(object, feature) {
                    self.slots.extend(declared.opposite().map(|o| (part, o)));
                    for moved in tree(model, part) {
                        self.extents_of(model, moved);
                    }
                }
            }
        }
    }

    fn extents_of(&mut self, model: &Model, object: ObjectId) {
        let lineage = &model.metamodel().class(model.class(object)).lineage;
        self.extents.extend(lineage.iter().copied());
        self.extents.insert(OBJECT);
    }
}

/// A model that notes what is changed in it.
#[derive(Debug)]
pub struct Edited<'m> {
    model: &'m mut Model,
    changes: &'m mut Changes,
}

impl<'m> Edited<'m> {
    /// Begins to note changes of a model.
    pub fn new(model: &'m mut Model, changes: &'m mut Changes) -> Self {
        Self { model, changes }
    }

    /// The model as it is now.
    pub fn model(&self) -> &Model {
        self.model
    }

    /// Gives a feature of an object another value, as [`Model::set`] does.
    pub fn set(&mut self, object: ObjectId, feature: FeatureId, value: Value) {
        let metamodel = self.model.metamodel();
        if changes_alone(metamodel, feature) {
            if metamodel.feature(feature).target().is_some() {
                self.extents_of(object);
            }
            self.changes.slots.insert((object, feature));
        } else {
            self.changes.everything = true;
        }
        self.model.set(object, feature, value, Origin::Implied);
    }

    /// Makes an object, at the end of a containment or of the roots.
    pub fn create(&mut self, class: ClassId, place: Option<Slot>) -> ObjectId {
        let object = self.model.create(class, Origin::Implied);
        self.changes.created.insert(object);
        match place {
            None => self.model.add_root(object),
            Some(place) => self.put(object, place),
        }
        self.extents_of(object);
        object
    }

    /// Takes an object away, with its parts and all that refers to them.
    pub fn delete(&mut self, object: ObjectId) {
        if let Some(slot) = held_by(self.model, object) {
            self.changes.slots.insert(slot);
        }
        for gone in tree(self.model, object) {
            self.extents_of(gone);
            self.changes.created.remove(&gone);
            self.changes.moved.remove(&gone);
            self.changes.deleted.insert(gone);
        }
        let referring = self.model.delete(object);
        for (owner, _) in &referring {
            self.extents_of(*owner);
        }
        self.changes.slots.extend(referring);
    }

    /// Moves an object to the end of another containment. Nothing is done where it would be a part of itself.
    pub fn move_to(&mut self, object: ObjectId, place: Slot) {
        let above = self.model.ancestors(place.0);
        if std::iter::once(place.0).chain(above).any(|o| o == object) {
            return;
        }
        let from = held_by(self.model, object);
        if from == Some(place) {
            return;
        }
        let whole = tree(self.model, object);
        for part in &whole {
            self.extents_of(*part);
        }
        self.changes.moved.extend(whole);
        if let Some((owner, feature)) = from {
            self.changes.slots.insert((owner, feature));
            self.container_changed(object, feature);
        } else {
            // Who asked a root for its container read no slot.
            self.changes.everything = true;
            self.model.remove_root(object);
        }
        self.put(object, place);
    }

    fn put(&mut self, object: ObjectId, place: Slot) {
        let (container, feature) = place;
        self.changes.slots.insert(place);
        self.container_changed(object, feature);
        let value = Value::Object(object);
        if self.model.metamodel().feature(feature).is_many() {
            self.model.add(container, feature, value, Origin::Implied);
            return;
        }
        // The part that was there is gone.
        self.changes.everything |= self.model.is_set(container, feature);
        self.model.set(container, feature, value, Origin::Implied);
    }

    /// The reference to its container that an object may have.
    fn container_changed(&mut self, object: ObjectId, containment: FeatureId) {
        let opposite = self.model.metamodel().feature(containment).opposite();
        let slot = opposite.map(|opposite| (object, opposite));
        self.changes.slots.extend(slot);
    }

    fn extents_of(&mut self, object: ObjectId) {
        self.changes.extents_of(self.model, object);
    }
}

/// Whether roots that are in both lists are in another order.
fn reordered(before: &[ObjectId], after: &[ObjectId]) -> bool {
    if before == after {
        return false;
    }
    let [one, other]: [BTreeSet<ObjectId>; 2] =
        [before, after].map(|l| l.iter().copied().collect());
    let first = before.iter().filter(|o| other.contains(o));
    !first.eq(after.iter().filter(|o| one.contains(o)))
}

/// The containment that holds an object.
fn held_by(model: &Model, object: ObjectId) -> Option<Slot> {
    Some((model.container(object)?, model.containing_feature(object)?))
}

/// An object with all its parts.
fn tree(model: &Model, object: ObjectId) -> Vec<ObjectId> {
    let mut all = vec![object];
    let mut next = 0;
    while let Some(object) = all.get(next) {
        all.extend(model.parts(*object));
        next += 1;
    }
    all
}

/// Whether setting a feature changes that slot and no other.
pub(crate) fn changes_alone(metamodel: &Metamodel, feature: FeatureId) -> bool {
    let declared = metamodel.feature(feature);
    declared.role == Role::Plain && !declared.is_containment() && declared.opposite().is_none()
}
