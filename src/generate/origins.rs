//! Where the parts of an artifact came from: written down as quickly as possible while it is printed, and asked for rarely.

use crate::diag::Span;
use crate::expr::Slot;

/// A part of an artifact and its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its first byte in the artifact.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
    /// The text or tag of the template that printed it.
    pub template: Span,
    /// The slots of the model that were read for it.
    pub reads: Vec<Slot>,
}

/// The parts of an artifact and their causes, in order: each begins where the one before ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// What of each part is its own.
    pub(super) ends: Vec<Ends>,
    /// What was read for all of them.
    pub(super) reads: Vec<Slot>,
}

/// Where a part ends and where its reads do, and what printed it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) text: u32,
    pub(super) reads: u32,
    pub(super) template: Span,
}

impl Notes {
    /// Begins with room.
    pub(super) fn with_capacity(parts: usize, reads: usize) -> Self {
        Self {
            ends: Vec::with_capacity(parts),
            reads: Vec::with_capacity(reads),
        }
    }

    /// The parts.
    pub(super) fn segments(&self) -> impl Iterator<Item = Segment> {
        let (mut start, mut first) = (0, 0);
        self.ends.iter().map(move |ends| {
            let (end, last) = (ends.text as usize, ends.reads as usize);
            Segment {
                start: std::mem::replace(&mut start, end),
                end,
                template: ends.template,
                reads: self.reads[std::mem::replace(&mut first, last)..last].to_vec(),
            }
        })
    }
}
