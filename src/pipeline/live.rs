//! A workspace that is run again whenever it changes: what hangs on nothing that changed is not made again.
//!
//! Each thing that a run makes is kept with all that it was made of: texts, and things that were made before it. The
//! next run asks for the same things in the same order, and makes those that were made of something else. A run from
//! nothing is one with an empty memory, so both give the same by construction, as long as everything that a thing hangs
//! on is named. The idea is that of build systems with verifying traces.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::chain::Chain;
use super::constraints::Held;
use super::findings::Findings;
use super::language::Language;
use super::prints::Prints;
use super::reader::{TextFile, Texts};
use super::recalled::Recalled;
use super::run::{Run, configure};
use super::shelf::{ByPath, Found, Only, Same, Shelf};
use super::snapshot::{FileBasis, Snapshot};
use super::stages::Stages;
use super::together::Together;
use crate::constraint::Constraint;
use crate::diag::{SourceFile, Sources};
use crate::format::uri::UriMap;
use crate::generate::Template;
use crate::metamodel::Metamodel;
use crate::model::{Knowledge, Model};
use crate::transform::Transform;
use crate::world::World;

/// Runs the pipeline over states of a workspace, one after the other.
#[derive(Default)]
pub struct Live {
    memory: Memory,
    /// The last run, where nothing was wrong with it.
    last: Option<Run>,
    made: Remade,
}

/// How much a run made that was not there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remade {
    /// Models that were read.
    pub read: usize,
    /// Files of rules, constraints and templates that were compiled.
    pub compiled: usize,
    /// Models that were transformed.
    pub transformed: usize,
    /// How often the constraints were evaluated over a model.
    pub checked: usize,
    /// How often a rule or a constraint was evaluated for an element, in models that changed before: what was found out
    /// about the others was not remembered.
    pub evaluated: usize,
    /// How often a template was printed for a model.
    pub printed: usize,
}

impl Live {
    /// Runs the pipeline over a workspace as it is now, as [`run`](super::run()) does.
    pub fn run(&mut self, workspace: &dyn World) -> Run {
        let memory = &mut self.memory;
        memory.findings = Findings::default();
        let mut run = Run {
            sources: memory.sources.following(),
            ..Run::default()
        };
        if let Some(config) = configure(workspace, &mut run, memory) {
            memory.findings.rest = run.diagnostics.clone();
            Stages {
                world: &Snapshot::new(workspace, config.pack.as_deref()),
                config: &config,
                memory,
                run: &mut run,
            }
            .all();
        }
        run.sort_repairs();
        let can_follow = !run.diagnostics.has_errors() && !run.diagnostics.is_cut();
        run.diagnostics.sort(&run.sources);
        memory.sources = run.sources.clone();
        memory.beside = memory.files_beside();
        self.made = memory.take_counts();
        self.last = can_follow.then(|| run.clone());
        run
    }

    /// The same where no other files than these have changed since the last run: what it made of all others is taken as
    /// it is, and not even looked at, where these are models that stand for themselves.
    pub fn run_after(&mut self, workspace: &dyn World, changed: &BTreeSet<String>) -> Run {
        match self.follow(workspace, changed) {
            Some(run) => run,
            None => self.run(workspace),
        }
    }

    /// What the last run becomes by changes of models; `None` where they concern more, or something is wrong.
    fn follow(&mut self, workspace: &dyn World, changed: &BTreeSet<String>) -> Option<Run> {
        let (memory, before) = (&mut self.memory, self.last.as_ref()?);
        let config = before.config.as_ref()?;
        let is_alone = |path: &String| {
            !memory.beside.contains(path) && config.is_model_alone(path) && before.is_own(path)
        };
        if changed.len() > MANY || !changed.iter().all(is_alone) {
            return None;
        }
        let at = |path: &String| before.place(path);
        let mut places: Vec<usize> = changed.iter().map(at).collect::<Option<_>>()?;
        places.sort_unstable();
        let mut run = before.without(changed);
        memory.findings.forget(changed);
        Stages {
            world: &Snapshot::new(workspace, config.pack.as_deref()),
            config,
            memory,
            run: &mut run,
        }
        .follow(before, &places)?;
        run.diagnostics = memory.findings.all();
        if run.diagnostics.has_errors() || run.diagnostics.is_cut() {
            return None;
        }
        run.diagnostics.sort(&run.sources);
        memory.sources = run.sources.clone();
        for path in changed {
            let read = memory.models.kept(path).into_iter();
            let beside: Vec<String> = read.flat_map(|r| r.files.beside(path)).cloned().collect();
            memory.beside.extend(beside);
        }
        self.made = memory.take_counts();
        self.last = Some(run.clone());
        Some(run)
    }

