//! What a run made, kept for the next one with what it was made of.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::diag::Diagnostics;

/// Things that were made, each by its key with all that it hangs on.
///
/// Between two sweeps, what nobody asks for is kept: a run that ends early forgets nothing.
pub(super) struct Shelf<K, B, T> {
    kept: BTreeMap<K, Kept<B, T>>,
    /// How many were made since this was asked for.
    made: usize,
}

struct Kept<B, T> {
    basis: B,
    it: T,
    /// Whether it was asked for since the last sweep.
    is_used: bool,
}

impl<K, B, T> Default for Shelf<K, B, T> {
    fn default() -> Self {
        Self {
            kept: BTreeMap::new(),
            made: 0,
        }
    }
}

impl<K: Ord, B: PartialEq, T: Clone> Shelf<K, B, T> {
    /// What is made of a basis: what was made the last time, where that was of the same.
    pub(super) fn get(&mut self, key: K, basis: B, make: impl FnOnce() -> T) -> T {
        self.get_if(key, basis, |_| true, make)
    }

    /// The same, where what was made is asked whether it still holds.
    pub(super) fn get_if(
        &mut self,
        key: K,
        basis: B,
        holds: impl FnOnce(&T) -> bool,
        make: impl FnOnce() -> T,
    ) -> T {
        if let Some(kept) = self.kept.get_mut(&key)
            && kept.basis == basis
            && holds(&kept.it)
        {
            kept.is_used = true;
            return kept.it.clone();
        }
        let it = make();
        self.made += 1;
        let kept = Kept {
            basis,
            it: it.clone(),
            is_used: true,
        };
        self.kept.insert(key, kept);
        it
    }

    /// Walks over what is kept.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &T)> {
        self.kept.iter().map(|(key, kept)| (key, &kept.it))
    }

    /// What is kept under a key.
    pub(super) fn kept(&self, key: &K) -> Option<&T> {
        self.kept.get(key).map(|kept| &kept.it)
    }

    /// Whether something was made under a key.
    pub(super) fn has(&self, key: &K) -> bool {
        self.kept.contains_key(key)
    }

    /// Forgets what nobody asked for since the last time.
    pub(super) fn sweep(&mut self) {
        self.kept
            .retain(|_, kept| std::mem::take(&mut kept.is_used));
    }

    /// How many were made since the last time.
    pub(super) fn take_count(&mut self) -> usize {
        std::mem::take(&mut self.made)
    }
}

/// Things that were made of files, by their paths.
pub(super) type ByPath<B, T> = Shelf<String, B, Found<T>>;
/// The only thing of its kind.
pub(super) type Only<B, T> = Shelf<(), B, Found<T>>;

/// Something shared, the same as another only where it is that very one.
#[derive(Debug)]
pub(super) struct Same<T: ?Sized>(pub(super) Arc<T>);

impl<T: ?Sized> Clone for Same<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: ?Sized> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Something that was made, with what was found wrong on the way.
#[derive(Clone, Debug)]
pub(super) struct Found<T> {
    pub(super) it: T,
    pub(super) found: Arc<Diagnostics>,
}

impl<T> Found<T> {
    pub(super) fn of(make: impl FnOnce(&mut Diagnostics) -> T) -> Self {
        static NOTHING: LazyLock<Arc<Diagnostics>> = LazyLock::new(Arc::default);
        let mut found = Diagnostics::default();
        let it = make(&mut found);
        let found = if found.is_empty() {
            NOTHING.clone()
        } else {
            Arc::new(found)
        };
        Self { it, found }
    }

    /// The thing itself, after its findings are told.
    pub(super) fn told(self, diagnostics: &mut Diagnostics) -> T {
        diagnostics.include(&self.found);
        self.it
    }
}
