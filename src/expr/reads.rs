//! What an evaluation read, for traces and for redoing only what a change concerns.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::metamodel::{ClassId, FeatureId};
use crate::model::ObjectId;

/// The slots and extents that evaluations read.
#[derive(Debug, Default)]
pub struct Reads {
    slots: RefCell<BTreeSet<(ObjectId, FeatureId)>>,
    extents: RefCell<BTreeSet<ClassId>>,
    variables: RefCell<BTreeSet<usize>>,
}

impl Reads {
    /// Records that the value of a feature of an object was read, or that there is none.
    pub fn record(&self, object: ObjectId, feature: FeatureId) {
        self.slots.borrow_mut().insert((object, feature));
    }

    /// Records that all instances of a class were asked for.
    pub fn record_extent(&self, class: ClassId) {
        self.extents.borrow_mut().insert(class);
    }

    /// Records that a variable was used, by its position: what was read for its value was read.
    pub fn record_variable(&self, index: usize) {
        self.variables.borrow_mut().insert(index);
    }

    /// Takes the variables that were used since the last time.
    pub fn take_variables(&self) -> BTreeSet<usize> {
        self.variables.take()
    }

    /// Takes the slots that were recorded since the last time.
    pub fn take(&self) -> BTreeSet<(ObjectId, FeatureId)> {
        self.slots.take()
    }

    /// Takes the classes whose instances were asked for since the last time.
    pub fn take_extents(&self) -> BTreeSet<ClassId> {
        self.extents.take()
    }
}
