//! The files that a run has read.

use std::sync::Arc;

use crate::rows::Rows;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its path below the workspace or in the pack.
    pub path: Arc<str>,
    /// The pack that it came from; `None` for a file of the workspace.
    pub pack: Option<Arc<str>>,
    /// The SHA-256 of its bytes.
    pub sha256: Arc<str>,
}

/// Files that were read, in the order of their paths.
#[derive(Clone, Debug, Default)]
pub struct Inputs(Rows<Input>);

impl Inputs {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Walks over them.
    pub fn values(&self) -> impl Iterator<Item = &Input> {
        self.0.iter()
    }

    /// The one at a path.
    pub fn get(&self, path: &str) -> Option<&Input> {
        let at = self.place(path).ok()?;
        self.0.get(at)
    }

    /// Whether there is one at a path.
    pub fn has(&self, path: &str) -> bool {
        self.place(path).is_ok()
    }

    /// Enters one, in the place of one that was read of the same path.
    pub(super) fn insert(&mut self, input: Input) {
        match self.place(&input.path) {
            Err(at) => self.0.insert(at, input),
            Ok(at) => {
                if let Some(known) = self.0.get_mut(at).filter(|known| **known != input) {
                    *known = input;
                }
            }
        }
    }

    /// Those of two runs side by side by their paths, many that are the same in both aside.
    pub(super) fn apart<'i>(
        old: &'i Self,
        new: &'i Self,
    ) -> impl Iterator<Item = (Option<&'i Input>, Option<&'i Input>)> {
        Rows::apart((&old.0, &new.0), |a, b| a.path.cmp(&b.path))
    }

    fn place(&self, path: &str) -> Result<usize, usize> {
        self.0.search(|input| (*input.path).cmp(path))
    }
}
