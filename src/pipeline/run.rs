//! Reading, checking, transforming and rendering, in this order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chain::{Chain, FileOf, Stage};
use super::config::{CONFIG_FILE, Config};
use super::constraints::{Checker, Repairs};
use super::reader::Reader;
use super::rules::{self, RuleFiles, Rules};
use super::{pack, sha256};
use crate::constraint::Constraint;
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::expr::Helpers;
use crate::format;
use crate::format::resource::{Metamodels, Targets};
use crate::format::uri::UriMap;
use crate::generate::{Artifact, Library};
use crate::metamodel::Metamodel;
use crate::model::{self, Knowledge, Model, Reach};
use crate::transform::{self, Transform};
use crate::world::{LayeredWorld, World};

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its path below the workspace or in the pack.
    pub path: String,
    /// The pack that it came from; `None` for a file of the workspace.
    pub pack: Option<String>,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

/// What became of one model file.
#[derive(Debug)]
pub struct ModelRun {
    /// The path of the file.
    pub path: String,
    /// The model as it is written.
    pub written: Model,
    /// The model after all transformations, and what they made of it.
    pub chain: Chain,
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

    /// What the templates printed.
    pub fn artifacts(&self) -> impl Iterator<Item = (&Stage, &Artifact)> {
        let stages = self.chain.stages.iter();
        stages.flat_map(|s| s.artifacts.iter().map(move |a| (s, a)))
    }
}

/// The result of a run.
#[derive(Debug, Default)]
pub struct Run {
    /// The texts that were read.
    pub sources: Sources,
    /// What is wrong with them.
    pub diagnostics: Diagnostics,
    /// The configuration, where it could be read.
    pub config: Option<Config>,
    /// What models conform to.
    pub metamodel: Arc<Metamodel>,
    /// The models, in the order of their paths.
    pub models: Vec<ModelRun>,
    /// What all of them are completed by and printed with.
    pub knowledge: Option<Knowledge>,
    /// The constraints that all of them are held against.
    pub constraints: Vec<Constraint>,
    /// What would meet the constraints that models do not hold to.
    pub repairs: Vec<Repairs>,
    /// How many rules there are.
    pub rules: usize,
    /// Where each of the templates that make artifacts says which.
    pub templates: Vec<Span>,
    /// The files of all templates.
    pub template_files: Vec<FileId>,
    /// Every file that was read, by path.
    pub inputs: BTreeMap<String, Input>,
}

impl Run {
    /// What expressions over a model of this run reach.
    pub fn reach<'r>(&'r self, model: &'r Model) -> Reach<'r> {
        Reach {
            model,
            knowledge: self.knowledge.as_ref(),
        }
    }

    /// All artifacts of all models.
    pub fn artifacts(&self) -> impl Iterator<Item = (&ModelRun, &Artifact)> {
        self.models
            .iter()
            .flat_map(|m| m.artifacts().map(move |(_, a)| (m, a)))
    }

    /// Remembers that a file was read: of the workspace where it is there, else of the pack.
    pub(super) fn record(&mut self, (workspace, path): (&dyn World, &str), sha256: String) {
        let own = matches!(workspace.read(path), Ok(Some(_)));
        let pack = self.config.as_ref().and_then(|c| c.pack.clone());
        let input = Input {
            path: path.to_owned(),
            pack: pack.filter(|_| !own),
            sha256,
        };
        self.inputs.insert(path.to_owned(), input);
    }

    /// One digest of all inputs and the version of the program.
    pub fn inputs_digest(&self) -> String {
        let mut lines = vec![format!(
            "mlopsgen {} semantics {}",
            super::VERSION,
            super::SEMANTICS
        )];
        for input in self.inputs.values() {
            let pack = input.pack.as_deref().unwrap_or("-");
            lines.push(format!("{pack} {} {}", input.path, input.sha256));
        }
        sha256(lines.join("\n").as_bytes())
    }
}

/// Runs the pipeline over a workspace. It never fails: what is wrong stands in the diagnostics.
pub fn run(workspace: &dyn World) -> Run {
    let mut run = Run::default();
    if let Some(config) = configure(workspace, &mut run) {
        match config.pack.as_deref().and_then(pack) {
            Some(base) => stages(
                &LayeredWorld {
                    top: workspace,
                    base,
                },
                workspace,
                &config,
                &mut run,
            ),
            None => stages(workspace, workspace, &config, &mut run),
        }
    }
    run.diagnostics.sort(&run.sources);
    run
}

/// Reads the configuration alone; `None` where it cannot be used, which [`run`] explains.
pub fn configuration(workspace: &dyn World) -> Option<Config> {
    configure(workspace, &mut Run::default())
}

