//! What can go wrong with a repository, always with the path or the revision it is about.

use std::path::{Path, PathBuf};

/// The repository misbehaves, or was asked for something it cannot give.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The git program cannot be run, or fails.
    #[error("`git {what}` failed")]
    Program {
        /// Its command.
        what: &'static str,
        /// What it or the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is a repository that cannot be read, or a folder that cannot be searched for one.
    #[error("cannot open the git repository at {}", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// What git's library said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of git's configuration cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Configuration {
        /// The file.
        path: PathBuf,
        /// What the machine said.
        source: std::io::Error,
    },
    /// The repository has no work tree.
    #[error("the git repository at {} is bare: it has no work tree", path.display())]
    Bare {
        /// Where the repository is.
        path: PathBuf,
    },
    /// A folder lies outside the work tree.
    #[error("{} is outside the work tree {}", path.display(), root.display())]
    Outside {
        /// The folder.
        path: PathBuf,
        /// The work tree.
        root: PathBuf,
    },
    /// A name that is no commit of this repository.
    #[error("`{revision}` is not a commit of this repository")]
    Revision {
        /// The name.
        revision: String,
        /// What git's library said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A path that must not be written into a tree.
    #[error("cannot use the path `{}`: {reason}", path.escape_debug())]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An operation failed.
    #[error("cannot {action} {subject}")]
    Operation {
        /// What was tried: a verb and its object.
        action: &'static str,
        /// What it was tried on: a path, a revision, an identity.
        subject: String,
        /// What the machine or git's library said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl GitError {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Configuration { .. } => Some(
                "see that it can be read; filters and hooks may stand there, so nothing is committed before that",
            ),
            _ => None,
        }
    }
}

/// Turns a foreign error into ours, with what was done to what.
pub(super) trait Context<T> {
    /// Names the operation that failed.
    fn doing(self, action: &'static str, subject: impl ToString) -> Result<T, GitError>;

    /// The same, on a file or folder.
    fn doing_at(self, action: &'static str, path: &Path) -> Result<T, GitError>;
}

impl<T, E: Into<Box<dyn std::error::Error + Send + Sync>>> Context<T> for Result<T, E> {
    fn doing(self, action: &'static str, subject: impl ToString) -> Result<T, GitError> {
        self.map_err(|error| GitError::Operation {
            action,
            subject: subject.to_string(),
            source: error.into(),
        })
    }

    fn doing_at(self, action: &'static str, path: &Path) -> Result<T, GitError> {
        self.doing(action, path.display())
    }
}
