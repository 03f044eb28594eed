//! `mlopsgen check`: findings, and nothing written.

use super::args::{Args, Check, Format};
use super::fix::{self, Written};
use super::load::Loader;
use super::project::{self, Project};
use super::terminal::{GREEN, Terminal, scope};
use super::{Failure, Outcome};
use crate::diag::{Diagnostics, Sources, counted, render};
use crate::{format, model};

pub(super) fn run(
    args: &Args,
    options: &Check,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    if !options.files.is_empty() {
        return files(args, options, terminal);
    }
    if !options.metamodels.metamodels.is_empty() {
        let failure =
            Failure::usage("`--metamodel` says what models conform to, but none is named");
        return Err(failure.hint("name the models: `mlopsgen check MODEL --metamodel FILE`"));
    }
    let project = Project::find(args).map_err(|failure| match failure {
        Failure::Usage { message, .. } => Failure::usage(message).hint(
            "name files to check: `mlopsgen check FILE…`, or make a workspace: `mlopsgen init`",
        ),
        other => other,
    })?;
    terminal.finds_in(&project, options.format)?;
    let fixed;
    let (run, written) = if options.fix {
        fixed = fix::run(&project, options, terminal)?;
        (&fixed.0, fixed.1)
    } else {
        (project::run(&project.world), Written::All)
    };
    let outcome = report(
        (&run.diagnostics, &run.sources),
        &scope(run),
        (options, terminal),
    )?;
    Ok(match written {
        Written::All => outcome,
        Written::Nothing => Outcome::Findings,
    })
}

/// Checks metamodels and models by themselves.
fn files(args: &Args, options: &Check, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let mut loader = Loader::new(args)?;
    let (metamodels, models): (Vec<_>, Vec<_>) = options
        .files
        .iter()
        .partition(|file| file.to_str().is_some_and(format::is_ecore));
    // The workspace goes first: where its metamodel is wrong, its texts are those of the findings.
    let named = !options.metamodels.metamodels.is_empty();
    if !models.is_empty() && !named && Project::find(args).is_ok() {
        loader.metamodel(args, &options.metamodels)?;
    }
    for file in metamodels {
        loader.check_metamodel(file)?;
    }
    for file in models {
        if let Some(loaded) = loader.model(args, (file, &options.metamodels))? {
            model::check(&loaded.model, &mut loader.diagnostics);
            loader.check_targets(&loaded);
            loader.check_constraints(&loaded);
        }
    }
    loader.diagnostics.sort(&loader.sources);
    loader.diagnostics.once(&loader.sources);
    let scope = counted(options.files.len(), "file");
    report(
        (&loader.diagnostics, &loader.sources),
        &scope,
        (options, terminal),
    )
}

fn report(
    (found, sources): (&Diagnostics, &Sources),
    scope: &str,
    (options, terminal): (&Check, &mut Terminal),
) -> Result<Outcome, Failure> {
    if options.diff {
        // What is printed is a patch.
        terminal.warn(found, sources, options.format)?;
    } else {
        terminal.findings(found, sources, options.format)?;
    }
    match render::summary(found) {
        Some(summary) if options.format == Format::Human => {
            terminal.say(&format!("{summary} in {scope}"))?;
        }
        None => terminal.say(&format!("{GREEN}no findings{GREEN:#} in {scope}"))?,
        Some(_) => {}
    }
    let bad = found.has_errors() || (options.strict && !found.is_empty());
    Ok(if bad {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}
