//! The objects of one commit as one pack: few files to force to the disk, however many objects there are.
//!
//! The format is git's pack version 2 with its index version 2 (`gitformat-pack`), all objects whole. A pack is looked
//! into before loose objects are, so that an object of it is found even where a loose one of that name is damaged.

use std::sync::Arc;

use gix::ObjectId;
use gix::objs::Kind;
use gix::zlib::stream::deflate::{Compress, FlushCompress};
use gix::zlib::{Compression, Status};

use super::GitError;
use super::checksum::checksum;
use super::error::Context;

/// An object to be written.
pub(super) struct Object {
    /// Its name.
    pub id: ObjectId,
    /// What it is.
    pub kind: Kind,
    /// Its content, without a header.
    pub bytes: Arc<Vec<u8>>,
}

/// A pack and its index.
pub(super) struct Encoded {
    /// The checksum of the pack, which is its name too.
    pub name: ObjectId,
    /// The bytes of `pack-<name>.pack`.
    pub pack: Vec<u8>,
    /// The bytes of `pack-<name>.idx`.
    pub index: Vec<u8>,
}

/// Where an object lies in a pack.
struct Entry {
    id: ObjectId,
    offset: u32,
    checksum: u32,
}

/// From how many bytes on a tree stands in a pack as it is. More than half of it are names of objects, which nothing makes
/// shorter, and to try takes longer than all else of a commit in a large folder. `git gc` makes differences of such trees.
const LARGE_TREE: usize = 64 << 10;

/// Where the number of objects stands in a pack.
const COUNT: std::ops::Range<usize> = 8..12;

/// How much larger than it is what is compressed may become before it is given more room.
const ROOM: usize = 128;

/// A pack that objects are put into, each once.
pub(super) struct Packer {
    pack: Vec<u8>,
    entries: Vec<Entry>,
    /// What compresses, and what leaves things as they are. To make one takes longer than it takes with most objects.
    levels: [Compress; 2],
}

impl Default for Packer {
    fn default() -> Self {
        Self {
            pack: b"PACK\0\0\0\x02\0\0\0\0".to_vec(),
            entries: Vec::new(),
            levels: [Compression::BEST_SPEED, Compression::NONE].map(Compress::new),
        }
    }
}

impl Packer {
    /// Puts an object into the pack.
    pub(super) fn add(&mut self, object: &Object) -> Result<(), GitError> {
        let pack = &mut self.pack;
        let start = pack.len();
        header(object, pack);
        let is_large_tree = object.kind == Kind::Tree && object.bytes.len() >= LARGE_TREE;
        let level = &mut self.levels[usize::from(is_large_tree)];
        compress(level, &object.bytes, pack).doing("compress the object", object.id)?;
        self.entries.push(Entry {
            id: object.id,
            offset: u32::from_be_bytes(number(start)?),
            checksum: crc32fast::hash(&pack[start..]),
        });
        Ok(())
    }

    /// Ends the pack.
    pub(super) fn finish(self, hash: gix::hash::Kind) -> Result<Encoded, GitError> {
        let Self {
            mut pack, entries, ..
        } = self;
        pack[COUNT].copy_from_slice(&number(entries.len())?);
        let name = checksum(&pack, hash)?;
        pack.extend(name.as_slice());
        let index = index(entries, name)?;
        Ok(Encoded { name, pack, index })
    }
}

/// Appends bytes, as one stream.
fn compress(level: &mut Compress, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), gix::Error> {
    level.reset();
    let start = out.len();
    loop {
        let [read, written] = [level.total_in(), level.total_out()].map(to_usize);
        out.resize(start + written + bytes.len() - read + ROOM, 0);
        let status = level.compress(
            &bytes[read..],
            &mut out[start + written..],
            FlushCompress::Finish,
        )?;
        out.truncate(start + to_usize(level.total_out()));
        if matches!(status, Status::StreamEnd) {
            return Ok(());
        }
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).expect("it is in memory")
}

/// Type and size of an object: three bits and four, then seven a byte.
fn header(object: &Object, out: &mut Vec<u8>) {
    let kind: u8 = match object.kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };
    let mut size = object.bytes.len();
    let mut byte = kind << 4 | low(size, 4);
    size >>= 4;
    while size > 0 {
        out.push(byte | 0x80);
        byte = low(size, 7);
        size >>= 7;
    }
    out.push(byte);
}

fn low(number: usize, bits: u32) -> u8 {
    u8::try_from(number & ((1 << bits) - 1)).expect("it has at most seven bits")
}

/// How many objects begin with each byte or a lower one, then names, checksums and places, in the order of names.
fn index(mut entries: Vec<Entry>, pack: ObjectId) -> Result<Vec<u8>, GitError> {
    entries.sort_by_key(|entry| entry.id);
    let mut out = b"\xfftOc\0\0\0\x02".to_vec();
    for byte in 0..=u8::MAX {
        out.extend(number(
            entries.partition_point(|entry| entry.id.as_slice()[0] <= byte),
        )?);
    }
    out.extend(entries.iter().flat_map(|entry| entry.id.as_slice()));
    out.extend(
        entries
            .iter()
            .flat_map(|entry| entry.checksum.to_be_bytes()),
    );
    out.extend(entries.iter().flat_map(|entry| entry.offset.to_be_bytes()));
    out.extend(pack.as_slice());
    let sum = checksum(&out, pack.kind())?;
    out.extend(sum.as_slice());
    Ok(out)
}

/// A number as the formats have it; what is generated in one cycle stays far below their limit of 2 GiB.
fn number(number: usize) -> Result<[u8; 4], GitError> {
    let fits = i32::try_from(number).doing("write a pack of the size", number)?;
    Ok(fits.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::objects::Objects;
    use super::super::testing::Fixture;
    use super::*;

    #[test]
    fn git_reads_objects_of_all_sizes() {
        let fixture = Fixture::new();
        let repository = fixture.repository();
        let git = repository.open().unwrap();
        let noise = |size: usize| {
            let mut state = 1_u64;
            let mut next = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state.to_be_bytes()[0]
            };
            (0..size).map(|_| next()).collect::<Vec<u8>>()
        };
        let mut objects = Objects::new(git.object_hash());
        let mut wanted = Vec::new();
        for size in [0, 1, 100, 1 << 10, 100_000, 1 << 20] {
            for bytes in [vec![b'a'; size], noise(size)] {
                let id = objects.add(Kind::Blob, bytes.clone()).unwrap();
                wanted.push((id, bytes));
            }
        }
        let mut tree = Vec::new();
        for number in 0..LARGE_TREE / 20 {
            tree.extend(format!("100644 {number:06}\0").bytes());
            tree.extend(wanted[0].0.as_slice());
        }
        let tree = objects.add(Kind::Tree, tree).unwrap();
        objects.store(&git).unwrap();
        fixture.git(&["fsck", "--full", "--strict"]);
        let listed = fixture.git(&["ls-tree", &tree.to_string()]);
        assert_eq!(listed.lines().count(), LARGE_TREE / 20);
        let read = repository.open().unwrap();
        for (id, bytes) in wanted {
            assert_eq!(read.find_blob(id).unwrap().data, bytes, "{}", bytes.len());
        }
    }
}
