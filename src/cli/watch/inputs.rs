//! Which files a watch looks at, and which of them it waits for.

use std::path::Path;

use crate::pipeline::{self, Config, Run};

/// Whether a path may be an input: not an artifact, not a record, not git's, not a file that is being written.
pub(in crate::cli) fn is_input(path: &Path, root: &Path, output: &str) -> bool {
    let Ok(below) = path.strip_prefix(root) else {
        return false;
    };
    let temporary = below
        .file_name()
        .is_some_and(|n| n.to_string_lossy().ends_with(".mlopsgen-new"));
    !temporary
        && !below.starts_with(output)
        && !below.starts_with(".git")
        && !below.starts_with(".mlopsgen")
}

/// Which files the last run was about.
#[derive(Default)]
pub(super) struct Inputs {
    config: Option<Config>,
    /// All that was read.
    read: pipeline::Inputs,
}

impl Inputs {
    pub(super) fn of(run: &Run) -> Self {
        Self {
            config: run.config.clone(),
            read: run.inputs.clone(),
        }
    }

    /// Whether a path is that of an input, or would be.
    pub(super) fn have(&self, path: &Path, root: &Path) -> bool {
        let below = path.strip_prefix(root).unwrap_or(path);
        let Some(path) = below.to_str() else {
            return false;
        };
        self.config.as_ref().is_none_or(|c| c.names(path))
            || self.read.get(path).is_some_and(|i| i.pack.is_none())
    }
}
