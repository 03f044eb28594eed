//! The workspace that a command works on.
#![expect(
    clippy::disallowed_methods,
    reason = "commands begin at the current folder"
)]

use std::path::{Path, PathBuf};

use super::Failure;
use super::args::Args;
use crate::git::{CommitWorld, Repository, within};
use crate::pipeline::{Live, Run};
use crate::workspace::{self, DiskWorld};
use crate::world::World;

/// A workspace on disk.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) root: PathBuf,
    pub(super) world: DiskWorld,
    /// The repository that it stands in, once that was found for good.
    known: Option<Repository>,
}

/// The folder that a command works in.
pub(super) fn folder(args: &Args) -> Result<PathBuf, Failure> {
    let current = std::env::current_dir()
        .map_err(|e| Failure::usage(format!("the current folder is gone: {e}")))?;
    let folder = args
        .directory
        .as_ref()
        .map_or_else(|| current.clone(), |d| current.join(d));
    folder
        .canonicalize()
        .map_err(|e| Failure::usage(format!("cannot work in {}: {e}", folder.display())))
}

/// Whether a file is there.
pub(super) fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// The program itself, where a shell would not find it by its name.
pub(super) fn not_on_path() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let name = program.file_name()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    (!found).then_some(program)
}

/// Runs the pipeline for a command that is all that the process does: what was read and made is not given back piece by
/// piece, since the process ends.
pub(super) fn run(world: &dyn World) -> &'static Run {
    let live: &mut Live = Box::leak(Box::default());
    Box::leak(Box::new(live.run(world)))
}

impl Project {
    /// Finds the workspace of the current folder.
    pub(super) fn find(args: &Args) -> Result<Self, Failure> {
        let start = folder(args)?;
        let root = workspace::find(&start).ok_or_else(|| {
            let message = format!(
                "there is no mlopsgen.yaml in {} or above it",
                start.display()
            );
            Failure::usage(message)
                .hint("`mlopsgen init` makes a workspace here, `mlopsgen demo` a whole example")
        })?;
        Ok(Self::at(root))
    }

    /// The workspace of a folder.
    pub(super) fn at(root: PathBuf) -> Self {
        let world = DiskWorld::new(&root);
        Self {
            root,
            world,
            known: None,
        }
    }

    /// The same, which stands in a repository for good.
    pub(super) fn within(self, repository: Option<&Repository>) -> Self {
        Self {
            known: repository.cloned(),
            ..self
        }
    }

    /// The repository that it stands in.
    pub(super) fn repository(&self) -> Result<Option<Repository>, Failure> {
        if self.known.is_some() {
            return Ok(self.known.clone());
        }
        Ok(Repository::discover(&self.root)?)
    }

    /// The repository that it stands in, which the command needs.
    pub(super) fn needed_repository(&self) -> Result<Repository, Failure> {
        self.repository()?.ok_or_else(|| {
            let message = format!("{} is in no git repository", self.root.display());
            Failure::usage(message).hint("`git init` makes one")
        })
    }

    /// The workspace as a revision holds it.
    pub(super) fn at_revision(&self, revision: &str) -> Result<CommitWorld, Failure> {
        let repository = self.needed_repository()?;
        let prefix = repository.prefix_of(&self.root)?;
        Ok(CommitWorld::open(&repository, revision, &prefix)?)
    }

    /// Whether a file or folder is there.
    pub(super) fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// A path of the workspace as a path of its repository.
    pub(super) fn in_repository(
        &self,
        repository: &Repository,
        path: &str,
    ) -> Result<String, Failure> {
        Ok(within(&repository.prefix_of(&self.root)?, path))
    }

    /// A path that the user wrote, relative to the workspace, with `/`.
    pub(super) fn relative(&self, args: &Args, path: &Path) -> Result<String, Failure> {
        let absolute = folder(args)?.join(path);
        let mut clean = PathBuf::new();
        for component in absolute.components() {
            match component {
                std::path::Component::ParentDir => {
                    clean.pop();
                }
                std::path::Component::CurDir => {}
                other => clean.push(other),
            }
        }
        let below = clean.strip_prefix(&self.root).map_err(|_| {
            Failure::usage(format!(
                "{} is not in the workspace {}",
                path.display(),
                self.root.display()
            ))
        })?;
        Ok(below.to_string_lossy().replace('\\', "/"))
    }
}
