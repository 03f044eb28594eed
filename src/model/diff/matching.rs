//! Which object of one version is which of another: by identity, by key, by place with name, else by likeness.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::Paths;
use super::{Model, ObjectId, is_compared, show_with};

/// Beyond this many comparisons, siblings without keys that say different things are paired by position instead of by
/// likeness.
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
            old: Version::new(old),
            new: Version::new(new),
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
    old: Version<'m>,
    new: Version<'m>,
    pairs: Matching,
}

/// A model, with the paths of its objects once they are asked for.
struct Version<'m> {
    model: &'m Model,
    paths: OnceCell<Paths>,
}

/// What tells an object from others.
struct Traits<'m> {
    id: Option<&'m str>,
    class: &'m str,
    /// What it says: feature and value, or feature and the key of a part; in order.
    texts: Vec<(Arc<str>, String)>,
}

impl<'m> Version<'m> {
    fn new(model: &'m Model) -> Self {
        Self {
            model,
            paths: OnceCell::new(),
        }
    }

    fn traits(&self, object: ObjectId) -> Traits<'m> {
        let model = self.model;
        let path = |object| {
            let paths = self.paths.get_or_init(|| Paths::of(model));
            paths.get(object).to_owned()
        };
        let mut texts: Vec<(Arc<str>, String)> = Vec::new();
        for (feature, value) in model.slots(object) {
            let declared = model.metamodel().feature(feature);
            if is_compared(model, declared) {
                let text = show_with(model, &value.to_value(), &path);
                texts.push((declared.name.clone(), text));
            } else if declared.is_containment() {
                let parts = value.to_value();
                let keys = parts.objects().filter_map(|p| Matcher::key(model, p));
                texts.extend(
                    keys.map(|(class, key)| (declared.name.clone(), format!("{class} {key}"))),
                );
            }
        }
        texts.sort_unstable();
        Traits {
            id: model.id(object),
            class: model.class_name(object),
            texts,
        }
    }
}

impl Traits<'_> {
    /// How alike two objects are, in percent of what either says.
    fn likeness(&self, other: &Self) -> usize {
        if let (Some(a), Some(b)) = (self.id, other.id)
            && a != b
        {
            return 0;
        }
        let (a, b) = (&self.texts, &other.texts);
        let shared = a.iter().filter(|t| b.binary_search(t).is_ok()).count();
        let percent = (200 * shared).checked_div(a.len() + b.len());
        if self.class != other.class {
            // What is of the same class goes first.
            return percent.map_or(0, |p| p.min(100).saturating_sub(1));
        }
        // The same class in the same place speaks for it a little.
        percent.map_or(100, |p| p.clamp(1, 100))
    }
}

/// Objects that have no partner yet.
type Candidates<'m> = [(ObjectId, Traits<'m>)];

/// What identifies an object among others: its class and a text.
type Key = (String, Arc<str>);

impl<'m> Matcher<'m> {
    fn by_identity(&mut self) {
        let identity = |model: &Model, object| {
            let id = model.id(object).map(str::to_owned);
            id.or_else(|| model.id_value(object).map(std::borrow::Cow::into_owned))
        };
        let mut known: BTreeMap<String, Option<ObjectId>> = BTreeMap::new();
        for object in self.old.model.objects() {
            if let Some(id) = identity(self.old.model, object) {
                // Two objects of one identity identify nothing.
                known
                    .entry(id)
                    .and_modify(|o| *o = None)
                    .or_insert(Some(object));
            }
        }
        for object in self.new.model.objects() {
            let id = identity(self.new.model, object);
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
        if old.is_empty() || new.is_empty() {
            return;
        }
        let alone = old.len() == 1 && new.len() == 1;
        let traits = |version: &Version<'m>, all: &[ObjectId]| {
            let traits = all.iter().map(|o| version.traits(*o));
            all.iter().copied().zip(traits).collect::<Vec<_>>()
        };
        let (mut old, mut new) = (traits(&self.old, &old), traits(&self.new, &new));
        self.alike_in_all(&old, &new);
        old.retain(|(o, _)| self.pairs.new_of(*o).is_none());
        new.retain(|(o, _)| self.pairs.old_of(*o).is_none());
        if old.len().saturating_mul(new.len()) <= MOST_COMPARISONS {
            self.by_likeness((&old, &new), alone, last);
        } else {
            self.by_position(&old, &new);
        }
    }

