//! The index: what the user has staged, and how our paths enter it without disturbing the rest.
//!
//! An index has an entry for each file of the repository, and a commit of ours changes a few of them. So it stays as the
//! bytes that it is, all of it but those few; what is asked of it is told by the entries at the paths that it is about.

mod entries;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use gix::ObjectId;
use gix::bstr::BStr;
use gix::index::entry::{Flags, Mode, Stage, Stat};
use gix::objs::tree::EntryKind;

use super::error::Context;
use super::lock::{self, Forcing, Lock};
use super::path::ancestors;
use super::plan::Planned;
use super::tree::Found;
use super::{GitError, Obstacle};
use entries::{Changes, Entries};

/// The files that say how git treats others, which it may look for in the index.
const RULES: [&[u8]; 2] = [b".gitattributes", b".gitignore"];

/// The index of the last commit, as it is on the disk, for the next one: that of a large work tree takes a while to read.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptIndex(Arc<Mutex<Option<Known>>>);

/// The stamp of a file and its bytes.
type Known = (String, Vec<u8>);

impl KeptIndex {
    /// Keeps the bytes of a file that is known by a stamp.
    fn keep(&self, stamp: String, bytes: Vec<u8>) {
        *self.lock() = Some((stamp, bytes));
    }

    /// What is kept, if it is that of the file with a stamp. It is kept no longer.
    fn take(&self, stamp: &str) -> Option<Vec<u8>> {
        let kept = self.lock().take();
        kept.filter(|(of, _)| of == stamp).map(|(_, bytes)| bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An index as it was on the disk.
pub(super) struct Index {
    path: PathBuf,
    /// The file that it was read from.
    file: Option<File>,
    /// Where the one that takes its place is kept.
    kept: KeptIndex,
    hash: gix::hash::Kind,
    /// Its header and its entries.
    bytes: Vec<u8>,
    /// The entries at the paths that were asked for, above and below them, and those of rules.
    part: gix::index::File,
    /// Where the entries of the part begin, those of conflicts aside.
    places: BTreeMap<Vec<u8>, usize>,
    /// A path with a conflict.
    unmerged: Option<String>,
    is_sparse: bool,
}

/// Reads the index as it is on disk, for what is to be asked of some paths; an empty one where there is none yet.
pub(super) fn read<'p>(
    git: &gix::Repository,
    paths: impl IntoIterator<Item = &'p str>,
) -> Result<Index, GitError> {
    read_or_take(&KeptIndex::default(), git, paths)
}

/// The same where what is kept of the last commit is taken for it, if it is as that one left it.
pub(super) fn read_or_take<'p>(
    kept: &KeptIndex,
    git: &gix::Repository,
    paths: impl IntoIterator<Item = &'p str>,
) -> Result<Index, GitError> {
    let (path, hash) = (git.index_path(), git.object_hash());
    let mut index = Index {
        part: gix::index::File::from_state(gix::index::State::new(hash), path.clone()),
        path: path.clone(),
        file: None,
        kept: kept.clone(),
        hash,
        bytes: b"DIRC\0\0\0\x02\0\0\0\0".to_vec(),
        places: BTreeMap::new(),
        unmerged: None,
        is_sparse: false,
    };
    let file = match File::open(&index.path) {
        Ok(file) => index.file.insert(file),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(index),
        opened => return opened.map(|_| index).doing_at("read", &path),
    };
    let stamp = lock::stamp(&file.metadata().doing_at("read", &path)?);
    if let Some(bytes) = kept.take(&stamp) {
        index.bytes = bytes;
    } else {
        // Its checksum is left to `git fsck`, as git leaves it.
        index.bytes.clear();
        let read = file.read_to_end(&mut index.bytes);
        read.doing_at("read", &path)?;
    }
    let wanted = Wanted::of(paths);
    if !index.look(&wanted) {
        // Of another version, of two files, or sparse: it is as well in the version that is known here.
        index.convert()?;
        index.look(&wanted);
    }
    Ok(index)
}

impl Index {
    /// The entries at the paths that were asked for.
    pub(super) fn part(&self) -> &gix::index::File {
        &self.part
    }

    /// Whether it is in a state, or in a format, that it must not be written from.
    pub(super) fn obstacle(&self) -> Option<Obstacle> {
        if self.is_sparse {
            let feature = "a sparse index".to_owned();
            return Some(Obstacle::Storage { feature });
        }
        let path = self.unmerged.clone()?;
        Some(Obstacle::Unmerged { path })
    }

