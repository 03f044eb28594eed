//! The objects of a commit, in memory until all of them are made, then on the disk at once and for good.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use gix::ObjectId;
use gix::objs::Kind;

use super::GitError;
use super::durable::{create_folder, sync_folder, write_file};
use super::error::Context;
use super::pack::{Encoded, Object, Packer};

/// Objects that are not written yet. They are packed while others are made.
pub(super) struct Objects {
    hash: gix::hash::Kind,
    names: BTreeSet<ObjectId>,
    packing: Option<Packing>,
}

/// A thread that packs what it is sent until nothing more comes.
struct Packing {
    objects: mpsc::Sender<Object>,
    packed: JoinHandle<Result<Encoded, GitError>>,
}

impl Packing {
    fn start(hash: gix::hash::Kind) -> Self {
        let (objects, sent) = mpsc::channel();
        let pack = move || {
            let mut packer = Packer::default();
            sent.iter().try_for_each(|object| packer.add(&object))?;
            packer.finish(hash)
        };
        Self {
            objects,
            packed: thread::spawn(pack),
        }
    }

    fn finish(self) -> Result<Encoded, GitError> {
        drop(self.objects);
        self.packed.join().expect("packing ends with its objects")
    }
}

impl Objects {
    /// None yet.
    pub(super) fn new(hash: gix::hash::Kind) -> Self {
        Self {
            hash,
            names: BTreeSet::new(),
            packing: None,
        }
    }

    /// How names of objects are made.
    pub(super) fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// The name of an object.
    pub(super) fn name(&self, kind: Kind, bytes: &[u8]) -> Result<ObjectId, GitError> {
        gix::objs::compute_hash(self.hash, kind, bytes).doing("compute the name of", "an object")
    }

    /// Adds an object and returns its name.
    pub(super) fn add(
        &mut self,
        kind: Kind,
        bytes: impl Into<Arc<Vec<u8>>>,
    ) -> Result<ObjectId, GitError> {
        let bytes = bytes.into();
        let id = self.name(kind, &bytes)?;
        if self.names.insert(id) {
            let hash = self.hash;
            let packing = self.packing.get_or_insert_with(|| Packing::start(hash));
            // One that ended early tells why when it is asked for the pack.
            drop(packing.objects.send(Object { id, kind, bytes }));
        }
        Ok(id)
    }

    /// Writes all of them as one pack, forced to the disk with its index and its folder: when this returns, they may be
    /// referred to. An object that is there already is written again: nobody knows whether that one is durable. What was
    /// stored is not stored once more.
    pub(super) fn store(&mut self, git: &gix::Repository) -> Result<(), GitError> {
        let Some(packing) = self.packing.take() else {
            return Ok(());
        };
        let encoded = packing.finish()?;
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
        self.names.clear();
        Ok(())
    }

    /// Takes loose objects away that are empty or not what their name says, now that the pack has them.
    fn remove_damaged(&self, objects: &Path) {
        let loose = gix::odb::loose::Store::at(objects, self.hash);
        let mut buffer = Vec::new();
        for id in &self.names {
            let path = loose.object_path(id);
            if !path.is_file() {
                continue;
            }
            let is_right = match loose.try_find(id, &mut buffer) {
                Ok(Some(found)) => self.name(found.kind, found.data).is_ok_and(|n| n == *id),
                _ => false,
            };
            if !is_right {
                // It hurts nobody but `git fsck`, which names it.
                drop(fs::remove_file(path));
            }
        }
    }
}
