//! Files and names that are on the disk when the function returns, whatever happens to the power then.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::GitError;
use super::error::Context;

/// Writes a file that is ours alone, down to the disk; one that an earlier run has left there is dropped.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), GitError> {
    remove_if_there(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o444);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    if written.is_err() {
        // What is half written is ours; the first error is the one to tell.
        drop(fs::remove_file(path));
    }
    written.doing_at("write", path)
}

/// Forces the names in a folder to the disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), GitError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .doing_at("write", folder)
}

/// Removes a file that may be there.
pub(super) fn remove_if_there(path: &Path) -> Result<(), GitError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).doing_at("remove", path),
        _ => Ok(()),
    }
}

/// Makes a folder and those above it, where they are not there.
pub(super) fn create_folder(folder: &Path) -> Result<(), GitError> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent();
    above.map_or(Ok(()), create_folder)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
        made => made.doing_at("create", folder)?,
    }
    above.map_or(Ok(()), sync_folder)
}
