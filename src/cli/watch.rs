//! `mlopsgen watch`: one entry a change, with its cause, its artifacts, its commit and its duration.

use std::path::Path;
use std::time::Duration;

use super::args::{Args, Format, Watch};
use super::project::Project;
use super::publish;
use super::terminal::{
    BOLD, CYAN, DIM, GREEN, RED, Stopwatch, Terminal, counted, now, scope, show,
};
use super::{Failure, Outcome};
use crate::diag::{Diagnostic, Diagnostics};
use crate::git::{CommitOutcome, Repository};
use crate::pipeline::{self, Cause, CommitPolicy, Decision, Live, Plan, Run};
use crate::watch::lock::Guard;
use crate::watch::{self, Scope, Step, StopHandle, Update};

pub(super) fn run(
    args: &Args,
    options: &Watch,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let clock = Stopwatch::start();
    let project = Project::find(args)?;
    let repository = project.repository()?;
    let _guard = match &repository {
        Some(repository) => Some(Guard::take(
            &repository.git_dir().join("mlopsgen").join("daemon.lock"),
        )?),
        None => None,
    };
    let stop = StopHandle::default();
    watch::on_interrupt(stop.clone())?;
    let root = project.root.clone();
    let output = pipeline::configuration(&project.world)
        .map_or_else(|| "generated".to_owned(), |c| c.output);
    let mut watcher = Watcher {
        project,
        repository,
        options,
        live: Live::default(),
        last: None,
        broken: None,
        committed: None,
        told: Vec::new(),
    };
    let settings = watch::Options {
        poll: options.poll.map(Duration::from_millis),
        ..watch::Options::default()
    };
    let scope = Scope {
        root: &root,
        relevant: &|path| is_input(path, &root, &output),
    };
    let mut failure = None;
    watch::watch(&scope, &settings, &stop, &mut |update| match watcher
        .update(update, clock, terminal)
    {
        Ok(()) => Step::Go,
        Err(error) => {
            failure = Some(error);
            Step::Stop
        }
    })?;
    if let Some(error) = failure {
        Err(error)
    } else {
        terminal.say("stopped")?;
        Ok(Outcome::Interrupted)
    }
}

/// How long after a commit a `git commit` that ran beside it has ended.
const SETTLE: Duration = Duration::from_millis(300);

/// Whether a path may be an input: not an artifact, not a record, not git's, not a file that is being written.
fn is_input(path: &Path, root: &Path, output: &str) -> bool {
    let Ok(below) = path.strip_prefix(root) else {
        return false;
    };
    let temporary = below
        .file_name()
        .is_some_and(|n| n.to_string_lossy().ends_with(".mlopsgen-new"));
    !temporary
        && !below.starts_with(output)
        && !below.starts_with(".git")
        && !below.starts_with(".mlopsgen")
}

struct Watcher<'a> {
    project: Project,
    repository: Option<Repository>,
    options: &'a Watch,
    /// What was made so far of the files as they were.
    live: Live,
    /// The last run without errors that was written.
    last: Option<Run>,
    /// The inputs of the last run with errors, so that each is told once, and since when.
    broken: Option<(String, Stopwatch)>,
    /// The last commit that was made.
    committed: Option<String>,
    /// Files that were kept against the wish of the last run.
    told: Vec<Diagnostic>,
}

