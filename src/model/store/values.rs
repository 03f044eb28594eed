//! What slots hold: values packed into a word, with pools for what is longer.

use std::ops::Range;

use super::super::value::{Scalar, SlotValue, Texts};
use super::super::{Entry, Landing, ObjectId, Odd, Origin, Parked, Value};
use super::{Place, Run, Slot, Store, Tag, index};
use crate::metamodel::{EnumId, FeatureId};

/// What a slot holds.
type Packed = (Tag, ObjectId);

fn pack(tag: Tag, position: usize) -> Packed {
    (tag, ObjectId(index(position)))
}

impl Store {
    /// Gives a slot its value, whatever it held.
    #[inline]
    pub(in crate::model) fn put(&mut self, at: Place, value: Value, origin: Origin) {
        let packed = self.pack(value);
        self.put_packed(at, packed, origin);
    }

    /// Gives a slot a text without a detour through a [`Value`].
    #[inline]
    pub(in crate::model) fn put_text(&mut self, at: Place, text: &str, origin: Origin) {
        let place = ObjectId(self.text.keep(text));
        self.put_packed(at, (Tag::Text, place), origin);
    }

    /// Gives a slot a scalar without a detour through a [`Value`].
    pub(in crate::model) fn put_scalar(&mut self, at: Place, value: Scalar, origin: Origin) {
        let packed = self.pack_scalar(value);
        self.put_packed(at, packed, origin);
    }

