//! From a run to files and a commit: what `generate --commit`, `watch` and `demo` share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::thread;

use super::Failure;
use super::past::Past;
use super::project::Project;
use super::terminal::Terminal;
use crate::audit::{self, Occasion, RecordDigests, Rest};
use crate::git::{
    Change, CommitOutcome, CommitRequest, Message, Obstacle, PastWorlds, Position, Repository,
    Target, within,
};
use crate::pipeline::{
    self, Cause, CommitPolicy, Config, Decision, Input, Live, Models, Plan, PlannedFile, Record,
    Run, State,
};
use crate::workspace::Applied;
use crate::world::{Bytes, MemoryWorld, World as _};

/// Refuses to begin with what could not be committed.
pub(super) fn ready(project: &Project, repository: &Repository) -> Result<(), Failure> {
    let config = pipeline::configuration(&project.world);
    let Some(obstacle) = repository.obstacle_to(&target(config.as_ref()))? else {
        return Ok(());
    };
    let failure = Failure::usage(format!("nothing written, nothing committed: {obstacle}"));
    Err(match obstacle.hint() {
        "" => failure,
        hint => failure.hint(hint),
    })
}

/// Plans and writes a run without errors.
pub(super) fn write(project: &Project, run: &Run) -> Result<(Plan, Applied), Failure> {
    let writing = Writing::of(project, &|| Ok(true));
    let (plan, applied, _) = writing.whole((run, Models::All))?;
    Ok((plan, applied))
}

/// Runs are planned and written piece by piece, so that what was written need not be held.
pub(super) struct Writing<'p> {
    project: &'p Project,
    /// Whether the files that were read are still those of the branch: nothing is written of others.
    is_current: &'p dyn Fn() -> Result<bool, Failure>,
}

/// Whether all of a run was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// All of it.
    All,
    /// What was planned before the branch moved, or nothing.
    Part,
}

