//! The parts of an object, one after the other, wherever they stand.

use super::ObjectId;

/// Parts of an object that are left to be gone through.
pub(super) enum Parts<'m> {
    Seen(std::slice::Iter<'m, ObjectId>),
    Made(std::vec::IntoIter<ObjectId>),
}

impl Iterator for Parts<'_> {
    type Item = ObjectId;

    #[inline]
    fn next(&mut self) -> Option<ObjectId> {
        match self {
            Self::Seen(parts) => parts.next().copied(),
            Self::Made(parts) => parts.next(),
        }
    }
}
