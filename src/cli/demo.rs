//! `mlopsgen demo`: the example, generated and committed in a repository of its own.

use super::args::{Args, Demo};
use super::project::{self, Project};
use super::publish;
use super::terminal::{BOLD, CYAN, DIM, GREEN, Stopwatch, Terminal, scope};
use super::{Failure, Outcome};
use crate::audit::{Explainer, Explanation, Reason, SlotOrigin};
use crate::diag::Span;
use crate::git::{Change, CommitOutcome, CommitRequest, Repository, Target};
use crate::pipeline::{self, ModelRun, Outline, Run};
use crate::workspace;
use crate::world::World as _;

pub(super) fn run(
    args: &Args,
    options: &Demo,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let watch = Stopwatch::start();
    let target = project::folder(args)?.join(&options.folder);
    let paths = workspace::copy_example(&target).map_err(|error| match error {
        workspace::WorkspaceError::Exists(path) => {
            Failure::usage(format!("{} is not empty", path.display()))
                .hint("name another folder: `mlopsgen demo FOLDER`")
        }
        other => other.into(),
    })?;
    let repository = Repository::init(&target)?;
    let identity = repository.identity();
    if identity.is_none() {
        repository.set_local_identity("mlopsgen demo", "demo@localhost")?;
    }
    let project = Project::at(repository.root().to_owned());
    let shown = options.folder.display();
    terminal.line(&format!("{BOLD}1. A workspace in git{BOLD:#}  {shown}"))?;
    let first = commit_inputs(&project, &repository, &paths)?;
    terminal.line(&format!(
        "   {CYAN}{first}{CYAN:#}  {} files: models, data, configuration",
        paths.len()
    ))?;
    if identity.is_none() {
        terminal.line(&format!(
            "   {DIM}git knows no user here: this repository commits as \"mlopsgen demo\"{DIM:#}"
        ))?;
    }
    let base = repository.position()?;
    let run = pipeline::run(&project.world);
    terminal.warn(&run.diagnostics, &run.sources, super::args::Format::Human)?;
    if run.diagnostics.has_errors() {
        return Ok(Outcome::Findings);
    }
    let (plan, applied) = publish::write(&project, &run)?;
    let done = (&run, &plan, &applied);
    let (outcome, _) = publish::commit(&project, (&repository, &base), done, &(&[][..]).into())?;
    let CommitOutcome::Committed { short, .. } = outcome else {
        return Err(Failure::usage(
            "the repository that was just made takes no commit",
        ));
    };
    terminal.line(&format!(
        "{BOLD}2. Generated and committed{BOLD:#}  {} in {}",
        scope(&run),
        watch.show()
    ))?;
    for model in &run.models {
        terminal.line(&format!(
            "   {CYAN}{short}{CYAN:#}  {} → {}",
            model.path,
            names(&run, model)
        ))?;
    }
    why(&run, terminal)?;
    next(&run, &shown.to_string(), terminal)?;
    Ok(Outcome::Fine)
}

/// The first commit: what a person would have written.
fn commit_inputs(
    project: &Project,
    repository: &Repository,
    paths: &[String],
) -> Result<String, Failure> {
    let mut changes = Vec::new();
    for path in paths {
        if let Some(bytes) = project.world.read(path)? {
            changes.push(Change {
                path: path.clone(),
                content: Some(bytes),
            });
        }
    }
    match repository.commit(&CommitRequest {
        changes,
        message: "Describe five pipelines".into(),
        base: None,
        target: Target::Head,
    })? {
        CommitOutcome::Committed { short, .. } => Ok(short),
        other => Err(Failure::usage(format!(
            "the new repository takes no commit: {other:?}"
        ))),
    }
}

fn names(run: &Run, model: &ModelRun) -> String {
    let mut paths: Vec<&str> = Outline::all(run, model).map(Outline::path).collect();
    let count = paths.len();
    paths.sort_by_key(|path| (path.matches('/').count(), *path));
    let mut names: Vec<&str> = paths.iter().filter_map(|p| p.rsplit('/').next()).collect();
    names.retain(|n| !n.starts_with(['.', '_']));
    names.truncate(6);
    let more = count - names.len();
    format!("{} and {more} more", names.join(" "))
}

