//! What the templates printed of each model the last time.
//!
//! Templates see what models say at the end of the rules, wherever it came from: a remark in a file of rules moves what
//! stands behind it, so all chains are made again; what they hold is the same, and so is what is printed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chain::{Chain, Stage};
use super::live::Known;
use super::printed::{Printed, reach};
use super::shelf::{Found, Same};
use crate::generate::Template;

/// What was printed, by the paths of the models.
#[derive(Default)]
pub(super) struct Prints {
    all: BTreeMap<String, Box<[Entry]>>,
    /// How often a template was printed for a model since this was asked for.
    made: usize,
}

/// What models are printed with.
pub(super) struct Press<'p> {
    pub(super) templates: &'p [Arc<Template>],
    pub(super) beside: Known,
    /// The folder that artifacts are in.
    pub(super) output: Arc<str>,
}

/// What was printed of a model in a chain.
struct Entry {
    chain: Same<Chain>,
    position: usize,
    beside: Known,
    output: Arc<str>,
    /// In the order of the templates.
    printed: Box<[Found<Arc<Printed>>]>,
}

impl Prints {
    /// What the templates print of the models of a chain that nothing took the place of: the same as the last time, where
    /// nothing but places differs.
    pub(super) fn of(
        &mut self,
        (path, chain): (&str, &Arc<Chain>),
        press: &Press<'_>,
    ) -> impl Iterator<Item = Found<Arc<Printed>>> {
        let known = self.all.entry(path.to_owned()).or_default();
        let chain = Same(chain.clone());
        let stages = chain.0.stages.iter().enumerate();
        let positions = stages.filter(|(_, stage)| !stage.is_replaced);
        let entry = |(position, stage): (usize, &Stage)| {
            let same = known
                .iter()
                .find(|entry| entry.position == position && entry.holds(&chain, press));
            let printed = press.templates.iter().map(|template| {
                let is_of = |p: &&Found<Arc<Printed>>| p.it.is_of(template);
                let kept = same.and_then(|entry| entry.printed.iter().find(is_of));
                kept.cloned().unwrap_or_else(|| {
                    self.made += 1;
                    print((position, stage), template, press)
                })
            });
            Entry {
                printed: printed.collect(),
                position,
                chain: chain.clone(),
                beside: press.beside.clone(),
                output: press.output.clone(),
            }
        };
        *known = positions.map(entry).collect();
        known.iter().flat_map(|entry| entry.printed.iter().cloned())
    }

    /// Forgets the models of other files. What is left is put together anew: a map that grew in the order of its keys takes
    /// nearly twice the room.
    pub(super) fn retain(&mut self, is_there: impl Fn(&String) -> bool) {
        self.all.retain(|path, _| is_there(path));
        self.all = std::mem::take(&mut self.all).into_iter().collect();
    }

    /// How often a template was printed for a model since the last time.
    pub(super) fn take_count(&mut self) -> usize {
        std::mem::take(&mut self.made)
    }
}

impl Entry {
    /// Whether what was printed is what would be printed now. Findings have places: where a template had something to say,
    /// nothing may have moved.
    fn holds(&self, chain: &Same<Chain>, press: &Press<'_>) -> bool {
        let is_quiet = || self.printed.iter().all(|printed| printed.found.is_empty());
        self.beside == press.beside
            && self.output == press.output
            && (self.chain == *chain || is_quiet() && same_at(self.position, &self.chain, chain))
    }
}

fn same_at(position: usize, one: &Same<Chain>, other: &Same<Chain>) -> bool {
    let [one, other] = [one, other].map(|chain| chain.0.stages.get(position));
    one.zip(other)
        .is_some_and(|(one, other)| one.model.has_content_of(&other.model))
}

fn print(
    (position, stage): (usize, &Stage),
    template: &Arc<Template>,
    press: &Press<'_>,
) -> Found<Arc<Printed>> {
    let knowledge = press.beside.as_ref().map(|known| &*known.0);
    let place = |object| stage.place((object, None));
    let with = (reach(stage, knowledge), &place as _, &*press.output);
    Found::of(|found| {
        let artifacts = template.render(with, found);
        Arc::new(Printed::of(position, template, artifacts))
    })
}
