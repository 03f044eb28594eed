//! Which object of one version is which of another: by identity, by key, by place with name, else by likeness.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Model, ObjectId, is_compared, show};

/// Beyond this many comparisons, siblings without keys are paired by position instead of by likeness.
const MOST_COMPARISONS: usize = 40_000;

/// Pairs of objects of two versions.
#[derive(Clone, Debug)]
pub struct Matching {
    forward: Vec<Option<ObjectId>>,
    backward: Vec<Option<ObjectId>>,
}

impl Matching {
    /// Pairs the objects of two versions of a model.
    ///
    /// Identities go first, wherever the objects stand. Then, from the roots down, members of the same list are
    /// paired by class and key, then the rest by likeness; what is left over is paired by class and key anywhere.
    pub fn of(old: &Model, new: &Model) -> Self {
        let mut matcher = Matcher {
            old,
            new,
            pairs: Self {
                forward: vec![None; old.bound()],
                backward: vec![None; new.bound()],
            },
        };
        matcher.by_identity();
        matcher.siblings(old.roots(), new.roots());
        matcher.top_down();
        if matcher.anywhere() {
            matcher.top_down();
        }
        matcher.pairs
    }

    /// The object of the new version.
    pub fn new_of(&self, old: ObjectId) -> Option<ObjectId> {
        self.forward.get(old.0 as usize).copied().flatten()
    }

    /// The object of the old version.
    pub fn old_of(&self, new: ObjectId) -> Option<ObjectId> {
        self.backward.get(new.0 as usize).copied().flatten()
    }

    fn pair(&mut self, old: ObjectId, new: ObjectId) {
        self.forward[old.0 as usize] = Some(new);
        self.backward[new.0 as usize] = Some(old);
    }
}

struct Matcher<'m> {
    old: &'m Model,
    new: &'m Model,
    pairs: Matching,
}

/// What identifies an object among others: its class and a text.
type Key = (String, Arc<str>);

