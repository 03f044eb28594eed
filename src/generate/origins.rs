//! Where the parts of an artifact came from: written down as quickly as possible while it is printed, then kept in as few
//! bytes as possible. It is kept for every artifact, and asked for few of them.

use crate::diag::{FileId, Span};
use crate::expr::Slot;
use crate::metamodel::FeatureId;
use crate::model::ObjectId;

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
#[derive(Clone, Debug)]
pub(super) enum Origins {
    /// As they were written down.
    Noted(Box<Notes>),
    /// As they are kept.
    Packed(Box<[u8]>),
}

/// Parts as they are written down.
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

    fn segments(&self) -> impl Iterator<Item = Segment> {
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

    /// All of them as differences from what comes before, most of which need one byte.
    fn packed(&self) -> Box<[u8]> {
        let mut out = Vec::with_capacity(self.ends.len() * 6 + self.reads.len() * 2);
        let mut before = Before::default();
        let mut first = 0;
        for ends in &self.ends {
            let reads = &self.reads[first..ends.reads as usize];
            first = ends.reads as usize;
            let Span { file, start, end } = ends.template;
            write(u64::from(ends.text - before.text), &mut out);
            write_step(before.file, file.0, &mut out);
            write_step(before.template, start, &mut out);
            write(u64::from(end - start), &mut out);
            write(reads.len() as u64, &mut out);
            for (object, feature) in reads {
                write_step(before.object, object.0, &mut out);
                write_step(before.feature, feature.0, &mut out);
                (before.object, before.feature) = (object.0, feature.0);
            }
            (before.text, before.file, before.template) = (ends.text, file.0, end);
        }
        out.into_boxed_slice()
    }
}

impl Origins {
    /// The same in few bytes.
    pub(super) fn pack(&mut self) {
        if let Self::Noted(notes) = self {
            *self = Self::Packed(notes.packed());
        }
    }

    /// The parts.
    pub(super) fn segments(&self) -> Vec<Segment> {
        match self {
            Self::Noted(notes) => notes.segments().collect(),
            Self::Packed(bytes) => Unpacked::of(bytes).collect(),
        }
    }
}

/// What the numbers of a part are told by.
#[derive(Default)]
struct Before {
    text: u32,
    file: u32,
    /// Where the text of the template ended.
    template: u32,
    object: u32,
    feature: u32,
}

/// Reads what was packed.
struct Unpacked<'b> {
    left: &'b [u8],
    before: Before,
}

impl<'b> Unpacked<'b> {
    fn of(left: &'b [u8]) -> Self {
        let before = Before::default();
        Self { left, before }
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let (byte, left) = self.left.split_first()?;
            self.left = left;
            number |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                break;
            }
        }
        Some(number)
    }

    /// A number, by one that is likely to be near it.
    fn step(&mut self, from: u32) -> Option<u32> {
        let coded = self.number()?.cast_signed();
        let step = (coded >> 1) ^ -(coded & 1);
        u32::try_from(i64::from(from) + step).ok()
    }
}

impl Iterator for Unpacked<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        let start = self.before.text;
        let end = start + u32::try_from(self.number()?).ok()?;
        let file = self.step(self.before.file)?;
        let from = self.step(self.before.template)?;
        let to = from + u32::try_from(self.number()?).ok()?;
        let mut reads = Vec::new();
        for _ in 0..self.number()? {
            let object = self.step(self.before.object)?;
            let feature = self.step(self.before.feature)?;
            reads.push((ObjectId(object), FeatureId(feature)));
            (self.before.object, self.before.feature) = (object, feature);
        }
        (self.before.text, self.before.file, self.before.template) = (end, file, to);
        Some(Segment {
            start: start as usize,
            end: end as usize,
            template: Span {
                file: FileId(file),
                start: from,
                end: to,
            },
            reads,
        })
    }
}

/// Writes a number, seven bits a byte.
fn write(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Writes how far a number is from another one, in either direction.
fn write_step(from: u32, to: u32, out: &mut Vec<u8>) {
    let step = i64::from(to) - i64::from(from);
    write(((step << 1) ^ (step >> 63)).cast_unsigned(), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_what_was_noted() {
        let span = |file, start, end| Span {
            file: FileId(file),
            start,
            end,
        };
        let mut notes = Notes::default();
        for (text, template, reads) in [
            (3, span(7, 100, 103), &[][..]),
            (3, span(7, 103, 120), &[(5, 2)]),
            (
                900,
                span(0, 4_000_000_000, u32::MAX),
                &[(5, 3), (0, u32::MAX), (u32::MAX, 0)],
            ),
            (u32::MAX, span(u32::MAX, 0, 0), &[]),
        ] {
            notes
                .reads
                .extend(reads.iter().map(|(o, f)| (ObjectId(*o), FeatureId(*f))));
            notes.ends.push(Ends {
                text,
                reads: u32::try_from(notes.reads.len()).unwrap(),
                template,
            });
        }
        let noted = Origins::Noted(Box::new(notes));
        let mut packed = noted.clone();
        packed.pack();
        assert!(matches!(packed, Origins::Packed(_)));
        assert_eq!(packed.segments(), noted.segments());
        assert_eq!(packed.segments().len(), 4);
    }
}
