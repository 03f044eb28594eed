//! Where bytes come from: the one door between the pure core and the machine.
//!
//! The core asks a [`World`] for files and sees no disk, clock, environment or terminal. Three worlds exist: the
//! disk (`workspace`), memory ([`MemoryWorld`]: tests, the built-in pack, unsaved edits) and the tree of a git
//! commit (`git`), so that any past revision can be regenerated without a checkout. Two stand on others: a
//! [`LayeredWorld`] and an [`EditedWorld`].

mod edited;
mod glob;
mod layered;
mod memory;

pub use edited::EditedWorld;
pub use glob::{Pattern, PatternError};
pub use layered::LayeredWorld;
pub use memory::MemoryWorld;

pub use bytes::Bytes;

/// A file system that can be asked for bytes. Paths are relative to its root, with `/` between components.
pub trait World: Send + Sync {
    /// Returns the bytes of a file, or `None` where there is no such file.
    fn read(&self, path: &str) -> Result<Option<Bytes>, WorldError>;

    /// Returns the paths of all files that match a pattern, sorted.
    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError>;

    /// How people should be shown a path of this world.
    fn display_path(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// The world misbehaves: a file is there but cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}")]
pub struct WorldError {
    /// The path that was asked for.
    pub path: String,
    /// What the machine said.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
