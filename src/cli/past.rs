//! What was generated earlier, wherever it is still known: the base that edits are merged over.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::Path;

use super::Failure;
use super::project::Project;
use super::publish::last_committed;
use crate::git::{HistoryOptions, Repository, Target};
use crate::pipeline::{self, Live, Models, Outline, Piece, Plan, Run, sha256};
use crate::workspace::{self, Applied, Displaced, Kept, SPARE};
use crate::world::{World, WorldError};

/// How many commits of a file are looked at.
const COMMITS: usize = 500;

/// The earlier artifacts of a workspace in a repository; without one, none is known.
pub(super) struct Past<'p> {
    project: &'p Project,
    repository: Option<(Repository, Kept)>,
    /// What went wrong where an earlier artifact was looked for.
    failed: RefCell<Option<Failure>>,
    /// What the last commit generates.
    again: OnceCell<Option<Run>>,
}

impl<'p> Past<'p> {
    /// Looks where the workspace is. A repository that cannot be read is told of once something is looked for in it.
    pub(super) fn of(project: &'p Project) -> Self {
        let with_kept = |r: Repository| {
            let kept = Kept::new(r.git_dir().join("mlopsgen"));
            (r, kept)
        };
        let (repository, failed) = match project.repository() {
            Ok(repository) => (repository, None),
            Err(failure) => (None, Some(failure)),
        };
        Self {
            project,
            repository: repository.map(with_kept),
            failed: RefCell::new(failed),
            again: OnceCell::new(),
        }
    }

