//! Trees, as the bytes that git stores: what they hold at a path, and trees that differ from them in some paths.
//!
//! The tree of a folder with many files is large, and nearly all of it goes into the next commit as it is. So it is not
//! taken apart: what stays is copied. Trees of the last commits are kept for the next one: to find an object, one pack
//! after the other is asked for it, and each commit makes one.

mod entries;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gix::ObjectId;
use gix::objs::Kind;
use gix::objs::tree::{EntryKind, EntryRef};

use super::GitError;
use super::commit::tree_of;
use super::error::Context;
use super::objects::Objects;
use super::plan::Planned;
use entries::Becomes;

/// How many bytes of trees are kept at most.
const KEPT: usize = 16 << 20;

/// What a tree holds at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// File, executable, link, folder or submodule; the odd modes of old trees are told as what they mean.
    pub kind: EntryKind,
    /// The object.
    pub id: ObjectId,
}

impl Found {
    /// Whether it is a regular file: neither a link nor a folder nor a submodule.
    pub(super) fn is_file(self) -> bool {
        matches!(self.kind, EntryKind::Blob | EntryKind::BlobExecutable)
    }

    pub(super) fn of(entry: &EntryRef<'_>) -> Self {
        Self {
            kind: entry.mode.kind(),
            id: entry.oid.to_owned(),
        }
    }
}

/// Returns what a tree holds at a path, or `None`; a path through a file or a submodule leads nowhere.
pub(super) fn find(
    git: &gix::Repository,
    tree: ObjectId,
    path: &str,
) -> Result<Option<Found>, GitError> {
    Trees::new(git, &KeptTrees::default()).find(tree, path)
}

/// Trees by their names, which say what is in them: they are never out of date.
type ByName = BTreeMap<ObjectId, Arc<Vec<u8>>>;

/// Trees that the next commit is likely to need. Each is in the history of the last one, where nobody removes it.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptTrees(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    trees: ByName,
    /// The last commit and its tree.
    last: Option<(ObjectId, ObjectId)>,
}

impl KeptTrees {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, tree: ObjectId) -> Option<Arc<Vec<u8>>> {
        self.lock().trees.get(&tree).cloned()
    }

    /// The tree of a commit, if it is the last one.
    fn of(&self, commit: ObjectId) -> Option<ObjectId> {
        let last = self.lock().last;
        last.filter(|(id, _)| *id == commit).map(|(_, tree)| tree)
    }
}

/// The trees of a repository.
pub(super) struct Trees<'g> {
    git: &'g gix::Repository,
    kept: KeptTrees,
    /// Those that were read or made.
    known: RefCell<ByName>,
    /// Those that others were made of, which the next commit does not need.
    replaced: RefCell<Vec<ObjectId>>,
    /// What was found at folders.
    folders: RefCell<BTreeMap<(ObjectId, String), Option<Found>>>,
}

/// What is to become of a name in a folder.
#[derive(Default)]
struct Change<'p> {
    /// What it is to be itself.
    itself: Itself,
    /// What changes below it.
    below: Vec<(&'p str, Option<Found>)>,
}

#[derive(Clone, Copy, Default)]
enum Itself {
    #[default]
    AsBefore,
    /// No file.
    Gone,
    File(Found),
}

impl<'g> Trees<'g> {
    /// Those of a repository, some of which may be kept.
    pub(super) fn new(git: &'g gix::Repository, kept: &KeptTrees) -> Self {
        Self {
            git,
            kept: kept.clone(),
            known: RefCell::default(),
            replaced: RefCell::default(),
            folders: RefCell::default(),
        }
    }

    /// Returns the tree that a commit after another, or after none, begins with.
    pub(super) fn before(&self, parent: Option<ObjectId>) -> Result<ObjectId, GitError> {
        let Some(parent) = parent else {
            return Ok(ObjectId::empty_tree(self.git.object_hash()));
        };
        let kept = self.kept.of(parent);
        kept.map_or_else(|| tree_of(self.git, parent), Ok)
    }

