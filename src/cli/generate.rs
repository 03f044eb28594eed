//! `mlopsgen generate`: write, show or compare artifacts.

use super::args::{Args, Format, Generate};
use super::project::Project;
use super::publish;
use super::terminal::{GREEN, RED, Stopwatch, Terminal};
use super::{Failure, Outcome};
use crate::diag::{Diagnostics, Sources};
use crate::git::{CommitOutcome, Repository};
use crate::pipeline::{self, Decision, Plan, Run};
use crate::workspace::Applied;
use crate::world::World;

pub(super) fn run(
    args: &Args,
    options: &Generate,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let watch = Stopwatch::start();
    let project = Project::find(args)?;
    if let Some(revision) = &options.at {
        let world = project.at_revision(revision)?;
        return compare(&world, options, terminal);
    }
    if options.check || options.diff {
        return compare(&project.world, options, terminal);
    }
    let repository = if options.commit {
        Some(project.needed_repository()?)
    } else {
        None
    };
    if let Some(obstacle) = repository
        .as_ref()
        .map(Repository::obstacle)
        .transpose()?
        .flatten()
    {
        let failure = Failure::usage(format!("nothing written, nothing committed: {obstacle}"));
        return Err(match obstacle.hint() {
            "" => failure,
            hint => failure.hint(hint),
        });
    }
    let run = pipeline::run(&project.world);
    terminal.warn(&run.diagnostics, &run.sources, options.format)?;
    if run.diagnostics.has_errors() {
        publish::schema(&project, &run)?;
        terminal.say(&format!(
            "{RED}nothing written{RED:#}: see the findings above"
        ))?;
        return Ok(Outcome::Findings);
    }
    let (plan, applied) = publish::write(&project, &run)?;
    report(terminal, (&plan, &applied), options.format)?;
    terminal.say(&summary(&plan, &applied, watch))?;
    let held = !plan.findings.is_empty() || !applied.held.is_empty();
    if let (Some(_), true) = (&repository, held) {
        terminal.say(&format!(
            "{RED}nothing committed{RED:#}: files were kept as they are"
        ))?;
    } else if let Some(repository) = repository {
        commit(&project, &repository, (&run, &plan, &applied), terminal)?;
    }
    Ok(if held {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}

fn report(terminal: &mut Terminal, done: (&Plan, &Applied), format: Format) -> Result<(), Failure> {
    let (plan, applied) = done;
    let mut found = Diagnostics::default();
    found.extend(plan.findings.iter().cloned());
    terminal.warn(&found, &Sources::default(), format)?;
    for path in &applied.held {
        terminal.say(&format!(
            "{path} was changed by somebody else at this moment: it is kept, generate again"
        ))?;
    }
    Ok(())
}

/// `wrote 3, removed 1, unchanged 5, kept 2 in 41 ms`.
fn summary(plan: &Plan, applied: &Applied, watch: Stopwatch) -> String {
    let records = |path: &&String| !path.starts_with(pipeline::OWN);
    let written = applied.written.iter().filter(records).count();
    let mut parts = vec![format!("{GREEN}wrote {written}{GREEN:#}")];
    let removed = applied.removed.iter().filter(records).count();
    for (word, count) in [
        ("removed", removed),
        ("unchanged", plan.count(Decision::Unchanged)),
        ("kept", plan.count(Decision::Keep)),
    ] {
        if count > 0 {
            parts.push(format!("{word} {count}"));
        }
    }
    format!("{} in {}", parts.join(", "), watch.show())
}

fn commit(
    project: &Project,
    repository: &Repository,
    done: (&Run, &Plan, &Applied),
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let before = publish::last_committed(project, repository)?;
    let causes = before
        .map(|old| pipeline::causes(&old, done.0))
        .unwrap_or_default();
    match publish::commit(project, repository, done, &causes)? {
        CommitOutcome::Committed { short, .. } => {
            let branch = repository.branch().unwrap_or_else(|| "HEAD".to_owned());
            terminal.say(&format!("committed {short} on {branch}"))
        }
        CommitOutcome::Unchanged => {
            terminal.say("nothing to commit: the last commit has all of it")
        }
        CommitOutcome::Held(obstacle) => Err(Failure::usage(format!("not committed: {obstacle}"))),
        CommitOutcome::Staged { paths } => {
            let message = format!(
                "not committed: you have staged other content of {}",
                paths.join(", ")
            );
            Err(Failure::usage(message).hint("commit or unstage it first"))
        }
    }
}

/// Compares what would be generated with what is there.
fn compare(
    world: &dyn World,
    options: &Generate,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let run = pipeline::run(world);
    terminal.warn(&run.diagnostics, &run.sources, options.format)?;
    if run.diagnostics.has_errors() {
        return Ok(Outcome::Findings);
    }
    let plan = pipeline::plan(&run, world)?;
    let mut drift = 0;
    for file in plan.artifacts() {
        let once = file.decision == Decision::Keep
            && !plan
                .findings
                .iter()
                .any(|d| d.message.starts_with(&file.path));
        if file.decision == Decision::Unchanged || once {
            continue;
        }
        drift += 1;
        if options.diff && file.decision == Decision::Keep {
            terminal.say(&format!(
                "{} was edited by hand and would be kept",
                file.path
            ))?;
        } else if options.diff {
            terminal.print(&file.unified())?;
        } else {
            let word = match file.decision {
                Decision::Create => "missing",
                Decision::Remove => "left over",
                Decision::Keep => "edited",
                Decision::Update | Decision::Unchanged => "stale",
            };
            let (added, removed) = file.line_counts();
            terminal.line(&format!("{word:<10}{}  +{added} -{removed}", file.path))?;
        }
    }
    let total = plan.artifacts().count();
    let at = options
        .at
        .as_ref()
        .map_or_else(String::new, |r| format!(" at {r}"));
    if drift == 0 {
        terminal.say(&format!(
            "{GREEN}all {total} artifacts{at} are what the inputs generate, byte for byte{GREEN:#}"
        ))?;
        return Ok(Outcome::Fine);
    }
    terminal.say(&format!(
        "{RED}{drift} of {total} artifacts{at} differ{RED:#} from what the inputs generate"
    ))?;
    let findings = options.check || options.at.is_some();
    Ok(if findings {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}
