//! A file that is there before it is needed, so that what changes in it is all that has to be written then.
//!
//! The index of a large work tree is large, and most of the time of a commit would go into writing the same once more. So
//! what the next one begins with is copied while nobody waits: two buffers, of which one is seen while the other is made.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::GitError;
use super::durable::{create_folder, remove_if_there};
use super::error::Context;
use super::lock;

/// A copy that takes the place of a file in the end. Where it does not come to that, it is removed.
#[derive(Debug)]
pub(super) struct Spare {
    path: PathBuf,
    file: File,
}

impl Spare {
    /// Where that of the index lies.
    pub(super) fn path_of_index(git_dir: &Path) -> PathBuf {
        git_dir.join("mlopsgen").join("index.next")
    }

    /// Makes one, in our turn; what an earlier run has left there is removed.
    pub(super) fn make(path: &Path, bytes: &[u8]) -> Result<Self, GitError> {
        path.parent().map_or(Ok(()), create_folder)?;
        remove_if_there(path)?;
        let made = OpenOptions::new().write(true).create_new(true).open(path);
        let mut spare = Self {
            path: path.to_owned(),
            file: made.doing_at("create", path)?,
        };
        let written = spare.file.write_all(bytes);
        written.doing_at("write", path)?;
        Ok(spare)
    }

    /// Has what stands there forced to the disk, which may take long and is best done when it is nobody's turn. Who
    /// commits does it once more: a failure is told to each who has the file open, so that it cannot go by unseen.
    pub(super) fn force(path: &Path) -> Result<(), GitError> {
        let forced = File::open(path).and_then(|file| file.sync_all());
        forced.doing_at("write", path)
    }

    /// Its name.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is open: what is written next stands behind all else.
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Whether it still has its name.
    pub(super) fn is_there(&self) -> bool {
        let [named, open] = [self.path.symlink_metadata(), self.file.metadata()];
        matches!((named, open), (Ok(named), Ok(open)) if lock::is_same(&named, &open))
    }

    /// Writes some parts of what it is to hold, all else of which it holds.
    pub(super) fn change(&mut self, bytes: &[u8], parts: &[Range<usize>]) -> io::Result<()> {
        for part in parts {
            let start = u64::try_from(part.start).map_err(io::Error::other)?;
            self.file.seek(SeekFrom::Start(start))?;
            self.file.write_all(&bytes[part.clone()])?;
        }
        self.file.seek(SeekFrom::End(0)).map(drop)
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if self.is_there() {
            // One that cannot be removed is a leftover, which the next commit removes.
            let _ = fs::remove_file(&self.path);
        }
    }
}