    /// Returns what a tree holds at a path, or `None`; a path through a file or a submodule leads nowhere.
    pub(super) fn find(&self, tree: ObjectId, path: &str) -> Result<Option<Found>, GitError> {
        let Some((above, name)) = path.rsplit_once('/') else {
            return self.find_in(tree, path);
        };
        match self.folder(tree, above)? {
            Some(found) if found.kind == EntryKind::Tree => self.find_in(found.id, name),
            _ => Ok(None),
        }
    }

    /// The same of a folder, in which more will be looked for.
    fn folder(&self, tree: ObjectId, path: &str) -> Result<Option<Found>, GitError> {
        let key = (tree, path.to_owned());
        if let Some(known) = self.folders.borrow().get(&key) {
            return Ok(*known);
        }
        let found = self.find(tree, path)?;
        self.folders.borrow_mut().insert(key, found);
        Ok(found)
    }

    fn find_in(&self, tree: ObjectId, name: &str) -> Result<Option<Found>, GitError> {
        let bytes = self.bytes(tree)?;
        let entries = (bytes.as_slice(), tree.kind());
        let places = entries::places(entries, &[name.as_bytes()].into());
        let place = places.doing("read the tree", tree)?.into_values().next();
        let found = place.map(|place| entries::found(entries, &place));
        found.transpose().doing("read the tree", tree)
    }

    fn bytes(&self, tree: ObjectId) -> Result<Arc<Vec<u8>>, GitError> {
        if let Some(bytes) = self.known.borrow().get(&tree) {
            return Ok(bytes.clone());
        }
        let bytes = if let Some(bytes) = self.kept.get(tree) {
            bytes
        } else {
            let mut read = self.git.find_tree(tree).doing("read the tree", tree)?;
            Arc::new(std::mem::take(&mut read.data))
        };
        self.known.borrow_mut().insert(tree, bytes.clone());
        Ok(bytes)
    }

    /// Keeps them for the commit after one that was made, unless they are too large.
    pub(super) fn keep(&self, (commit, tree): (ObjectId, ObjectId)) {
        let mut kept = self.kept.lock();
        kept.last = Some((commit, tree));
        kept.trees.extend(self.known.take());
        for replaced in self.replaced.take() {
            kept.trees.remove(&replaced);
        }
        if kept.trees.values().map(|bytes| bytes.len()).sum::<usize>() > KEPT {
            kept.trees.clear();
        }
    }

