//! Which object of one version is which of another: by identity, by key, by place with name, else by likeness.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Model, ObjectId, is_compared, show};

/// Beyond this many comparisons, siblings without keys are paired by position instead of by likeness.
const MOST_COMPARISONS: usize = 40_000;

/// How alike members of lists must be, in percent, to be the same: half of what they say.
const ALIKE: usize = 50;
/// How alike the one object of its place must be: it is the same one unless it is of another class.
const ONLY_ONE: usize = 1;

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
        matcher.siblings((old.roots(), new.roots()), ONLY_ONE);
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

    fn part(&mut self, old: ObjectId, new: ObjectId) {
        self.forward[old.0 as usize] = None;
        self.backward[new.0 as usize] = None;
    }
}

/// The parts of an object, by the name of the feature that holds them; in feature maps too.
fn lists(model: &Model, object: ObjectId) -> BTreeMap<Arc<str>, Vec<ObjectId>> {
    let mut lists: BTreeMap<Arc<str>, Vec<ObjectId>> = BTreeMap::new();
    model.each_part(object, |part| {
        if let Some(feature) = model.containing_feature(part) {
            let name = model.metamodel().feature(feature).name.clone();
            lists.entry(name).or_default().push(part);
        }
    });
    lists
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
    ///
    /// `last` is how alike those must be that are left over as the only ones on both sides.
    fn siblings(&mut self, (old, new): (&[ObjectId], &[ObjectId]), last: usize) {
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
        self.by_key((&free_old, &free_new), Self::key);
        let (old, new) = (self.free_old(&free_old), self.free_new(&free_new));
        // The same name and another class: it was given that class.
        self.by_key((&old, &new), |model, object| {
            Some((String::new(), model.key(object)?))
        });
        let (old, new) = (self.free_old(&free_old), self.free_new(&free_new));
        if old.len().saturating_mul(new.len()) <= MOST_COMPARISONS {
            self.by_likeness((&old, &new), last);
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

    /// Pairs objects by a key, where that is one object on both sides.
    fn by_key(
        &mut self,
        (old, new): (&[ObjectId], &[ObjectId]),
        key: fn(&Model, ObjectId) -> Option<Key>,
    ) {
        let index = |model: &Model, all: &[ObjectId]| {
            let mut index: BTreeMap<Key, Vec<ObjectId>> = BTreeMap::new();
            for object in all {
                if let Some(key) = key(model, *object) {
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
    fn by_likeness(&mut self, (old, new): (&[ObjectId], &[ObjectId]), last: usize) {
        let mut scores = Vec::new();
        for (i, a) in old.iter().enumerate() {
            for (j, b) in new.iter().enumerate() {
                let score = self.likeness(*a, *b);
                let alone = old.len() == 1 && new.len() == 1;
                let named = self.old.key(*a).is_some() || self.new.key(*b).is_some();
                let needed = match alone {
                    true if named => last,
                    true => ONLY_ONE,
                    false => ALIKE,
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
        if let (Some(a), Some(b)) = (self.old.id(old), self.new.id(new))
            && a != b
        {
            return 0;
        }
        let retyped = self.old.class_name(old) != self.new.class_name(new);
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
        let shared = a.iter().filter(|t| b.contains(t)).count();
        let percent = (200 * shared).checked_div(all);
        if retyped {
            // What is of the same class goes first.
            return percent.map_or(0, |p| p.min(100).saturating_sub(1));
        }
        // The same class in the same place speaks for it a little.
        percent.map_or(100, |p| p.clamp(1, 100))
    }

    /// Pairs the parts of pairs.
    fn top_down(&mut self) {
        for object in self.old.objects() {
            let Some(other) = self.pairs.new_of(object) else {
                continue;
            };
            let there = lists(self.new, other);
            for (name, old) in lists(self.old, object) {
                let Some(new) = there.get(&name) else {
                    continue;
                };
                let many = old.len() > 1 || new.len() > 1;
                self.siblings((&old, new), if many { ALIKE } else { self.last_of(old[0]) });
            }
        }
    }

    /// How alike the only part in its place must be: a list might have had others.
    fn last_of(&self, part: ObjectId) -> usize {
        let through = self.old.containing_feature(part);
        let many = through.is_some_and(|f| self.old.metamodel().feature(f).is_many());
        if many { ALIKE } else { ONLY_ONE }
    }

    /// Pairs what stands in another list now; returns whether there was any.
    fn anywhere(&mut self) -> bool {
        let old = self.free_old(&self.old.objects());
        let new = self.free_new(&self.new.objects());
        if old.is_empty() || new.is_empty() {
            return false;
        }
        self.by_key((&old, &new), Self::key);
        for object in &old {
            // One name alone, in another place, may be anybody's.
            if let Some(other) = self.pairs.new_of(*object)
                && self.likeness(*object, other) < ALIKE
            {
                self.pairs.part(*object, other);
            }
        }
        old.iter().any(|o| self.pairs.new_of(*o).is_some())
    }
}
