//! What a commit would meet, without making it: what would hold it, and what of it is left to git's program.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::error::Context;
use super::objects::Objects;
use super::plan::{self, Base, Plan};
use super::program::Program;
use super::{CommitRequest, GitError, Obstacle, Repository, branch, commit, index, obstacle};

/// What a commit would meet.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    /// All that would hold it.
    pub obstacles: Vec<Obstacle>,
    /// Hooks that git would run.
    pub hooks: Vec<PathBuf>,
    /// Whether git would sign it.
    pub is_signed: bool,
    /// Programs that would filter files, and how many files each of them.
    pub filters: BTreeMap<String, usize>,
    /// What git's program says of its version; `None` where there is no such program.
    pub git: Option<String>,
    /// Whether older commits are missing here, which a history cannot show.
    pub is_shallow: bool,
}

/// Goes through a commit up to where something would be written. Filters do run.
pub(super) fn rehearse(
    repository: &Repository,
    request: &CommitRequest,
) -> Result<Rehearsal, GitError> {
    let git = repository.open()?;
    let mut found = Rehearsal {
        obstacles: obstacle::all(&git)?,
        hooks: obstacle::hooks(&git)?,
        is_signed: obstacle::is_signed(&git),
        git: Program::of(&git).version(),
        is_shallow: git
            .is_shallow()
            .doing_at("look for older commits of", git.git_dir())?,
        ..Rehearsal::default()
    };
    let is_readable = |o: &Obstacle| !matches!(o, Obstacle::Storage { .. });
    if !found.obstacles.iter().all(is_readable) {
        return Ok(found);
    }
    found.obstacles.extend(obstacle::index_lock(&git));
    found.obstacles.extend(obstacle::branch_lock(&git)?);
    let index = index::read(&git)?;
    if let Some(obstacle) = index::obstacle(&index) {
        found.obstacles.push(obstacle);
        return Ok(found);
    }
    let base = Base {
        git: &git,
        index: &index,
        tree: commit::tree_before(&git, branch::position(&git)?.id)?,
    };
    let paths = request.changes.iter().map(|c| &c.path);
    found.filters = plan::drivers(&base, paths)?;
    let wanted = plan::check(&request.changes)?;
    match plan::make(&base, &wanted, &mut Objects::new(git.object_hash()))? {
        Plan::Ready(plan) => {
            let paths = index::staged(&index, &plan);
            let staged = (!paths.is_empty()).then_some(Obstacle::Staged { paths });
            found.obstacles.extend(staged);
        }
        Plan::Held(obstacle) => found.obstacles.push(obstacle),
    }
    Ok(found)
}
