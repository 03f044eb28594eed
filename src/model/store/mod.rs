//! The arena: objects of 32 bytes, slots of 12, texts and lists in pools.
//!
//! A model of a million objects is read, walked and written all the time, so that its layout decides how fast
//! everything is. An object owns a run of the slot pool, in the order of its class' features; a run that has no room
//! left moves to the end of the pool. What fits into a word stands in the slot itself ([`slot`]); what a slot holds is
//! read and written in [`values`].

mod object;
mod slot;
mod text;
mod values;

use std::sync::Arc;

use object::Object;
use slot::{BLANK, Tag, extent};

pub(super) use slot::{Run, Slot};
pub(super) use text::TextPool;

use super::{LinkId, ObjectId, Origin, Proxy, Value};
use crate::diag::Span;
use crate::metamodel::{ClassId, FeatureId, Field, Metamodel};

/// No place in the text pool.
const NO_TEXT: u32 = u32::MAX;

/// Objects, slots and the pools that slots point into.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) metamodel: Arc<Metamodel>,
    pub(super) objects: Vec<Object>,
    /// Those without a container, in document order.
    pub(super) roots: Vec<ObjectId>,
    slots: Vec<Slot>,
    text: TextPool,
    /// The identities that files give to objects (`xmi:id`): places in the text pool, by object.
    ids: Vec<u32>,
    /// Whether an identity was ever given that has other characters than a fragment may have as they are.
    odd_ids: bool,
    /// Lists of objects that came as a whole.
    runs: Vec<ObjectId>,
    /// Lists of texts: places in the text pool.
    texts: Vec<u32>,
    /// Values that need more than a word.
    wide: Vec<u64>,
    objects_lists: Vec<Vec<ObjectId>>,
    values_lists: Vec<Vec<Value>>,
    proxies: Vec<Arc<Proxy>>,
    /// Where long values were read, and those that were not read from the file of their object.
    spans: Vec<Span>,
    /// Whether a slot was ever given no value.
    nulls: bool,
}

impl Store {
    pub(super) fn new(metamodel: Arc<Metamodel>) -> Self {
        Self {
            metamodel,
            objects: Vec::new(),
            roots: Vec::new(),
            slots: Vec::new(),
            text: TextPool::default(),
            ids: Vec::new(),
            odd_ids: false,
            runs: Vec::new(),
            texts: Vec::new(),
            wide: Vec::new(),
            objects_lists: Vec::new(),
            values_lists: Vec::new(),
            proxies: Vec::new(),
            spans: Vec::new(),
            nulls: false,
        }
    }

    /// Makes room for what a file of so many objects holds.
    pub(super) fn reserve(&mut self, objects: usize, slots: usize) {
        self.objects.reserve(objects);
        self.slots.reserve(slots);
    }

    /// Gives back what was reserved and not used.
    pub(super) fn shrink(&mut self) {
        self.objects.shrink_to_fit();
        self.slots.shrink_to_fit();
        self.text.shrink();
        self.ids.shrink_to_fit();
        self.runs.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.wide.shrink_to_fit();
        self.spans.shrink_to_fit();
        self.objects_lists.iter_mut().for_each(Vec::shrink_to_fit);
    }

    pub(super) fn create(&mut self, class: ClassId, origin: Origin) -> ObjectId {
        let id = ObjectId(index(self.objects.len()));
        self.objects.push(Object::new(class, origin));
        id
    }

    #[inline]
    pub(super) fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    pub(super) fn object_mut(&mut self, id: ObjectId) -> &mut Object {
        &mut self.objects[id.0 as usize]
    }

    /// The features of an object's class, by the ranks that its slots have.
    #[inline]
    pub(super) fn features(&self, id: ObjectId) -> &[FeatureId] {
        &self.metamodel.class(self.object(id).class).features
    }

    /// The slots of an object in the order of its class' features.
    #[inline]
    pub(super) fn slots(&self, id: ObjectId) -> &[Slot] {
        let object = self.object(id);
        let first = object.first as usize;
        &self.slots[first..first + object.count as usize]
    }

    #[inline]
    pub(super) fn slot(&self, id: ObjectId, feature: FeatureId) -> Option<&Slot> {
        Some(&self.slots(id)[self.position(id, feature)?])
    }

    /// Whether the positions of all slots and lists are below a number.
    pub(super) fn has_all_below(&self, end: u32) -> bool {
        let most = self.slots.len().max(self.runs.len());
        u32::try_from(most).is_ok_and(|count| count <= end)
    }

