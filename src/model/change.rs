//! Changes: values, lists, opposites, containment and deletion.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::visit::Dfs;

use super::graph::{Edges, ModelGraph};
use super::store::{self, Place};
use super::{Model, ObjectId, Origin, Scalar, SlotValue, Value};
use crate::metamodel::{Class, FeatureId, Field, Role};

/// Answers whether long lists of references hold an object, without a walk through them each time.
#[derive(Default)]
struct Members {
    long: BTreeMap<(ObjectId, FeatureId), BTreeSet<ObjectId>>,
}

/// Lists of fewer members are walked through.
const LONG: usize = 64;

impl Members {
    fn has(&mut self, model: &Model, slot: (ObjectId, FeatureId), target: ObjectId) -> bool {
        let (object, feature) = slot;
        let all = model.target_slice(object, feature);
        if !all.is_empty() && all.len() < LONG {
            return all.contains(&target);
        }
        let others = match model.see(object, feature) {
            Some(SlotValue::Values(others)) => others.len(),
            _ => 0,
        };
        if all.len() + others < LONG {
            return model.points_at(object, feature, target);
        }
        let known = self
            .long
            .entry(slot)
            .or_insert_with(|| model.targets(object, feature).into_iter().collect());
        known.contains(&target)
    }

    fn add(&mut self, slot: (ObjectId, FeatureId), target: ObjectId) {
        if let Some(known) = self.long.get_mut(&slot) {
            known.insert(target);
        }
    }
}

/// What a reader adds to a reference.
#[derive(Clone, Debug)]
pub enum Link {
    /// The only target.
    One(Value),
    /// One more target of a list.
    Member(Value),
}

impl Model {
    fn at(&self, object: ObjectId, feature: FeatureId) -> Place {
        let field = self.metamodel().field(self.class(object), feature);
        Place { object, field }
    }

    /// Gives a feature its value. Parts that it held and nobody took over are deleted; opposites follow.
    pub fn set(&mut self, object: ObjectId, feature: FeatureId, value: Value, origin: Origin) {
        if let Role::Member(map) = self.metamodel().feature(feature).role {
            self.set_member((object, map), feature, &value, origin);
            return;
        }
        let gone = self.disconnect(object, feature);
        let (first, rest) = match value {
            Value::List(items) => (Value::List(Vec::new()), items),
            one => (one, Vec::new()),
        };
        let target = first.as_object();
        let place = self.at(object, feature);
        self.store.put(place, first, origin);
        if let Some(target) = target {
            self.connect(object, feature, target);
        }
        for item in rest {
            self.add(object, feature, item, origin);
        }
        for part in gone {
            let kept = self.container(part).is_some() || self.store.roots.contains(&part);
            if !kept {
                self.delete(part);
            }
        }
    }

    /// Replaces the values of one feature in a feature map.
    fn set_member(
        &mut self,
        (object, map): (ObjectId, FeatureId),
        feature: FeatureId,
        value: &Value,
        origin: Origin,
    ) {
        let gone = self.members(object, feature);
        let mut entries = match self.own(object, map) {
            Some(Value::List(items)) => items,
            _ => Vec::new(),
        };
        entries.retain(|e| !matches!(e, Value::Entry(e) if e.feature == feature));
        let place = self.at(object, map);
        self.store.put(place, Value::List(entries), origin);
        for item in value.items() {
            self.add(object, feature, item.clone(), origin);
        }
        if self.metamodel().feature(feature).is_containment() {
            for part in gone.objects().collect::<Vec<_>>() {
                if !value.objects().any(|o| o == part) {
                    self.store.object_mut(part).set_container(None);
                    self.delete(part);
                }
            }
        }
    }

    /// Writes a value that is no reference, for readers, who know the field already.
    #[inline]
    pub fn write(&mut self, object: ObjectId, field: Field, value: Value, origin: Origin) {
        self.store.put(Place { object, field }, value, origin);
    }

    /// Writes a scalar as [`Model::write`] does, for those who have no value yet.
    pub fn write_scalar(&mut self, object: ObjectId, field: Field, value: Scalar, origin: Origin) {
        self.store
            .put_scalar(Place { object, field }, value, origin);
    }

    /// Writes a text as [`Model::write`] does, without a copy in between.
    #[inline]
    pub fn write_text(&mut self, object: ObjectId, field: Field, text: &str, origin: Origin) {
        self.store.put_text(Place { object, field }, text, origin);
    }

    /// Adds a text at the end of a list of texts, without a copy in between.
    pub fn link_text(&mut self, object: ObjectId, field: Field, text: &str, origin: Origin) {
        self.store.push_text(Place { object, field }, text, origin);
    }

    /// Takes the value of a feature away.
    pub fn unset(&mut self, object: ObjectId, feature: FeatureId) {
        self.set(object, feature, Value::Null, Origin::Implied);
        self.store.remove_slot(object, feature);
    }

