//! What read what, so that after a change only that is done again.

use std::collections::BTreeMap;

use crate::expr::Reads;
use crate::expr::Slot;
use crate::model::ObjectId;

/// Who has to be asked again when a slot changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reader {
    /// The conditions of a rule, for an object.
    Guard(u32, ObjectId),
    /// A binding of a match.
    Binding(BindingId),
    /// Something that everything hangs on.
    Everything,
}

/// A binding of a match, by the position of the match, of the target and of the binding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BindingId {
    pub(super) of: u32,
    pub(super) target: u16,
    pub(super) binding: u16,
}

/// What was read, by whom.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// In order, once [sealed](Watch::seal).
    read: Vec<(Slot, Reader)>,
    /// What was read since.
    since: BTreeMap<Slot, Vec<Reader>>,
    is_sealed: bool,
    /// Whether somebody asked for all objects of a class, or for those that refer to one.
    asks_for_all: bool,
}

impl Watch {
    /// Records what the conditions of a rule read for what it matches or does not.
    pub(super) fn guard(&mut self, rule: usize, object: Option<ObjectId>, reads: &Reads) {
        let rule = u32::try_from(rule).unwrap_or(u32::MAX);
        let reader = object.map_or(Reader::Everything, |o| Reader::Guard(rule, o));
        self.record(reader, reads);
    }

    /// Records what somebody read since the last time that the reads were taken.
    pub(super) fn record(&mut self, reader: Reader, reads: &Reads) {
        self.asks_for_all |= !reads.take_extents().is_empty();
        reads.shown(|slots| {
            if !self.is_sealed {
                self.read.extend(slots.iter().map(|s| (*s, reader)));
                return;
            }
            for slot in slots {
                let readers = self.since.entry(*slot).or_default();
                if !readers.contains(&reader) {
                    readers.push(reader);
                }
            }
        });
    }

    /// Ends the first run: from now on readers are asked for.
    pub(super) fn seal(&mut self) {
        self.read.sort_unstable();
        self.read.dedup();
        self.is_sealed = true;
    }

    /// Whether what an object refers to may matter to one who did not read that slot.
    pub(super) fn asks_for_all(&self) -> bool {
        self.asks_for_all
    }

    /// Everyone who read a slot, each once, in order.
    pub(super) fn readers(&self, slot: Slot) -> Vec<Reader> {
        let from = self.read.partition_point(|(s, _)| *s < slot);
        let first = self.read[from..].iter().take_while(|(s, _)| *s == slot);
        let mut all: Vec<Reader> = first.map(|(_, r)| *r).collect();
        all.extend(self.since.get(&slot).into_iter().flatten());
        all.sort_unstable();
        all.dedup();
        all
    }
}
