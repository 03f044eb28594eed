//! What a run finds wrong, by the model that it is said of: an edit of one model takes back what was said of that one.

use std::collections::{BTreeMap, BTreeSet};

use super::shelf::Found;
use crate::diag::Diagnostics;

/// What the last run found wrong.
#[derive(Default)]
pub(super) struct Findings {
    /// What is not said of one model.
    pub(super) rest: Diagnostics,
    /// The rest, by the paths of the models; those of which nothing is said are not in it.
    of_models: BTreeMap<String, Diagnostics>,
    /// How many bytes of models were to be read again for it.
    pub(super) reread: usize,
}

impl Findings {
    /// A thing that was made of a model, after its findings are told.
    pub(super) fn tell<T>(&mut self, path: &str, of: Found<T>, all: &mut Diagnostics) -> T {
        self.add(path, &of.found, all);
        of.it
    }

    /// Tells findings about a model.
    pub(super) fn add(&mut self, path: &str, found: &Diagnostics, all: &mut Diagnostics) {
        if found.is_empty() {
            return;
        }
        all.include(found);
        let known = self.of_models.entry(path.to_owned()).or_default();
        known.include(found);
    }

    /// Forgets what was said of models.
    pub(super) fn forget(&mut self, paths: &BTreeSet<String>) {
        self.of_models.retain(|path, _| !paths.contains(path));
    }

    /// All of them.
    pub(super) fn all(&self) -> Diagnostics {
        let mut all = self.rest.clone();
        for found in self.of_models.values() {
            all.include(found);
        }
        all
    }
}
