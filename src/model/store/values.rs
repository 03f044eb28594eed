//! What slots hold: values packed into two words, with pools for what is longer.

use super::super::value::{SlotValue, Texts};
use super::super::{Entry, Landing, ObjectId, Origin, Parked, Value};
use super::{Place, Slot, Store, Tag, index};
use crate::metamodel::{EnumId, FeatureId};

/// What a slot holds.
type Packed = (Tag, [ObjectId; 2]);

fn pack(tag: Tag, first: usize, second: usize) -> Packed {
    (tag, [ObjectId(index(first)), ObjectId(index(second))])
}

impl Store {
    /// Gives a slot its value, whatever it held.
    pub(in crate::model) fn put(&mut self, at: Place, value: Value, origin: Origin) {
        let packed = self.pack(value);
        self.put_packed(at, packed, origin);
    }

    /// Gives a slot a text without a detour through a [`Value`].
    pub(in crate::model) fn put_text(&mut self, at: Place, text: &str, origin: Origin) {
        let words = self.keep(text).map(ObjectId);
        self.put_packed(at, (Tag::Text, words), origin);
    }

    fn put_packed(&mut self, at: Place, packed: Packed, origin: Origin) {
        let came = self.pack_origin(at.object, origin);
        if let Some(slot) = self.slot_at(at) {
            let slot = &mut self.slots[slot];
            slot.hold(packed);
            slot.came(came);
        }
    }

    /// Leaves a reader's number in a slot that holds nothing, for a value that comes later; returns whether it held
    /// nothing. Until then the slot shows an empty list.
    pub(in crate::model) fn park(&mut self, at: Place, number: u32, origin: Origin) -> bool {
        let Some(slot) = self.slot_at(at) else {
            return true;
        };
        if self.slots[slot].tag != Tag::Null {
            return false;
        }
        let came = self.pack_origin(at.object, origin);
        let slot = &mut self.slots[slot];
        slot.hold((Tag::Parked, [ObjectId(number), ObjectId(0)]));
        slot.came(came);
        true
    }

    /// The first slot from a position on that a reader parked a number in: its position, the number, and where the
    /// value was read.
    pub(in crate::model) fn parked(&self, object: ObjectId, from: usize) -> Option<Parked> {
        let slots = self.slots(object).get(from..)?;
        let at = slots.iter().position(|s| s.tag == Tag::Parked)?;
        let slot = &slots[at];
        Some(Parked {
            position: from + at,
            rank: slot.rank,
            number: slot.words[0].0,
            span: self.origin(object, slot).span()?,
        })
    }

    /// Gives the slot of an object at a position its targets; where they came from stays.
    pub(in crate::model) fn land(&mut self, object: ObjectId, position: usize, on: Landing<'_>) {
        let packed = match on {
            Landing::One(target) => (Tag::Object, [target, ObjectId(0)]),
            Landing::Many(targets) => self.pack_objects(targets),
        };
        let first = self.object(object).first as usize;
        self.slots[first + position].hold(packed);
    }

    fn pack_objects(&mut self, targets: &[ObjectId]) -> Packed {
        let zero = ObjectId(0);
        match targets {
            [] => (Tag::None, [zero; 2]),
            [one] => (Tag::One, [*one, zero]),
            [one, two] => (Tag::Two, [*one, *two]),
            _ => {
                let start = self.runs.len();
                self.runs.extend_from_slice(targets);
                pack(Tag::Run, start, targets.len())
            }
        }
    }

