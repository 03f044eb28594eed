//! The tree of a commit as a world: any past state of a workspace can be read, and regenerated, without a checkout.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gix::ObjectId;
use gix::bstr::BString;
use gix::objs::TreeRefIter;
use gix::objs::tree::EntryKind;

use super::error::Context;
use super::smudge::{ATTRIBUTES, Attributes, Smudge};
use super::tree::Found;
use super::{GitError, Repository, commit, revision, within};
use crate::world::{Bytes, Pattern, World, WorldError};

/// How many bytes of files are kept in memory at most.
const KEPT: usize = 256 << 20;

/// The past states of a folder. What its worlds have in common is read once.
#[derive(Clone)]
pub struct PastWorlds {
    objects: Arc<Mutex<Objects>>,
    /// Where the folder lies in the repository.
    prefix: String,
}

/// The regular files of a commit below a folder. Links and submodules are not files of it, nor are names that are
/// not UTF-8. Bytes are those git stores, with the line endings that it has; where a filter of the user's changes a file on its
/// way into the work tree, they are those that it makes.
pub struct CommitWorld {
    objects: Arc<Mutex<Objects>>,
    id: String,
    /// The tree of the folder; `None` where the commit does not have the folder.
    tree: Option<ObjectId>,
    /// The tree of the commit, and where the folder lies in it.
    root: (ObjectId, String),
    /// Whether people are shown the commit with each path.
    is_named: bool,
}

impl PastWorlds {
    /// The past of a folder, with a prefix as [`Repository::prefix_of`] gives it.
    pub fn of(repository: &Repository, prefix: &str) -> Result<Self, GitError> {
        let mut git = repository.open()?;
        // What is read is kept here.
        git.object_cache_size(0);
        let objects = Objects {
            drivers: Smudge::drivers(&git)?,
            git,
            folders: BTreeMap::new(),
            files: BTreeMap::new(),
            size: 0,
            attributes: BTreeMap::new(),
            smudge: None,
        };
        Ok(Self {
            objects: Arc::new(Mutex::new(objects)),
            prefix: prefix.to_owned(),
        })
    }

    /// The state at a revision. A folder that the commit does not have is an empty world. People are shown its paths
    /// without the commit, so that equal files of two commits are the same.
    pub fn at(&self, revision: &str) -> Result<CommitWorld, GitError> {
        let mut objects = lock(&self.objects);
        let id = revision::find(&objects.git, revision)?;
        let root = commit::tree_of(&objects.git, id)?;
        let mut tree = Some(root);
        if !self.prefix.is_empty() {
            let found = objects.find(tree, &self.prefix)?;
            tree = found.filter(|f| f.kind == EntryKind::Tree).map(|f| f.id);
        }
        Ok(CommitWorld {
            objects: self.objects.clone(),
            id: id.to_string(),
            tree,
            root: (root, self.prefix.clone()),
            is_named: false,
        })
    }
}

impl CommitWorld {
    /// Opens the state of a folder (a prefix as [`Repository::prefix_of`] gives it) at a revision. A folder that
    /// the commit does not have is an empty world.
    pub fn open(repository: &Repository, revision: &str, prefix: &str) -> Result<Self, GitError> {
        let world = PastWorlds::of(repository, prefix)?.at(revision)?;
        Ok(Self {
            is_named: true,
            ..world
        })
    }

    /// The whole identity of the commit.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The identity of all files: two worlds with the same one have equal files. `None` where there are none.
    pub fn tree(&self) -> Option<String> {
        self.tree.map(|id| id.to_string())
    }

    /// Whether it has a regular file of these bytes.
    pub fn has(&self, path: &str, bytes: &[u8]) -> Result<bool, GitError> {
        let mut objects = lock(&self.objects);
        let Some(found) = objects.find(self.tree, path)?.filter(|f| f.is_file()) else {
            return Ok(false);
        };
        let id = gix::objs::compute_hash(found.id.kind(), gix::objs::Kind::Blob, bytes);
        Ok(found.id == id.doing("compute the name of", path)?)
    }

