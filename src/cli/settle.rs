//! `mlopsgen accept` and `mlopsgen reset`: an edit of an artifact is taken for right, or taken back.

use super::args::{Args, Format, Settle};
use super::past::Past;
use super::project::Project;
use super::terminal::Terminal;
use super::{Failure, Outcome};
use crate::diag::did_you_mean;
use crate::pipeline::{self, ORPHANED, Plan, Refusal, Run, Settling};

pub(super) fn accept(
    args: &Args,
    options: &Settle,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    settle(args, options, terminal, |settling, path, _| {
        settling.accept(path)?;
        Ok(format!("{path} is accepted as it is"))
    })
}

pub(super) fn reset(
    args: &Args,
    options: &Settle,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    settle(args, options, terminal, |settling, path, past| {
        let displaced = settling.reset(path)?;
        let place = displaced.map(|bytes| past.displace(path, bytes));
        Ok(match place.transpose()? {
            Some(place) => {
                format!("{path} is what is generated; what was there is kept in {place}")
            }
            None => format!("{path} is what is generated"),
        })
    })
}

/// Why a path is not settled.
enum Unsettled {
    Refused(Refusal),
    Failed(Failure),
}

impl From<Refusal> for Unsettled {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for Unsettled {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Settles all paths, or none where one of them cannot be.
fn settle(
    args: &Args,
    options: &Settle,
    terminal: &mut Terminal,
    one: impl Fn(&mut Settling<'_>, &str, &Past<'_>) -> Result<String, Unsettled>,
) -> Result<Outcome, Failure> {
    let project = Project::find(args)?;
    let run = pipeline::run(&project.world);
    terminal.warn(&run.diagnostics, &run.sources, Format::Human)?;
    if run.diagnostics.has_errors() {
        return Ok(Outcome::Findings);
    }
    let past = Past::of(&project);
    for displaced in past.recover()? {
        terminal.say(&past.describe(&displaced))?;
    }
    let plan = past.plan(&run, &project.world)?;
    let mut settling = Settling::new(&run, &plan, &project.world)?;
    let mut told = Vec::new();
    for path in &options.paths {
        let path = project.relative(args, path)?;
        told.push(match one(&mut settling, &path, &past) {
            Ok(line) => line,
            Err(Unsettled::Refused(Refusal::Nothing(state))) => {
                format!("{path} is {}: nothing to settle", state.word())
            }
            Err(Unsettled::Refused(refusal)) => return Err(refused(refusal, &path, (&run, &plan))),
            Err(Unsettled::Failed(failure)) => return Err(failure),
        });
    }
    past.remember(run.artifacts())?;
    let applied = past.apply(&settling.finish()?)?;
    if let Some(path) = applied.held.first() {
        let message = format!("{path} was changed by somebody else at this moment");
        return Err(Failure::usage(message).hint("try it again"));
    }
    for line in told {
        terminal.say(&line)?;
    }
    Ok(Outcome::Fine)
}

fn refused(refusal: Refusal, path: &str, (run, plan): (&Run, &Plan)) -> Failure {
    match refusal {
        Refusal::Unknown if path.ends_with(ORPHANED) => {
            let message = format!("{path} keeps text that has no place in an artifact any more");
            Failure::usage(message).hint("move the text to where it belongs, then remove the file")
        }
        Refusal::Unknown => {
            let failure = Failure::usage(format!("{path} is no artifact of this workspace"));
            match did_you_mean(path, plan.states.keys().map(String::as_str)) {
                Some(near) => failure.hint(near),
                None => failure.hint("`mlopsgen status --all` lists them"),
            }
        }
        Refusal::Nothing(state) => Failure::usage(format!("{path} is {}", state.word())),
        Refusal::Unmerged => {
            let message = format!("{path} lacks what is generated now");
            Failure::usage(message).hint("`mlopsgen generate` merges it into your edits")
        }
        Refusal::Conflict => {
            let message = format!("{path} has a conflict that is not resolved");
            Failure::usage(message).hint("leave of both what is right and take the markers out")
        }
        Refusal::Locked => {
            let template = run.artifact(path);
            let template = template.map_or("its template", |a| &*a.template().file);
            let message = format!("{path} is locked by {template}");
            Failure::usage(message)
                .hint(format!("move the edit there, then `mlopsgen reset {path}`"))
        }
    }
}
