//! References that a reader leaves in their slots until all objects are known.
//!
//! A large file has more references than objects. Each waits where its targets will stand, so that nothing is kept
//! beside the model and nothing is looked for twice.

use super::store::Place;
use super::{Model, ObjectId, Origin};
use crate::diag::Span;
use crate::metamodel::{FeatureId, Field};

/// A reference whose targets come later.
#[derive(Clone, Copy, Debug)]
pub struct Parked {
    /// Which of the object's slots it is.
    pub position: usize,
    /// The position of its feature in the class.
    pub rank: u16,
    /// What the reader left.
    pub number: u32,
    /// Where the reference stands.
    pub span: Span,
}

/// The targets of a reference that was parked.
#[derive(Clone, Copy, Debug)]
pub enum Landing<'t> {
    /// Its only target.
    One(ObjectId),
    /// All its targets.
    Many(&'t [ObjectId]),
}

impl Model {
    /// Leaves a number in a slot that holds nothing; returns whether it held nothing. Until it
    /// [lands](Model::land), the slot shows an empty list.
    pub fn park(&mut self, object: ObjectId, field: Field, number: u32, span: Span) -> bool {
        let place = Place { object, field };
        self.store.park(place, number, Origin::Written(span))
    }

    /// The first parked reference of an object from a position among its slots on.
    pub fn parked(&self, object: ObjectId, from: usize) -> Option<Parked> {
        self.store.parked(object, from)
    }

    /// Gives a parked reference its targets, without a look at their opposites.
    pub fn land(&mut self, object: ObjectId, parked: Parked, on: Landing<'_>) {
        self.store.land(object, parked.position, on);
    }

    /// Takes a parked reference out of its slot, which is gone then.
    pub fn unpark(&mut self, object: ObjectId, parked: Parked) {
        self.store.remove_at(object, parked.position);
    }

    /// Where the slots of an object begin whose features come behind one.
    pub fn position_behind(&self, object: ObjectId, rank: u16) -> usize {
        let slots = self.store.slots(object);
        slots.partition_point(|s| s.rank() <= rank)
    }

    /// Takes the parked reference of a feature out of its slot, if there is one.
    pub fn take_parked(&mut self, object: ObjectId, feature: FeatureId) -> Option<Parked> {
        let rank = self.metamodel().field(self.class(object), feature).rank?;
        let last = self.position_behind(object, rank).checked_sub(1)?;
        let parked = self.parked(object, last).filter(|p| p.rank == rank)?;
        self.unpark(object, parked);
        Some(parked)
    }
}
