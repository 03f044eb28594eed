//! Making a commit of some paths and of nothing else.
//!
//! The order is the point. The index is locked first and read under its lock; blobs, trees and the commit are
//! written, which nobody sees; the index is replaced, and only then the branch moves, by compare-and-swap. A crash in
//! between leaves the generated changes staged, whereas the other order would leave a staged revert of them, which
//! the user's next commit would make real. Objects are as durable as git makes them by default: they are not forced
//! to the disk one by one.

use std::collections::BTreeMap;
use std::time::Duration;

use gix::ObjectId;
use gix::refs::transaction::{PreviousValue, RefEdit};

use super::error::Context;
use super::lock::{self, IndexLock};
use super::plan::{self, Base, Plan, Planned};
use super::{GitError, Obstacle, Repository, index, obstacle, settle};

/// How long another process may keep the index before a commit is held.
const PATIENCE: Duration = Duration::from_secs(1);

/// Changes that belong together, and what to say about them.
#[derive(Clone, Debug, Default)]
pub struct CommitRequest {
    /// The paths and their new content, each once.
    pub changes: Vec<Change>,
    /// The whole message, trailers included.
    pub message: String,
}

/// One path of a commit.
#[derive(Clone, Debug)]
pub struct Change {
    /// The path from the top of the work tree, with `/`.
    pub path: String,
    /// The bytes as they are in the work tree; `None` where the file is removed.
    pub content: Option<Vec<u8>>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    /// There is a new commit.
    Committed {
        /// Its identity.
        id: String,
        /// The first seven digits of it.
        short: String,
        /// The commit before it.
        parent: Option<String>,
    },
    /// `HEAD` has all of it already.
    Unchanged,
    /// Nothing was committed, for now.
    Held(Obstacle),
    /// Nothing was committed, since the user has staged other content for some of the paths.
    Staged {
        /// These paths.
        paths: Vec<String>,
    },
}

/// How an attempt ended.
enum Attempt {
    Done(CommitOutcome),
    /// Someone else moved the branch meanwhile: all that was planned is void.
    Moved,
}

/// Commits a request; once more if the branch moves meanwhile.
pub(super) fn commit(
    repository: &Repository,
    request: &CommitRequest,
) -> Result<CommitOutcome, GitError> {
    let wanted = plan::check(&request.changes)?;
    settle::settle(repository)?;
    for _ in 0..2 {
        if let Attempt::Done(outcome) = attempt(repository, &wanted, &request.message)? {
            return Ok(outcome);
        }
    }
    Ok(CommitOutcome::Held(Obstacle::HeadMoved))
}

fn attempt(
    repository: &Repository,
    wanted: &BTreeMap<&str, Option<&[u8]>>,
    message: &str,
) -> Result<Attempt, GitError> {
    let held = |obstacle| Ok(Attempt::Done(CommitOutcome::Held(obstacle)));
    let git = repository.open()?;
    // Asked before the lock is taken, so as not to get into the way of a rebase; and again under it.
    if let Some(obstacle) = obstacle::find(&git)? {
        return held(obstacle);
    }
    let Some(lock) = IndexLock::take(&git.index_path(), PATIENCE)? else {
        return held(Obstacle::Locked {
            path: lock::path_of(&git.index_path()),
        });
    };
    let index = index::read(&git)?;
    if let Some(obstacle) =
        index::obstacle(&index).map_or_else(|| obstacle::find(&git), |found| Ok(Some(found)))?
    {
        return held(obstacle);
    }
    let parent = head_of(&git)?;
    let tree = parent.map_or_else(
        || Ok(ObjectId::empty_tree(git.object_hash())),
        |id| tree_of(&git, id),
    )?;
    let plan = match plan::make(
        &Base {
            git: &git,
            index: &index,
            tree,
        },
        wanted,
    )? {
        Plan::Ready(plan) => plan,
        Plan::Held(obstacle) => return held(obstacle),
    };
    if plan.is_empty() {
        return Ok(Attempt::Done(CommitOutcome::Unchanged));
    }
    let paths = index::staged(&index, &plan);
    if !paths.is_empty() {
        return Ok(Attempt::Done(CommitOutcome::Staged { paths }));
    }
    let tree = write_tree(&git, tree, &plan)?;
    let commit = Commit {
        git: &git,
        id: write_commit(&git, (tree, parent), message)?,
        parent,
    };
    commit.publish(lock, index, &plan)
}

