//! Artifacts against each other: two of one path, and what files say of other files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::printed::{Kept, Outline, Printed};
use super::run::{ModelRun, Run};
use crate::diag::{Code, Diagnostic, Span};
use crate::generate::language::{self, Files, Ties};
use crate::rows::Rows;

/// The folders of files that are known to be right together: of which files.
type Folders = BTreeMap<String, Vec<Member>>;

/// A file of a folder.
struct Member {
    /// The position of its model among those of the run.
    model: usize,
    printed: Arc<Printed>,
    /// Its position among what was printed with it.
    at: usize,
}

impl Member {
    fn kept(&self) -> &Kept {
        &self.printed.artifacts[self.at]
    }

    fn outline<'r>(&'r self, run: &'r Run) -> Outline<'r> {
        Outline::at(run, &run.models[self.model], (&self.printed, self.at))
    }
}

/// Wherever its model stands among others.
impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.printed, &other.printed) && self.at == other.at
    }
}

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
            self.is_linked = all.any(|member| member.kept().ties.names_others);
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
            let all: Vec<Outline<'_>> = all.map(|member| member.outline(run)).collect();
            check_together(&all, &mut |_, _| false).is_empty()
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
            if a.path != b.path || a.ties.belongs != b.ties.belongs {
                return false;
            }
            if !a.ties.belongs {
                continue;
            }
            if a.digest != b.digest && (a.ties.rules_below || b.ties.rules_below) {
                return false;
            }
            let folder = a.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let known = self.folders.get_mut(folder).into_iter().flatten();
            let mut places = known.filter(|m| Arc::ptr_eq(&m.printed, old) && m.at == at);
            match places.next() {
                Some(member) if !self.is_linked && !a.ties.names_others => {
                    member.printed = new.clone();
                }
                _ => return false,
            }
            touched.insert(folder);
        }
        true
    }
}

/// Checks artifacts against each other.
fn check_together(
    artifacts: &[Outline<'_>],
    known: language::Known<'_>,
) -> Vec<(usize, language::Flaw)> {
    let all = artifacts.iter().map(|a| (a.path(), a.kept().ties));
    let all: Vec<(&str, Ties)> = all.collect();
    let text = |index: usize| artifacts[index].print().text;
    let files = Files {
        all: &all,
        text: &text,
    };
    language::check_together(files, known)
}

fn are_printed_as(old: &Rows<Arc<ModelRun>>, new: &Rows<Arc<ModelRun>>) -> bool {
    let mut pairs = old.iter().zip(new.iter());
    old.len() == new.len() && pairs.all(|(a, b)| Arc::ptr_eq(a, b) || a.is_printed_as(b))
}

fn flaws(run: &Run, folders: &mut Folders) -> Vec<Diagnostic> {
    let (mut artifacts, mut models) = (Vec::new(), Vec::new());
    for (model, of) in run.models.iter().enumerate() {
        artifacts.extend(Outline::all(run, of));
        models.resize(artifacts.len(), model);
    }
    let member = |index: &usize| Member {
        model: models[*index],
        printed: artifacts[*index].printed.clone(),
        at: artifacts[*index].at,
    };
    let mut now = Folders::new();
    let flaws = check_together(&artifacts, &mut |folder, indexes| {
        let of: Vec<Member> = indexes.iter().map(member).collect();
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
        let (name, place) = element(artifacts[index]);
        let artifact = artifacts[index].print();
        artifact
            .flawed(&flaw, "refused")
            .related(place, format!("for {name}"))
    });
    told.collect()
}

/// What an artifact was made for, and its place.
fn element(of: Outline<'_>) -> (String, Span) {
    let (stage, element) = (of.stage(), of.element());
    (stage.model.path(element), stage.place((element, None)))
}

/// Artifacts of one path, letter case aside.
pub(super) fn conflicts(run: &Run) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<String, Outline<'_>> = BTreeMap::new();
    let twice = run.artifacts().filter_map(|artifact| {
        let path = artifact.path().to_lowercase();
        seen.insert(path, artifact)
            .map(|first| conflict(first, artifact))
    });
    twice.collect()
}

fn conflict(first: Outline<'_>, second: Outline<'_>) -> Diagnostic {
    let [(one, one_place), (other, other_place)] = [first, second].map(element);
    let message = format!(
        "`{}` would be written twice: for {one} of {} by {}, and for {other} of {} by {}",
        second.path(),
        first.of.path,
        first.template().file,
        second.of.path,
        second.template().file
    );
    Diagnostic::error(Code::ArtifactConflict, other_place, message)
        .related(one_place, "the other element")
        .related(second.template().span, "the path is made here")
}