    /// Returns the paths at which the user has staged something: neither what `HEAD` has nor what we bring.
    pub(super) fn staged(&self, plan: &[Planned<'_>]) -> Vec<String> {
        let foreign = plan.iter().filter(|planned| {
            let staged = self.at(planned.path);
            staged != planned.old && staged != planned.new
        });
        foreign.map(|planned| planned.path.to_owned()).collect()
    }

    /// What it has at a path that was asked for. A path that is only intended to be added is not staged.
    pub(super) fn at(&self, path: &str) -> Option<Found> {
        let entry = self.part.entry_by_path(path.into())?;
        let kind = entry.mode.to_tree_entry_mode()?.kind();
        (!entry.flags.contains(Flags::INTENT_TO_ADD)).then_some(Found { kind, id: entry.id })
    }

    /// The index with the planned paths in it, and nothing else changed.
    ///
    /// Their entries say nothing of size and time, so that git reads the file the next time it is asked: an edit made
    /// while we commit cannot hide. What git keeps behind the entries is dropped, since it would be out of date.
    pub(super) fn with(mut self, plan: &[Planned<'_>]) -> Next {
        let mut others = Changes::new();
        for planned in plan {
            let path = planned.path.as_bytes();
            let new = planned.new.map(|new| (new.id, mode(new)));
            match (self.places.get(path), new) {
                (Some(at), Some(new)) => entries::replace(&mut self.bytes, *at, new),
                (None, None) => {}
                _ => drop(others.insert(path, new)),
            }
        }
        if !others.is_empty() {
            self.bytes = entries::with(&self.bytes, self.hash, &others);
        }
        Next::of((self.bytes, self.kept), self.file, self.hash)
    }

    /// Looks through the entries; whether all of the index is known here.
    fn look(&mut self, wanted: &Wanted) -> bool {
        let Some(mut entries) = Entries::of(&self.bytes, self.hash) else {
            return false;
        };
        let mut keys = wanted.keys.iter().peekable();
        for entry in &mut entries {
            let flags = entry.flags();
            let is_merged = flags.stage() == Stage::Unconflicted;
            if !is_merged && self.unmerged.is_none() {
                self.unmerged = Some(String::from_utf8_lossy(entry.path).into_owned());
            }
            while keys.next_if(|key| is_before(key, entry.path)).is_some() {}
            let is_wanted = keys.peek().is_some_and(|key| is_for(key, entry.path));
            if !is_wanted && !RULES.iter().any(|rule| entry.path.ends_with(rule)) {
                continue;
            }
            if is_merged {
                self.places.insert(entry.path.to_owned(), entry.range.start);
            }
            let path = BStr::new(entry.path);
            self.part.dangerously_push_entry(
                Stat::default(),
                entry.id(),
                flags,
                entry.mode(),
                path,
            );
        }
        let (end, left) = (entries.at, entries.left);
        let is_whole = left == 0 && self.has_caches_alone(end);
        self.bytes.truncate(end);
        is_whole
    }

    /// Whether nothing stands behind the entries that an index cannot do without.
    fn has_caches_alone(&self, mut at: usize) -> bool {
        let Some(end) = self.bytes.len().checked_sub(self.hash.len_in_bytes()) else {
            return false;
        };
        while let Some([a, _, _, _, size @ ..]) = self.bytes[..end].get(at..at + 8) {
            let size = <[u8; 4]>::try_from(size).map_or(0, u32::from_be_bytes);
            if !a.is_ascii_uppercase() {
                return false;
            }
            at += 8 + usize::try_from(size).unwrap_or(end);
        }
        at == end
    }

    /// Reads it anew as gix does, and takes from that what is known here.
    fn convert(&mut self) -> Result<(), GitError> {
        let options = gix::index::decode::Options::default();
        let read = gix::index::File::at(&self.path, self.hash, true, options);
        let read = read.doing_at("read", &self.path)?;
        self.is_sparse = read.is_sparse();
        self.unmerged = None;
        self.places.clear();
        let none = gix::index::State::new(self.hash);
        self.part = gix::index::File::from_state(none, self.path.clone());
        self.bytes.clear();
        let options = gix::index::write::Options {
            extensions: gix::index::write::Extensions::None,
            skip_hash: true,
        };
        let written = read.write_to(&mut self.bytes, options);
        written.map(drop).doing_at("encode", &self.path)
    }
}

/// The index that is to take the place of another. Its checksum is computed while its bytes are written, and these are
/// forced to the disk while the objects of the commit are made.
pub(super) struct Next {
    bytes: Arc<Vec<u8>>,
    kept: KeptIndex,
    checksum: JoinHandle<Result<ObjectId, GitError>>,
    forcing: Option<Forcing>,
    before: Option<File>,
}

impl Next {
    fn of(
        (bytes, kept): (Vec<u8>, KeptIndex),
        before: Option<File>,
        hash: gix::hash::Kind,
    ) -> Self {
        let bytes = Arc::new(bytes);
        let hashed = bytes.clone();
        let checksum = move || {
            let mut hasher = gix::hash::hasher(hash);
            hasher.update(&hashed);
            let checksum = hasher.try_finalize();
            checksum.doing("compute the checksum of", "the index")
        };
        Self {
            bytes,
            kept,
            checksum: thread::spawn(checksum),
            forcing: None,
            before,
        }
    }

    /// Writes all of it but the checksum.
    pub(super) fn begin(&mut self, lock: &mut Lock) -> Result<(), GitError> {
        self.forcing = Some(lock.write_meanwhile(&self.bytes)?);
        Ok(())
    }

    /// Writes the checksum. The file that it is to replace is returned: to let go of the last hold on a large one takes
    /// time, which is better spent when the commit can be seen.
    pub(super) fn end(self, lock: &mut Lock) -> Result<Option<File>, GitError> {
        let checksum = self.checksum.join();
        let checksum = checksum.expect("to compute a checksum takes bytes alone")?;
        if let Some(forcing) = self.forcing {
            forcing.end()?;
        }
        lock.write(checksum.as_slice())?;
        if let Ok(mut bytes) = Arc::try_unwrap(self.bytes) {
            bytes.extend(checksum.as_slice());
            self.kept.keep(lock.stamp()?, bytes);
        }
        Ok(self.before)
    }
}

/// Paths that are asked for, in the order of an index: each of them, the folders above it, and with `/` those below it.
struct Wanted {
    keys: BTreeSet<Vec<u8>>,
}

impl Wanted {
    fn of<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let mut keys = BTreeSet::new();
        for path in paths {
            keys.insert(format!("{path}/").into_bytes());
            keys.extend(ancestors(path).map(|folder| folder.as_bytes().to_vec()));
            keys.insert(path.as_bytes().to_vec());
        }
        Self { keys }
    }
}

/// Whether a key is for a path.
fn is_for(key: &[u8], path: &[u8]) -> bool {
    key == path || key.ends_with(b"/") && path.starts_with(key)
}

/// Whether a key is for no path from this one on.
fn is_before(key: &[u8], path: &[u8]) -> bool {
    key < path && !is_for(key, path)
}

fn mode(found: Found) -> Mode {
    if found.kind == EntryKind::BlobExecutable {
        Mode::FILE_EXECUTABLE
    } else {
        Mode::FILE
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, committed};

    /// An index of entries of all lengths and with flags, some of which a commit of ours changes.
    fn fixture(version: &str) -> Fixture {
        let fixture = Fixture::new();
        for length in 1..20 {
            fixture.write(&format!("m/{}", "x".repeat(length)), "x\n");
        }
        fixture.write("n/long".repeat(30).as_str(), "x\n");
        fixture.git(&["add", "."]);
        fixture.git(&["commit", "-q", "-m", "second"]);
        fixture.write("later", "later\n");
        fixture.git(&["add", "--intent-to-add", "later"]);
        fixture.git(&["update-index", "--assume-unchanged", "m/x"]);
        if version == "3" {
            fixture.git(&["update-index", "--skip-worktree", "m/xx", "m/xxx"]);
        } else {
            fixture.git(&["update-index", "--index-version", version]);
        }
        fixture
    }

    #[test]
    fn what_a_commit_changes_in_an_index_is_what_git_changes() {
        let changes: [(&str, Option<&str>); 8] = [
            ("0", Some("new\n")),
            ("m/xxx", Some("changed\n")),
            ("m/xxxx", None),
            ("m/xxxxx", Some("changed\n")),
            ("m/xxxxxxxxxxxxxx.y", Some("new\n")),
            ("m/xxxxxxxxxxxxxxx", None),
            ("not-there", None),
            ("z/z", Some("new\n")),
        ];
        for version in ["2", "3", "4"] {
            for part in [&changes[..], &changes[1..2], &changes[2..3], &changes[7..]] {
                let [ours, theirs] = [fixture(version), fixture(version)];
                let mut wanted = super::super::testing::request(&[]);
                for (path, content) in part {
                    wanted.changes.push(super::super::Change {
                        path: (*path).to_owned(),
                        content: content.map(Into::into),
                    });
                    if let Some(content) = content {
                        theirs.write("content", content);
                        let id = theirs.git(&["hash-object", "-w", "content"]);
                        let info = format!("100644,{},{path}", id.trim_end());
                        theirs.git(&["update-index", "--add", "--cacheinfo", &info]);
                    } else {
                        theirs.git(&["update-index", "--force-remove", path]);
                    }
                }
                committed(ours.repository().commit(&wanted).unwrap());
                let list = |fixture: &Fixture| fixture.git(&["ls-files", "--stage", "-v"]);
                // Whoever sets an entry without a look at the file forgets its flags.
                let set = |list: &str| list.replace("S 100644 ", "H 100644 ");
                assert_eq!(set(&list(&ours)), set(&list(&theirs)), "{version} {part:?}");
                ours.git(&["fsck", "--strict"]);
                let staged = ours.git(&["diff", "--cached", "--name-only"]);
                assert_eq!(staged, "");
            }
        }
    }
}
