//! From a run to files and a commit: what `generate --commit`, `watch` and `demo` share.

use std::collections::BTreeSet;

use super::Failure;
use super::project::Project;
use crate::audit;
use crate::git::{Change, CommitOutcome, CommitRequest, Repository};
use crate::pipeline::{self, Cause, Decision, Plan, PlannedFile, Run};
use crate::workspace::{self, Applied};
use crate::world::World as _;

/// Plans and writes a run without errors.
pub(super) fn write(project: &Project, run: &Run) -> Result<(Plan, Applied), Failure> {
    let plan = pipeline::plan(run, &project.world)?;
    let applied = workspace::apply(&project.root, &plan)?;
    Ok((plan, applied))
}

/// Brings the schema for editors up to date though models have errors: it helps most while they do not fit.
pub(super) fn schema(project: &Project, run: &Run) -> Result<(), Failure> {
    let mut plan = Plan::default();
    plan.files
        .extend(pipeline::schema_file(run, &project.world)?);
    workspace::apply(&project.root, &plan)?;
    Ok(())
}

/// The run of the last commit, for the causes of the next; `None` where it holds no workspace.
pub(super) fn last_committed(
    project: &Project,
    repository: &Repository,
) -> Result<Option<Run>, Failure> {
    if repository.head()?.is_none() {
        return Ok(None);
    }
    let world = project.at_revision("HEAD")?;
    Ok(world
        .read(pipeline::CONFIG_FILE)?
        .is_some()
        .then(|| pipeline::run(&world)))
}

/// Commits the inputs and artifacts of a run that was written.
pub(super) fn commit(
    project: &Project,
    repository: &Repository,
    done: (&Run, &Plan, &Applied),
    causes: &[Cause],
) -> Result<CommitOutcome, Failure> {
    let (run, plan, _) = done;
    let mut changes = inputs(project, run, causes)?;
    let inputs = changes.len();
    changes.extend(outputs(done));
    let prefix = repository.prefix_of(&project.root)?;
    if !prefix.is_empty() {
        for change in &mut changes {
            change.path = format!("{prefix}/{}", change.path);
        }
    }
    let paths: Vec<&str> = changes.iter().map(|c| c.path.as_str()).collect();
    let ignored: BTreeSet<String> = repository
        .ignored(&paths)?
        .into_iter()
        .map(str::to_owned)
        .collect();
    if let Some(input) = changes[..inputs].iter().find(|c| ignored.contains(&c.path)) {
        let failure = Failure::usage(format!(
            "git ignores {}, which the artifacts are made of",
            input.path
        ));
        return Err(failure.hint("take it out of .gitignore, or out of the workspace"));
    }
    changes.retain(|c| !ignored.contains(&c.path));
    let message = audit::message(run, plan, causes);
    Ok(repository.commit(&CommitRequest { changes, message })?)
}

/// Files of the workspace that were read, and those that were read before and are gone.
fn inputs(project: &Project, run: &Run, causes: &[Cause]) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    for input in run.inputs.values().filter(|i| i.pack.is_none()) {
        // A file that was saved again since it was read belongs to the next commit.
        if let Some(bytes) = project.world.read(&input.path)?
            && pipeline::sha256(&bytes) == input.sha256
        {
            changes.push(Change {
                path: input.path.clone(),
                content: Some(bytes.to_vec()),
            });
        }
    }
    for cause in causes.iter().filter(|c| !run.inputs.contains_key(&c.path)) {
        if project.world.read(&cause.path)?.is_none() {
            changes.push(Change {
                path: cause.path.clone(),
                content: None,
            });
        }
    }
    Ok(changes)
}

/// Artifacts and records that are as the run wants them.
fn outputs(done: (&Run, &Plan, &Applied)) -> Vec<Change> {
    let (_, plan, applied) = done;
    let right =
        |file: &&PlannedFile| file.decision != Decision::Keep && !applied.held.contains(&file.path);
    let change = |file: &PlannedFile| Change {
        path: file.path.clone(),
        content: file.content.clone(),
    };
    plan.files.iter().filter(right).map(change).collect()
}
