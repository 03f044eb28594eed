//! All models of a workspace at two revisions, each side read with its own metamodel.

use std::collections::BTreeSet;

use super::Compared;
use crate::cli::Failure;
use crate::cli::args::{Args, Diff, Format};
use crate::cli::project::Project;
use crate::cli::terminal::Terminal;
use crate::model::{self, Change, ChangeKind, Model};
use crate::pipeline;
use crate::world::World;

/// Compares one revision with the files on the disk, or two revisions; `None` where a side cannot be read.
pub(super) fn compare(
    args: &Args,
    options: &Diff,
    terminal: &mut Terminal,
) -> Result<Option<Vec<Compared>>, Failure> {
    let project = Project::find(args)?;
    let mut worlds: Vec<Box<dyn World>> = Vec::new();
    for revision in &options.what {
        worlds.push(Box::new(project.at_revision(revision)?));
    }
    if worlds.len() == 1 {
        worlds.push(Box::new(project.world));
    }
    let mut sides = Vec::new();
    for world in &worlds {
        let (run, models) = pipeline::models(&**world);
        terminal.warn(&run.diagnostics, &run.sources, Format::Human)?;
        if run.diagnostics.has_errors() {
            return Ok(None);
        }
        sides.push(models);
    }
    let new = sides.pop().unwrap_or_default();
    let old = sides.pop().unwrap_or_default();
    let find = |side: &'_ [(String, Model)], path: &str| side.iter().position(|(p, _)| p == path);
    let paths: BTreeSet<&String> = old.iter().chain(&new).map(|(path, _)| path).collect();
    let compared = paths.into_iter().map(|path| {
        let changes = match (find(&old, path), find(&new, path)) {
            (Some(a), Some(b)) => model::diff(&old[a].1, &new[b].1),
            (Some(a), None) => whole(&old[a].1, &ChangeKind::Removed),
            (None, Some(b)) => whole(&new[b].1, &ChangeKind::Added),
            (None, None) => Vec::new(),
        };
        Compared {
            path: path.clone(),
            from: None,
            changes,
        }
    });
    Ok(Some(compared.filter(|c| !c.is_same()).collect()))
}

/// A file that came or went: its roots.
pub(in crate::cli) fn whole(model: &Model, kind: &ChangeKind) -> Vec<Change> {
    let roots = model.roots().iter();
    roots
        .map(|root| Change {
            element: model.path(*root),
            kind: kind.clone(),
            place: None,
        })
        .collect()
}
