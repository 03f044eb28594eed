//! `mlopsgen transform`: rules over a model, and what they make of it.

mod trace;

use std::collections::BTreeSet;
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
use crate::model::{Knowledge, Origin};
use crate::pipeline::{self, Chain, FileOf, Stage};
use crate::workspace;

pub(super) fn run(
    args: &Args,
    options: &args::Transform,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    if options.rules.is_empty() {
        return of_workspace(args, options, terminal);
    }
    let mut loader = Loader::new(args)?;
    let Some((chain, path)) = chain(args, options, &mut loader)? else {
        return loader.report(terminal);
    };
    let last = last(&chain.stages);
    let mut writing = Writing {
        args,
        options,
        sources: &loader.sources,
        chain,
        path,
    };
    // What went wrong while rules ran is missing in what they made.
    if !loader.diagnostics.has_errors() {
        for position in &last {
            writing.chain.stages[*position].check(&mut loader.diagnostics);
        }
        writing.write(&last, terminal)?;
    }
    loader.report(terminal)
}

/// Runs rules over a model, which is of that path; `None` where something is wrong with what was read.
fn chain(
    args: &Args,
    options: &args::Transform,
    loader: &mut Loader,
) -> Result<Option<(Chain, String)>, Failure> {
    let Some((loaded, knowledge)) = read(args, options, loader)? else {
        return Ok(None);
    };
    let transforms = loader.transforms(&options.rules, &loaded.metamodel)?;
    if loader.diagnostics.has_errors() {
        return Ok(None);
    }
    let mut chain = Chain::new(Arc::new(loaded.model));
    let file = |name: &str| file_of(options, name);
    for transform in &transforms {
        let beside = (knowledge.as_ref(), &file as FileOf<'_>);
        chain.apply(transform, beside, &mut loader.diagnostics);
    }
    Ok(Some((chain, loaded.path)))
}

/// Runs rules, those of the workspace where none is named: all models, and the position of the first of the last ones.
pub(super) fn traced(
    args: &Args,
    options: &args::Transform,
    loader: &mut Loader,
) -> Result<Option<(Chain, usize)>, Failure> {
    let chain = if options.rules.is_empty() {
        let run = pipeline::run(&Project::find(args)?.world);
        let at = position(args, options, &run)?;
        loader.diagnostics.extend(run.diagnostics.iter().cloned());
        loader.sources = run.sources;
        at.map(|at| run.models[at].clone())
            .map(|model| (*model.chain).clone())
    } else {
        chain(args, options, loader)?.map(|(chain, _)| chain)
    };
    Ok(chain.map(|chain| {
        let last = last(&chain.stages).first().copied().unwrap_or_default();
        (chain, last)
    }))
}

/// The position of the wanted model in a workspace; `None` where that may be missing because something is wrong.
fn position(
    args: &Args,
    options: &args::Transform,
    run: &pipeline::Run,
) -> Result<Option<usize>, Failure> {
    let model = match options.model.first() {
        Some(model) => named(model).1,
        None => only_model(args)?,
    };
    let wanted = Project::find(args)?.relative(args, &model)?;
    let found = run.models.iter().position(|m| m.path == wanted);
    if found.is_some() || run.diagnostics.has_errors() {
        return Ok(found);
    }
    let message = format!("{wanted} is no model of the workspace");
    let known: Vec<&str> = run.models.iter().map(|m| &*m.path).collect();
    Err(Failure::usage(message).hint(format!("it has {}", known.join(", "))))
}

/// Reads the models, as one, and what is known beside them.
fn read(
    args: &Args,
    options: &args::Transform,
    loader: &mut Loader,
) -> Result<Option<(LoadedModel, Option<Knowledge>)>, Failure> {
    let first = match options.model.first() {
        Some(model) => named(model),
        None => (None, only_model(args)?),
    };
    let Some(mut loaded) = loader.model(args, (&first.1, &options.metamodels))? else {
        return Ok(None);
    };
    if let Some(name) = &first.0 {
        loaded.model.name_input(name);
    }
    for model in options.model.iter().skip(1) {
        let (name, file) = named(model);
        let Some(further) = loader.model_of(&file, &loaded.metamodel)? else {
            return Ok(None);
        };
        loaded.model.absorb(&further);
        if let Some(name) = name {
            loaded.model.name_input(&name);
        }
    }
    let knowledge = loader.knowledge(&options.knowledge, &loaded.metamodel)?;
    Ok(Some((loaded, knowledge)))
}

/// The name and the file of `NAME=FILE`, or the file alone.
fn named(model: &str) -> (Option<String>, PathBuf) {
    match model.split_once('=') {
        Some((name, file)) => (Some(name.to_owned()), file.into()),
        None => (None, model.into()),
    }
}

/// The completed model of a workspace.
fn of_workspace(
    args: &Args,
    options: &args::Transform,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let run = pipeline::run(&Project::find(args)?.world);
    let Some(at) = position(args, options, &run)? else {
        terminal.findings(&run.diagnostics, &run.sources, Format::Human)?;
        return Ok(Outcome::Findings);
    };
    let pipeline::Run {
        models,
        sources,
        diagnostics,
        ..
    } = run;
    let found = (*models[at]).clone();
    let wanted: Vec<usize> = if options.output.iter().any(|o| o.contains('=')) {
        (1..found.chain.stages.len()).collect()
    } else {
        vec![0]
    };
    let mut writing = Writing {
        args,
        options,
        sources: &sources,
        chain: Arc::unwrap_or_clone(found.chain),
        path: found.path,
    };
    writing.write(&wanted, terminal)?;
    terminal.warn(&diagnostics, &sources, Format::Human)?;
    Ok(if diagnostics.has_errors() {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}

/// The positions of the models that nothing was made of.
fn last(stages: &[Stage]) -> Vec<usize> {
    let sources: BTreeSet<usize> = stages.iter().skip(1).map(|s| s.source).collect();
    let positions = 0..stages.len();
    positions.filter(|p| !sources.contains(p)).collect()
}

/// The file that a model of a name is written to, as others refer to it.
fn file_of(options: &args::Transform, name: &str) -> String {
    let named = options.output.iter().filter_map(|o| o.split_once('='));
    let mut files = named.filter(|(n, _)| *n == name).map(|(_, file)| file);
    files.next().unwrap_or(name).to_owned()
}

/// What is written, and where.
struct Writing<'a> {
    args: &'a Args,
    options: &'a args::Transform,
    sources: &'a Sources,
    chain: Chain,
    /// The path of the model that was read.
    path: String,
}

impl Writing<'_> {
    fn write(&mut self, wanted: &[usize], terminal: &mut Terminal) -> Result<(), Failure> {
        if let Some(file) = &self.options.trace {
            let target = folder(self.args)?.join(file);
            workspace::save(&target, |out| trace::write(&self.chain, self.sources, out))?;
            terminal.say(&format!("wrote {}", file.display()))?;
        }
        for (position, file) in self.files(wanted)? {
            let stage = &mut self.chain.stages[position];
            format::relocate(Arc::make_mut(&mut stage.model), &self.path);
            let stage = &self.chain.stages[position];
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
            .map(|p| self.chain.stages[*p].name.as_deref().unwrap_or("model"))
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
