//! `mlopsgen watch`: one entry a change, with its cause, its artifacts, its commit and its duration.

use std::path::Path;
use std::time::Duration;

use super::args::{Args, Format, Watch};
use super::past::Past;
use super::project::Project;
use super::publish;
use super::terminal::{
    BOLD, CYAN, DIM, GREEN, RED, Stopwatch, Terminal, counted, now, scope, show,
};
use super::{Failure, Outcome};
use crate::diag::{Diagnostic, Diagnostics};
use crate::git::{CommitOutcome, Obstacle, Position, Repository};
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
        Some(repository) => Some(Guard::of_repository(repository.git_dir())?),
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
        base: None,
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
pub(super) fn is_input(path: &Path, root: &Path, output: &str) -> bool {
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
    /// Where `HEAD` was before the files were read.
    base: Option<Position>,
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
                let first = self.run()?;
                self.header(&first, clock, terminal)?;
                self.begin(first, terminal)
            }
            Update::Notice(notice) => terminal.line(&format!("{}  {notice}", now())),
            Update::Batch(batch) => {
                let run = self.run()?;
                self.regenerate(run, Stopwatch::since(batch.first_event), terminal)
            }
        }
    }

    fn run(&mut self) -> Result<Run, Failure> {
        self.base = match &self.repository {
            Some(repository) => Some(repository.position()?),
            None => None,
        };
        Ok(self.live.run(&self.project.world))
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

    /// Regenerates; again if the branch moved meanwhile, which no event need tell of.
    fn regenerate(
        &mut self,
        run: Run,
        clock: Stopwatch,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        let mut run = run;
        for _ in 1..TRIES {
            let moved = self.attempt(run, (clock, WhenMoved::Silent), terminal)?;
            if !moved {
                return Ok(());
            }
            run = self.run()?;
        }
        self.attempt(run, (clock, WhenMoved::Told), terminal)?;
        Ok(())
    }

    /// Writes and commits a run, and says so. Returns whether the branch moved meanwhile.
    fn attempt(
        &mut self,
        run: Run,
        (clock, when_moved): (Stopwatch, WhenMoved),
        terminal: &mut Terminal,
    ) -> Result<bool, Failure> {
        if run.diagnostics.has_errors() {
            publish::schema(&self.project, &run)?;
            return self.hold(&run, terminal).map(|()| false);
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
            return Ok(false);
        }
        terminal.warn(&run.diagnostics, &run.sources, Format::Human)?;
        self.tell_new(&plan, terminal)?;
        for displaced in &applied.displaced {
            let told = Past::of(&self.project).describe(displaced);
            terminal.line(&told)?;
        }
        let commit = self.commit((&run, &plan, &applied), &causes)?;
        let moved = matches!(commit, Some(CommitOutcome::Held(Obstacle::HeadMoved)));
        if moved && when_moved == WhenMoved::Silent {
            return Ok(true);
        }
        entry(&causes, &plan, (&told(commit), clock), terminal)?;
        self.last = Some(run);
        Ok(moved)
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

    /// Commits what was written; `None` where nothing is to be committed.
    fn commit(
        &mut self,
        done: (&Run, &Plan, &crate::workspace::Applied),
        causes: &[Cause],
    ) -> Result<Option<CommitOutcome>, Failure> {
        let config = done.0.config.as_ref();
        let policy = config.map_or(CommitPolicy::Off, |c| c.commit);
        let (Some(repository), Some(base)) = (&self.repository, &self.base) else {
            return Ok(None);
        };
        if policy != CommitPolicy::Both || self.options.no_commit {
            return Ok(None);
        }
        let outcome = publish::commit(&self.project, (repository, base), done, &causes.into())?;
        if let CommitOutcome::Committed { short, .. } = &outcome {
            self.committed = Some(short.clone());
            settle_soon(&self.project.root);
        }
        Ok(Some(outcome))
    }
}

/// How often a change is taken up that the branch moves under.
const TRIES: usize = 3;

/// What is said of a change that the branch moved under.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WhenMoved {
    /// Nothing: it is tried again.
    Silent,
    /// That it is not committed.
    Told,
}

/// The word of an entry for what became of its commit.
fn told(commit: Option<CommitOutcome>) -> String {
    match commit {
        None => "not committed".to_owned(),
        Some(CommitOutcome::Committed { short, .. }) => short,
        Some(CommitOutcome::Unchanged) => "no commit".to_owned(),
        Some(CommitOutcome::Held(obstacle)) => format!("not committed: {obstacle}"),
        Some(CommitOutcome::Staged { paths }) => format!(
            "not committed: you have staged other content of {}",
            paths.join(", ")
        ),
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
