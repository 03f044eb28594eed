//! One commit: what it changed in the models, in their words, above what that changed in files.

use serde::Serialize;

use super::{Entry, json};
use crate::audit::Changes;
use crate::cli::Failure;
use crate::cli::diff::{ChangeReport, Compared, change, coloured};
use crate::cli::terminal::{CYAN, DIM, GREEN, RED, Terminal};
use crate::diag::one_line;
use crate::git::{CommitWorld, HistoryEntry};
use crate::pipeline::{Cause, Decision, OWN, PlannedFile};
use crate::world::World as _;

/// A commit as JSON, version 1.
#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    #[serde(flatten)]
    entry: Entry<'a>,
    inputs: Vec<InputReport<'a>>,
    diffs: Vec<DiffReport<'a>>,
}

#[derive(Serialize)]
struct InputReport<'a> {
    kind: &'static str,
    path: &'a str,
    what: &'a str,
    changes: Vec<ChangeReport<'a>>,
}

#[derive(Serialize)]
struct DiffReport<'a> {
    path: &'a str,
    diff: String,
}

/// Prints a commit; its paths lie below `prefix` in the repository.
pub(super) fn show(
    (entry, prefix): (&HistoryEntry, &str),
    changes: &mut Changes,
    as_json: bool,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let causes = changes.of(&entry.revision)?;
    let files = files(entry, prefix, changes)?;
    if as_json {
        let report = Report {
            version: 1,
            entry: json(entry),
            inputs: causes.iter().map(input).collect(),
            diffs: files
                .iter()
                .map(|file| DiffReport {
                    path: &file.path,
                    diff: file.unified(),
                })
                .collect(),
        };
        let text = serde_json::to_string_pretty(&report).expect("plain data is always JSON");
        return terminal.line(&text);
    }
    let revision = &entry.revision;
    let subject = one_line(&revision.subject);
    terminal.line(&format!("{CYAN}{revision}{CYAN:#}\n{subject}\n"))?;
    for cause in &causes {
        terminal.print(&told(cause))?;
    }
    if !causes.is_empty() {
        terminal.line("")?;
    }
    let is_input = |path: &str| causes.iter().any(|c| c.path == path);
    for file in files.iter().filter(|f| !f.path.starts_with(OWN)) {
        let (added, removed) = file.line_counts();
        let by_hand = if super::causes(entry).next().is_none() && !is_input(&file.path) {
            format!("  {DIM}by hand{DIM:#}")
        } else {
            String::new()
        };
        terminal.line(&format!(
            "{}  {GREEN}+{added}{GREEN:#} {RED}-{removed}{RED:#}{by_hand}",
            file.path
        ))?;
    }
    terminal.line("")?;
    for file in files.iter().filter(|f| !f.path.starts_with(OWN)) {
        terminal.print(&file.unified())?;
    }
    Ok(())
}

/// The files of the workspace that a commit changed, as they were and are.
fn files(
    entry: &HistoryEntry,
    prefix: &str,
    changes: &Changes,
) -> Result<Vec<PlannedFile>, Failure> {
    let worlds = changes.worlds();
    let new = worlds.at(&entry.revision.id)?;
    let old = match entry.revision.parents.first() {
        Some(parent) => Some(worlds.at(parent)?),
        None => None,
    };
    let mut files = Vec::new();
    for file in &entry.files {
        let below = file.path.strip_prefix(prefix);
        let Some(path) = below.map(|p| p.trim_start_matches('/')) else {
            continue;
        };
        let read = |world: &CommitWorld| Ok::<_, Failure>(world.read(path)?.map(|b| b.to_vec()));
        files.push(PlannedFile {
            path: path.to_owned(),
            content: read(&new)?,
            before: old.as_ref().map(read).transpose()?.flatten(),
            decision: Decision::Update,
        });
    }
    Ok(files)
}

/// `models/churn.yaml`, and below it each change; or what became of a file that is no model.
fn told(cause: &Cause) -> String {
    let compared = Compared {
        path: cause.path.clone(),
        from: None,
        changes: cause.changes.clone(),
    };
    if compared.is_same() {
        return format!("{} {} {}\n", cause.kind.word(), cause.path, cause.what);
    }
    coloured(&compared)
}

fn input(cause: &Cause) -> InputReport<'_> {
    InputReport {
        kind: cause.kind.word(),
        path: &cause.path,
        what: cause.what,
        changes: cause.changes.iter().map(change).collect(),
    }
}