    /// Whether the `.gitignore` files of the commit keep a file out of it. What else a machine ignores is not asked.
    pub fn ignores(&self, path: &str) -> Result<bool, GitError> {
        let (root, prefix) = &self.root;
        let path = within(prefix, path);
        let mut objects = lock(&self.objects);
        let mut rules = gix::ignore::Search::default();
        let mut folder = "";
        for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
            let file = within(folder, ".gitignore");
            if let Some(found) = objects.find(Some(*root), &file)?.filter(|f| f.is_file()) {
                let bytes = objects.file(found.id, &file)?;
                let parsed = rules.add_patterns_buffer(
                    &bytes,
                    &file,
                    Some(Path::new("")),
                    gix::ignore::search::Ignore::default(),
                );
                parsed.doing("read the rules of", &file)?;
            }
            let is_folder = end < path.len();
            let case = gix::glob::pattern::Case::Sensitive;
            let matched =
                rules.pattern_matching_relative_path(path[..end].into(), Some(is_folder), case);
            if matched.is_some_and(|rule| !rule.pattern.is_negative()) {
                return Ok(true);
            }
            folder = &path[..end];
        }
        Ok(false)
    }

    fn error(&self, path: &str, error: GitError) -> WorldError {
        WorldError {
            path: self.display_path(path),
            source: error.into(),
        }
    }
}

impl World for CommitWorld {
    fn read(&self, path: &str) -> Result<Option<Bytes>, WorldError> {
        let mut objects = lock(&self.objects);
        let found = objects.find(self.tree, path);
        let bytes = found.and_then(|found| match found.filter(|f| f.is_file()) {
            Some(found) => objects.in_work_tree((found.id, path), &self.root).map(Some),
            None => Ok(None),
        });
        bytes.map_err(|error| self.error(path, error))
    }

    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError> {
        let mut paths = Vec::new();
        let base = pattern.base();
        let mut objects = lock(&self.objects);
        let start = match base {
            "" => Ok(self.tree),
            _ => objects.find(self.tree, base).map(|found| {
                found
                    .filter(|f| f.kind == EntryKind::Tree)
                    .map(|found| found.id)
            }),
        };
        let listed = start.and_then(|start| match start {
            Some(start) => objects.walk(start, base, &mut paths),
            None => Ok(()),
        });
        listed.map_err(|error| self.error(base, error))?;
        paths.retain(|path| pattern.matches(path));
        paths.sort_unstable();
        Ok(paths)
    }

    fn display_path(&self, path: &str) -> String {
        if self.is_named {
            format!("{}:{path}", self.id.get(..7).unwrap_or(&self.id))
        } else {
            path.to_owned()
        }
    }
}

/// What a folder of a commit holds, as git stores it. Names that are not UTF-8 are left out.
struct Folder {
    bytes: Vec<u8>,
    hash: gix::hash::Kind,
    /// Where its entries begin, in the order of their names.
    places: Vec<u32>,
}

impl Folder {
    fn of(bytes: Vec<u8>, hash: gix::hash::Kind) -> Result<Self, gix::Error> {
        let mut named = Vec::new();
        let mut entries = TreeRefIter::from_bytes(&bytes, hash);
        let mut at = 0;
        while let Some(entry) = entries.next() {
            if let Ok(name) = std::str::from_utf8(entry?.filename) {
                named.push((name, u32::try_from(at).unwrap_or(u32::MAX)));
            }
            at = entries.offset_to_next_entry(&bytes);
        }
        named.sort_unstable();
        let places = named.into_iter().map(|(_, at)| at).collect();
        Ok(Self {
            bytes,
            hash,
            places,
        })
    }

    fn at(&self, place: u32) -> Option<(&str, Found)> {
        let bytes = self.bytes.get(place as usize..)?;
        let entry = TreeRefIter::from_bytes(bytes, self.hash).next()?.ok()?;
        Some((std::str::from_utf8(entry.filename).ok()?, Found::of(&entry)))
    }

    fn iter(&self) -> impl Iterator<Item = (&str, Found)> {
        self.places.iter().filter_map(|place| self.at(*place))
    }

    fn get(&self, name: &str) -> Option<Found> {
        let named = |place: &u32| self.at(*place).map(|(name, _)| name);
        let at = self
            .places
            .binary_search_by(|place| named(place).cmp(&Some(name)));
        at.ok().and_then(|at| Some(self.at(self.places[at])?.1))
    }
}

/// A repository, with what was read of it.
struct Objects {
    git: gix::Repository,
    folders: BTreeMap<ObjectId, Arc<Folder>>,
    /// As git stores them, and as filters make them at a path.
    files: BTreeMap<(ObjectId, Option<String>), Bytes>,
    /// The bytes of all files that are kept.
    size: usize,
    /// The filters on the way into the work tree.
    drivers: Vec<BString>,
    /// The files of attributes below folders, by the trees of these.
    attributes: BTreeMap<ObjectId, Arc<Attributes>>,
    /// The filters by the attributes of the commit that was asked last.
    smudge: Option<(Arc<Attributes>, Smudge)>,
}

