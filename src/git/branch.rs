//! Moving a branch, durably and by compare-and-swap.
//!
//! Git's library would do it with locks that nobody can tell from those of others once their process is dead, and
//! leaves to the system when a reference reaches the disk. Only references that are files are moved here.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::ObjectId;
use gix::refs::FullName;
use gix::refs::store::WriteReflog;

use super::GitError;
use super::error::Context;
use super::lock::{Lock, Turn};

/// What a reference is to become.
pub(super) struct Move<'a> {
    /// Where it is expected to be.
    pub from: Option<ObjectId>,
    /// Where it goes.
    pub to: ObjectId,
    /// What its log says of it.
    pub log: &'a str,
}

/// Where `HEAD` is: a branch, or none where it is detached, and a commit, or none before the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub(super) branch: Option<FullName>,
    pub(super) id: Option<ObjectId>,
}

impl Position {
    /// The commit that it is at.
    pub fn commit(&self) -> Option<String> {
        self.id.map(|id| id.to_string())
    }

    /// Whether it is at a commit.
    pub fn is_at(&self, commit: &str) -> bool {
        let wanted = ObjectId::from_hex(commit.as_bytes()).ok();
        self.id.is_some() && self.id == wanted
    }
}

/// Returns where `HEAD` is.
pub(super) fn position(git: &gix::Repository) -> Result<Position, GitError> {
    let head = git.head().doing_at("read HEAD of", git.git_dir())?;
    Ok(Position {
        branch: head.referent_name().map(ToOwned::to_owned),
        id: head.id().map(gix::Id::detach),
    })
}

/// The file of a reference.
pub(super) fn file_of(git: &gix::Repository, name: &FullName) -> Result<PathBuf, GitError> {
    let below = name.to_path().doing("find the file of", name.as_bstr())?;
    Ok(git.common_dir().join(below))
}

/// Locks of `HEAD` and of the branch it is at: as long as they are held, nobody else moves or switches.
pub(super) struct BranchLock {
    /// Released without a change; none for a branch that `HEAD` is not at.
    head: Option<Lock>,
    branch: Lock,
    name: FullName,
}

/// What came of the wish to have a branch.
pub(super) enum Taken {
    /// It is ours.
    Locked(BranchLock),
    /// This file is held by another process.
    Held(PathBuf),
}

impl BranchLock {
    /// Takes both locks, trying for a while.
    pub(super) fn take(
        (git, turn): (&gix::Repository, &Turn),
        name: &FullName,
        patience: Duration,
    ) -> Result<Taken, GitError> {
        let files = (git.git_dir().join("HEAD"), file_of(git, name)?);
        let Some(head) = turn.lock(&files.0, patience)? else {
            return Ok(Taken::Held(super::lock::path_of(&files.0)));
        };
        let Some(branch) = turn.lock(&files.1, patience)? else {
            return Ok(Taken::Held(super::lock::path_of(&files.1)));
        };
        Ok(Taken::Locked(Self {
            head: Some(head),
            branch,
            name: name.clone(),
        }))
    }

    /// Takes the lock of a reference that `HEAD` is not at, trying for a while.
    pub(super) fn alone(
        (git, turn): (&gix::Repository, &Turn),
        name: &FullName,
        patience: Duration,
    ) -> Result<Taken, GitError> {
        let file = file_of(git, name)?;
        let Some(branch) = turn.lock(&file, patience)? else {
            return Ok(Taken::Held(super::lock::path_of(&file)));
        };
        Ok(Taken::Locked(Self {
            head: None,
            branch,
            name: name.clone(),
        }))
    }

    /// Writes what the branch is to be, down to the disk, and what the logs say of it. Nobody sees the branch move.
    pub(super) fn prepare(&mut self, git: &gix::Repository, to: &Move<'_>) -> Result<(), GitError> {
        self.branch.write(format!("{}\n", to.to).as_bytes())?;
        let line = log_line(git, to)?;
        if self.head.is_some() {
            append(git, &git.git_dir().join("logs").join("HEAD"), &line)?;
        }
        let below = self
            .name
            .to_path()
            .doing("find the log of", self.name.as_bstr())?;
        append(git, &git.common_dir().join("logs").join(below), &line)
    }

    /// Moves the branch, for good.
    pub(super) fn commit(self) -> Result<(), GitError> {
        self.branch.commit()?;
        drop(self.head);
        Ok(())
    }
}

fn log_line(git: &gix::Repository, to: &Move<'_>) -> Result<Vec<u8>, GitError> {
    let from = to.from.unwrap_or_else(|| to.to.kind().null());
    let committer = git.committer().transpose().doing("read", "the committer")?;
    let mut line = format!("{from} {} ", to.to).into_bytes();
    if let Some(committer) = committer {
        committer
            .trim()
            .write_to(&mut line)
            .doing("write", "the committer")?;
    }
    line.extend(format!("\t{}\n", to.log.lines().next().unwrap_or_default()).bytes());
    Ok(line)
}

/// Appends to the log of a reference, as a whole or not at all.
fn append(git: &gix::Repository, path: &Path, line: &[u8]) -> Result<(), GitError> {
    let create = git.refs.write_reflog != WriteReflog::Disable;
    if let (true, Some(folder)) = (create, path.parent()) {
        fs::create_dir_all(folder).doing_at("create", folder)?;
    }
    let file = OpenOptions::new().append(true).create(create).open(path);
    let file = match file {
        Err(error) if error.kind() == ErrorKind::NotFound && !create => return Ok(()),
        file => file.doing_at("open", path)?,
    };
    append_whole(&file, line).doing_at("write", path)
}

fn append_whole(mut file: &File, line: &[u8]) -> std::io::Result<()> {
    let length = file.metadata()?.len();
    file.write_all(line).inspect_err(|_| {
        // The next line must not continue this one.
        drop(file.set_len(length));
    })
}
