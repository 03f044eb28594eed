//! The index: what the user has staged, and how our paths enter it without disturbing the rest.
//!
//! An index has an entry for each file of the repository, and a commit of ours changes a few of them. So it stays as the
//! bytes that it is, all of it but those few; what is asked of it is told by the entries at the paths that it is about.

mod entries;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use gix::ObjectId;
use gix::bstr::BStr;
use gix::index::entry::{Flags, Mode, Stat};
use gix::objs::tree::EntryKind;

use super::checksum::checksum;
use super::durable::remove_if_there;
use super::error::Context;
use super::lock::{self, Forcing, Lock};
use super::path::ancestors;
use super::plan::Planned;
use super::spare::Spare;
use super::tree::Found;
use super::{GitError, Obstacle};
use entries::{Changes, Directory};

/// The index of the last commit, as it is on the disk, for the next one: that of a large work tree takes a while to read.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptIndex(Arc<Mutex<Option<Known>>>);

#[derive(Debug)]
struct Known {
    /// The stamp of the file.
    stamp: String,
    content: Content,
    /// A copy of it but for the checksum, for the next one.
    spare: Option<Spare>,
}

/// The header and the entries of an index, and where they lie, if that is known.
#[derive(Debug)]
struct Content {
    bytes: Vec<u8>,
    directory: Option<Directory>,
}

impl KeptIndex {
    /// Keeps what a file holds that is known by a stamp.
    fn keep(&self, stamp: String, content: Content) {
        *self.lock() = Some(Known {
            stamp,
            content,
            spare: None,
        });
    }

    /// What is kept, if it is that of the file with a stamp. It is kept no longer.
    fn take(&self, stamp: &str) -> Option<Known> {
        self.lock().take().filter(|known| known.stamp == stamp)
    }

    /// Makes ready, in our turn, what the next commit will need if nobody else changes the index. Returns the path of a copy
    /// that was made, which is to be forced to the disk.
    pub(super) fn make_ready(&self, git: &gix::Repository) -> Result<Option<PathBuf>, GitError> {
        let mut kept = self.lock();
        let is_so = |known: &&mut Known| {
            let data = git.index_path().metadata();
            data.is_ok_and(|data| lock::stamp(&data) == known.stamp)
        };
        let Some(known) = kept.as_mut().filter(is_so) else {
            return Ok(None);
        };
        let Content { bytes, directory } = &mut known.content;
        *directory = directory
            .take()
            .or_else(|| Directory::of(bytes, git.object_hash()));
        if known.spare.is_some() || cfg!(not(unix)) {
            return Ok(None);
        }
        let path = Spare::path_of_index(git.git_dir());
        known.spare = Some(Spare::make(&path, bytes)?);
        Ok(Some(path))
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
    /// A copy of it for that one.
    spare: Option<Spare>,
    hash: gix::hash::Kind,
    /// Its header and its entries.
    bytes: Vec<u8>,
    directory: Directory,
    /// The entries at the paths that were asked for, above and below them, and those of rules.
    part: gix::index::File,
    /// Where the entries of the part begin, those of conflicts aside.
    places: BTreeMap<Vec<u8>, usize>,
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
        spare: None,
        hash,
        bytes: b"DIRC\0\0\0\x02\0\0\0\0".to_vec(),
        directory: Directory::default(),
        places: BTreeMap::new(),
        is_sparse: false,
    };
    let file = match File::open(&index.path) {
        Ok(file) => index.file.insert(file),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(index),
        opened => return opened.map(|_| index).doing_at("read", &path),
    };
    let stamp = lock::stamp(&file.metadata().doing_at("read", &path)?);
    let directory = if let Some(known) = kept.take(&stamp) {
        index.bytes = known.content.bytes;
        index.spare = known.spare;
        known.content.directory
    } else {
        // Its checksum is left to `git fsck`, as git leaves it.
        index.bytes.clear();
        let read = file.read_to_end(&mut index.bytes);
        read.doing_at("read", &path)?;
        None
    };
    index.directory = match directory.or_else(|| index.look()) {
        Some(directory) => directory,
        // Of another version, of two files, or sparse: it is as well in the version that is known here.
        None => index.convert()?,
    };
    index.bytes.truncate(index.directory.end);
    index.find(&keys(paths));
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
        let path = self.directory.unmerged.clone()?;
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
        let mut parts = Vec::new();
        for planned in plan {
            let path = planned.path.as_bytes();
            let new = planned.new.map(|new| (new.id, mode(new)));
            match (self.places.get(path), new) {
                (Some(at), Some(new)) => parts.push(entries::replace(&mut self.bytes, *at, new)),
                (None, None) => {}
                _ => drop(others.insert(path, new)),
            }
        }
        let mut directory = Some(self.directory);
        if !others.is_empty() {
            self.bytes = entries::with(&self.bytes, self.hash, &others);
            directory = None;
            self.spare = None;
        }
        let content = Content {
            bytes: self.bytes,
            directory,
        };
        let mut next = Next::of((content, self.kept), self.file, self.hash);
        next.spare = self.spare.map(|spare| (spare, parts));
        next
    }

    /// Looks through the entries; `None` where not all of the index is known here.
    fn look(&self) -> Option<Directory> {
        let directory = Directory::of(&self.bytes, self.hash);
        directory.filter(|directory| self.has_caches_alone(directory.end))
    }

    /// Removes a copy that a process of ours left that died.
    pub(super) fn remove_leftover(&self, git: &gix::Repository) {
        if self.spare.is_none() {
            // Where that fails, it takes up room and is no worse.
            drop(remove_if_there(&Spare::path_of_index(git.git_dir())));
        }
    }

    /// Takes the entries that keys are for.
    fn find(&mut self, keys: &BTreeSet<Vec<u8>>) {
        let keys = keys.iter().map(Vec::as_slice);
        for entry in self.directory.find((&self.bytes, self.hash), keys) {
            if !entry.is_conflict() {
                self.places.insert(entry.path.to_owned(), entry.range.start);
            }
            let path = BStr::new(entry.path);
            self.part.dangerously_push_entry(
                Stat::default(),
                entry.id(),
                entry.flags(),
                entry.mode(),
                path,
            );
        }
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
    fn convert(&mut self) -> Result<Directory, GitError> {
        let options = gix::index::decode::Options::default();
        let read = gix::index::File::at(&self.path, self.hash, true, options);
        let read = read.doing_at("read", &self.path)?;
        self.is_sparse = read.is_sparse();
        self.bytes.clear();
        let options = gix::index::write::Options {
            extensions: gix::index::write::Extensions::None,
            skip_hash: true,
        };
        let written = read.write_to(&mut self.bytes, options);
        written.doing_at("encode", &self.path)?;
        let directory = Directory::of(&self.bytes, self.hash);
        directory
            .ok_or("it is of an unknown format")
            .doing_at("read", &self.path)
    }
}

