//! Artifacts against each other: two of one path, and what files say of other files.

use std::collections::BTreeMap;

use super::chain::Stage;
use super::run::{ModelRun, Run};
use crate::diag::{Code, Diagnostic};
use crate::generate::{Artifact, language};

/// An artifact with the models that it was printed of.
type Origin<'r> = (&'r ModelRun, &'r Stage, &'r Artifact);

/// What is wrong with the artifacts of a run only together.
pub(super) fn check(run: &Run) -> Vec<Diagnostic> {
    let conflicts = conflicts(run);
    if conflicts.is_empty() {
        flaws(run)
    } else {
        conflicts
    }
}

fn all(run: &Run) -> impl Iterator<Item = Origin<'_>> {
    let models = run.models.iter();
    models.flat_map(|of| {
        of.artifacts()
            .map(move |(stage, artifact)| (of, stage, artifact))
    })
}

fn flaws(run: &Run) -> Vec<Diagnostic> {
    let artifacts: Vec<Origin<'_>> = all(run).collect();
    let files: Vec<(&str, &str)> = artifacts
        .iter()
        .map(|(_, _, a)| (a.path.as_str(), a.text.as_str()))
        .collect();
    let flaws = language::check_together(&files).into_iter();
    let told = flaws.map(|(index, flaw)| {
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
