//! Identities: objects by the `xmi:id` of a file and by attributes that identify.

use std::borrow::Cow;
use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use super::store::index;
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
        let mut ids = Self {
            hasher: RandomState::default(),
            ..Self::default()
        };
        for object in model.all_objects() {
            if let Some(id) = model.id(object) {
                ids.entries.push((ids.hash(id), object));
            }
            if let Some(id) = model.id_value(object) {
                ids.entries.push((ids.hash(&id), object));
            }
        }
        ids.entries.sort_unstable();
        let places = (ids.entries.len() / TOGETHER).next_power_of_two();
        ids.bits = places.trailing_zeros();
        ids.starts.reserve_exact(places + 1);
        for (at, (hash, _)) in ids.entries.iter().enumerate() {
            let place = ids.place(*hash);
            while ids.starts.len() <= place {
                ids.starts.push(index(at));
            }
        }
        ids.starts.resize(places + 1, index(ids.entries.len()));
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
        let hash = self.hasher.hash_one(id);
        u32::try_from(hash >> 32).expect("32 bits are left")
    }

    /// The object of an identity whose hash is known.
    pub fn find(&self, model: &Model, id: &str, hash: u32) -> Option<ObjectId> {
        let place = self.place(hash);
        let range = *self.starts.get(place)? as usize..*self.starts.get(place + 1)? as usize;
        let near = &self.entries[range];
        let from = near.partition_point(|e| e.0 < hash);
        let mut same = near[from..].iter().take_while(|e| e.0 == hash);
        let found = same.find(|(_, object)| model.has_identity(*object, id));
        found.map(|(_, object)| *object)
    }

    fn place(&self, hash: u32) -> usize {
        (u64::from(hash) << self.bits >> 32) as usize
    }
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
