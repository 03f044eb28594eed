//! Finding a repository, and asking it small questions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::bstr::ByteSlice;
use gix::index::entry::Mode;
use gix::odb::store::init::Slots;

use super::error::Context;
use super::index::KeptIndex;
use super::lock::Turn;
use super::program::Program;
use super::spare::Spare;
use super::tree::KeptTrees;
use super::{
    Blame, Circumstances, CommitOutcome, CommitRequest, Commits, GitError, HistoryEntry,
    HistoryOptions, Obstacle, Position, Rehearsal, Revision, Signature, Target, aside, blame,
    branch, circumstances, commit, history, index, obstacle, rehearsal, revision, settings, settle,
};

/// How many bytes of objects a repository that is open keeps unpacked.
const OBJECT_CACHE: usize = 16 << 20;

/// A repository with a work tree.
///
/// It keeps where things are, not what they say: each question opens the repository anew (well under a millisecond),
/// so that a configuration, a hook or a branch changed under a running watch is seen at once.
#[derive(Clone, Debug)]
pub struct Repository {
    root: PathBuf,
    git_dir: PathBuf,
    /// Where objects are.
    objects: PathBuf,
    /// Trees of the last commit, by names that tell what is in them.
    pub(super) trees: KeptTrees,
    /// The index of the last commit.
    pub(super) index: KeptIndex,
}

impl Repository {
    /// Finds the repository that a folder belongs to, looking upwards; `None` where there is none.
    pub fn discover(folder: &Path) -> Result<Option<Self>, GitError> {
        match gix::discover(folder) {
            Ok(git) => Self::of(&git).map(Some),
            Err(error) if is_absent(&error) && !has_head(folder) => Ok(None),
            Err(error) => Err(cannot_open(folder, error)),
        }
    }

    /// Makes a new repository in a folder, on the branch the user's configuration names, else `main`.
    pub fn init(folder: &Path) -> Result<Self, GitError> {
        let git = gix::init(folder).doing_at("create a git repository in", folder)?;
        Self::of(&git)
    }

    fn of(git: &gix::Repository) -> Result<Self, GitError> {
        settings::check(git)?;
        let Some(root) = git.workdir() else {
            return Err(GitError::Bare {
                path: git.git_dir().to_owned(),
            });
        };
        Ok(Self {
            root: root.canonicalize().doing_at("resolve", root)?,
            git_dir: git
                .git_dir()
                .canonicalize()
                .doing_at("resolve", git.git_dir())?,
            objects: git.objects.store_ref().path().to_owned(),
            trees: KeptTrees::default(),
            index: KeptIndex::default(),
        })
    }

    /// The top folder of the work tree, with links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Git's own folder for this work tree: `.git`, or the private one of a linked work tree.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Returns where a folder lies in the work tree: `""` for its top, else with `/` between components.
    pub fn prefix_of(&self, folder: &Path) -> Result<String, GitError> {
        let whole = folder.canonicalize().doing_at("resolve", folder)?;
        let relative = whole
            .strip_prefix(&self.root)
            .map_err(|_| GitError::Outside {
                path: whole.clone(),
                root: self.root.clone(),
            })?;
        let components: Option<Vec<&str>> = relative
            .iter()
            .map(|component| component.to_str())
            .collect();
        let components = components.ok_or_else(|| GitError::Path {
            path: relative.to_string_lossy().into_owned(),
            reason: "it is not UTF-8".to_owned(),
        })?;
        Ok(components.join("/"))
    }

    /// Who would be the author of a commit, `Name <mail>`; `None` where git does not know.
    pub fn identity(&self) -> Option<String> {
        let git = self.open().ok()?;
        let author = git.author()?.ok()?;
        (!author.name.trim().is_empty()).then(|| format!("{} <{}>", author.name, author.email))
    }

    /// Writes an identity into the repository's own configuration and keeps the rest of it.
    pub fn set_local_identity(&self, name: &str, email: &str) -> Result<(), GitError> {
        let git = self.open()?;
        let path = git.common_dir().join("config");
        let mut config = git.config_file_mut(path.clone()).doing_at("open", &path)?;
        config
            .set_raw_value("user.name", name)
            .doing_at("set user.name in", &path)?;
        config
            .set_raw_value("user.email", email)
            .doing_at("set user.email in", &path)?;
        config.commit().doing_at("write", &path)
    }

    /// The commit that `HEAD` is at; `None` before the first commit.
    pub fn head(&self) -> Result<Option<String>, GitError> {
        Ok(self.position()?.id.map(|id| id.to_string()))
    }

