//! `mlopsgen init`: a workspace with one pipeline, a small one or one of the example.

use super::args::{Args, Init};
use super::terminal::{BOLD, DIM, Terminal};
use super::{Failure, Outcome, project};
use crate::pipeline;
use crate::workspace::{self, Scaffold};
use crate::world::MemoryWorld;

pub(super) fn run(
    args: &Args,
    options: &Init,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let folder = project::folder(args)?;
    let scaffold = chosen(options)?;
    if let Some(root) = workspace::find(&folder)
        && root != folder
    {
        let failure = Failure::usage(format!("this is inside the workspace {}", root.display()));
        return Err(failure.hint("add a model to its `models` folder instead"));
    }
    let made = workspace::scaffold(&folder, &scaffold)?;
    for path in &made {
        terminal.line(&format!("created {path}"))?;
    }
    if made.is_empty() {
        terminal.say("everything is there already: nothing created")?;
    } else {
        terminal.say(&format!(
            "\nNext:  {BOLD}mlopsgen generate{BOLD:#}  {DIM}or{DIM:#}  {BOLD}mlopsgen watch{BOLD:#}"
        ))?;
    }
    Ok(Outcome::Fine)
}

/// What is asked for, if it can be made.
fn chosen(options: &Init) -> Result<Scaffold, Failure> {
    if let Some(from) = &options.from {
        let known = workspace::samples();
        if known.contains(&from.as_str()) {
            return Ok(Scaffold::Sample(from.clone()));
        }
        let failure = Failure::usage(format!("the example has no pipeline `{from}`"));
        return Err(failure.hint(format!("it has {}", known.join(", "))));
    }
    let name = &options.name;
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(inner)
        && !name.ends_with('-');
    if !fits || name.len() > 40 {
        let failure = Failure::usage(format!("`{name}` is no name for a pipeline"));
        return Err(failure.hint(
            "lower-case letters, digits and `-`, a letter first, at most 40: such as `churn`",
        ));
    }
    let scaffold = Scaffold::Small(name.clone());
    match refused(&scaffold) {
        None => Ok(scaffold),
        Some(reason) => Err(Failure::usage(format!(
            "`{name}` cannot name a pipeline: {reason}"
        ))),
    }
}

/// Why a pipeline of that name could not be generated: its name is a keyword of a language, say.
fn refused(scaffold: &Scaffold) -> Option<String> {
    let mut world = MemoryWorld::default();
    for (path, bytes) in scaffold.files() {
        world.insert(path, bytes);
    }
    let run = pipeline::run(&world);
    run.diagnostics
        .iter()
        .find(|d| d.is_error())
        .map(|d| d.message.clone())
}
