//! `mlopsgen attest`: what a commit holds and what that was made of, as statements that others sign and check.

use serde_json::{Value, json};

use super::args::{Args, Attest, Format};
use super::project::Project;
use super::terminal::{RED, Terminal};
use super::{Failure, Outcome};
use crate::audit::{Depth, Verifier};
use crate::diag::{Sources, counted};
use crate::git::{Commits, Revision};
use crate::pipeline::{self, Record};

/// Verifies a commit, and prints a statement for each model file, one a line: the in-toto Statement of its record, with
/// the commit among what it was made of.
pub(super) fn run(
    args: &Args,
    options: &Attest,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let project = Project::find(args)?;
    let repository = project.needed_repository()?;
    let prefix = repository.prefix_of(&project.root)?;
    let revision = repository
        .commits(Commits::Named(&options.revision))?
        .pop()
        .ok_or_else(|| Failure::usage(format!("{} is no commit", options.revision)))?;
    let mut verifier = Verifier::new(&repository, &prefix, Depth::Generate)?;
    let verified = verifier.verify(&revision)?;
    if !verified.verdict.is_clean() {
        let mut sources = Sources::default();
        let found = verifier.findings((&revision, &verified), &mut sources);
        terminal.warn(&found, &sources, Format::Human)?;
        terminal.say(&format!(
            "{RED}nothing attested{RED:#}: {} does not hold what its inputs generate",
            revision.short
        ))?;
        return Ok(Outcome::Findings);
    }
    let records = pipeline::records(&project.at_revision(&revision.id)?)?;
    for record in records.values() {
        terminal.line(&statement(record, &revision).to_string())?;
    }
    terminal.say(&format!(
        "{} of {}",
        counted(records.len(), "statement"),
        revision.short
    ))?;
    Ok(Outcome::Fine)
}

fn statement(record: &Record, revision: &Revision) -> Value {
    let mut statement = serde_json::to_value(record).expect("a record is plain data");
    let made_of = &mut statement["predicate"]["buildDefinition"]["resolvedDependencies"];
    if let Some(made_of) = made_of.as_array_mut() {
        made_of.push(json!({"uri": "git", "digest": {"gitCommit": revision.id}}));
    }
    statement
}
