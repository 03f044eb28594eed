//! Which commits changed some files, and by how much.

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::diff::blob::{Algorithm, Diff, InternedInput};
use gix::object::tree::diff::ChangeDetached;

use super::error::Context;
use super::revision::{Revision, Walk};
use super::{GitError, commit, tree};

/// How far git looks for a NUL before it calls a file text.
const BINARY_PROBE: usize = 8000;

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct HistoryOptions {
    /// The commit to begin with, or a range `A..B`; `HEAD` where there is none.
    pub range: Option<String>,
    /// Files or folders, from the top of the work tree; none means everything.
    pub paths: Vec<String>,
    /// How many commits at most.
    pub limit: Option<usize>,
}

/// A commit that changed something that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The commit.
    pub revision: Revision,
    /// The files it changed, of those that were asked for, in the order of their paths.
    pub files: Vec<FileChange>,
}

/// By how much a commit changed a file. A file that is not text, or no regular file, counts no lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Its path, from the top of the work tree.
    pub path: String,
    /// Lines that are new.
    pub added: usize,
    /// Lines that are gone.
    pub removed: usize,
}

/// Walks over all ancestors of a commit, newest first. A merge is listed only with the files that differ from each of
/// its parents: what it merely brings in is told by the commits that it brings in.
pub(super) fn history(
    git: &gix::Repository,
    options: &HistoryOptions,
) -> Result<Vec<HistoryEntry>, GitError> {
    let walk = match &options.range {
        Some(name) => Walk::of(git, name)?,
        None => Walk::of_head(git)?,
    };
    let mut entries = Vec::new();
    for id in walk.newest_first(git)? {
        if options.limit.is_some_and(|limit| entries.len() >= limit) {
            break;
        }
        entries.extend(entry(git, id?, &options.paths)?);
    }
    Ok(entries)
}

/// The entry of a commit, if it changed one of the paths.
fn entry(
    git: &gix::Repository,
    id: ObjectId,
    paths: &[String],
) -> Result<Option<HistoryEntry>, GitError> {
    let commit = git.find_commit(id).doing("read the commit", id)?;
    let tree = commit.tree_id().doing("read the commit", id)?.detach();
    let parents = parents(git, &commit)?;
    for &parent in &parents {
        if !differ(git, (parent, tree), paths)? {
            return Ok(None);
        }
    }
    let mut files = changes(git, (parents[0], tree), paths)?;
    for &parent in &parents[1..] {
        let mut own = Vec::new();
        for file in files {
            if tree::find(git, parent, &file.path)? != tree::find(git, tree, &file.path)? {
                own.push(file);
            }
        }
        files = own;
    }
    if files.is_empty() {
        return Ok(None);
    }
    let revision = Revision::read(git, id)?;
    Ok(Some(HistoryEntry { revision, files }))
}

/// The trees of the parents of a commit, the empty one where it has none. It is never empty itself.
fn parents(git: &gix::Repository, commit: &gix::Commit<'_>) -> Result<Vec<ObjectId>, GitError> {
    let mut trees = Vec::new();
    for parent in commit.parent_ids() {
        // The parent of the oldest commit of a shallow clone is not there.
        if git.has_object(parent) {
            trees.push(commit::tree_of(git, parent.detach())?);
        }
    }
    if trees.is_empty() {
        trees.push(ObjectId::empty_tree(git.object_hash()));
    }
    Ok(trees)
}

/// Whether two trees differ in one of some paths.
fn differ(
    git: &gix::Repository,
    (old, new): (ObjectId, ObjectId),
    paths: &[String],
) -> Result<bool, GitError> {
    if paths.is_empty() || old == new {
        return Ok(old != new);
    }
    for path in paths {
        if tree::find(git, old, path)? != tree::find(git, new, path)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The files among some paths in which two trees differ.
fn changes(
    git: &gix::Repository,
    (old, new): (ObjectId, ObjectId),
    paths: &[String],
) -> Result<Vec<FileChange>, GitError> {
    let before = git.find_tree(old).doing("read the tree", old)?;
    let after = git.find_tree(new).doing("read the tree", new)?;
    let options = gix::diff::Options::default();
    let changes = git
        .diff_tree_to_tree(&before, &after, options)
        .doing("compare the tree", new)?;
    let mut files = Vec::new();
    for change in changes
        .iter()
        .filter(|change| !change.entry_mode().is_tree())
    {
        let path = change.location().to_str_lossy().into_owned();
        if paths.is_empty() || paths.iter().any(|wanted| is_within(&path, wanted)) {
            let (added, removed) = count(git, change)?;
            files.push(FileChange {
                path,
                added,
                removed,
            });
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    // A file that became a link, or the other way round, is told as two changes.
    files.dedup_by(|next, file| {
        let same = next.path == file.path;
        if same {
            file.added += next.added;
            file.removed += next.removed;
        }
        same
    });
    Ok(files)
}

/// Whether a path is a given one or lies in the folder of that name.
fn is_within(path: &str, wanted: &str) -> bool {
    path.strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// How many lines a change adds and removes.
fn count(git: &gix::Repository, change: &ChangeDetached) -> Result<(usize, usize), GitError> {
    let (before, after) = match *change {
        ChangeDetached::Addition { id, entry_mode, .. } => {
            (None, entry_mode.is_blob().then_some(id))
        }
        ChangeDetached::Deletion { id, entry_mode, .. } => {
            (entry_mode.is_blob().then_some(id), None)
        }
        ChangeDetached::Modification {
            previous_entry_mode,
            previous_id,
            entry_mode,
            id,
            ..
        } => (
            previous_entry_mode.is_blob().then_some(previous_id),
            entry_mode.is_blob().then_some(id),
        ),
        ChangeDetached::Rewrite { source_id, id, .. } => (Some(source_id), Some(id)),
    };
    let text = |id: Option<ObjectId>| -> Result<Option<Vec<u8>>, GitError> {
        let Some(id) = id else {
            return Ok(Some(Vec::new()));
        };
        let bytes = git
            .find_blob(id)
            .doing("read the content of", change.location())?
            .take_data();
        let probe = &bytes[..bytes.len().min(BINARY_PROBE)];
        Ok((!probe.contains(&0)).then_some(bytes))
    };
    let (Some(before), Some(after)) = (text(before)?, text(after)?) else {
        return Ok((0, 0));
    };
    let input = InternedInput::new(before.as_slice(), after.as_slice());
    let diff = Diff::compute(Algorithm::Myers, &input);
    Ok((
        diff.count_additions() as usize,
        diff.count_removals() as usize,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_what_is_below_it_and_not_what_begins_like_it() {
        assert!(is_within("models", "models") && is_within("models/a", "models"));
        assert!(!is_within("models.yaml", "models") && !is_within("model", "models"));
    }
}
