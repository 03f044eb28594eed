//! The disk as it was looked at last, for a program that looks again and again: what did not change is not read again.
//!
//! A file is the same where the system says of it what it said before it was read: which one it is, its size and its times.
//! These are as coarse as the clock of the file system, so a file that had changed just before it was read may change again
//! without a difference: it is read again the next time. That is the rule of git's index.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the gateway to the disk for reading"
)]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::DiskWorld;
use crate::world::{Bytes, Pattern, World, WorldError};

/// How long a file must have been as it is for its times to tell that it still is: no file system has coarser ones.
const RACY: Duration = Duration::from_secs(2);

/// A folder, and what was seen of it.
#[derive(Debug)]
pub struct SeenWorld {
    root: PathBuf,
    disk: DiskWorld,
    seen: Mutex<Seen>,
}

/// What may be otherwise than it was the last time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The files that are.
    pub files: BTreeSet<String>,
    /// Whether any other may be as well.
    pub rest: bool,
}

impl Changes {
    /// Anything may be otherwise.
    pub fn all() -> Self {
        Self {
            rest: true,
            ..Self::default()
        }
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && !self.rest
    }

    /// Adds what has come since.
    pub fn add(&mut self, later: Self) {
        self.files.extend(later.files);
        self.rest |= later.rest;
    }
}

#[derive(Debug, Default)]
struct Seen {
    files: BTreeMap<String, File>,
    /// The files that match patterns, by the texts of these.
    lists: BTreeMap<String, (Pattern, Vec<String>)>,
}

/// A file that was asked for; where it is not there, without bytes.
#[derive(Debug)]
struct File {
    bytes: Option<Bytes>,
    /// What the system said of it; `None` where that would not tell a change.
    stamp: Option<Stamp>,
}

impl SeenWorld {
    /// The files below a folder, none of which was looked at.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            disk: DiskWorld::new(root),
            seen: Mutex::default(),
        }
    }

    /// Forgets everything: all is read again when it is asked for.
    pub fn forget(&self) {
        *self.seen() = Seen::default();
    }

    /// Has files be the very bytes that others hold, where these are equal: they are there once then.
    pub fn share(&self, held: impl Fn(&str) -> Option<Bytes>) {
        for (path, file) in &mut self.seen().files {
            if let Some(bytes) = &mut file.bytes
                && let Some(same) = held(path).filter(|held| held == bytes)
            {
                *bytes = same;
            }
        }
    }

    /// Looks again at files that are said to have changed, and at no other.
    pub fn look_at<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Changes {
        let mut seen = self.seen();
        let mut changes = Changes::default();
        for path in paths {
            if seen.files.contains_key(path) {
                self.look(path, &mut seen, &mut changes);
            } else if self.is_of_lists(path, &seen) {
                changes.rest = true;
            }
        }
        if changes.rest {
            seen.lists.clear();
        }
        changes
    }

    /// Looks again at all that was asked for.
    pub fn look_again(&self) -> Changes {
        let mut seen = self.seen();
        let mut changes = Changes::default();
        for (pattern, found) in seen.lists.values() {
            changes.rest |= self.disk.list(pattern).ok().as_ref() != Some(found);
        }
        let mut still = BTreeMap::new();
        for (path, file) in std::mem::take(&mut seen.files) {
            let is_same = file.stamp.is_some() && file.stamp == self.stamp(&path);
            if is_same {
                still.insert(path, file);
            } else {
                seen.files.insert(path, file);
            }
        }
        let others: Vec<String> = seen.files.keys().cloned().collect();
        for path in others {
            self.look(&path, &mut seen, &mut changes);
        }
        seen.files.append(&mut still);
        if changes.rest {
            seen.lists.clear();
        }
        changes
    }

    /// Reads a file again that was read before.
    fn look(&self, path: &str, seen: &mut Seen, changes: &mut Changes) {
        let before = seen.files.remove(path).and_then(|f| f.bytes);
        match self.read_now(path) {
            Ok(file) => {
                if file.bytes != before {
                    // A list that it stands in is another one where it came or went.
                    changes.rest |= file.bytes.is_some() != before.is_some();
                    changes.files.insert(path.to_owned());
                }
                seen.files.insert(path.to_owned(), file);
            }
            // Who asks for it is told.
            Err(_) => changes.rest = true,
        }
    }

    /// Whether a file that nobody asked for, or a folder that it replaces, has to do with what somebody did ask for.
    fn is_of_lists(&self, path: &str, seen: &Seen) -> bool {
        let below = format!("{path}/");
        let inside = |other: &str| other == path || other.starts_with(&below);
        let after = seen.files.range(below.clone()..).next();
        after.is_some_and(|(other, _)| other.starts_with(&below))
            || seen.lists.values().any(|(pattern, _)| {
                inside(pattern.base()) || pattern.matches(path) && self.root.join(path).is_file()
            })
    }

    fn read_now(&self, path: &str) -> Result<File, WorldError> {
        // A change between the two makes the next look differ.
        let stamp = self.stamp(path);
        Ok(File {
            bytes: self.disk.read(path)?,
            stamp: stamp.filter(Stamp::is_settled),
        })
    }

    fn stamp(&self, path: &str) -> Option<Stamp> {
        Stamp::of(&self.root.join(path))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World for SeenWorld {
    fn read(&self, path: &str) -> Result<Option<Bytes>, WorldError> {
        let mut seen = self.seen();
        if let Some(file) = seen.files.get(path) {
            return Ok(file.bytes.clone());
        }
        let file = self.read_now(path)?;
        let bytes = file.bytes.clone();
        seen.files.insert(path.to_owned(), file);
        Ok(bytes)
    }

    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError> {
        let mut seen = self.seen();
        if let Some((_, found)) = seen.lists.get(pattern.text()) {
            return Ok(found.clone());
        }
        let found = self.disk.list(pattern)?;
        let list = (pattern.clone(), found.clone());
        seen.lists.insert(pattern.text().to_owned(), list);
        Ok(found)
    }
}

/// What the system says of a file, or of what a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    size: u64,
    /// When its content changed, and when anything about it did.
    times: [Option<SystemTime>; 2],
}

