//! Models: a typed graph of objects that conform to a metamodel.
//!
//! Objects live in an arena and are named by [`ObjectId`]; each holds the slots that were set, with where each value
//! came from ([`Origin`]). Features keep their order, which graph libraries do not, so the arena is our own and lends
//! itself to petgraph's algorithms through its visit traits ([`graph`]).
//! The cousins: EMF's `EObject`, `PyEcore`'s instances.

mod census;
mod change;
mod columns;
mod conform;
mod copy;
mod diff;
mod document;
mod edited;
mod fragment;
pub mod graph;
mod identity;
mod inputs;
mod knowledge;
mod known;
mod links;
mod lookup;
mod parked;
mod parts;
mod path;
mod scalars;
mod store;
mod targets;
mod value;

pub use census::{Census, Instances};
pub use change::Link;
pub use conform::{check, check_made};
pub use diff::{
    Change, ChangeKind, Matching, diff, dotted, is_compared, is_echo, moved, reordered, said, same,
    show,
};
pub use document::{Document, Extension};
pub(crate) use edited::changes_alone;
pub use edited::{Changes, Edited};
pub use fragment::{FragmentError, Fragments, LastPaths, is_reference, resolve_fragment};
pub(crate) use fragment::{encode_name, encode_source, percent_decode};
pub use identity::{Ids, Twice};
pub use knowledge::{Knowledge, Reach};
pub use links::Links;
pub use lookup::{Kinds, Look, Lookup, Odd};
pub use parked::{Landing, Parked};
pub(crate) use path::Paths;
pub use scalars::Scalars;
pub use targets::{Sought, Targets};
pub use value::{Entry, Proxy, Scalar, SlotValue, Texts, Value, is_default};

use std::collections::BTreeSet;
use std::sync::Arc;

use known::Kept;
use parts::Parts;
use store::{Slot, Store};

use crate::diag::Span;
use crate::metamodel::{ClassId, FeatureId, Metamodel, Role};

/// Names an object of one model. The highest bit is free for [`knowledge`](Knowledge).
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

/// A typed graph of objects.
#[derive(Clone, Debug)]
pub struct Model {
    store: Kept,
    /// Slots whose text could not be read: that they have no value was reported already.
    unread: BTreeSet<(ObjectId, FeatureId)>,
    /// The models that were read into it, where they have names.
    inputs: Vec<inputs::Input>,
    /// What a file says beside its objects.
    pub document: Document,
}

/// A value that an object has, and its feature.
#[derive(Clone, Copy, Debug)]
pub struct Held<'m> {
    /// The feature.
    pub feature: FeatureId,
    slot: &'m Slot,
    store: &'m Store,
}

impl<'m> Held<'m> {
    /// The value, without a copy.
    #[inline]
    pub fn value(&self) -> SlotValue<'m> {
        self.store.view(self.slot)
    }

    /// The objects of this model that it is, if it can hold nothing else.
    #[inline]
    pub fn targets(&self) -> Option<&'m [ObjectId]> {
        self.store.only_targets(self.slot)
    }
}

impl Model {
    /// Makes a model without objects.
    pub fn new(metamodel: Arc<Metamodel>) -> Self {
        Self {
            store: Kept::new(Store::new(metamodel)),
            unread: BTreeSet::new(),
            inputs: Vec::new(),
            document: Document::default(),
        }
    }

    /// Makes room for so many objects and slots.
    pub fn reserve(&mut self, objects: usize, slots: usize) {
        self.store.reserve(objects, slots);
    }

    /// Makes room for so many values of an object that was made last and has none.
    #[inline]
    pub fn expect(&mut self, object: ObjectId, slots: usize) {
        self.store.expect(object, slots);
    }

    /// Gives back room that was reserved and is not used.
    pub fn shrink(&mut self) {
        self.store.shrink();
    }

    /// The bytes that objects and values take.
    pub fn bytes(&self) -> usize {
        self.store.bytes()
    }

