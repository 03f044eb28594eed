//! The index: what the user has staged, and how our paths enter it without disturbing the rest.

use gix::bstr::BStr;
use gix::index::entry::{Flags, Mode, Stage, Stat};
use gix::objs::tree::EntryKind;

use super::error::Context;
use super::plan::Planned;
use super::tree::Found;
use super::{GitError, Obstacle};

/// Reads the index as it is on disk; an empty one where there is none yet.
pub(super) fn read(git: &gix::Repository) -> Result<gix::index::File, GitError> {
    let path = git.index_path();
    if path.symlink_metadata().is_err() {
        let empty = gix::index::State::new(git.object_hash());
        return Ok(gix::index::File::from_state(empty, path));
    }
    // Its checksum is left to `git fsck`, as git leaves it.
    let options = gix::index::decode::Options::default();
    gix::index::File::at(&path, git.object_hash(), true, options).doing_at("read", &path)
}

/// Whether an index is in a state, or in a format, that it must not be written from.
pub(super) fn obstacle(index: &gix::index::File) -> Option<Obstacle> {
    if index.is_sparse() {
        let feature = "a sparse index".to_owned();
        return Some(Obstacle::Storage { feature });
    }
    let unmerged = index
        .entries()
        .iter()
        .find(|entry| entry.stage() != Stage::Unconflicted)?;
    Some(Obstacle::Unmerged {
        path: unmerged.path(index).to_string(),
    })
}

/// Returns the paths at which the user has staged something: neither what `HEAD` has nor what we bring.
pub(super) fn staged(index: &gix::index::File, plan: &[Planned<'_>]) -> Vec<String> {
    let foreign = plan.iter().filter(|planned| {
        let staged = at(index, planned.path);
        staged != planned.old && staged != planned.new
    });
    foreign.map(|planned| planned.path.to_owned()).collect()
}

/// What the index has at a path. A path that is only intended to be added is not staged.
pub(super) fn at(index: &gix::index::File, path: &str) -> Option<Found> {
    let entry = index.entry_by_path(path.into())?;
    let kind = entry.mode.to_tree_entry_mode()?.kind();
    (!entry.flags.contains(Flags::INTENT_TO_ADD)).then_some(Found { kind, id: entry.id })
}

/// Puts the planned paths into the index and nothing else.
///
/// Their entries say nothing of size and time, so that git reads the file the next time it is asked: an edit made
/// while we commit cannot hide. The cache of trees is dropped, since it would be stale.
pub(super) fn apply(index: &mut gix::index::File, plan: &[Planned<'_>]) {
    let mut added = Vec::new();
    for planned in plan {
        let path = BStr::new(planned.path);
        let entry = index.entry_mut_by_path_and_stage(path, Stage::Unconflicted);
        match (entry, planned.new) {
            (Some(entry), Some(new)) => {
                entry.id = new.id;
                entry.mode = mode(new);
                entry.stat = Stat::default();
                entry.flags.remove(Flags::INTENT_TO_ADD);
            }
            (Some(entry), None) => entry.flags.insert(Flags::REMOVE),
            (None, Some(new)) => added.push((path, new)),
            (None, None) => {}
        }
    }
    let is_longer = !added.is_empty();
    for (path, new) in added {
        index.dangerously_push_entry(Stat::default(), new.id, Flags::empty(), mode(new), path);
    }
    if is_longer {
        index.sort_entries();
    }
    index.remove_tree();
    index.remove_resolve_undo();
}

fn mode(found: Found) -> Mode {
    if found.kind == EntryKind::BlobExecutable {
        Mode::FILE_EXECUTABLE
    } else {
        Mode::FILE
    }
}

/// Returns the index as git stores it.
pub(super) fn bytes(index: &gix::index::File) -> Result<Vec<u8>, GitError> {
    let mut bytes = Vec::new();
    // The checksum of the whole is quicker than that of many small parts.
    let options = gix::index::write::Options {
        skip_hash: true,
        ..gix::index::write::Options::default()
    };
    index
        .write_to(&mut bytes, options)
        .doing_at("encode", index.path())?;
    bytes.truncate(bytes.len() - index.object_hash().len_in_bytes());
    let mut hasher = gix::hash::hasher(index.object_hash());
    hasher.update(&bytes);
    let checksum = hasher.try_finalize();
    let checksum = checksum.doing_at("compute the checksum of", index.path())?;
    bytes.extend(checksum.as_slice());
    Ok(bytes)
}
