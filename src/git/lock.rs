//! Git's locks: a file beside another, that becomes it when it is renamed.
//!
//! A process that dies leaves its locks behind, and git has no way to tell whose they were. Ours are second names of
//! files of our own, below `mlopsgen/own`: a lock that is the same file was left by us and is removed, and any other
//! one is waited for and then reported, never removed. That only one process of ours at a time has any is seen to by
//! a lock of the operating system, the [`Turn`], which goes away with its process. Where there are no hard links, locks
//! are made as git makes them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::GitError;
use super::durable::{create_folder, remove_if_there, sync_folder};
use super::error::Context;
use super::spare::Spare;

/// The pause between two attempts to take a lock.
const PAUSE: Duration = Duration::from_millis(20);

/// Returns where the lock of a file of git lies.
pub(super) fn path_of(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

/// The lock of a file of git, if one is there that we have not made. `top` is the folder of the whole repository.
pub(super) fn foreign(top: &Path, file: &Path) -> Option<PathBuf> {
    let lock = path_of(file);
    (lock.symlink_metadata().is_ok() && !is_same_file(&own_path(top, file), &lock)).then_some(lock)
}

/// The second name of our lock of a file.
fn own_path(top: &Path, file: &Path) -> PathBuf {
    let below = file.strip_prefix(top).map(Path::as_os_str);
    let name = below.or(file.file_name().ok_or(())).unwrap_or_default();
    own_folder(top).join(name)
}

/// The third name of a file of ours, by which it takes the place of the one that is locked.
fn next_of(own: &Path) -> PathBuf {
    let mut path = own.as_os_str().to_owned();
    path.push(".next");
    path.into()
}

fn own_folder(top: &Path) -> PathBuf {
    top.join("mlopsgen").join("own")
}

/// Our turn among the processes of ours in a repository, held until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    top: PathBuf,
    file: File,
}

impl Turn {
    /// Waits for our turn for a while, then removes the locks of a process of ours that died; `None` where another one
    /// is at work all that time.
    pub(super) fn take(top: &Path, patience: Duration) -> Result<Option<Self>, GitError> {
        let folder = own_folder(top);
        create_folder(&folder)?;
        let end = Instant::now() + patience;
        let file = until(end, || try_turn(&top.join("mlopsgen").join("commit.lock")))?;
        let turn = file.map(|file| Self {
            top: top.to_owned(),
            file,
        });
        if turn.is_some() {
            remove_leftovers(top, &folder)?;
        }
        Ok(turn)
    }

    /// Takes the lock of a file of git, trying for a while; `None` where another process keeps it all that time.
    pub(super) fn lock(&self, file: &Path, patience: Duration) -> Result<Option<Lock>, GitError> {
        let own = own_path(&self.top, file);
        for path in [own.as_path(), file] {
            create_folder(path.parent().unwrap_or(&self.top))?;
        }
        if own.is_dir() {
            remove_folders(&own)?;
        }
        let made = create_new(&own).doing_at("create", &own)?;
        let mut lock = Lock {
            target: file.to_owned(),
            own,
            file: made,
            spare: None,
            held: false,
        };
        let end = Instant::now() + patience;
        lock.held = until(end, || lock.link())?.is_some();
        Ok(lock.held.then_some(lock))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Unlocked and not merely closed: a child on its way from fork to exec may have the file open still.
        let _ = self.file.unlock();
    }
}

/// The lock of a file of git; dropping it releases it and leaves the file as it was.
#[derive(Debug)]
pub(super) struct Lock {
    target: PathBuf,
    own: PathBuf,
    file: File,
    /// What becomes the file in the place of our own.
    spare: Option<Spare>,
    held: bool,
}

/// What is being forced to the disk of a lock.
pub(super) struct Forcing {
    target: PathBuf,
    ended: JoinHandle<io::Result<()>>,
}

impl Forcing {
    /// Waits until it is there.
    pub(super) fn end(self) -> Result<(), GitError> {
        let ended = self.ended.join();
        let ended = ended.expect("to force a file to the disk is one call");
        forced(ended, &self.target)
    }
}

/// What became of the lock of a file.
fn forced(ended: io::Result<()>, target: &Path) -> Result<(), GitError> {
    ended.doing_at("write", &path_of(target))
}

