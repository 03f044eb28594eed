//! `mlopsgen explain`: why a line is there, what a code means, what a constraint asks for.

use super::args::{Args, Explain};
use super::project::Project;
use super::terminal::{BOLD, DIM, Terminal};
use super::{Failure, Outcome};
use crate::audit::{self, Explainer, Explanation, Reason, SlotOrigin, Unexplained};
use crate::constraint::Constraint;
use crate::diag::{CODES, Code, Span, did_you_mean, one_line};
use crate::pipeline::{self, Run};
use crate::world::World as _;

pub(super) fn run(
    args: &Args,
    options: &Explain,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    if let Some(code) = Code::find(&options.what) {
        terminal.line(&format!("{BOLD}{}{BOLD:#}\n\n{}", code.id(), code.page()))?;
        return Ok(Outcome::Fine);
    }
    let place = options
        .what
        .rsplit_once(':')
        .and_then(|(file, line)| Some((file, line.parse::<usize>().ok()?)));
    if place.is_none() && options.what.starts_with('/') {
        return element(args, options, terminal);
    }
    let Some((file, line)) = place else {
        return name(args, &options.what, terminal);
    };
    let project = Project::find(args)?;
    let path = project.relative(args, file.as_ref())?;
    let run = pipeline::run(&project.world);
    if run.diagnostics.has_errors() {
        terminal.warn(&run.diagnostics, &run.sources, super::args::Format::Human)?;
        return Ok(Outcome::Findings);
    }
    let Some(explainer) = Explainer::of(&run, &path) else {
        let message = format!("{path} is no artifact of this workspace");
        return Err(Failure::usage(message));
    };
    let now = project.world.read(&path)?;
    let now = now.map(|b| String::from_utf8_lossy(&b).into_owned());
    let file = now.as_deref().unwrap_or(explainer.text());
    let Some(text) = line.checked_sub(1).and_then(|n| file.lines().nth(n)) else {
        let lines = file.lines().count();
        return Err(Failure::usage(format!(
            "{path} has {lines} lines, not {line}"
        )));
    };
    terminal.line(&format!("{BOLD}{}{BOLD:#}  {text}", options.what))?;
    if now.is_none() {
        row(terminal, "on disk", "nothing: generate first")?;
    }
    match audit::lines(explainer.text(), file)[line - 1] {
        Some(line) => {
            let found = explainer.line(line).expect("it is a line of this text");
            print(&found, &run, terminal)?;
        }
        None => row(terminal, "by hand", "it is not what is generated")?,
    }
    committed((&project, &path), (file, line), terminal)
}

/// The commit that a line came with.
fn committed(
    (project, path): (&Project, &str),
    (file, line): (&str, usize),
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let Some(repository) = project.repository()? else {
        return Ok(Outcome::Fine);
    };
    if repository.head()?.is_none() {
        return Ok(Outcome::Fine);
    }
    let whole = project.in_repository(&repository, path)?;
    let blame = repository.blame("HEAD", &whole)?.unwrap_or_default();
    let before = project.at_revision("HEAD")?.read(path)?.unwrap_or_default();
    let before = String::from_utf8_lossy(&before);
    let old = audit::lines(&before, file)[line - 1];
    let text = match old.and_then(|old| blame.line(old)) {
        Some(commit) => format!("{commit}  {}", one_line(&commit.subject)),
        None => "not committed".to_owned(),
    };
    row(terminal, "last changed", &text)?;
    Ok(Outcome::Fine)
}

/// Why an element of a model is as it is.
fn element(args: &Args, options: &Explain, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let project = Project::find(args)?;
    let run = pipeline::run(&project.world);
    if run.models.is_empty() && run.diagnostics.has_errors() {
        terminal.warn(&run.diagnostics, &run.sources, super::args::Format::Human)?;
        return Ok(Outcome::Findings);
    }
    let found = audit::explain_element(&run, &options.what, options.feature.as_deref());
    let found = found.map_err(|missing| {
        let (message, near) = match missing {
            Unexplained::NoElement(near) => {
                (format!("no model has an element `{}`", options.what), near)
            }
            Unexplained::NoFeature(class, near) => {
                let feature = options.feature.as_deref().unwrap_or_default();
                (format!("class `{class}` has no feature `{feature}`"), near)
            }
        };
        match near {
            Some(near) => Failure::usage(message).hint(near),
            None => Failure::usage(message),
        }
    })?;
    for one in &found {
        let (path, model) = &one.element;
        terminal.line(&format!("{BOLD}{path}{BOLD:#}  {} in {model}", one.class))?;
        if let Some(made) = &one.made {
            origin(made, &run, terminal)?;
        }
        for reason in &one.slots {
            slot(("slot", reason), &run, terminal)?;
        }
    }
    Ok(Outcome::Fine)
}

