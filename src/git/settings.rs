//! Whether all of the configuration has been read. Git takes a file that it cannot read for an empty one, and so does
//! gix, and neither says so: then nobody knows of a filter that encrypts, or of a hook that looks for secrets.

use std::ffi::OsString;
use std::io::{Error, ErrorKind};
use std::path::PathBuf;

use gix::bstr::ByteSlice;
use gix::config::Source;
use gix::sec::Trust;

use super::GitError;

/// Files of configuration that are not of one repository.
const COMMON: [Source; 3] = [Source::System, Source::Git, Source::User];

/// Tells of a file of the configuration that an open repository has nothing of, and that is not empty.
pub(super) fn check(git: &gix::Repository) -> Result<(), GitError> {
    if git.git_dir_trust() != Trust::Full {
        // Not all of it is asked for, and nothing is committed.
        return Ok(());
    }
    let config = git.config_snapshot();
    let has = |wanted: &dyn Fn(&gix::config::file::Metadata) -> bool| {
        config.plumbing().sections().any(|s| wanted(s.meta()))
    };
    let common = COMMON
        .iter()
        .filter_map(|one| one.storage_location(&mut variable));
    let mut missing: Vec<PathBuf> = common
        .filter(|path| !has(&|meta| meta.path.as_ref() == Some(path)))
        .collect();
    if !has(&|meta| meta.source == Source::Local) {
        missing.push(git.common_dir().join("config"));
    }
    let is_split = config.boolean("extensions.worktreeConfig") == Some(true);
    if is_split && !has(&|meta| meta.source == Source::Worktree) {
        missing.push(git.git_dir().join("config.worktree"));
    }
    for path in missing {
        is_empty(&path).map_err(|source| GitError::Configuration { path, source })?;
    }
    Ok(())
}

fn variable(name: &str) -> Option<OsString> {
    match name {
        "HOME" => std::env::home_dir().map(Into::into),
        _ => std::env::var_os(name),
    }
}

fn is_empty(path: &std::path::Path) -> Result<(), Error> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if is_nowhere(&error) => return Ok(()),
        Err(error) => return Err(error),
    };
    if bytes
        .lines()
        .any(|line| line.trim_start().starts_with(b"["))
    {
        return Err(Error::other("it could not be read a moment ago"));
    }
    Ok(())
}

/// Whether a file is not there, as opposed to one that is out of reach.
pub(super) fn is_nowhere(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
