//! A file that a command was told to write, wherever it is.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the gateway to the disk for what a user names"
)]

use std::fs;
use std::path::Path;

use super::WorkspaceError;

/// Writes a file, in the place of one that is there. It appears whole or not at all; folders are made as needed.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), WorkspaceError> {
    // A pipe, a device or a link is written through: it is not the file to be replaced.
    let special = fs::symlink_metadata(path).is_ok_and(|data| !data.is_file() && !data.is_dir());
    if special {
        return fs::write(path, bytes).map_err(|e| WorkspaceError::io("write", path, e));
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(parent).map_err(|e| WorkspaceError::io("create", parent, e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let staged = path.with_file_name(format!(".{name}.mlopsgen-new"));
    fs::write(&staged, bytes).map_err(|e| WorkspaceError::io("write", &staged, e))?;
    fs::rename(&staged, path).map_err(|e| {
        // The error of the renaming is the one to tell.
        drop(fs::remove_file(&staged));
        WorkspaceError::io("write", path, e)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_its_folder_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.txt");
        save(&path, b"one").unwrap();
        save(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert!(save(folder.path(), b"three").is_err());
    }

    #[test]
    fn a_link_is_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        save(&target, b"one").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        save(&link, b"two").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
    }
}
