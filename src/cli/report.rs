//! `mlopsgen report`: what commits changed, why, and whether it holds, as a file for others.

use super::args::{Args, Report, ReportFormat};
use super::project::{self, Project};
use super::terminal::{GREEN, RED, Stopwatch, Terminal};
use super::{Failure, Outcome, day};
use crate::diag::counted;
use crate::report::{self, Period};
use crate::workspace;

pub(super) fn run(
    args: &Args,
    options: &Report,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let clock = Stopwatch::start();
    let project = Project::find(args)?;
    let repository = project.needed_repository()?;
    let prefix = repository.prefix_of(&project.root)?;
    let period = Period {
        revision: options.revision.clone(),
        since: day::start(options.since.as_deref())?,
        until: day::end(options.until.as_deref())?,
    };
    let report = report::gather(&repository, &prefix, &period)?;
    let title = options.title.as_deref().unwrap_or("Generated artifacts");
    let text = match options.format() {
        ReportFormat::Html => report::html(&report, title),
        ReportFormat::Md => report::markdown(&report, title),
        ReportFormat::Json => report.json(),
    };
    match &options.output {
        None => terminal.print(&text)?,
        Some(path) => {
            let target = project::folder(args)?.join(path);
            workspace::save(&target, |out| out.write_all(text.as_bytes()))?;
            terminal.say(&format!("wrote {}", path.display()))?;
        }
    }
    let commits = counted(report.commits(), "commit");
    let took = clock.show();
    if report.is_clean() {
        terminal.say(&format!("{GREEN}no drift{GREEN:#} in {commits}, in {took}"))?;
        return Ok(Outcome::Fine);
    }
    terminal.say(&format!(
        "{RED}drift{RED:#} in {commits}, see the report, in {took}"
    ))?;
    Ok(Outcome::Findings)
}
