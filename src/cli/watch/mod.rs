//! `mlopsgen watch`: one entry a change, with its cause, its artifacts, its commit and its duration; and what is wrong, as
//! long as it is.

mod editor;
mod json;
mod keys;
mod people;
mod reference;
mod screen;
mod told;

pub use reference::reference;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::args::{Args, Watch};
use super::past::Past;
use super::project::Project;
use super::publish;
use super::terminal::{Stopwatch, Terminal};
use super::{Failure, Outcome};
use crate::diag::Diagnostic;
use crate::git::{CommitOutcome, Obstacle, Position, Repository};
use crate::pipeline::{self, Cause, CommitPolicy, Config, Live, Plan, PlannedFile, Run, Undo};
use crate::watch::keys::Keys;
use crate::watch::lock::Guard;
use crate::watch::{self, Handle, Notice, Scope, Step, Update};
use crate::workspace::Applied;
use keys::Wrong;
use screen::Teller;
use told::{Became, Commits, Entry, Pause, Problems, Ready, Told, Why};

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
    let handle = Handle::default();
    watch::on_interrupt(handle.clone())?;
    let root = project.root.clone();
    let output = pipeline::configuration(&project.world)
        .map_or_else(|| "generated".to_owned(), |c| c.output);
    let folder = root.file_name().unwrap_or_default().to_string_lossy();
    let teller = Teller::new(options, folder.into_owned(), terminal);
    let inputs = RefCell::new(Inputs::default());
    let mut watcher = Watcher::new((project, repository), (options, &inputs), teller);
    let settings = watch::Options {
        poll: options.poll.map(Duration::from_millis),
        ..watch::Options::default()
    };
    let scope = Scope {
        root: &root,
        relevant: &|path| is_input(path, &root, &output),
        awaited: &|path| inputs.borrow().have(path, &root),
    };
    let keys = if watcher.teller.is_screen() {
        Keys::listen(&handle)
    } else {
        None
    };
    if keys.is_some() {
        watcher.teller.offer_keys();
    }
    let mut ended = Ok(Outcome::Interrupted);
    watch::watch(&scope, &settings, &handle, &mut |update| {
        let quits = matches!(update, Update::Key('q'));
        let begins = matches!(update, Update::Watching);
        let step = match watcher.update(update, clock, keys.as_ref()) {
            Err(failure) if !begins => watcher.survive(failure),
            step => step,
        };
        match step {
            Ok(step) => {
                if quits {
                    ended = Ok(Outcome::Fine);
                }
                step
            }
            Err(error) => {
                ended = Err(error);
                Step::Stop
            }
        }
    })?;
    watcher.teller.tell(&Told::Stopped)?;
    drop(keys);
    let ended = ended?;
    watcher.teller.terminal.say("stopped")?;
    Ok(ended)
}

/// How long after a commit a `git commit` that ran beside it has ended.
const SETTLE: Duration = Duration::from_millis(300);
/// How often to see whether what keeps commits waiting has ended.
const WAIT: Duration = Duration::from_secs(1);
/// How often a change is taken up that the branch moves under.
const TRIES: usize = 3;

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

/// Which files the last run was about.
#[derive(Default)]
struct Inputs {
    config: Option<Config>,
    /// Those that others name, not the configuration.
    others: BTreeSet<String>,
}

impl Inputs {
    fn of(run: &Run) -> Self {
        let config = run.config.clone();
        let is_named = |path: &str| config.as_ref().is_some_and(|c| c.names(path));
        let own = run.inputs.values().filter(|i| i.pack.is_none());
        let others = own.map(|i| &i.path).filter(|p| !is_named(p));
        Self {
            others: others.cloned().collect(),
            config,
        }
    }

    fn have(&self, path: &Path, root: &Path) -> bool {
        let below = path.strip_prefix(root).unwrap_or(path);
        let Some(path) = below.to_str() else {
            return false;
        };
        self.others.contains(path) || self.config.as_ref().is_none_or(|c| c.names(path))
    }
}

/// What a run is for, and since when.
type Occasion = (Stopwatch, Why);

