//! Git's lock of the index: a file beside it, that becomes the index when it is renamed.
//!
//! A process that dies leaves its lock behind, and git has no way to tell whose it was. Ours is a second name of a file
//! of our own, `mlopsgen/own-index`: a lock that is the same file was left by us and is removed, and any other one is
//! waited for and then reported, never removed. That only one process of ours at a time does this is seen to by a
//! lock of the operating system, which goes away with its process. Where there are no hard links the lock is made
//! as git makes it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::GitError;
use super::error::Context;

/// The pause between two attempts to take a lock.
const PAUSE: Duration = Duration::from_millis(20);

/// The lock of an index; dropping it releases it and leaves the index as it was.
#[derive(Debug)]
pub(super) struct IndexLock {
    index: PathBuf,
    file: File,
    held: bool,
    /// Keeps other processes of ours away.
    turn: File,
}

/// Returns where the lock of a file of git lies.
pub(super) fn path_of(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

/// The lock of an index, if one is there that we have not made.
pub(super) fn foreign(index: &Path) -> Option<PathBuf> {
    let lock = path_of(index);
    (lock.symlink_metadata().is_ok() && !is_same_file(&own_path(index), &lock)).then_some(lock)
}

/// The second name of our locks.
fn own_path(index: &Path) -> PathBuf {
    index.with_file_name("mlopsgen").join("own-index")
}

impl IndexLock {
    /// Takes the lock, trying for a while; `None` where another process keeps it all that time.
    pub(super) fn take(index: &Path, patience: Duration) -> Result<Option<Self>, GitError> {
        let end = Instant::now() + patience;
        let own = own_path(index);
        let folder = own.with_file_name("");
        std::fs::create_dir_all(&folder).doing_at("create", &folder)?;
        let Some(turn) = until(end, || take_turn(&folder.join("commit.lock")))? else {
            return Ok(None);
        };
        remove_leftovers(index)?;
        let made = create_new(&own).doing_at("create", &own)?;
        let file = until(end, || link(&own, &made, &path_of(index)))?;
        if file.is_none() {
            std::fs::remove_file(&own).doing_at("remove", &own)?;
        }
        Ok(file.map(|file| Self {
            index: index.to_owned(),
            file,
            held: true,
            turn,
        }))
    }

    /// Writes the next index into the lock, down to the disk. Nobody sees it before [`IndexLock::commit`].
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), GitError> {
        let rights = match self.index.metadata() {
            Ok(data) => self.file.set_permissions(data.permissions()),
            // There is no index yet.
            Err(_) => Ok(()),
        };
        let written = rights
            .and_then(|()| self.file.write_all(bytes))
            .and_then(|()| self.file.sync_all());
        written.doing_at("write", &path_of(&self.index))
    }

    /// What the index will be known by once it is in place.
    pub(super) fn stamp(&self) -> Result<String, GitError> {
        let data = self
            .file
            .metadata()
            .doing_at("read", &path_of(&self.index))?;
        Ok(stamp(&data))
    }

    /// Makes what was written the index, and releases the lock by it.
    pub(super) fn commit(mut self) -> Result<(), GitError> {
        std::fs::rename(path_of(&self.index), &self.index).doing_at("replace", &self.index)?;
        self.held = false;
        Ok(())
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        // What cannot be removed is a leftover, which the next commit removes or reports.
        if self.held {
            let _ = std::fs::remove_file(path_of(&self.index));
        }
        let _ = std::fs::remove_file(own_path(&self.index));
        // Unlocked and not merely closed: a child on its way from fork to exec may have the file open still.
        let _ = self.turn.unlock();
    }
}