/// Explains what is called by a name.
fn name(args: &Args, name: &str, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let run = match Project::find(args) {
        Ok(project) => pipeline::run(&project.world),
        Err(_) => Run::default(),
    };
    if let Some(found) = run.constraints.iter().find(|c| &*c.name == name) {
        return constraint(found, &run, terminal);
    }
    let failure = Failure::usage(format!(
        "`{name}` is neither FILE:LINE nor an /element nor a code nor a constraint"
    ));
    let codes = CODES.iter().map(|row| row.id);
    let known = codes.chain(run.constraints.iter().map(|c| &*c.name));
    let near = did_you_mean(name, known);
    Err(failure.hint(
        near.unwrap_or_else(|| "such as `mlopsgen explain generated/churn/train.py:12`".to_owned()),
    ))
}

fn constraint(found: &Constraint, run: &Run, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let class = &run.metamodel.class(found.class).name;
    let severity = found.severity.word();
    terminal.line(&format!(
        "{BOLD}{}{BOLD:#}  {severity} for each {class}",
        found.name
    ))?;
    row(terminal, "must hold", found.assertion.excerpt.text.trim())?;
    if let Some(guard) = &found.guard {
        row(terminal, "where", guard.excerpt.text.trim())?;
    }
    if let Some(description) = &found.description {
        row(terminal, "description", description.trim())?;
    }
    row(terminal, "written at", &run.sources.place(found.span))?;
    Ok(Outcome::Fine)
}

fn row(terminal: &mut Terminal, label: &str, text: &str) -> Result<(), Failure> {
    terminal.line(&format!("  {DIM}{label:<14}{DIM:#}{text}"))
}

fn print(found: &Explanation, run: &Run, terminal: &mut Terminal) -> Result<(), Failure> {
    let at = |span: Span| run.sources.place(span);
    for (span, text) in &found.templates {
        row(terminal, "from template", &format!("{}  {text}", at(*span)))?;
    }
    let (element, span) = &found.element;
    let from = match (&found.made, span) {
        (Some((model, _)), _) => format!("{element} in {model}"),
        (None, Some(span)) => format!("{element}  {}", at(*span)),
        (None, None) => element.clone(),
    };
    row(terminal, "for element", &from)?;
    if let Some((_, made)) = &found.made {
        origin(made, run, terminal)?;
    }
    for reason in &found.slots {
        slot(("reads", reason), run, terminal)?;
    }
    Ok(())
}

fn slot(
    (label, reason): (&str, &Reason),
    run: &Run,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let text = format!("{} = {}", reason.slot, reason.value);
    row(terminal, label, &text)?;
    origin(&reason.origin, run, terminal)
}

fn origin(origin: &SlotOrigin, run: &Run, terminal: &mut Terminal) -> Result<(), Failure> {
    let at = |span: Span| run.sources.place(span);
    match origin {
        SlotOrigin::Written(span) => row(terminal, "  written at", &at(*span)),
        SlotOrigin::Default(Some(span)) => row(
            terminal,
            "  default of",
            &format!("the metamodel, {}", at(*span)),
        ),
        SlotOrigin::Default(None) | SlotOrigin::Implied => {
            row(terminal, "  default of", "the metamodel")
        }
        SlotOrigin::Rule {
            rule,
            transform,
            binding,
            guards,
            elements,
            inputs,
        } => {
            row(
                terminal,
                "  set by rule",
                &format!("{rule} of {transform}, {}", at(*binding)),
            )?;
            for guard in guards {
                row(
                    terminal,
                    "  because",
                    &format!("{}  {}", run.sources.slice(*guard), at(*guard)),
                )?;
            }
            for (element, span) in elements {
                let place = span.map(|s| format!("  {}", at(s))).unwrap_or_default();
                row(terminal, "  made of", &format!("{element}{place}"))?;
            }
            for (name, value, span) in inputs {
                row(
                    terminal,
                    "  from",
                    &format!("{name} = {value}  {}", at(*span)),
                )?;
            }
            Ok(())
        }
    }
}
