//! The arena: objects of 32 bytes, slots of 24, texts and lists in pools.
//!
//! A model of a million objects is read, walked and written all the time, so that its layout decides how fast
//! everything is. An object owns a run of the slot pool, in the order of its class' features; a run that has no room
//! left moves to the end of the pool. Values of up to two objects stand in the slot itself.

use std::sync::Arc;

use super::value::{Proxy, SlotValue};
use super::{LinkId, ObjectId, Origin, Value};
use crate::diag::{FileId, Span};
use crate::metamodel::{ClassId, EnumId, FeatureId, Field};

/// No object, no feature.
const NONE: u32 = u32::MAX;

/// What a [`Slot`]'s two words mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    Boolean,
    Integer,
    Real,
    /// Offset and length in the text pool.
    Text,
    Enum,
    Object,
    /// Position in the pool of proxies.
    Proxy,
    /// A list of up to two objects.
    None,
    One,
    Two,
    /// Offset and length in the pool of lists that came as a whole.
    Run,
    /// Position in the pool of lists of objects.
    Objects,
    /// Position in the pool of other lists.
    Values,
    /// Position in the pool of other lists: an entry of a feature map that stands alone.
    Entry,
}

/// Where a value came from, beside its two offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The file that the object was read from.
    Here,
    /// A file, its number in the side table of the store.
    Elsewhere,
    Rule,
    Nowhere,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) feature: FeatureId,
    pub(super) tag: Tag,
    from: From,
    /// The position of the feature in its class.
    pub(super) rank: u16,
    words: [ObjectId; 2],
    start: u32,
    end: u32,
}

/// Room for a slot.
const BLANK: Slot = Slot {
    feature: FeatureId(NONE),
    tag: Tag::Null,
    from: From::Nowhere,
    rank: 0,
    words: [ObjectId(0); 2],
    start: 0,
    end: 0,
};

/// An object without its slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object {
    pub(super) class: ClassId,
    container: u32,
    via: u32,
    first: u32,
    count: u16,
    room: u16,
    start: u32,
    end: u32,
    /// File or kind of origin in the upper bits, whether it was deleted in the lowest.
    head: u32,
}

/// The kinds of an object's origin that are no file.
const RULE: u32 = u32::MAX >> 1;
const NOWHERE: u32 = RULE - 1;

impl Object {
    fn new(class: ClassId, origin: Origin) -> Self {
        let (kind, start, end) = match origin {
            Origin::Written(span) => (span.file.0, span.start, span.end),
            Origin::Derived(link) => (RULE, link.0, 0),
            Origin::Implied => (NOWHERE, 0, 0),
        };
        Self {
            class,
            container: NONE,
            via: NONE,
            first: 0,
            count: 0,
            room: 0,
            start,
            end,
            head: kind << 1,
        }
    }

    pub(super) fn origin(&self) -> Origin {
        match self.head >> 1 {
            RULE => Origin::Derived(LinkId(self.start)),
            NOWHERE => Origin::Implied,
            file => Origin::Written(Span {
                file: FileId(file),
                start: self.start,
                end: self.end,
            }),
        }
    }

    pub(super) fn container(&self) -> Option<(ObjectId, FeatureId)> {
        (self.container != NONE).then_some((ObjectId(self.container), FeatureId(self.via)))
    }

    pub(super) fn set_container(&mut self, container: Option<(ObjectId, FeatureId)>) {
        (self.container, self.via) = container.map_or((NONE, NONE), |(o, f)| (o.0, f.0));
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.head & 1 == 1
    }

    pub(super) fn mark_deleted(&mut self) {
        self.head |= 1;
    }
}

/// Objects, slots and the pools that slots point into.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    pub(super) objects: Vec<Object>,
    slots: Vec<Slot>,
    text: String,
    /// The identities that files give to objects (`xmi:id`): offset and length in the text pool, by object.
    ids: Vec<[u32; 2]>,
    runs: Vec<ObjectId>,
    objects_lists: Vec<Vec<ObjectId>>,
    values_lists: Vec<Vec<Value>>,
    proxies: Vec<Arc<Proxy>>,
    /// Whether a slot was ever given no value.
    nulls: bool,
    /// Files of values that were not read from the file of their object.
    files: Vec<FileId>,
}