impl Matcher<'_> {
    fn by_identity(&mut self) {
        let identity = |model: &Model, object| {
            let id = model.id(object).map(str::to_owned);
            id.or_else(|| model.id_value(object).map(std::borrow::Cow::into_owned))
        };
        let mut known: BTreeMap<String, Option<ObjectId>> = BTreeMap::new();
        for object in self.old.objects() {
            if let Some(id) = identity(self.old, object) {
                // Two objects of one identity identify nothing.
                known
                    .entry(id)
                    .and_modify(|o| *o = None)
                    .or_insert(Some(object));
            }
        }
        for object in self.new.objects() {
            let id = identity(self.new, object);
            if let Some(old) = id.and_then(|id| known.insert(id, None)).flatten() {
                self.pairs.pair(old, object);
            }
        }
    }

    fn key(model: &Model, object: ObjectId) -> Option<Key> {
        let key = model.key(object)?;
        Some((model.class_name(object).to_owned(), key))
    }

    /// Pairs the members of two lists that are the same list in two versions.
    fn siblings(&mut self, old: &[ObjectId], new: &[ObjectId]) {
        let free_old: Vec<ObjectId> = old
            .iter()
            .copied()
            .filter(|o| self.pairs.new_of(*o).is_none())
            .collect();
        let free_new: Vec<ObjectId> = new
            .iter()
            .copied()
            .filter(|o| self.pairs.old_of(*o).is_none())
            .collect();
        self.by_key(&free_old, &free_new);
        let (old, new) = (self.free_old(&free_old), self.free_new(&free_new));
        if old.len().saturating_mul(new.len()) <= MOST_COMPARISONS {
            self.by_likeness(&old, &new);
        } else {
            self.by_position(&old, &new);
        }
    }

    fn free_old(&self, all: &[ObjectId]) -> Vec<ObjectId> {
        let free = |o: &ObjectId| self.pairs.new_of(*o).is_none();
        all.iter().copied().filter(free).collect()
    }

    fn free_new(&self, all: &[ObjectId]) -> Vec<ObjectId> {
        let free = |o: &ObjectId| self.pairs.old_of(*o).is_none();
        all.iter().copied().filter(free).collect()
    }

    /// Pairs objects by class and key, where that is one object on both sides.
    fn by_key(&mut self, old: &[ObjectId], new: &[ObjectId]) {
        let index = |model: &Model, all: &[ObjectId]| {
            let mut index: BTreeMap<Key, Vec<ObjectId>> = BTreeMap::new();
            for object in all {
                if let Some(key) = Self::key(model, *object) {
                    index.entry(key).or_default().push(*object);
                }
            }
            index
        };
        let known = index(self.old, old);
        for (key, objects) in index(self.new, new) {
            if let (Some([old]), [new]) = (known.get(&key).map(Vec::as_slice), &objects[..]) {
                self.pairs.pair(*old, *new);
            }
        }
    }

    fn by_position(&mut self, old: &[ObjectId], new: &[ObjectId]) {
        for (old, new) in old.iter().zip(new) {
            if self.old.class_name(*old) == self.new.class_name(*new) {
                self.pairs.pair(*old, *new);
            }
        }
    }

    /// Pairs the most alike first; of equally alike ones, those whose positions are nearest.
    fn by_likeness(&mut self, old: &[ObjectId], new: &[ObjectId]) {
        let mut scores = Vec::new();
        for (i, a) in old.iter().enumerate() {
            for (j, b) in new.iter().enumerate() {
                let score = self.likeness(*a, *b);
                // Alone in its place, an object is the same one unless nothing at all speaks for it.
                let needed = if old.len() == 1 && new.len() == 1 {
                    1
                } else {
                    50
                };
                if score >= needed {
                    scores.push((std::cmp::Reverse(score), i.abs_diff(j), i, j));
                }
            }
        }
        scores.sort_unstable();
        for (_, _, i, j) in scores {
            if self.pairs.new_of(old[i]).is_none() && self.pairs.old_of(new[j]).is_none() {
                self.pairs.pair(old[i], new[j]);
            }
        }
    }

    /// How alike two objects are, in percent of what either says.
    fn likeness(&self, old: ObjectId, new: ObjectId) -> usize {
        if self.old.class_name(old) != self.new.class_name(new) {
            return 0;
        }
        let texts = |model: &Model, object| {
            let mut texts: Vec<(Arc<str>, String)> = Vec::new();
            for (feature, value) in model.slots(object) {
                let declared = model.metamodel().feature(feature);
                if is_compared(model, declared) {
                    texts.push((declared.name.clone(), show(model, &value.to_value())));
                } else if declared.is_containment() {
                    let parts = value.to_value();
                    let keys = parts.objects().filter_map(|p| Self::key(model, p));
                    texts.extend(
                        keys.map(|(class, key)| (declared.name.clone(), format!("{class} {key}"))),
                    );
                }
            }
            texts
        };
        let (a, b) = (texts(self.old, old), texts(self.new, new));
        let all = a.len() + b.len();
        if all == 0 {
            return 100;
        }
        let shared = a.iter().filter(|t| b.contains(t)).count();
        // The same class in the same place speaks for it a little.
        (200 * shared / all).clamp(1, 100)
    }

    /// Pairs the parts of pairs.
    fn top_down(&mut self) {
        for object in self.old.objects() {
            let Some(other) = self.pairs.new_of(object) else {
                continue;
            };
            for (feature, value) in self.old.slots(object) {
                let declared = self.old.metamodel().feature(feature);
                if !declared.is_containment() {
                    continue;
                }
                let class = self.new.class(other);
                let Some(there) = self.new.metamodel().feature_named(class, &declared.name) else {
                    continue;
                };
                let old: Vec<ObjectId> = value.to_value().objects().collect();
                let new = self.new.targets(other, there);
                self.siblings(&old, &new);
            }
        }
    }

    /// Pairs what stands in another list now; returns whether there was any.
    fn anywhere(&mut self) -> bool {
        let old = self.free_old(&self.old.objects());
        let new = self.free_new(&self.new.objects());
        if old.is_empty() || new.is_empty() {
            return false;
        }
        self.by_key(&old, &new);
        old.iter().any(|o| self.pairs.new_of(*o).is_some())
    }
}
