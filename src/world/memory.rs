//! Files in memory.

use std::collections::BTreeMap;

use super::{Bytes, Pattern, World, WorldError};

/// Files that exist only here: tests, the built-in pack, edits that are not saved yet.
#[derive(Clone, Debug, Default)]
pub struct MemoryWorld {
    label: Option<String>,
    files: BTreeMap<String, Bytes>,
}

impl MemoryWorld {
    /// Makes a world of no files whose paths are shown with a label: `label:path`.
    pub fn labelled(label: impl Into<String>) -> Self {
        Self {
            label: Some(label.into()),
            files: BTreeMap::new(),
        }
    }

    /// Puts a file in, in place of one of the same path.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl AsRef<[u8]>) {
        self.files
            .insert(path.into(), Bytes::copy_from_slice(bytes.as_ref()));
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// Walks over all files in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|(path, bytes)| (path.as_str(), &**bytes))
    }
}

impl World for MemoryWorld {
    fn read(&self, path: &str) -> Result<Option<Bytes>, WorldError> {
        Ok(self.files.get(path).cloned())
    }

    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError> {
        if pattern.is_literal() {
            let known = self.files.get_key_value(pattern.text()).into_iter();
            return Ok(known.map(|(path, _)| path.clone()).collect());
        }
        Ok(self
            .files
            .keys()
            .filter(|path| pattern.matches(path))
            .cloned()
            .collect())
    }

    fn display_path(&self, path: &str) -> String {
        self.label
            .as_ref()
            .map_or_else(|| path.to_owned(), |label| format!("{label}:{path}"))
    }
}