impl Store {
    /// Makes room for what a file of so many objects holds.
    pub(super) fn reserve(&mut self, objects: usize, slots: usize) {
        self.objects.reserve(objects);
        self.slots.reserve(slots);
    }

    /// Gives back what was reserved and not used.
    pub(super) fn shrink(&mut self) {
        self.objects.shrink_to_fit();
        self.slots.shrink_to_fit();
        self.text.shrink_to_fit();
        self.ids.shrink_to_fit();
        self.runs.shrink_to_fit();
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

    /// The slots of an object in the order of its class' features.
    #[inline]
    pub(super) fn slots(&self, id: ObjectId) -> &[Slot] {
        let object = self.object(id);
        let first = object.first as usize;
        &self.slots[first..first + object.count as usize]
    }

    #[inline]
    pub(super) fn slot(&self, id: ObjectId, feature: FeatureId) -> Option<&Slot> {
        self.slots(id).iter().find(|s| s.feature == feature)
    }

    /// Where the slot of a feature is, made where there is none.
    fn slot_at(&mut self, id: ObjectId, field: Field) -> usize {
        let Field { feature, rank } = field;
        let slots = self.slots(id);
        let position = match slots.last() {
            Some(last) if last.rank >= rank => slots.partition_point(|s| s.rank < rank),
            _ => slots.len(),
        };
        if slots.get(position).is_some_and(|s| s.feature == feature) {
            return self.object(id).first as usize + position;
        }
        let first = self.make_room(id);
        let count = self.object(id).count as usize;
        if position < count {
            self.slots
                .copy_within(first + position..first + count, first + position + 1);
        }
        self.slots[first + position] = Slot {
            feature,
            rank,
            ..BLANK
        };
        self.objects[id.0 as usize].count += 1;
        first + position
    }

    fn slot_mut(&mut self, id: ObjectId, field: Field) -> &mut Slot {
        let at = self.slot_at(id, field);
        &mut self.slots[at]
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

    /// Sees to it that one more slot fits into the run of an object; returns where the run begins.
    fn make_room(&mut self, id: ObjectId) -> usize {
        let object = self.objects[id.0 as usize];
        let (first, count) = (object.first as usize, object.count as usize);
        if object.count < object.room {
            return first;
        }
        let object = &mut self.objects[id.0 as usize];
        if first + count == self.slots.len() {
            self.slots.push(BLANK);
            object.room = object.count + 1;
            return first;
        }
        let room = if count == 0 { 1 } else { count + count / 2 + 1 };
        let moved = self.slots.len();
        self.slots.extend_from_within(first..first + count);
        self.slots.resize(moved + room, BLANK);
        object.first = index(moved);
        object.room = u16::try_from(room).unwrap_or(u16::MAX);
        moved
    }

    pub(super) fn remove_slot(&mut self, id: ObjectId, feature: FeatureId) {
        let Some(position) = self.slots(id).iter().position(|s| s.feature == feature) else {
            return;
        };
        let object = &mut self.objects[id.0 as usize];
        let (first, count) = (object.first as usize, object.count as usize);
        object.count -= 1;
        self.slots
            .copy_within(first + position + 1..first + count, first + position);
    }

    /// Gives a slot its value, whatever it held.
    pub(super) fn put(&mut self, at: Place, value: Value, origin: Origin) {
        let (tag, words) = self.pack(value);
        self.put_words(at, (tag, words), origin);
    }

    /// Gives a slot a text without a detour through a [`Value`].
    pub(super) fn put_text(&mut self, at: Place, text: &str, origin: Origin) {
        let words = self.keep(text);
        self.put_words(at, (Tag::Text, words), origin);
    }

    /// Gives a slot that holds nothing a list of objects; returns whether it held nothing.
    pub(super) fn put_objects(&mut self, at: Place, targets: &[ObjectId], origin: Origin) -> bool {
        let slot = self.slot_at(at.object, at.field);
        if self.slots[slot].tag != Tag::Null {
            return false;
        }
        let zero = ObjectId(0);
        let (tag, words) = match targets {
            [] => (Tag::None, [zero; 2]),
            [one] => (Tag::One, [*one, zero]),
            [one, two] => (Tag::Two, [*one, *two]),
            _ => {
                let start = index(self.runs.len());
                self.runs.extend_from_slice(targets);
                let length = index(targets.len());
                (Tag::Run, [ObjectId(start), ObjectId(length)])
            }
        };
        let (from, start, end) = self.origin_words(at.object, origin);
        let slot = &mut self.slots[slot];
        (slot.tag, slot.words) = (tag, words);
        (slot.from, slot.start, slot.end) = (from, start, end);
        true
    }

    fn put_words(&mut self, at: Place, (tag, words): (Tag, [ObjectId; 2]), origin: Origin) {
        let (from, start, end) = self.origin_words(at.object, origin);
        let slot = self.slot_mut(at.object, at.field);
        (slot.tag, slot.words) = (tag, words);
        (slot.from, slot.start, slot.end) = (from, start, end);
    }

    fn origin_words(&mut self, object: ObjectId, origin: Origin) -> (From, u32, u32) {
        match origin {
            Origin::Written(span) if self.object(object).head >> 1 == span.file.0 => {
                (From::Here, span.start, span.end)
            }
            Origin::Written(span) => {
                // The end is given up for the number of the file: such values come from rules alone.
                let known = self.files.iter().position(|f| *f == span.file);
                let number = known.unwrap_or_else(|| {
                    self.files.push(span.file);
                    self.files.len() - 1
                });
                (From::Elsewhere, span.start, index(number))
            }
            Origin::Derived(link) => (From::Rule, link.0, 0),
            Origin::Implied => (From::Nowhere, 0, 0),
        }
    }

    /// Where the value of a slot came from.
    pub(super) fn origin(&self, object: ObjectId, slot: &Slot) -> Origin {
        match slot.from {
            From::Here => Origin::Written(Span {
                file: FileId(self.object(object).head >> 1),
                start: slot.start,
                end: slot.end,
            }),
            From::Elsewhere => Origin::Written(Span {
                file: self.files[slot.end as usize],
                start: slot.start,
                end: slot.start,
            }),
            From::Rule => Origin::Derived(LinkId(slot.start)),
            From::Nowhere => Origin::Implied,
        }
    }

    /// The identity of an object; an empty one is none.
    #[inline]
    pub(super) fn id(&self, object: ObjectId) -> Option<&str> {
        let [start, length] = self.ids.get(object.0 as usize)?.map(|n| n as usize);
        (length > 0).then(|| &self.text[start..start + length])
    }

    pub(super) fn has_ids(&self) -> bool {
        !self.ids.is_empty()
    }

    pub(super) fn set_id(&mut self, object: ObjectId, id: &str) {
        let at = object.0 as usize;
        if self.ids.len() <= at {
            self.ids.resize(at + 1, [0; 2]);
        }
        self.ids[at] = self.keep(id).map(|word| word.0);
    }

    fn keep(&mut self, text: &str) -> [ObjectId; 2] {
        let start = index(self.text.len());
        self.text.push_str(text);
        [ObjectId(start), ObjectId(index(text.len()))]
    }

    fn pack(&mut self, value: Value) -> (Tag, [ObjectId; 2]) {
        let zero = ObjectId(0);
        let wide = |bits: u64| {
            let (high, low) = (bits >> 32, bits & u64::from(u32::MAX));
            [high, low].map(|half| ObjectId(u32::try_from(half).expect("32 bits were left")))
        };
        match value {
            Value::Null => {
                self.nulls = true;
                (Tag::Null, [zero; 2])
            }
            Value::Boolean(b) => (Tag::Boolean, [ObjectId(u32::from(b)), zero]),
            Value::Integer(n) => (Tag::Integer, wide(n.cast_unsigned())),
            Value::Real(x) => (Tag::Real, wide(x.to_bits())),
            Value::String(text) => (Tag::Text, self.keep(&text)),
            Value::Enum(id, literal) => (Tag::Enum, [ObjectId(id.0), ObjectId(literal)]),
            Value::Object(object) => (Tag::Object, [object, zero]),
            Value::Proxy(proxy) => {
                self.proxies.push(proxy);
                let at = index(self.proxies.len() - 1);
                (Tag::Proxy, [ObjectId(at), zero])
            }
            Value::Entry(_) => {
                self.values_lists.push(vec![value]);
                let at = index(self.values_lists.len() - 1);
                (Tag::Entry, [ObjectId(at), zero])
            }
            Value::List(items) => self.pack_list(items),
        }
    }

    fn pack_list(&mut self, items: Vec<Value>) -> (Tag, [ObjectId; 2]) {
        let zero = ObjectId(0);
        let mut objects = items.iter().filter_map(Value::as_object);
        match (items.len(), objects.clone().count()) {
            (0, _) => (Tag::None, [zero; 2]),
            (1, 1) => (Tag::One, [objects.next().unwrap_or(zero), zero]),
            (2, 2) => {
                let (one, two) = (objects.next(), objects.next());
                (Tag::Two, [one.unwrap_or(zero), two.unwrap_or(zero)])
            }
            (all, count) if all == count => {
                self.objects_lists.push(objects.collect());
                let at = index(self.objects_lists.len() - 1);
                (Tag::Objects, [ObjectId(at), zero])
            }
            _ => {
                self.values_lists.push(items);
                let at = index(self.values_lists.len() - 1);
                (Tag::Values, [ObjectId(at), zero])
            }
        }
    }

    /// Adds a value at the end of a list; a slot that holds no list becomes one. The first origin stays.
    pub(super) fn push(&mut self, at: Place, value: Value, origin: Origin) {
        let (from, start, end) = self.origin_words(at.object, origin);
        let slot = self.slot_mut(at.object, at.field);
        if matches!(slot.tag, Tag::Null) {
            (slot.from, slot.start, slot.end) = (from, start, end);
        } else if (slot.from, from) == (From::Here, From::Here) {
            slot.end = slot.end.max(end);
        }
        let (tag, [first, second]) = (slot.tag, slot.words);
        let (tag, words) = match (tag, value) {
            (Tag::Null | Tag::None, Value::Object(o)) => (Tag::One, [o, ObjectId(0)]),
            (Tag::One, Value::Object(o)) => (Tag::Two, [first, o]),
            (Tag::Two, Value::Object(o)) => {
                self.objects_lists.push(vec![first, second, o]);
                let number = index(self.objects_lists.len() - 1);
                (Tag::Objects, [ObjectId(number), ObjectId(0)])
            }
            (Tag::Run, Value::Object(o)) => {
                let mut all = self.run([first, second]).to_vec();
                all.push(o);
                self.objects_lists.push(all);
                let number = index(self.objects_lists.len() - 1);
                (Tag::Objects, [ObjectId(number), ObjectId(0)])
            }
            (Tag::Objects, Value::Object(o)) => {
                self.objects_lists[first.0 as usize].push(o);
                return;
            }
            (Tag::Values, value) => {
                self.values_lists[first.0 as usize].push(value);
                return;
            }
            (_, value) => {
                let slot = *self.slot_mut(at.object, at.field);
                let mut items = match self.unpack(&slot) {
                    Value::List(items) => items,
                    Value::Null => Vec::new(),
                    one => vec![one],
                };
                items.push(value);
                self.values_lists.push(items);
                let number = index(self.values_lists.len() - 1);
                (Tag::Values, [ObjectId(number), ObjectId(0)])
            }
        };
        let slot = self.slot_mut(at.object, at.field);
        (slot.tag, slot.words) = (tag, words);
    }

    /// What a slot holds, without a copy.
    #[inline]
    pub(super) fn view<'s>(&'s self, slot: &'s Slot) -> SlotValue<'s> {
        let [first, second] = slot.words;
        let bits = u64::from(first.0) << 32 | u64::from(second.0);
        match slot.tag {
            Tag::Null => SlotValue::Null,
            Tag::Boolean => SlotValue::Boolean(first.0 == 1),
            Tag::Integer => SlotValue::Integer(bits.cast_signed()),
            Tag::Real => SlotValue::Real(f64::from_bits(bits)),
            Tag::Text => {
                let start = first.0 as usize;
                SlotValue::Text(&self.text[start..start + second.0 as usize])
            }
            Tag::Enum => SlotValue::Enum(EnumId(first.0), second.0),
            Tag::Object => SlotValue::Object(first),
            Tag::Proxy => SlotValue::Proxy(&self.proxies[first.0 as usize]),
            Tag::None => SlotValue::Objects(&[]),
            Tag::One => SlotValue::Objects(&slot.words[..1]),
            Tag::Two => SlotValue::Objects(&slot.words),
            Tag::Run => SlotValue::Objects(self.run(slot.words)),
            Tag::Objects => SlotValue::Objects(&self.objects_lists[first.0 as usize]),
            Tag::Values => SlotValue::Values(&self.values_lists[first.0 as usize]),
            Tag::Entry => SlotValue::Entry(match &self.values_lists[first.0 as usize][0] {
                Value::Entry(entry) => entry,
                _ => unreachable!("only entries are packed so"),
            }),
        }
    }

    fn run(&self, [start, length]: [ObjectId; 2]) -> &[ObjectId] {
        let start = start.0 as usize;
        &self.runs[start..start + length.0 as usize]
    }

    /// What a slot holds, as a value of its own.
    pub(super) fn unpack(&self, slot: &Slot) -> Value {
        self.view(slot).to_value()
    }

    /// The objects that a slot points at, those of other files and entries aside.
    #[inline]
    pub(super) fn targets<'s>(&'s self, slot: &'s Slot) -> &'s [ObjectId] {
        match slot.tag {
            Tag::Object | Tag::One => &slot.words[..1],
            Tag::Two => &slot.words,
            Tag::Run => self.run(slot.words),
            Tag::Objects => &self.objects_lists[slot.words[0].0 as usize],
            _ => &[],
        }
    }

    /// Takes objects that are not to be kept out of a slot. Returns whether the slot is empty now.
    pub(super) fn retain(&mut self, at: Place, keep: impl Fn(ObjectId) -> bool) -> bool {
        let Some(slot) = self.slot(at.object, at.field.feature).copied() else {
            return false;
        };
        if let Tag::Objects = slot.tag {
            self.objects_lists[slot.words[0].0 as usize].retain(|o| keep(*o));
            return false;
        }
        if self.targets(&slot).iter().all(|o| keep(*o)) && !matches!(slot.tag, Tag::Values) {
            return false;
        }
        let mut value = self.unpack(&slot);
        value.retain_objects(&keep);
        if value == Value::Null {
            return true;
        }
        let (tag, words) = self.pack(value);
        let slot = self.slot_mut(at.object, at.field);
        (slot.tag, slot.words) = (tag, words);
        false
    }

    /// Whether a slot may hold nothing, a reference into another file, or a list that is not of objects alone.
    pub(super) fn has_odd_slots(&self) -> bool {
        self.nulls || !self.proxies.is_empty() || !self.values_lists.is_empty()
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
            + self.text.capacity()
            + of(&self.ids)
            + of(&self.runs)
            + of(&self.objects_lists)
            + of(&self.values_lists)
            + of(&self.proxies)
            + lists
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

const _: () = assert!(size_of::<Slot>() == 24 && size_of::<Object>() == 32);
