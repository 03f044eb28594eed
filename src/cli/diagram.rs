//! `mlopsgen diagram`: what a metamodel or a model looks like.

use super::args::{Args, Diagram as Arguments, Picture, Subject, Transform};
use super::load::{self, Loader};
use super::terminal::Terminal;
use super::{Failure, Outcome, project, transform};
use crate::diag::did_you_mean;
use crate::diagram::{Diagram, Rows, dot, mermaid, metamodel, model, plantuml, svg, trace};
use crate::metamodel::{Metamodel, PackageId};
use crate::model::{Model, ObjectId, resolve_fragment};
use crate::workspace;

pub(super) fn run(
    args: &Args,
    options: &Arguments,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let mut loader = Loader::new(args)?;
    if options.subject == Subject::Trace {
        return applications(args, options, terminal);
    }
    let diagram = match options.subject {
        Subject::Metamodel => {
            let mut files = options.metamodels.clone();
            files.metamodels.extend(options.files.iter().cloned());
            let metamodel = loader.metamodel(args, &files)?;
            let broken = loader.diagnostics.has_errors();
            (!broken)
                .then(|| classes(&metamodel, options))
                .transpose()?
        }
        Subject::Model | Subject::Trace => objects(args, options, &mut loader)?,
    };
    let outcome = loader.report(terminal)?;
    if let Some(diagram) = diagram {
        let text = text(&diagram, options.format);
        write(args, options, (&text, terminal))?;
    }
    Ok(outcome)
}

/// A diagram as the text of a diagram tool.
fn text(diagram: &Diagram, format: Picture) -> String {
    match format {
        Picture::Svg => svg::svg(diagram),
        Picture::Mermaid => mermaid::mermaid(diagram),
        Picture::Dot => dot::dot(diagram),
        Picture::Plantuml => plantuml::plantuml(diagram),
    }
}

fn write(
    args: &Args,
    options: &Arguments,
    (text, terminal): (&str, &mut Terminal),
) -> Result<(), Failure> {
    let Some(path) = &options.output else {
        return terminal.print(text);
    };
    let target = project::folder(args)?.join(path);
    workspace::save(&target, |out| out.write_all(text.as_bytes()))?;
    terminal.say(&format!("wrote {}", path.display()))
}

/// What rules made of a model, application by application.
fn applications(
    args: &Args,
    options: &Arguments,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let mut loader = Loader::new(args)?;
    let rules = Transform {
        rules: options.files.clone(),
        model: options.model.clone(),
        knowledge: options.knowledge.clone(),
        metamodels: options.metamodels.clone(),
        to: None,
        output: Vec::new(),
        trace: None,
        origins: false,
    };
    let traced = transform::traced(args, &rules, &mut loader)?;
    let outcome = loader.report(terminal)?;
    let Some((chain, position)) = traced else {
        return Ok(outcome);
    };
    let stage = &chain.stages[position];
    let source = &chain.stages[stage.source].model;
    let mut wanted = trace::Options {
        rows: rows(options),
        ..trace::Options::default()
    };
    for name in &options.focus {
        wanted.objects.push(object(source, name)?);
    }
    wanted.limit = options.limit.unwrap_or(wanted.limit);
    let picture = trace::picture((source, &*stage.model, &stage.trace), &wanted);
    let text = match options.format {
        Picture::Svg => svg::trace(&picture),
        other => text(&picture.diagram(), other),
    };
    write(args, options, (&text, terminal))?;
    Ok(outcome)
}

fn rows(options: &Arguments) -> Rows {
    if options.plain {
        Rows::Hidden
    } else {
        Rows::Shown
    }
}

fn classes(declared: &Metamodel, options: &Arguments) -> Result<Diagram, Failure> {
    let mut wanted = metamodel::Options {
        rows: rows(options),
        ..metamodel::Options::default()
    };
    for name in &options.focus {
        wanted.classes.push(load::class(declared, name)?);
    }
    for name in &options.packages {
        wanted.packages.push(package(declared, name)?);
    }
    wanted.depth = options.depth.unwrap_or(wanted.depth);
    wanted.limit = options.limit.unwrap_or(wanted.limit);
    Ok(metamodel::diagram(declared, &wanted))
}

fn package(metamodel: &Metamodel, name: &str) -> Result<PackageId, Failure> {
    let found = metamodel.packages().find(|(_, p)| &*p.name == name);
    found.map(|(id, _)| id).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no package `{name}`"));
        match did_you_mean(name, metamodel.packages().map(|(_, p)| &*p.name)) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
}

/// What could be read is drawn, also where something is wrong with the model.
fn objects(
    args: &Args,
    options: &Arguments,
    loader: &mut Loader,
) -> Result<Option<Diagram>, Failure> {
    if options.files.len() > 1 {
        return Err(Failure::usage("a diagram shows one model"));
    }
    let file = match options.files.first() {
        Some(file) => file.clone(),
        None => load::only_model(args)?,
    };
    let Some(loaded) = loader.model(args, (&file, &options.metamodels))? else {
        return Ok(None);
    };
    let read = loaded.model;
    let mut wanted = model::Options {
        rows: rows(options),
        ..model::Options::default()
    };
    for name in &options.focus {
        wanted.objects.push(object(&read, name)?);
    }
    wanted.depth = options.depth.unwrap_or(wanted.depth);
    wanted.limit = options.limit.unwrap_or(wanted.limit);
    Ok(Some(model::diagram(&read, &wanted)))
}

/// The object of a name or a place.
fn object(model: &Model, name: &str) -> Result<ObjectId, Failure> {
    if name.starts_with('/') {
        return resolve_fragment(model, name)
            .map_err(|e| Failure::usage(format!("there is no object `{name}`: {}", e.reason)));
    }
    let keys: Vec<(ObjectId, std::sync::Arc<str>)> = model
        .objects()
        .into_iter()
        .filter_map(|o| Some((o, model.key(o)?)))
        .collect();
    let mut named = keys
        .iter()
        .filter(|(_, key)| &**key == name)
        .map(|(o, _)| *o);
    match (named.next(), named.next()) {
        (Some(only), None) => Ok(only),
        (Some(first), Some(second)) => {
            let failure = Failure::usage(format!("`{name}` names several objects"));
            let (first, second) = (model.fragment(first), model.fragment(second));
            Err(failure.hint(format!("name one by its place: {first}, {second}")))
        }
        (None, _) => {
            let failure = Failure::usage(format!("there is no object `{name}`"));
            Err(
                match did_you_mean(name, keys.iter().map(|(_, key)| &**key)) {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                },
            )
        }
    }
}
