//! What a commit hangs on that is no file of the work tree: where it is the same, what could not be committed still cannot.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{GitError, Repository, branch, obstacle};

/// Configuration, hooks, index and branch, as they are at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circumstances {
    configuration: String,
    head: Option<branch::Position>,
    /// What tells one version of a file from another.
    files: BTreeMap<PathBuf, String>,
}

pub(super) fn now(repository: &Repository) -> Result<Circumstances, GitError> {
    let git = repository.open()?;
    let mut files = vec![git.index_path(), git.common_dir().join("info/attributes")];
    let entries = std::fs::read_dir(obstacle::hooks_folder(&git)?)
        .into_iter()
        .flatten()
        .flatten();
    files.extend(entries.map(|entry| entry.path()));
    let configuration = git.config_snapshot();
    Ok(Circumstances {
        configuration: configuration.plumbing().to_bstring().to_string(),
        // Some repositories cannot be read any further, which is what holds the commit.
        head: branch::position(&git).ok(),
        files: files.into_iter().map(with_version).collect(),
    })
}

/// Length, times and rights of a file; nothing where there is none.
fn with_version(path: PathBuf) -> (PathBuf, String) {
    let version = path.symlink_metadata().map_or_else(
        |_| String::new(),
        |data| {
            let (time, rights) = (data.modified().ok(), data.permissions());
            format!("{} {time:?} {rights:?}", data.len())
        },
    );
    (path, version)
}
