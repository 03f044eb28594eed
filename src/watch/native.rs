//! Changes as the operating system reports them.
//!
//! Each folder is watched on its own, so that `.git` and whatever the caller refuses cost neither watches nor events.
//! A new folder is watched first and listed afterwards: what was made in it before that is found by the rescan that
//! comes with it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind, RenameMode};
use notify::{ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::event_loop::Event;
use super::pending::{Leaves, Pending};
use super::{Notice, Scope};

/// How often to see whether the watched folder is still the one that is watched.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How often to see whether a missing folder is back.
const ABSENCE: Duration = Duration::from_millis(200);

/// Whether reports can be relied on.
pub(super) enum Health {
    Fine,
    /// They cannot: some folder cannot be watched.
    Broken(String),
}

/// The watches of the operating system.
pub(super) struct Native {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    /// The folder that is watched; `None` where it is known to be gone.
    root: Option<Identity>,
    /// Whether the caller knows that it is gone.
    told: bool,
    checked: Instant,
}

impl Native {
    /// Watches a folder and all relevant ones below it.
    pub(super) fn new(scope: &Scope<'_>, events: &Sender<Event>) -> Result<Self, String> {
        let mut native = Self {
            watcher: watcher(events)?,
            folders: BTreeSet::new(),
            root: identity(scope.root),
            told: false,
            checked: Instant::now(),
        };
        native.add(scope, scope.root)?;
        Ok(native)
    }

    /// Watches a folder and all relevant ones below it. One that is gone again, or that cannot be read, is left out;
    /// but not the root.
    fn add(&mut self, scope: &Scope<'_>, folder: &Path) -> Result<(), String> {
        let mut waiting = vec![folder.to_owned()];
        while let Some(folder) = waiting.pop() {
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {}
                Err(error) if is_limit(&error) => {
                    return Err("too many folders to watch".to_owned());
                }
                Err(error) if folder == scope.root => return Err(error.to_string()),
                Err(_) => continue,
            }
            waiting.extend(subfolders(&folder).filter(|path| is_wanted(scope, path)));
            self.folders.insert(folder);
        }
        Ok(())
    }

    /// Takes in a report.
    pub(super) fn absorb(
        &mut self,
        scope: &Scope<'_>,
        report: notify::Result<notify::Event>,
        (pending, at): (&mut Pending, Instant),
    ) -> Health {
        let event = match report {
            Ok(event) => event,
            Err(error) if is_limit(&error) => {
                return Health::Broken("too many folders to watch".to_owned());
            }
            Err(_) => return self.lost(scope, pending, at),
        };
        if event.need_rescan() {
            return self.lost(scope, pending, at);
        }
        for (number, path) in event.paths.into_iter().enumerate() {
            let kind = match event.kind {
                // Of two names, the first is the one that is free now.
                EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if number == 0 => {
                    EventKind::Modify(ModifyKind::Name(RenameMode::From))
                }
                kind => kind,
            };
            if path == scope.root {
                self.notice_root(kind, at);
            } else if is_wanted(scope, &path)
                && let Err(reason) = self.note(scope, (kind, path), (pending, at))
            {
                return Health::Broken(reason);
            }
        }
        Health::Fine
    }

    /// The root went away, or elsewhere: its watch is worth nothing, even if a folder of its name and number is there.
    fn notice_root(&mut self, kind: EventKind, at: Instant) {
        if matches!(
            kind,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        ) {
            self.root = None;
            self.checked = at.checked_sub(ABSENCE).unwrap_or(at);
        }
    }

    /// Reports went missing: folders may be there that are not watched yet.
    fn lost(&mut self, scope: &Scope<'_>, pending: &mut Pending, at: Instant) -> Health {
        pending.rescan(at);
        match self.add(scope, scope.root) {
            Ok(()) => Health::Fine,
            Err(reason) => Health::Broken(reason),
        }
    }

    /// Takes note of what happened to a path.
    fn note(
        &mut self,
        scope: &Scope<'_>,
        (kind, path): (EventKind, PathBuf),
        (pending, at): (&mut Pending, Instant),
    ) -> Result<(), String> {
        let appeared = matches!(
            kind,
            EventKind::Create(CreateKind::Folder | CreateKind::Any)
                | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Any))
        );
        let went = matches!(
            kind,
            EventKind::Remove(_)
                | EventKind::Modify(ModifyKind::Name(RenameMode::From | RenameMode::Any))
        );
        if appeared && is_folder(&path) {
            self.add(scope, &path)?;
            pending.rescan(at);
        } else if went && self.folders.remove(&path) {
            self.folders.retain(|folder| !folder.starts_with(&path));
            pending.rescan(at);
        }
        let leaves = leaves(kind).of(scope, &path);
        pending.touch(path, leaves, at);
        Ok(())
    }

    /// How many folders are watched.
    pub(super) fn folders(&self) -> usize {
        self.folders.len()
    }

    pub(super) fn is_root_missing(&self) -> bool {
        self.root.is_none()
    }

    pub(super) fn next_tick(&self) -> Instant {
        self.checked
            + if self.root.is_some() {
                HEARTBEAT
            } else {
                ABSENCE
            }
    }

    /// Sees whether the root is still the folder that is watched, and watches the new one otherwise.
    pub(super) fn tick(
        &mut self,
        scope: &Scope<'_>,
        events: &Sender<Event>,
        now: Instant,
    ) -> Result<Option<Notice>, String> {
        if now < self.next_tick() {
            return Ok(None);
        }
        self.checked = now;
        let found = identity(scope.root);
        if found.is_none() {
            self.root = None;
            let first = !std::mem::replace(&mut self.told, true);
            return Ok(first.then_some(Notice::RootMissing));
        }
        if found == self.root {
            return Ok(None);
        }
        *self = Self::new(scope, events)?;
        Ok(Some(Notice::RootBack))
    }
}