    /// Where `HEAD` is. To be asked before the inputs of a commit are read, for [`CommitRequest::base`].
    pub fn position(&self) -> Result<Position, GitError> {
        let git = self.open()?;
        if obstacle::storage(&git).is_some() {
            // It cannot be read, and nothing is committed for that reason.
            return Ok(Position {
                branch: None,
                id: None,
            });
        }
        branch::position(&git)
    }

    /// The current branch, without `refs/heads/`; `None` where `HEAD` is detached.
    pub fn branch(&self) -> Option<String> {
        let git = self.open().ok()?;
        let name = git.head_name().ok()??;
        Some(name.shorten().to_string())
    }

    /// Why nothing may be committed now; `None` where a commit may be made.
    pub fn obstacle(&self) -> Result<Option<Obstacle>, GitError> {
        let git = self.open()?;
        if let Some(obstacle) = obstacle::index_lock(&git) {
            return Ok(Some(obstacle));
        }
        if let Some(obstacle) = obstacle::find(&git)? {
            return Ok(Some(obstacle));
        }
        if let Some(obstacle) = obstacle::branch_lock(&git)? {
            return Ok(Some(obstacle));
        }
        Ok(index::read(&git, [])?.obstacle())
    }

    /// Why nothing may be committed now where commits go; `None` where a commit may be made.
    pub fn obstacle_to(&self, target: &Target) -> Result<Option<Obstacle>, GitError> {
        let git = self.open()?;
        if *target != Target::Head
            && obstacle::storage(&git).is_none()
            && let Some(name) = target.reference(&git)?
        {
            return Ok(aside::obstacle(&git, &name));
        }
        self.obstacle()
    }

    /// What a commit hangs on that is no file of the work tree.
    pub fn circumstances(&self) -> Result<Circumstances, GitError> {
        circumstances::now(self)
    }

    /// Commits changes on the current branch, and nothing else. The work tree is not touched.
    pub fn commit(&self, request: &CommitRequest<'_>) -> Result<CommitOutcome, GitError> {
        commit::commit(self, request)
    }

    /// The reference that commits go to, where it is not that of `HEAD` and there is one already.
    pub fn reference(&self, target: &Target) -> Result<Option<String>, GitError> {
        let git = self.open()?;
        let Some(name) = target.reference(&git)? else {
            return Ok(None);
        };
        let is_there = aside::tip(&git, &name)?.is_some();
        Ok(is_there.then(|| name.as_bstr().to_string()))
    }

    /// What a commit would meet: goes through it up to where something would be written.
    pub fn rehearse(&self, request: &CommitRequest<'_>) -> Result<Rehearsal, GitError> {
        rehearsal::rehearse(self, request)
    }

    /// Puts right what a `git commit` that ran at the same time as ours did to the index, and returns the paths that
    /// were. To be called a moment after a commit (some tenths of a second); it costs next to nothing where all is well.
    pub fn settle(&self) -> Result<Vec<String>, GitError> {
        settle::settle(self)
    }

    /// Makes ready what the next commit will need: a copy of the index, which it then need not write. To be called when
    /// nobody waits. Where another process of ours is at work, nothing is done.
    pub fn make_ready(&self) -> Result<(), GitError> {
        let git = self.open()?;
        let Some(turn) = Turn::take(git.common_dir(), Duration::ZERO)? else {
            return Ok(());
        };
        let made = self.index.make_ready(&git)?;
        // The disk may be slow, and a commit that is asked for meanwhile need not wait.
        drop(turn);
        made.map_or(Ok(()), |path| Spare::force(&path))
    }

