//! Where a reference leads to from each object, side by side, for those who follow it from many.
//!
//! To find a slot takes several steps through the arena. Where a reference is followed again and again, the answers for
//! all objects are put into a column, one word each. That pays once as many objects were asked about as there are, so it
//! is not done before. The idea is that of adaptive indexing (Idreos, Kersten and Manegold, "Database Cracking", 2007).

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lookup::{Look, Lookup, Odd, Targets};
use super::store::index;
use super::{Model, ObjectId, Reach};

/// The bit of a word that says that it is the position of the slot, which has to be looked at.
const SLOT: u32 = 1 << 31;
/// The word of an object from which a reference leads nowhere.
const NOWHERE: ObjectId = ObjectId(u32::MAX);

/// So few objects are not worth a column, nor a look for one where nothing is known yet.
const FEW: usize = 16;

/// The columns of a model, by feature.
#[derive(Debug, Default)]
pub(super) struct Columns(OnceLock<Vec<Column>>);

#[derive(Debug, Default)]
struct Column {
    words: OnceLock<Vec<ObjectId>>,
    /// How many objects were asked about before there was a column.
    asked: AtomicUsize,
}

impl Model {
    /// The column of a reference, empty where there is none, for somebody who asks about so many objects.
    fn column(&self, at: &Lookup, asked: usize) -> &[ObjectId] {
        if self.is_small() || asked < FEW && !self.store.is_known() {
            return &[];
        }
        let all = self.store.known().columns.0.get_or_init(|| {
            let features = self.metamodel().features();
            features.map(|_| Column::default()).collect()
        });
        let column = &all[at.feature().0 as usize];
        if let Some(words) = column.words.get() {
            return words;
        }
        let before = column.asked.fetch_add(asked, Ordering::Relaxed);
        if before + asked < self.bound() || !self.store.has_slots_below(SLOT) {
            return &[];
        }
        column.words.get_or_init(|| self.words(at))
    }

    fn words(&self, at: &Lookup) -> Vec<ObjectId> {
        let is_many = self.metamodel().feature(at.feature()).is_many();
        let shelf = self.store.shelf();
        let word = |object| match shelf.position_of(object, at.ranks()) {
            Some(position) => {
                let slot = shelf.at(position);
                let single = if is_many {
                    self.store.only_targets(slot).and_then(single_of)
                } else {
                    let target = slot.target().ok();
                    target.map(|target| target.unwrap_or(NOWHERE))
                };
                single.unwrap_or(ObjectId(SLOT | position))
            }
            None if is_many => NOWHERE,
            None => at.around(object, self).unwrap_or(NOWHERE),
        };
        let all = (0..index(self.bound())).map(ObjectId);
        all.map(word).collect()
    }
}

/// The word for a list, if it is short enough.
fn single_of(objects: &[ObjectId]) -> Option<ObjectId> {
    match objects {
        [] => Some(NOWHERE),
        [one] => Some(*one),
        _ => None,
    }
}

/// A reference, for those who follow it from many objects.
#[derive(Clone, Copy)]
pub struct Links<'m, 'l> {
    reach: Reach<'m>,
    at: &'l Lookup,
    column: &'m [ObjectId],
}

impl<'m> Reach<'m> {
    /// A reference, to be followed from so many objects.
    #[inline]
    pub fn links<'l>(self, at: &'l Lookup, objects: usize) -> Links<'m, 'l> {
        Links {
            reach: self,
            at,
            column: match self.knowledge {
                None => self.model.column(at, objects),
                // What is known beside a model has other objects of the same numbers.
                Some(_) => &[],
            },
        }
    }
}

impl<'m> Links<'m, '_> {
    /// The objects that it leads to from one, where it may lead to many.
    #[inline]
    pub fn targets(self, object: ObjectId) -> Result<Targets<'m>, Odd> {
        match self.column.get(object.0 as usize) {
            Some(word) if word.0 & SLOT == 0 => Ok(Targets::only(word)),
            Some(&NOWHERE) => Ok(Targets::NONE),
            word => self.look(object, word).targets(),
        }
    }

    /// The object that it leads to from one, where it leads to one at most.
    #[inline]
    pub fn one(self, object: ObjectId) -> Result<Option<ObjectId>, Odd> {
        match self.column.get(object.0 as usize) {
            Some(word) if word.0 & SLOT == 0 => Ok(Some(*word)),
            Some(&NOWHERE) => Ok(None),
            word => self.look(object, word).one(self.at),
        }
    }

    /// Adds the object that it leads to from each of some, if that is exactly one; else nothing. Returns whether it is.
    #[inline]
    pub fn add_one_each(self, objects: &[ObjectId], to: &mut Vec<ObjectId>) -> bool {
        if self.column.is_empty() {
            return false;
        }
        let before = to.len();
        let word = |object: &ObjectId| {
            let word = self.column.get(object.0 as usize);
            word.copied().unwrap_or(NOWHERE)
        };
        to.extend(objects.iter().map(word));
        let other = to[before..].iter().fold(0, |bits, word| bits | word.0);
        let are_single = other & SLOT == 0;
        if !are_single {
            to.truncate(before);
        }
        are_single
    }

    /// What stands in the slot of an object, which its word tells if it has one.
    fn look(self, object: ObjectId, word: Option<&ObjectId>) -> Look<'m> {
        let Some(word) = word else {
            return self.reach.look(object, self.at);
        };
        let slot = self.reach.model.store.shelf().at(word.0 & !SLOT);
        Look::of(object, self.reach.model, slot)
    }
}
