//! What an evaluation read, for traces and for redoing only what a change concerns.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use crate::metamodel::{ClassId, FeatureId};
use crate::model::ObjectId;

/// A slot of a model: a feature of an object.
pub type Slot = (ObjectId, FeatureId);

/// A log that is longer than this is shortened to what differs, and again when it is twice as long.
const LONG: usize = 4096;

/// The slots and extents that evaluations read.
///
/// Reading is frequent and looking at what was read is not: slots are written down one after the other, and told apart
/// when they are taken.
#[derive(Debug, Default)]
pub struct Reads {
    /// Whether nobody will ask, so that nothing is recorded.
    is_off: bool,
    slots: RefCell<Vec<Slot>>,
    limit: Cell<usize>,
    extents: RefCell<BTreeSet<ClassId>>,
    /// A bit for each of the first variables.
    variables: Cell<u64>,
    further_variables: RefCell<BTreeSet<usize>>,
}

impl Reads {
    /// For evaluations of which nobody asks what they read: records no slots.
    pub fn off() -> Self {
        Self {
            is_off: true,
            ..Self::default()
        }
    }

    /// Whether nobody will ask.
    #[inline]
    pub(super) fn are_off(&self) -> bool {
        self.is_off
    }

    /// Records that the value of a feature of an object was read, or that there is none.
    #[inline]
    pub fn record(&self, object: ObjectId, feature: FeatureId) {
        if !self.is_off {
            self.write_down((object, feature));
        }
    }

    fn write_down(&self, slot: Slot) {
        let mut slots = self.slots.borrow_mut();
        slots.push(slot);
        if slots.len() > self.limit.get().max(LONG) {
            distinct(&mut slots);
            self.limit.set(2 * slots.len());
        }
    }

    /// Records that all instances of a class were asked for.
    pub fn record_extent(&self, class: ClassId) {
        self.extents.borrow_mut().insert(class);
    }

    /// Records that a variable was used, by its position: what was read for its value was read.
    #[inline]
    pub fn record_variable(&self, index: usize) {
        if index < 64 {
            self.variables.set(self.variables.get() | 1 << index);
        } else {
            self.further_variables.borrow_mut().insert(index);
        }
    }

    /// Forgets all that was read.
    pub fn forget(&self) {
        self.slots.borrow_mut().clear();
        self.extents.borrow_mut().clear();
        self.variables_taken(|_| ());
    }

    /// Takes the variables that were used since the last time.
    pub fn take_variables(&self) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        self.variables_taken(|index| {
            all.insert(index);
        });
        all
    }

    /// Shows the variables that were used since the last time, in order, and forgets them.
    #[inline]
    pub fn variables_taken(&self, mut with: impl FnMut(usize)) {
        let mut bits = self.variables.take();
        while bits != 0 {
            with(bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
        if !self.further_variables.borrow().is_empty() {
            self.further_variables.take().into_iter().for_each(with);
        }
    }

    /// Takes the slots that were recorded since the last time, each once, in order.
    pub fn take(&self) -> Vec<Slot> {
        let mut slots = self.slots.take();
        distinct(&mut slots);
        slots
    }

    /// Shows the slots that were recorded since the last time, each once, in order, and forgets them.
    #[inline]
    pub fn taken<T>(&self, with: impl FnOnce(&[Slot]) -> T) -> T {
        let mut slots = self.slots.borrow_mut();
        distinct(&mut slots);
        let result = with(&slots);
        slots.clear();
        result
    }

    /// Shows the slots that were recorded since the last time, each once, in order.
    pub fn shown<T>(&self, with: impl FnOnce(&[Slot]) -> T) -> T {
        let mut slots = self.slots.borrow_mut();
        distinct(&mut slots);
        with(&slots)
    }

    /// Takes the classes whose instances were asked for since the last time.
    pub fn take_extents(&self) -> BTreeSet<ClassId> {
        self.extents.take()
    }
}

#[inline]
fn distinct(slots: &mut Vec<Slot>) {
    // Most evaluations read a slot or two, often in order.
    if !slots.is_sorted_by(|a, b| a < b) {
        slots.sort_unstable();
        slots.dedup();
    }
}
