//! Whether the work tree and a commit have all of a run: looked at piece by piece, so that never all of it is held twice.

use std::collections::BTreeSet;

use super::Failure;
use super::past::Past;
use super::project::Project;
use crate::audit::RecordDigests;
use crate::git::{CommitWorld, PastWorlds, Repository};
use crate::pipeline::{self, COMPLETED, Decision, Models, Plan, RECORDS, Run};
use crate::world::World;

/// How many models are looked at together.
const PIECE: usize = 256;

/// The digests of the records, where the work tree and a commit have all that a run asks for and nothing of another one;
/// `None` where they have not.
pub(super) fn records(
    project: &Project,
    (repository, commit): (&Repository, &str),
    run: &Run,
) -> Result<Option<RecordDigests>, Failure> {
    let past = Past::of(project);
    if past.is_interrupted() {
        return Ok(None);
    }
    let prefix = repository.prefix_of(&project.root)?;
    let world = PastWorlds::of(repository, &prefix)?.at(commit)?;
    let mut digests = RecordDigests::default();
    let mut completed = BTreeSet::new();
    let all: Vec<&str> = run.models.iter().map(|m| &*m.path).collect();
    for piece in all.chunks(PIECE) {
        let models = piece.iter().map(|path| (*path).to_owned()).collect();
        let plan = past.plan_of((run, Models::Only(&models)), &project.world)?;
        if !is_there(&plan, &world)? {
            return Ok(None);
        }
        for file in plan.files {
            if file.path.starts_with(COMPLETED) {
                completed.insert(file.path);
            } else if let Some(bytes) = file.content.filter(|_| file.path.starts_with(RECORDS)) {
                digests.insert(&file.path, &bytes);
            }
        }
    }
    // What is left of an earlier run is in a commit or in the work tree.
    for world in [&world as &dyn World, &project.world] {
        let has_others = !digests
            .paths()
            .eq(pipeline::record_paths(world)?.iter().map(|p| &**p))
            || !completed.iter().eq(&pipeline::completed_models(world)?);
        if has_others {
            return Ok(None);
        }
    }
    Ok(Some(digests))
}

/// Whether nothing is to be done for a plan, and a commit has all of it.
fn is_there(plan: &Plan, world: &CommitWorld) -> Result<bool, Failure> {
    if !plan.edits.is_empty() || !plan.findings.is_empty() {
        return Ok(false);
    }
    for file in &plan.files {
        let is_there = match (file.decision, &file.content) {
            (Decision::Unchanged, Some(bytes)) => world.has(&file.path, bytes)?,
            _ => false,
        };
        if !is_there {
            return Ok(false);
        }
    }
    Ok(true)
}
