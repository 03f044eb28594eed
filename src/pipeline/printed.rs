//! What was printed: all that is kept of an artifact but its text, which is printed again where it is asked for.
//!
//! To print a text costs next to nothing, and to keep it is dear: texts and where their parts came from would be most of
//! what a run holds.

use std::fmt;
use std::sync::Arc;

use super::chain::Stage;
use super::run::{ModelRun, Run};
use super::{Digest, digits, sha256_of};
use crate::generate::language::Ties;
use crate::generate::{Artifact, Template};
use crate::model::{Knowledge, ObjectId, Reach};

/// What one template printed of one model.
pub struct Printed {
    /// The position of the model in the chain.
    stage: usize,
    template: Arc<Template>,
    pub(super) artifacts: Box<[Kept]>,
}

/// What is kept of an artifact.
pub(super) struct Kept {
    pub(super) path: Box<str>,
    pub(super) digest: Digest,
    element: ObjectId,
    pub(super) ties: Ties,
    has_regions: bool,
}

impl Printed {
    /// Keeps what a template printed of a model at a position of a chain.
    pub(super) fn of(stage: usize, template: &Arc<Template>, artifacts: Vec<Artifact>) -> Self {
        Self {
            stage,
            template: template.clone(),
            artifacts: artifacts.into_iter().map(Kept::of).collect(),
        }
    }

    /// Whether that very template printed it.
    pub(super) fn is_of(&self, template: &Arc<Template>) -> bool {
        Arc::ptr_eq(&self.template, template)
    }
}

impl fmt::Debug for Printed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = self.artifacts.iter().map(|kept| &kept.path);
        out.debug_list().entries(paths).finish()
    }
}

impl Kept {
    fn of(artifact: Artifact) -> Self {
        Self {
            digest: sha256_of(artifact.text.as_bytes()),
            element: artifact.element,
            ties: Ties::of(&artifact.path, &artifact.text),
            has_regions: !artifact.regions.is_empty(),
            path: artifact.path.into(),
        }
    }
}

/// An artifact of a run, without its text.
#[derive(Clone, Copy, Debug)]
pub struct Outline<'r> {
    run: &'r Run,
    /// The model file that it was printed of.
    pub of: &'r ModelRun,
    pub(super) printed: &'r Arc<Printed>,
    /// Its position among what its template printed.
    pub(super) at: usize,
}

impl<'r> Outline<'r> {
    /// All that was printed of a model of a run.
    pub fn all(run: &'r Run, of: &'r ModelRun) -> impl Iterator<Item = Self> {
        of.printed.iter().flat_map(move |printed| {
            let all = 0..printed.artifacts.len();
            all.map(move |at| Self::at(run, of, (printed, at)))
        })
    }

    /// One of what was printed of a model of a run.
    pub(super) fn at(
        run: &'r Run,
        of: &'r ModelRun,
        (printed, at): (&'r Arc<Printed>, usize),
    ) -> Self {
        Self {
            run,
            of,
            printed,
            at,
        }
    }

    pub(super) fn kept(self) -> &'r Kept {
        &self.printed.artifacts[self.at]
    }

    /// Its path below the workspace.
    pub fn path(self) -> &'r str {
        &self.kept().path
    }

    /// The SHA-256 of its text, in hexadecimal digits.
    pub fn sha256(self) -> String {
        digits(self.kept().digest)
    }

    /// Whether parts of it are the user's.
    pub fn has_regions(self) -> bool {
        self.kept().has_regions
    }

    /// The template that printed it.
    pub fn template(self) -> &'r Template {
        &self.printed.template
    }

    /// The position in the chain of the model that it was printed of.
    pub fn position(self) -> usize {
        self.printed.stage
    }

    /// The model that it was printed of.
    pub fn stage(self) -> &'r Stage {
        &self.of.chain.stages[self.printed.stage]
    }

    /// The element that it was made for.
    pub fn element(self) -> ObjectId {
        self.kept().element
    }

    /// Prints it again.
    pub fn print(self) -> Artifact {
        let (knowledge, stage) = (self.run.knowledge.as_deref(), self.stage());
        let output = self.run.config.as_ref().map_or("", |c| &c.output);
        let place = |object| stage.place((object, None));
        let with = (reach(stage, knowledge), &place as _, output);
        let artifact = self.template().render_one(with, self.element());
        let artifact = artifact.expect("the same was printed of the same before");
        debug_assert_eq!(sha256_of(artifact.text.as_bytes()), self.kept().digest);
        artifact
    }
}

/// What templates see of a model.
pub(super) fn reach<'s>(stage: &'s Stage, knowledge: Option<&'s Knowledge>) -> Reach<'s> {
    Reach {
        model: &stage.model,
        knowledge,
    }
}
