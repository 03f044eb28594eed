//! `mlopsgen watch`: one entry a change, with its cause, its artifacts, its commit and its duration; and what is wrong, as
//! long as it is.

mod commits;
mod editor;
mod inputs;
mod json;
mod keys;
mod people;
mod reference;
mod regenerate;
mod screen;
mod told;

pub(super) use inputs::is_input;
pub use reference::reference;

use std::cell::RefCell;
use std::time::Duration;

use super::args::{Args, Watch};
use super::project::Project;
use super::publish;
use super::terminal::{Stopwatch, Terminal};
use super::{Failure, Outcome};
use crate::diag::Diagnostic;
use crate::git::{Position, Repository, Target};
use crate::pipeline::{self, CommitPolicy, Live, PlannedFile, Run, Undo};
use crate::watch::keys::Keys;
use crate::watch::lock::Guard;
use crate::watch::{self, Batch, Handle, Notice, Scope, Step, Update};
use crate::workspace::{Changes, SeenWorld};
use commits::{Settled, Waiting};
use inputs::Inputs;
use keys::Wrong;
use screen::Teller;
use told::{Commits, Pause, Ready, Told, Why};

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
        let step = match watcher.update(update, clock, keys.as_ref()) {
            Err(failure) if watcher.is_ready => watcher.survive(failure),
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

/// How often to see whether what keeps commits waiting has ended, and how long after events to look at all files.
const WAIT: Duration = Duration::from_secs(1);
/// How long files must be as they are that no event told of.
const QUIET: Duration = Duration::from_millis(100);

/// What a run is for, and since when.
type Occasion = (Stopwatch, Why);

struct Watcher<'a, 't> {
    project: Project,
    repository: Option<Repository>,
    options: &'a Watch,
    inputs: &'a RefCell<Inputs>,
    teller: Teller<'t>,
    /// The files as they were looked at last.
    seen: SeenWorld,
    /// What changed in them since the last run.
    changes: Changes,
    /// Since when no more was looked at than what events told of.
    hinted: Option<Stopwatch>,
    /// What was made so far of the files as they were.
    live: Live,
    /// Whether the watch has begun.
    is_ready: bool,
    /// How many runs there were.
    runs: usize,
    /// Where `HEAD` was before the files were read.
    base: Option<Position>,
    /// Where commits go.
    target: Target,
    /// The last commit, where it has all that was generated then.
    settled: Option<Settled>,
    /// The last run without errors that was written.
    last: Option<Run>,
    /// The last run, where it had errors, so that each is told once, and since when there are some.
    broken: Option<(Run, Stopwatch)>,
    /// What is wrong, for keys.
    wrong: Wrong,
    /// The last commit that was made.
    committed: Option<String>,
    /// What the last commit waits for, where it was not made.
    waiting: Option<Waiting>,
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
    attention: Attention,
}

impl<'a, 't> Watcher<'a, 't> {
    fn new(
        (project, repository): (Project, Option<Repository>),
        (options, inputs): (&'a Watch, &'a RefCell<Inputs>),
        teller: Teller<'t>,
    ) -> Self {
        Self {
            seen: SeenWorld::new(&project.root),
            changes: Changes::all(),
            hinted: None,
            project: project.within(repository.as_ref()),
            repository,
            options,
            inputs,
            teller,
            live: Live::default(),
            is_ready: false,
            runs: 0,
            base: None,
            target: Target::Head,
            settled: None,
            last: None,
            broken: None,
            wrong: Wrong::default(),
            committed: None,
            waiting: None,
            told: Vec::new(),
            changed: Vec::new(),
            undo: Ok(Undo::default()),
            is_committed: false,
            failed: None,
            is_unfinished: false,
            attention: Attention::All,
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
                self.seen.forget();
                self.last = self.run_last_committed()?;
                let first = self.run()?;
                self.ready(&first, clock)?;
                self.regenerate(first, (Stopwatch::start(), Why::Changed))
            }
            Update::Notice(notice) => self.notice_of(&notice).map(|()| Step::Go),
            Update::Batch(batch) => {
                if self.attention != Attention::All {
                    self.attention = Attention::Missed;
                    return Ok(Step::Go);
                }
                let first = Stopwatch::since(batch.first_event);
                self.look_at(&batch);
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

    /// Runs over the last commit, so that the run over the files makes only what is otherwise in them.
    fn run_last_committed(&mut self) -> Result<Option<Run>, Failure> {
        let Some(repository) = &self.repository else {
            return Ok(None);
        };
        let target = publish::target(pipeline::configuration(&self.project.world).as_ref());
        publish::last_committed(&self.project, (repository, &target), &mut self.live)
    }

    fn run(&mut self) -> Result<Run, Failure> {
        self.base = match &self.repository {
            Some(repository) => Some(repository.position()?),
            None => None,
        };
        self.runs += 1;
        let changes = std::mem::take(&mut self.changes);
        let run = if changes.rest {
            let run = self.live.run(&self.seen);
            // Most of them were read before, from the last commit.
            let read = |path: &str| Some(run.text(path)?.text.as_bytes().clone());
            self.seen.share(read);
            run
        } else {
            self.live.run_after(&self.seen, &changes.files)
        };
        self.inputs.replace(Inputs::of(&run));
        self.target = publish::target(run.config.as_ref());
        Ok(run)
    }

    fn ready(&mut self, run: &Run, clock: Stopwatch) -> Result<(), Failure> {
        self.is_ready = true;
        let wanted = self.policy(run) != CommitPolicy::Off;
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

    /// Looks at all files, some time after events told of some: events may be lost. Regenerates where something changed, or
    /// once what kept a commit waiting has ended.
    fn look_again(&mut self) -> Result<Step, Failure> {
        if self.attention != Attention::All {
            return Ok(Step::Go);
        }
        let later = self.look();
        if !later.is_empty() {
            // Perhaps it is being written: nobody has told that it is complete.
            self.changes.add(later);
            return Ok(Step::Again(QUIET));
        }
        let is_new = !self.changes.is_empty();
        let is_waiting = self.is_unfinished || self.waiting.is_some();
        if !is_new && (!is_waiting || !self.is_unfinished && self.is_held_up()?) {
            return Ok(self.next_step());
        }
        let why = if is_new { Why::Changed } else { Why::Waited };
        let run = self.run()?;
        self.regenerate(run, (Stopwatch::start(), why))
    }

    /// Looks at what a batch tells of.
    fn look_at(&mut self, batch: &Batch) {
        if batch.rescan {
            self.seen.forget();
            self.changes = Changes::all();
            self.hinted = None;
            return;
        }
        let root = &self.project.root;
        let below = batch.paths.iter().map(|path| path.strip_prefix(root));
        let paths = below.filter_map(|path| path.ok()?.to_str());
        self.changes.add(self.seen.look_at(paths));
        self.hinted.get_or_insert_with(Stopwatch::start);
    }

    /// Looks at all files; what changed since the last look.
    fn look(&mut self) -> Changes {
        self.hinted = None;
        self.seen.look_again()
    }

    /// Looks at all files and runs.
    fn run_whole(&mut self) -> Result<Run, Failure> {
        let later = self.look();
        self.changes.add(later);
        self.run()
    }

    fn next_step(&self) -> Step {
        if self.is_unfinished || self.waiting.is_some() {
            Step::Again(WAIT)
        } else {
            self.hinted.map_or(Step::Go, |since| {
                Step::Again(WAIT.saturating_sub(since.elapsed()))
            })
        }
    }
}

/// Which changes are taken up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attention {
    /// All.
    All,
    /// None: a key has asked to wait.
    Waiting,
    /// None, and some have come.
    Missed,
}
