//! `mlopsgen check`: findings, and nothing written.

use super::args::{Args, Check, Format};
use super::project::Project;
use super::terminal::{GREEN, Terminal, scope};
use super::{Failure, Outcome};
use crate::diag::render;
use crate::pipeline;

pub(super) fn run(
    args: &Args,
    options: &Check,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let project = Project::find(args)?;
    let run = pipeline::run(&project.world);
    terminal.findings(&run.diagnostics, &run.sources, options.format)?;
    let scope = scope(&run);
    match render::summary(&run.diagnostics) {
        Some(summary) if options.format == Format::Human => {
            terminal.say(&format!("{summary} in {scope}"))?;
        }
        None => terminal.say(&format!("{GREEN}no findings{GREEN:#} in {scope}"))?,
        Some(_) => {}
    }
    let bad = run.diagnostics.has_errors() || (options.strict && !run.diagnostics.is_empty());
    Ok(if bad {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}
