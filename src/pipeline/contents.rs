//! What models say at the end of the rules, wherever it came from: all that templates see of them.
//!
//! A remark in a file of rules moves what stands behind it, so all chains are made again; what they hold is the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chain::Chain;
use super::live::Known;
use super::shelf::Same;

/// Stands for what a model says, beside what is known.
pub(super) type Content = Same<()>;

/// The contents of models by the path of the file and the position in the chain.
#[derive(Default)]
pub(super) struct Contents {
    all: BTreeMap<(String, usize), Entry>,
}

struct Entry {
    content: Content,
    chain: Same<Chain>,
    beside: Known,
    /// Whether no template had something to say of it: findings have places.
    is_quiet: bool,
}

impl Contents {
    /// What a model says: the same as the last time, where nothing but places differs.
    pub(super) fn of(
        &mut self,
        (path, position): (&str, usize),
        (chain, beside): (&Arc<Chain>, &Known),
    ) -> Content {
        let chain = Same(chain.clone());
        let key = (path.to_owned(), position);
        if let Some(entry) = self.all.get_mut(&key)
            && entry.beside == *beside
            && (entry.chain == chain || entry.is_quiet && same_at(position, &entry.chain, &chain))
        {
            entry.chain = chain;
            return entry.content.clone();
        }
        let content = Same(Arc::new(()));
        let entry = Entry {
            content: content.clone(),
            chain,
            beside: beside.clone(),
            is_quiet: true,
        };
        self.all.insert(key, entry);
        content
    }

    /// Notes that a template had something to say of a model.
    pub(super) fn disturb(&mut self, path: &str, position: usize) {
        if let Some(entry) = self.all.get_mut(&(path.to_owned(), position)) {
            entry.is_quiet = false;
        }
    }

    /// Forgets the models of other files.
    pub(super) fn retain(&mut self, is_there: impl Fn(&String) -> bool) {
        self.all.retain(|(path, _), _| is_there(path));
    }
}

fn same_at(position: usize, one: &Same<Chain>, other: &Same<Chain>) -> bool {
    let [one, other] = [one, other].map(|chain| chain.0.stages.get(position));
    one.zip(other)
        .is_some_and(|(one, other)| one.model.has_content_of(&other.model))
}
