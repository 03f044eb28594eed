//! The message of a commit of artifacts: subject, causes, files, and trailers that tools read.

use crate::diag::one_line;
use crate::pipeline::{self, Cause, Decision, Plan, PlannedFile, RECORDS, Run};
use crate::world::{Pattern, World, WorldError};

/// The trailer that names a cause; there is one for each.
pub const CAUSE: &str = "Mlopsgen-Cause";

/// The trailer with the digest of all records of the commit.
pub const RECORD: &str = "Mlopsgen-Record";

/// The longest subject, in characters.
const SUBJECT: usize = 72;
/// How many changes of one file are listed.
const CHANGES: usize = 20;
/// How many files are listed.
const FILES: usize = 50;

/// Writes the message of the commit that a run leads to. Names from models are put on one line.
/// `records` is the [digest](records_digest) of the records that the commit will have.
pub fn message(run: &Run, plan: &Plan, causes: &[Cause], records: &str) -> String {
    let mut lines = vec![subject(causes), String::new()];
    for cause in causes {
        let path = one_line(&cause.path);
        if cause.changes.is_empty() {
            lines.push(format!("{path} {}", cause.what));
        }
        for change in cause.changes.iter().take(CHANGES) {
            lines.push(format!("{path} {}", one_line(change.to_string())));
        }
    }
    let written = |f: &&PlannedFile| !matches!(f.decision, Decision::Unchanged | Decision::Keep);
    for file in plan.artifacts().filter(written).take(FILES) {
        let (added, removed) = file.line_counts();
        lines.push(format!("  {} +{added} -{removed}", file.path));
    }
    lines.push(String::new());
    lines.extend(trailers(run, causes, records));
    lines.push(String::new());
    lines.join("\n")
}

/// One digest of all records of a workspace, by their paths, as it stands in the trailer.
///
/// # Errors
/// Where a file cannot be read.
pub fn records_digest(world: &dyn World) -> Result<String, WorldError> {
    let pattern = Pattern::new(&format!("{RECORDS}/**/*.json")).expect("the pattern is a constant");
    let mut all = Vec::new();
    for path in world.list(&pattern)? {
        all.extend(world.read(&path)?.into_iter().flatten());
    }
    Ok(format!("sha256:{}", pipeline::sha256(&all)))
}

fn subject(causes: &[Cause]) -> String {
    let text = match causes {
        [] => "first version".to_owned(),
        [one] => one.to_string(),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    };
    shorten(&format!("mlopsgen: {}", one_line(text)), SUBJECT)
}

fn trailers(run: &Run, causes: &[Cause], records: &str) -> Vec<String> {
    let mut lines: Vec<String> = causes
        .iter()
        .take(CHANGES)
        .map(|cause| {
            let line = format!("{} {}", cause.kind.word(), one_line(cause.to_string()));
            format!("{CAUSE}: {}", shorten(&line, 400))
        })
        .collect();
    if lines.is_empty() {
        lines.push(format!("{CAUSE}: model first version"));
    }
    lines.push(format!("Mlopsgen-Inputs: sha256:{}", run.inputs_digest()));
    lines.push(format!("{RECORD}: {records}"));
    lines.push(format!(
        "Mlopsgen-Engine: {} (semantics {})",
        pipeline::VERSION,
        pipeline::SEMANTICS
    ));
    lines
}

fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width - 1).collect();
    short.push('…');
    short
}
