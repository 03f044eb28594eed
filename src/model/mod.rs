//! Models: a typed graph of objects that conform to a metamodel.
//!
//! Objects live in an arena and are named by [`ObjectId`]; each holds the slots that were set, with where each value
//! came from ([`Origin`]). Features keep their order, which graph libraries do not, so the arena is our own and lends
//! itself to petgraph's algorithms through its visit traits ([`graph`]).
//! The cousins: EMF's `EObject`, `PyEcore`'s instances.

mod conform;
mod diff;
mod fragment;
pub mod graph;
mod value;

pub use conform::check;
pub use diff::{Change, diff, show};
pub use fragment::{FragmentError, resolve_fragment};
pub use value::Value;

use std::sync::Arc;

use graph::{Edges, ModelGraph};
use petgraph::visit::Dfs;

use crate::diag::Span;
use crate::metamodel::{ClassId, FeatureId, Metamodel};

/// Names an object of one model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u32);

/// Names the link of a trace that wrote a value; `transform` gives it a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId(pub u32);

/// Where an object or a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was read from a file.
    Written(Span),
    /// A rule made it.
    Derived(LinkId),
    /// The program made it, in a test or as the other end of a reference.
    Implied,
}

impl Origin {
    /// The place in a file, where it was read from one.
    pub fn span(self) -> Option<Span> {
        match self {
            Self::Written(span) => Some(span),
            Self::Derived(_) | Self::Implied => None,
        }
    }
}

#[derive(Clone, Debug)]
struct Slot {
    feature: FeatureId,
    value: Value,
    origin: Origin,
}

#[derive(Clone, Debug)]
struct Object {
    class: ClassId,
    container: Option<(ObjectId, FeatureId)>,
    origin: Origin,
    deleted: bool,
    slots: Vec<Slot>,
}

/// A typed graph of objects.
#[derive(Clone, Debug)]
pub struct Model {
    metamodel: Arc<Metamodel>,
    objects: Vec<Object>,
    roots: Vec<ObjectId>,
}

impl Model {
    /// Makes a model without objects.
    pub fn new(metamodel: Arc<Metamodel>) -> Self {
        Self {
            metamodel,
            objects: Vec::new(),
            roots: Vec::new(),
        }
    }

    /// What its objects conform to.
    pub fn metamodel(&self) -> &Arc<Metamodel> {
        &self.metamodel
    }

    /// The objects without a container, in document order.
    pub fn roots(&self) -> &[ObjectId] {
        &self.roots
    }

    /// How many objects were ever made; identities are below it.
    pub fn bound(&self) -> usize {
        self.objects.len()
    }

    /// Makes an object that is in no container and no root yet.
    pub fn create(&mut self, class: ClassId, origin: Origin) -> ObjectId {
        let id = ObjectId(
            u32::try_from(self.objects.len()).expect("readers cap models below 2^32 objects"),
        );
        self.objects.push(Object {
            class,
            container: None,
            origin,
            deleted: false,
            slots: Vec::new(),
        });
        id
    }

    /// Makes an object a root.
    pub fn add_root(&mut self, object: ObjectId) {
        self.roots.push(object);
    }

    fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    /// The class of an object.
    pub fn class(&self, object: ObjectId) -> ClassId {
        self.object(object).class
    }

    /// The name of the class of an object.
    pub fn class_name(&self, object: ObjectId) -> &str {
        &self.metamodel.class(self.class(object)).name
    }

    /// Where an object came from.
    pub fn object_origin(&self, object: ObjectId) -> Origin {
        self.object(object).origin
    }

    /// The object that holds this one as a part.
    pub fn container(&self, object: ObjectId) -> Option<ObjectId> {
        self.object(object)
            .container
            .map(|(container, _)| container)
    }

    /// The reference through which the container holds this object.
    pub fn containing_feature(&self, object: ObjectId) -> Option<FeatureId> {
        self.object(object).container.map(|(_, feature)| feature)
    }

    /// The container, its container, and so on to the root.
    pub fn ancestors(&self, object: ObjectId) -> impl Iterator<Item = ObjectId> {
        std::iter::successors(self.container(object), |o| self.container(*o))
    }

    /// Whether the object was deleted.
    pub fn is_deleted(&self, object: ObjectId) -> bool {
        self.object(object).deleted
    }

    fn slot(&self, object: ObjectId, feature: FeatureId) -> Option<&Slot> {
        let slots = &self.object(object).slots;
        slots
            .binary_search_by_key(&feature, |s| s.feature)
            .ok()
            .map(|i| &slots[i])
    }

