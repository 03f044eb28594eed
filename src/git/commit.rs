//! Making a commit of some paths and of nothing else.
//!
//! The order is the point. The index is locked first and read under its lock; blobs, trees and the commit are
//! written, which nobody sees; the index is replaced, and only then the branch moves, by compare-and-swap. A crash in
//! between leaves the generated changes staged, whereas the other order would leave a staged revert of them, which
//! the user's next commit would make real. Each step is on the disk before the next one begins, so that a loss of
//! power is no worse than a crash, and a commit that was told of stays.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use gix::ObjectId;
use gix::objs::{Kind, WriteTo};
use gix::refs::FullName;

use super::branch::{self, BranchLock, Move, Position, Taken};
use super::error::Context;
use super::lock::{self, Lock, Turn};
use super::objects::Objects;
use super::plan::{self, Base, Plan};
use super::program::Program;
use super::tree::Trees;
use super::{GitError, Obstacle, Repository, Target, aside, index, obstacle, settle};
use crate::world::Bytes;

/// How long another process may keep the index before a commit is held.
const PATIENCE: Duration = Duration::from_secs(1);

/// Changes that belong together, and what to say about them.
#[derive(Debug, Default)]
pub struct CommitRequest<'m> {
    /// The paths and their new content, each once.
    pub changes: Vec<Change>,
    /// The whole message, trailers included.
    pub message: Message<'m>,
    /// Where `HEAD` was before the changes were made: if it is elsewhere now, they belong to another state of the work
    /// tree, and nothing is committed. Where it is not told, the changes are committed wherever `HEAD` is.
    pub base: Option<Position>,
    /// Where it goes.
    pub target: Target,
}

/// What to say about changes.
#[derive(Default)]
pub struct Message<'m>(Option<Box<dyn Fn() -> String + 'm>>);

impl<'m> Message<'m> {
    /// A message that takes a while to make. It is made if there is something to commit, once the disk has work to do.
    pub fn later(make: impl Fn() -> String + 'm) -> Self {
        Self(Some(Box::new(make)))
    }

    /// The message as it stands in a commit.
    pub(super) fn text(&self) -> String {
        let text = self.0.as_ref().map(|make| make());
        format!("{}\n", text.unwrap_or_default().trim_end())
    }
}

impl From<&str> for Message<'_> {
    fn from(text: &str) -> Self {
        let text = text.to_owned();
        Self::later(move || text.clone())
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Message").field(&self.text()).finish()
    }
}

/// One path of a commit.
#[derive(Clone, Debug)]
pub struct Change {
    /// The path from the top of the work tree, with `/`.
    pub path: String,
    /// The bytes as they are in the work tree; `None` where the file is removed.
    pub content: Option<Bytes>,
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
}

/// How an attempt ended.
pub(super) enum Attempt {
    Done(CommitOutcome),
    /// Someone else moved the branch meanwhile: all that was planned is void.
    Moved,
}

/// Commits a request; once more if the branch moves meanwhile, unless the request says where it has to be.
pub(super) fn commit(
    repository: &Repository,
    request: &CommitRequest<'_>,
) -> Result<CommitOutcome, GitError> {
    let wanted = plan::check(&request.changes)?;
    if request.target != Target::Head
        && let Some(name) = request.target.reference(&repository.open()?)?
    {
        return Ok(match aside::commit(repository, &name, &wanted, request)? {
            Attempt::Done(outcome) => outcome,
            Attempt::Moved => CommitOutcome::Held(Obstacle::HeadMoved),
        });
    }
    settle::settle(repository)?;
    let attempts = if request.base.is_some() { 1 } else { 2 };
    for _ in 0..attempts {
        if let Attempt::Done(outcome) = attempt(repository, &wanted, request)? {
            return Ok(outcome);
        }
    }
    Ok(CommitOutcome::Held(Obstacle::HeadMoved))
}

pub(super) fn held(obstacle: Obstacle) -> Attempt {
    Attempt::Done(CommitOutcome::Held(obstacle))
}

fn attempt(
    repository: &Repository,
    wanted: &BTreeMap<&str, Option<&[u8]>>,
    request: &CommitRequest<'_>,
) -> Result<Attempt, GitError> {
    let git = repository.open()?;
    // Asked before the lock is taken, so as not to get into the way of a rebase; and again under it.
    if let Some(obstacle) = obstacle::find(&git)? {
        return Ok(held(obstacle));
    }
    let (turn, mut lock) = match lock_index(&git)? {
        Ok(locks) => locks,
        Err(path) => return Ok(held(Obstacle::Locked { path })),
    };
    let index = index::read_or_take(&repository.index, &git, wanted.keys().copied())?;
    index.remove_leftover(&git);
    if let Some(obstacle) = index
        .obstacle()
        .map_or_else(|| obstacle::find(&git), |found| Ok(Some(found)))?
    {
        return Ok(held(obstacle));
    }
    let head = branch::position(&git)?;
    if request.base.as_ref().is_some_and(|base| *base != head) {
        return Ok(Attempt::Moved);
    }
    let Some(branch) = head.branch else {
        return Ok(held(Obstacle::DetachedHead));
    };
    let trees = Trees::new(&git, &repository.trees);
    let tree = trees.before(head.id)?;
    let base = Base {
        git: &git,
        index: &index,
        trees: &trees,
        tree,
    };
    let mut objects = Objects::new(git.object_hash());
    let plan = match plan::make(&base, wanted, &mut objects)? {
        Plan::Ready(plan) => plan,
        Plan::Held(obstacle) => return Ok(held(obstacle)),
    };
    if plan.is_empty() {
        return Ok(Attempt::Done(CommitOutcome::Unchanged));
    }
    let paths = index.staged(&plan);
    if !paths.is_empty() {
        return Ok(held(Obstacle::Staged { paths }));
    }
    // Nobody sees it yet, and what it names is made meanwhile.
    let mut next = index.with(&plan);
    next.begin(&mut lock)?;
    let tree = trees.edit(tree, &plan, &mut objects)?;
    let mut message = request.message.text();
    let has_hooks = obstacle::has_hooks(&git)?;
    if has_hooks {
        objects.store(&git)?;
        match Program::of(&git).hooks(tree, &message)? {
            Ok(left) => message = left,
            Err(obstacle) => return Ok(held(obstacle)),
        }
    }
    let parents: Vec<ObjectId> = head.id.into_iter().collect();
    let id = match finish(&git, (tree, &parents), &message, objects)? {
        Ok(id) => id,
        Err(obstacle) => return Ok(held(obstacle)),
    };
    let commit = Commit {
        id,
        git: &git,
        parent: head.id,
        branch,
        message: &message,
    };
    let attempt = commit.publish((turn, lock), next)?;
    if matches!(attempt, Attempt::Done(CommitOutcome::Committed { .. })) {
        trees.keep((id, tree));
        if has_hooks {
            Program::of(&git).after()?;
        }
    }
    Ok(attempt)
}