impl Lock {
    /// Gives our own file the name of the lock; `None` where another process has it.
    fn link(&mut self) -> Result<Option<()>, GitError> {
        let lock = path_of(&self.target);
        let made = match fs::hard_link(&self.own, &lock) {
            // No hard links here.
            Err(error) if is_without_links(&error) => create_new(&lock).map(|new| self.file = new),
            made => made,
        };
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
            made => made.map(Some).doing_at("create", &lock),
        }
    }

    /// Writes the next content of the file into the lock, or more of it, down to the disk. Nobody sees it before
    /// [`Lock::replace`] or [`Lock::commit`].
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), GitError> {
        self.put(bytes)?;
        forced(self.file().sync_all(), &self.target)
    }

    /// Has a spare become the file, with some parts of it as they are in some bytes. More of it may be written.
    pub(super) fn write_to_spare(
        &mut self,
        mut spare: Spare,
        (bytes, parts): (&[u8], &[Range<usize>]),
    ) -> Result<(), GitError> {
        let changed = spare.change(bytes, parts);
        changed.doing_at("write", spare.path())?;
        self.spare = Some(spare);
        Ok(())
    }

    fn file(&mut self) -> &mut File {
        self.spare.as_mut().map_or(&mut self.file, Spare::file)
    }

    /// Writes the same, and has it forced to the disk while something else is done.
    pub(super) fn write_meanwhile(&mut self, bytes: &[u8]) -> Result<Forcing, GitError> {
        self.put(bytes)?;
        let file = self.file().try_clone();
        let file = file.doing_at("write", &path_of(&self.target))?;
        Ok(Forcing {
            target: self.target.clone(),
            ended: thread::spawn(move || file.sync_all()),
        })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), GitError> {
        let rights = match self.target.metadata() {
            Ok(data) => self.file().set_permissions(data.permissions()),
            // There is no such file yet.
            Err(_) => Ok(()),
        };
        let written = rights.and_then(|()| self.file().write_all(bytes));
        forced(written, &self.target)
    }

    /// What the file will be known by once it is in place.
    pub(super) fn stamp(&mut self) -> Result<String, GitError> {
        let data = self.file().metadata();
        Ok(stamp(&data.doing_at("read", &path_of(&self.target))?))
    }

    /// Makes what was written the file, for good, and keeps the lock until it is dropped. Where there are no hard links, it
    /// is released by that.
    pub(super) fn replace(&mut self) -> Result<(), GitError> {
        let lock = path_of(&self.target);
        let has_links = is_same_file(&self.own, &lock);
        let from = if let Some(spare) = &self.spare {
            spare.path().to_owned()
        } else if has_links {
            let next = next_of(&self.own);
            fs::hard_link(&self.own, &next).doing_at("create", &next)?;
            next
        } else {
            lock
        };
        fs::rename(from, &self.target).doing_at("replace", &self.target)?;
        self.held = has_links || self.spare.is_some();
        sync_folder(self.target.parent().unwrap_or(Path::new("/")))
    }

    /// Makes what was written the file, for good, and releases the lock by it.
    pub(super) fn commit(mut self) -> Result<(), GitError> {
        fs::rename(path_of(&self.target), &self.target).doing_at("replace", &self.target)?;
        self.held = false;
        sync_folder(self.target.parent().unwrap_or(Path::new("/")))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A lock that cannot be removed is a leftover, which the next turn knows by our own file and removes.
        let is_gone = !self.held || fs::remove_file(path_of(&self.target)).is_ok();
        if is_gone {
            let _ = fs::remove_file(&self.own);
        }
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
        thread::sleep(PAUSE);
    }
}

