//! What is kept beside the work tree, in git's own folder: the artifacts as they were generated last, which edits are
//! merged over, and bytes of the user's that a command took the place of.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the gateway to what is kept"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{WorkspaceError, save};
use crate::pipeline::sha256;

/// How many artifacts that no record names any more are kept: other branches may need them.
pub const SPARE: usize = 1000;

/// A folder of things that are kept.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// What is kept in a folder, which need not be there.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    fn generated(&self) -> PathBuf {
        self.folder.join("generated")
    }

    /// Keeps bytes that are generated, under their SHA-256.
    pub fn remember(&self, digest: &str, bytes: &[u8]) -> Result<(), WorkspaceError> {
        let path = self.generated().join(digest);
        // One that the power went away under has its name, and nothing in it.
        if fs::metadata(&path).is_ok_and(|data| data.len() == bytes.len() as u64) {
            return Ok(());
        }
        save(&path, |out| out.write_all(bytes))
    }

    /// The bytes that were kept under their SHA-256; `None` where they were not, or are damaged.
    pub fn recall(&self, digest: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.generated().join(digest)).ok()?;
        (sha256(&bytes) == digest).then_some(bytes)
    }

    /// How much is kept that was generated.
    ///
    /// # Errors
    ///
    /// Where the folder of it cannot be read.
    pub fn count(&self) -> Result<usize, WorkspaceError> {
        Ok(self.names()?.len())
    }

    /// Removes what was generated and is not needed any more, where there is much of it.
    ///
    /// # Errors
    ///
    /// Where the folder of it cannot be read, or a file not be removed.
    pub fn tidy(&self, needed: &BTreeSet<String>) -> Result<(), WorkspaceError> {
        let mut spare = self.names()?;
        spare.retain(|name| !needed.contains(name));
        if spare.len() <= SPARE {
            return Ok(());
        }
        spare.iter().try_for_each(|name| {
            let path = self.generated().join(name);
            fs::remove_file(&path).map_err(|e| WorkspaceError::io("remove", &path, e))
        })
    }

    /// The SHA-256 of all that is kept that was generated.
    fn names(&self) -> Result<Vec<String>, WorkspaceError> {
        let folder = self.generated();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries.flatten(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(WorkspaceError::io("read", &folder, error)),
        };
        Ok(entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect())
    }

    /// Keeps bytes of the user's that something else takes the place of. Returns where.
    pub fn displace(&self, path: &str, bytes: &[u8]) -> Result<PathBuf, WorkspaceError> {
        let folder = self.folder.join("displaced");
        let numbered = |n: usize| folder.join(format!("{path}~{n}"));
        let mut free = 1;
        while numbered(free).exists() {
            free += 1;
        }
        if free > 1 && is(&numbered(free - 1), bytes) {
            return Ok(numbered(free - 1));
        }
        let place = numbered(free);
        save(&place, |out| out.write_all(bytes))?;
        sync(&place)?;
        Ok(place)
    }
}

/// Forces a file and its name to the disk.
pub(super) fn sync(path: &Path) -> Result<(), WorkspaceError> {
    for path in [Some(path), path.parent()].into_iter().flatten() {
        let synced = fs::File::open(path).and_then(|file| file.sync_all());
        synced.map_err(|e| WorkspaceError::io("write", path, e))?;
    }
    Ok(())
}

fn is(path: &Path, bytes: &[u8]) -> bool {
    fs::read(path).is_ok_and(|there| there == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_unless_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(folder.path());
        let digest = sha256(b"one");
        assert_eq!(kept.recall(&digest), None);
        kept.remember(&digest, b"one").unwrap();
        kept.tidy(&BTreeSet::new()).unwrap();
        assert_eq!(kept.recall(&digest).unwrap(), b"one");
        fs::write(kept.generated().join(&digest), b"other").unwrap();
        assert_eq!(kept.recall(&digest), None);
    }

    #[test]
    fn displaced_bytes_never_take_the_place_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(folder.path());
        let one = kept.displace("out/a.py", b"one").unwrap();
        let two = kept.displace("out/a.py", b"two").unwrap();
        assert_eq!(kept.displace("out/a.py", b"two").unwrap(), two);
        assert_eq!(fs::read(one).unwrap(), b"one");
        assert_eq!(fs::read(two).unwrap(), b"two");
    }
}