    /// What its objects conform to.
    #[inline]
    pub fn metamodel(&self) -> &Arc<Metamodel> {
        &self.store.metamodel
    }

    /// The objects without a container, in document order.
    pub fn roots(&self) -> &[ObjectId] {
        &self.store.roots
    }

    /// How many objects were ever made; identities are below it.
    pub fn bound(&self) -> usize {
        self.store.objects.len()
    }

    /// Makes an object that is in no container and no root yet.
    #[inline]
    pub fn create(&mut self, class: ClassId, origin: Origin) -> ObjectId {
        self.store.create(class, origin)
    }

    /// Makes an object a root.
    pub fn add_root(&mut self, object: ObjectId) {
        self.store.roots.push(object);
    }

    /// Makes an object the root at a position.
    pub fn insert_root(&mut self, position: usize, object: ObjectId) {
        self.store.roots.insert(position, object);
    }

    /// Makes an object no root any more; whether it was one.
    pub fn remove_root(&mut self, object: ObjectId) -> bool {
        let found = self.store.roots.iter().position(|r| *r == object);
        found.map(|at| self.store.roots.remove(at)).is_some()
    }

    /// The class of an object.
    #[inline]
    pub fn class(&self, object: ObjectId) -> ClassId {
        self.store.object(object).class
    }

    /// The name of the class of an object.
    pub fn class_name(&self, object: ObjectId) -> &str {
        &self.metamodel().class(self.class(object)).name
    }

    /// Where an object came from.
    pub fn object_origin(&self, object: ObjectId) -> Origin {
        self.store.object(object).origin()
    }

    /// The object that holds this one as a part.
    #[inline]
    pub fn container(&self, object: ObjectId) -> Option<ObjectId> {
        self.store.object(object).container().map(|(c, _)| c)
    }

    /// The reference through which the container holds this object.
    #[inline]
    pub fn containing_feature(&self, object: ObjectId) -> Option<FeatureId> {
        self.store.object(object).container().map(|(_, f)| f)
    }

    /// The container, its container, and so on to the root.
    pub fn ancestors(&self, object: ObjectId) -> impl Iterator<Item = ObjectId> {
        std::iter::successors(self.container(object), |o| self.container(*o))
    }

    /// Whether the object was deleted.
    pub fn is_deleted(&self, object: ObjectId) -> bool {
        self.store.object(object).is_deleted()
    }

    /// The identity that the object's file gives it (`xmi:id`).
    pub fn id(&self, object: ObjectId) -> Option<&str> {
        self.store.id(object)
    }

    /// Whether any object may have an identity that its file gives it.
    pub fn has_ids(&self) -> bool {
        self.store.has_ids()
    }

    /// Whether the identity of an object may have other characters than letters and digits of ASCII, `_`, `-` and `.`.
    pub fn has_odd_ids(&self) -> bool {
        self.store.has_odd_ids()
    }

    /// Whether any slot holds something else than values and objects of this model: nothing, references into other
    /// files, entries of feature maps. Most large models have none, and are walked faster.
    pub fn has_odd_slots(&self) -> bool {
        self.store.has_odd_slots()
    }

    /// All objects in the order in which they were made, which is that of the file for what was read.
    pub fn all_objects(&self) -> impl Iterator<Item = ObjectId> {
        (0..self.bound())
            .map(|n| ObjectId(store::index(n)))
            .filter(|o| !self.is_deleted(*o))
    }

    /// Gives an object an identity, or takes it with an empty one. Returns whether it has other characters than
    /// letters and digits of ASCII, `_`, `-` and `.`.
    pub fn set_id(&mut self, object: ObjectId, id: &str) -> bool {
        self.store.set_id(object, id)
    }

    /// Remembers that a file has a value here that could not be read, which was reported.
    pub fn mark_unread(&mut self, object: ObjectId, feature: FeatureId) {
        self.unread.insert((object, feature));
    }

