//! Reading, checking, transforming and rendering, in this order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::{CONFIG_FILE, Config, Located};
use super::{pack, sha256};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::expr::Helpers;
use crate::format;
use crate::format::resource::{Metamodels, Targets, text_of};
use crate::format::uri::UriMap;
use crate::generate::{Artifact, Library};
use crate::metamodel::Metamodel;
use crate::model::{self, Model};
use crate::transform::{self, Trace, Transform};
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
    /// What the templates printed; paths begin with the output folder.
    pub artifacts: Vec<Artifact>,
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
    /// How many rules there are.
    pub rules: usize,
    /// How many templates there are that make artifacts.
    pub templates: usize,
    /// Every file that was read, by path.
    pub inputs: BTreeMap<String, Input>,
}

impl Run {
    /// All artifacts of all models.
    pub fn artifacts(&self) -> impl Iterator<Item = (&ModelRun, &Artifact)> {
        self.models
            .iter()
            .flat_map(|m| m.artifacts.iter().map(move |a| (m, a)))
    }

    /// Remembers that a file was read: of the workspace where it is there, else of the pack.
    fn record(&mut self, (workspace, path): (&dyn World, &str), sha256: String) {
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
    let mut run = Run::default();
    if let Some(config) = configure(workspace, &mut run) {
        // Whether the run could go on makes no difference here: what is wrong stands in the diagnostics.
        let _ = match config.pack.as_deref().and_then(pack) {
            Some(base) => {
                let top = workspace;
                read_metamodel(&LayeredWorld { top, base }, workspace, &config, &mut run)
            }
            None => read_metamodel(workspace, workspace, &config, &mut run),
        };
    }
    run.diagnostics.sort(&run.sources);
    run
}

/// Reads the metamodels of a workspace, and the helpers that its expressions may call.
pub fn helpers(workspace: &dyn World) -> (Run, Arc<Helpers>) {
    let mut run = Run::default();
    let mut helpers = Arc::default();
    if let Some(config) = configure(workspace, &mut run) {
        let pack = config.pack.as_deref().and_then(pack);
        let layered = pack.map(|base| LayeredWorld {
            top: workspace,
            base,
        });
        let world: &dyn World = layered.as_ref().map_or(workspace, |l| l);
        if read_metamodel(world, workspace, &config, &mut run) {
            let mut reader = Reader {
                world,
                workspace,
                run: &mut run,
            };
            let files = reader.files(&config.transforms);
            let files: Vec<FileId> = files.into_iter().map(|(_, f)| f).collect();
            let (sources, diagnostics) = (&run.sources, &mut run.diagnostics);
            helpers = transform::helpers(sources, &files, &run.metamodel, diagnostics);
        }
    }
    run.diagnostics.sort(&run.sources);
    (run, helpers)
}

/// Reads the metamodels and models of a workspace alone, with what is wrong with them.
pub fn models(workspace: &dyn World) -> (Run, Vec<(String, Model)>) {
    let mut run = Run::default();
    let mut models = Vec::new();
    if let Some(config) = configure(workspace, &mut run) {
        let pack = config.pack.as_deref().and_then(pack);
        let layered = pack.map(|base| LayeredWorld {
            top: workspace,
            base,
        });
        let world: &dyn World = layered.as_ref().map_or(workspace, |l| l);
        if read_metamodel(world, workspace, &config, &mut run) {
            let mut reader = Reader {
                world,
                workspace,
                run: &mut run,
            };
            let files = reader.files(&config.models);
            let metamodel = run.metamodel.clone();
            for (path, file) in files {
                let with = (&run.sources, file);
                let model = format::read(&path, with, &metamodel, &mut run.diagnostics);
                models.push((path, model));
            }
        }
    }
    run.diagnostics.sort(&run.sources);
    (run, models)
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
    let (models, transforms, templates) = (
        reader.files(&config.models),
        reader.files(&config.transforms),
        reader.files(&config.templates),
    );
    let run = reader.run;
    let models = read_models(&models, (world, &config.uris), &metamodel, run);
    let (sources, diagnostics) = (&run.sources, &mut run.diagnostics);
    let transform_files: Vec<FileId> = transforms.iter().map(|(_, f)| *f).collect();
    let helpers = transform::helpers(sources, &transform_files, &metamodel, diagnostics);
    let language = (&*metamodel, &helpers);
    let transforms: Vec<Transform> = transforms
        .iter()
        .filter_map(|(_, f)| transform::load(sources, *f, language, diagnostics))
        .collect();
    let template_files: Vec<FileId> = templates.iter().map(|(_, f)| *f).collect();
    let library = Library::load(sources, &template_files, language, diagnostics);
    run.rules = transforms.iter().map(|t| t.rules().count()).sum();
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
    for model in &mut run.models {
        model.artifacts = library.render(&model.completed, &mut run.diagnostics);
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
        model::check(&model, diagnostics);
        Targets::new(world, uris, (path, metamodel)).check(&model, (sources, diagnostics));
        models.push((path.clone(), model));
    }
    models
}

fn complete(path: String, written: Model, transforms: &[Transform], run: &mut Run) -> ModelRun {
    let mut trace = Trace::default();
    let mut completed = written.clone();
    for transform in transforms {
        completed = transform::apply(transform, &completed, &mut trace, &mut run.diagnostics);
    }
    if !run.diagnostics.has_errors() {
        model::check(&completed, &mut run.diagnostics);
    }
    ModelRun {
        path,
        written,
        completed,
        trace,
        artifacts: Vec::new(),
    }
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

struct Reader<'w, 'r> {
    world: &'w dyn World,
    workspace: &'w dyn World,
    run: &'r mut Run,
}

impl Reader<'_, '_> {
    /// Reads the files that patterns name, each once, in the order of the patterns.
    fn files(&mut self, patterns: &[Located]) -> Vec<(String, FileId)> {
        let mut found: Vec<(String, FileId)> = Vec::new();
        let mut matched = false;
        for Located { pattern, span } in patterns {
            let paths = match self.world.list(pattern) {
                Ok(paths) => paths,
                Err(error) => {
                    self.fail(*span, &error);
                    continue;
                }
            };
            if paths.is_empty() && pattern.is_literal() {
                self.missing(pattern.text(), *span);
            }
            matched |= !paths.is_empty();
            for path in paths {
                if self.is_output(&path) || found.iter().any(|(p, _)| *p == path) {
                    continue;
                }
                if let Some(file) = self.read(&path) {
                    found.push((path, file));
                }
            }
        }
        if let (true, Some(first)) = (!matched, patterns.first())
            && patterns.iter().all(|p| !p.pattern.is_literal())
        {
            let message = format!("no file matches `{}`", first.pattern.text());
            self.run
                .diagnostics
                .push(Diagnostic::warning(Code::NotFound, first.span, message));
        }
        found
    }

    /// Whether a path is what an earlier run wrote, which a wide pattern such as `**/*.yaml` matches too.
    fn is_output(&self, path: &str) -> bool {
        let output = self.run.config.as_ref().map_or("", |c| &c.output);
        let below = |folder: &str| {
            path.strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        below(output) || below(".mlopsgen")
    }

    fn missing(&mut self, path: &str, span: Span) {
        let folder = path
            .rsplit_once('/')
            .map_or_else(|| "*".to_owned(), |(folder, _)| format!("{folder}/*"));
        let siblings = crate::world::Pattern::new(&folder)
            .ok()
            .and_then(|p| self.world.list(&p).ok());
        let message = format!("there is no file `{path}`");
        let diagnostic = Diagnostic::error(Code::NotFound, span, message);
        let siblings = siblings.unwrap_or_default();
        self.run
            .diagnostics
            .push(diagnostic.suggest(path, siblings.iter().map(String::as_str)));
    }

    fn fail(&mut self, span: Span, error: &crate::world::WorldError) {
        let message = format!("{error}: {}", error.source);
        self.run
            .diagnostics
            .push(Diagnostic::error(Code::NotFound, span, message));
    }

    /// Reads one file as text; what is wrong with it is reported at its beginning.
    fn read(&mut self, path: &str) -> Option<FileId> {
        let bytes = match self.world.read(path) {
            Ok(bytes) => bytes?,
            Err(error) => {
                let message = format!("{error}: {}", error.source);
                self.run
                    .diagnostics
                    .push(Diagnostic::global(Code::NotFound, message));
                return None;
            }
        };
        self.run.record((self.workspace, path), sha256(&bytes));
        let shown = self.world.display_path(path);
        let Run {
            sources,
            diagnostics,
            ..
        } = &mut *self.run;
        text_of(bytes, shown, sources, diagnostics)
    }
}