/// Tries until something is had or the time is over.
fn until<T>(
    end: Instant,
    mut attempt: impl FnMut() -> Result<Option<T>, GitError>,
) -> Result<Option<T>, GitError> {
    loop {
        let result = attempt()?;
        if result.is_some() || Instant::now() >= end {
            return Ok(result);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Waits for our turn among processes of ours.
fn take_turn(path: &Path) -> Result<Option<File>, GitError> {
    let options = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    let file = options.doing_at("open", path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).doing_at("lock", path),
    }
}

/// Removes what a process of ours left that died: its lock, known by being the same file as our own, and that name.
fn remove_leftovers(index: &Path) -> Result<(), GitError> {
    let (own, lock) = (own_path(index), path_of(index));
    if is_same_file(&own, &lock) {
        std::fs::remove_file(&lock).doing_at("remove", &lock)?;
    }
    match std::fs::remove_file(&own) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).doing_at("remove", &own),
        _ => Ok(()),
    }
}

/// Gives our own file the name of the lock; `None` where another process has it.
fn link(own: &Path, file: &File, lock: &Path) -> Result<Option<File>, GitError> {
    let made = match std::fs::hard_link(own, lock) {
        Ok(()) => file.try_clone(),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        // No hard links here.
        Err(_) => create_new(lock),
    };
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
        made => made.map(Some).doing_at("create", lock),
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// What tells a file from one that is later renamed into its place.
#[cfg(unix)]
pub(super) fn stamp(data: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!(
        "{}:{}:{}.{}:{}",
        data.dev(),
        data.ino(),
        data.mtime(),
        data.mtime_nsec(),
        data.len()
    )
}

/// What tells a file from one that is later renamed into its place.
#[cfg(not(unix))]
pub(super) fn stamp(data: &std::fs::Metadata) -> String {
    format!("{:?}:{}", data.modified().ok(), data.len())
}

#[cfg(unix)]
fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(one), Ok(other)) = (one.symlink_metadata(), other.symlink_metadata()) else {
        return false;
    };
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same_file(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const SHORT: Duration = Duration::from_millis(50);

    /// Leaves behind what a process leaves that is killed with the lock in its hands.
    fn die(index: &Path) {
        let mut lock = IndexLock::take(index, SHORT).unwrap().unwrap();
        lock.write(b"half").unwrap();
        let keep = index.with_extension("keep");
        fs::hard_link(own_path(index), &keep).unwrap();
        drop(lock);
        fs::hard_link(&keep, own_path(index)).unwrap();
        fs::hard_link(&keep, path_of(index)).unwrap();
    }

    #[test]
    fn a_lock_we_left_is_removed_and_any_other_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path().join("index");
        die(&index);
        assert!(path_of(&index).exists());
        assert_eq!(foreign(&index), None);
        drop(
            IndexLock::take(&index, SHORT)
                .unwrap()
                .expect("ours is taken away"),
        );
        assert!(!path_of(&index).exists() && !own_path(&index).exists());

        fs::write(own_path(&index), "half").unwrap();
        fs::write(path_of(&index), "half").unwrap();
        assert_eq!(foreign(&index), Some(path_of(&index)));
        assert!(IndexLock::take(&index, SHORT).unwrap().is_none());
        assert_eq!(fs::read(path_of(&index)).unwrap(), b"half");
    }

    #[test]
    fn one_process_of_ours_waits_for_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path().join("index");
        let first = IndexLock::take(&index, SHORT).unwrap().unwrap();
        assert!(IndexLock::take(&index, SHORT).unwrap().is_none());
        drop(first);
        assert!(IndexLock::take(&index, SHORT).unwrap().is_some());
    }

    #[test]
    fn the_index_changes_on_commit_alone() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path().join("index");
        fs::write(&index, "old").unwrap();
        let mut dropped = IndexLock::take(&index, SHORT).unwrap().unwrap();
        dropped.write(b"new").unwrap();
        drop(dropped);
        assert_eq!(fs::read(&index).unwrap(), b"old");
        let mut lock = IndexLock::take(&index, SHORT).unwrap().unwrap();
        lock.write(b"new").unwrap();
        lock.commit().unwrap();
        assert_eq!(fs::read(&index).unwrap(), b"new");
        assert!(!path_of(&index).exists());
    }
}
