//! One watch a repository: a lock of the operating system, which goes away with its process however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct Guard {
    file: File,
}

/// The lock cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another watch runs here already{}", pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Held {
        /// The file.
        path: PathBuf,
        /// The other process, if it has said who it is.
        pid: Option<u32>,
    },
    /// The file cannot be made or written.
    #[error("cannot lock {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the machine said.
        #[source]
        source: std::io::Error,
    },
}

impl Guard {
    /// Takes the lock of the repository with a folder of git's, for who commits on changes of files.
    pub fn of_repository(git_dir: &Path) -> Result<Self, LockError> {
        Self::take(&git_dir.join("mlopsgen/daemon.lock"))
    }

    /// Takes the lock at a path (`.git/mlopsgen/daemon.lock`) and writes who has it; makes its folder if need be. The
    /// file itself stays for good: taking it away would let two processes hold two files of one name.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::Io {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let options = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let mut file = options.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held {
                    path: path.to_owned(),
                    pid: pid(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Unlocked and not merely closed: a child on its way from fork to exec may have the file open still.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

fn pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_to_come_learns_who_was_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mlopsgen/daemon.lock");
        let first = Guard::take(&path).unwrap();
        let error = Guard::take(&path).unwrap_err();
        assert!(
            matches!(error, LockError::Held { pid: Some(pid), .. } if pid == std::process::id())
        );
        assert!(error.to_string().contains("process"));
        drop(first);
        Guard::take(&path).unwrap();
    }
}
