//! `mlopsgen transform`: rules over a model, and what they make of it.

mod trace;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{self, Args, Format, ModelFormat};
use super::load::{LoadedModel, Loader, only_model};
use super::project::{Project, folder};
use super::terminal::Terminal;
use super::{Failure, Outcome};
use crate::diag::Sources;
use crate::format::xmi::{self, Layout};
use crate::format::{self, Syntax, yaml_model};
use crate::model::{self, Knowledge, Model, Origin, Reach};
use crate::pipeline;
use crate::transform::{Kind, Trace, Transform, map, refine};
use crate::workspace;

/// A model at the end of the rules, or one that others were made of.
struct Stage {
    /// The name of the output; none of the model that was read.
    name: Option<Arc<str>>,
    model: Model,
    /// What rules that complete models wrote into it; of a model that was made, what made it.
    trace: Arc<Trace>,
    /// The position of the model that it was made of, whose elements the trace names; its own where rules completed it.
    source: usize,
}

pub(super) fn run(
    args: &Args,
    options: &args::Transform,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    if options.rules.is_empty() {
        return of_workspace(args, options, terminal);
    }
    let mut loader = Loader::new(args)?;
    let Some((stages, last, path)) = stages(args, options, &mut loader)? else {
        return loader.report(terminal);
    };
    let mut writing = Writing {
        args,
        options,
        sources: &loader.sources,
        stages,
        path,
    };
    // What went wrong while rules ran is missing in what they made.
    if !loader.diagnostics.has_errors() {
        check(&writing.stages, &last, &mut loader.diagnostics);
        writing.write(&last, terminal)?;
    }
    loader.report(terminal)
}

/// Runs rules over a model; `None` where something is wrong with what was read.
fn stages(
    args: &Args,
    options: &args::Transform,
    loader: &mut Loader,
) -> Result<Option<Left>, Failure> {
    let Some((loaded, knowledge)) = read(args, options, loader)? else {
        return Ok(None);
    };
    let transforms = loader.transforms(&options.rules, &loaded.metamodel)?;
    if loader.diagnostics.has_errors() {
        return Ok(None);
    }
    let mut stages = vec![Stage {
        name: None,
        model: loaded.model,
        trace: Arc::default(),
        source: 0,
    }];
    let mut last = vec![0];
    for transform in &transforms {
        let with = (&mut *loader, options, knowledge.as_ref());
        last = apply(transform, (&mut stages, &last), with);
    }
    Ok(Some((stages, last, loaded.path)))
}

/// The models that rules leave, the positions of the last ones, and the path of the one that was read.
type Left = (Vec<Stage>, Vec<usize>, String);

/// The completed model of a workspace with those that were made of it, and its path.
type Completed = (Vec<Stage>, String);

/// What rules made of a model, with the trace that names elements of the model that it was made of.
pub(super) struct Traced {
    pub(super) source: Model,
    pub(super) made: Model,
    pub(super) trace: Arc<Trace>,
}

/// Runs rules, those of the workspace where none is named, for somebody who looks at the trace of the last model.
pub(super) fn traced(
    args: &Args,
    options: &args::Transform,
    loader: &mut Loader,
) -> Result<Option<Traced>, Failure> {
    let (stages, position) = if options.rules.is_empty() {
        let (stages, run) = workspace_stages(args, options)?;
        loader.diagnostics.extend(run.diagnostics.iter().cloned());
        loader.sources = run.sources;
        let Some((stages, _)) = stages else {
            return Ok(None);
        };
        let last = stages.len() - 1;
        (stages, last)
    } else {
        let Some((stages, last, _)) = stages(args, options, loader)? else {
            return Ok(None);
        };
        (stages, last.first().copied().unwrap_or_default())
    };
    let Stage { trace, source, .. } = &stages[position];
    Ok(Some(Traced {
        source: stages[*source].model.clone(),
        made: stages[position].model.clone(),
        trace: trace.clone(),
    }))
}

/// Reads the models, as one, and what is known beside them.
fn read(
    args: &Args,
    options: &args::Transform,
    loader: &mut Loader,
) -> Result<Option<(LoadedModel, Option<Knowledge>)>, Failure> {
    let first = match options.model.first() {
        Some(model) => model.clone(),
        None => only_model(args)?,
    };
    let Some(mut loaded) = loader.model(args, (&first, &options.metamodels))? else {
        return Ok(None);
    };
    for file in options.model.iter().skip(1) {
        let Some(further) = loader.model_of(file, &loaded.metamodel)? else {
            return Ok(None);
        };
        loaded.model.absorb(&further);
    }
    let mut known = Vec::new();
    for file in &options.knowledge {
        known.extend(loader.model_of(file, &loaded.metamodel)?);
    }
    let knowledge = (!known.is_empty()).then(|| Knowledge::new(&loaded.metamodel, &known));
    Ok(Some((loaded, knowledge)))
}