/// Why no further piece is planned.
enum Stop {
    Moved,
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl<'p> Writing<'p> {
    /// In a project, where something tells before each piece whether it may still be written.
    pub(super) fn of(
        project: &'p Project,
        is_current: &'p dyn Fn() -> Result<bool, Failure>,
    ) -> Self {
        Self {
            project,
            is_current,
        }
    }

    /// Writes a run without errors, and holds all that was planned: for those who commit it.
    pub(super) fn whole(
        &self,
        of: (&Run, Models<'_>),
    ) -> Result<(Plan, Applied, Written), Failure> {
        let mut whole = Plan::default();
        let (applied, written) = self.write(of, &mut |piece, _| {
            whole.go_on_with(piece);
            Ok(())
        })?;
        Ok((whole, applied, written))
    }

    /// Writes a run without errors: what was made of these models, where what was made of the others is known to be there.
    /// Tells of each piece what was planned, and what became of all until then.
    pub(super) fn write(
        &self,
        of: (&Run, Models<'_>),
        each: &mut dyn FnMut(Plan, &mut Applied) -> Result<(), Failure>,
    ) -> Result<(Applied, Written), Failure> {
        let past = Past::of(self.project);
        let mut applied = Applied {
            displaced: past.recover()?,
            ..Applied::default()
        };
        let all = past.in_pieces(of, &self.project.world, &mut |piece| {
            if !(self.is_current)()? {
                return Err(Stop::Moved);
            }
            past.remember(piece.artifacts.into_iter())?;
            past.go_on(&piece.plan, &mut applied)?;
            Ok(each(piece.plan, &mut applied)?)
        });
        match all {
            Ok(()) => {}
            Err(Stop::Moved) => return Ok((applied, Written::Part)),
            Err(Stop::Failed(failure)) => return Err(failure),
        }
        if of.1.is_all() {
            past.tidy(of.0)?;
        }
        Ok((applied, Written::All))
    }
}

/// Brings the schema for editors up to date though models have errors: it helps most while they do not fit.
pub(super) fn schema(project: &Project, run: &Run) -> Result<(), Failure> {
    let mut plan = Plan::default();
    plan.files
        .extend(pipeline::schema_file(run, &project.world)?);
    Past::of(project).apply(&plan)?;
    Ok(())
}

/// Where commits go that a configuration asks for.
pub(super) fn target(config: Option<&Config>) -> Target {
    match config {
        Some(config) if config.commit == CommitPolicy::SideRef => Target::History,
        Some(Config {
            branch: Some(branch),
            ..
        }) => Target::Branch(branch.clone()),
        _ => Target::Head,
    }
}

/// The run of the last commit where commits go, for the causes of the next; `None` where it holds no workspace.
pub(super) fn last_committed(
    project: &Project,
    (repository, target): (&Repository, &Target),
    live: &mut Live,
) -> Result<Option<Run>, Failure> {
    let revision = match repository.reference(target)? {
        Some(reference) => reference,
        None if repository.head()?.is_none() => return Ok(None),
        None => "HEAD".to_owned(),
    };
    let prefix = repository.prefix_of(&project.root)?;
    let world = PastWorlds::of(repository, &prefix)?.at(&revision)?;
    Ok(world
        .read(pipeline::CONFIG_FILE)?
        .is_some()
        .then(|| live.run(&world)))
}

/// Commits the inputs and artifacts of a run that was written, if `HEAD` is where it was before they were read. Returns the
/// digests of all records beside the outcome.
pub(super) fn commit(
    project: &Project,
    (repository, base): (&Repository, &Position),
    done: (&Run, &Plan, &Applied),
    occasion: &Occasion<'_>,
) -> Result<(CommitOutcome, RecordDigests), Failure> {
    let (run, plan, _) = done;
    let mut prepared = match prepare(project, repository, done, occasion)? {
        Ok(prepared) => prepared,
        Err(obstacle) => return Ok((CommitOutcome::Held(obstacle), RecordDigests::default())),
    };
    if let Some(input) = prepared.ignored_input() {
        let failure = Failure::usage(format!(
            "git ignores {input}, which the artifacts are made of"
        ));
        return Err(failure.hint("take it out of .gitignore, or out of the workspace"));
    }
    let ignored = prepared.ignored;
    prepared.changes.retain(|c| !ignored.contains(&c.path));
    let records = prepared.records;
    let message = OnceLock::new();
    let make = || audit::message(run, plan, occasion, &records.together());
    let outcome = thread::scope(|scope| {
        // It is about all inputs and records, so that it takes a while. Without a thread, it is made when it is asked for.
        let made = || _ = message.get_or_init(make);
        let _ = thread::Builder::new().spawn_scoped(scope, made);
        repository.commit(&CommitRequest {
            changes: prepared.changes,
            message: Message::later(|| message.get_or_init(make).clone()),
            base: Some(base.clone()),
            target: target(run.config.as_ref()),
        })
    })?;
    Ok((outcome, records))
}

/// What a commit is to hold.
pub(super) struct Prepared {
    /// The inputs, then the artifacts, records and completed models, by their paths in the repository.
    pub(super) changes: Vec<Change>,
    /// How many of them are inputs.
    inputs: usize,
    /// The paths among them that git ignores.
    pub(super) ignored: BTreeSet<String>,
    /// The digests of the records as the commit will have them.
    records: RecordDigests,
}

impl Prepared {
    /// An input that git ignores: what is made of it could not be verified.
    pub(super) fn ignored_input(&self) -> Option<&str> {
        let inputs = self.changes[..self.inputs].iter();
        let mut ignored = inputs.filter(|c| self.ignored.contains(&c.path));
        ignored.next().map(|c| c.path.as_str())
    }
}

/// Gathers what a commit is to hold; or what stands in its way.
pub(super) fn prepare(
    project: &Project,
    repository: &Repository,
    done: (&Run, &Plan, &Applied),
    occasion: &Occasion<'_>,
) -> Result<Result<Prepared, Obstacle>, Failure> {
    let (run, plan, _) = done;
    let policy = run.config.as_ref().map(|c| c.commit);
    let mut changes = match inputs(project, run, occasion)? {
        // They are the user's to commit.
        Ok(_) if policy == Some(CommitPolicy::Outputs) => Vec::new(),
        Ok(inputs) => inputs,
        Err(path) => return Ok(Err(Obstacle::Changed { path })),
    };
    let inputs = changes.len();
    match outputs(project, done, occasion.rest)? {
        Ok(outputs) => changes.extend(outputs),
        Err(path) => return Ok(Err(Obstacle::Edited { path })),
    }
    if occasion.rest == Rest::Unknown {
        changes.extend(gone(project, repository, plan)?);
    }
    let records = records(plan, &changes, occasion.rest);
    let prefix = repository.prefix_of(&project.root)?;
    for change in &mut changes {
        change.path = within(&prefix, &change.path);
    }
    let paths: Vec<&str> = changes.iter().map(|c| c.path.as_str()).collect();
    let ignored = repository.ignored(&paths)?.into_iter();
    Ok(Ok(Prepared {
        ignored: ignored.map(str::to_owned).collect(),
        changes,
        inputs,
        records,
    }))
}

/// Says what became of a commit that was asked for; where there is none, that is a failure.
pub(super) fn tell(
    (repository, target): (&Repository, &Target),
    outcome: &CommitOutcome,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    match outcome {
        CommitOutcome::Committed { short, .. } => {
            let current = || repository.branch().unwrap_or_else(|| "HEAD".to_owned());
            let beside = repository.reference(target)?;
            let branch = beside.unwrap_or_else(current);
            let branch = branch.trim_start_matches("refs/heads/");
            terminal.say(&format!("committed {short} on {branch}"))
        }
        CommitOutcome::Unchanged => {
            terminal.say("nothing to commit: the last commit has all of it")
        }
        CommitOutcome::Held(obstacle) => {
            let failure = Failure::usage(format!("not committed: {obstacle}"));
            Err(failure.hint(obstacle.hint()))
        }
    }
}

/// Files of the workspace that were read, and those that were read before and are gone; or the path of one that is
/// not what was read any more.
fn inputs(
    project: &Project,
    run: &Run,
    occasion: &Occasion<'_>,
) -> Result<Result<Vec<Change>, String>, Failure> {
    let causes = occasion.causes;
    let changed: Vec<&Input> = match occasion.rest {
        Rest::Unknown => run.inputs.values().collect(),
        Rest::Committed(_) => causes
            .iter()
            .filter_map(|c| run.inputs.get(&c.path))
            .collect(),
    };
    let mut changes = Vec::new();
    for input in changed.into_iter().filter(|i| i.pack.is_none()) {
        let read = project.world.read(&input.path)?;
        match read.filter(|bytes| *pipeline::sha256(bytes) == *input.sha256) {
            Some(bytes) => changes.push(Change {
                path: input.path.to_string(),
                content: Some(bytes),
            }),
            None => return Ok(Err(input.path.to_string())),
        }
    }
    let config = run.config.as_ref();
    let is_named = |path: &str| config.is_some_and(|c| c.names(path));
    for Cause { path, .. } in causes.iter().filter(|c| !run.inputs.has(&c.path)) {
        match project.world.read(path)? {
            None => changes.push(Change {
                path: path.clone(),
                content: None,
            }),
            // Back again.
            Some(_) if is_named(path) => return Ok(Err(path.clone())),
            Some(_) => {}
        }
    }
    Ok(Ok(changes))
}

/// Artifacts and records that are as the run wants them; or the path of one whose edits cannot be left out.
///
/// Edits that nobody has accepted are left to their author: what is committed of such a file is what the last commit
/// has of it, with what is generated now.
fn outputs(
    project: &Project,
    done: (&Run, &Plan, &Applied),
    rest: Rest<'_>,
) -> Result<Result<Vec<Change>, String>, Failure> {
    let (run, plan, applied) = done;
    // What somebody saved at this moment is an edit too.
    let edits: BTreeSet<String> = plan.edits.iter().chain(&applied.held).cloned().collect();
    let right = |file: &&PlannedFile| {
        let is_in_commit = rest != Rest::Unknown && file.decision == Decision::Unchanged;
        file.decision != Decision::Keep && !is_in_commit && !edits.contains(&file.path)
    };
    let change = |file: &PlannedFile| Change {
        path: file.path.clone(),
        content: file.content.clone(),
    };
    let mut changes: Vec<Change> = plan.files.iter().filter(right).map(change).collect();
    if edits.is_empty() {
        return Ok(Ok(changes));
    }
    let committed = plan_of_commit(project, run)?;
    for path in &edits {
        let Some(file) = committed.files.iter().find(|f| f.path == *path) else {
            continue;
        };
        let is_theirs = matches!(committed.states.get(path), Some(State::Edited | State::Own));
        let stuck = file.decision == Decision::Keep && !is_theirs;
        if file.decision == Decision::Conflict || stuck {
            return Ok(Err(path.clone()));
        }
        if file.decision != Decision::Keep {
            changes.push(change(file));
        }
    }
    let others: BTreeMap<&str, &Bytes> = committed.records().collect();
    for change in &mut changes {
        let (Some(text), Some(other)) = (&change.content, others.get(&*change.path)) else {
            continue;
        };
        if let (Some(record), Some(other)) = (Record::read(text), Record::read(other)) {
            let record = record.with_subjects_of(&other, &edits);
            change.content = Some(record.text().into());
        }
    }
    Ok(Ok(changes))
}

/// The digests of the records as a commit of some changes will have them.
fn records(plan: &Plan, changes: &[Change], rest: Rest<'_>) -> RecordDigests {
    let mut records = match rest {
        Rest::Unknown => RecordDigests::default(),
        Rest::Committed(known) => known.clone(),
    };
    let changed: BTreeMap<&str, &Change> = changes.iter().map(|c| (&*c.path, c)).collect();
    for (path, text) in plan.records() {
        let change = changed.get(path).and_then(|c| c.content.as_ref());
        records.insert(path, change.unwrap_or(text));
    }
    for change in changes.iter().filter(|c| c.content.is_none()) {
        records.remove(&change.path);
    }
    records
}

/// Artifacts, records and completed models of the last commit that nothing generates any more and that are not in the work tree either: a
/// run removed them that committed nothing, or that came to no end.
fn gone(project: &Project, repository: &Repository, plan: &Plan) -> Result<Vec<Change>, Failure> {
    if repository.head()?.is_none() {
        return Ok(Vec::new());
    }
    let head = project.at_revision("HEAD")?;
    let records = pipeline::records(&head)?;
    let completed = pipeline::completed_models(&head)?;
    let subjects = records.values().flat_map(|r| &r.subject);
    let subjects = subjects.map(|s| &s.name).chain(&completed);
    let known: BTreeSet<&str> = plan.files.iter().map(|f| f.path.as_str()).collect();
    let mut changes = Vec::new();
    for path in records.keys().chain(subjects) {
        if !known.contains(path.as_str()) && project.world.read(path)?.is_none() {
            let path = path.clone();
            changes.push(Change {
                path,
                content: None,
            });
        }
    }
    Ok(changes)
}

/// What a run asks for where the workspace is as the last commit has it.
fn plan_of_commit(project: &Project, run: &Run) -> Result<Plan, Failure> {
    let past = Past::of(project);
    let is_born = match project.repository()? {
        Some(repository) => repository.head()?.is_some(),
        None => false,
    };
    Ok(if is_born {
        past.plan(run, &project.at_revision("HEAD")?)?
    } else {
        past.plan(run, &MemoryWorld::default())?
    })
}