impl Watcher<'_> {
    fn update(
        &mut self,
        update: Update,
        clock: Stopwatch,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        match update {
            Update::Watching => {
                let first = self.live.run(&self.project.world);
                self.header(&first, clock, terminal)?;
                self.begin(first, terminal)
            }
            Update::Notice(notice) => terminal.line(&format!("{}  {notice}", now())),
            Update::Batch(batch) => {
                let run = self.live.run(&self.project.world);
                self.regenerate(run, Stopwatch::since(batch.first_event), terminal)
            }
        }
    }

    fn header(&self, run: &Run, clock: Stopwatch, terminal: &mut Terminal) -> Result<(), Failure> {
        let own = run.inputs.values().filter(|i| i.pack.is_none()).count();
        let folder = self
            .project
            .root
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        terminal.line(&format!(
            "{BOLD}mlopsgen {}{BOLD:#}  watching {} in {folder}  ({})  ready in {}",
            pipeline::VERSION,
            counted(own, "file"),
            scope(run),
            clock.show()
        ))?;
        if self.repository.is_none() {
            terminal
                .line("this is no git repository: artifacts are written, nothing is committed")?;
        }
        terminal.line(&format!("{DIM}Ctrl-C stops{DIM:#}\n"))
    }

    /// Brings the artifacts up to date before the first event.
    fn begin(&mut self, run: Run, terminal: &mut Terminal) -> Result<(), Failure> {
        if let Some(repository) = &self.repository {
            self.last = publish::last_committed(&self.project, repository)?;
        }
        self.regenerate(run, Stopwatch::start(), terminal)
    }

    fn regenerate(
        &mut self,
        run: Run,
        clock: Stopwatch,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        if run.diagnostics.has_errors() {
            publish::schema(&self.project, &run)?;
            return self.hold(&run, terminal);
        }
        let fixed = self.broken.take();
        let causes = self
            .last
            .as_ref()
            .map(|old| pipeline::causes(old, &run))
            .unwrap_or_default();
        let (plan, applied) = publish::write(&self.project, &run)?;
        if let Some((_, since)) = fixed {
            let took = since.show();
            terminal.line(&format!("{}  {GREEN}fixed{GREEN:#} after {took}", now()))?;
        }
        if causes.is_empty() && plan.changes().next().is_none() {
            self.last = Some(run);
            return Ok(());
        }
        terminal.warn(&run.diagnostics, &run.sources, Format::Human)?;
        self.tell_new(&plan, terminal)?;
        let commit = self.commit((&run, &plan, &applied), &causes)?;
        entry(&causes, &plan, (&commit, clock), terminal)?;
        self.last = Some(run);
        Ok(())
    }

    /// Tells findings that were not told for the change before.
    fn tell_new(&mut self, plan: &Plan, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut new = Diagnostics::default();
        let findings = plan.findings.iter();
        new.extend(findings.filter(|f| !self.told.contains(f)).cloned());
        self.told.clone_from(&plan.findings);
        terminal.warn(&new, &plan.sources, Format::Human)
    }

    /// Keeps the last good artifacts and says why.
    fn hold(&mut self, run: &Run, terminal: &mut Terminal) -> Result<(), Failure> {
        let digest = run.inputs_digest();
        let since = match &self.broken {
            Some((before, _)) if *before == digest => return Ok(()),
            Some((_, since)) => *since,
            None => Stopwatch::start(),
        };
        self.broken = Some((digest, since));
        let mut causes = self
            .last
            .as_ref()
            .map(|old| pipeline::causes(old, run))
            .unwrap_or_default();
        // A run that ended early has not looked at all files: what it did not read is not gone.
        causes.retain(|c| c.what != "removed");
        terminal.line(&format!("{}  {}", now(), describe(&causes)))?;
        terminal.findings(&run.diagnostics, &run.sources, Format::Human)?;
        let good = self
            .committed
            .as_ref()
            .map_or_else(String::new, |c| format!(" (last good {c})"));
        terminal.line(&format!(
            "{RED}held{RED:#}: no artifact written, nothing committed{good}"
        ))
    }

    fn commit(
        &mut self,
        done: (&Run, &Plan, &crate::workspace::Applied),
        causes: &[Cause],
    ) -> Result<String, Failure> {
        let policy = done
            .0
            .config
            .as_ref()
            .map_or(CommitPolicy::Off, |c| c.commit);
        let Some(repository) = self
            .repository
            .as_ref()
            .filter(|_| policy == CommitPolicy::Both && !self.options.no_commit)
        else {
            return Ok("not committed".to_owned());
        };
        Ok(
            match publish::commit(&self.project, repository, done, causes)? {
                CommitOutcome::Committed { short, .. } => {
                    self.committed = Some(short.clone());
                    settle_soon(&self.project.root);
                    short
                }
                CommitOutcome::Unchanged => "no commit".to_owned(),
                CommitOutcome::Held(obstacle) => format!("not committed: {obstacle}"),
                CommitOutcome::Staged { paths } => {
                    format!(
                        "not committed: you have staged other content of {}",
                        paths.join(", ")
                    )
                }
            },
        )
    }
}

/// Puts the index right, a moment after a commit, if a `git commit` of the user's ran at the same time.
fn settle_soon(root: &Path) {
    let root = root.to_owned();
    std::thread::spawn(move || {
        std::thread::sleep(SETTLE);
        // What cannot be settled now is settled before the next commit, which reports what is wrong.
        let repository = Repository::discover(&root).ok().flatten();
        drop(repository.map(|r| r.settle()));
    });
}

/// One entry: time, cause, artifacts with their lines, commit, duration.
fn entry(
    causes: &[Cause],
    plan: &Plan,
    end: (&str, Stopwatch),
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let (commit, clock) = end;
    let changed: Vec<_> = plan
        .artifacts()
        .filter(|f| !matches!(f.decision, Decision::Unchanged | Decision::Keep))
        .collect();
    terminal.line(&format!("{}  {}", now(), describe(causes)))?;
    let mut names: Vec<String> = Vec::new();
    for file in changed.iter().take(4) {
        let (added, removed) = file.line_counts();
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        names.push(format!(
            "{name} {GREEN}+{added}{GREEN:#} {RED}-{removed}{RED:#}"
        ));
    }
    if changed.len() > 4 {
        names.push(format!("and {} more", changed.len() - 4));
    }
    let what = if names.is_empty() {
        "no artifact changed".to_owned()
    } else {
        names.join("  ")
    };
    terminal.line(&format!(
        "          {what}  {CYAN}{commit}{CYAN:#}  {}",
        show(clock.elapsed())
    ))
}

/// `churn.yaml  training.parameters[n_estimators].value 100 → 250`.
fn describe(causes: &[Cause]) -> String {
    let Some(first) = causes.first() else {
        return "brought up to date".to_owned();
    };
    let file = first.path.rsplit('/').next().unwrap_or(&first.path);
    let what = match &first.changes[..] {
        [] => first.what.to_owned(),
        [one] => one.to_string(),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    };
    let more = if causes.len() > 1 {
        format!(" and {} more files", causes.len() - 1)
    } else {
        String::new()
    };
    format!("{file}  {what}{more}")
}
