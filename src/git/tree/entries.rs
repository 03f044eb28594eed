//! The entries of a tree as the bytes that git stores: found, and changed, without a look at what those that stay say.
//!
//! An entry is its mode in octal digits, a space, the name, a zero and the object.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use gix::bstr::BStr;
use gix::objs::TreeRefIter;
use gix::objs::tree::{EntryKind, EntryRef};

use super::Found;

/// The most digits that a mode has.
const DIGITS: usize = 6;

/// Why a tree cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("it is damaged")]
pub(super) struct Damaged;

/// A tree and how the names of its objects are made.
pub(super) type Tree<'t> = (&'t [u8], gix::hash::Kind);

/// Walks over the entries of a tree: where each lies, and its name.
struct Entries<'t> {
    bytes: &'t [u8],
    /// How long the name of an object is.
    id: usize,
    /// Where the next one begins.
    at: usize,
}

impl<'t> Entries<'t> {
    fn of((bytes, hash): Tree<'t>) -> Self {
        Self {
            bytes,
            id: hash.len_in_bytes(),
            at: 0,
        }
    }

    fn entry(&self) -> Option<(Range<usize>, &'t [u8])> {
        let rest = &self.bytes[self.at..];
        let name = 1 + rest.iter().take(DIGITS + 1).position(|b| *b == b' ')?;
        let end = name + memchr::memchr(0, &rest[name..])?;
        let next = end + 1 + self.id;
        (next <= rest.len()).then(|| (self.at..self.at + next, &rest[name..end]))
    }
}

impl<'t> Iterator for Entries<'t> {
    type Item = Result<(Range<usize>, &'t [u8]), Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at == self.bytes.len() {
            return None;
        }
        let Some(entry) = self.entry() else {
            self.at = self.bytes.len();
            return Some(Err(Damaged));
        };
        self.at = entry.0.end;
        Some(Ok(entry))
    }
}

/// Finds entries by their names: where each lies that is there.
pub(super) fn places<'t>(
    tree: Tree<'t>,
    names: &BTreeSet<&[u8]>,
) -> Result<BTreeMap<&'t [u8], Range<usize>>, Damaged> {
    let mut places = BTreeMap::new();
    let mut entries = Entries::of(tree);
    while places.len() < names.len()
        && let Some((range, name)) = entries.next().transpose()?
    {
        if names.contains(name) {
            places.insert(name, range);
        }
    }
    Ok(places)
}

/// What the entry at a place says.
pub(super) fn found((bytes, hash): Tree<'_>, place: &Range<usize>) -> Result<Found, Damaged> {
    let mut entries = TreeRefIter::from_bytes(&bytes[place.clone()], hash);
    let entry = entries.next().and_then(Result::ok).ok_or(Damaged)?;
    Ok(Found::of(&entry))
}

/// What is to become of a name.
pub(super) struct Becomes<'n> {
    pub(super) name: &'n [u8],
    /// Where its entry lies, and what that says.
    pub(super) before: Option<(Range<usize>, Found)>,
    /// What it is to say.
    pub(super) now: Option<Found>,
}

/// The entries of a tree, those of some names changed, added or taken out.
pub(super) fn with(tree: Tree<'_>, names: &[Becomes<'_>]) -> Result<Vec<u8>, Damaged> {
    let mut edits: Vec<Edit<'_>> = Vec::new();
    let mut added = Vec::new();
    for of in names {
        let now = of.now.as_ref().map(|found| EntryRef {
            mode: found.kind.into(),
            filename: BStr::new(of.name),
            oid: &found.id,
        });
        match (&of.before, now) {
            // A folder stands elsewhere in the order than a file of that name.
            (Some((place, before)), Some(now)) if is_folder(*before) == now.mode.is_tree() => {
                edits.push((place.clone(), Some(now)));
            }
            (before, now) => {
                edits.extend(before.clone().map(|(place, _)| (place, None)));
                added.extend(now);
            }
        }
    }
    added.sort_unstable();
    edits.extend(placed(tree, added)?);
    // What is added stands before what lies there, and this sort keeps its order.
    edits.sort_by_key(|(place, _)| (place.start, place.end));
    let (bytes, _) = tree;
    let mut out = Vec::with_capacity(bytes.len() + edits.len() * 64);
    let mut from = 0;
    for (place, entry) in edits {
        out.extend(&bytes[from..place.start]);
        from = place.end;
        if let Some(entry) = entry {
            write(&entry, &mut out);
        }
    }
    out.extend(&bytes[from..]);
    Ok(out)
}

fn is_folder(found: Found) -> bool {
    found.kind == EntryKind::Tree
}

/// A place, and what stands there instead.
type Edit<'n> = (Range<usize>, Option<EntryRef<'n>>);

/// New entries, in their order, and the empty places where they go.
fn placed<'n>((bytes, hash): Tree<'_>, new: Vec<EntryRef<'n>>) -> Result<Vec<Edit<'n>>, Damaged> {
    let mut placed = Vec::with_capacity(new.len());
    let mut new = new.into_iter().peekable();
    let mut entries = TreeRefIter::from_bytes(bytes, hash);
    let mut at = 0;
    while new.peek().is_some()
        && let Some(entry) = entries.next().transpose().map_err(|_| Damaged)?
    {
        while let Some(first) = new.next_if(|first| *first < entry) {
            placed.push((at..at, Some(first)));
        }
        at = entries.offset_to_next_entry(bytes);
    }
    placed.extend(new.map(|entry| (at..at, Some(entry))));
    Ok(placed)
}

fn write(entry: &EntryRef<'_>, out: &mut Vec<u8>) {
    let mut digits = [0; DIGITS];
    let mode: &[u8] = entry.mode.as_bytes(&mut digits);
    for part in [mode, b" ", entry.filename, b"\0", entry.oid.as_bytes()] {
        out.extend(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_tree_is_told() {
        let hash = gix::hash::Kind::Sha1;
        let name: BTreeSet<&[u8]> = [&b"z"[..]].into();
        let mut tree = b"100644 a\0".to_vec();
        tree.extend([1; 20]);
        assert!(places((&tree, hash), &name).unwrap().is_empty());
        let damaged = [
            &b"1"[..],
            b"100644",
            b"100644 ",
            b"100644 z",
            b"100644 z\0short",
            b"1006440 z\0",
        ];
        for rest in damaged {
            let bytes = [&tree, rest].concat();
            assert!(places((&bytes, hash), &name).is_err(), "{rest:?}");
        }
    }
}