    /// What is looked at to find slots.
    #[inline]
    pub(super) fn shelf(&self) -> Shelf<'_> {
        Shelf {
            objects: &self.objects,
            slots: &self.slots,
        }
    }

    /// The slot of the feature at a position of the object's class.
    #[inline]
    pub(super) fn slot_at_rank(&self, id: ObjectId, rank: u16) -> Option<&Slot> {
        self.shelf().slot_in(self.object(id), rank)
    }

    /// Which of an object's slots is that of a feature.
    #[inline]
    fn position(&self, id: ObjectId, feature: FeatureId) -> Option<usize> {
        let features = self.features(id);
        let mut slots = self.slots(id).iter();
        slots.position(|s| features[s.rank as usize] == feature)
    }

    /// Where the slot of a feature is, made where there is none; a class without the feature has no room for it.
    #[inline]
    fn slot_at(&mut self, Place { object: id, field }: Place) -> Option<usize> {
        let rank = field.rank?;
        let object = &mut self.objects[id.0 as usize];
        let (first, count) = (object.first as usize, object.count as usize);
        let last = self.slots[first..first + count].last();
        // Readers give nearly all values in the order of the class, and room to them before.
        if object.count < object.room && last.is_none_or(|last| last.rank < rank) {
            object.count += 1;
            self.slots[first + count] = Slot { rank, ..BLANK };
            return Some(first + count);
        }
        Some(self.slot_among(id, rank))
    }

    fn slot_among(&mut self, id: ObjectId, rank: u16) -> usize {
        let object = &self.objects[id.0 as usize];
        let (first, count) = (object.first as usize, object.count as usize);
        let slots = &self.slots[first..first + count];
        let position = slots.partition_point(|s| s.rank < rank);
        if position < count && slots[position].rank == rank {
            return first + position;
        }
        let has_room = object.count < object.room;
        let first = if has_room { first } else { self.make_room(id) };
        if position < count {
            self.slots
                .copy_within(first + position..first + count, first + position + 1);
        }
        self.slots[first + position] = Slot { rank, ..BLANK };
        self.objects[id.0 as usize].count += 1;
        first + position
    }

    /// Makes room for slots of an object that has none.
    pub(super) fn expect(&mut self, id: ObjectId, slots: usize) {
        let end = self.slots.len();
        let object = &mut self.objects[id.0 as usize];
        if let Ok(room @ 1..) = u16::try_from(slots)
            && object.count == 0
        {
            (object.first, object.room) = (index(end), room);
            self.slots.resize(end + slots, BLANK);
        }
    }

    /// Makes room for one more slot where the run of an object is full; returns where the run begins.
    fn make_room(&mut self, id: ObjectId) -> usize {
        let object = &mut self.objects[id.0 as usize];
        let (first, count) = (object.first as usize, object.count as usize);
        if first + count == self.slots.len() {
            self.slots.push(BLANK);
            object.room = object.count + 1;
            return first;
        }
        let room = if count == 0 { 1 } else { count + count / 2 + 1 };
        let moved = self.slots.len();
        object.first = index(moved);
        object.room = u16::try_from(room).unwrap_or(u16::MAX);
        self.slots.extend_from_within(first..first + count);
        self.slots.resize(moved + room, BLANK);
        moved
    }

    pub(super) fn remove_slot(&mut self, id: ObjectId, feature: FeatureId) {
        if let Some(position) = self.position(id, feature) {
            self.remove_at(id, position);
        }
    }

    /// Removes the slot of an object at a position.
    pub(super) fn remove_at(&mut self, id: ObjectId, position: usize) {
        let object = &mut self.objects[id.0 as usize];
        let (first, count) = (object.first as usize, object.count as usize);
        object.count -= 1;
        self.slots
            .copy_within(first + position + 1..first + count, first + position);
    }

    /// What says of a value in a slot where it came from.
    #[inline]
    fn pack_origin(&mut self, object: ObjectId, origin: Origin) -> (u32, u8) {
        match origin {
            Origin::Written(span) => {
                let length = u8::try_from(span.end.wrapping_sub(span.start));
                match length {
                    Ok(length @ ..=extent::MAX) if self.object(object).file() == span.file => {
                        (span.start, length)
                    }
                    _ => {
                        self.spans.push(span);
                        (index(self.spans.len() - 1), extent::LISTED)
                    }
                }
            }
            Origin::Derived(link) => (link.0, extent::RULE),
            Origin::Implied => (0, extent::NOWHERE),
        }
    }

    /// Where the value of a slot came from.
    pub(super) fn origin(&self, object: ObjectId, slot: &Slot) -> Origin {
        match slot.extent {
            extent::LISTED => Origin::Written(self.spans[slot.start as usize]),
            extent::RULE => Origin::Derived(LinkId(slot.start)),
            extent::NOWHERE => Origin::Implied,
            length => Origin::Written(Span {
                file: self.object(object).file(),
                start: slot.start,
                end: slot.start + u32::from(length),
            }),
        }
    }

    /// Lets the place of a list reach as far as a member that came to it, where both were read from one file.
    fn widen(&mut self, object: ObjectId, at: usize, member: Origin) {
        let slot = self.slots[at];
        let (Origin::Written(old), Origin::Written(new)) = (self.origin(object, &slot), member)
        else {
            return;
        };
        if old.file != new.file || new.end <= old.end {
            return;
        }
        let whole = Span {
            end: new.end,
            ..old
        };
        if slot.extent == extent::LISTED {
            self.spans[slot.start as usize] = whole;
        } else {
            let came = self.pack_origin(object, Origin::Written(whole));
            self.slots[at].came(came);
        }
    }

    /// The identity of an object; an empty one is none.
    #[inline]
    pub(super) fn id(&self, object: ObjectId) -> Option<&str> {
        let place = *self.ids.get(object.0 as usize)?;
        (place != NO_TEXT).then(|| self.text.at(place))
    }

    pub(super) fn has_ids(&self) -> bool {
        !self.ids.is_empty()
    }

    pub(super) fn has_odd_ids(&self) -> bool {
        self.odd_ids
    }

    /// Gives an object an identity; returns whether it has other characters than letters and digits of ASCII, `_`,
    /// `-` and `.`.
    pub(super) fn set_id(&mut self, object: ObjectId, id: &str) -> bool {
        const ODD: [bool; 256] = {
            let mut odd = [true; 256];
            let mut byte = 0;
            while byte < 128_u8 {
                let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
                odd[byte as usize] = !plain;
                byte += 1;
            }
            odd
        };
        let at = object.0 as usize;
        if self.ids.len() <= at {
            self.ids.resize(at + 1, NO_TEXT);
        }
        let odd = id.bytes().fold(false, |odd, b| odd | ODD[b as usize]);
        self.odd_ids |= odd;
        self.ids[at] = if id.is_empty() {
            NO_TEXT
        } else {
            self.text.keep(id)
        };
        odd
    }

    /// Bytes on the heap: what a model costs.
    pub(super) fn bytes(&self) -> usize {
        fn of<T>(vector: &Vec<T>) -> usize {
            vector.capacity() * size_of::<T>()
        }
        let lists = self.objects_lists.iter().map(of).sum::<usize>()
            + self.values_lists.iter().map(of).sum::<usize>();
        of(&self.objects)
            + of(&self.slots)
            + self.text.bytes()
            + of(&self.ids)
            + of(&self.runs)
            + of(&self.texts)
            + of(&self.wide)
            + of(&self.spans)
            + of(&self.objects_lists)
            + of(&self.values_lists)
            + of(&self.proxies)
            + lists
    }
}

