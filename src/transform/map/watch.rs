//! What read what, so that after a change only that is done again.

use std::collections::{BTreeMap, BTreeSet};

use crate::expr::{Reads, Slot};
use crate::metamodel::{ClassId, FeatureId};
use crate::model::ObjectId;

/// Who has to be asked again when a slot changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reader {
    /// The values that all rules share.
    Globals,
    /// The conditions of a rule, for an object.
    Guard(u32, ObjectId),
    /// A binding of a match.
    Binding(BindingId),
    /// The conditions of a rule for several objects.
    Several,
}

/// A binding of a match, by the position of the match, of the target and of the binding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BindingId {
    pub(super) of: u32,
    pub(super) target: u16,
    pub(super) binding: u16,
}

/// What can be read beside slots is written down as one, of a feature that no metamodel has.
const MATCHES: FeatureId = FeatureId(u32::MAX);
const INSTANCES: FeatureId = FeatureId(u32::MAX - 1);

/// Stands for what rules make of an object.
pub(super) fn matches_of(object: ObjectId) -> Slot {
    (object, MATCHES)
}

/// Stands for the instances of a class, and what they refer to.
pub(super) fn instances_of(class: ClassId) -> Slot {
    (ObjectId(class.0), INSTANCES)
}

/// What was read, by whom.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// In order, once [sealed](Watch::seal).
    read: Vec<(Slot, Reader)>,
    /// What was read since.
    since: BTreeMap<Slot, Vec<Reader>>,
    is_sealed: bool,
    /// The objects that somebody asked what rules made of them, since the last record.
    asked: Vec<ObjectId>,
}

impl Watch {
    /// Records what the conditions of a rule read for what it matches or does not.
    pub(super) fn guard(&mut self, rule: usize, object: Option<ObjectId>, reads: &Reads) {
        let rule = u32::try_from(rule).unwrap_or(u32::MAX);
        let reader = object.map_or(Reader::Several, |o| Reader::Guard(rule, o));
        self.record(reader, reads);
    }

    /// Notes that what rules made of an object is being asked for.
    pub(super) fn ask(&mut self, object: ObjectId) {
        self.asked.push(object);
    }

    /// Records what somebody read since the last time that the reads were taken.
    pub(super) fn record(&mut self, reader: Reader, reads: &Reads) {
        for class in reads.take_extents() {
            self.add(instances_of(class), reader);
        }
        let mut asked = std::mem::take(&mut self.asked);
        for object in asked.drain(..) {
            self.add(matches_of(object), reader);
        }
        self.asked = asked;
        reads.shown(|slots| {
            for slot in slots {
                self.add(*slot, reader);
            }
        });
    }

    fn add(&mut self, slot: Slot, reader: Reader) {
        if !self.is_sealed {
            self.read.push((slot, reader));
            return;
        }
        let readers = self.since.entry(slot).or_default();
        if let Err(at) = readers.binary_search(&reader) {
            readers.insert(at, reader);
        }
    }

    /// Ends the first run: from now on readers are asked for.
    pub(super) fn seal(&mut self) {
        self.read.sort_unstable();
        self.read.dedup();
        self.is_sealed = true;
    }

    /// Adds everyone who read a slot.
    pub(super) fn readers(&self, slot: Slot, all: &mut BTreeSet<Reader>) {
        let from = self.read.partition_point(|(s, _)| *s < slot);
        let first = self.read[from..].iter().take_while(|(s, _)| *s == slot);
        all.extend(first.map(|(_, reader)| *reader));
        all.extend(self.since.get(&slot).into_iter().flatten());
    }
}