/// The value that a rule gave, on the line whose cause is the most worth telling.
struct Story {
    place: String,
    line: String,
    slot: Reason,
    rule: String,
    binding: Span,
    input: Option<(String, String, Span)>,
}

/// Explains the line of an artifact that rules had most to decide about.
fn why(run: &Run, terminal: &mut Terminal) -> Result<(), Failure> {
    let mut best: Option<(usize, Story)> = None;
    for artifact in run.artifacts() {
        let Some(explainer) = Explainer::of(run, artifact.path()) else {
            continue;
        };
        for line in 1..=explainer.text().lines().count() {
            let Some(found) = explainer.line(line) else {
                continue;
            };
            for (weight, story) in stories(&found, &format!("{}:{line}", artifact.path())) {
                if best.as_ref().is_none_or(|(w, _)| weight > *w) {
                    best = Some((weight, story));
                }
            }
        }
    }
    let Some((_, story)) = best else {
        return Ok(());
    };
    let at = |span: Span| run.sources.place(span);
    terminal.line(&format!(
        "{BOLD}3. Every line knows why it is there{BOLD:#}"
    ))?;
    terminal.line(&format!(
        "   {CYAN}{}{CYAN:#}  {}",
        story.place,
        story.line.trim()
    ))?;
    let (slot, rule) = (&story.slot, &story.rule);
    terminal.line(&format!(
        "   {DIM}because{DIM:#}  {} = {}",
        slot.slot, slot.value
    ))?;
    terminal.line(&format!(
        "   {DIM}by rule{DIM:#}  {rule}, {}",
        at(story.binding)
    ))?;
    if let Some((name, value, span)) = &story.input {
        terminal.line(&format!(
            "   {DIM}from{DIM:#}     {name} = {value}, {}",
            at(*span)
        ))?;
    }
    Ok(())
}

/// What rules did for a line, each with how much there is to tell.
fn stories(found: &Explanation, place: &str) -> Vec<(usize, Story)> {
    let tell = |slot: &Reason| match &slot.origin {
        SlotOrigin::Rule {
            rule,
            binding,
            guards,
            inputs,
            ..
        } if found.slots.len() == 1 => Some((
            guards.len() * 2 + inputs.len().min(2) + found_in(inputs, &slot.value),
            Story {
                place: place.to_owned(),
                line: found.text.clone(),
                slot: slot.clone(),
                rule: rule.clone(),
                binding: *binding,
                input: inputs.last().cloned(),
            },
        )),
        _ => None,
    };
    found.slots.iter().filter_map(tell).collect()
}

/// What was found somewhere tells more than what stands in the rule.
fn found_in(inputs: &[(String, String, Span)], value: &str) -> usize {
    usize::from(inputs.iter().any(|(_, input, _)| input == value))
}

fn next(run: &Run, folder: &str, terminal: &mut Terminal) -> Result<(), Failure> {
    terminal.line(&format!("\n{GREEN}Try next{GREEN:#}"))?;
    let mut steps = Vec::new();
    if let Some(program) = project::not_on_path() {
        steps.push((
            format!("alias mlopsgen={}", program.display()),
            "it is not on your PATH".to_owned(),
        ));
    }
    steps.push((
        format!("cd {folder} && mlopsgen watch"),
        "then edit a model in models/ and save".to_owned(),
    ));
    let launcher = run
        .artifacts()
        .map(Outline::path)
        .filter(|path| path.ends_with("/train.py"));
    if let Some(train) = launcher.min_by_key(|path| path.matches('/').count()) {
        let home = train.trim_end_matches("/train.py");
        steps.push((
            format!("pip install -r {home}/requirements.txt"),
            "what the pipeline needs".to_owned(),
        ));
        steps.push((format!("python {train}"), "train it for real".to_owned()));
        steps.push((
            format!("mlopsgen explain {train}:1"),
            "why a line is there".to_owned(),
        ));
    }
    steps.push((
        "mlopsgen history".to_owned(),
        "the commits and their causes".to_owned(),
    ));
    steps.push((
        "mlopsgen generate --check --at HEAD".to_owned(),
        "prove that the commit regenerates".to_owned(),
    ));
    let width = steps
        .iter()
        .map(|(command, _)| command.len())
        .max()
        .unwrap_or_default();
    for (command, what) in steps {
        terminal.line(&format!("   {command:<width$}  {DIM}{what}{DIM:#}"))?;
    }
    Ok(())
}
