//! Commits beside `HEAD`: on a branch of their own, or under `refs/mlopsgen/history`, where no command of git shows them
//! unless it is asked to.
//!
//! The tree of one is that of `HEAD` with the changes. It follows the commit before it on its reference, and `HEAD` too
//! where that is not among its ancestors yet. Index, work tree and `HEAD` stay as they are, so operations that are under way
//! hold nothing up.

use std::collections::BTreeMap;
use std::time::Duration;

use gix::ObjectId;
use gix::refs::FullName;

use super::branch::{self, BranchLock, Move, Taken};
use super::commit::{self, Attempt, CommitOutcome, CommitRequest, held};
use super::error::Context;
use super::lock::Turn;
use super::objects::Objects;
use super::plan::{self, Base, Plan};
use super::program::Program;
use super::tree::Trees;
use super::{GitError, Obstacle, Repository, index, obstacle};

/// How long another process may keep the reference before a commit is held.
const PATIENCE: Duration = Duration::from_secs(1);
/// Where the history of a branch stands beside it.
const HISTORY: &str = "refs/mlopsgen/history";

/// Where a commit goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// The branch that `HEAD` is at.
    #[default]
    Head,
    /// A branch of its own, by its name without `refs/heads/`; where `HEAD` is at that, the same as [`Target::Head`].
    Branch(String),
    /// `refs/mlopsgen/history/<branch>`, of the branch that `HEAD` is at.
    History,
}

impl Target {
    /// The reference that is meant; `None` where it is that of `HEAD`.
    pub(super) fn reference(&self, git: &gix::Repository) -> Result<Option<FullName>, GitError> {
        let head = || Ok::<_, GitError>(branch::position(git)?.branch);
        let name = match self {
            Self::Head => return Ok(None),
            Self::Branch(name) => format!("refs/heads/{name}"),
            Self::History => {
                let head = head()?;
                let short = head.as_ref().map(|name| name.shorten().to_string());
                format!("{HISTORY}/{}", short.as_deref().unwrap_or("HEAD"))
            }
        };
        let name = FullName::try_from(name.as_str()).doing("use the reference", &name)?;
        Ok(if head()?.as_ref() == Some(&name) {
            None
        } else {
            Some(name)
        })
    }
}

/// Returns the commit that a reference is at; `None` where there is no such reference.
pub(super) fn tip(git: &gix::Repository, name: &FullName) -> Result<Option<ObjectId>, GitError> {
    let found = git.try_find_reference(name.as_ref());
    let found = found.doing("read", name.as_bstr())?;
    let id = found.map(|mut reference| reference.peel_to_id().map(gix::Id::detach));
    id.transpose().doing("read", name.as_bstr())
}

/// What would hold a commit on a reference that is not that of `HEAD`.
pub(super) fn obstacle(git: &gix::Repository, name: &FullName) -> Option<Obstacle> {
    obstacle::beside(git).or_else(|| checked_out(git, name))
}

/// Commits a request on a reference that is not that of `HEAD`.
pub(super) fn commit(
    repository: &Repository,
    name: &FullName,
    wanted: &BTreeMap<&str, Option<&[u8]>>,
    request: &CommitRequest<'_>,
) -> Result<Attempt, GitError> {
    let git = repository.open()?;
    if let Some(obstacle) = obstacle(&git, name) {
        return Ok(held(obstacle));
    }
    let Some(turn) = Turn::take(git.common_dir(), PATIENCE)? else {
        let path = git.common_dir().join("mlopsgen").join("commit.lock");
        return Ok(held(Obstacle::Locked { path }));
    };
    let mut lock = match BranchLock::alone((&git, &turn), name, PATIENCE)? {
        Taken::Locked(lock) => lock,
        Taken::Held(path) => return Ok(held(Obstacle::Locked { path })),
    };
    let head = branch::position(&git)?;
    if request.base.as_ref().is_some_and(|base| *base != head) {
        return Ok(Attempt::Moved);
    }
    let tip = tip(&git, name)?;
    let index = index::read(&git, wanted.keys().copied())?;
    let trees = Trees::new(&git, &repository.trees);
    let base = Base {
        git: &git,
        index: &index,
        trees: &trees,
        tree: trees.before(head.id)?,
    };
    let mut objects = Objects::new(git.object_hash());
    let plan = match plan::make(&base, wanted, &mut objects)? {
        Plan::Ready(plan) => plan,
        Plan::Held(obstacle) => return Ok(held(obstacle)),
    };
    let tree = trees.edit(base.tree, &plan, &mut objects)?;
    let parents = parents(&git, tip, head.id)?;
    if let ([only], Some(tip)) = (&parents[..], tip)
        && *only == tip
        && commit::tree_of(&git, tip)? == tree
    {
        return Ok(Attempt::Done(CommitOutcome::Unchanged));
    }
    let mut message = request.message.text();
    let has_hooks = name.as_bstr().starts_with(b"refs/heads/") && obstacle::has_hooks(&git)?;
    if has_hooks {
        objects.store(&git)?;
        match Program::of(&git).hooks(tree, &message)? {
            Ok(left) => message = left,
            Err(obstacle) => return Ok(held(obstacle)),
        }
    }
    let id = match commit::finish(&git, (tree, &parents), &message, objects)? {
        Ok(id) => id,
        Err(obstacle) => return Ok(held(obstacle)),
    };
    let log = gix::reference::log::message("commit", message.as_str().into(), parents.len());
    let to = Move {
        from: tip,
        to: id,
        log: &log.to_string(),
    };
    lock.prepare(&git, &to)?;
    lock.commit()?;
    trees.keep((id, tree));
    if has_hooks {
        Program::of(&git).after()?;
    }
    Ok(Attempt::Done(CommitOutcome::Committed {
        id: id.to_string(),
        short: id.to_hex_with_len(7).to_string(),
        parent: tip.or(head.id).map(|parent| parent.to_string()),
    }))
}

/// What a commit follows: the one before it on its reference, and `HEAD` where that does not come before it already.
fn parents(
    git: &gix::Repository,
    tip: Option<ObjectId>,
    head: Option<ObjectId>,
) -> Result<Vec<ObjectId>, GitError> {
    let mut parents: Vec<ObjectId> = tip.into_iter().collect();
    let Some(head) = head else {
        return Ok(parents);
    };
    let is_known = match tip {
        Some(tip) => is_ancestor(git, head, tip)?,
        None => false,
    };
    if !is_known {
        parents.push(head);
    }
    Ok(parents)
}

/// Whether a commit is another one, or comes before it.
fn is_ancestor(git: &gix::Repository, old: ObjectId, new: ObjectId) -> Result<bool, GitError> {
    let mut walk = git
        .rev_walk([old])
        .with_hidden([new])
        .all()
        .doing_at("walk the history of", git.git_dir())?;
    Ok(walk.next().is_none())
}

/// Whether a branch is checked out in some work tree, which would not follow it.
fn checked_out(git: &gix::Repository, name: &FullName) -> Option<Obstacle> {
    let heads = std::fs::read_dir(git.common_dir().join("worktrees"));
    let heads = heads
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let line = format!("ref: {}", name.as_bstr());
    let mut heads = heads.chain([git.common_dir().to_owned()]);
    let is_there = heads.any(|folder| {
        let head = std::fs::read_to_string(folder.join("HEAD"));
        head.is_ok_and(|text| text.trim_end() == line)
    });
    is_there.then(|| Obstacle::CheckedOut {
        branch: name.shorten().to_string(),
    })
}
