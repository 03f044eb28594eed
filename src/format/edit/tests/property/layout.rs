//! What random files are made with: choices, comments that can be counted, and the places of what was written.

use std::ops::Range;

/// Decisions out of random bytes; when they end, every decision is the first.
pub(super) struct Choices<'b> {
    bytes: &'b [u8],
}

impl<'b> Choices<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    /// A number below `n`.
    pub(super) fn pick(&mut self, n: usize) -> usize {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                usize::from(*first) % n.max(1)
            }
            None => 0,
        }
    }

    /// True once in `n` times.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.pick(n) == n - 1
    }

    pub(super) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.pick(all.len())]
    }
}

/// The text of one value that an edit of something else must not touch.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) object: Range<usize>,
    pub(super) feature: &'static str,
    pub(super) range: Range<usize>,
}

/// A file.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) text: String,
    /// The texts of comments; no two are the same.
    pub(super) comments: Vec<String>,
    pub(super) leaves: Vec<Leaf>,
    /// The text of each object from its first byte to its last, without the comments around it.
    pub(super) objects: Vec<Range<usize>>,
    /// The text of each entry.
    pub(super) entries: Vec<(Range<usize>, &'static str)>,
}

impl Written {
    /// A comment that no other is like.
    pub(super) fn comment(&mut self, marks: (&str, &str)) -> String {
        let text = format!("{}c{}q{}", marks.0, self.comments.len(), marks.1);
        self.comments.push(text.clone());
        text
    }

    pub(super) fn at(&self) -> usize {
        self.text.len()
    }
}
