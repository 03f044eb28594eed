//! A world over another: a workspace over the pack that it names.

use super::Bytes;
use std::collections::BTreeSet;

use super::{Pattern, World, WorldError};

/// Files of `top`, and those files of `base` that `top` does not have.
pub struct LayeredWorld<'w> {
    /// What wins.
    pub top: &'w dyn World,
    /// What shows through.
    pub base: &'w dyn World,
}

impl World for LayeredWorld<'_> {
    fn read(&self, path: &str) -> Result<Option<Bytes>, WorldError> {
        match self.top.read(path)? {
            Some(bytes) => Ok(Some(bytes)),
            None => self.base.read(path),
        }
    }

    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError> {
        let mut paths: BTreeSet<String> = self.top.list(pattern)?.into_iter().collect();
        paths.extend(self.base.list(pattern)?);
        Ok(paths.into_iter().collect())
    }

    fn display_path(&self, path: &str) -> String {
        match self.top.read(path) {
            Ok(None) if matches!(self.base.read(path), Ok(Some(_))) => self.base.display_path(path),
            _ => self.top.display_path(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::MemoryWorld;

    #[test]
    fn the_top_wins_and_the_base_shows_its_label() {
        let mut top = MemoryWorld::default();
        top.insert("a", "top");
        let mut base = MemoryWorld::labelled("mlops");
        base.insert("a", "base");
        base.insert("b", "base");
        let world = LayeredWorld {
            top: &top,
            base: &base,
        };
        assert_eq!(&*world.read("a").unwrap().unwrap(), b"top");
        assert_eq!(world.list(&Pattern::new("*").unwrap()).unwrap(), ["a", "b"]);
        assert_eq!(world.display_path("b"), "mlops:b");
    }
}
