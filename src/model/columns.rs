//! Columns: what each object has of a feature, side by side, for those who ask about many.
//!
//! To find a slot takes several steps through the arena. Where a feature is asked for again and again, the answers for
//! all objects are put into a column, one word each. That pays once as many objects were asked about as there are, so it
//! is not done before. The idea is that of adaptive indexing (Idreos, Kersten and Manegold, "Database Cracking", 2007).

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::known::Known;
use super::lookup::Lookup;
use super::store::index;
use super::{Model, ObjectId};

/// So few objects are not worth a column, nor a look for one where nothing is known yet.
const FEW: usize = 16;

/// The columns of a model that have words of one kind, by feature.
#[derive(Debug)]
pub(super) struct Columns<W>(OnceLock<Vec<Column<W>>>);

#[derive(Debug)]
struct Column<W> {
    words: OnceLock<Vec<W>>,
    /// How many objects were asked about before there was a column.
    asked: AtomicUsize,
}

impl<W> Default for Columns<W> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<W> Default for Column<W> {
    fn default() -> Self {
        Self {
            words: OnceLock::new(),
            asked: AtomicUsize::default(),
        }
    }
}

impl Model {
    /// The column of a feature among some, empty where there is none, for somebody who asks about so many objects;
    /// `word` says what there is in it for one.
    pub(super) fn column<W>(
        &self,
        (at, asked): (&Lookup, usize),
        among: fn(&Known) -> &Columns<W>,
        word: impl Fn(ObjectId) -> W,
    ) -> &[W] {
        if self.is_small() || asked < FEW && !self.store.is_known() {
            return &[];
        }
        let all = among(self.store.known()).0.get_or_init(|| {
            let features = self.metamodel().features();
            features.map(|_| Column::default()).collect()
        });
        let column = &all[at.feature().0 as usize];
        if let Some(words) = column.words.get() {
            return words;
        }
        let before = column.asked.fetch_add(asked, Ordering::Relaxed);
        if before + asked < self.bound() {
            return &[];
        }
        column.words.get_or_init(|| {
            let all = (0..index(self.bound())).map(ObjectId);
            all.map(word).collect()
        })
    }
}
