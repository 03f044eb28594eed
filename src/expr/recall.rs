//! What was evaluated before, so that only what hangs on a change is evaluated again.
//!
//! Whoever evaluates expressions for many elements remembers the model that they were evaluated over, and all that each
//! result hangs on. The next time, the model is compared with that one; what hangs on nothing that differs is the same.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reads, Slot};
use crate::metamodel::ClassId;
use crate::model::{Changes, Model};

/// All that a result hangs on.
#[derive(Clone, Debug, Default)]
pub struct Basis {
    /// The slots that were read.
    pub slots: Vec<Slot>,
    /// The classes whose instances were asked for.
    pub extents: BTreeSet<ClassId>,
}

impl Basis {
    /// Adds what was read since the reads were taken the last time.
    pub fn add(&mut self, reads: &Reads) {
        self.slots.extend(reads.take());
        self.extents.extend(reads.take_extents());
    }

    fn is_concerned(&self, changes: &Changes) -> bool {
        changes.everything
            || self.slots.iter().any(|s| changes.slots.contains(s))
            || self.extents.iter().any(|c| changes.extents.contains(c))
    }
}

/// Results by what they are of, with the model that they were evaluated over.
#[derive(Debug)]
pub struct Remembered<K, T> {
    snapshot: Model,
    seen: BTreeMap<K, (T, Basis)>,
}

impl<K: Ord, T> Remembered<K, T> {
    /// Keeps the results that have another key now, under that.
    pub fn rename(&mut self, with: impl Fn(K, T) -> Option<(K, T)>) {
        let seen = std::mem::take(&mut self.seen).into_iter();
        let renamed = seen.filter_map(|(key, (result, basis))| {
            let (key, result) = with(key, result)?;
            Some((key, (result, basis)))
        });
        self.seen = renamed.collect();
    }
}

/// Results that are asked for, as they are evaluated or remembered.
#[derive(Debug)]
pub struct Recall<K, T> {
    /// What was there before, and has not been asked for yet.
    before: BTreeMap<K, (T, Basis)>,
    seen: BTreeMap<K, (T, Basis)>,
    changes: Changes,
    /// How many results were evaluated.
    pub evaluated: usize,
}

impl<K: Ord, T: Clone> Recall<K, T> {
    /// Begins to evaluate over a model.
    pub fn new(known: Option<Remembered<K, T>>, model: &Model) -> Self {
        let changes = known.as_ref().map(|k| Changes::between(&k.snapshot, model));
        Self {
            before: known.map(|k| k.seen).unwrap_or_default(),
            seen: BTreeMap::new(),
            changes: changes.unwrap_or_default(),
            evaluated: 0,
        }
    }

    /// A result: as before, unless what it hangs on is another one now. One without a basis is not remembered.
    pub fn get(&mut self, key: K, evaluate: impl FnOnce() -> (T, Option<Basis>)) -> T {
        let before = self.before.remove(&key);
        let before = before.filter(|(_, basis)| !basis.is_concerned(&self.changes));
        let (result, basis) = if let Some((result, basis)) = before {
            (result, Some(basis))
        } else {
            self.evaluated += 1;
            evaluate()
        };
        if let Some(basis) = basis {
            self.seen.insert(key, (result.clone(), basis));
        }
        result
    }

    /// Ends with the model that all was evaluated over.
    pub fn end(self, model: &Model) -> Remembered<K, T> {
        Remembered {
            snapshot: model.clone(),
            seen: self.seen,
        }
    }
}