    /// Returns those of some files (paths of the work tree; a folder ends with `/`) that git ignores: `.gitignore`
    /// says so and they are not tracked. To ask for many at once costs little more than for one.
    pub fn ignored<'p>(&self, paths: &[&'p str]) -> Result<BTreeSet<&'p str>, GitError> {
        let git = self.open()?;
        // Most often no rule is about any of them, and what is tracked need not be asked. Where only a part of the work tree
        // is checked out, rules may stand in the index alone.
        if git.config_snapshot().boolean("core.sparseCheckout") != Some(true) {
            let none = gix::index::State::new(git.object_hash());
            let none = gix::index::File::from_state(none, git.index_path());
            if self.ignored_beside((&git, &none), paths)?.is_empty() {
                return Ok(BTreeSet::new());
            }
        }
        let index = index::read(&git, paths.iter().copied())?;
        self.ignored_beside((&git, index.part()), paths)
    }

    /// Returns those of some files that rules are about and that an index does not have.
    fn ignored_beside<'p>(
        &self,
        (git, index): (&gix::Repository, &gix::index::File),
        paths: &[&'p str],
    ) -> Result<BTreeSet<&'p str>, GitError> {
        let source = gix::worktree::stack::state::ignore::Source::default();
        let excludes = git.excludes(index, None, source);
        let mut excludes = excludes.doing_at("read the ignore rules of", &self.root)?;
        let mut ignored = BTreeSet::new();
        for &path in paths {
            let (name, mode) = match path.strip_suffix('/') {
                Some(folder) => (folder, Mode::DIR),
                None => (path, Mode::FILE),
            };
            let place = excludes
                .at_entry(name, Some(mode))
                .doing("read the ignore rules for", path)?;
            if place.is_excluded() && index.entry_by_path(path.into()).is_none() {
                ignored.insert(path);
            }
        }
        Ok(ignored)
    }

    /// Lists the commits that changed some files, newest first.
    pub fn history(&self, options: &HistoryOptions) -> Result<Vec<HistoryEntry>, GitError> {
        history::history(&self.open()?, options)
    }

    /// Lists commits, each after those of its parents that are among them.
    pub fn commits(&self, which: Commits<'_>) -> Result<Vec<Revision>, GitError> {
        revision::list(&self.open()?, which)
    }

    /// What git's program says of the signatures of commits, by their identities.
    pub fn signatures(&self, commits: &[&str]) -> Result<BTreeMap<String, Signature>, GitError> {
        let git = self.open()?;
        let mut found = Program::of(&git).signatures(commits)?;
        for (id, signature) in &mut found {
            if *signature == Signature::Missing && revision::has_signature(&git, id)? {
                *signature = Signature::UNKNOWN;
            }
        }
        Ok(found)
    }

    /// Which commit each line of a file (a path of the work tree) at a revision came with; `None` where the revision has no
    /// such file.
    pub fn blame(&self, revision: &str, path: &str) -> Result<Option<Blame>, GitError> {
        blame::blame(&self.open()?, revision, path)
    }

    /// The last commit that changed a file or something in a folder.
    pub fn last_change(&self, path: &str) -> Result<Option<HistoryEntry>, GitError> {
        let options = HistoryOptions {
            paths: vec![path.to_owned()],
            limit: Some(1),
            ..HistoryOptions::default()
        };
        Ok(self.history(&options)?.pop())
    }

    /// Opens the repository as it is now: this one, even if its folder vanished and another stands further up.
    pub(super) fn open(&self) -> Result<gix::Repository, GitError> {
        let options = gix::open::Options::default().object_store_slots(slots(&self.objects));
        let opened = gix::open_opts(&self.git_dir, options);
        let mut git = opened.map_err(|error| cannot_open(&self.root, error))?;
        settings::check(&git)?;
        // Trees are looked into path by path.
        git.object_cache_size_if_unset(OBJECT_CACHE);
        Ok(git)
    }
}

/// Room for the packs of a folder of objects and some that may come. To find it, gix looks at each of their files, every
/// time that a repository is opened, while most questions are about none of the objects.
fn slots(objects: &Path) -> Slots {
    let Ok(packs) = objects.join("pack").read_dir() else {
        return Slots::default();
    };
    if objects.join("info/alternates").symlink_metadata().is_ok() {
        // There are others, elsewhere.
        return Slots::default();
    }
    let names = packs.flatten().map(|entry| entry.file_name());
    let packs = names.filter(|name| name.as_encoded_bytes().ends_with(b".idx"));
    let room = u16::try_from(packs.count() * 5 / 4 + 32);
    let room = room.ok().filter(|room| *room < 1 << 15);
    room.map_or_else(Slots::default, Slots::Given)
}

fn cannot_open(path: &Path, error: gix::Error) -> GitError {
    GitError::Open {
        path: path.to_owned(),
        source: error.into(),
    }
}

/// Whether a repository stands where a search upwards has found none, since something failed on the way.
fn has_head(folder: &Path) -> bool {
    let ceilings = std::env::var_os("GIT_CEILING_DIRECTORIES").is_some();
    let heads = |above: &Path| above.join(".git").join("HEAD").symlink_metadata().is_ok();
    !ceilings && folder.ancestors().any(heads)
}

/// Whether a search upwards ended without a repository, as opposed to one that is broken.
fn is_absent(error: &gix::Error) -> bool {
    use gix::discover::upwards::Error;
    matches!(
        error.downcast_any_ref::<Error>(),
        Some(
            Error::NoGitRepository { .. }
                | Error::NoGitRepositoryWithinCeiling { .. }
                | Error::NoGitRepositoryWithinFs { .. }
        )
    )
}
