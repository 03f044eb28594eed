//! An object without its slots, in 32 bytes.

use super::super::{LinkId, ObjectId, Origin};
use crate::diag::{FileId, Span};
use crate::metamodel::{ClassId, FeatureId};

/// No object, no feature.
const NONE: u32 = u32::MAX;

/// The kinds of an object's origin that are no file.
const RULE: u32 = u32::MAX >> 1;
const NOWHERE: u32 = RULE - 1;

#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Object {
    pub(in crate::model) class: ClassId,
    container: u32,
    via: u32,
    /// Its run of the slot pool: where it begins, how many slots are used, and how many there are.
    pub(super) first: u32,
    pub(super) count: u16,
    pub(super) room: u16,
    start: u32,
    end: u32,
    /// File or kind of origin in the upper bits, whether it was deleted in the lowest.
    head: u32,
}

impl Object {
    pub(super) fn new(class: ClassId, origin: Origin) -> Self {
        let (kind, start, end) = match origin {
            Origin::Written(span) => (span.file.0, span.start, span.end),
            Origin::Derived(link) => (RULE, link.0, 0),
            Origin::Implied => (NOWHERE, 0, 0),
        };
        Self {
            class,
            container: NONE,
            via: NONE,
            first: 0,
            count: 0,
            room: 0,
            start,
            end,
            head: kind << 1,
        }
    }

    pub(in crate::model) fn origin(&self) -> Origin {
        match self.head >> 1 {
            RULE => Origin::Derived(LinkId(self.start)),
            NOWHERE => Origin::Implied,
            _ => Origin::Written(Span {
                file: self.file(),
                start: self.start,
                end: self.end,
            }),
        }
    }

    /// The file that it was read from, if it was.
    pub(super) fn file(&self) -> FileId {
        FileId(self.head >> 1)
    }

    pub(in crate::model) fn container(&self) -> Option<(ObjectId, FeatureId)> {
        (self.container != NONE).then_some((ObjectId(self.container), FeatureId(self.via)))
    }

    pub(in crate::model) fn set_container(&mut self, container: Option<(ObjectId, FeatureId)>) {
        (self.container, self.via) = container.map_or((NONE, NONE), |(o, f)| (o.0, f.0));
    }

    pub(in crate::model) fn is_deleted(&self) -> bool {
        self.head & 1 == 1
    }

    pub(in crate::model) fn mark_deleted(&mut self) {
        self.head |= 1;
    }
}

const _: () = assert!(size_of::<Object>() == 32);
