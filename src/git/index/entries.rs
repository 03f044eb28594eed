//! The entries of an index as the bytes that git stores (`gitformat-index`, versions 2 and 3): found, and changed, without
//! a look into those that stay.
//!
//! An entry is what the system said of the file, its mode among it, then the object, two or four bytes of flags, the path,
//! and zeros up to a multiple of eight bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use gix::ObjectId;
use gix::index::entry::{Flags, Mode, Stage};

/// The name of the format, its version and how many entries there are.
const HEADER: usize = 12;
/// What the system said of a file.
const STAT: usize = 40;
/// The mode within that.
const MODE: Range<usize> = 24..28;
/// That there are four bytes of flags.
const EXTENDED: u16 = 0x4000;
/// That a path is only intended to be added, in the second two bytes of flags.
const INTENT_TO_ADD: u16 = 0x2000;
/// The longest path whose length is in the flags.
const LONG: u16 = 0x0fff;

/// Where an entry lies and what it says.
pub(super) struct Entry<'b> {
    bytes: &'b [u8],
    /// Where it begins, and where the next one does.
    pub(super) range: Range<usize>,
    /// Where its flags begin.
    flags: usize,
    pub(super) path: &'b [u8],
}

impl Entry<'_> {
    /// The flags, as they are in memory.
    pub(super) fn flags(&self) -> Flags {
        let low = number(self.bytes, self.flags);
        let high = if low & EXTENDED == 0 {
            0
        } else {
            number(self.bytes, self.flags + 2)
        };
        Flags::from_bits_retain(u32::from(high) << 16 | u32::from(low))
    }

    /// Whether it is one of several at a path that is to be resolved.
    pub(super) fn is_conflict(&self) -> bool {
        self.flags().stage() != Stage::Unconflicted
    }

    /// The mode.
    pub(super) fn mode(&self) -> Mode {
        let at = self.range.start + MODE.start;
        let halves = [number(self.bytes, at), number(self.bytes, at + 2)].map(u32::from);
        Mode::from_bits_truncate(halves[0] << 16 | halves[1])
    }

    /// The object.
    pub(super) fn id(&self) -> ObjectId {
        ObjectId::from_bytes_or_panic(&self.bytes[self.range.start + STAT..self.flags])
    }
}

fn number(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// Walks over the entries of an index; it ends early where they are not as they should be.
pub(super) struct Entries<'b> {
    bytes: &'b [u8],
    /// How long the name of an object is.
    id: usize,
    /// Where the next one begins.
    pub(super) at: usize,
    /// How many there are still.
    pub(super) left: u32,
}

impl<'b> Entries<'b> {
    /// The entries of an index; `None` where it is of another format.
    pub(super) fn of(bytes: &'b [u8], hash: gix::hash::Kind) -> Option<Self> {
        let count = bytes.get(8..HEADER)?.try_into().ok()?;
        let is_known = matches!(&bytes[..8], b"DIRC\0\0\0\x02" | b"DIRC\0\0\0\x03");
        is_known.then_some(Self {
            bytes,
            id: hash.len_in_bytes(),
            at: HEADER,
            left: u32::from_be_bytes(count),
        })
    }

    /// The entries from a place on.
    fn from(bytes: &'b [u8], hash: gix::hash::Kind, at: usize) -> Self {
        Self {
            bytes,
            id: hash.len_in_bytes(),
            at,
            left: if at < bytes.len() { u32::MAX } else { 0 },
        }
    }
}

impl<'b> Iterator for Entries<'b> {
    type Item = Entry<'b>;

    fn next(&mut self) -> Option<Entry<'b>> {
        self.left.checked_sub(1)?;
        let (bytes, start) = (self.bytes, self.at);
        let at = start + STAT + self.id;
        let flags = u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?);
        let path = at + if flags & EXTENDED == 0 { 2 } else { 4 };
        let length = match flags & LONG {
            LONG => memchr::memchr(0, bytes.get(path..)?)?,
            length => usize::from(length),
        };
        let end = start + filled_up(path + length - start);
        if *bytes.get(..end)?.get(path + length)? != 0 {
            return None;
        }
        self.left -= 1;
        self.at = end;
        Some(Entry {
            bytes,
            range: start..end,
            flags: at,
            path: &bytes[path..path + length],
        })
    }
}

/// The files that say how git treats others, which it may look for in the index.
const RULES: [&[u8]; 2] = [b".gitattributes", b".gitignore"];

/// After how many entries the next one is noted.
const STEP: usize = 16;

/// Where entries of an index lie: one of them is found without a walk over all.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// Where each sixteenth entry begins.
    starts: Vec<usize>,
    /// Where the entries of rules begin.
    rules: Vec<usize>,
    /// A path with a conflict.
    pub(super) unmerged: Option<String>,
    /// Where the last entry ends.
    pub(super) end: usize,
}

impl Directory {
    /// Looks through the entries of an index; `None` where it is of another format, or where they are not as they should be.
    pub(super) fn of(bytes: &[u8], hash: gix::hash::Kind) -> Option<Self> {
        let mut entries = Entries::of(bytes, hash)?;
        let mut directory = Self::default();
        for (number, entry) in entries.by_ref().enumerate() {
            let start = entry.range.start;
            if number % STEP == 0 {
                directory.starts.push(start);
            }
            if RULES.iter().any(|rule| entry.path.ends_with(rule)) {
                directory.rules.push(start);
            }
            if directory.unmerged.is_none() && entry.is_conflict() {
                directory.unmerged = Some(String::from_utf8_lossy(entry.path).into_owned());
            }
        }
        directory.end = entries.at;
        (entries.left == 0).then_some(directory)
    }

