//! What a run of the pipeline gives, and runs that stop early.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::cause::{Cause, CauseKind};
use super::chain::{Chain, Stage};
use super::config::{CONFIG_FILE, Config};
use super::constraints::Repairs;
use super::inputs::{Input, Inputs};
use super::live::{Live, Memory};
use super::printed::{Outline, Printed};
use super::reader::Reader;
use super::sha256;
use super::snapshot::Snapshot;
use super::stages::Stages;
use crate::constraint::Constraint;
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, SourceFile, Sources, Span};
use crate::expr::Helpers;
use crate::format;
use crate::metamodel::Metamodel;
use crate::model::{Knowledge, Model, Reach};
use crate::rows::Rows;
use crate::transform;
use crate::world::World;

/// What became of one model file.
#[derive(Clone, Debug)]
pub struct ModelRun {
    /// The path of the file.
    pub path: String,
    /// The model as it is written.
    pub written: Arc<Model>,
    /// The model after all transformations, and what they made of it.
    pub chain: Arc<Chain>,
    /// What the templates printed, in the order of the models and the templates.
    pub printed: Vec<Arc<Printed>>,
}

impl ModelRun {
    /// The model after all transformations.
    pub fn completed(&self) -> &Stage {
        &self.chain.stages[0]
    }

    /// The models that map transforms made of it, in order.
    pub fn derived(&self) -> &[Stage] {
        &self.chain.stages[1..]
    }

    /// Whether the very same was printed of it as of another.
    pub(super) fn is_printed_as(&self, other: &Self) -> bool {
        let mut pairs = self.printed.iter().zip(&other.printed);
        self.printed.len() == other.printed.len() && pairs.all(|(a, b)| Arc::ptr_eq(a, b))
    }
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The texts that were read.
    pub sources: Sources,
    /// What is wrong with them.
    pub diagnostics: Diagnostics,
    /// The configuration, where it could be read.
    pub config: Option<Config>,
    /// What models conform to.
    pub metamodel: Arc<Metamodel>,
    /// Whether a file of it is of the workspace, not of the pack.
    pub(super) is_metamodel_own: bool,
    /// The schema of its models for editors, once it was asked for.
    pub(super) schema: Arc<OnceLock<String>>,
    /// How many files of models there are.
    pub model_files: usize,
    /// What became of the models, in the order of their paths; none where something is wrong before rules run.
    pub models: Rows<Arc<ModelRun>>,
    /// What all of them are completed by and printed with.
    pub knowledge: Option<Arc<Knowledge>>,
    /// The constraints that all of them are held against.
    pub constraints: Arc<Vec<Constraint>>,
    /// What would meet the constraints that models do not hold to.
    pub repairs: Vec<Repairs>,
    /// How many rules there are.
    pub rules: usize,
    /// Where each of the templates that make artifacts says which.
    pub templates: Vec<Span>,
    /// The files of all templates.
    pub template_files: Vec<FileId>,
    /// Every file that was read, by path.
    pub inputs: Inputs,
    /// Those of them that are no models: all artifacts hang on them.
    pub(super) shared: Arc<OnceLock<Vec<Input>>>,
}

/// Models of a run.
#[derive(Clone, Copy, Debug)]
pub enum Models<'m> {
    /// All of them.
    All,
    /// Those of these files.
    Only(&'m BTreeSet<String>),
}

impl<'m> Models<'m> {
    /// Whether none is left out.
    pub const fn is_all(self) -> bool {
        matches!(self, Self::All)
    }

    /// These models of a run.
    pub fn of<'r>(self, run: &'r Run) -> impl Iterator<Item = &'r ModelRun> + use<'r, 'm> {
        let places = match self {
            Self::All => (0..run.models.len()).collect(),
            Self::Only(paths) => {
                let mut places: Vec<usize> = paths.iter().filter_map(|p| run.place(p)).collect();
                places.sort_unstable();
                places
            }
        };
        places.into_iter().map(|at| &*run.models[at])
    }
}

