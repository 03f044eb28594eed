//! One commit: what it changed in the models, in their words, above what that changed in files.

use serde::Serialize;

use super::{Entry, json};
use crate::audit::{ChangeReport, Changes};
use crate::cli::Failure;
use crate::cli::diff::{Compared, coloured};
use crate::cli::terminal::{CYAN, DIM, GREEN, RED, Terminal};
use crate::diag::one_line;
use crate::git::HistoryEntry;
use crate::pipeline::{Cause, OWN};

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
    changes: Vec<ChangeReport>,
}

#[derive(Serialize)]
struct DiffReport<'a> {
    path: &'a str,
    diff: String,
}

/// Prints a commit.
pub(super) fn show(
    entry: &HistoryEntry,
    changes: &mut Changes,
    as_json: bool,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let causes = changes.of(&entry.revision)?;
    let files = changes.files(entry)?;
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
        changes: cause.changes.iter().map(ChangeReport::from).collect(),
    }
}