impl Stamp {
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let data = path.metadata().ok()?;
        let since = |seconds: i64, nanoseconds: i64| {
            let seconds = Duration::from_secs(u64::try_from(seconds).ok()?);
            let more = Duration::from_nanos(u64::try_from(nanoseconds).ok()?);
            SystemTime::UNIX_EPOCH.checked_add(seconds + more)
        };
        Some(Self {
            file: (data.dev(), data.ino()),
            size: data.len(),
            times: [
                since(data.mtime(), data.mtime_nsec()),
                since(data.ctime(), data.ctime_nsec()),
            ],
        })
    }

    /// Nothing that would tell one file from another.
    #[cfg(not(unix))]
    fn of(_: &Path) -> Option<Self> {
        None
    }

    /// Whether its times are so long ago that a change now would give others.
    fn is_settled(&self) -> bool {
        let now = SystemTime::now();
        let is_past = |time: &Option<SystemTime>| {
            time.and_then(|time| now.duration_since(time).ok())
                .is_some_and(|age| age > RACY)
        };
        self.times.iter().all(is_past)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, FileTimes};

    use super::*;

    struct Folder(tempfile::TempDir, SeenWorld);

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("models")).unwrap();
            let world = SeenWorld::new(folder.path());
            Self(folder, world)
        }

        fn write(&self, path: &str, text: &str) {
            fs::write(self.0.path().join(path), text).unwrap();
        }

        fn remove(&self, path: &str) {
            fs::remove_file(self.0.path().join(path)).unwrap();
        }

        fn read(&self, path: &str) -> Option<String> {
            let bytes = self.1.read(path).unwrap()?;
            Some(String::from_utf8(bytes.to_vec()).unwrap())
        }

        fn list(&self) -> Vec<String> {
            self.1
                .list(&Pattern::new("models/*.yaml").unwrap())
                .unwrap()
        }
    }

    fn files(paths: &[&str]) -> Changes {
        Changes {
            files: paths.iter().map(|p| (*p).to_owned()).collect(),
            rest: false,
        }
    }

    #[test]
    fn what_is_known_stays_until_it_is_looked_at_again() {
        let folder = Folder::new();
        folder.write("models/a.yaml", "one");
        folder.write("models/b.yaml", "one");
        assert_eq!(folder.list(), ["models/a.yaml", "models/b.yaml"]);
        for path in ["models/a.yaml", "models/b.yaml"] {
            assert_eq!(folder.read(path).as_deref(), Some("one"));
            folder.write(path, "two");
            assert_eq!(folder.read(path).as_deref(), Some("one"));
        }
        let hint = ["models/a.yaml", "models/.a.yaml.swp"].into_iter();
        assert_eq!(folder.1.look_at(hint), files(&["models/a.yaml"]));
        assert_eq!(folder.read("models/a.yaml").as_deref(), Some("two"));
        assert_eq!(folder.1.look_again(), files(&["models/b.yaml"]));
        assert_eq!(folder.1.look_again(), files(&[]));
        assert_eq!(folder.read("models/b.yaml").as_deref(), Some("two"));
    }

    #[test]
    fn a_change_that_leaves_size_and_time_is_found() {
        let folder = Folder::new();
        let path = folder.0.path().join("a");
        let set = |time| {
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.set_times(FileTimes::new().set_modified(time)).unwrap();
        };
        folder.write("a", "one");
        let before = path.metadata().unwrap().modified().unwrap();
        assert_eq!(folder.read("a").as_deref(), Some("one"));
        folder.write("a", "two");
        set(before);
        assert_eq!(folder.1.look_again(), files(&["a"]));
        assert_eq!(folder.read("a").as_deref(), Some("two"));
    }

    #[test]
    fn what_comes_and_goes_changes_lists() {
        let folder = Folder::new();
        folder.write("models/a.yaml", "one");
        folder.list();
        folder.read("models/a.yaml");
        assert_eq!(folder.read("models/b.yaml"), None);
        folder.write("models/b.yaml", "one");
        assert!(folder.1.look_at(["models/b.yaml"].into_iter()).rest);
        assert_eq!(folder.list(), ["models/a.yaml", "models/b.yaml"]);
        folder.write("models/c.yaml", "one");
        assert!(folder.1.look_at(["models/c.yaml"].into_iter()).rest);
        assert_eq!(folder.list().len(), 3);
        folder.remove("models/c.yaml");
        assert!(folder.1.look_again().rest);
        assert_eq!(folder.list().len(), 2);
        folder.remove("models/a.yaml");
        let gone = folder.1.look_at(["models/a.yaml"].into_iter());
        assert!(gone.rest && gone.files.contains("models/a.yaml"));
        assert_eq!(
            (folder.read("models/a.yaml"), folder.list().len()),
            (None, 1)
        );
        assert!(folder.1.look_at(["models"].into_iter()).rest, "a folder");
        let else_where = ["README.md", "models/c.yaml", "models/x.txt"];
        assert!(folder.1.look_at(else_where.into_iter()).is_empty());
    }
}
