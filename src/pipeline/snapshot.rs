//! What a run sees of a world: each file once, so that all its parts see the same bytes, with their digest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::sha256;
use crate::world::{Bytes, LayeredWorld, Pattern, World, WorldError};

/// A workspace over the pack that it names, as it is while a run looks at it.
pub(super) struct Snapshot<'w> {
    workspace: &'w dyn World,
    pack: Option<&'w dyn World>,
    seen: Mutex<BTreeMap<String, Option<Arc<Seen>>>>,
}

/// A file that was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) bytes: Bytes,
    pub(super) sha256: Arc<str>,
    /// Whether it is a file of the workspace, not of the pack.
    pub(super) is_own: bool,
    /// How people are shown its path.
    pub(super) shown: String,
}

impl<'w> Snapshot<'w> {
    /// A workspace, which may name a pack.
    pub(super) fn new(workspace: &'w dyn World, pack: Option<&str>) -> Self {
        Self {
            workspace,
            pack: pack.and_then(super::pack).map(|pack| pack as &dyn World),
            seen: Mutex::default(),
        }
    }

    /// Looks at a file; `None` where there is none.
    pub(super) fn look(&self, path: &str) -> Result<Option<Arc<Seen>>, WorldError> {
        if let Some(seen) = locked(&self.seen).get(path) {
            return Ok(seen.clone());
        }
        let own = self.workspace.read(path)?.map(|b| (b, self.workspace));
        let found = match (own, self.pack) {
            (None, Some(pack)) => pack.read(path)?.map(|bytes| (bytes, pack, false)),
            (own, _) => own.map(|(bytes, world)| (bytes, world, true)),
        };
        let seen = found.map(|(bytes, world, is_own)| {
            Arc::new(Seen {
                sha256: sha256(&bytes).into(),
                bytes,
                is_own,
                shown: world.display_path(path),
            })
        });
        locked(&self.seen).insert(path.to_owned(), seen.clone());
        Ok(seen)
    }

    /// Notes which files are read through it.
    pub(super) fn recorder(&self) -> Recorder<'_> {
        Recorder {
            snapshot: self,
            paths: Mutex::default(),
        }
    }

    fn mark(&self, path: &str) -> Mark {
        match self.look(path) {
            Ok(None) => Mark::Missing,
            Ok(Some(seen)) => Mark::File(seen.shown.clone(), seen.sha256.clone()),
            Err(_) => Mark::Failed,
        }
    }
}

impl World for Snapshot<'_> {
    fn read(&self, path: &str) -> Result<Option<Bytes>, WorldError> {
        Ok(self.look(path)?.map(|seen| seen.bytes.clone()))
    }

    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError> {
        match self.pack {
            None => self.workspace.list(pattern),
            Some(base) => LayeredWorld {
                top: self.workspace,
                base,
            }
            .list(pattern),
        }
    }

    fn display_path(&self, path: &str) -> String {
        match self.look(path) {
            Ok(Some(seen)) => seen.shown.clone(),
            _ => self.workspace.display_path(path),
        }
    }
}

/// A snapshot that notes which of its files are read.
pub(super) struct Recorder<'s> {
    snapshot: &'s Snapshot<'s>,
    paths: Mutex<BTreeSet<String>>,
}

impl Recorder<'_> {
    /// The files that were read, and how they were.
    pub(super) fn basis(self) -> FileBasis {
        let paths = self.paths.into_inner();
        let paths = paths.unwrap_or_else(PoisonError::into_inner).into_iter();
        let marked = paths.map(|path| {
            let mark = self.snapshot.mark(&path);
            (path, mark)
        });
        FileBasis(marked.collect())
    }
}

impl World for Recorder<'_> {
    fn read(&self, path: &str) -> Result<Option<Bytes>, WorldError> {
        locked(&self.paths).insert(path.to_owned());
        self.snapshot.read(path)
    }

    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError> {
        self.snapshot.list(pattern)
    }

    fn display_path(&self, path: &str) -> String {
        self.snapshot.display_path(path)
    }
}

/// Files that something was made of.
#[derive(Debug)]
pub(super) struct FileBasis(Vec<(String, Mark)>);

impl FileBasis {
    /// The paths of all of them but one.
    pub(super) fn beside<'b>(&'b self, path: &'b str) -> impl Iterator<Item = &'b String> {
        self.0
            .iter()
            .map(|(of, _)| of)
            .filter(move |of| **of != path)
    }

    /// Whether all of them are what they were.
    pub(super) fn is_same(&self, now: &Snapshot<'_>) -> bool {
        let mut all = self.0.iter();
        all.all(|(path, mark)| *mark != Mark::Failed && *mark == now.mark(path))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Mark {
    Missing,
    File(String, Arc<str>),
    Failed,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
