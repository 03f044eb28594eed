//! A world with some files otherwise: what a workspace would be if they were written, or removed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bytes, Pattern, World, WorldError};

/// Files of `base`, those aside that are changed or taken away.
pub struct EditedWorld<'w> {
    /// What shows through.
    pub base: &'w dyn World,
    /// The files that differ, by path; `None` for one that is taken away.
    pub files: BTreeMap<String, Option<Bytes>>,
}

impl World for EditedWorld<'_> {
    fn read(&self, path: &str) -> Result<Option<Bytes>, WorldError> {
        match self.files.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None => self.base.read(path),
        }
    }

    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError> {
        let mut paths: BTreeSet<String> = self.base.list(pattern)?.into_iter().collect();
        for (path, bytes) in &self.files {
            if bytes.is_none() {
                paths.remove(path);
            } else if pattern.matches(path) {
                paths.insert(path.clone());
            }
        }
        Ok(paths.into_iter().collect())
    }

    fn display_path(&self, path: &str) -> String {
        self.base.display_path(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::MemoryWorld;

    #[test]
    fn files_are_changed_added_and_taken_away() {
        let mut base = MemoryWorld::default();
        base.insert("a", "base");
        base.insert("b", "base");
        base.insert("c", "base");
        let bytes = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
        let files = [("a", bytes("edit")), ("b", None), ("d", bytes("new"))];
        let world = EditedWorld {
            base: &base,
            files: files.map(|(path, b)| (path.to_owned(), b)).into(),
        };
        assert_eq!(&*world.read("a").unwrap().unwrap(), b"edit");
        assert!(world.read("b").unwrap().is_none());
        let all = world.list(&Pattern::new("*").unwrap()).unwrap();
        assert_eq!(all, ["a", "c", "d"]);
    }
}