struct Watcher<'a, 't> {
    project: Project,
    repository: Option<Repository>,
    options: &'a Watch,
    inputs: &'a RefCell<Inputs>,
    teller: Teller<'t>,
    /// What was made so far of the files as they were.
    live: Live,
    /// How many runs there were.
    runs: usize,
    /// Where `HEAD` was before the files were read.
    base: Option<Position>,
    /// The last run without errors that was written.
    last: Option<Run>,
    /// The last run, where it had errors, so that each is told once, and since when there are some.
    broken: Option<(Run, Stopwatch)>,
    /// What is wrong, for keys.
    wrong: Wrong,
    /// The last commit that was made.
    committed: Option<String>,
    /// Why the last commit was not made.
    obstacle: Option<Obstacle>,
    /// Warnings of the last run.
    told: Vec<Diagnostic>,
    /// What the last entry changed.
    changed: Vec<PlannedFile>,
    /// How to take back what the last entry was about, or why that cannot be.
    undo: Result<Undo, String>,
    /// Whether what could be taken back is in a commit.
    is_committed: bool,
    /// What failed last.
    failed: Option<String>,
    /// Whether something is written that belongs to the next entry, or could not be.
    is_unfinished: bool,
    /// Whether a key has asked to wait.
    is_paused: bool,
    /// The first event that came meanwhile.
    missed: Option<Stopwatch>,
}

impl<'a, 't> Watcher<'a, 't> {
    fn new(
        (project, repository): (Project, Option<Repository>),
        (options, inputs): (&'a Watch, &'a RefCell<Inputs>),
        teller: Teller<'t>,
    ) -> Self {
        Self {
            project,
            repository,
            options,
            inputs,
            teller,
            live: Live::default(),
            runs: 0,
            base: None,
            last: None,
            broken: None,
            wrong: Wrong::default(),
            committed: None,
            obstacle: None,
            told: Vec::new(),
            changed: Vec::new(),
            undo: Ok(Undo::default()),
            is_committed: false,
            failed: None,
            is_unfinished: false,
            is_paused: false,
            missed: None,
        }
    }

    fn update(
        &mut self,
        update: Update,
        clock: Stopwatch,
        keys: Option<&Keys>,
    ) -> Result<Step, Failure> {
        match update {
            Update::Watching => {
                let first = self.run()?;
                self.ready(&first, clock)?;
                if let Some(repository) = &self.repository {
                    self.last = publish::last_committed(&self.project, repository)?;
                }
                self.regenerate(first, (Stopwatch::start(), Why::Changed))
            }
            Update::Notice(notice) => self.notice_of(&notice).map(|()| Step::Go),
            Update::Batch(batch) => {
                let first = Stopwatch::since(batch.first_event);
                if self.is_paused {
                    self.missed.get_or_insert(first);
                    return Ok(Step::Go);
                }
                let run = self.run()?;
                self.regenerate(run, (first, Why::Changed))
            }
            Update::Key(key) => self.press(key, keys),
            Update::Again => self.look_again(),
        }
    }

    /// Goes on after something could not be read or written, and tries again until it can.
    fn survive(&mut self, failure: Failure) -> Result<Step, Failure> {
        if failure.is_of_output() {
            return Err(failure);
        }
        self.is_unfinished = true;
        let text = failure.text();
        // A folder that is gone is told of, and nothing in it can be read.
        if self.project.has("") && self.failed.as_ref() != Some(&text) {
            self.teller.tell(&Told::Notice(text.clone()))?;
            self.failed = Some(text);
        }
        Ok(Step::Again(WAIT))
    }

    fn run(&mut self) -> Result<Run, Failure> {
        self.base = match &self.repository {
            Some(repository) => Some(repository.position()?),
            None => None,
        };
        self.runs += 1;
        let run = self.live.run(&self.project.world);
        self.inputs.replace(Inputs::of(&run));
        Ok(run)
    }

    fn ready(&mut self, run: &Run, clock: Stopwatch) -> Result<(), Failure> {
        let wanted = self.policy(run) == CommitPolicy::Both;
        let folder = self.project.root.file_name().unwrap_or_default();
        self.teller.tell(&Told::Ready(Ready {
            folder: &folder.to_string_lossy(),
            run,
            commits: match &self.repository {
                None => Commits::Nowhere,
                Some(_) if wanted => Commits::Made,
                Some(_) => Commits::NotWanted,
            },
            poll: self.options.poll.map(Duration::from_millis),
            took: clock.elapsed(),
        }))
    }

    fn notice_of(&mut self, notice: &Notice) -> Result<(), Failure> {
        self.teller.tell(&match notice {
            Notice::Polling { .. } => Told::Notice(notice.to_string()),
            Notice::RootMissing => Told::Paused(Pause {
                reason: "the watched folder is gone".to_owned(),
                hint: "it is watched again once it is there",
            }),
            Notice::RootBack => Told::Resumed,
        })
    }

