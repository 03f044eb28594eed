//! What is being written, noted before it is: a run that was killed is told from one that was not, and what it left
//! beside a file is told from what a person wrote.
#![expect(
    clippy::disallowed_methods,
    reason = "the journal is beside the work tree"
)]

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustix::fs::RenameFlags;
use serde::{Deserialize, Serialize};

use super::folder::{Folder, Missing, There};
use super::kept::sync;
use super::{Kept, WorkspaceError, fresh};
use crate::pipeline::{OWN, PlannedFile, sha256};

/// Bytes of a person's that something else took the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Displaced {
    /// The file that they were saved as.
    pub path: String,
    /// Where they are kept.
    pub place: PathBuf,
}

/// One file that is written.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: String,
    /// The SHA-256 of what it was to be; none where it was to be removed.
    new: Option<String>,
    /// The SHA-256 of what was there.
    before: Option<String>,
}

/// The name beside a file for bytes that are not complete yet, and for what was displaced.
pub(super) fn stage(name: &str) -> String {
    format!(".{name}.mlopsgen-new")
}

/// The name of a file in its folder.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The journal of a workspace.
pub(super) struct Journal<'k> {
    root: &'k Path,
    kept: &'k Kept,
    path: PathBuf,
}

impl<'k> Journal<'k> {
    pub(super) fn of(root: &'k Path, kept: &'k Kept) -> Self {
        let path = root.join(OWN).join("writing");
        Self { root, kept, path }
    }

    /// Whether what is noted was not all written.
    pub(super) fn is_open(&self) -> bool {
        self.path.symlink_metadata().is_ok()
    }

    /// Notes what is about to be written.
    pub(super) fn begin<'f>(
        &self,
        files: impl Iterator<Item = &'f PlannedFile>,
    ) -> Result<(), WorkspaceError> {
        let mut text = String::new();
        for file in files {
            let entry = Entry {
                path: file.path.clone(),
                new: file.content.as_deref().map(sha256),
                before: file.before.as_deref().map(sha256),
            };
            text += &serde_json::to_string(&entry).expect("texts are written as they are");
            text.push('\n');
        }
        super::save(&self.path, |out| out.write_all(text.as_bytes()))?;
        sync(&self.path)
    }

    /// Notes that all of it is written.
    pub(super) fn end(&self) -> Result<(), WorkspaceError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(WorkspaceError::io("remove", &self.path, error))
            }
            _ => {
                // A workspace without records has nothing else in it.
                let _ = fs::remove_dir(self.root.join(OWN));
                Ok(())
            }
        }
    }

    /// Clears up after a run that was killed: what it left of its own is removed, what it displaced of a person's goes
    /// back, or is kept where something newer is in its place.
    pub(super) fn recover(&self) -> Result<Vec<Displaced>, WorkspaceError> {
        let text = match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            text => text.map_err(|e| WorkspaceError::io("read", &self.path, e))?,
        };
        let mut displaced = Vec::new();
        // A line that is cut off tells of a file that was not begun.
        for entry in text.lines().filter_map(|l| serde_json::from_str(l).ok()) {
            displaced.extend(self.settle(&entry)?);
        }
        self.end()?;
        Ok(displaced)
    }

    fn settle(&self, entry: &Entry) -> Result<Option<Displaced>, WorkspaceError> {
        if entry.before.is_none() {
            match fresh::clear(self.root, &entry.path) {
                Ok(()) | Err(WorkspaceError::Link(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let folder = match Folder::of(self.root, &entry.path, Missing::Stop) {
            Ok(Some(folder)) => folder,
            // Taken away since, or nobody's business any more.
            Ok(None) | Err(WorkspaceError::Link(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let name = name_of(&entry.path);
        let staged = stage(name);
        let (left, now) = (folder.look(&staged)?, folder.look(name)?);
        let failed =
            |e: rustix::io::Errno| WorkspaceError::io("write", &folder.path(name), e.into());
        match judge(entry, &left, &now) {
            Leftover::None => Ok(None),
            Leftover::Ours => folder.remove(&staged).map(|()| None),
            Leftover::Displaced if now == There::Absent => folder
                .rename(&staged, name, RenameFlags::NOREPLACE)
                .map(|()| None)
                .map_err(failed),
            Leftover::Displaced => {
                folder
                    .rename(&staged, name, RenameFlags::EXCHANGE)
                    .map_err(failed)?;
                folder.remove(&staged).map(|()| None)
            }
            Leftover::Unknown => keep(self.kept, &folder, &entry.path),
        }
    }
}

/// What a name beside a file holds.
enum Leftover {
    None,
    /// Bytes of ours.
    Ours,
    /// Somebody's, in whose place ours are, or nothing.
    Displaced,
    /// Perhaps somebody's, and something else is in its place.
    Unknown,
}

fn judge(entry: &Entry, left: &There, now: &There) -> Leftover {
    let digest = |there: &There| there.bytes().map(sha256);
    let (left_digest, now_digest) = (digest(left), digest(now));
    let is_new = now_digest.is_some() && now_digest == entry.new;
    let was_taken_away = entry.new.is_none() && *now == There::Absent;
    match left {
        There::Absent => Leftover::None,
        There::File(bytes) if bytes.is_empty() => Leftover::Ours,
        There::File(_) if left_digest == entry.new || left_digest == entry.before => Leftover::Ours,
        // Nothing was exchanged yet, or it was put back: what is left is what was to be written, or a part of it.
        There::File(_)
            if entry.new.is_some() && now_digest == entry.before && *now != There::Other =>
        {
            Leftover::Ours
        }
        _ if is_new || was_taken_away => Leftover::Displaced,
        There::File(_) => Leftover::Unknown,
        // It cannot be kept elsewhere: it stays where it is.
        There::Other => Leftover::None,
    }
}

/// Keeps what is beside a file for its author, and takes it away; what is no file stays.
pub(super) fn keep(
    kept: &Kept,
    folder: &Folder,
    path: &str,
) -> Result<Option<Displaced>, WorkspaceError> {
    let staged = stage(name_of(path));
    let There::File(bytes) = folder.look(&staged)? else {
        return Ok(None);
    };
    let place = kept.displace(path, &bytes)?;
    folder.remove(&staged)?;
    let path = path.to_owned();
    Ok(Some(Displaced { path, place }))
}
