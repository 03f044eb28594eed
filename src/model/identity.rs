//! Identities: objects by the `xmi:id` of a file and by attributes that identify.

use std::borrow::Cow;
use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use super::{Model, ObjectId, SlotValue};
use crate::metamodel::Literal;

/// Identities that share a place in the table, on average.
const TOGETHER: usize = 4;

/// How many identities are looked for together.
const AT_ONCE: usize = 32;

/// Finds objects by identity. It is only ever asked, never walked through, so that its order is nobody's.
///
/// Everything is in two arrays, since a large file asks millions of times, and each look at memory far away counts.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    hasher: RandomState,
    /// The identities that objects have, in order.
    entries: Vec<Entry>,
    /// Where the entries begin whose hash begins so.
    starts: Vec<u32>,
    /// How many bits of a hash say where to look.
    bits: u32,
}

/// Half of the hash of an identity, and below it the object that has it: a number that is sorted quickly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u64);

impl Entry {
    fn new(hash: u32, object: ObjectId) -> Self {
        Self(u64::from(hash) << 32 | u64::from(object.0))
    }

    fn hash(self) -> u32 {
        half(self.0)
    }

    fn object(self) -> ObjectId {
        let low = self.0 & u64::from(u32::MAX);
        ObjectId(u32::try_from(low).expect("32 bits are left"))
    }
}

/// An object that says to have an identity that an object before it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Twice {
    /// The object.
    pub object: ObjectId,
    /// The object that has the identity.
    pub first: ObjectId,
    /// Whether it is the value of an attribute, not what the file calls the object.
    pub is_value: bool,
}

impl Ids {
    /// Collects the identities of a model; the first of two objects of one identity wins.
    pub fn of(model: &Model) -> Self {
        let mut ids = Self::default();
        let mut classes = model.metamodel().classes();
        if !model.has_ids() && classes.all(|(_, c)| c.id_attribute.is_none()) {
            return ids;
        }
        let hasher = &ids.hasher;
        for object in model.all_objects() {
            if let Some(id) = model.id(object) {
                ids.entries
                    .push(Entry::new(half(hasher.hash_one(id)), object));
            }
            if let Some(id) = model.id_value(object) {
                let hash = half(hasher.hash_one(&*id));
                ids.entries.push(Entry::new(hash, object));
            }
        }
        ids.entries.shrink_to_fit();
        ids.entries.sort_unstable();
        let places = (ids.entries.len() / TOGETHER).next_power_of_two();
        ids.bits = places.trailing_zeros();
        ids.starts = vec![0; places + 1];
        for entry in &ids.entries {
            ids.starts[place(entry.hash(), ids.bits) + 1] += 1;
        }
        for at in 1..=places {
            ids.starts[at] += ids.starts[at - 1];
        }
        ids
    }

    /// The objects that say to have an identity that an object before them has, in order.
    pub fn twice(&self, model: &Model) -> Vec<Twice> {
        let mut all = Vec::new();
        for same in self.entries.chunk_by(|a, b| a.hash() == b.hash()) {
            for object in same.iter().skip(1).map(|e| e.object()) {
                let mut look = |id: Option<&str>, is_value| {
                    let first = id.and_then(|id| self.get(model, id));
                    all.extend(first.filter(|f| *f != object).map(|first| Twice {
                        object,
                        first,
                        is_value,
                    }));
                };
                look(model.id(object), false);
                look(model.id_value(object).as_deref(), true);
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether no object has one.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The object of an identity.
    pub fn get(&self, model: &Model, id: &str) -> Option<ObjectId> {
        if self.is_empty() {
            return None;
        }
        self.find(model, id, self.hash(id))
    }

    fn hash(&self, id: &str) -> u32 {
        half(self.hasher.hash_one(id))
    }

    fn find(&self, model: &Model, id: &str, hash: u32) -> Option<ObjectId> {
        let same = self.entries[self.first(hash)..].iter();
        let mut same = same.take_while(|e| e.hash() == hash);
        let found = same.find(|e| model.has_identity(e.object(), id));
        found.map(|e| e.object())
    }

    /// Where the entries of a hash begin.
    fn first(&self, hash: u32) -> usize {
        self.first_from(self.starts[place(hash, self.bits)], hash)
    }

    fn first_from(&self, start: u32, hash: u32) -> usize {
        let near = self.entries[start as usize..].iter();
        start as usize + near.take_while(|e| e.hash() < hash).count()
    }

    /// Finds the objects of identities, in their order; `found` gets them.
    ///
    /// Each step is done for several before the next one, so that the processor waits for memory once and not for
    /// each of them.
    pub fn get_all(&self, model: &Model, all: &[&str], found: &mut Vec<Option<ObjectId>>) {
        if self.is_empty() {
            found.resize(found.len() + all.len(), None);
            return;
        }
        for some in all.chunks(AT_ONCE) {
            let (mut hashes, mut starts) = ([0; AT_ONCE], [0; AT_ONCE]);
            for (id, hash) in some.iter().zip(&mut hashes) {
                *hash = self.hash(id);
            }
            for (hash, start) in hashes.iter().zip(&mut starts) {
                *start = self.starts[place(*hash, self.bits)];
            }
            // A look without a decision, which the processor would wait for.
            let mut first = [Entry(0); AT_ONCE];
            for (start, entry) in starts.iter().zip(&mut first) {
                *entry = self.entries[(*start as usize).min(self.entries.len() - 1)];
            }
            let mut objects = [ObjectId(0); AT_ONCE];
            for (number, object) in objects.iter_mut().enumerate() {
                let mut entry = Some(first[number]);
                if first[number].hash() < hashes[number] {
                    let at = self.first_from(starts[number], hashes[number]);
                    entry = self.entries.get(at).copied();
                }
                *object = entry.map_or(*object, Entry::object);
            }
            let mut ids = [None; AT_ONCE];
            for (object, id) in objects.iter().zip(&mut ids) {
                *id = model.id(*object);
            }
            for (number, wanted) in some.iter().enumerate() {
                found.push(if ids[number] == Some(wanted) {
                    Some(objects[number])
                } else {
                    self.find(model, wanted, hashes[number])
                });
            }
        }
    }
}

/// The upper half of a number.
fn half(number: u64) -> u32 {
    u32::try_from(number >> 32).expect("32 bits are left")
}

/// Where to look for a hash: what its first bits say.
fn place(hash: u32, bits: u32) -> usize {
    (u64::from(hash) << bits >> 32) as usize
}

impl Model {
    /// The value of the attribute that identifies an object, as files write it.
    pub fn id_value(&self, object: ObjectId) -> Option<Cow<'_, str>> {
        let feature = self.metamodel().class(self.class(object)).id_attribute?;
        match self.see(object, feature)? {
            SlotValue::Text(text) => Some(Cow::Borrowed(text)),
            other => {
                let literal: Option<Literal> = (&other.to_value()).into();
                let of = self.metamodel().feature(feature).value_type()?;
                Some(Cow::Owned(self.metamodel().print(of, &literal?)))
            }
        }
    }

    /// Whether a file or an attribute gives an object an identity.
    pub fn has_identity(&self, object: ObjectId, id: &str) -> bool {
        self.id(object) == Some(id) || self.id_value(object).is_some_and(|value| value == id)
    }
}
