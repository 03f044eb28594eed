//! Looking things up in trees.

use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::GitError;
use super::error::Context;

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
}

/// Returns what a tree holds at a path, or `None`; a path through a file or a submodule leads nowhere.
pub(super) fn find(
    git: &gix::Repository,
    tree: ObjectId,
    path: &str,
) -> Result<Option<Found>, GitError> {
    let mut components = path.split('/').peekable();
    let mut folder = tree;
    while let Some(component) = components.next() {
        let entries = git.find_tree(folder).doing("read the tree of", path)?;
        let Some(entry) = entries.find_entry(component) else {
            return Ok(None);
        };
        let found = Found {
            kind: entry.kind(),
            id: entry.object_id(),
        };
        if components.peek().is_none() {
            return Ok(Some(found));
        }
        if found.kind != EntryKind::Tree {
            return Ok(None);
        }
        folder = found.id;
    }
    Ok(None)
}
