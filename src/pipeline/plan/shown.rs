//! What changes in a file, as people are shown it.

use similar::{ChangeTag, TextDiff};

use super::PlannedFile;
use crate::world::Bytes;

impl PlannedFile {
    /// How many lines come and go.
    pub fn line_counts(&self) -> (usize, usize) {
        let (before, after) = self.texts();
        TextDiff::from_lines(&before, &after)
            .iter_all_changes()
            .fold((0, 0), |(added, removed), change| match change.tag() {
                ChangeTag::Insert => (added + 1, removed),
                ChangeTag::Delete => (added, removed + 1),
                ChangeTag::Equal => (added, removed),
            })
    }

    /// What changes, as a unified diff.
    pub fn unified(&self) -> String {
        let (before, after) = self.texts();
        let name = |side: &str, bytes: Option<&Bytes>| match bytes {
            Some(_) => format!("{side}/{}", self.path),
            None => "/dev/null".to_owned(),
        };
        let (a, b) = (
            name("a", self.before.as_ref()),
            name("b", self.content.as_ref()),
        );
        TextDiff::from_lines(&before, &after)
            .unified_diff()
            .context_radius(3)
            .header(&a, &b)
            .to_string()
    }

    fn texts(&self) -> (String, String) {
        let text = |bytes: Option<&Bytes>| {
            bytes
                .map(|b| String::from_utf8_lossy(b).into_owned())
                .unwrap_or_default()
        };
        (text(self.before.as_ref()), text(self.content.as_ref()))
    }
}
