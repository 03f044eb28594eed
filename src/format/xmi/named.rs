//! References by identity, many at once.
//!
//! Identities are spread over memory without order, so that looking for one means to wait for memory a few times.
//! Those of several objects are looked for together, and the processor waits for all of them at the same time.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Reader;
use crate::metamodel::ClassId;
use crate::model::{Landing, ObjectId, Parked};

/// References whose words are to be looked for.
pub(super) struct Wanted<'t> {
    words: Vec<&'t str>,
    /// References, each with where its words end.
    references: Vec<(ObjectId, Parked, usize)>,
    found: Vec<Option<ObjectId>>,
    targets: Vec<ObjectId>,
    /// The last class of a target of each feature.
    fitting: Vec<Option<ClassId>>,
}

impl<'t> Wanted<'t> {
    /// Wants nothing yet of so many features.
    pub(super) fn new(features: usize) -> Self {
        Self {
            words: Vec::new(),
            references: Vec::new(),
            found: Vec::new(),
            targets: Vec::new(),
            fitting: vec![None; features],
        }
    }

    fn clear(&mut self) {
        self.words.clear();
        self.references.clear();
        self.found.clear();
    }

    /// Adds the words of a reference if all can be identities.
    fn add(&mut self, object: ObjectId, parked: Parked, text: &'t str) {
        let mark = self.words.len();
        let mut rest = text;
        loop {
            let end = memchr::memchr(b' ', rest.as_bytes());
            let word = &rest[..end.unwrap_or(rest.len())];
            if word.is_empty() || word.starts_with('/') {
                self.words.truncate(mark);
                return;
            }
            self.words.push(word);
            match end {
                Some(end) => rest = &rest[end + 1..],
                None => break,
            }
        }
        self.references.push((object, parked, self.words.len()));
    }
}

impl<'t> Reader<'t, '_> {
    /// Resolves the parked references of objects that name all their targets by identities and have nothing else to
    /// be looked at. All others stay as they are.
    pub(super) fn by_identities(
        &mut self,
        objects: Range<usize>,
        rewritten: &BTreeMap<u32, String>,
        wanted: &mut Wanted<'t>,
    ) {
        if self.ids.is_empty() {
            return;
        }
        wanted.clear();
        let text = self.text;
        for number in objects {
            let object = ObjectId(u32::try_from(number).expect("a model has as many at most"));
            let mut from = 0;
            while let Some(parked) = self.model.parked(object, from) {
                from = parked.position + 1;
                let start = parked.span.start;
                if self.fields.at(parked.number).simple && !rewritten.contains_key(&start) {
                    wanted.add(object, parked, &text[parked.span.range()]);
                }
            }
        }
        self.ids
            .get_all(&self.model, &wanted.words, &mut wanted.found);
        let mut start = 0;
        for (object, parked, end) in &wanted.references {
            let found = &wanted.found[start..*end];
            start = *end;
            let known = self.fields.at(parked.number);
            wanted.targets.clear();
            let last = &mut wanted.fitting[parked.number as usize];
            for target in found.iter().flatten() {
                if !self.conforms(*target, known, last) || self.is_taken(*target, known, *object) {
                    break;
                }
                wanted.targets.push(*target);
            }
            let landing = match (known.many, &wanted.targets[..]) {
                (true, targets) if targets.len() == found.len() => Landing::Many(targets),
                (false, [one]) if found.len() == 1 => Landing::One(*one),
                _ => continue,
            };
            self.model.land(*object, *parked, landing);
        }
    }
}
