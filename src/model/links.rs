//! Where a reference leads to from each object, for those who follow it from many.
//!
//! A word of its [column](super::columns) is an object, or where in the arena a list of objects stands.

use super::lookup::{Look, Lookup, Odd};
use super::store::{Run, Slot};
use super::targets::Targets;
use super::{Model, ObjectId, Reach};

/// The bit of a word that says that it is no object: the bits behind it say what it is the position of.
const ELSEWHERE: u32 = 1 << 31;
const KIND: u32 = 0b111 << 29;
/// The slot, which has to be looked at.
const SLOT: u32 = 0b100 << 29;
/// A list of two.
const PAIR: u32 = 0b101 << 29;
/// A list, with how many there are.
const COUNTED: u32 = 0b110 << 29;
/// The word of an object from which a reference leads nowhere.
const NOWHERE: ObjectId = ObjectId(u32::MAX);

impl Model {
    /// What the column of a reference has for an object.
    fn link_word(&self, object: ObjectId, at: &Lookup) -> ObjectId {
        let is_many = self.metamodel().feature(at.feature()).is_many();
        let shelf = self.store.shelf();
        match shelf.position_of(object, at.ranks()) {
            Some(position) => {
                let slot = shelf.at(position);
                let word = if is_many {
                    self.word_of_list(slot)
                } else {
                    let target = slot.target().ok();
                    target.map(|target| target.unwrap_or(NOWHERE))
                };
                word.unwrap_or(ObjectId(SLOT | position))
            }
            None if is_many => NOWHERE,
            None => at.around(object, self).unwrap_or(NOWHERE),
        }
    }

    /// The word for a list, if there is one.
    fn word_of_list(&self, slot: &Slot) -> Option<ObjectId> {
        match slot.run() {
            Some(Run::Pair(at)) => return Some(ObjectId(PAIR | at)),
            Some(Run::Counted(at)) => return Some(ObjectId(COUNTED | at)),
            None => {}
        }
        match self.store.only_targets(slot)? {
            [] => Some(NOWHERE),
            [one] => Some(*one),
            _ => None,
        }
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
        let model = self.model;
        // What is known beside a model has other objects of the same numbers.
        let has_columns = self.knowledge.is_none() && model.store.has_all_below(!KIND);
        let column = if has_columns {
            let word = |object| model.link_word(object, at);
            model.column((at, objects), |known| &known.links, word)
        } else {
            &[]
        };
        Links {
            reach: self,
            at,
            column,
        }
    }
}

impl<'m> Links<'m, '_> {
    /// The objects that it leads to from one, where it may lead to many.
    #[inline]
    pub fn targets(self, object: ObjectId) -> Result<Targets<'m>, Odd> {
        match self.column.get(object.0 as usize) {
            Some(word) if word.0 & ELSEWHERE == 0 => Ok(Targets::only(word)),
            Some(&NOWHERE) => Ok(Targets::NONE),
            Some(word) => self.listed(object, *word),
            None => self.reach.look(object, self.at).targets(),
        }
    }

    /// The objects of a list that is elsewhere.
    #[inline(never)]
    fn listed(self, object: ObjectId, word: ObjectId) -> Result<Targets<'m>, Odd> {
        let at = word.0 & !KIND;
        let run = match word.0 & KIND {
            PAIR => Run::Pair(at),
            COUNTED => Run::Counted(at),
            _ => return self.look(object, word).targets(),
        };
        Ok(Targets::own(self.reach.model.store.run_at(run)))
    }

    /// The object that it leads to from one, where it leads to one at most.
    #[inline]
    pub fn one(self, object: ObjectId) -> Result<Option<ObjectId>, Odd> {
        match self.column.get(object.0 as usize) {
            Some(word) if word.0 & ELSEWHERE == 0 => Ok(Some(*word)),
            Some(&NOWHERE) => Ok(None),
            Some(word) => self.look(object, *word).one(self.at),
            None => self.reach.look(object, self.at).one(self.at),
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
        let are_single = other & ELSEWHERE == 0;
        if !are_single {
            to.truncate(before);
        }
        are_single
    }

    /// What stands in the slot of an object, whose position its word is.
    fn look(self, object: ObjectId, word: ObjectId) -> Look<'m> {
        let model = self.reach.model;
        Look::of(object, model, model.store.shelf().at(word.0 & !KIND))
    }
}