    fn slot_mut(&mut self, object: ObjectId, feature: FeatureId, origin: Origin) -> &mut Slot {
        let slots = &mut self.objects[object.0 as usize].slots;
        let position = match slots.binary_search_by_key(&feature, |s| s.feature) {
            Ok(position) => position,
            Err(position) => {
                slots.insert(
                    position,
                    Slot {
                        feature,
                        value: Value::Null,
                        origin,
                    },
                );
                position
            }
        };
        &mut slots[position]
    }

    /// Whether the object has a value of its own for a feature; a list without members is none.
    pub fn is_set(&self, object: ObjectId, feature: FeatureId) -> bool {
        self.slot(object, feature)
            .is_some_and(|s| !matches!(&s.value, Value::List(l) if l.is_empty()))
    }

    /// Where the value of a feature came from; `None` where it is the metamodel's default.
    pub fn origin(&self, object: ObjectId, feature: FeatureId) -> Option<Origin> {
        self.slot(object, feature).map(|s| s.origin)
    }

    /// The value that the object itself has.
    pub fn own(&self, object: ObjectId, feature: FeatureId) -> Option<&Value> {
        self.slot(object, feature).map(|s| &s.value)
    }

    /// The value that readers see: the object's own, else the metamodel's default, else null or an empty list.
    pub fn get(&self, object: ObjectId, feature: FeatureId) -> Value {
        if let Some(slot) = self.slot(object, feature) {
            return slot.value.clone();
        }
        let declared = self.metamodel.feature(feature);
        if let Some((container, through)) = self.object(object).container
            && declared.opposite() == Some(through)
        {
            return Value::Object(container);
        }
        match &declared.default {
            Some(literal) => literal.clone().into(),
            None if declared.is_many() => Value::List(Vec::new()),
            None => Value::Null,
        }
    }

    /// The objects that a reference points at, in order.
    pub fn targets(&self, object: ObjectId, feature: FeatureId) -> Vec<ObjectId> {
        match self.get(object, feature) {
            Value::Object(target) => vec![target],
            Value::List(items) => items.iter().filter_map(Value::as_object).collect(),
            _ => Vec::new(),
        }
    }

    /// Gives a feature its value. Parts that it held and nobody took over are deleted; opposites follow.
    pub fn set(&mut self, object: ObjectId, feature: FeatureId, value: Value, origin: Origin) {
        let gone = self.disconnect(object, feature);
        let (first, rest) = match value {
            Value::List(items) => (Value::List(Vec::new()), items),
            one => (one, Vec::new()),
        };
        let target = first.as_object();
        *self.slot_mut(object, feature, origin) = Slot {
            feature,
            value: first,
            origin,
        };
        if let Some(target) = target {
            self.connect(object, feature, target);
        }
        for item in rest {
            self.add(object, feature, item, origin);
        }
        for part in gone {
            let kept = self.object(part).container.is_some() || self.roots.contains(&part);
            if !kept {
                self.delete(part);
            }
        }
    }

    /// Takes the value of a feature away.
    pub fn unset(&mut self, object: ObjectId, feature: FeatureId) {
        self.set(object, feature, Value::Null, Origin::Implied);
        let slots = &mut self.objects[object.0 as usize].slots;
        slots.retain(|slot| slot.feature != feature);
    }

    /// Adds a value at the end of a feature of many values.
    pub fn add(&mut self, object: ObjectId, feature: FeatureId, value: Value, origin: Origin) {
        let target = value.as_object();
        let slot = self.slot_mut(object, feature, origin);
        match &mut slot.value {
            Value::List(items) => items.push(value),
            other => *other = Value::List(vec![value]),
        }
        if let Some(target) = target {
            self.connect(object, feature, target);
        }
    }

    /// Takes an object out of its container or the roots, with all its parts, and out of every reference to them.
    pub fn delete(&mut self, object: ObjectId) {
        if let Some((container, feature)) = self.object(object).container {
            self.drop_value(container, feature, object);
        }
        self.roots.retain(|r| *r != object);
        let mut gone = Vec::new();
        let parts = ModelGraph {
            model: self,
            edges: Edges::Parts,
        };
        let mut walk = Dfs::new(parts, object);
        while let Some(part) = walk.next(parts) {
            gone.push(part);
        }
        gone.sort_unstable();
        for part in &gone {
            self.objects[part.0 as usize].deleted = true;
        }
        for owner in self.objects.iter_mut().filter(|o| !o.deleted) {
            for slot in &mut owner.slots {
                slot.value
                    .retain_objects(|target| gone.binary_search(&target).is_err());
            }
            owner.slots.retain(|slot| slot.value != Value::Null);
        }
    }