impl Run {
    /// The models of which something else was made than in an earlier run, where these alone have to be looked at: nothing
    /// that all models hang on has changed, and no model came or went.
    pub fn changed_models(&self, old: &Self, causes: &[Cause]) -> Option<BTreeSet<String>> {
        let is_inside = |c: &Cause| c.kind == CauseKind::Model && c.what == "changed";
        if !causes.iter().all(is_inside) || self.models.len() != old.models.len() {
            return None;
        }
        let mut changed = BTreeSet::new();
        for (new, old) in self.models.iter().zip(old.models.iter()) {
            if Arc::ptr_eq(new, old) {
                continue;
            }
            if new.path != old.path {
                return None;
            }
            if !Arc::ptr_eq(&new.chain, &old.chain) || !new.is_printed_as(old) {
                changed.insert(new.path.clone());
            }
        }
        for cause in causes {
            self.place(&cause.path)?;
            changed.insert(cause.path.clone());
        }
        Some(changed)
    }

    /// The position of the model of a file.
    pub fn place(&self, path: &str) -> Option<usize> {
        // They are in the order of their paths, where no two patterns name models.
        let found = self.models.search(|m| (*m.path).cmp(path));
        found
            .ok()
            .or_else(|| self.models.iter().position(|m| m.path == path))
    }

    /// The files that were read and are no models, in the order of their paths.
    pub(super) fn shared_inputs(&self) -> &[Input] {
        self.shared.get_or_init(|| {
            let models: BTreeSet<&str> = self.models.iter().map(|m| &*m.path).collect();
            let others = self.inputs.values().filter(|i| !models.contains(&*i.path));
            others.cloned().collect()
        })
    }

    /// Whether a file that was read is one of the workspace.
    pub(super) fn is_own(&self, path: &str) -> bool {
        self.inputs.get(path).is_some_and(|i| i.pack.is_none())
    }

    /// What is left of a run where some of its models are to be looked at again.
    pub(super) fn without(&self, changed: &BTreeSet<String>) -> Self {
        let mut run = self.clone();
        run.models = Rows::default();
        run.diagnostics = Diagnostics::default();
        run.repairs.retain(|r| !changed.contains(&r.path));
        run
    }

    /// Brings what would meet constraints into the order of the paths.
    pub(super) fn sort_repairs(&mut self) {
        self.repairs.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// What expressions over a model of this run reach.
    pub fn reach<'r>(&'r self, model: &'r Model) -> Reach<'r> {
        Reach {
            model,
            knowledge: self.knowledge.as_deref(),
        }
    }

    /// The text of a file of the workspace, as it was read. People may be shown its path behind that of a commit.
    pub fn text(&self, path: &str) -> Option<&Arc<SourceFile>> {
        let mut paths = self.sources.iter().map(|f| f.path.as_str());
        let before = paths.find_map(|p| p.strip_suffix(CONFIG_FILE))?;
        let file = self.sources.find(&[before, path].concat())?;
        Some(self.sources.file(file))
    }

    /// How many files were read, those of the pack aside.
    pub fn own_files(&self) -> usize {
        self.inputs.values().filter(|i| i.pack.is_none()).count()
    }

    /// All artifacts of all models.
    pub fn artifacts(&self) -> impl Iterator<Item = Outline<'_>> {
        self.artifacts_of(Models::All)
    }

    /// All artifacts of some models.
    pub fn artifacts_of<'r>(&'r self, which: Models<'r>) -> impl Iterator<Item = Outline<'r>> {
        which.of(self).flat_map(|of| Outline::all(self, of))
    }

