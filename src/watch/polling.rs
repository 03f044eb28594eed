//! Changes found by looking at all files from time to time, where nobody reports them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::native::{identity, is_wanted};
use super::pending::{Leaves, Pending};
use super::{Notice, Scope};

/// What is remembered of a file; another value means that it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    node: u64,
}

/// The files as they were at the last look.
pub(super) struct Polling {
    every: Duration,
    looked: Instant,
    files: BTreeMap<PathBuf, Stamp>,
    missing: bool,
}

impl Polling {
    /// Looks for the first time.
    pub(super) fn new(scope: &Scope<'_>, every: Duration) -> Self {
        Self {
            every,
            looked: Instant::now(),
            files: look(scope),
            missing: false,
        }
    }

    pub(super) fn is_root_missing(&self) -> bool {
        self.missing
    }

    pub(super) fn next_tick(&self) -> Instant {
        self.looked + self.every
    }

    /// Looks again if it is time, and takes note of the differences.
    pub(super) fn tick(
        &mut self,
        scope: &Scope<'_>,
        pending: &mut Pending,
        now: Instant,
    ) -> Option<Notice> {
        if now < self.next_tick() {
            return None;
        }
        let missing = identity(scope.root).is_none();
        let notice = match (self.missing, missing) {
            (false, true) => Some(Notice::RootMissing),
            (true, false) => Some(Notice::RootBack),
            _ => None,
        };
        self.missing = missing;
        if !missing {
            let files = look(scope);
            let differ: BTreeSet<&PathBuf> = differences(&self.files, &files).collect();
            // What is the same as at the last look is not being written any more.
            let still: Vec<PathBuf> = pending.written().cloned().collect();
            for path in still.into_iter().filter(|path| !differ.contains(path)) {
                pending.touch(path, Leaves::Complete, now);
            }
            for path in differ {
                let leaves = if files.contains_key(path) {
                    Leaves::Writing
                } else {
                    Leaves::Gone
                };
                pending.touch(path.clone(), leaves.of(scope, path), now);
            }
            self.files = files;
        }
        // Counted from the end of the look, so that a slow one does not follow on its own heels.
        self.looked = Instant::now();
        notice
    }
}

/// The paths that are in one of two states only, or not the same in both.
fn differences<'a>(
    before: &'a BTreeMap<PathBuf, Stamp>,
    after: &'a BTreeMap<PathBuf, Stamp>,
) -> impl Iterator<Item = &'a PathBuf> {
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let changed = after
        .iter()
        .filter(|(path, stamp)| before.get(*path) != Some(stamp));
    gone.chain(changed.map(|(path, _)| path))
}

/// Reads the stamps of all relevant files. What cannot be read is not there.
fn look(scope: &Scope<'_>) -> BTreeMap<PathBuf, Stamp> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![scope.root.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries
            .map(|entry| entry.path())
            .filter(|path| is_wanted(scope, path))
        {
            match path.symlink_metadata() {
                Ok(data) if data.is_dir() => waiting.push(path),
                Ok(_) => files.extend(stamp(&path).map(|stamp| (path, stamp))),
                Err(_) => {}
            }
        }
    }
    files
}

/// The stamp of a file, or of what a link leads to.
fn stamp(path: &Path) -> Option<Stamp> {
    let data = path.metadata().ok()?;
    Some(Stamp {
        modified: data.modified().ok(),
        size: data.len(),
        node: node(&data),
    })
}

#[cfg(unix)]
fn node(data: &std::fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    data.ino()
}

#[cfg(not(unix))]
fn node(_: &std::fs::Metadata) -> u64 {
    0
}
