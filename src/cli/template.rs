//! `mlopsgen template check`: templates, and what they print over the models at hand and those of the example.

use std::collections::BTreeSet;

use super::args::{Args, Template, TemplateCheck, TemplateCommand};
use super::project::Project;
use super::terminal::{GREEN, Terminal};
use super::{Failure, Outcome};
use crate::diag::{Span, counted, render};
use crate::generate::lint;
use crate::pipeline::{self, Outline, Run};
use crate::world::{LayeredWorld, MemoryWorld, World as _};

pub(super) fn run(
    args: &Args,
    options: &Template,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let TemplateCommand::Check(options) = &options.command;
    let project = Project::find(args)?;
    let run = checked(&project);
    terminal.findings(&run.diagnostics, &run.sources, options.format)?;
    report(&run, options, terminal)
}

/// Runs the workspace with the models of the example beside its own, and takes the harder look.
fn checked(project: &Project) -> Run {
    let mut alone = pipeline::run(&project.world);
    let of_pack = alone.config.as_ref().is_some_and(|c| c.pack.is_some());
    if !alone.diagnostics.has_errors() && of_pack {
        let mut examples = MemoryWorld::labelled("example");
        for (path, bytes) in pipeline::example().filter(|(p, _)| p.starts_with("models/")) {
            examples.insert(path, bytes);
        }
        let together = pipeline::run(&LayeredWorld {
            top: &project.world,
            base: &examples,
        });
        // An example may be called as something of the workspace is: then only that is looked at.
        if !together.diagnostics.has_errors() {
            alone = together;
        }
    }
    let mut found = std::mem::take(&mut alone.diagnostics);
    lint::second_opinion(&alone.sources, &alone.template_files, &mut found);
    if !found.has_errors() {
        // What the pack has for other pipelines is nothing that this workspace could put right.
        let own = |span: &Span| {
            let path = &alone.sources.file(span.file).path;
            matches!(project.world.read(path), Ok(Some(_)))
        };
        let own: Vec<Span> = alone.templates.iter().copied().filter(own).collect();
        let printed: BTreeSet<Span> = alone.artifacts().map(|a| a.template().span).collect();
        lint::unprinted(&own, &printed, &mut found);
        lint::untidy(alone.artifacts().map(Outline::print), &mut found);
    }
    found.sort(&alone.sources);
    alone.diagnostics = found;
    alone
}

fn report(run: &Run, options: &TemplateCheck, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let printed = [
        counted(run.template_files.len(), "template"),
        counted(run.model_files, "model"),
        counted(run.artifacts().count(), "artifact"),
    ];
    let scope = printed.join(", ");
    match render::summary(&run.diagnostics) {
        Some(summary) => terminal.say(&format!("{summary} in {scope}"))?,
        None => terminal.say(&format!("{GREEN}no findings{GREEN:#} in {scope}"))?,
    }
    let bad = run.diagnostics.has_errors() || (options.strict && !run.diagnostics.is_empty());
    Ok(if bad {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}