    /// The artifact of a path.
    pub fn artifact(&self, path: &str) -> Option<Outline<'_>> {
        self.artifacts().find(|a| a.path() == path)
    }

    /// One digest of all inputs and the version of the program.
    pub fn inputs_digest(&self) -> String {
        let mut text = format!("mlopsgen {} semantics {}", super::VERSION, super::SEMANTICS);
        for input in self.inputs.values() {
            let pack = input.pack.as_deref().unwrap_or("-");
            for part in ["\n", pack, " ", &input.path, " ", &input.sha256] {
                text.push_str(part);
            }
        }
        sha256(text.as_bytes())
    }
}

/// Runs the pipeline over a workspace. It never fails: what is wrong stands in the diagnostics.
pub fn run(workspace: &dyn World) -> Run {
    Live::default().run(workspace)
}

/// Reads the configuration alone; `None` where it cannot be used, which [`run`] explains.
pub fn configuration(workspace: &dyn World) -> Option<Config> {
    configure(workspace, &mut Run::default(), &mut Memory::default())
}

pub(super) fn configure(
    workspace: &dyn World,
    run: &mut Run,
    memory: &mut Memory,
) -> Option<Config> {
    let mut reader = Reader {
        world: &Snapshot::new(workspace, None),
        run,
        texts: &mut memory.texts,
    };
    let Some(file) = reader.read(CONFIG_FILE) else {
        if !run.diagnostics.has_errors() {
            let message = format!("there is no {CONFIG_FILE} here or in a folder above");
            let diagnostic = Diagnostic::global(Code::NotFound, message);
            run.diagnostics
                .push(diagnostic.hint("`mlopsgen init` makes one"));
        }
        return None;
    };
    run.config = Config::read(&run.sources, file.file, &mut run.diagnostics);
    run.config.clone()
}

/// Reads the metamodels of a workspace alone, with what is wrong with them.
pub fn metamodel(workspace: &dyn World) -> Run {
    behind_metamodel(workspace, |_| ()).0
}

/// Reads the metamodels of a workspace, and the helpers that its expressions may call.
pub fn helpers(workspace: &dyn World) -> (Run, Arc<Helpers>) {
    behind_metamodel(workspace, |stages| {
        let config = stages.config;
        let files = stages.reader().files(&config.transforms).into_iter();
        let files: Vec<FileId> = files.map(|f| f.file).collect();
        let run = &mut *stages.run;
        let (sources, diagnostics) = (&run.sources, &mut run.diagnostics);
        // What is wrong with the YAML of rules is nothing to who asks for helpers.
        let read =
            |file: &FileId| transform::Draft::read(sources, *file, &mut Diagnostics::default());
        let drafts: Vec<transform::Draft> = files.iter().filter_map(read).collect();
        transform::helpers(sources, &drafts, &run.metamodel, diagnostics)
    })
}

/// Reads the metamodels and models of a workspace alone, with what is wrong with them.
pub fn models(workspace: &dyn World) -> (Run, Vec<(String, Model)>) {
    behind_metamodel(workspace, |stages| {
        let config = stages.config;
        let files = stages.reader().models(config);
        let run = &mut *stages.run;
        let metamodel = run.metamodel.clone();
        let read = |file: super::reader::TextFile| {
            let with = (&run.sources, file.file);
            let model = format::read(&file.path, with, &metamodel, &mut run.diagnostics);
            (file.path, model)
        };
        files.into_iter().map(read).collect()
    })
}

/// Reads the metamodels of a workspace, and more behind them where they are right.
fn behind_metamodel<T: Default>(
    workspace: &dyn World,
    more: impl FnOnce(&mut Stages<'_>) -> T,
) -> (Run, T) {
    let (mut run, mut memory) = (Run::default(), Memory::default());
    let mut found = T::default();
    if let Some(config) = configure(workspace, &mut run, &mut memory) {
        let mut stages = Stages {
            world: &Snapshot::new(workspace, config.pack.as_deref()),
            config: &config,
            memory: &mut memory,
            run: &mut run,
        };
        if stages.metamodel() {
            found = more(&mut stages);
        }
    }
    run.diagnostics.sort(&run.sources);
    (run, found)
}