    /// Adds a value at the end of a feature of many values.
    pub fn add(&mut self, object: ObjectId, feature: FeatureId, value: Value, origin: Origin) {
        let target = value.as_object();
        let (slot, value) = match self.metamodel().feature(feature).role {
            Role::Member(map) => {
                let entry = super::Entry { feature, value };
                (map, Value::Entry(Box::new(entry)))
            }
            _ => (feature, value),
        };
        let place = self.at(object, slot);
        self.store.push(place, value, origin);
        if let Some(target) = target {
            self.connect(object, feature, target);
        }
    }

    /// Adds a target to a reference without a look at its opposite, which [`Model::complete_opposites`] gives later.
    ///
    /// Readers use it: files write both ends of a reference, each in its own order.
    #[inline]
    pub fn link(&mut self, object: ObjectId, field: Field, target: Link, origin: Origin) {
        let place = Place { object, field };
        match target {
            Link::One(value) => self.store.put(place, value, origin),
            Link::Member(value) => self.store.push(place, value, origin),
        }
    }

    /// Makes a new object a part of another one.
    #[inline]
    pub fn adopt(&mut self, object: ObjectId, field: Field, part: Link, origin: Origin) {
        if let Link::One(Value::Object(target)) | Link::Member(Value::Object(target)) = part {
            let container = Some((object, field.feature));
            self.store.object_mut(target).set_container(container);
        }
        self.link(object, field, part, origin);
    }

    /// Gives each reference that was [linked](Model::link) its other direction, where the file did not write it.
    ///
    /// Returns the references that another one took their target from, since its other direction holds one object.
    pub fn complete_opposites(&mut self) -> Vec<(ObjectId, FeatureId)> {
        let mut lost = Vec::new();
        let mut members = Members::default();
        let metamodel = self.metamodel().clone();
        // Most features have no other direction: one look at a small table tells.
        let pairs: Vec<Option<FeatureId>> = metamodel
            .features()
            .map(|(_, declared)| {
                let opposite = declared.opposite().filter(|_| !declared.is_containment())?;
                (!metamodel.feature(opposite).is_containment()).then_some(opposite)
            })
            .collect();
        let has_pairs =
            |class: &Class| class.features.iter().any(|f| pairs[f.0 as usize].is_some());
        let classes: Vec<bool> = metamodel.classes().map(|(_, c)| has_pairs(c)).collect();
        for number in 0..self.bound() {
            let object = ObjectId(store::index(number));
            if !classes[self.class(object).0 as usize] {
                continue;
            }
            // By their order in the class: an object that points at itself gets slots meanwhile.
            let mut behind = None;
            loop {
                let slots = self.store.slots(object);
                let at = slots.partition_point(|s| Some(s.rank()) <= behind);
                let Some(slot) = slots.get(at).copied() else {
                    break;
                };
                behind = Some(slot.rank());
                let feature = self.store.features(object)[usize::from(slot.rank())];
                let Some(opposite) = pairs[feature.0 as usize] else {
                    continue;
                };
                let single = !metamodel.feature(opposite).is_many();
                // A list that objects of other files are in, too, is seen as it is now.
                let mixed = match self.store.only_targets(&slot) {
                    Some(_) => Vec::new(),
                    None => self.targets(object, feature),
                };
                for position in 0.. {
                    let targets = self.store.only_targets(&slot).unwrap_or(&mixed);
                    let Some(target) = targets.get(position).copied() else {
                        break;
                    };
                    if members.has(self, (target, opposite), object) {
                        continue;
                    }
                    if single {
                        let partners = self.targets(target, opposite);
                        lost.extend(partners.into_iter().map(|p| (p, feature)));
                    }
                    self.join_new((object, feature), (target, opposite));
                    members.add((target, opposite), object);
                }
            }
        }
        lost
    }

    /// Takes an object out of its container or the roots, with all its parts, and out of every reference to them.
    ///
    /// Returns the slots that referred to one of them.
    pub fn delete(&mut self, object: ObjectId) -> Vec<(ObjectId, FeatureId)> {
        if let Some((container, feature)) = self.store.object(object).container() {
            self.drop_value(container, feature, object);
        }
        self.store.roots.retain(|r| *r != object);
        let mut gone = Vec::new();
        let parts = ModelGraph {
            model: self,
            edges: Edges::Parts,
        };
        let mut walk = Dfs::new(parts, object);
        while let Some(part) = walk.next(parts) {
            gone.push(part);
        }
        self.forget(gone)
    }