fn configure(workspace: &dyn World, run: &mut Run) -> Option<Config> {
    let mut reader = Reader {
        world: workspace,
        workspace,
        run,
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
    run.config = Config::read(&run.sources, file, &mut run.diagnostics);
    run.config.clone()
}

/// Reads the metamodels of a workspace alone, with what is wrong with them.
pub fn metamodel(workspace: &dyn World) -> Run {
    behind_metamodel(workspace, |_, _| ()).0
}

/// Reads the metamodels of a workspace, and the helpers that its expressions may call.
pub fn helpers(workspace: &dyn World) -> (Run, Arc<Helpers>) {
    behind_metamodel(workspace, |mut reader, config| {
        let files = reader.files(&config.transforms).into_iter();
        let files: Vec<FileId> = files.map(|(_, f)| f).collect();
        let run = reader.run;
        let (sources, diagnostics) = (&run.sources, &mut run.diagnostics);
        transform::helpers(sources, &files, &run.metamodel, diagnostics)
    })
}

/// Reads the metamodels and models of a workspace alone, with what is wrong with them.
pub fn models(workspace: &dyn World) -> (Run, Vec<(String, Model)>) {
    behind_metamodel(workspace, |mut reader, config| {
        let files = reader.models(config);
        let run = reader.run;
        let metamodel = run.metamodel.clone();
        let read = |(path, file): (String, FileId)| {
            let with = (&run.sources, file);
            let model = format::read(&path, with, &metamodel, &mut run.diagnostics);
            (path, model)
        };
        files.into_iter().map(read).collect()
    })
}

/// Reads the metamodels of a workspace, and more behind them where they are right.
fn behind_metamodel<T: Default>(
    workspace: &dyn World,
    more: impl FnOnce(Reader<'_, '_>, &Config) -> T,
) -> (Run, T) {
    let mut run = Run::default();
    let mut found = T::default();
    if let Some(config) = configure(workspace, &mut run) {
        let pack = config.pack.as_deref().and_then(pack);
        let layered = pack.map(|base| LayeredWorld {
            top: workspace,
            base,
        });
        let world: &dyn World = layered.as_ref().map_or(workspace, |l| l);
        if read_metamodel(world, workspace, &config, &mut run) {
            let reader = Reader {
                world,
                workspace,
                run: &mut run,
            };
            found = more(reader, &config);
        }
    }
    run.diagnostics.sort(&run.sources);
    (run, found)
}

/// Reads the metamodels; returns whether the run can go on.
fn read_metamodel(
    world: &dyn World,
    workspace: &dyn World,
    config: &Config,
    run: &mut Run,
) -> bool {
    let mut reader = Reader {
        world,
        workspace,
        run,
    };
    let metamodels = reader.files(&config.metamodels);
    let (sources, diagnostics) = (&mut reader.run.sources, &mut reader.run.diagnostics);
    let mut files = Metamodels::new(world, &config.uris);
    for (path, file) in &metamodels {
        files.add(path, *file, (sources, diagnostics));
    }
    let mut used = Vec::new();
    files.close((sources, diagnostics), |path, bytes| {
        used.push((path.to_owned(), sha256(bytes)));
    });
    for (path, sha256) in used {
        reader.run.record((workspace, &path), sha256);
    }
    let diagnostics = &mut reader.run.diagnostics;
    let metamodel = files.metamodel(diagnostics);
    files.validate(diagnostics);
    reader.run.metamodel = Arc::new(metamodel);
    !reader.run.diagnostics.has_errors()
}

fn stages(world: &dyn World, workspace: &dyn World, config: &Config, run: &mut Run) {
    if !read_metamodel(world, workspace, config, run) {
        return;
    }
    let metamodel = run.metamodel.clone();
    let mut reader = Reader {
        world,
        workspace,
        run,
    };
    let (knowledge, constraints) = (
        reader.files(&config.knowledge),
        reader.files(&config.constraints),
    );
    let (model_files, transforms, templates) = (
        reader.models(config),
        reader.files(&config.transforms),
        reader.files(&config.templates),
    );
    let run = reader.run;
    let ids = |files: &[(String, FileId)]| files.iter().map(|(_, f)| *f).collect();
    let files = RuleFiles {
        transforms: ids(&transforms),
        constraints: ids(&constraints),
        templates: ids(&templates),
    };
    let (rules, read) = rules::beside(&files, (&run.sources, &metamodel), || {
        let mut found = Diagnostics::default();
        let mut read = |files: &[(String, FileId)]| {
            let (world, sources) = ((world, &config.uris), (&run.sources, &mut found));
            read_models(files, world, &metamodel, sources)
        };
        (read(&knowledge), read(&model_files), found)
    });
    let (known, models, found) = read;
    run.diagnostics.extend(found);
    if !known.is_empty() {
        let known = Knowledge::new(&metamodel, known.iter().map(|(_, m)| m));
        // Together, so that what two files say of one name is found.
        model::check(known.model(), &mut run.diagnostics);
        run.knowledge = Some(known);
    }
    for (_, model) in &models {
        model::check(model, &mut run.diagnostics);
    }
    let conform = !run.diagnostics.has_errors();
    let Rules {
        transforms,
        constraints,
        library,
        found,
    } = rules;
    run.diagnostics.extend(found);
    let mut checker = Checker::new(constraints, &model_files, run);
    for (path, model) in models.iter().filter(|_| conform) {
        checker.written(path, model, run);
    }
    run.rules = transforms.iter().map(|t| t.rules().len()).sum();
    run.templates = library.templates.iter().map(|t| t.span).collect();
    run.template_files = files.templates;
    if run.diagnostics.has_errors() {
        return;
    }
    for (path, written) in models {
        let model = complete(path, written, &transforms, run);
        run.models.push(model);
    }
    if run.diagnostics.has_errors() {
        return;
    }
    let models = std::mem::take(&mut run.models);
    for model in &models {
        checker.completed(model, run);
    }
    run.models = models;
    if run.diagnostics.has_errors() {
        return;
    }
    for model in &mut run.models {
        print(
            model,
            &library,
            (run.knowledge.as_ref(), &config.output),
            &mut run.diagnostics,
        );
    }
    report_conflicts(run);
}

fn read_models(
    files: &[(String, FileId)],
    (world, uris): (&dyn World, &UriMap),
    metamodel: &Arc<Metamodel>,
    (sources, diagnostics): (&Sources, &mut Diagnostics),
) -> Vec<(String, Model)> {
    let mut models = Vec::new();
    for (path, file) in files {
        let model = format::read(path, (sources, *file), metamodel, diagnostics);
        Targets::new(world, uris, (path, metamodel)).check(&model, (sources, diagnostics));
        models.push((path.clone(), model));
    }
    models
}

fn complete(path: String, written: Model, transforms: &[Transform], run: &mut Run) -> ModelRun {
    let file = |name: &str| format!("{name}.yaml");
    let mut chain = Chain::new(written.clone());
    for transform in transforms {
        let beside = (run.knowledge.as_ref(), &file as FileOf<'_>);
        chain.apply(transform, beside, &mut run.diagnostics);
    }
    if !run.diagnostics.has_errors() {
        for stage in &chain.stages {
            stage.check(&mut run.diagnostics);
        }
    }
    ModelRun {
        path,
        written,
        chain,
    }
}

/// Prints what the templates make of the models that nothing took the place of.
fn print(
    model: &mut ModelRun,
    library: &Library,
    (knowledge, output): (Option<&Knowledge>, &str),
    diagnostics: &mut Diagnostics,
) {
    for stage in model.chain.stages.iter_mut().filter(|s| !s.is_replaced) {
        let from = Reach {
            model: &stage.model,
            knowledge,
        };
        let place = |object| stage.place((object, None));
        let mut artifacts = library.render((from, &place), diagnostics);
        for artifact in &mut artifacts {
            artifact.path = format!("{output}/{}", artifact.path);
        }
        stage.artifacts = artifacts;
    }
}

/// An artifact with the models that it was printed of.
type Printed<'r> = (&'r ModelRun, &'r Stage, &'r Artifact);

/// Reports artifacts of one path, letter case aside.
fn report_conflicts(run: &mut Run) {
    let mut seen: BTreeMap<String, Printed<'_>> = BTreeMap::new();
    let mut found = Vec::new();
    for of in &run.models {
        for (stage, artifact) in of.artifacts() {
            let printed = (of, stage, artifact);
            if let Some(first) = seen.insert(artifact.path.to_lowercase(), printed) {
                found.push(conflict(first, printed));
            }
        }
    }
    run.diagnostics.extend(found);
}

fn conflict(first: Printed<'_>, second: Printed<'_>) -> Diagnostic {
    let element = |(_, stage, artifact): Printed<'_>| stage.model.path(artifact.element);
    let place = |(_, stage, artifact): Printed<'_>| stage.place((artifact.element, None));
    let message = format!(
        "`{}` would be written twice: for {} of {} by {}, and for {} of {} by {}",
        second.2.path,
        element(first),
        first.0.path,
        first.2.template,
        element(second),
        second.0.path,
        second.2.template
    );
    Diagnostic::error(Code::ArtifactConflict, place(second), message)
        .related(place(first), "the other element")
        .related(second.2.template_span, "the path is made here")
}