/// The index that is to take the place of another. Its checksum is computed while its bytes are written, and these are
/// forced to the disk while the objects of the commit are made.
pub(super) struct Next {
    content: Arc<Content>,
    kept: KeptIndex,
    checksum: JoinHandle<Result<ObjectId, GitError>>,
    forcing: Option<Forcing>,
    /// What holds all of it but some parts.
    spare: Option<(Spare, Vec<Range<usize>>)>,
    before: Option<File>,
}

impl Next {
    fn of(
        (content, kept): (Content, KeptIndex),
        before: Option<File>,
        hash: gix::hash::Kind,
    ) -> Self {
        let content = Arc::new(content);
        let hashed = content.clone();
        let checksum = move || checksum(&hashed.bytes, hash);
        Self {
            content,
            kept,
            checksum: thread::spawn(checksum),
            forcing: None,
            spare: None,
            before,
        }
    }

    /// Writes all of it but the checksum.
    pub(super) fn begin(&mut self, lock: &mut Lock) -> Result<(), GitError> {
        let bytes = &self.content.bytes;
        if let Some((spare, parts)) = self.spare.take().filter(|(spare, _)| spare.is_there()) {
            return lock.write_to_spare(spare, (bytes, &parts));
        }
        self.forcing = Some(lock.write_meanwhile(bytes)?);
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
        if let Ok(content) = Arc::try_unwrap(self.content) {
            self.kept.keep(lock.stamp()?, content);
        }
        Ok(self.before)
    }
}

/// What is looked for where paths are asked for: each of them, the folders above it, and with `/` those below it.
fn keys<'p>(paths: impl IntoIterator<Item = &'p str>) -> BTreeSet<Vec<u8>> {
    let mut keys = BTreeSet::new();
    for path in paths {
        keys.insert(format!("{path}/").into_bytes());
        keys.extend(ancestors(path).map(|folder| folder.as_bytes().to_vec()));
        keys.insert(path.as_bytes().to_vec());
    }
    keys
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
