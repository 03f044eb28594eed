//! Putting right what a `git commit` does to the index that ran at the same time as ours.
//!
//! `git commit` reads the index before it locks it. If we commit in between, it writes its old copy back, is then
//! refused since the branch has moved, and leaves an index that reverts our commit: silently, with the user's next
//! one. A file beside our lock says which commit was ours and which index came with it. While that is fresh, entries
//! that are again as they were before our commit are set to what it brought. What the user has staged otherwise stays.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::ObjectId;
use gix::object::tree::diff::ChangeDetached;
use gix::objs::tree::EntryMode;

use super::branch::position;
use super::commit::tree_of;
use super::durable::create_folder;
use super::error::Context;
use super::lock::{Lock, Turn};
use super::plan::Planned;
use super::tree::Found;
use super::{GitError, Repository, index, obstacle};

/// How long after our commit an index that reverts it is taken for an accident.
const FRESH: Duration = Duration::from_secs(10);
/// How long to wait for another process.
const PATIENCE: Duration = Duration::from_millis(200);

/// Our last commit.
struct Last {
    id: ObjectId,
    /// The index that came with it.
    stamp: String,
}

fn path_of(git_dir: &Path) -> PathBuf {
    git_dir.join("mlopsgen").join("last-commit")
}

/// Notes which commit is ours and which index comes with it, before either is in place.
pub(super) fn remember(
    git: &gix::Repository,
    id: ObjectId,
    lock: &mut Lock,
) -> Result<(), GitError> {
    let path = path_of(git.git_dir());
    create_folder(&git.git_dir().join("mlopsgen"))?;
    std::fs::write(&path, format!("{id} {}\n", lock.stamp()?)).doing_at("write", &path)
}

/// Reads what was noted, if that was a moment ago.
fn recall(git_dir: &Path) -> Option<Last> {
    let path = path_of(git_dir);
    let age = path
        .metadata()
        .ok()?
        .modified()
        .ok()?
        .elapsed()
        .unwrap_or_default();
    let text = std::fs::read_to_string(&path)
        .ok()
        .filter(|_| age < FRESH)?;
    let (id, stamp) = text.trim_end().split_once(' ')?;
    Some(Last {
        id: ObjectId::from_hex(id.as_bytes()).ok()?,
        stamp: stamp.to_owned(),
    })
}

/// Puts the index right if need be, and returns the paths that were.
pub(super) fn settle(repository: &Repository) -> Result<Vec<String>, GitError> {
    let Some(last) = recall(repository.git_dir()) else {
        return Ok(Vec::new());
    };
    if stamp(&repository.git_dir().join("index")) == last.stamp {
        return Ok(Vec::new());
    }
    let git = repository.open()?;
    if position(&git)?.id != Some(last.id) {
        return Ok(Vec::new());
    }
    let Some(turn) = Turn::take(git.common_dir(), PATIENCE)? else {
        return Ok(Vec::new());
    };
    let Some(mut lock) = turn.lock(&git.index_path(), PATIENCE)? else {
        return Ok(Vec::new());
    };
    if position(&git)?.id != Some(last.id) || obstacle::find(&git)?.is_some() {
        return Ok(Vec::new());
    }
    let changes = changes(&git, last.id)?;
    let index = index::read(&git, changes.iter().map(|(path, ..)| &**path))?;
    if index.obstacle().is_some() {
        return Ok(Vec::new());
    }
    let reverted: Vec<Planned<'_>> = changes
        .iter()
        .map(|(path, old, new)| Planned {
            path,
            old: *old,
            new: *new,
        })
        .filter(|planned| planned.old != planned.new && index.at(planned.path) == planned.old)
        .filter(|planned| !is_in_work_tree(&git, planned))
        .collect();
    if !reverted.is_empty() {
        let mut next = index.with(&reverted);
        next.begin(&mut lock)?;
        next.end(&mut lock)?;
        remember(&git, last.id, &mut lock)?;
        lock.commit()?;
    }
    Ok(reverted
        .iter()
        .map(|planned| planned.path.to_owned())
        .collect())
}

/// A path with what was there before a commit and what is there since.
type Changed = (String, Option<Found>, Option<Found>);

/// What a commit changed.
fn changes(git: &gix::Repository, id: ObjectId) -> Result<Vec<Changed>, GitError> {
    let commit = git.find_commit(id).doing("read the commit", id)?;
    let empty = ObjectId::empty_tree(git.object_hash());
    let parent = commit
        .parent_ids()
        .next()
        .map_or(Ok(empty), |parent| tree_of(git, parent.detach()))?;
    let old = git.find_tree(parent).doing("read the tree", parent)?;
    let new = commit.tree().doing("read the commit", id)?;
    let options = gix::diff::Options::default();
    let changes = git
        .diff_tree_to_tree(&old, &new, options)
        .doing("compare the commit", id)?;
    let found = |mode: EntryMode, id| {
        Some(Found {
            kind: mode.kind(),
            id,
        })
    };
    let files = changes
        .into_iter()
        .filter(|change| !change.entry_mode().is_tree());
    let told = files.map(|change| {
        let path = change.location().to_string();
        match change {
            ChangeDetached::Addition { entry_mode, id, .. } => (path, None, found(entry_mode, id)),
            ChangeDetached::Deletion { entry_mode, id, .. } => (path, found(entry_mode, id), None),
            ChangeDetached::Modification {
                previous_entry_mode,
                previous_id,
                entry_mode,
                id,
                ..
            } => (
                path,
                found(previous_entry_mode, previous_id),
                found(entry_mode, id),
            ),
            ChangeDetached::Rewrite { .. } => unreachable!("renames are not looked for"),
        }
    });
    let mut told: Vec<_> = told.collect();
    told.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    Ok(told)
}

/// Whether a file is again as it was before: then its author, and no accident, has staged it.
fn is_in_work_tree(git: &gix::Repository, planned: &Planned<'_>) -> bool {
    let (Some(root), Some(old)) = (git.workdir(), planned.old) else {
        return false;
    };
    let Ok(bytes) = std::fs::read(root.join(planned.path)) else {
        return false;
    };
    let id = gix::objs::compute_hash(git.object_hash(), gix::objs::Kind::Blob, &bytes);
    id.is_ok_and(|id| id == old.id)
}

/// What tells one index from the next that is renamed into its place; empty where there is none.
fn stamp(index: &Path) -> String {
    index
        .metadata()
        .map(|data| super::lock::stamp(&data))
        .unwrap_or_default()
}
