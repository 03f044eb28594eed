//! Reading, checking, transforming and rendering, in this order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::{CONFIG_FILE, Config};
use super::constraints::{Checker, Repairs};
use super::reader::Reader;
use super::{pack, sha256};
use crate::constraint::Constraint;
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources};
use crate::expr::Helpers;
use crate::format;
use crate::format::resource::{Metamodels, Targets};
use crate::format::uri::UriMap;
use crate::generate::{Artifact, Library};
use crate::metamodel::Metamodel;
use crate::model::{self, Knowledge, Model, Reach};
use crate::transform::{self, Kind, Trace, Transform, map, refine};
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
    /// The model after all transformations.
    pub completed: Model,
    /// What the rules did.
    pub trace: Trace,
    /// The models that map transforms made of it, in order.
    pub derived: Vec<Derived>,
    /// What the templates printed; paths begin with the output folder.
    pub artifacts: Vec<Artifact>,
}

/// A model that a map transform made of another one.
#[derive(Debug)]
pub struct Derived {
    /// Its name, which is that of the transform where it makes only one.
    pub name: Arc<str>,
    /// The model.
    pub model: Model,
    /// Which rule made what of what in the model that it was made of.
    pub trace: Arc<Trace>,
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
    /// How many templates there are that make artifacts.
    pub templates: usize,
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
            .flat_map(|m| m.artifacts.iter().map(move |a| (m, a)))
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
    let known = read_models(&knowledge, (world, &config.uris), &metamodel, run);
    if !known.is_empty() {
        let known = Knowledge::new(&metamodel, known.iter().map(|(_, m)| m));
        // Together, so that what two files say of one name is found.
        model::check(known.model(), &mut run.diagnostics);
        run.knowledge = Some(known);
    }
    let models = read_models(&model_files, (world, &config.uris), &metamodel, run);
    for (_, model) in &models {
        model::check(model, &mut run.diagnostics);
    }
    let conform = !run.diagnostics.has_errors();
    let (sources, diagnostics) = (&run.sources, &mut run.diagnostics);
    let transform_files: Vec<FileId> = transforms.iter().map(|(_, f)| *f).collect();
    let helpers = transform::helpers(sources, &transform_files, &metamodel, diagnostics);
    let mut checker = Checker::load(&constraints, &model_files, (run, &helpers));
    for (path, model) in models.iter().filter(|_| conform) {
        checker.written(path, model, run);
    }
    let (sources, diagnostics) = (&run.sources, &mut run.diagnostics);
    let language = (&*metamodel, &helpers);
    let transforms: Vec<Transform> = transforms
        .iter()
        .filter_map(|(_, f)| transform::load(sources, *f, language, diagnostics))
        .collect();
    let template_files: Vec<FileId> = templates.iter().map(|(_, f)| *f).collect();
    let library = Library::load(sources, &template_files, language, diagnostics);
    run.rules = transforms.iter().map(|t| t.rules().len()).sum();
    run.templates = library.templates.len();
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
        let from = Reach {
            model: &model.completed,
            knowledge: run.knowledge.as_ref(),
        };
        model.artifacts = library.render(from, &mut run.diagnostics);
        for artifact in &mut model.artifacts {
            artifact.path = format!("{}/{}", config.output, artifact.path);
        }
    }
    report_conflicts(run);
}

fn read_models(
    files: &[(String, FileId)],
    (world, uris): (&dyn World, &UriMap),
    metamodel: &Arc<Metamodel>,
    run: &mut Run,
) -> Vec<(String, Model)> {
    let mut models = Vec::new();
    for (path, file) in files {
        let (sources, diagnostics) = (&run.sources, &mut run.diagnostics);
        let model = format::read(path, (sources, *file), metamodel, diagnostics);
        Targets::new(world, uris, (path, metamodel)).check(&model, (sources, diagnostics));
        models.push((path.clone(), model));
    }
    models
}

fn complete(path: String, written: Model, transforms: &[Transform], run: &mut Run) -> ModelRun {
    let mut trace = Trace::default();
    let mut completed = written.clone();
    let mut derived = Vec::new();
    for transform in transforms {
        let name = &transform.name;
        let from = Reach {
            model: &completed,
            knowledge: run.knowledge.as_ref(),
        };
        match &transform.kind {
            Kind::Refine(refine) => {
                let with = (name, refine);
                completed = refine::apply(with, from, &mut trace, &mut run.diagnostics);
            }
            Kind::Map(map) if map.reads(&completed) && !run.diagnostics.has_errors() => {
                derived.extend(mapped((name, map), &completed, run));
            }
            Kind::Map(_) => {}
        }
    }
    if !run.diagnostics.has_errors() {
        model::check(&completed, &mut run.diagnostics);
    }
    ModelRun {
        path,
        written,
        completed,
        trace,
        derived,
        artifacts: Vec::new(),
    }
}

/// The models that a map transform makes, checked.
fn mapped(transform: (&Arc<str>, &map::Map), source: &Model, run: &mut Run) -> Vec<Derived> {
    let file = |name: &str| format!("{name}.yaml");
    let from = Reach {
        model: source,
        knowledge: run.knowledge.as_ref(),
    };
    let made = map::run(transform, (from, &file), &mut run.diagnostics);
    let trace = Arc::new(made.trace);
    let models = made.models.into_iter();
    let derive = |output: map::Output| {
        let place = |link| Some(trace.get(link).binding);
        model::check_made(&output.model, &place, &mut run.diagnostics);
        Derived {
            name: output.name,
            model: output.model,
            trace: trace.clone(),
        }
    };
    models.map(derive).collect()
}

/// Reports artifacts of one path, letter case aside.
fn report_conflicts(run: &mut Run) {
    let mut seen: BTreeMap<String, (&ModelRun, &Artifact)> = BTreeMap::new();
    let mut found = Vec::new();
    for model in &run.models {
        for artifact in &model.artifacts {
            let Some((other, first)) = seen.insert(artifact.path.to_lowercase(), (model, artifact))
            else {
                continue;
            };
            let (a, b) = (
                other.completed.path(first.element),
                model.completed.path(artifact.element),
            );
            let message = format!(
                "`{}` would be written twice: for {a} of {} by {}, and for {b} of {} by {}",
                artifact.path, other.path, first.template, model.path, artifact.template
            );
            let span = model.completed.nearest_span(artifact.element);
            let diagnostic = Diagnostic::error(Code::ArtifactConflict, span, message);
            found.push(
                diagnostic
                    .related(
                        other.completed.nearest_span(first.element),
                        "the other element",
                    )
                    .related(artifact.template_span, "the path is made here"),
            );
        }
    }
    run.diagnostics.extend(found);
}