    /// Whether a file has a value here that could not be read.
    pub fn is_unread(&self, object: ObjectId, feature: FeatureId) -> bool {
        self.unread.contains(&(object, feature))
    }

    /// Whether the object has a value of its own for a feature; a list without members is none.
    pub fn is_set(&self, object: ObjectId, feature: FeatureId) -> bool {
        match self.metamodel().feature(feature).role {
            Role::Member(_) => !self.get(object, feature).items().is_empty(),
            _ => self
                .see(object, feature)
                .is_some_and(|v| !matches!(v, SlotValue::Objects([]) | SlotValue::Values([]))),
        }
    }

    /// Where the value of a feature came from; `None` where it is the metamodel's default.
    pub fn origin(&self, object: ObjectId, feature: FeatureId) -> Option<Origin> {
        let slot = self.store.slot(object, self.storing(feature))?;
        Some(self.store.origin(object, slot))
    }

    /// The value that the object itself has.
    pub fn own(&self, object: ObjectId, feature: FeatureId) -> Option<Value> {
        if let Role::Member(_) = self.metamodel().feature(feature).role {
            let value = self.members(object, feature);
            return (value != Value::Null).then_some(value);
        }
        self.see(object, feature).map(SlotValue::to_value)
    }

    /// The value that the object itself has, without a copy; features of feature maps are not seen.
    #[inline]
    pub fn see(&self, object: ObjectId, feature: FeatureId) -> Option<SlotValue<'_>> {
        let slot = self.store.slot(object, feature)?;
        Some(self.store.view(slot))
    }

    /// The features that the object itself has values for, in the order of its class, with the values.
    pub fn slots(&self, object: ObjectId) -> impl Iterator<Item = (FeatureId, SlotValue<'_>)> {
        self.held(object).map(|held| (held.feature, held.value()))
    }

    /// The same, without a look at the values yet.
    pub fn held(&self, object: ObjectId) -> impl Iterator<Item = Held<'_>> {
        let features = self.store.features(object);
        let slots = self.store.slots(object).iter();
        slots.map(|slot| Held {
            feature: features[usize::from(slot.rank())],
            slot,
            store: &self.store,
        })
    }

    /// The feature whose slot holds the values of `feature`: itself, or its feature map.
    fn storing(&self, feature: FeatureId) -> FeatureId {
        match self.metamodel().feature(feature).role {
            Role::Member(map) => map,
            _ => feature,
        }
    }

    /// The values in a feature map that are of one of its features.
    fn members(&self, object: ObjectId, feature: FeatureId) -> Value {
        let slot = self.store.slot(object, self.storing(feature));
        let entries = slot.map_or(Value::Null, |s| self.store.unpack(s));
        let mut of = entries.items().iter().filter_map(|entry| match entry {
            Value::Entry(entry) if entry.feature == feature => Some(entry.value.clone()),
            _ => None,
        });
        if self.metamodel().feature(feature).is_many() {
            Value::List(of.collect())
        } else {
            of.next_back().unwrap_or(Value::Null)
        }
    }

    /// The value that readers see: the object's own, else the metamodel's default, else null or an empty list.
    pub fn get(&self, object: ObjectId, feature: FeatureId) -> Value {
        if let Some(slot) = self.store.slot(object, feature) {
            return self.store.unpack(slot);
        }
        let declared = self.metamodel().feature(feature);
        if let Role::Member(_) = declared.role {
            return self.members(object, feature);
        }
        if let Some((container, through)) = self.store.object(object).container()
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
        match self.store.slot(object, feature) {
            Some(slot) if !matches!(self.store.view(slot), SlotValue::Values(_)) => {
                self.store.targets(slot).to_vec()
            }
            _ => self.get(object, feature).objects().collect(),
        }
    }

    /// The objects of this model that a slot points at, without a copy; lists that hold others too are not seen.
    pub fn target_slice(&self, object: ObjectId, feature: FeatureId) -> &[ObjectId] {
        let slot = self.store.slot(object, feature);
        slot.map_or(&[], |slot| self.store.targets(slot))
    }

    /// The direct parts of an object, in the order of features and of values.
    pub fn parts(&self, object: ObjectId) -> Vec<ObjectId> {
        let mut parts = Vec::new();
        self.each_part(object, |part| parts.push(part));
        parts
    }

    /// Calls `with` for each direct part of an object, in the order of features and of values.
    pub fn each_part(&self, object: ObjectId, mut with: impl FnMut(ObjectId)) {
        let class = self.metamodel().class(self.class(object));
        for rank in &class.wholes {
            let Some(slot) = self.store.slot_at_rank(object, *rank) else {
                continue;
            };
            self.parts_in((object, *rank), slot).for_each(&mut with);
        }
    }

    /// The parts in a slot of an object.
    #[inline]
    fn parts_in<'m>(&'m self, (object, rank): (ObjectId, u16), slot: &'m Slot) -> Parts<'m> {
        match self.store.only_targets(slot) {
            Some(parts) => Parts::Seen(parts.iter()),
            None => Parts::Made(self.odd_parts((object, rank), slot).into_iter()),
        }
    }

    /// The parts in a slot that may hold others too: entries of feature maps, objects of other files.
    fn odd_parts(&self, (object, rank): (ObjectId, u16), slot: &Slot) -> Vec<ObjectId> {
        let class = self.metamodel().class(self.class(object));
        let declared = self.metamodel().feature(class.features[usize::from(rank)]);
        let is_containment = |f| self.metamodel().feature(f).is_containment();
        let mut parts = Vec::new();
        for value in self.store.unpack(slot).items() {
            match value {
                Value::Object(part) if declared.role == Role::Plain => parts.push(*part),
                Value::Entry(entry) if is_containment(entry.feature) => {
                    parts.extend(entry.value.objects());
                }
                _ => {}
            }
        }
        parts
    }

    /// All objects in document order: each root, then its parts, depth first.
    pub fn objects(&self) -> Vec<ObjectId> {
        let mut all = Vec::with_capacity(self.bound());
        let classes = self.metamodel().classes();
        let wholes: Vec<&[u16]> = classes.map(|(_, class)| &*class.wholes).collect();
        let mut around = Vec::new();
        let mut list = Parts::Seen(self.store.roots.iter());
        loop {
            let Some(object) = list.next() else {
                let Some(next) = around.pop() else {
                    return all;
                };
                list = next;
                continue;
            };
            all.push(object);
            let ranks = wholes[self.class(object).0 as usize];
            if ranks.is_empty() {
                continue;
            }
            let mark = around.len();
            // What comes first is gone through first, so it is put on top.
            for rank in ranks.iter().rev() {
                if let Some(slot) = self.store.slot_at_rank(object, *rank) {
                    around.push(self.parts_in((object, *rank), slot));
                }
            }
            if around.len() > mark
                && let Some(inside) = around.pop()
            {
                around.insert(mark, std::mem::replace(&mut list, inside));
            }
        }
    }

    /// All instances of a class and its sub types in document order.
    pub fn instances(&self, class: ClassId) -> Vec<ObjectId> {
        let fits = self.metamodel().conforming(class);
        let fits = |object: ObjectId| fits[self.class(object).0 as usize];
        let has_parts = |o| !self.metamodel().class(self.class(o)).wholes.is_empty();
        let mut all = Vec::new();
        let mut open: Vec<ObjectId> = self.store.roots.iter().rev().copied().collect();
        while let Some(object) = open.pop() {
            if fits(object) {
                all.push(object);
            }
            let mark = open.len();
            self.each_part(object, |part| {
                if has_parts(part) || fits(part) {
                    open.push(part);
                }
            });
            open[mark..].reverse();
        }
        all
    }
}

#[cfg(test)]
mod tests;
