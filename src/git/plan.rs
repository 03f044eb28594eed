//! From requested changes to objects: what each path is at `HEAD`, and what it is to become.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use gix::ObjectId;
use gix::bstr::BStr;
use gix::filter::plumbing::Driver;
use gix::filter::plumbing::pipeline::convert::ToGitOutcome;
use gix::objs::tree::EntryKind;
use gix::objs::{Find, Kind};

use super::clean::Clean;
use super::error::Context;
use super::index::Index;
use super::objects::Objects;
use super::tree::{Found, Trees};
use super::{Change, GitError, Obstacle, path};

/// A path that changes.
pub(super) struct Planned<'r> {
    /// The path, from the top of the work tree.
    pub path: &'r str,
    /// What `HEAD` has there.
    pub old: Option<Found>,
    /// What the commit is to have there.
    pub new: Option<Found>,
}

/// The plan, or what stands in its way.
pub(super) enum Plan<'r> {
    /// The paths that change, in the order of their names.
    Ready(Vec<Planned<'r>>),
    /// Nothing may be committed.
    Held(Obstacle),
}

/// The place that changes are planned against: one view of `HEAD` and of the index.
pub(super) struct Base<'g> {
    /// The repository.
    pub git: &'g gix::Repository,
    /// The index, read under its lock for the paths of the changes.
    pub index: &'g Index,
    /// The trees of the repository.
    pub trees: &'g Trees<'g>,
    /// The tree of `HEAD`, the empty one before the first commit.
    pub tree: ObjectId,
}

/// Checks the paths of a request, each of which may be there once.
pub(super) fn check(changes: &[Change]) -> Result<BTreeMap<&str, Option<&[u8]>>, GitError> {
    let mut wanted = BTreeMap::new();
    for change in changes {
        path::check(&change.path)?;
        if wanted
            .insert(&*change.path, change.content.as_deref())
            .is_some()
        {
            let reason = "it is there twice".to_owned();
            return Err(GitError::Path {
                path: change.path.clone(),
                reason,
            });
        }
    }
    Ok(wanted)
}

/// Plans changes and makes the blobs they need. Paths that are as wanted already are left out.
pub(super) fn make<'r>(
    base: &Base<'_>,
    wanted: &BTreeMap<&'r str, Option<&[u8]>>,
    objects: &mut Objects,
) -> Result<Plan<'r>, GitError> {
    let mut plan = Vec::new();
    let mut filters = Filters::new(base)?;
    for (&path, &content) in wanted {
        let old = base.trees.find(base.tree, path)?;
        if let Some(obstacle) = occupied(base, wanted, path, old)? {
            return Ok(Plan::Held(obstacle));
        }
        let new = match content {
            None => None,
            Some(bytes) => match filters.convert(path, bytes)? {
                Ok(bytes) => {
                    let id = objects.name(Kind::Blob, &bytes)?;
                    if old.is_none_or(|old| old.id != id) {
                        objects.add(Kind::Blob, bytes)?;
                    }
                    let kind = kind(base, path, old);
                    Some(Found { kind, id })
                }
                Err(obstacle) => return Ok(Plan::Held(obstacle)),
            },
        };
        if new != old {
            plan.push(Planned { path, old, new });
        }
    }
    Ok(Plan::Ready(plan))
}

/// The programs that filter paths on their way into a commit, and how many paths each of them filters.
pub(super) fn drivers(
    base: &Base<'_>,
    paths: impl Iterator<Item = impl AsRef<str>>,
) -> Result<BTreeMap<String, usize>, GitError> {
    let mut filters = Filters::new(base)?;
    let mut found = BTreeMap::new();
    for path in paths {
        if let Some(driver) = filters.driver(path.as_ref())? {
            *found.entry(driver.name.to_string()).or_default() += 1;
        }
    }
    Ok(found)
}

/// Whether something that is no regular file stands at a path or above it, in `HEAD` or in the index.
fn occupied(
    base: &Base<'_>,
    wanted: &BTreeMap<&str, Option<&[u8]>>,
    path: &str,
    old: Option<Found>,
) -> Result<Option<Obstacle>, GitError> {
    let leaves = |other: &str| matches!(wanted.get(other), Some(None));
    let taken = |path: &str| {
        Some(Obstacle::Occupied {
            path: path.to_owned(),
        })
    };
    if let Some(old) = old {
        return Ok(if old.is_file() { None } else { taken(path) });
    }
    for folder in path::ancestors(path) {
        let found = base.trees.find(base.tree, folder)?;
        let in_head = found.is_some_and(|found| found.kind != EntryKind::Tree);
        if (in_head || base.index.part().entry_by_path(folder.into()).is_some()) && !leaves(folder)
        {
            return Ok(taken(folder));
        }
    }
    let below = base
        .index
        .part()
        .prefixed_entries(format!("{path}/").as_str().into())
        .unwrap_or_default();
    let stays = below
        .iter()
        .any(|entry| !leaves(&entry.path(base.index.part()).to_string()));
    Ok(if stays { taken(path) } else { None })
}