    /// The entries of rules, and those at or below some paths (which then end with `/`), in the order of the index.
    pub(super) fn find<'b, 'k>(
        &self,
        (bytes, hash): (&'b [u8], gix::hash::Kind),
        keys: impl Iterator<Item = &'k [u8]>,
    ) -> impl Iterator<Item = Entry<'b>> {
        let bytes = &bytes[..self.end];
        let at = move |start: usize| Entries::from(bytes, hash, start).next();
        let mut found: BTreeSet<usize> = self.rules.iter().copied().collect();
        for key in keys {
            let before = |start: &usize| at(*start).is_some_and(|entry| entry.path < key);
            let block = self.starts.partition_point(before).saturating_sub(1);
            let Some(start) = self.starts.get(block) else {
                break;
            };
            let entries = Entries::from(bytes, hash, *start);
            let entries = entries.skip_while(|entry| entry.path < key);
            let entries = entries.take_while(|entry| is_for(key, entry.path));
            found.extend(entries.map(|entry| entry.range.start));
        }
        found.into_iter().filter_map(at)
    }
}

/// Whether a key is for a path.
fn is_for(key: &[u8], path: &[u8]) -> bool {
    key == path || key.ends_with(b"/") && path.starts_with(key)
}

/// The length of an entry with at least one zero behind its path.
fn filled_up(length: usize) -> usize {
    (length + 8) & !7
}

/// Has the entry that begins at a place say something else, and nothing of size and time. Returns where something changed.
pub(super) fn replace(bytes: &mut [u8], at: usize, (id, mode): (ObjectId, Mode)) -> Range<usize> {
    let flags = at + STAT + id.as_slice().len();
    bytes[at..at + STAT].fill(0);
    bytes[at + MODE.start..at + MODE.end].copy_from_slice(&mode.bits().to_be_bytes());
    bytes[at + STAT..flags].copy_from_slice(id.as_slice());
    if number(bytes, flags) & EXTENDED != 0 {
        let kept = number(bytes, flags + 2) & !INTENT_TO_ADD;
        bytes[flags + 2..flags + 4].copy_from_slice(&kept.to_be_bytes());
    }
    at..flags + 4
}

/// What is to stand at paths: another entry than before, or none.
pub(super) type Changes<'c> = BTreeMap<&'c [u8], Option<(ObjectId, Mode)>>;

/// The header and the entries of an index without conflicts, those at some paths added or taken out.
pub(super) fn with(bytes: &[u8], hash: gix::hash::Kind, changes: &Changes<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + changes.len() * 128);
    let mut changes = changes.iter().peekable();
    let mut count = 0_u32;
    // From where on nothing is copied yet.
    let mut from = 0;
    for entry in Entries::of(bytes, hash).into_iter().flatten() {
        let Range { start, end } = entry.range;
        if changes.peek().is_none_or(|(path, _)| **path > entry.path) {
            count += 1;
            continue;
        }
        out.extend(&bytes[from..start]);
        from = start;
        while let Some((path, new)) = changes.next_if(|(path, _)| **path <= entry.path) {
            if *path == entry.path {
                from = end;
            }
            count += add(path, *new, &mut out);
        }
        count += u32::from(from == start);
    }
    out.extend(&bytes[from..]);
    for (path, new) in changes {
        count += add(path, *new, &mut out);
    }
    out[8..HEADER].copy_from_slice(&count.to_be_bytes());
    out
}

/// Adds an entry, if there is to be one, that says nothing of size and time; returns how many that is.
fn add(path: &[u8], new: Option<(ObjectId, Mode)>, out: &mut Vec<u8>) -> u32 {
    let Some((id, mode)) = new else { return 0 };
    let start = out.len();
    out.extend([0; STAT]);
    out[start..][MODE].copy_from_slice(&mode.bits().to_be_bytes());
    out.extend(id.as_slice());
    let length = u16::try_from(path.len()).map_or(LONG, |length| length.min(LONG));
    out.extend(length.to_be_bytes());
    out.extend(path);
    out.resize(start + filled_up(out.len() - start), 0);
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_at_paths_is_what_a_walk_over_all_entries_finds() {
        let hash = gix::hash::Kind::Sha1;
        let object = ObjectId::null(hash);
        let mut paths: Vec<String> = (0..100).map(|n| format!("a/{n}/{}", n % 7)).collect();
        paths.extend(["a", "a-b", "a.b", "b/.gitignore", "z"].map(Into::into));
        for count in [0, 1, STEP, STEP + 1, paths.len()] {
            let new = Some((object, Mode::FILE));
            let changes: Changes<'_> = paths[..count].iter().map(|p| (p.as_bytes(), new)).collect();
            let bytes = with(b"DIRC\0\0\0\x02\0\0\0\0", hash, &changes);
            let directory = Directory::of(&bytes, hash).unwrap();
            assert_eq!(directory.end, bytes.len());
            let others = ["", "0", "a/", "a/50/", "a/9", "a/zz", "b", "zz"].map(Into::into);
            for key in paths.iter().cloned().chain(others) {
                let key = key.as_bytes();
                let wanted = |path: &[u8]| is_for(key, path) || path.ends_with(RULES[1]);
                let all = Entries::of(&bytes, hash).unwrap();
                let all: Vec<&[u8]> = all.map(|e| e.path).filter(|p| wanted(p)).collect();
                let found = directory.find((&bytes, hash), [key].into_iter());
                assert_eq!(found.map(|e| e.path).collect::<Vec<_>>(), all, "{count}");
            }
        }
    }
}
