//! Identities: objects by the `xmi:id` of a file and by attributes that identify.

use std::borrow::Cow;
use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use super::{Model, ObjectId, SlotValue};
use crate::metamodel::Literal;

/// Identities that share a place in the table, on average.
const TOGETHER: usize = 4;

/// Finds objects by identity. It is only ever asked, never walked through, so that its order is nobody's.
///
/// Everything is in two arrays, since a large file asks millions of times, and each look at memory far away counts.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    hasher: RandomState,
    /// Half of the hash of an identity, and the object that has it; in order.
    entries: Vec<(u32, ObjectId)>,
    /// Where the entries begin whose hash begins so.
    starts: Vec<u32>,
    /// How many bits of a hash say where to look.
    bits: u32,
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
        let hasher = ids.hasher.clone();
        // What is looked at twice is not kept meanwhile.
        let each = |with: &mut dyn FnMut(u32, ObjectId)| {
            for object in model.all_objects() {
                if let Some(id) = model.id(object) {
                    with(half(&hasher, id), object);
                }
                if let Some(id) = model.id_value(object) {
                    with(half(&hasher, &id), object);
                }
            }
        };
        let mut count = 0;
        each(&mut |_, _| count += 1);
        let bits = (count / TOGETHER).next_power_of_two().trailing_zeros();
        // Each place begins where those before it end, and is filled in the order of the objects.
        let mut starts = vec![0_u32; (1 << bits) + 2];
        each(&mut |hash, _| starts[place(hash, bits) + 2] += 1);
        for at in 2..starts.len() {
            starts[at] += starts[at - 1];
        }
        ids.entries = vec![(0, ObjectId(0)); count];
        each(&mut |hash, object| {
            let next = &mut starts[place(hash, bits) + 1];
            ids.entries[*next as usize] = (hash, object);
            *next += 1;
        });
        for range in starts.windows(2) {
            ids.entries[range[0] as usize..range[1] as usize].sort_unstable();
        }
        (ids.starts, ids.bits) = (starts, bits);
        ids
    }

    /// The objects that say to have an identity that an object before them has, in order.
    pub fn twice(&self, model: &Model) -> Vec<Twice> {
        let mut all = Vec::new();
        for same in self.entries.chunk_by(|a, b| a.0 == b.0) {
            for (_, object) in same.iter().skip(1) {
                let mut look = |id: Option<&str>, is_value| {
                    let first = id.and_then(|id| self.get(model, id));
                    all.extend(first.filter(|f| f != object).map(|first| Twice {
                        object: *object,
                        first,
                        is_value,
                    }));
                };
                look(model.id(*object), false);
                look(model.id_value(*object).as_deref(), true);
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

    /// Half of the hash of an identity.
    pub fn hash(&self, id: &str) -> u32 {
        half(&self.hasher, id)
    }

    /// The object of an identity whose hash is known.
    pub fn find(&self, model: &Model, id: &str, hash: u32) -> Option<ObjectId> {
        let place = place(hash, self.bits);
        let range = *self.starts.get(place)? as usize..*self.starts.get(place + 1)? as usize;
        let near = &self.entries[range];
        let from = near.partition_point(|e| e.0 < hash);
        let mut same = near[from..].iter().take_while(|e| e.0 == hash);
        let found = same.find(|(_, object)| model.has_identity(*object, id));
        found.map(|(_, object)| *object)
    }
}

fn half(hasher: &RandomState, id: &str) -> u32 {
    u32::try_from(hasher.hash_one(id) >> 32).expect("32 bits are left")
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