/// Makes the commit, by git where it is to be signed; all of it is on the disk then.
pub(super) fn finish(
    git: &gix::Repository,
    of: (ObjectId, &[ObjectId]),
    message: &str,
    mut objects: Objects,
) -> Result<Result<ObjectId, Obstacle>, GitError> {
    if obstacle::is_signed(git) {
        objects.store(git)?;
        return Program::of(git).sign(of, message);
    }
    let id = add_commit(git, of, (message, &mut objects))?;
    objects.store(git)?;
    Ok(Ok(id))
}

/// Takes our turn and the lock of the index; or tells what another process holds.
fn lock_index(git: &gix::Repository) -> Result<Result<(Turn, Lock), PathBuf>, GitError> {
    let top = git.common_dir();
    let Some(turn) = Turn::take(top, PATIENCE)? else {
        return Ok(Err(top.join("mlopsgen").join("commit.lock")));
    };
    let index = git.index_path();
    let lock = turn.lock(&index, PATIENCE)?;
    Ok(lock.map(|lock| (turn, lock)).ok_or(lock::path_of(&index)))
}

/// A commit that is written and that nothing refers to yet.
struct Commit<'c> {
    git: &'c gix::Repository,
    id: ObjectId,
    parent: Option<ObjectId>,
    branch: FullName,
    message: &'c str,
}

impl Commit<'_> {
    /// Replaces the index, then moves the branch, and lets go of both.
    fn publish(
        &self,
        (turn, mut lock): (Turn, Lock),
        next: index::Next,
    ) -> Result<Attempt, GitError> {
        let before = next.end(&mut lock)?;
        let mut branch = match BranchLock::take((self.git, &turn), &self.branch, PATIENCE)? {
            Taken::Locked(branch) => branch,
            Taken::Held(path) => return Ok(held(Obstacle::Locked { path })),
        };
        let now = branch::position(self.git)?;
        if now.id != self.parent || now.branch.as_ref() != Some(&self.branch) {
            return Ok(Attempt::Moved);
        }
        let parents = usize::from(self.parent.is_some());
        let log = gix::reference::log::message("commit", self.message.into(), parents);
        let to = Move {
            from: self.parent,
            to: self.id,
            log: &log.to_string(),
        };
        branch.prepare(self.git, &to)?;
        settle::remember(self.git, self.id, &mut lock)?;
        lock.replace()?;
        branch.commit()?;
        // Only now: a `git rebase` that finds the index free and `HEAD` locked leaves the files of another commit.
        drop(lock);
        drop(before);
        Ok(Attempt::Done(self.outcome()))
    }

    fn outcome(&self) -> CommitOutcome {
        CommitOutcome::Committed {
            id: self.id.to_string(),
            short: self.id.to_hex_with_len(7).to_string(),
            parent: self.parent.map(|parent| parent.to_string()),
        }
    }
}

fn add_commit(
    git: &gix::Repository,
    (tree, parents): (ObjectId, &[ObjectId]),
    (message, objects): (&str, &mut Objects),
) -> Result<ObjectId, GitError> {
    let who = |person: Option<Result<gix::actor::SignatureRef<'_>, gix::Error>>| {
        let person = person.transpose().doing("read", "who commits")?;
        let person = person
            .ok_or("it is not configured")
            .doing("read", "who commits")?;
        person.to_owned().doing("read", "who commits")
    };
    let commit = gix::objs::Commit {
        tree,
        parents: parents.iter().copied().collect(),
        author: who(git.author())?,
        committer: who(git.committer())?,
        encoding: None,
        message: message.into(),
        extra_headers: Vec::new(),
    };
    let mut bytes = Vec::new();
    commit
        .write_to(&mut bytes)
        .doing("encode a commit of", tree)?;
    objects.add(Kind::Commit, bytes)
}

/// Returns the tree of a commit.
pub(super) fn tree_of(git: &gix::Repository, commit: ObjectId) -> Result<ObjectId, GitError> {
    let found = git.find_commit(commit).doing("read the commit", commit)?;
    Ok(found.tree_id().doing("read the commit", commit)?.detach())
}
