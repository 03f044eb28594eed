//! Artifacts against each other: two of one path, and what files say of other files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::chain::Stage;
use super::run::{ModelRun, Printed, Run};
use super::shelf::Same;
use crate::diag::{Code, Diagnostic};
use crate::generate::{Artifact, language};
use crate::rows::Rows;

/// An artifact with the models that it was printed of.
type Origin<'r> = (&'r ModelRun, &'r Stage, &'r Artifact);

/// The folders of files that are known to be right together: of which files, by what printed them and their positions in it.
type Folders = BTreeMap<String, Vec<(Same<Printed>, usize)>>;

/// What is known to be right together. What is wrong is looked for again: it points at places that may move.
#[derive(Default)]
pub(super) struct Together {
    /// The models of the last run whose artifacts were.
    models: Option<Rows<Arc<ModelRun>>>,
    folders: Folders,
    /// Whether some of them name files of other folders.
    is_linked: bool,
}

impl Together {
    /// What is wrong with the artifacts of a run only together.
    pub(super) fn check(&mut self, run: &Run) -> Vec<Diagnostic> {
        let is_known = self
            .models
            .take()
            .is_some_and(|known| are_printed_as(&known, &run.models));
        if !is_known {
            let mut found = conflicts(run);
            if found.is_empty() {
                found = flaws(run, &mut self.folders);
            }
            if !found.is_empty() {
                return found;
            }
            let mut all = self.folders.values().flatten();
            self.is_linked = all.any(|(printed, at)| is_link(&printed.0.artifacts[*at]));
        }
        self.models = Some(run.models.clone());
        Vec::new()
    }

    /// Whether artifacts are right together where those of another run are, some models of which changed.
    pub(super) fn follows(&mut self, (run, before): (&Run, &Run), changed: &[usize]) -> bool {
        let pairs = changed
            .iter()
            .map(|at| (&run.models[*at], &before.models[*at]));
        let mut touched = BTreeSet::new();
        for (new, old) in pairs {
            if new.printed.len() != old.printed.len() {
                return false;
            }
            for (new, old) in new.printed.iter().zip(&old.printed) {
                if !self.replace((new, old), &mut touched) {
                    return false;
                }
            }
        }
        let are_right = touched.iter().all(|folder| {
            let all = self.folders[*folder].iter();
            let files = all.map(|(printed, at)| &printed.0.artifacts[*at]);
            let files: Vec<(&str, &str)> = files.map(|a| (&*a.path, &*a.text)).collect();
            language::check_together(&files, &mut |_, _| false).is_empty()
        });
        if are_right {
            self.models = Some(run.models.clone());
        }
        are_right
    }

    /// Puts what was printed now into the folders, in the place of what was printed before; whether that is all that
    /// changes.
    fn replace<'r>(
        &mut self,
        (new, old): (&'r Arc<Printed>, &Arc<Printed>),
        touched: &mut BTreeSet<&'r str>,
    ) -> bool {
        if Arc::ptr_eq(new, old) {
            return true;
        }
        if new.artifacts.len() != old.artifacts.len() {
            return false;
        }
        for (at, (a, b)) in new.artifacts.iter().zip(&old.artifacts).enumerate() {
            let belongs = |a: &Artifact| language::belongs_to_others(&a.path, &a.text);
            if a.path != b.path || belongs(a) != belongs(b) {
                return false;
            }
            if !belongs(a) {
                continue;
            }
            if a.text != b.text && [a, b].iter().any(|a| language::rules_below(&a.text)) {
                return false;
            }
            let folder = a.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let known = self.folders.get_mut(folder).into_iter().flatten();
            let mut places = known.filter(|(printed, i)| Arc::ptr_eq(&printed.0, old) && *i == at);
            match places.next() {
                Some((printed, _)) if !self.is_linked && !is_link(a) => printed.0 = new.clone(),
                _ => return false,
            }
            touched.insert(folder);
        }
        true
    }
}

/// Whether an artifact names files of other folders.
fn is_link(artifact: &Artifact) -> bool {
    language::names_others(&artifact.path, &artifact.text)
}

fn are_printed_as(old: &Rows<Arc<ModelRun>>, new: &Rows<Arc<ModelRun>>) -> bool {
    let mut pairs = old.iter().zip(new.iter());
    old.len() == new.len() && pairs.all(|(a, b)| Arc::ptr_eq(a, b) || a.is_printed_as(b))
}

fn all(run: &Run) -> impl Iterator<Item = Origin<'_>> {
    let models = run.models.iter();
    models.flat_map(|of| {
        of.artifacts()
            .map(move |(stage, artifact)| (&**of, stage, artifact))
    })
}

fn flaws(run: &Run, folders: &mut Folders) -> Vec<Diagnostic> {
    let artifacts: Vec<Origin<'_>> = all(run).collect();
    let files: Vec<(&str, &str)> = artifacts
        .iter()
        .map(|(_, _, a)| (a.path.as_str(), a.text.as_str()))
        .collect();
    let printed = run.models.iter().flat_map(|m| &m.printed);
    let printed = printed.flat_map(|p| (0..p.artifacts.len()).map(move |at| (p, at)));
    let printed: Vec<(&Arc<Printed>, usize)> = printed.collect();
    let mut now = Folders::new();
    let flaws = language::check_together(&files, &mut |folder, indexes| {
        let of = indexes.iter().map(|index| printed[*index]);
        let of: Vec<(Same<Printed>, usize)> = of.map(|(p, at)| (Same(p.clone()), at)).collect();
        let is_known = folders.get(folder) == Some(&of);
        now.insert(folder.to_owned(), of);
        is_known
    });
    // What is wrong is looked for again: it points at places that may move.
    *folders = if flaws.is_empty() {
        now
    } else {
        Folders::new()
    };
    let told = flaws.into_iter().map(|(index, flaw)| {
        let (_, stage, artifact) = artifacts[index];
        let element = format!("for {}", stage.model.path(artifact.element));
        let place = stage.place((artifact.element, None));
        artifact.flawed(&flaw, "refused").related(place, element)
    });
    told.collect()
}

/// Artifacts of one path, letter case aside.
pub(super) fn conflicts(run: &Run) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<String, Origin<'_>> = BTreeMap::new();
    let twice = all(run).filter_map(|printed| {
        let path = printed.2.path.to_lowercase();
        seen.insert(path, printed)
            .map(|first| conflict(first, printed))
    });
    twice.collect()
}

fn conflict(first: Origin<'_>, second: Origin<'_>) -> Diagnostic {
    let element = |(_, stage, artifact): Origin<'_>| stage.model.path(artifact.element);
    let place = |(_, stage, artifact): Origin<'_>| stage.place((artifact.element, None));
    let message = format!(
        "`{}` would be written twice: for {} of {} by {}, and for {} of {} by {}",
        second.2.path,
        element(first),
        first.0.path,
        first.2.template,
        element(second),
        second.0.path,
        second.2.template
    );
    Diagnostic::error(Code::ArtifactConflict, place(second), message)
        .related(place(first), "the other element")
        .related(second.2.template_span, "the path is made here")
}
