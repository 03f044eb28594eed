//! Whether the artifacts of a commit are what its inputs generate: the proof that an audit asks for.
//!
//! Each commit carries its inputs, its artifacts and the records of what was made of what, so it is generated again from
//! its own tree, in memory, and compared byte for byte ([`compare`]). Where another version of the program
//! made it, the digests of the record are held against the files instead ([`digests`]). What differs
//! is a [`Drift`], with the commit that brought it in. A change of a file together with its record and the message of its commit
//! cannot be told from the truth by any of this: only signatures tell.
//!
//! Equal trees have equal verdicts, so each is found once; and a [`Live`] run from one commit to the next makes only
//! what differs.

mod compare;
mod culprit;
mod digests;
mod told;
mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostics, Sources};
use crate::git::{CommitWorld, GitError, PastWorlds, Repository, Revision};
use crate::pipeline::Live;
use crate::world::{World as _, WorldError};

pub use compare::drifts;
pub use verdict::{Difference, Drift, DriftKind, Level, Verdict};

/// How far a verification goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The digests of the records against the files.
    Digests,
    /// Everything generated again.
    Generate,
}

/// Why a commit cannot be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// git misbehaves.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file cannot be read.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// Verifies commits of a repository, one after the other.
pub struct Verifier<'r> {
    repository: &'r Repository,
    /// Where the workspace lies in it.
    prefix: String,
    worlds: PastWorlds,
    depth: Depth,
    live: Live,
    /// By the tree of the workspace.
    known: BTreeMap<String, Arc<Verdict>>,
    /// By the commit, of those that were verified.
    found: BTreeMap<String, Arc<Verdict>>,
}

/// An artifact that the commit itself has git ignore need not be in it.
fn leave_ignored(world: &CommitWorld, verdict: &mut Verdict) -> Result<(), GitError> {
    let mut kept = Vec::new();
    for drift in verdict.drifts.drain(..) {
        if drift.kind == DriftKind::Missing && world.ignores(&drift.path)? {
            verdict.ignored += 1;
        } else {
            kept.push(drift);
        }
    }
    verdict.drifts = kept;
    Ok(())
}

/// A commit with its verdict.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What holds of its tree.
    pub verdict: Arc<Verdict>,
    /// The drifts that none of its parents has, with the commit that last touched the file.
    pub new: Vec<(Drift, Option<Revision>)>,
}

impl<'r> Verifier<'r> {
    /// Begins with the workspace at a prefix of a repository, as [`Repository::prefix_of`] gives it.
    ///
    /// # Errors
    /// Where the repository cannot be opened.
    pub fn new(repository: &'r Repository, prefix: &str, depth: Depth) -> Result<Self, GitError> {
        Ok(Self {
            repository,
            prefix: prefix.to_owned(),
            worlds: PastWorlds::of(repository, prefix)?,
            depth,
            live: Live::default(),
            known: BTreeMap::new(),
            found: BTreeMap::new(),
        })
    }

    /// How many different states of the workspace were looked at.
    pub fn states(&self) -> usize {
        self.known.len()
    }

    /// Verifies a commit. What its parents have too is told of them, where they were verified before.
    ///
    /// # Errors
    /// Where the repository cannot be read.
    pub fn verify(&mut self, revision: &Revision) -> Result<Verified, VerifyError> {
        let verdict = self.verdict(&revision.id)?;
        let mut new = Vec::new();
        for drift in &verdict.drifts {
            if !self.is_inherited(revision, drift)? {
                new.push(culprit::find(self, &revision.id, drift)?);
            }
        }
        self.found.insert(revision.id.clone(), verdict.clone());
        Ok(Verified { verdict, new })
    }

    /// Whether a parent has the same drift, in the same bytes.
    fn is_inherited(&self, revision: &Revision, drift: &Drift) -> Result<bool, VerifyError> {
        for parent in &revision.parents {
            let known = self.found.get(parent).is_some_and(|verdict| {
                let mut drifts = verdict.drifts.iter();
                drifts.any(|d| d.path == drift.path && d.kind.word() == drift.kind.word())
            });
            if known {
                let before = self.worlds.at(parent)?.read(&drift.path)?;
                let now = self.worlds.at(&revision.id)?.read(&drift.path)?;
                if before == now {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn verdict(&mut self, commit: &str) -> Result<Arc<Verdict>, VerifyError> {
        let world = self.worlds.at(commit)?;
        let Some(tree) = world.tree() else {
            return Ok(Arc::default());
        };
        if let Some(verdict) = self.known.get(&tree) {
            return Ok(verdict.clone());
        }
        let mut verdict = if world.read(crate::pipeline::CONFIG_FILE)?.is_none() {
            Verdict::default()
        } else if self.depth == Depth::Digests {
            digests::verdict(&world, None)?
        } else {
            compare::verdict(&world, &mut self.live)?
        };
        leave_ignored(&world, &mut verdict)?;
        let verdict = Arc::new(verdict);
        self.known.insert(tree, verdict.clone());
        Ok(verdict)
    }

    /// The new drifts of a commit as findings; the texts that they point into are added to the sources.
    pub fn findings(
        &self,
        (revision, verified): (&Revision, &Verified),
        sources: &mut Sources,
    ) -> Diagnostics {
        let mut found = Diagnostics::default();
        for (drift, culprit) in &verified.new {
            let text = self.text(&revision.id, &drift.path);
            found.push(drift.diagnostic(text, culprit.as_ref(), sources));
        }
        found
    }

    /// The text of a file at a commit, where it is text.
    fn text(&self, commit: &str, path: &str) -> Option<String> {
        let bytes = self.worlds.at(commit).ok()?.read(path).ok()??;
        String::from_utf8(bytes.to_vec()).ok()
    }
}