fn lock(objects: &Mutex<Objects>) -> MutexGuard<'_, Objects> {
    objects.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Objects {
    /// What a tree holds at a path.
    fn find(&mut self, tree: Option<ObjectId>, path: &str) -> Result<Option<Found>, GitError> {
        let mut found = tree.map(|id| Found {
            kind: EntryKind::Tree,
            id,
        });
        for name in path.split('/') {
            let Some(folder) = found.filter(|f| f.kind == EntryKind::Tree) else {
                return Ok(None);
            };
            found = self.folder(folder.id, path)?.get(name);
        }
        Ok(found)
    }

    fn folder(&mut self, id: ObjectId, path: &str) -> Result<Arc<Folder>, GitError> {
        if let Some(folder) = self.folders.get(&id) {
            return Ok(folder.clone());
        }
        let mut tree = self.git.find_tree(id).doing("read the tree of", path)?;
        let mut bytes = std::mem::take(&mut tree.data);
        bytes.shrink_to_fit();
        let folder = Folder::of(bytes, id.kind());
        let folder = Arc::new(folder.doing("read the tree of", path)?);
        self.folders.insert(id, folder.clone());
        Ok(folder)
    }

    /// The bytes of a file as git stores them.
    fn file(&mut self, id: ObjectId, path: &str) -> Result<Bytes, GitError> {
        let key = (id, None);
        if let Some(bytes) = self.files.get(&key) {
            return Ok(bytes.clone());
        }
        let bytes = {
            let mut blob = self.git.find_blob(id).doing("read the content of", path)?;
            Bytes::from(blob.take_data())
        };
        Ok(self.keep(key, bytes))
    }

    /// The bytes of a file as they are in the work tree, line endings aside.
    fn in_work_tree(
        &mut self,
        (id, path): (ObjectId, &str),
        (root, prefix): &(ObjectId, String),
    ) -> Result<Bytes, GitError> {
        let stored = self.file(id, path)?;
        if self.drivers.is_empty() {
            return Ok(stored);
        }
        let attributes = self.attributes(*root, "")?;
        if self.smudge.as_ref().is_none_or(|(of, _)| *of != attributes) {
            // What filters made of files by other attributes is not theirs.
            self.files.clear();
            self.size = 0;
            let new = Smudge::new(&self.git, self.drivers.clone(), &attributes)?;
            self.smudge = Some((attributes, new));
        }
        let path = within(prefix, path);
        let key = (id, Some(path.clone()));
        if let Some(bytes) = self.files.get(&key) {
            return Ok(bytes.clone());
        }
        let Some((_, smudge)) = &mut self.smudge else {
            return Ok(stored);
        };
        match smudge.apply(&self.git, &path, &stored)? {
            Some(bytes) => Ok(self.keep(key, bytes.into())),
            None => Ok(stored),
        }
    }

    /// The files of attributes of a tree.
    fn attributes(&mut self, tree: ObjectId, path: &str) -> Result<Arc<Attributes>, GitError> {
        if let Some(known) = self.attributes.get(&tree) {
            return Ok(known.clone());
        }
        let mut all = Attributes::new();
        for (name, found) in self.folder(tree, path)?.iter() {
            if found.kind == EntryKind::Tree {
                let below = self.attributes(found.id, name)?;
                let below = below.iter();
                all.extend(below.map(|(path, id)| (within(name, path), *id)));
            } else if name == ATTRIBUTES && found.is_file() {
                all.push((name.to_owned(), found.id));
            }
        }
        let all = Arc::new(all);
        self.attributes.insert(tree, all.clone());
        Ok(all)
    }

    fn keep(&mut self, key: (ObjectId, Option<String>), bytes: Bytes) -> Bytes {
        if self.size + bytes.len() > KEPT {
            self.files.clear();
            self.size = 0;
        }
        self.size += bytes.len();
        self.files.insert(key, bytes.clone());
        bytes
    }

    /// Collects the paths of all regular files of a tree.
    fn walk(
        &mut self,
        tree: ObjectId,
        base: &str,
        paths: &mut Vec<String>,
    ) -> Result<(), GitError> {
        for (name, found) in self.folder(tree, base)?.iter() {
            let path = if base.is_empty() {
                name.to_owned()
            } else {
                format!("{base}/{name}")
            };
            match found.kind {
                EntryKind::Blob | EntryKind::BlobExecutable => paths.push(path),
                EntryKind::Tree => self.walk(found.id, &path, paths)?,
                EntryKind::Link | EntryKind::Commit => {}
            }
        }
        Ok(())
    }
}
