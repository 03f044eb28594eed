//! What a commit would meet, without making it: what would hold it, and what of it is left to git's program.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::error::Context;
use super::objects::Objects;
use super::plan::{self, Base, Plan};
use super::program::Program;
use super::tree::Trees;
use super::{CommitRequest, GitError, Obstacle, Repository, aside, branch, index, obstacle};

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
    /// How many packs there are, where git would put them together.
    pub packs: Option<usize>,
}

/// How many packs git leaves as they are where nobody says another number.
const PACKS: i64 = 50;

/// How many packs there are, where these are more than git leaves as they are (`gc.autoPackLimit`).
fn packs(git: &gix::Repository) -> Option<usize> {
    let limit = git.config_snapshot().integer("gc.autoPackLimit");
    let limit = usize::try_from(limit.unwrap_or(PACKS)).ok();
    let limit = limit.filter(|limit| *limit > 0)?;
    let folder = git.objects.store_ref().path().join("pack");
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = names.map(|entry| entry.path());
    let is_loose = |path: &PathBuf| {
        path.extension().is_some_and(|e| e == "pack") && !path.with_extension("keep").exists()
    };
    let count = paths.filter(is_loose).count();
    (count > limit).then_some(count)
}

/// Goes through a commit up to where something would be written. Filters do run.
pub(super) fn rehearse(
    repository: &Repository,
    request: &CommitRequest<'_>,
) -> Result<Rehearsal, GitError> {
    let git = repository.open()?;
    let beside = match obstacle::storage(&git) {
        None => request.target.reference(&git)?,
        Some(_) => None,
    };
    let mut found = Rehearsal {
        obstacles: match &beside {
            Some(name) => aside::obstacle(&git, name).into_iter().collect(),
            None => obstacle::all(&git)?,
        },
        hooks: obstacle::hooks(&git)?,
        is_signed: obstacle::is_signed(&git),
        git: Program::of(&git).version(),
        is_shallow: git
            .is_shallow()
            .doing_at("look for older commits of", git.git_dir())?,
        packs: packs(&git),
        ..Rehearsal::default()
    };
    let is_readable = |o: &Obstacle| !matches!(o, Obstacle::Storage { .. });
    if !found.obstacles.iter().all(is_readable) {
        return Ok(found);
    }
    if beside.is_none() {
        found.obstacles.extend(obstacle::index_lock(&git));
        found.obstacles.extend(obstacle::branch_lock(&git)?);
    }
    let paths = request.changes.iter().map(|c| &*c.path);
    let index = index::read(&git, paths.clone())?;
    if let Some(obstacle) = index.obstacle().filter(|_| beside.is_none()) {
        found.obstacles.push(obstacle);
        return Ok(found);
    }
    let trees = Trees::new(&git, &repository.trees);
    let base = Base {
        git: &git,
        index: &index,
        trees: &trees,
        tree: trees.before(branch::position(&git)?.id)?,
    };
    found.filters = plan::drivers(&base, paths)?;
    let wanted = plan::check(&request.changes)?;
    match plan::make(&base, &wanted, &mut Objects::new(git.object_hash()))? {
        Plan::Ready(_) if beside.is_some() => {}
        Plan::Ready(plan) => {
            let paths = index.staged(&plan);
            let staged = (!paths.is_empty()).then_some(Obstacle::Staged { paths });
            found.obstacles.extend(staged);
        }
        Plan::Held(obstacle) => found.obstacles.push(obstacle),
    }
    Ok(found)
}
