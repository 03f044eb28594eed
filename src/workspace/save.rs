//! A file that a command was told to write, wherever it is.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the gateway to the disk for what a user names"
)]

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::WorkspaceError;

/// Writes a file that a command names, in the place of one that is there. It appears whole or not at all; folders are
/// made as needed.
pub fn save(
    path: &Path,
    with: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), WorkspaceError> {
    let failed = |action, path: &Path| {
        let path = path.to_owned();
        move |e| WorkspaceError::io(action, &path, e)
    };
    // A pipe, a device or a link is written through: it is not the file to be replaced.
    let special = fs::symlink_metadata(path).is_ok_and(|data| !data.is_file() && !data.is_dir());
    if special {
        return write(path, with).map_err(failed("write", path));
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(parent).map_err(failed("create", parent))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let staged = path.with_file_name(format!(".{name}.mlopsgen-new"));
    let written = write(&staged, with).and_then(|()| fs::rename(&staged, path));
    written.map_err(|e| {
        // What is half written is ours alone; the first error is the one to tell.
        drop(fs::remove_file(&staged));
        WorkspaceError::io("write", path, e)
    })
}

fn write(
    path: &Path,
    with: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, fs::File::create(path)?);
    with(&mut out)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> impl FnOnce(&mut dyn Write) -> std::io::Result<()> {
        move |out| out.write_all(text.as_bytes())
    }

    #[test]
    fn a_file_is_replaced_and_its_folder_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.txt");
        save(&path, text("one")).unwrap();
        save(&path, text("two")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert!(save(folder.path(), text("three")).is_err());
    }

    #[test]
    fn a_link_is_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        save(&target, text("one")).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        save(&link, text("two")).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
    }
}