    /// Makes the tree that differs from another in the planned paths alone.
    pub(super) fn edit(
        &self,
        tree: ObjectId,
        plan: &[Planned<'_>],
        objects: &mut Objects,
    ) -> Result<ObjectId, GitError> {
        let changes = plan.iter().map(|planned| (planned.path, planned.new));
        let made = self.changed(Some(tree), changes.collect(), objects)?;
        made.map_or_else(|| objects.add(Kind::Tree, Vec::new()), Ok)
    }

    /// The same for paths below a folder, which may not be there; `None` where nothing is left in it.
    fn changed(
        &self,
        tree: Option<ObjectId>,
        changes: Vec<(&str, Option<Found>)>,
        objects: &mut Objects,
    ) -> Result<Option<ObjectId>, GitError> {
        let mut names: BTreeMap<&[u8], Change<'_>> = BTreeMap::new();
        for (path, new) in changes {
            if let Some((name, rest)) = path.split_once('/') {
                let change = names.entry(name.as_bytes()).or_default();
                change.below.push((rest, new));
            } else {
                let change = names.entry(path.as_bytes()).or_default();
                change.itself = new.map_or(Itself::Gone, Itself::File);
            }
        }
        let old = match tree {
            Some(id) => self.bytes(id)?,
            None => Arc::default(),
        };
        let before = (old.as_slice(), objects.hash());
        let wanted = names.keys().copied().collect();
        let mut places = entries::places(before, &wanted).doing("read a tree of", "a commit")?;
        let mut becomes = Vec::new();
        for (name, change) in names {
            let place = places.remove(name);
            let found = place.map(|at| entries::found(before, &at).map(|found| (at, found)));
            let found = found.transpose().doing("read a tree of", "a commit")?;
            becomes.push(Becomes {
                name,
                now: self.becomes(found.as_ref().map(|(_, found)| *found), change, objects)?,
                before: found,
            });
        }
        let bytes = entries::with(before, &becomes).doing("read a tree of", "a commit")?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let made = Arc::new(bytes);
        let id = objects.add(Kind::Tree, made.clone())?;
        self.replaced.borrow_mut().extend(tree);
        self.known.borrow_mut().insert(id, made);
        Ok(Some(id))
    }

    /// What a name is after a change. Something may take the place of a folder all of whose files are removed, and the
    /// other way round.
    fn becomes(
        &self,
        before: Option<Found>,
        change: Change<'_>,
        objects: &mut Objects,
    ) -> Result<Option<Found>, GitError> {
        let folder = before.filter(|found| found.kind == EntryKind::Tree);
        let below = if change.below.is_empty() {
            folder
        } else {
            let id = self.changed(folder.map(|found| found.id), change.below, objects)?;
            id.map(|id| Found {
                kind: EntryKind::Tree,
                id,
            })
        };
        Ok(match change.itself {
            Itself::File(new) => Some(new),
            Itself::Gone => below,
            Itself::AsBefore => below.or(before.filter(|found| found.kind != EntryKind::Tree)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixture;
    use super::*;

    /// What git's program makes of the same changes.
    fn with_git(fixture: &Fixture, changes: &[(&str, Option<Found>)]) -> String {
        fixture.git(&["read-tree", "HEAD"]);
        for (path, new) in changes {
            if new.is_none() {
                fixture.git(&["update-index", "--force-remove", path]);
            }
        }
        for (path, new) in changes {
            if let Some(new) = new {
                let mode = match new.kind {
                    EntryKind::BlobExecutable => "100755",
                    _ => "100644",
                };
                let info = format!("{mode},{},{path}", new.id);
                fixture.git(&["update-index", "--add", "--replace", "--cacheinfo", &info]);
            }
        }
        fixture.git(&["write-tree"]).trim_end().to_owned()
    }

    #[test]
    fn changes_make_the_tree_that_git_makes() {
        let fixture = Fixture::new();
        let many = (0..200).map(|n| format!("many/{n}"));
        for path in many.chain(["a", "a-b", "a.b/c", "b/c", "c/d/e", "d/x", "d/y"].map(Into::into))
        {
            fixture.write(&path, &path);
        }
        fixture.git(&["add", "."]);
        fixture.git(&["commit", "-q", "-m", "second"]);
        let repository = fixture.repository();
        let git = repository.open().unwrap();
        let root = git.head_commit().unwrap().tree_id().unwrap().detach();
        let id = fixture.git(&["rev-parse", "HEAD:a"]);
        let id = ObjectId::from_hex(id.trim_end().as_bytes()).unwrap();
        let [file, program] =
            [EntryKind::Blob, EntryKind::BlobExecutable].map(|kind| Some(Found { kind, id }));
        let kept = KeptTrees::default();
        for changes in [
            &[("a/new", file), ("a", None)][..],
            &[("a0", file), ("a/0", file), ("a", None), ("a-", file)],
            &[("c/d/e", None)],
            &[("c/d/e", None), ("c", file)],
            &[("b/c", program), ("z/y/x", file), ("0", file)],
            &[("d/x", None), ("not/there", None)],
            &[("many/7", None), ("many/7/x", program), ("many/700", file)],
            &[("many/7", file)],
        ] {
            let trees = Trees::new(&git, &kept);
            let mut objects = Objects::new(git.object_hash());
            let planned = changes.iter().map(|(path, new)| Planned {
                path,
                old: trees.find(root, path).unwrap(),
                new: *new,
            });
            let planned: Vec<Planned<'_>> = planned.collect();
            let made = trees.edit(root, &planned, &mut objects).unwrap();
            let commit = git.head_id().unwrap().detach();
            trees.keep((commit, made));
            assert_eq!(trees.before(Some(commit)).unwrap(), made);
            assert_eq!(made.to_string(), with_git(&fixture, changes), "{changes:?}");
        }
        assert!(kept.get(root).is_none(), "what was replaced is not kept");
    }
}
