//! Which commit each line of a file came with.

use std::collections::BTreeMap;

use gix::ObjectId;

use super::error::Context;
use super::revision::{self, Revision};
use super::{GitError, commit, tree};

/// The lines of a file with the commits they came with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blame {
    /// The commits, each once.
    pub commits: Vec<Revision>,
    /// For each line the position of its commit.
    pub lines: Vec<usize>,
}

impl Blame {
    /// The commit that a line, from 1, came with.
    pub fn line(&self, line: usize) -> Option<&Revision> {
        let at = self.lines.get(line.checked_sub(1)?)?;
        self.commits.get(*at)
    }
}

/// Follows the lines of a file at a revision back through the history, over renamings too; `None` where the revision has
/// no such file.
pub(super) fn blame(
    git: &gix::Repository,
    name: &str,
    path: &str,
) -> Result<Option<Blame>, GitError> {
    let id = revision::find(git, name)?;
    let found = tree::find(git, commit::tree_of(git, id)?, path)?;
    if !found.is_some_and(tree::Found::is_file) {
        return Ok(None);
    }
    let options = gix::repository::blame_file::Options {
        rewrites: Some(gix::diff::Rewrites::default()),
        ..Default::default()
    };
    let outcome = git
        .blame_file(path.into(), id, options)
        .doing("find the commits of the lines of", path)?;
    let mut blame = Blame::default();
    let mut known: BTreeMap<ObjectId, usize> = BTreeMap::new();
    for entry in outcome.entries {
        let at = if let Some(at) = known.get(&entry.commit_id) {
            *at
        } else {
            blame.commits.push(Revision::read(git, entry.commit_id)?);
            blame.commits.len() - 1
        };
        known.insert(entry.commit_id, at);
        let end = (entry.start_in_blamed_file + entry.len.get()) as usize;
        let lines = blame.lines.len().max(end);
        blame.lines.resize(lines, at);
        blame.lines[entry.start_in_blamed_file as usize..end].fill(at);
    }
    Ok(Some(blame))
}