    /// Pairs those that say the same and are the only ones to say it: none is more alike.
    fn alike_in_all(&mut self, old: &Candidates<'_>, new: &Candidates<'_>) {
        let mut same: BTreeMap<_, (Vec<ObjectId>, Vec<ObjectId>)> = BTreeMap::new();
        for (object, traits) in old {
            let all = same.entry((traits.class, &traits.texts)).or_default();
            all.0.push(*object);
        }
        for (object, traits) in new {
            if let Some(all) = same.get_mut(&(traits.class, &traits.texts)) {
                all.1.push(*object);
            }
        }
        for ((_, texts), (old, new)) in same {
            if let ([a], [b]) = (&old[..], &new[..])
                && !texts.is_empty()
                && (self.old.model.id(*a).is_none() || self.new.model.id(*b).is_none())
            {
                self.pairs.pair(*a, *b);
            }
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
        let known = index(self.old.model, old);
        for (key, objects) in index(self.new.model, new) {
            if let (Some([old]), [new]) = (known.get(&key).map(Vec::as_slice), &objects[..]) {
                self.pairs.pair(*old, *new);
            }
        }
    }

    fn by_position(&mut self, old: &Candidates<'_>, new: &Candidates<'_>) {
        for ((old, a), (new, b)) in old.iter().zip(new) {
            if a.class == b.class {
                self.pairs.pair(*old, *new);
            }
        }
    }

    /// Pairs the most alike first; of equally alike ones, those whose positions are nearest.
    ///
    /// `alone` says that nothing else in their lists was without a partner.
    fn by_likeness(
        &mut self,
        (old, new): (&Candidates<'_>, &Candidates<'_>),
        alone: bool,
        last: usize,
    ) {
        let mut scores = Vec::new();
        for (i, (old_object, a)) in old.iter().enumerate() {
            for (j, (new_object, b)) in new.iter().enumerate() {
                let score = a.likeness(b);
                let named = || {
                    let old = self.old.model.key(*old_object);
                    old.is_some() || self.new.model.key(*new_object).is_some()
                };
                let needed = match alone {
                    true if named() => last,
                    true => ONLY_ONE,
                    false => ALIKE,
                };
                if score >= needed {
                    scores.push((Reverse(score), i.abs_diff(j), i, j));
                }
            }
        }
        scores.sort_unstable();
        for (_, _, i, j) in scores {
            let (old, new) = (old[i].0, new[j].0);
            if self.pairs.new_of(old).is_none() && self.pairs.old_of(new).is_none() {
                self.pairs.pair(old, new);
            }
        }
    }

    /// Pairs the parts of pairs.
    fn top_down(&mut self) {
        for object in self.old.model.objects() {
            let Some(other) = self.pairs.new_of(object) else {
                continue;
            };
            let there = lists(self.new.model, other);
            for (name, old) in lists(self.old.model, object) {
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
        let through = self.old.model.containing_feature(part);
        let many = through.is_some_and(|f| self.old.model.metamodel().feature(f).is_many());
        if many { ALIKE } else { ONLY_ONE }
    }

    /// Pairs what stands in another list now; returns whether there was any.
    fn anywhere(&mut self) -> bool {
        let old = self.free_old(&self.old.model.objects());
        let new = self.free_new(&self.new.model.objects());
        if old.is_empty() || new.is_empty() {
            return false;
        }
        self.by_key((&old, &new), Self::key);
        for object in &old {
            // One name alone, in another place, may be anybody's.
            if let Some(other) = self.pairs.new_of(*object)
                && self.old.traits(*object).likeness(&self.new.traits(other)) < ALIKE
            {
                self.pairs.part(*object, other);
            }
        }
        old.iter().any(|o| self.pairs.new_of(*o).is_some())
    }
}
