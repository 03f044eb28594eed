//! Identities: objects by the `xmi:id` of a file and by attributes that identify.

use std::borrow::Cow;
use std::hash::Hasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::{Model, ObjectId, SlotValue};
use crate::metamodel::Literal;

/// Finds objects by identity. It is only ever asked, never walked through, so that its order is nobody's.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    /// Half of the hash of an identity, and the object that has it.
    table: HashTable<(u32, ObjectId)>,
}

impl Ids {
    /// Collects the identities of a model; the first of two objects of one identity wins.
    pub fn of(model: &Model) -> Self {
        let mut ids = Self::default();
        for object in model.objects() {
            ids.insert_all(model, object);
        }
        ids
    }

    /// Adds what identifies an object. Returns the identity that another object has already, with that object.
    pub fn insert_all(&mut self, model: &Model, object: ObjectId) -> Option<ObjectId> {
        let mut first = None;
        if let Some(id) = model.id(object) {
            first = self.insert(model, object, id);
        }
        if let Some(id) = model.id_value(object) {
            first = first.or(self.insert(model, object, &id));
        }
        first
    }

    fn insert(&mut self, model: &Model, object: ObjectId, id: &str) -> Option<ObjectId> {
        let half = hash(id);
        match self
            .table
            .entry(spread(half), is(model, (half, id)), |e| spread(e.0))
        {
            Entry::Occupied(first) => (first.get().1 != object).then_some(first.get().1),
            Entry::Vacant(free) => {
                free.insert((half, object));
                None
            }
        }
    }

    /// The object of an identity.
    pub fn get(&self, model: &Model, id: &str) -> Option<ObjectId> {
        if self.table.is_empty() {
            return None;
        }
        let half = hash(id);
        let found = self.table.find(spread(half), is(model, (half, id)));
        found.map(|(_, object)| *object)
    }
}

/// Whether an entry is of an identity.
fn is(model: &Model, (half, id): (u32, &str)) -> impl FnMut(&(u32, ObjectId)) -> bool {
    move |(other, object)| {
        *other == half
            && (model.id(*object) == Some(id)
                || model.id_value(*object).is_some_and(|value| value == id))
    }
}

fn hash(text: &str) -> u32 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(text.as_bytes());
    let hash = hasher.finish();
    u32::try_from(hash >> 32).expect("32 bits are left")
}

/// A hash as long as the table needs it, of which it looks at both ends.
fn spread(half: u32) -> u64 {
    u64::from(half) << 32 | u64::from(half)
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
}
