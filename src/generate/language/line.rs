//! The text of a line that is still open, as writers keep it.

use std::ops::{Deref, DerefMut};

/// A text that is empty most of the time that it is compared.
#[derive(Debug, Default)]
pub(super) struct Line(String);

impl Deref for Line {
    type Target = String;

    fn deref(&self) -> &String {
        &self.0
    }
}

impl DerefMut for Line {
    fn deref_mut(&mut self) -> &mut String {
        &mut self.0
    }
}

/// Comparing no bytes at all is slow where a processor looks for the memory that they would be in.
impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && (self.is_empty() || **self == **other)
    }
}

impl Clone for Line {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }

    fn clone_from(&mut self, from: &Self) {
        self.0.clone_from(from);
    }
}