    #[inline]
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
        slot.hold((Tag::Parked, ObjectId(number)));
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
            number: slot.word.0,
            span: self.origin(object, slot).span()?,
        })
    }

    /// Gives the slot of an object at a position its targets; where they came from stays.
    pub(in crate::model) fn land(&mut self, object: ObjectId, position: usize, on: Landing<'_>) {
        let packed = match on {
            Landing::One(target) => (Tag::Object, target),
            Landing::Many(targets) => self.pack_objects(targets),
        };
        let first = self.object(object).first as usize;
        self.slots[first + position].hold(packed);
    }

    fn pack_objects(&mut self, targets: &[ObjectId]) -> Packed {
        let start = self.runs.len();
        match targets {
            [] => (Tag::None, ObjectId(0)),
            [one] => (Tag::One, *one),
            [_, _] => {
                self.runs.extend_from_slice(targets);
                pack(Tag::Two, start)
            }
            _ => {
                self.runs.push(ObjectId(index(targets.len())));
                self.runs.extend_from_slice(targets);
                pack(Tag::Run, start)
            }
        }
    }

    #[inline]
    fn pack_scalar(&mut self, value: Scalar) -> Packed {
        match value {
            Scalar::Boolean(b) => (Tag::Boolean, ObjectId(u32::from(b))),
            Scalar::Integer(n) => match i32::try_from(n) {
                Ok(n) => (Tag::Integer, ObjectId(n.cast_unsigned())),
                Err(_) => self.pack_wide(Tag::WideInteger, n.cast_unsigned()),
            },
            Scalar::Real(x) => match short(x) {
                Some(short) => (Tag::Real, ObjectId(short.to_bits())),
                None => self.pack_wide(Tag::WideReal, x.to_bits()),
            },
            Scalar::Enum(EnumId(id), literal) => {
                if id >> 16 == 0 && literal >> 16 == 0 {
                    (Tag::Enum, ObjectId(id << 16 | literal))
                } else {
                    let both = u64::from(id) << 32 | u64::from(literal);
                    self.pack_wide(Tag::WideEnum, both)
                }
            }
        }
    }

    fn pack_wide(&mut self, tag: Tag, bits: u64) -> Packed {
        self.wide.push(bits);
        pack(tag, self.wide.len() - 1)
    }

    fn pack(&mut self, value: Value) -> Packed {
        match value {
            Value::Null => {
                self.nulls = true;
                (Tag::Null, ObjectId(0))
            }
            Value::Boolean(b) => self.pack_scalar(Scalar::Boolean(b)),
            Value::Integer(n) => self.pack_scalar(Scalar::Integer(n)),
            Value::Real(x) => self.pack_scalar(Scalar::Real(x)),
            Value::Enum(id, literal) => self.pack_scalar(Scalar::Enum(id, literal)),
            Value::String(text) => (Tag::Text, ObjectId(self.text.keep(&text))),
            Value::Object(object) => (Tag::Object, object),
            Value::Proxy(proxy) => {
                self.proxies.push(proxy);
                pack(Tag::Proxy, self.proxies.len() - 1)
            }
            Value::Entry(_) => self.pack_values(Tag::Entry, vec![value]),
            Value::List(items) => self.pack_list(items),
        }
    }

    fn pack_values(&mut self, tag: Tag, values: Vec<Value>) -> Packed {
        self.values_lists.push(values);
        pack(tag, self.values_lists.len() - 1)
    }

    fn keep_objects(&mut self, objects: Vec<ObjectId>) -> Packed {
        self.objects_lists.push(objects);
        pack(Tag::Objects, self.objects_lists.len() - 1)
    }

    fn pack_list(&mut self, items: Vec<Value>) -> Packed {
        let objects: Vec<ObjectId> = items.iter().filter_map(Value::as_object).collect();
        if objects.len() == items.len() {
            return match &objects[..] {
                few @ ([] | [_] | [_, _]) => self.pack_objects(few),
                _ => self.keep_objects(objects),
            };
        }
        if items.iter().any(|i| i.as_str().is_none()) {
            return self.pack_values(Tag::Values, items);
        }
        let start = self.texts.len();
        self.texts.push(index(items.len()));
        for text in items.iter().filter_map(Value::as_str) {
            let place = self.text.keep(text);
            self.texts.push(place);
        }
        pack(Tag::Texts, start)
    }

    /// Adds a value at the end of a list; a slot that holds no list becomes one. The first origin stays, and reaches
    /// as far as the values do.
    #[inline]
    pub(in crate::model) fn push(&mut self, at: Place, value: Value, origin: Origin) {
        let Some(slot) = self.extend(at, origin) else {
            return;
        };
        let Slot { tag, word, .. } = self.slots[slot];
        let packed = match (tag, value) {
            (Tag::Null | Tag::None, Value::Object(o)) => (Tag::One, o),
            (Tag::One, Value::Object(o)) => self.pack_objects(&[word, o]),
            (Tag::Two | Tag::Run, Value::Object(o)) => {
                let mut all = self.targets(&self.slots[slot]).to_vec();
                all.push(o);
                self.keep_objects(all)
            }
            (Tag::Objects, Value::Object(o)) => {
                self.objects_lists[word.0 as usize].push(o);
                return;
            }
            (Tag::Values, value) => {
                self.values_lists[word.0 as usize].push(value);
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
                self.pack_values(Tag::Values, items)
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
        let Slot { tag, word, .. } = self.slots[slot];
        match tag {
            Tag::Null | Tag::None => true,
            Tag::Texts => self.texts_at(word).end == self.texts.len(),
            _ => false,
        }
    }

    fn append_text(&mut self, slot: usize, text: &str) {
        let place = self.text.keep(text);
        let slot = &mut self.slots[slot];
        if slot.tag != Tag::Texts {
            slot.hold(pack(Tag::Texts, self.texts.len()));
            self.texts.push(0);
        }
        self.texts[slot.word.0 as usize] += 1;
        self.texts.push(place);
    }

    /// Where the members of a list of texts stand in the pool.
    fn texts_at(&self, list: ObjectId) -> Range<usize> {
        let start = list.0 as usize + 1;
        start..start + self.texts[start - 1] as usize
    }

    /// What a slot holds, without a copy.
    #[inline]
    pub(in crate::model) fn view<'s>(&'s self, slot: &'s Slot) -> SlotValue<'s> {
        let word = slot.word;
        let wide = || self.wide[word.0 as usize];
        match slot.tag {
            Tag::Null => SlotValue::Null,
            Tag::Boolean => SlotValue::Boolean(word.0 == 1),
            Tag::Integer => SlotValue::Integer(word.0.cast_signed().into()),
            Tag::WideInteger => SlotValue::Integer(wide().cast_signed()),
            Tag::Real => SlotValue::Real(f32::from_bits(word.0).into()),
            Tag::WideReal => SlotValue::Real(f64::from_bits(wide())),
            Tag::Text => SlotValue::Text(self.text.at(word.0)),
            Tag::Enum => SlotValue::Enum(EnumId(word.0 >> 16), word.0 & 0xffff),
            Tag::WideEnum => {
                let half = |bits: u64| u32::try_from(bits).expect("32 bits are left");
                let both = wide();
                SlotValue::Enum(EnumId(half(both >> 32)), half(both & u64::from(u32::MAX)))
            }
            Tag::Object => SlotValue::Object(word),
            Tag::Proxy => SlotValue::Proxy(&self.proxies[word.0 as usize]),
            Tag::None | Tag::One | Tag::Two | Tag::Run | Tag::Objects | Tag::Parked => {
                SlotValue::Objects(self.targets(slot))
            }
            Tag::Texts => {
                SlotValue::Texts(Texts::new(&self.text, &self.texts[self.texts_at(word)]))
            }
            Tag::Values => SlotValue::Values(&self.values_lists[word.0 as usize]),
            Tag::Entry => SlotValue::Entry(self.entry(word)),
        }
    }

    fn entry(&self, at: ObjectId) -> &Entry {
        match self.values_lists[at.0 as usize].first() {
            Some(Value::Entry(entry)) => entry,
            _ => unreachable!("only entries are packed so"),
        }
    }

    /// The truth value, number or literal that a slot holds; nothing else than null is none.
    #[inline]
    pub(in crate::model) fn scalar(&self, slot: &Slot) -> Result<Option<Scalar>, Odd> {
        let word = slot.word.0;
        Ok(Some(match slot.tag {
            Tag::Boolean => Scalar::Boolean(word == 1),
            Tag::Integer => Scalar::Integer(word.cast_signed().into()),
            Tag::Enum => Scalar::Enum(EnumId(word >> 16), word & 0xffff),
            Tag::Null => return Ok(None),
            _ => self.view(slot).scalar().ok_or(Odd)?,
        }))
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
        match slot.tag {
            Tag::Object | Tag::One => Some(std::slice::from_ref(&slot.word)),
            _ => self.only_listed(slot),
        }
    }

    fn only_listed(&self, slot: &Slot) -> Option<&[ObjectId]> {
        match slot.tag {
            Tag::Two | Tag::Run | Tag::Objects => Some(self.run(slot)),
            Tag::None | Tag::Parked => Some(&[]),
            _ => None,
        }
    }

    /// The objects of a list in the pool of runs.
    #[inline]
    pub(in crate::model) fn run_at(&self, run: Run) -> &[ObjectId] {
        match run {
            Run::Pair(at) => &self.runs[at as usize..][..2],
            Run::Counted(at) => {
                let [length, rest @ ..] = &self.runs[at as usize..] else {
                    unreachable!("a run begins with its length");
                };
                &rest[..length.0 as usize]
            }
        }
    }

    /// The objects of a list that a slot does not hold itself.
    #[inline]
    fn run(&self, slot: &Slot) -> &[ObjectId] {
        match slot.run() {
            Some(run) => self.run_at(run),
            None => &self.objects_lists[slot.word.0 as usize],
        }
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
            self.objects_lists[slot.word.0 as usize].retain(|o| keep(*o));
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

/// A floating-point number in 32 bits, if they say exactly the same.
fn short(x: f64) -> Option<f32> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is lost is looked for"
    )]
    let short = x as f32;
    (f64::from(short).to_bits() == x.to_bits()).then_some(short)
}
