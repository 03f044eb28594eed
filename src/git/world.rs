//! The tree of a commit as a world: any past state of a workspace can be read, and regenerated, without a checkout.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::error::Context;
use super::{GitError, Repository, commit, tree};
use crate::world::{Bytes, Pattern, World, WorldError};

/// The regular files of a commit below a folder. Links and submodules are not files of it, nor are names that are
/// not UTF-8. Bytes are those git stores: no filter and no line ending of a work tree has touched them.
pub struct CommitWorld {
    git: Mutex<gix::Repository>,
    id: String,
    /// The tree of the folder; `None` where the commit does not have the folder.
    tree: Option<ObjectId>,
}

impl CommitWorld {
    /// Opens the state of a folder (a prefix as [`Repository::prefix_of`] gives it) at a revision. A folder that
    /// the commit does not have is an empty world.
    pub fn open(repository: &Repository, revision: &str, prefix: &str) -> Result<Self, GitError> {
        let git = repository.open()?;
        let unknown = |error: gix::Error| GitError::Revision {
            revision: revision.to_owned(),
            source: error.into(),
        };
        let object = git
            .rev_parse_single(revision)
            .and_then(|id| id.object())
            .map_err(unknown)?;
        let id = object.peel_to_commit().map_err(unknown)?.id;
        let root = commit::tree_of(&git, id)?;
        let tree = if prefix.is_empty() {
            Some(root)
        } else {
            let found = tree::find(&git, root, prefix)?;
            found
                .filter(|found| found.kind == EntryKind::Tree)
                .map(|found| found.id)
        };
        Ok(Self {
            git: Mutex::new(git),
            id: id.to_string(),
            tree,
        })
    }

    /// The whole identity of the commit.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn git(&self) -> MutexGuard<'_, gix::Repository> {
        self.git.lock().unwrap_or_else(PoisonError::into_inner)
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
        let Some(tree) = self.tree else {
            return Ok(None);
        };
        let bytes = tree::read(&self.git(), tree, path).map_err(|error| self.error(path, error))?;
        Ok(bytes.map(Bytes::from))
    }

    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError> {
        let mut paths = Vec::new();
        let base = pattern.base();
        let listed = self.tree.map_or(Ok(()), |tree| {
            let git = self.git();
            let start = match base {
                "" => Some(tree),
                _ => tree::find(&git, tree, base)?
                    .filter(|found| found.kind == EntryKind::Tree)
                    .map(|found| found.id),
            };
            start.map_or(Ok(()), |start| walk(&git, start, base, &mut paths))
        });
        listed.map_err(|error| self.error(base, error))?;
        paths.retain(|path| pattern.matches(path));
        paths.sort_unstable();
        Ok(paths)
    }

    fn display_path(&self, path: &str) -> String {
        format!("{}:{path}", self.id.get(..7).unwrap_or(&self.id))
    }
}

/// Collects the paths of all regular files of a tree.
fn walk(
    git: &gix::Repository,
    tree: ObjectId,
    base: &str,
    paths: &mut Vec<String>,
) -> Result<(), GitError> {
    let folder = git.find_tree(tree).doing("read the tree of", base)?;
    for entry in folder.iter() {
        let entry = entry.doing("read the tree of", base)?;
        let Ok(name) = std::str::from_utf8(entry.filename()) else {
            continue;
        };
        let path = if base.is_empty() {
            name.to_owned()
        } else {
            format!("{base}/{name}")
        };
        match entry.kind() {
            EntryKind::Blob | EntryKind::BlobExecutable => paths.push(path),
            EntryKind::Tree => walk(git, entry.object_id(), &path, paths)?,
            EntryKind::Link | EntryKind::Commit => {}
        }
    }
    Ok(())
}