/// Objects and slots where they are, for those who look at many.
#[derive(Clone, Copy)]
pub(super) struct Shelf<'s> {
    objects: &'s [Object],
    slots: &'s [Slot],
}

impl<'s> Shelf<'s> {
    #[inline]
    pub(super) fn class(self, id: ObjectId) -> ClassId {
        self.objects[id.0 as usize].class
    }

    /// The slot of a feature that has these ranks in the classes.
    #[inline]
    pub(super) fn slot_of(self, id: ObjectId, ranks: &[u16]) -> Option<&'s Slot> {
        let object = &self.objects[id.0 as usize];
        self.slot_in(object, ranks[object.class.0 as usize])
    }

    /// The position of that slot among all.
    #[inline]
    pub(super) fn position_of(self, id: ObjectId, ranks: &[u16]) -> Option<u32> {
        let object = &self.objects[id.0 as usize];
        let position = self.position_in(object, ranks[object.class.0 as usize]);
        position.map(index)
    }

    /// The slot at a position among all.
    #[inline]
    pub(super) fn at(self, position: u32) -> &'s Slot {
        &self.slots[position as usize]
    }

    #[inline]
    fn slot_in(self, object: &Object, rank: u16) -> Option<&'s Slot> {
        Some(&self.slots[self.position_in(object, rank)?])
    }

    #[inline]
    fn position_in(self, object: &Object, rank: u16) -> Option<usize> {
        let first = object.first as usize;
        // Most objects have most of their slots, so it is nearly as far behind as it could be. What is no rank at all
        // has none before it.
        let mut end = first + usize::from(object.count.min(rank.wrapping_add(1)));
        while end > first {
            end -= 1;
            let slot = &self.slots[end];
            if slot.rank <= rank {
                return (slot.rank == rank).then_some(end);
            }
        }
        None
    }
}

/// A slot by its object and field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) object: ObjectId,
    pub(super) field: Field,
}

pub(super) fn index(n: usize) -> u32 {
    u32::try_from(n).expect("readers cap files far below 2^32 values")
}