fn try_turn(path: &Path) -> Result<Option<File>, GitError> {
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

/// Removes what a process of ours left that died: locks, known by being the same file as our own, and those names.
fn remove_leftovers(top: &Path, folder: &Path) -> Result<(), GitError> {
    for entry in fs::read_dir(folder).doing_at("read", folder)? {
        let own = entry.doing_at("read", folder)?.path();
        if own.is_dir() {
            // It stays, since the next commit is likely on the same branch, and to make one that lasts takes time.
            remove_leftovers(top, &own)?;
            continue;
        }
        let below = own.strip_prefix(own_folder(top)).unwrap_or(&own);
        let lock = path_of(&top.join(below));
        if is_same_file(&own, &lock) {
            remove_if_there(&lock)?;
        }
        remove_if_there(&own)?;
    }
    Ok(())
}

/// Removes folders without files, such as those of branches `a/b` where there is one called `a` now.
fn remove_folders(folder: &Path) -> Result<(), GitError> {
    for entry in fs::read_dir(folder).doing_at("read", folder)? {
        remove_folders(&entry.doing_at("read", folder)?.path())?;
    }
    fs::remove_dir(folder).doing_at("remove", folder)
}

/// Whether a failure to link means that the file system has no links, as opposed to a failure of another kind.
fn is_without_links(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unsupported | ErrorKind::PermissionDenied
    )
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// What tells a file from one that is later renamed into its place.
#[cfg(unix)]
pub(super) fn stamp(data: &fs::Metadata) -> String {
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
pub(super) fn stamp(data: &fs::Metadata) -> String {
    format!("{:?}:{}", data.modified().ok(), data.len())
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let [one, other] = [one, other].map(Path::symlink_metadata);
    matches!((one, other), (Ok(one), Ok(other)) if is_same(&one, &other))
}

/// Whether what is known of two names is of one file.
#[cfg(unix)]
pub(super) fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Whether what is known of two names is of one file.
#[cfg(not(unix))]
pub(super) fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(50);

    fn turn(top: &Path) -> Turn {
        Turn::take(top, SHORT).unwrap().unwrap()
    }

    /// Leaves behind what a process leaves that is killed with the lock in its hands.
    fn die(top: &Path, file: &Path) {
        let mut lock = turn(top).lock(file, SHORT).unwrap().unwrap();
        lock.write(b"half").unwrap();
        let keep = top.join("keep");
        fs::hard_link(own_path(top, file), &keep).unwrap();
        drop(lock);
        fs::hard_link(&keep, own_path(top, file)).unwrap();
        fs::hard_link(&keep, path_of(file)).unwrap();
        fs::remove_file(keep).unwrap();
    }

    #[test]
    fn a_lock_we_left_is_removed_and_any_other_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        for file in [top.join("index"), top.join("refs/heads/a/b")] {
            die(top, &file);
            assert!(path_of(&file).exists());
            assert_eq!(foreign(top, &file), None);
            drop(turn(top));
            assert!(!path_of(&file).exists() && !own_path(top, &file).exists());

            fs::create_dir_all(own_path(top, &file).parent().unwrap()).unwrap();
            fs::write(own_path(top, &file), "half").unwrap();
            fs::write(path_of(&file), "half").unwrap();
            assert_eq!(foreign(top, &file), Some(path_of(&file)));
            assert!(turn(top).lock(&file, SHORT).unwrap().is_none());
            assert_eq!(fs::read(path_of(&file)).unwrap(), b"half");
        }
    }

    #[test]
    fn a_branch_may_be_called_as_the_folder_of_another_was() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["refs/heads/a/b/c", "refs/heads/a", "refs/heads/a/b"] {
            let file = folder.path().join(name);
            let lock = turn(folder.path()).lock(&file, SHORT).unwrap();
            assert!(lock.is_some(), "{name}");
            drop(lock);
            // Git itself removes what is empty.
            let _ = fs::remove_dir_all(folder.path().join("refs"));
        }
    }

    #[test]
    fn one_process_of_ours_waits_for_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let first = turn(folder.path());
        assert!(Turn::take(folder.path(), SHORT).unwrap().is_none());
        drop(first);
        assert!(Turn::take(folder.path(), SHORT).unwrap().is_some());
    }

    #[test]
    fn the_file_changes_on_commit_alone() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path().join("index");
        fs::write(&index, "old").unwrap();
        let turn = turn(folder.path());
        let mut dropped = turn.lock(&index, SHORT).unwrap().unwrap();
        dropped.write(b"new").unwrap();
        drop(dropped);
        assert_eq!(fs::read(&index).unwrap(), b"old");
        let mut lock = turn.lock(&index, SHORT).unwrap().unwrap();
        lock.write(b"new").unwrap();
        lock.commit().unwrap();
        assert_eq!(fs::read(&index).unwrap(), b"new");
        assert!(!path_of(&index).exists() && !own_path(folder.path(), &index).exists());
    }

    #[test]
    fn a_file_that_is_replaced_stays_locked_until_the_lock_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        let index = top.join("index");
        fs::write(&index, "old").unwrap();
        let first = turn(top);
        let mut lock = first.lock(&index, SHORT).unwrap().unwrap();
        lock.write(b"new").unwrap();
        lock.replace().unwrap();
        assert_eq!(fs::read(&index).unwrap(), b"new");
        assert!(path_of(&index).exists());
        assert_eq!(foreign(top, &index), None);
        let keep = top.join("keep");
        fs::hard_link(path_of(&index), &keep).unwrap();
        drop(lock);
        assert!(!path_of(&index).exists() && !own_path(top, &index).exists());
        drop(first);

        // One who died just then.
        for name in [path_of(&index), own_path(top, &index)] {
            fs::hard_link(&keep, name).unwrap();
        }
        fs::hard_link(&keep, next_of(&own_path(top, &index))).unwrap();
        drop(turn(top));
        assert_eq!(fs::read(&index).unwrap(), b"new");
        assert!(!path_of(&index).exists());
        assert_eq!(fs::read_dir(own_folder(top)).unwrap().count(), 0);
    }
}