    fn pack(&mut self, value: Value) -> Packed {
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
            Value::String(text) => (Tag::Text, self.keep(&text).map(ObjectId)),
            Value::Enum(id, literal) => (Tag::Enum, [ObjectId(id.0), ObjectId(literal)]),
            Value::Object(object) => (Tag::Object, [object, zero]),
            Value::Proxy(proxy) => {
                self.proxies.push(proxy);
                pack(Tag::Proxy, self.proxies.len() - 1, 0)
            }
            Value::Entry(_) => (Tag::Entry, self.keep_values(vec![value])),
            Value::List(items) => self.pack_list(items),
        }
    }

    fn keep_values(&mut self, values: Vec<Value>) -> [ObjectId; 2] {
        self.values_lists.push(values);
        [ObjectId(index(self.values_lists.len() - 1)), ObjectId(0)]
    }

    fn keep_objects(&mut self, objects: Vec<ObjectId>) -> Packed {
        self.objects_lists.push(objects);
        pack(Tag::Objects, self.objects_lists.len() - 1, 0)
    }

    fn pack_list(&mut self, items: Vec<Value>) -> Packed {
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
                let objects = objects.collect();
                self.keep_objects(objects)
            }
            _ if items.iter().all(|i| i.as_str().is_some()) => {
                let start = self.texts.len();
                for text in items.iter().filter_map(Value::as_str) {
                    let text = self.keep(text);
                    self.texts.push(text);
                }
                pack(Tag::Texts, start, items.len())
            }
            _ => (Tag::Values, self.keep_values(items)),
        }
    }

    /// Adds a value at the end of a list; a slot that holds no list becomes one. The first origin stays, and reaches
    /// as far as the values do.
    pub(in crate::model) fn push(&mut self, at: Place, value: Value, origin: Origin) {
        let Some(slot) = self.extend(at, origin) else {
            return;
        };
        let (tag, words @ [first, second]) = (self.slots[slot].tag, self.slots[slot].words);
        let packed = match (tag, value) {
            (Tag::Null | Tag::None, Value::Object(o)) => (Tag::One, [o, ObjectId(0)]),
            (Tag::One, Value::Object(o)) => (Tag::Two, [first, o]),
            (Tag::Two, Value::Object(o)) => self.keep_objects(vec![first, second, o]),
            (Tag::Run, Value::Object(o)) => {
                let mut all = self.run(words).to_vec();
                all.push(o);
                self.keep_objects(all)
            }
            (Tag::Objects, Value::Object(o)) => {
                self.objects_lists[first.0 as usize].push(o);
                return;
            }
            (Tag::Values, value) => {
                self.values_lists[first.0 as usize].push(value);
                return;
            }
            (_, Value::String(text)) if self.takes_text(slot) => {
                self.append_text(slot, &text);
                return;
            }
            (_, value) => {
                let mut items = match self.unpack(&self.slots[slot]) {
                    Value::List(items) => items,
                    Value::Null => Vec::new(),
                    one => vec![one],
                };
                items.push(value);
                (Tag::Values, self.keep_values(items))
            }
        };
        self.slots[slot].hold(packed);
    }

    /// Adds a text at the end of a list without a detour through a [`Value`].
    pub(in crate::model) fn push_text(&mut self, at: Place, text: &str, origin: Origin) {
        match self.slot_at(at) {
            Some(slot) if self.takes_text(slot) => {
                self.extend(at, origin);
                self.append_text(slot, text);
            }
            _ => self.push(at, Value::text(text), origin),
        }
    }

    /// The slot that a value is about to join; its place in the file grows.
    fn extend(&mut self, at: Place, origin: Origin) -> Option<usize> {
        let slot = self.slot_at(at)?;
        if self.slots[slot].tag == Tag::Null {
            let came = self.pack_origin(at.object, origin);
            self.slots[slot].came(came);
        } else {
            self.widen(at.object, slot, origin);
        }
        Some(slot)
    }

    /// Whether a text can join a slot as it is: one without members, or a list of texts at the end of the pool.
    fn takes_text(&self, slot: usize) -> bool {
        let Slot { tag, words, .. } = self.slots[slot];
        match tag {
            Tag::Null | Tag::None => true,
            Tag::Texts => words.iter().map(|w| w.0 as usize).sum::<usize>() == self.texts.len(),
            _ => false,
        }
    }

    fn append_text(&mut self, slot: usize, text: &str) {
        let text = self.keep(text);
        self.texts.push(text);
        let slot = &mut self.slots[slot];
        slot.hold(match slot.tag {
            Tag::Texts => (Tag::Texts, [slot.words[0], ObjectId(slot.words[1].0 + 1)]),
            _ => pack(Tag::Texts, self.texts.len() - 1, 1),
        });
    }

    /// What a slot holds, without a copy.
    #[inline]
    pub(in crate::model) fn view<'s>(&'s self, slot: &'s Slot) -> SlotValue<'s> {
        let [first, second] = slot.words;
        let bits = u64::from(first.0) << 32 | u64::from(second.0);
        match slot.tag {
            Tag::Null => SlotValue::Null,
            Tag::Boolean => SlotValue::Boolean(first.0 == 1),
            Tag::Integer => SlotValue::Integer(bits.cast_signed()),
            Tag::Real => SlotValue::Real(f64::from_bits(bits)),
            Tag::Text => SlotValue::Text(self.text_at([first.0, second.0])),
            Tag::Enum => SlotValue::Enum(EnumId(first.0), second.0),
            Tag::Object => SlotValue::Object(first),
            Tag::Proxy => SlotValue::Proxy(&self.proxies[first.0 as usize]),
            Tag::None | Tag::Parked => SlotValue::Objects(&[]),
            Tag::One => SlotValue::Objects(&slot.words[..1]),
            Tag::Two => SlotValue::Objects(&slot.words),
            Tag::Run => SlotValue::Objects(self.run(slot.words)),
            Tag::Objects => SlotValue::Objects(&self.objects_lists[first.0 as usize]),
            Tag::Texts => {
                let start = first.0 as usize;
                let places = &self.texts[start..start + second.0 as usize];
                SlotValue::Texts(Texts::new(&self.text, places))
            }
            Tag::Values => SlotValue::Values(&self.values_lists[first.0 as usize]),
            Tag::Entry => SlotValue::Entry(self.entry(first)),
        }
    }

    fn entry(&self, at: ObjectId) -> &Entry {
        match self.values_lists[at.0 as usize].first() {
            Some(Value::Entry(entry)) => entry,
            _ => unreachable!("only entries are packed so"),
        }
    }

    fn run(&self, [start, length]: [ObjectId; 2]) -> &[ObjectId] {
        let start = start.0 as usize;
        &self.runs[start..start + length.0 as usize]
    }

    /// What a slot holds, as a value of its own.
    pub(in crate::model) fn unpack(&self, slot: &Slot) -> Value {
        self.view(slot).to_value()
    }

    /// The objects that a slot points at, those of other files and entries aside.
    #[inline]
    pub(in crate::model) fn targets<'s>(&'s self, slot: &'s Slot) -> &'s [ObjectId] {
        self.only_targets(slot).unwrap_or_default()
    }

    /// The objects that a slot points at, if it can hold nothing else.
    #[inline]
    pub(in crate::model) fn only_targets<'s>(&'s self, slot: &'s Slot) -> Option<&'s [ObjectId]> {
        Some(match slot.tag {
            Tag::None | Tag::Parked => &[],
            Tag::Object | Tag::One => &slot.words[..1],
            Tag::Two => &slot.words,
            Tag::Run => self.run(slot.words),
            Tag::Objects => &self.objects_lists[slot.words[0].0 as usize],
            _ => return None,
        })
    }

    /// Takes objects that are not to be kept out of a slot. Returns whether the slot is empty now.
    pub(in crate::model) fn retain(
        &mut self,
        object: ObjectId,
        feature: FeatureId,
        keep: impl Fn(ObjectId) -> bool,
    ) -> bool {
        let Some(position) = self.position(object, feature) else {
            return false;
        };
        let at = self.object(object).first as usize + position;
        let slot = self.slots[at];
        if slot.tag == Tag::Objects {
            self.objects_lists[slot.words[0].0 as usize].retain(|o| keep(*o));
            return false;
        }
        if slot.tag != Tag::Values && self.targets(&slot).iter().all(|o| keep(*o)) {
            return false;
        }
        let mut value = self.unpack(&slot);
        value.retain_objects(&keep);
        if value == Value::Null {
            return true;
        }
        let packed = self.pack(value);
        self.slots[at].hold(packed);
        false
    }

    /// Whether a slot may hold nothing, a reference into another file, or a list that is neither of objects nor of
    /// texts alone.
    pub(in crate::model) fn has_odd_slots(&self) -> bool {
        self.nulls || !self.proxies.is_empty() || !self.values_lists.is_empty()
    }
}
