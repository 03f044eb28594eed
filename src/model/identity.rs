//! Identities: objects by the `xmi:id` of a file and by attributes that identify.

use std::borrow::Cow;
use std::hash::Hasher;

use hashbrown::HashTable;

use super::{Model, ObjectId, SlotValue};
use crate::metamodel::Literal;

/// Finds objects by identity. It is only ever asked, never walked through, so that its order is nobody's.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    /// The hash of an identity and the object that has it.
    table: HashTable<(u64, ObjectId)>,
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
        if let Some(first) = self.get(model, id) {
            return (first != object).then_some(first);
        }
        let hash = hash(id);
        self.table
            .insert_unique(hash, (hash, object), |entry| entry.0);
        None
    }

    /// The object of an identity.
    pub fn get(&self, model: &Model, id: &str) -> Option<ObjectId> {
        let is = |(_, o): &(u64, ObjectId)| {
            model.id(*o) == Some(id) || model.id_value(*o).is_some_and(|value| value == id)
        };
        self.table.find(hash(id), is).map(|(_, o)| *o)
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
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