    /// Takes objects out of every reference to them; each comes with all its parts and is part of nothing else.
    ///
    /// Returns the slots that referred to one of them.
    pub fn forget(&mut self, mut gone: Vec<ObjectId>) -> Vec<(ObjectId, FeatureId)> {
        gone.sort_unstable();
        for part in &gone {
            self.store.object_mut(*part).mark_deleted();
        }
        let is_gone = |target: &ObjectId| gone.binary_search(target).is_ok();
        let mut referring = Vec::new();
        for owner in self.all_objects() {
            let hit = self.held(owner).filter(|held| {
                if let Some(targets) = held.targets() {
                    return targets.iter().any(is_gone);
                }
                let value = held.value().to_value();
                let mut parts = value.items().iter().filter_map(Value::part);
                parts.any(|o| is_gone(&o))
            });
            referring.extend(hit.map(|held| (owner, held.feature)));
        }
        for (owner, feature) in &referring {
            let keep = |target: ObjectId| !is_gone(&target);
            if self.store.retain(*owner, *feature, keep) {
                self.store.remove_slot(*owner, *feature);
            }
        }
        referring
    }

    /// Takes the value of a feature away; parts that it held are in no container then. Returns what it referred to.
    pub fn release(&mut self, object: ObjectId, feature: FeatureId) -> Vec<ObjectId> {
        let old = self.targets(object, feature);
        self.disconnect(object, feature);
        self.store.remove_slot(object, feature);
        old
    }

    fn drop_value(&mut self, object: ObjectId, feature: FeatureId, gone: ObjectId) {
        let feature = self.storing(feature);
        if self.store.retain(object, feature, |target| target != gone) {
            self.store.remove_slot(object, feature);
        }
    }

    /// Ends what a feature holds: its targets no longer know the object. Returns the parts that are in no container now.
    fn disconnect(&mut self, object: ObjectId, feature: FeatureId) -> Vec<ObjectId> {
        let declared = self.metamodel().feature(feature);
        let (parts, opposite) = (declared.is_containment(), declared.opposite());
        let old: Vec<ObjectId> = self
            .own(object, feature)
            .map(|v| v.objects().collect())
            .unwrap_or_default();
        if parts {
            for part in &old {
                self.store.object_mut(*part).set_container(None);
            }
            return old;
        }
        let opposite = opposite.filter(|o| !self.metamodel().feature(*o).is_containment());
        for (target, opposite) in old.iter().zip(opposite.into_iter().cycle()) {
            self.drop_value(*target, opposite, object);
        }
        Vec::new()
    }

    fn connect(&mut self, object: ObjectId, feature: FeatureId, target: ObjectId) {
        let declared = self.metamodel().feature(feature);
        let opposite = declared.opposite();
        if declared.is_containment() {
            if let Some((old, through)) = self.store.object(target).container()
                && (old, through) != (object, feature)
            {
                self.drop_value(old, through, target);
            }
            let container = Some((object, feature));
            self.store.object_mut(target).set_container(container);
            return;
        }
        let Some(opposite) = opposite else { return };
        if self.metamodel().feature(opposite).is_containment() {
            self.move_into((target, opposite), object);
        } else {
            self.join((object, feature), (target, opposite));
        }
    }

    /// Makes an object, whose reference to its container was written, a part of that container.
    fn move_into(&mut self, (container, feature): (ObjectId, FeatureId), part: ObjectId) {
        let there = self.store.object(part).container();
        if there == Some((container, feature)) {
            return;
        }
        self.store.roots.retain(|r| *r != part);
        if self.metamodel().feature(feature).is_many() {
            self.add(container, feature, Value::Object(part), Origin::Implied);
        } else {
            self.set(container, feature, Value::Object(part), Origin::Implied);
        }
    }

    /// Takes back an object that was made and put nowhere.
    pub fn discard(&mut self, object: ObjectId) {
        self.store.object_mut(object).mark_deleted();
    }

    /// Makes the target of a reference point back.
    fn join(&mut self, from: (ObjectId, FeatureId), back: (ObjectId, FeatureId)) {
        if !self.points_at(back.0, back.1, from.0) {
            self.join_new(from, back);
        }
    }

    /// The same, where it does not point back yet.
    fn join_new(&mut self, from: (ObjectId, FeatureId), back: (ObjectId, FeatureId)) {
        let ((object, feature), (target, opposite)) = (from, back);
        let many = self.metamodel().feature(opposite).is_many();
        let place = self.at(target, opposite);
        if many {
            self.store
                .push(place, Value::Object(object), Origin::Implied);
            return;
        }
        // The target had another partner, which loses it.
        for partner in self.targets(target, opposite) {
            self.drop_value(partner, feature, target);
        }
        self.store
            .put(place, Value::Object(object), Origin::Implied);
    }

    fn points_at(&self, object: ObjectId, feature: FeatureId, target: ObjectId) -> bool {
        match self.see(object, feature) {
            Some(SlotValue::Object(one)) => one == target,
            Some(SlotValue::Objects(all)) => all.contains(&target),
            Some(SlotValue::Values(all)) => all.contains(&Value::Object(target)),
            _ => false,
        }
    }
}