fn watcher(events: &Sender<Event>) -> Result<RecommendedWatcher, String> {
    let events = events.clone();
    let forward = move |report: notify::Result<notify::Event>| {
        if report.as_ref().map_or(true, matters) {
            // The loop has ended where nobody receives.
            let _ = events.send(Event::Reported {
                report,
                at: Instant::now(),
            });
        }
    };
    notify::recommended_watcher(forward)
        .map_err(|error| format!("the system reports no changes: {error}"))
}

/// Whether an event can mean that content changed. Reading, and changes of times or rights, cannot.
fn matters(event: &notify::Event) -> bool {
    event.need_rescan()
        || matches!(
            event.kind,
            EventKind::Any
                | EventKind::Create(_)
                | EventKind::Remove(_)
                | EventKind::Modify(ModifyKind::Any | ModifyKind::Data(_) | ModifyKind::Name(_))
                | EventKind::Access(AccessKind::Close(AccessMode::Write))
        )
}

/// How an event leaves its file.
fn leaves(kind: EventKind) -> Leaves {
    match kind {
        EventKind::Access(_)
        | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both))
        | EventKind::Remove(RemoveKind::Folder) => Leaves::Complete,
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
            Leaves::Gone
        }
        EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any) => Leaves::Writing,
        _ => Leaves::Unsettled,
    }
}

fn is_limit(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        // EMFILE and ENFILE: no more descriptors.
        ErrorKind::Io(error) => matches!(error.raw_os_error(), Some(23 | 24)),
        _ => false,
    }
}

/// Whether a path below the root is to be looked at.
pub(super) fn is_wanted(scope: &Scope<'_>, path: &Path) -> bool {
    let below = path.strip_prefix(scope.root).unwrap_or(path);
    !below.iter().any(|component| component == ".git") && (scope.relevant)(path)
}

/// Whether a path is a folder, and no link to one.
fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|data| data.is_dir())
}

fn subfolders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
}

/// What tells one folder from another that later has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

/// Returns the identity of a folder, or `None` where there is none.
#[cfg(unix)]
pub(super) fn identity(folder: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let data = folder.metadata().ok().filter(std::fs::Metadata::is_dir)?;
    Some(Identity(data.dev(), data.ino()))
}

/// Returns the identity of a folder, or `None` where there is none.
#[cfg(not(unix))]
pub(super) fn identity(folder: &Path) -> Option<Identity> {
    folder.is_dir().then_some(Identity(0, 0))
}