/// The kind a path keeps; a new one has that of its file, as `git add` would give it.
fn kind(base: &Base<'_>, path: &str, old: Option<Found>) -> EntryKind {
    if let Some(old) = old {
        return old.kind;
    }
    let entry = base.index.part().entry_by_path(path.into());
    if let Some(mode) = entry.and_then(|entry| entry.mode.to_tree_entry_mode()) {
        return mode.kind();
    }
    let told = base.git.config_snapshot().boolean("core.fileMode") != Some(false);
    let path = base.git.workdir().map(|root| root.join(path));
    let executable = told && path.is_some_and(|path| is_executable(&path));
    if executable {
        EntryKind::BlobExecutable
    } else {
        EntryKind::Blob
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.symlink_metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    false
}

/// What happens to bytes on their way into a blob: filters, line ends, `$Id$`, encodings, as the attributes of a path say.
struct Filters<'g> {
    /// All but the filters of the user's, which come first.
    pipeline: gix::filter::plumbing::Pipeline,
    clean: Clean<'g>,
    attributes: gix::worktree::Stack,
    base: &'g gix::index::File,
    git: &'g gix::Repository,
}

impl<'g> Filters<'g> {
    fn new(base: &Base<'g>) -> Result<Self, GitError> {
        let git = base.git;
        let source = gix::worktree::stack::state::attributes::Source::WorktreeThenIdMapping;
        let attributes = git.attributes_only(base.index.part(), source);
        let attributes = attributes.doing_at("read the attributes of", git.git_dir())?;
        let pipeline = gix::filter::Pipeline::new(git, attributes.detach());
        let pipeline = pipeline.doing_at("read the filters of", git.git_dir())?;
        let (mut pipeline, attributes) = pipeline.into_parts();
        let drivers = std::mem::take(&mut pipeline.options_mut().drivers);
        Ok(Self {
            pipeline,
            clean: Clean::new(git, drivers)?,
            attributes,
            base: base.index.part(),
            git,
        })
    }

    /// Makes of some bytes what `git add` would store.
    fn convert(&mut self, path: &str, bytes: &[u8]) -> Result<Result<Vec<u8>, Obstacle>, GitError> {
        let held = |reason: String| {
            Ok(Err(Obstacle::Filter {
                path: path.to_owned(),
                reason,
            }))
        };
        let mut cleaned = None;
        if let Some(driver) = self.driver(path)? {
            let name = driver.name.clone();
            match self.clean.apply(driver, path, bytes)? {
                Ok(bytes) => cleaned = Some(bytes),
                Err(reason) => return held(format!("{name}: {reason}")),
            }
        }
        let place = self.attributes.at_entry(path, None, &self.git.objects);
        let place = place.doing("read the attributes of", path)?;
        let converted = self.pipeline.convert_to_git(
            cleaned.as_deref().unwrap_or(bytes),
            Path::new(path),
            &mut |_: &BStr, found: &mut _| {
                place.matching_attributes(found);
            },
            &mut |old: &mut Vec<u8>| stored(self.git, self.base, path, old),
        );
        match converted {
            Ok(ToGitOutcome::Unchanged(same)) => Ok(Ok(same.to_owned())),
            Ok(ToGitOutcome::Buffer(changed)) => Ok(Ok(changed.to_owned())),
            Ok(ToGitOutcome::Process(mut stream)) => {
                let mut changed = Vec::new();
                stream.read_to_end(&mut changed).doing("filter", path)?;
                Ok(Ok(changed))
            }
            Err(error) => held(error.to_string()),
        }
    }

    /// The configured program that a path is to be filtered by.
    fn driver(&mut self, path: &str) -> Result<Option<Driver>, GitError> {
        let mut found = self.attributes.selected_attribute_matches(["filter"]);
        let place = self
            .attributes
            .at_entry(path, None, &self.git.objects)
            .doing("read the attributes of", path)?;
        place.matching_attributes(&mut found);
        let name = found
            .iter_selected()
            .find_map(|hit| match hit.assignment.state {
                gix::attrs::StateRef::Value(value) => Some(value.as_bstr().to_owned()),
                _ => None,
            });
        Ok(name.and_then(|name| self.clean.driver(name.as_ref())))
    }
}

/// Reads the blob that the index has at a path, where it has one.
fn stored(
    git: &gix::Repository,
    index: &gix::index::State,
    path: &str,
    into: &mut Vec<u8>,
) -> Result<Option<()>, gix::Error> {
    let Some(entry) = index.entry_by_path(path.into()) else {
        return Ok(None);
    };
    let found = git.objects.try_find(&entry.id, into)?;
    Ok(found.filter(|it| it.kind == Kind::Blob).map(drop))
}
