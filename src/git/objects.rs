//! The objects of a commit, in memory until all of them are made, then on the disk at once and for good.

use std::fs;
use std::path::Path;

use gix::ObjectId;
use gix::objs::Kind;

use super::GitError;
use super::durable::{create_folder, sync_folder, write_file};
use super::error::Context;
use super::pack::{self, Object};

/// Objects that are not written yet.
pub(super) struct Objects {
    hash: gix::hash::Kind,
    list: Vec<Object>,
}

impl Objects {
    /// None yet.
    pub(super) fn new(hash: gix::hash::Kind) -> Self {
        let list = Vec::new();
        Self { hash, list }
    }

    /// The name of an object.
    pub(super) fn name(&self, kind: Kind, bytes: &[u8]) -> Result<ObjectId, GitError> {
        gix::objs::compute_hash(self.hash, kind, bytes).doing("compute the name of", "an object")
    }

    /// Adds an object and returns its name.
    pub(super) fn add(&mut self, kind: Kind, bytes: Vec<u8>) -> Result<ObjectId, GitError> {
        let id = self.name(kind, &bytes)?;
        if !self.list.iter().any(|object| object.id == id) {
            self.list.push(Object { id, kind, bytes });
        }
        Ok(id)
    }

    /// Writes all of them as one pack, forced to the disk with its index and its folder: when this returns, they may be
    /// referred to. An object that is there already is written again: nobody knows whether that one is durable. What was
    /// stored is not stored once more.
    pub(super) fn store(&mut self, git: &gix::Repository) -> Result<(), GitError> {
        if self.list.is_empty() {
            return Ok(());
        }
        let encoded = pack::encode(&self.list, self.hash)?;
        let objects = git.objects.store_ref().path();
        let folder = objects.join("pack");
        create_folder(&folder)?;
        // A pack without an index is not looked at, so that the index is the last to appear.
        for (ending, bytes) in [("pack", &encoded.pack), ("idx", &encoded.index)] {
            let staged = folder.join(format!("tmp_{ending}_mlopsgen"));
            let path = folder.join(format!("pack-{}.{ending}", encoded.name));
            write_file(&staged, bytes)?;
            fs::rename(&staged, &path).doing_at("write", &path)?;
        }
        sync_folder(&folder)?;
        self.remove_damaged(objects);
        self.list.clear();
        Ok(())
    }

    /// Takes loose objects away that are empty or not what their name says, now that the pack has them.
    fn remove_damaged(&self, objects: &Path) {
        let loose = gix::odb::loose::Store::at(objects, self.hash);
        let mut buffer = Vec::new();
        for object in &self.list {
            let path = loose.object_path(&object.id);
            if path.is_file()
                && !matches!(loose.try_find(&object.id, &mut buffer),
                    Ok(Some(found)) if found.data == object.bytes && found.kind == object.kind)
            {
                // It hurts nobody but `git fsck`, which names it.
                drop(fs::remove_file(path));
            }
        }
    }
}