    fn drop_value(&mut self, object: ObjectId, feature: FeatureId, gone: ObjectId) {
        let slots = &mut self.objects[object.0 as usize].slots;
        if let Ok(position) = slots.binary_search_by_key(&feature, |s| s.feature) {
            slots[position]
                .value
                .retain_objects(|target| target != gone);
            if slots[position].value == Value::Null {
                slots.remove(position);
            }
        }
    }

    /// Ends what a feature holds: its targets no longer know the object. Returns the parts that are in no container now.
    fn disconnect(&mut self, object: ObjectId, feature: FeatureId) -> Vec<ObjectId> {
        let declared = self.metamodel.feature(feature);
        let (parts, opposite) = (declared.is_containment(), declared.opposite());
        let old: Vec<ObjectId> = self
            .own(object, feature)
            .map(|v| v.objects().collect())
            .unwrap_or_default();
        if parts {
            for part in &old {
                self.objects[part.0 as usize].container = None;
            }
            return old;
        }
        let opposite = opposite.filter(|o| !self.metamodel.feature(*o).is_containment());
        for (target, opposite) in old.iter().zip(opposite.into_iter().cycle()) {
            self.drop_value(*target, opposite, object);
        }
        Vec::new()
    }

    fn connect(&mut self, object: ObjectId, feature: FeatureId, target: ObjectId) {
        let declared = self.metamodel.feature(feature);
        let opposite = declared.opposite();
        if declared.is_containment() {
            if let Some((old, through)) = self.object(target).container
                && (old, through) != (object, feature)
            {
                self.drop_value(old, through, target);
            }
            self.objects[target.0 as usize].container = Some((object, feature));
            return;
        }
        let Some(opposite) = opposite else { return };
        if self.targets(target, opposite).contains(&object)
            || self.metamodel.feature(opposite).is_containment()
        {
            return;
        }
        let many = self.metamodel.feature(opposite).is_many();
        if !many {
            // The target had another partner, which loses it.
            for partner in self.targets(target, opposite) {
                self.drop_value(partner, feature, target);
            }
        }
        let slot = self.slot_mut(target, opposite, Origin::Implied);
        match (&mut slot.value, many) {
            (Value::List(items), true) => items.push(Value::Object(object)),
            (value, true) => *value = Value::List(vec![Value::Object(object)]),
            (value, false) => *value = Value::Object(object),
        }
    }

    /// The direct parts of an object, in the order of features and of values.
    pub fn parts(&self, object: ObjectId) -> Vec<ObjectId> {
        let features = &self.metamodel.class(self.class(object)).features;
        let containments = features
            .iter()
            .filter(|f| self.metamodel.feature(**f).is_containment());
        containments
            .filter_map(|f| self.own(object, *f))
            .flat_map(Value::objects)
            .filter(|part| !self.is_deleted(*part))
            .collect()
    }

    /// All objects in document order: each root, then its parts, depth first.
    pub fn objects(&self) -> Vec<ObjectId> {
        let mut all = Vec::with_capacity(self.objects.len());
        let mut open: Vec<ObjectId> = self.roots.iter().rev().copied().collect();
        while let Some(object) = open.pop() {
            all.push(object);
            open.extend(self.parts(object).into_iter().rev());
        }
        all
    }

    /// All instances of a class and its sub types in document order.
    pub fn instances(&self, class: ClassId) -> Vec<ObjectId> {
        let mut all = self.objects();
        all.retain(|o| self.metamodel.conforms(self.class(*o), class));
        all
    }

    /// The name or key of an object, as text.
    pub fn key(&self, object: ObjectId) -> Option<Arc<str>> {
        let feature = self.metamodel.key_feature(self.class(object))?;
        match self.own(object, feature)? {
            Value::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// How people are shown an object: `/churn/training/parameters[n_estimators]`.
    pub fn path(&self, object: ObjectId) -> String {
        let Some((container, feature)) = self.object(object).container else {
            let name = self
                .key(object)
                .map_or_else(|| self.class_name(object).to_owned(), |k| k.to_string());
            return format!("/{name}");
        };
        let declared = self.metamodel.feature(feature);
        let parent = self.path(container);
        if !declared.is_many() {
            return format!("{parent}/{}", declared.name);
        }
        let siblings = self.targets(container, feature);
        let key = self.key(object).filter(|k| {
            siblings
                .iter()
                .filter(|s| self.key(**s).as_ref() == Some(k))
                .count()
                == 1
        });
        let place = key.map_or_else(
            || {
                siblings
                    .iter()
                    .position(|s| *s == object)
                    .unwrap_or_default()
                    .to_string()
            },
            |k| k.to_string(),
        );
        format!("{parent}/{}[{place}]", declared.name)
    }
}

#[cfg(test)]
mod tests;