    /// Regenerates once what kept a commit waiting has ended.
    fn look_again(&mut self) -> Result<Step, Failure> {
        if (self.obstacle.is_none() && !self.is_unfinished) || self.is_paused {
            return Ok(Step::Go);
        }
        if self.obstacle.is_some() && self.is_held_up()? {
            return Ok(Step::Again(WAIT));
        }
        let run = self.run()?;
        self.regenerate(run, (Stopwatch::start(), Why::Changed))
    }

    fn is_held_up(&self) -> Result<bool, Failure> {
        Ok(match &self.repository {
            Some(repository) => repository.obstacle()?.is_some(),
            None => false,
        })
    }

    /// Regenerates; again if the branch moved meanwhile, which no event need tell of.
    fn regenerate(&mut self, run: Run, occasion: Occasion) -> Result<Step, Failure> {
        let mut run = run;
        for _ in 1..TRIES {
            let moved = self.attempt(run, occasion, WhenMoved::Silent)?;
            if !moved {
                return Ok(self.next_step());
            }
            run = self.run()?;
        }
        self.attempt(run, occasion, WhenMoved::Told)?;
        Ok(self.next_step())
    }

    fn next_step(&self) -> Step {
        match &self.obstacle {
            _ if self.is_unfinished => Step::Again(WAIT),
            Some(obstacle) if passes(obstacle) => Step::Again(WAIT),
            _ => Step::Go,
        }
    }

    /// Writes and commits a run, and says so. Returns whether the branch moved meanwhile.
    fn attempt(
        &mut self,
        run: Run,
        (clock, why): Occasion,
        when_moved: WhenMoved,
    ) -> Result<bool, Failure> {
        if run.diagnostics.has_errors() {
            publish::schema(&self.project, &run)?;
            return self.hold(run, (clock, why)).map(|()| false);
        }
        self.is_unfinished = false;
        self.resume()?;
        let causes = self.causes(&run);
        let (plan, applied) = publish::write(&self.project, &run)?;
        if let Some((_, since)) = self.broken.take() {
            self.wrong = Wrong::default();
            let after = since.elapsed();
            self.teller.tell(&Told::Fixed { after })?;
        }
        if causes.is_empty() && plan.changes().next().is_none() && why == Why::Changed {
            self.last = Some(run);
            return Ok(false);
        }
        for displaced in &applied.displaced {
            let told = Past::of(&self.project).describe(displaced);
            self.teller.tell(&Told::Notice(told))?;
        }
        let outcome = self.commit((&run, &plan, &applied), &causes)?;
        if matches!(outcome, Some(CommitOutcome::Held(Obstacle::Changed { .. }))) {
            // The save that came since is taken up with this one.
            self.is_unfinished = true;
            return Ok(false);
        }
        let moved = matches!(outcome, Some(CommitOutcome::Held(Obstacle::HeadMoved)));
        if moved && when_moved == WhenMoved::Silent {
            return Ok(true);
        }
        let findings = self.new_findings(&run, &plan);
        self.teller.tell(&Told::Entry(Entry {
            number: self.runs,
            why,
            causes: &causes,
            run: &run,
            plan: &plan,
            findings: &findings,
            became: became(outcome.as_ref()),
            took: clock.elapsed(),
        }))?;
        self.wait_for(outcome.as_ref())?;
        self.failed = None;
        if let Some(old) = &self.last {
            self.undo = Undo::of(&causes, old, &run);
            self.is_committed = matches!(outcome, Some(CommitOutcome::Committed { .. }));
        }
        self.changed = plan.files;
        self.changed
            .retain(|f| f.decision.is_change() && !f.path.starts_with(pipeline::OWN));
        self.last = Some(run);
        Ok(moved)
    }

    fn causes(&self, run: &Run) -> Vec<Cause> {
        let last = self.last.as_ref();
        last.map(|old| pipeline::causes(old, run))
            .unwrap_or_default()
    }

    /// Takes note that nothing keeps commits waiting any more. What waited is seen from the last commit, which may hold
    /// some of it by now.
    fn resume(&mut self) -> Result<(), Failure> {
        let Some(repository) = self.repository.as_ref().filter(|_| self.obstacle.is_some()) else {
            return Ok(());
        };
        if repository.obstacle()?.is_some() {
            return Ok(());
        }
        self.last = publish::last_committed(&self.project, repository)?;
        self.obstacle = None;
        self.teller.tell(&Told::Resumed)
    }

