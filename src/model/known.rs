//! What is found out about a model, kept until it changes.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use super::census::Census;
use super::columns::Columns;
use super::scalars::Word;
use super::store::Store;
use super::{Model, ObjectId};

/// So few objects are looked through again: a workspace may have thousands of such models.
const SMALL: usize = 256;

/// The content of a model, with what was found out about it: whoever may change the content lets go of that.
#[derive(Debug)]
pub(super) struct Kept {
    store: Store,
    known: OnceLock<Box<Known>>,
}

/// What was found out so far.
#[derive(Debug, Default)]
pub(super) struct Known {
    census: OnceLock<Census>,
    pub(super) links: Columns<ObjectId>,
    pub(super) scalars: Columns<Word>,
}

impl Kept {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            known: OnceLock::new(),
        }
    }

    #[inline]
    pub(super) fn known(&self) -> &Known {
        self.known.get_or_init(Box::default)
    }

    /// Whether anything was found out.
    #[inline]
    pub(super) fn is_known(&self) -> bool {
        self.known.get().is_some()
    }
}

impl Clone for Kept {
    /// A copy is mostly made to be changed.
    fn clone(&self) -> Self {
        Self::new(self.store.clone())
    }
}

impl Deref for Kept {
    type Target = Store;

    #[inline]
    fn deref(&self) -> &Store {
        &self.store
    }
}

impl DerefMut for Kept {
    #[inline]
    fn deref_mut(&mut self) -> &mut Store {
        if self.known.get_mut().is_some() {
            self.known.take();
        }
        &mut self.store
    }
}

impl Model {
    /// Its objects by their classes, which are counted once until it changes, unless they are few.
    pub fn census(&self) -> Cow<'_, Census> {
        let anew = || Cow::Owned(Census::of(self));
        self.kept_census().map_or_else(anew, Cow::Borrowed)
    }

    /// The census that is kept with it, where it is not small.
    pub(super) fn kept_census(&self) -> Option<&Census> {
        let census = || self.store.known().census.get_or_init(|| Census::of(self));
        (!self.is_small()).then(census)
    }

    /// Whether what is found out about it is found out again as fast, and not worth its memory.
    pub(super) fn is_small(&self) -> bool {
        self.bound() < SMALL
    }
}
