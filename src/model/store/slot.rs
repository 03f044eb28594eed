//! A value of an object in 12 bytes.

use super::super::{ObjectId, Odd};

/// What a [`Slot`]'s word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tag {
    Null,
    Boolean,
    /// A whole number of 32 bits.
    Integer,
    /// Position of a whole number in the pool of wide values.
    WideInteger,
    /// A floating-point number that 32 bits hold as it is.
    Real,
    /// Position of a floating-point number in the pool of wide values.
    WideReal,
    /// Place in the pool of texts.
    Text,
    /// Half a word each for the enum and the literal.
    Enum,
    /// Position of both in the pool of wide values.
    WideEnum,
    Object,
    /// Position in the pool of proxies.
    Proxy,
    /// A list without members.
    None,
    /// A list of one object.
    One,
    /// Position of two objects in the pool of runs.
    Two,
    /// Position in the pool of runs, of a list that came as a whole: how many objects, and those.
    Run,
    /// Position in the pool of lists of objects.
    Objects,
    /// Position in the pool of lists of texts: how many, and where they are.
    Texts,
    /// Position in the pool of other lists.
    Values,
    /// Position in the pool of other lists: an entry of a feature map that stands alone.
    Entry,
    /// A text of references that a reader resolves later; the word is the reader's.
    Parked,
}

/// Where a value came from, in one byte beside its offset: how long its text in the object's own file is, or one of
/// these.
pub(super) mod extent {
    /// The longest text whose length stands in the slot.
    pub(in super::super) const MAX: u8 = 252;
    /// The offset is a position in the table of spans: longer texts, and those of other files.
    pub(in super::super) const LISTED: u8 = 253;
    /// The offset is the number of a link.
    pub(in super::super) const RULE: u8 = 254;
    pub(in super::super) const NOWHERE: u8 = 255;
}

#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Slot {
    pub(super) word: ObjectId,
    pub(super) start: u32,
    /// The position of the feature in its class.
    pub(super) rank: u16,
    pub(super) tag: Tag,
    pub(super) extent: u8,
}

/// A list in the pool of runs, by its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Run {
    /// Of two.
    Pair(u32),
    /// Of as many as stand before it.
    Counted(u32),
}

/// Room for a slot.
pub(super) const BLANK: Slot = Slot {
    word: ObjectId(0),
    start: 0,
    rank: 0,
    tag: Tag::Null,
    extent: extent::NOWHERE,
};

impl Slot {
    /// The position of the feature in its class.
    pub(in crate::model) fn rank(&self) -> u16 {
        self.rank
    }

    /// The object that it holds; nothing else than null is none.
    #[inline]
    pub(in crate::model) fn target(&self) -> Result<Option<ObjectId>, Odd> {
        match self.tag {
            Tag::Object => Ok(Some(self.word)),
            Tag::Null => Ok(None),
            _ => Err(Odd),
        }
    }

    /// The list in the pool of runs that it points at, if it does.
    #[inline]
    pub(in crate::model) fn run(&self) -> Option<Run> {
        match self.tag {
            Tag::Two => Some(Run::Pair(self.word.0)),
            Tag::Run => Some(Run::Counted(self.word.0)),
            _ => None,
        }
    }

    /// Gives it another value of the same origin.
    pub(super) fn hold(&mut self, (tag, word): (Tag, ObjectId)) {
        (self.tag, self.word) = (tag, word);
    }

    /// Says where its value came from.
    pub(super) fn came(&mut self, (start, extent): (u32, u8)) {
        (self.start, self.extent) = (start, extent);
    }
}

const _: () = assert!(size_of::<Slot>() == 12);