/// A commit that is written and that nothing refers to yet.
struct Commit<'g> {
    git: &'g gix::Repository,
    id: ObjectId,
    parent: Option<ObjectId>,
}

impl Commit<'_> {
    /// Replaces the index, then moves the branch.
    fn publish(
        &self,
        mut lock: IndexLock,
        mut index: gix::index::File,
        plan: &[Planned<'_>],
    ) -> Result<Attempt, GitError> {
        index::apply(&mut index, plan);
        lock.write(&index::bytes(&index)?)?;
        if head_of(self.git)? != self.parent {
            return Ok(Attempt::Moved);
        }
        if let Some(locked) = obstacle::branch_lock(self.git)? {
            return Ok(Attempt::Done(CommitOutcome::Held(locked)));
        }
        settle::remember(self.git, self.id, &lock)?;
        lock.commit()?;
        match self.move_branch() {
            Ok(()) => Ok(Attempt::Done(self.outcome())),
            Err(_) if head_of(self.git)? != self.parent => Ok(Attempt::Moved),
            Err(error) => Err(error),
        }
    }

    /// Moves the branch that `HEAD` is at from the parent to the commit, if it is still at the parent.
    fn move_branch(&self) -> Result<(), GitError> {
        let commit = self
            .git
            .find_commit(self.id)
            .doing("read the commit", self.id)?;
        let message = commit.message_raw_sloppy();
        let parents = usize::from(self.parent.is_some());
        let reflog = gix::reference::log::message("commit", message, parents);
        let expected = self.parent.map_or(PreviousValue::MustNotExist, |parent| {
            PreviousValue::MustExistAndMatch(gix::refs::Target::Object(parent))
        });
        let head = "HEAD"
            .try_into()
            .expect("HEAD is a valid name of a reference");
        let edit = RefEdit::update(head, self.id, expected, reflog).with_deref(true);
        self.git
            .edit_reference(edit)
            .doing("move the branch to", self.id)?;
        Ok(())
    }

    fn outcome(&self) -> CommitOutcome {
        CommitOutcome::Committed {
            id: self.id.to_string(),
            short: self.id.to_hex_with_len(7).to_string(),
            parent: self.parent.map(|parent| parent.to_string()),
        }
    }
}

/// Writes the tree that differs from another in the planned paths alone.
fn write_tree(
    git: &gix::Repository,
    tree: ObjectId,
    plan: &[Planned<'_>],
) -> Result<ObjectId, GitError> {
    let mut editor = git.edit_tree(tree).doing("read the tree", tree)?;
    for planned in plan.iter().filter(|planned| planned.new.is_none()) {
        editor
            .remove_leaf(planned.path)
            .doing("remove from the tree", planned.path)?;
    }
    for planned in plan {
        if let Some(new) = planned.new {
            editor
                .upsert(planned.path, new.kind, new.id)
                .doing("put into the tree", planned.path)?;
        }
    }
    Ok(editor.write().doing("write the tree after", tree)?.detach())
}

fn write_commit(
    git: &gix::Repository,
    (tree, parent): (ObjectId, Option<ObjectId>),
    message: &str,
) -> Result<ObjectId, GitError> {
    let message = format!("{}\n", message.trim_end());
    let commit = git
        .new_commit(message, tree, parent)
        .doing("write a commit of the tree", tree)?;
    Ok(commit.id)
}

/// Returns the commit that `HEAD` is at, directly or by its branch.
pub(super) fn head_of(git: &gix::Repository) -> Result<Option<ObjectId>, GitError> {
    let head = git.head().doing_at("read HEAD of", git.git_dir())?;
    Ok(head.id().map(gix::Id::detach))
}

/// Returns the tree of a commit.
pub(super) fn tree_of(git: &gix::Repository, commit: ObjectId) -> Result<ObjectId, GitError> {
    let found = git.find_commit(commit).doing("read the commit", commit)?;
    Ok(found.tree_id().doing("read the commit", commit)?.detach())
}