    /// What the last run made that was not there before.
    pub fn made(&self) -> Remade {
        self.made
    }
}

/// How many models may change together for each of them to be looked at alone.
const MANY: usize = 32;

/// A metamodel with the files that it was read from beside those that were asked for.
#[derive(Clone)]
pub(super) struct ReadMetamodel {
    pub(super) it: Found<Arc<Metamodel>>,
    /// Whether one of all the files is of the workspace.
    pub(super) is_own: bool,
    /// The paths of the files that others use, and their texts where they have one.
    pub(super) used: Arc<[(String, Option<Arc<SourceFile>>)]>,
    pub(super) files: Arc<FileBasis>,
    /// Its schema for editors, once it was asked for.
    pub(super) schema: Arc<OnceLock<String>>,
}

/// A model with the files that its references were looked up in.
#[derive(Clone)]
pub(super) struct ReadModel {
    pub(super) it: Found<Arc<Model>>,
    pub(super) files: Arc<FileBasis>,
}

/// What is known beside a model, as part of a basis.
pub(super) type Known = Option<Same<Knowledge>>;
/// The constraints of a run, or of a part of it.
pub(super) type Constraints = Arc<Vec<Constraint>>;
/// The rules of a run, in order.
pub(super) type Transforms = Arc<Vec<Arc<Transform>>>;

/// What models are transformed by and printed with.
#[derive(Clone, Default)]
pub(super) struct Compiled {
    pub(super) transforms: Transforms,
    pub(super) templates: Vec<Arc<Template>>,
}

type WrittenBasis = (Same<Model>, Same<Vec<Constraint>>, Known);
type ChainBasis = (Same<Model>, Same<Vec<Arc<Transform>>>, Known);
/// A chain is made with what is known, so that is no part of the bases of what is made of it.
type CompletedBasis = (Same<Chain>, Same<Held>, Same<Vec<Constraint>>);

/// What the last runs made.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) sources: Sources,
    pub(super) texts: Texts,
    pub(super) metamodel: Shelf<(), (Vec<TextFile>, UriMap), ReadMetamodel>,
    pub(super) models: Shelf<String, (TextFile, Same<Metamodel>, UriMap), ReadModel>,
    pub(super) knowledge: Only<Vec<Same<Model>>, Arc<Knowledge>>,
    pub(super) language: Language,
    pub(super) compiled: Compiled,
    pub(super) findings: Findings,
    /// The files that something was made of beside the one that it is about.
    beside: BTreeSet<String>,
    pub(super) written: ByPath<WrittenBasis, Arc<Held>>,
    pub(super) chains: ByPath<ChainBasis, Arc<Chain>>,
    pub(super) completed: ByPath<CompletedBasis, Arc<Held>>,
    /// By the path of the model.
    pub(super) recalled: BTreeMap<String, Recalled>,
    pub(super) together: Together,
    pub(super) prints: Prints,
}

/// What was found out about a model that changed before, and is made again now.
pub(super) fn recalled<'r>(
    all: &'r mut BTreeMap<String, Recalled>,
    path: &str,
    beside: (Same<Metamodel>, Known),
) -> &'r mut Recalled {
    let known = all.entry(path.to_owned());
    let recalled = known.or_insert_with(|| Recalled::new(beside.clone()));
    if !recalled.is_beside(&beside) {
        *recalled = Recalled::new(beside);
    }
    recalled
}

impl Memory {
    /// Forgets chains that were not asked for, and what was found out of their models.
    pub(super) fn keep_chains(&mut self) {
        self.chains.sweep();
        let chains = &self.chains;
        self.recalled.retain(|path, _| chains.has(path));
    }

    /// Forgets what was printed of models that are not there any more.
    pub(super) fn keep_printed(&mut self) {
        let chains = &self.chains;
        self.prints.retain(|path| chains.has(path));
    }

    fn files_beside(&self) -> BTreeSet<String> {
        let of_models = self.models.iter();
        let of_models = of_models.flat_map(|(path, read)| read.files.beside(path));
        let of_metamodel = self
            .metamodel
            .iter()
            .flat_map(|((), read)| read.files.beside(""));
        of_models.chain(of_metamodel).cloned().collect()
    }

    fn take_counts(&mut self) -> Remade {
        let recalled = self.recalled.values_mut();
        Remade {
            read: self.models.take_count(),
            compiled: self.language.take_count(),
            transformed: self.chains.take_count(),
            checked: self.written.take_count() + self.completed.take_count(),
            evaluated: recalled.map(Recalled::take_count).sum(),
            printed: self.prints.take_count(),
        }
    }
}