    /// Keeps what is generated now: before it is written, so that it is known whatever happens to the files.
    pub(super) fn remember<'r>(
        &self,
        mut artifacts: impl Iterator<Item = Outline<'r>>,
    ) -> Result<(), Failure> {
        let Some((_, kept)) = &self.repository else {
            return Ok(());
        };
        artifacts.try_for_each(|artifact| {
            let text = artifact.print().text;
            Ok(kept.remember(&artifact.sha256(), text.as_bytes())?)
        })
    }

    /// Forgets what neither a run generates nor a record names, where it has become much.
    pub(super) fn tidy(&self, run: &Run) -> Result<(), Failure> {
        let Some((_, kept)) = &self.repository else {
            return Ok(());
        };
        if kept.count()? <= run.artifacts().count() + SPARE {
            return Ok(());
        }
        let records = pipeline::records(&self.project.world)?;
        let named = records.into_values().flat_map(|record| record.subject);
        let named = named.map(|subject| subject.digest.sha256);
        Ok(kept.tidy(&named.chain(run.artifacts().map(Outline::sha256)).collect())?)
    }

    /// What a run asks for in a world, where edits are merged over what was generated earlier.
    pub(super) fn plan(&self, run: &Run, world: &dyn World) -> Result<Plan, Failure> {
        self.plan_of((run, Models::All), world)
    }

    /// The same with the files alone that are not as they should be.
    pub(super) fn open(&self, run: &Run, world: &dyn World) -> Result<Plan, Failure> {
        let mut open = Plan::default();
        self.in_pieces((run, Models::All), world, &mut |piece| {
            open.go_on_with(piece.plan.open_alone());
            Ok::<(), Failure>(())
        })?;
        Ok(open)
    }

    /// The same for some models of a run, where what was made of the others is known to be there.
    pub(super) fn plan_of(
        &self,
        of: (&Run, Models<'_>),
        world: &dyn World,
    ) -> Result<Plan, Failure> {
        let mut whole = Plan::default();
        self.in_pieces(of, world, &mut |piece| {
            whole.go_on_with(piece.plan);
            Ok::<(), Failure>(())
        })?;
        Ok(whole)
    }

    /// The same, handed out piece by piece.
    pub(super) fn in_pieces<'r, E: From<Failure> + From<WorldError>>(
        &self,
        of: (&'r Run, Models<'r>),
        world: &dyn World,
        each: &mut dyn FnMut(Piece<'r>) -> Result<(), E>,
    ) -> Result<(), E> {
        let asked = Cell::new(false);
        let bases = |path: &str, digest: &str| {
            asked.set(true);
            self.recall(path, digest)
        };
        pipeline::in_pieces(of, world, &bases, &mut |piece| {
            // It may have been planned without a base that could not be read.
            match asked.get().then(|| self.failed.take()).flatten() {
                Some(failure) => Err(failure.into()),
                None => each(piece),
            }
        })
    }

    /// Notes what went wrong, the first thing of all.
    fn noted<T>(&self, result: Result<T, impl Into<Failure>>) -> Option<T> {
        result
            .map_err(|error| {
                self.failed.borrow_mut().get_or_insert(error.into());
            })
            .ok()
    }

    /// The bytes that were generated for a path. What goes wrong is noted, so that nothing is planned without them.
    fn recall(&self, path: &str, digest: &str) -> Option<Vec<u8>> {
        let (repository, kept) = self.repository.as_ref()?;
        let found = kept.recall(digest);
        let found = found.or_else(|| self.generate_again(path, digest));
        found.or_else(|| self.committed(repository, path, digest))
    }

    /// A base need not be kept where the last commit has what it was made of.
    fn generate_again(&self, path: &str, digest: &str) -> Option<Vec<u8>> {
        let (repository, _) = self.repository.as_ref()?;
        let again = || {
            self.noted(last_committed(
                self.project,
                (repository, &Target::Head),
                &mut Live::default(),
            ))
            .flatten()
        };
        let run = self.again.get_or_init(again).as_ref()?;
        let artifact = run.artifact(path)?;
        (artifact.sha256() == digest).then(|| artifact.print().text.into_bytes())
    }

    /// Looks for it in the commits that changed the file.
    fn committed(&self, repository: &Repository, path: &str, digest: &str) -> Option<Vec<u8>> {
        let whole = self.noted(self.project.in_repository(repository, path))?;
        let options = HistoryOptions {
            paths: vec![whole],
            limit: Some(COMMITS),
            ..HistoryOptions::default()
        };
        let commits = self.noted(repository.history(&options))?;
        commits.iter().find_map(|commit| {
            let world = self.noted(self.project.at_revision(&commit.revision.id))?;
            let bytes = self.noted(world.read(path))??;
            (sha256(&bytes) == digest).then(|| bytes.to_vec())
        })
    }

    /// Keeps bytes of the user's that something else takes the place of, and says where.
    pub(super) fn displace(&self, path: &str, bytes: &[u8]) -> Result<String, Failure> {
        Ok(self.show(&self.kept().displace(path, bytes)?))
    }

    /// Where things are kept beside the work tree; without a repository, in it.
    fn kept(&self) -> Kept {
        let kept = self.repository.as_ref().map(|(_, kept)| kept.clone());
        kept.unwrap_or_else(|| Kept::new(self.project.root.join(".mlopsgen")))
    }

    fn show(&self, place: &Path) -> String {
        let below = place.strip_prefix(&self.project.root);
        below.unwrap_or(place).display().to_string()
    }

    /// Clears up after a run that was killed while it wrote. To be called before a plan is made.
    pub(super) fn recover(&self) -> Result<Vec<Displaced>, Failure> {
        Ok(workspace::recover(&self.project.root, &self.kept())?)
    }

    /// Whether there is something to clear up.
    pub(super) fn is_interrupted(&self) -> bool {
        workspace::is_interrupted(&self.project.root, &self.kept())
    }

    /// Carries a piece of a plan out, after those before.
    pub(super) fn go_on(&self, plan: &Plan, applied: &mut Applied) -> Result<(), Failure> {
        let root = &self.project.root;
        Ok(workspace::go_on(root, &self.kept(), plan, applied)?)
    }

    /// Carries a plan out.
    pub(super) fn apply(&self, plan: &Plan) -> Result<Applied, Failure> {
        Ok(workspace::apply(&self.project.root, &self.kept(), plan)?)
    }

    /// Says where bytes are that somebody wrote and that something newer is in the place of.
    pub(super) fn describe(&self, displaced: &Displaced) -> String {
        let place = self.show(&displaced.place);
        format!(
            "{}: what somebody else had saved is kept in {place}",
            displaced.path
        )
    }
}
