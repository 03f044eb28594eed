//! `mlopsgen generate`: write, show or compare artifacts.

use std::collections::BTreeSet;

use super::args::{Args, Format, Generate};
use super::past::Past;
use super::project::{self, Project};
use super::publish::{self, Writing, Written};
use super::terminal::{GREEN, RED, Stopwatch, Terminal};
use super::{Failure, Outcome, drift};
use crate::diag::{Diagnostics, counted};
use crate::git::{Position, Repository};
use crate::pipeline::{self, Decision, Live, Models, Plan, PlannedFile, Run, State};
use crate::workspace::Applied;
use crate::world::World;

pub(super) fn run(
    args: &Args,
    options: &Generate,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let watch = Stopwatch::start();
    let project = Project::find(args)?;
    terminal.finds_in(&project, options.format)?;
    if let Some(revision) = &options.at {
        let world = project.at_revision(revision)?;
        return compare((&project, &world), options, terminal);
    }
    if options.check || options.diff {
        return compare((&project, &project.world), options, terminal);
    }
    // Where it is is asked before anything is read: what is made of one branch is neither written nor committed on another.
    let repository = if options.commit {
        let repository = project.needed_repository()?;
        publish::ready(&project, &repository)?;
        let base = repository.position()?;
        Some((repository, base))
    } else {
        // One that cannot be read is told of once something is looked for in it.
        let repository = project.repository().ok().flatten();
        repository.and_then(|repository| repository.position().ok().map(|base| (repository, base)))
    };
    let run = project::run(&project.world);
    terminal.warn(&run.diagnostics, &run.sources, options.format)?;
    if run.diagnostics.has_errors() {
        publish::schema(&project, run)?;
        terminal.say(&format!(
            "{RED}nothing written{RED:#}: see the findings above"
        ))?;
        return Ok(Outcome::Findings);
    }
    let is_current = || match &repository {
        Some((repository, base)) => Ok(repository.position()? == *base),
        None => Ok(true),
    };
    let (mut plan, mut tally) = (Plan::default(), Tally::default());
    let writing = Writing::of(&project, &is_current);
    let (applied, written) = writing.write((run, Models::All), &mut |piece, applied| {
        tally.add(&piece, applied);
        // What is not committed is of no use any more.
        plan.go_on_with(if options.commit {
            piece
        } else {
            piece.findings_alone()
        });
        Ok(())
    })?;
    report(&project, terminal, (&plan, &applied), options.format)?;
    if written == Written::Part {
        let failure = Failure::usage(if tally.is_empty() {
            "nothing written: the branch moved while files were read"
        } else {
            "not all is written: the branch moved meanwhile"
        });
        return Err(failure.hint("generate again"));
    }
    terminal.say(&tally.summary(watch))?;
    let held = plan.is_held() || !applied.held.is_empty();
    let repository = repository.filter(|_| options.commit);
    if repository.is_some() && held {
        terminal.say(&format!(
            "{RED}nothing committed{RED:#}: files were kept as they are"
        ))?;
    } else if let Some((repository, base)) = &repository {
        let done = (run, &plan, &applied);
        commit(&project, (repository, base), done, terminal)?;
    }
    Ok(if held {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}

/// Tells what a plan found, and what somebody else did meanwhile.
pub(super) fn report(
    project: &Project,
    terminal: &mut Terminal,
    done: (&Plan, &Applied),
    format: Format,
) -> Result<(), Failure> {
    let (plan, applied) = done;
    let mut found = Diagnostics::default();
    found.extend(plan.findings.iter().cloned());
    terminal.warn(&found, &plan.sources, format)?;
    for path in &applied.held {
        terminal.say(&format!(
            "{path} was changed by somebody else at this moment: it is kept, generate again"
        ))?;
    }
    for displaced in &applied.displaced {
        terminal.say(&Past::of(project).describe(displaced))?;
    }
    Ok(())
}

/// How many artifacts what was done with.
#[derive(Debug, Default)]
pub(super) struct Tally {
    written: usize,
    merged: usize,
    in_conflict: usize,
    removed: usize,
    unchanged: usize,
    kept: usize,
}

impl Tally {
    /// Counts what became of a plan. The names of what was written and removed are not needed any more.
    pub(super) fn add(&mut self, plan: &Plan, applied: &mut Applied) {
        let merges = |f: &&PlannedFile| matches!(f.decision, Decision::Merge | Decision::Conflict);
        let merged = plan.files.iter().filter(merges).map(|f| f.path.as_str());
        let merged: BTreeSet<&str> = merged.collect();
        let is_artifact = |path: &String| !path.starts_with(pipeline::OWN);
        let written = applied.written.drain(..).filter(is_artifact);
        self.written += written
            .filter(|path| !merged.contains(path.as_str()))
            .count();
        self.removed += applied.removed.drain(..).filter(is_artifact).count();
        for (count, decision) in [
            (&mut self.merged, Decision::Merge),
            (&mut self.in_conflict, Decision::Conflict),
            (&mut self.unchanged, Decision::Unchanged),
            (&mut self.kept, Decision::Keep),
        ] {
            *count += plan.count(decision);
        }
    }

    fn is_empty(&self) -> bool {
        self.written + self.merged + self.in_conflict + self.removed == 0
    }

    /// `wrote 3, removed 1, unchanged 5, kept 2 in 41 ms`.
    pub(super) fn summary(&self, watch: Stopwatch) -> String {
        let mut parts = vec![format!("{GREEN}wrote {}{GREEN:#}", self.written)];
        for (word, count) in [
            ("merged", self.merged),
            ("in conflict", self.in_conflict),
            ("removed", self.removed),
            ("unchanged", self.unchanged),
            ("kept", self.kept),
        ] {
            if count > 0 {
                parts.push(format!("{word} {count}"));
            }
        }
        format!("{} in {}", parts.join(", "), watch.show())
    }
}

fn commit(
    project: &Project,
    (repository, base): (&Repository, &Position),
    done: (&Run, &Plan, &Applied),
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let target = publish::target(done.0.config.as_ref());
    let before = publish::last_committed(project, (repository, &target), &mut Live::default())?;
    let causes = before
        .map(|old| pipeline::causes(&old, done.0))
        .unwrap_or_default();
    let (outcome, _) = publish::commit(project, (repository, base), done, &(&causes[..]).into())?;
    publish::tell((repository, &target), &outcome, terminal)
}

/// Compares what would be generated with what is there.
fn compare(
    (project, world): (&Project, &dyn World),
    options: &Generate,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let run = project::run(world);
    let is_document = options.format != Format::Human && !options.diff;
    if run.diagnostics.has_errors() || !is_document {
        let (found, sources) = (&run.diagnostics, &run.sources);
        if is_document {
            terminal.findings(found, sources, options.format)?;
        } else {
            terminal.warn(found, sources, options.format)?;
        }
    }
    if run.diagnostics.has_errors() {
        return Ok(Outcome::Findings);
    }
    let past = Past::of(project);
    let plan = past.open(run, world)?;
    let open: Vec<&PlannedFile> = plan.files.iter().collect();
    if is_document {
        drift::report(run, &plan, options.format, terminal)?;
    } else {
        show(&open, &plan, options, terminal)?;
    }
    let drift = open.len();
    let at = options
        .at
        .as_ref()
        .map_or_else(String::new, |r| format!(" at {r}"));
    let total = plan.states.len();
    if drift > 0 {
        let differ = if drift == 1 { "differs" } else { "differ" };
        let artifacts = counted(total, "artifact");
        terminal.say(&format!(
            "{RED}{drift} of {artifacts}{at} {differ}{RED:#} from what the inputs generate"
        ))?;
        let findings = options.check || options.at.is_some();
        return Ok(if findings {
            Outcome::Findings
        } else {
            Outcome::Fine
        });
    }
    let accepted = plan.states.values().filter(|s| **s == State::Accepted);
    let edits = match accepted.count() {
        0 => "byte for byte".to_owned(),
        count => format!("with accepted edits in {count}"),
    };
    let all = match total {
        1 => format!("the artifact{at} is"),
        _ => format!("all {total} artifacts{at} are"),
    };
    terminal.say(&format!(
        "{GREEN}{all} what the inputs generate, {edits}{GREEN:#}"
    ))?;
    Ok(Outcome::Fine)
}

/// Shows files that differ: a line each, or what would change in them.
fn show(
    files: &[&PlannedFile],
    plan: &Plan,
    options: &Generate,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    for file in files {
        if options.diff && file.decision == Decision::Keep {
            terminal.say(&format!(
                "{} was edited by hand and would be kept",
                file.path
            ))?;
        } else if options.diff {
            terminal.print(&file.unified())?;
        } else {
            let (added, removed) = file.line_counts();
            let word = plan.states.get(&file.path).map_or("", |s| s.word());
            terminal.line(&format!("{word:<10}{}  +{added} -{removed}", file.path))?;
        }
    }
    Ok(())
}
