//! A workspace on disk: finding it, reading it, carrying a plan out, making one.

mod apply;
mod disk;
mod folder;
mod fresh;
mod journal;
mod kept;
mod large;
mod place;
mod save;
mod scaffold;
mod seen;

pub use apply::{Applied, apply, go_on, is_interrupted, recover};
pub use disk::DiskWorld;
pub use journal::Displaced;
pub use kept::{Kept, SPARE};
pub use save::save;
pub use scaffold::{Scaffold, copy_example, eject, samples, scaffold};
pub use seen::{Changes, SeenWorld};

use std::path::{Path, PathBuf};

use crate::pipeline::CONFIG_FILE;

/// The disk misbehaves.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the machine said.
        #[source]
        source: std::io::Error,
    },
    /// Something is there that would be overwritten.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// A folder on the way to a file is a link, which may lead anywhere.
    #[error("{} is a link: nothing is written through it", .0.display())]
    Link(PathBuf),
}

impl WorkspaceError {
    fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// Whether something was in the place of a new file.
    fn is_taken(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == std::io::ErrorKind::AlreadyExists)
    }
}

/// Finds the workspace of a folder: the nearest one above it, or itself, that has a `mlopsgen.yaml`.
pub fn find(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|folder| disk::is_file(&folder.join(CONFIG_FILE)))
        .map(Path::to_owned)
}