    /// Says why a commit was not made, once for each reason.
    fn wait_for(&mut self, outcome: Option<&CommitOutcome>) -> Result<(), Failure> {
        let Some(CommitOutcome::Held(obstacle)) = outcome else {
            return Ok(());
        };
        if self.obstacle.replace(obstacle.clone()).as_ref() == Some(obstacle) {
            return Ok(());
        }
        self.teller.tell(&Told::Paused(Pause {
            reason: format!("nothing is committed: {obstacle}"),
            hint: obstacle.hint(),
        }))
    }

    /// The warnings that were not told for the change before, and all conflicts.
    fn new_findings(&mut self, run: &Run, plan: &Plan) -> Vec<Diagnostic> {
        let all: Vec<Diagnostic> = run
            .diagnostics
            .iter()
            .chain(&plan.findings)
            .cloned()
            .collect();
        // The text moves under a warning that stays.
        let known = |f: &Diagnostic| {
            let same = |t: &Diagnostic| t.code == f.code && t.message == f.message;
            self.told.iter().any(same)
        };
        let new = |f: &&Diagnostic| f.is_error() || !known(f);
        let found = all.iter().filter(new).cloned().collect();
        self.told = all;
        found
    }

    /// Keeps the last good artifacts and says why.
    fn hold(&mut self, run: Run, (clock, why): Occasion) -> Result<(), Failure> {
        let mut causes = self.causes(&run);
        // A run that ended early has not looked at all files: what it did not read is not gone.
        causes.retain(|c| c.what != "removed");
        let held = self.last.as_ref().map_or(0, |old| hang_on(old, &causes));
        if let Some(old) = &self.last {
            self.undo = Undo::of(&causes, old, &run);
            self.is_committed = false;
        }
        let since = match &self.broken {
            Some((before, since)) => {
                if why == Why::Changed && before.inputs_digest() == run.inputs_digest() {
                    return Ok(());
                }
                // What was told already is no news.
                causes.retain(|c| before.inputs.get(&c.path) != run.inputs.get(&c.path));
                *since
            }
            None => Stopwatch::start(),
        };
        self.wrong = Wrong::of(&run);
        self.teller.offer_fixes(self.wrong.titles());
        self.teller.tell(&Told::Problems(Problems {
            number: self.runs,
            why,
            causes: &causes,
            run: &run,
            held,
            good: self.committed.as_deref(),
            took: clock.elapsed(),
        }))?;
        self.broken = Some((run, since));
        Ok(())
    }

    fn policy(&self, run: &Run) -> CommitPolicy {
        if self.options.no_commit {
            return CommitPolicy::Off;
        }
        let config = run.config.as_ref();
        config.map_or(CommitPolicy::Off, |c| c.commit)
    }

    /// Commits what was written; `None` where nothing is to be committed.
    fn commit(
        &mut self,
        done: (&Run, &Plan, &Applied),
        causes: &[Cause],
    ) -> Result<Option<CommitOutcome>, Failure> {
        let (Some(repository), Some(base)) = (&self.repository, &self.base) else {
            return Ok(None);
        };
        if self.policy(done.0) != CommitPolicy::Both {
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

/// What is said of a change that the branch moved under.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WhenMoved {
    /// Nothing: it is tried again.
    Silent,
    /// That it is not committed.
    Told,
}

/// Whether an obstacle goes away without a change of files, and can be looked for without harm.
fn passes(obstacle: &Obstacle) -> bool {
    matches!(
        obstacle,
        Obstacle::ApplyMailbox
            | Obstacle::Bisect
            | Obstacle::CherryPick
            | Obstacle::Merge
            | Obstacle::Rebase
            | Obstacle::Revert
            | Obstacle::Locked { .. }
            | Obstacle::DetachedHead
            | Obstacle::NoIdentity
            | Obstacle::HeadMoved
    )
}

/// What became of a change.
fn became(outcome: Option<&CommitOutcome>) -> Became {
    match outcome {
        None => Became::Written,
        Some(CommitOutcome::Committed { short, .. }) => Became::Committed(short.clone()),
        Some(CommitOutcome::Unchanged) => Became::Unchanged,
        Some(CommitOutcome::Held(obstacle)) => Became::Held(obstacle.to_string()),
        Some(CommitOutcome::Staged { paths }) => Became::Held(format!(
            "you have staged other content of {}",
            paths.join(", ")
        )),
    }
}

/// How many artifacts of a run hang on changes: those of the models that changed, or all.
fn hang_on(run: &Run, causes: &[Cause]) -> usize {
    let is_model = |c: &Cause| run.models.iter().any(|m| m.path == c.path);
    let all = !causes.iter().all(is_model);
    let artifacts = run.artifacts();
    artifacts
        .filter(|(m, _)| all || causes.iter().any(|c| c.path == m.path))
        .count()
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