/// The completed model of a workspace.
fn of_workspace(
    args: &Args,
    options: &args::Transform,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let (stages, run) = workspace_stages(args, options)?;
    let pipeline::Run {
        sources,
        diagnostics,
        ..
    } = run;
    let Some((stages, path)) = stages else {
        terminal.findings(&diagnostics, &sources, Format::Human)?;
        return Ok(Outcome::Findings);
    };
    let wanted: Vec<usize> = if options.output.iter().any(|o| o.contains('=')) {
        (1..stages.len()).collect()
    } else {
        vec![0]
    };
    let mut writing = Writing {
        args,
        options,
        sources: &sources,
        stages,
        path,
    };
    writing.write(&wanted, terminal)?;
    terminal.warn(&diagnostics, &sources, Format::Human)?;
    Ok(if diagnostics.has_errors() {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}

/// The completed model of a workspace and what was made of it, with its path; no models where it could not be read.
fn workspace_stages(
    args: &Args,
    options: &args::Transform,
) -> Result<(Option<Completed>, pipeline::Run), Failure> {
    let project = Project::find(args)?;
    let model = match options.model.first() {
        Some(model) => model.clone(),
        None => only_model(args)?,
    };
    let wanted = project.relative(args, &model)?;
    let mut run = pipeline::run(&project.world);
    let Some(at) = run.models.iter().position(|m| m.path == wanted) else {
        if run.diagnostics.has_errors() {
            return Ok((None, run));
        }
        let message = format!("{wanted} is no model of the workspace");
        let known: Vec<&str> = run.models.iter().map(|m| &*m.path).collect();
        return Err(Failure::usage(message).hint(format!("it has {}", known.join(", "))));
    };
    let found = run.models.swap_remove(at);
    let mut stages = vec![Stage {
        name: None,
        model: found.completed,
        trace: Arc::new(found.trace),
        source: 0,
    }];
    stages.extend(found.derived.into_iter().map(|d| Stage {
        name: Some(d.name),
        model: d.model,
        trace: d.trace,
        source: 0,
    }));
    Ok((Some((stages, found.path)), run))
}

/// Runs a transform over the models that the one before it left; the positions of those that it leaves.
fn apply(
    transform: &Transform,
    (stages, last): (&mut Vec<Stage>, &[usize]),
    (loader, options, knowledge): (&mut Loader, &args::Transform, Option<&Knowledge>),
) -> Vec<usize> {
    let file = |name: &str| file_of(options, name);
    let name = &transform.name;
    let mut next = Vec::new();
    for position in last {
        let count = stages.len();
        let stage = &mut stages[*position];
        let from = Reach {
            model: &stage.model,
            knowledge,
        };
        match &transform.kind {
            Kind::Refine(refine) if stage.source == *position => {
                let mut trace = Trace::clone(&stage.trace);
                let with = (name, refine);
                stage.model = refine::apply(with, from, &mut trace, &mut loader.diagnostics);
                stage.trace = Arc::new(trace);
                next.push(*position);
            }
            Kind::Refine(refine) => {
                // What completes a model that rules made begins another record.
                let mut trace = Trace::default();
                let with = (name, refine);
                let model = refine::apply(with, from, &mut trace, &mut loader.diagnostics);
                let name = stage.name.clone();
                next.push(count);
                stages.push(Stage {
                    name,
                    model,
                    trace: Arc::new(trace),
                    source: count,
                });
            }
            Kind::Map(map) if map.reads(&stage.model) => {
                let made = map::run((name, map), (from, &file), &mut loader.diagnostics);
                let trace = Arc::new(made.trace);
                for output in made.models {
                    next.push(stages.len());
                    stages.push(Stage {
                        name: Some(output.name),
                        model: output.model,
                        trace: trace.clone(),
                        source: *position,
                    });
                }
            }
            Kind::Map(_) => next.push(*position),
        }
    }
    next
}

/// The file that a model of a name is written to, as others refer to it.
fn file_of(options: &args::Transform, name: &str) -> String {
    let named = options.output.iter().filter_map(|o| o.split_once('='));
    let mut files = named.filter(|(n, _)| *n == name).map(|(_, file)| file);
    files.next().unwrap_or(name).to_owned()
}

/// Reports what the metamodel asks of models that were made.
fn check(stages: &[Stage], last: &[usize], diagnostics: &mut crate::diag::Diagnostics) {
    for position in last {
        let stage = &stages[*position];
        let place = |link| Some(stage.trace.get(link).binding);
        model::check_made(&stage.model, &place, diagnostics);
    }
}

/// What is written, and where.
struct Writing<'a> {
    args: &'a Args,
    options: &'a args::Transform,
    sources: &'a Sources,
    stages: Vec<Stage>,
    /// The path of the model that was read.
    path: String,
}

impl Writing<'_> {
    fn write(&mut self, wanted: &[usize], terminal: &mut Terminal) -> Result<(), Failure> {
        if let Some(file) = &self.options.trace {
            let target = folder(self.args)?.join(file);
            workspace::save(&target, |out| trace::write(&self.stages, self.sources, out))?;
            terminal.say(&format!("wrote {}", file.display()))?;
        }
        for (position, file) in self.files(wanted)? {
            let stage = &mut self.stages[position];
            format::relocate(&mut stage.model, &self.path);
            let stage = &self.stages[position];
            match file {
                Some(file) => {
                    let target = folder(self.args)?.join(&file);
                    workspace::save(&target, |out| self.model(stage, Some(&file), out))?;
                    terminal.say(&format!("wrote {}", file.display()))?;
                }
                None => terminal.stream(|out| self.model(stage, None, out))?,
            }
        }
        Ok(())
    }

    /// The files that the models go to.
    fn files(&self, wanted: &[usize]) -> Result<Vec<(usize, Option<PathBuf>)>, Failure> {
        let names: Vec<&str> = wanted
            .iter()
            .map(|p| self.stages[*p].name.as_deref().unwrap_or("model"))
            .collect();
        match (&self.options.output[..], wanted) {
            ([], [only]) => Ok(vec![(*only, None)]),
            ([file], [only]) if !file.contains('=') => Ok(vec![(*only, Some(file.into()))]),
            ([], _) => {
                let all: Vec<String> = names.iter().map(|n| format!("-o {n}=FILE")).collect();
                let failure = Failure::usage(format!("the rules make {} models", names.len()));
                Err(failure.hint(format!("name a file for each: {}", all.join(" "))))
            }
            (outputs, _) => {
                let mut files = Vec::new();
                for output in outputs {
                    let (name, file) = output.split_once('=').unwrap_or(("", output));
                    let Some(at) = names.iter().position(|n| *n == name) else {
                        let failure = Failure::usage(format!("no model is called `{name}`"));
                        return Err(failure.hint(format!("there are {}", names.join(", "))));
                    };
                    files.push((wanted[at], Some(file.into())));
                }
                Ok(files)
            }
        }
    }

    fn model(&self, stage: &Stage, file: Option<&Path>, out: &mut dyn io::Write) -> io::Result<()> {
        let name = file.and_then(Path::to_str).unwrap_or(&self.path);
        let form = self
            .options
            .to
            .unwrap_or(match file.map(|_| Syntax::of(name)) {
                Some(Syntax::Xmi) => ModelFormat::Xmi,
                Some(Syntax::Json) => ModelFormat::Json,
                Some(Syntax::Yaml) | None => ModelFormat::Yaml,
            });
        match form {
            ModelFormat::Xmi => xmi::write(&stage.model, Layout::of(name), out),
            ModelFormat::Json => yaml_model::write(&stage.model, yaml_model::Syntax::Json, out),
            ModelFormat::Yaml if self.options.origins => {
                let comment = |object, feature| {
                    Some(self.origin(stage, stage.model.origin(object, feature)?))
                };
                let syntax = yaml_model::Syntax::Yaml;
                yaml_model::write_commented(&stage.model, syntax, &comment, out)
            }
            ModelFormat::Yaml => yaml_model::write(&stage.model, yaml_model::Syntax::Yaml, out),
        }
    }

    /// Where a value comes from: `models/iris.yaml:3`, `rule classifier (transforms/algorithms.yaml:40)`.
    fn origin(&self, stage: &Stage, origin: Origin) -> String {
        let line = |span| {
            let position = self.sources.position(span);
            format!("{}:{}", self.sources.path(span.file), position.line)
        };
        match origin {
            Origin::Written(span) => line(span),
            Origin::Implied => "the other end of a reference".to_owned(),
            Origin::Derived(link) => {
                let link = stage.trace.get(link);
                format!("rule {} ({})", link.rule.rule, line(link.binding))
            }
        }
    }
}
