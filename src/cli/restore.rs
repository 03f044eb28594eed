//! `mlopsgen restore`: inputs as an earlier commit has them, what they generate, and a commit that says why.

use std::collections::{BTreeMap, BTreeSet};

use super::args::{Args, Format, Restore};
use super::generate::{self, Tally};
use super::past::Past;
use super::project::Project;
use super::terminal::{RED, Stopwatch, Terminal};
use super::{Failure, Outcome, publish};
use crate::audit::{Occasion, Rest, Restored};
use crate::diag::{counted, did_you_mean};
use crate::git::{CommitWorld, Commits, PastWorlds, Repository, Revision};
use crate::pipeline::{self, Decision, Plan, PlannedFile, Run};
use crate::watch::lock::{Guard, LockError};
use crate::world::{Bytes, EditedWorld, World as _};

pub(super) fn run(
    args: &Args,
    options: &Restore,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let clock = Stopwatch::start();
    let project = Project::find(args)?;
    let repository = project.needed_repository()?;
    // Who watches would commit the inputs before the reason could be told.
    let _guard = Guard::of_repository(repository.git_dir()).map_err(|error| match error {
        LockError::Held { pid, .. } => {
            let pid = pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
            let message = format!("`mlopsgen watch` runs here{pid}, and would commit first");
            Failure::usage(message).hint("end it, then restore")
        }
        other @ LockError::Io { .. } => Failure::Lock(other),
    })?;
    publish::ready(&project, &repository)?;
    let base = repository.position()?;
    let past = Past::of(&project);
    for displaced in past.recover()? {
        terminal.say(&past.describe(&displaced))?;
    }
    let restoring = Restoring::begin(args, options, (&project, &repository))?;
    let (inputs, edited) = restoring.inputs()?;
    if inputs.is_empty() {
        let short = &restoring.revision.short;
        terminal.say(&format!(
            "nothing to restore: all of it is as {short} has it"
        ))?;
        return Ok(Outcome::Fine);
    }
    let run = pipeline::run(&edited);
    terminal.warn(&run.diagnostics, &run.sources, Format::Human)?;
    if run.diagnostics.has_errors() {
        let short = &restoring.revision.short;
        terminal.say(&format!(
            "{RED}nothing restored{RED:#}: what {short} has does not go together with the rest, see above"
        ))?;
        return Ok(Outcome::Findings);
    }
    if options.diff {
        let plan = past.plan(&run, &edited)?;
        for file in inputs.iter().chain(plan.artifacts()) {
            if file.decision != Decision::Keep {
                terminal.print(&file.unified())?;
            }
        }
        return Ok(Outcome::Fine);
    }
    let count = inputs.len();
    write(inputs, &past)?;
    let (plan, mut applied) = publish::write(&project, &run)?;
    let mut tally = Tally::default();
    tally.add(&plan, &mut applied);
    generate::report(&project, terminal, (&plan, &applied), Format::Human)?;
    let inputs = counted(count, "input");
    terminal.say(&format!(
        "restored {inputs} of {}, {}",
        restoring.revision.short,
        tally.summary(clock)
    ))?;
    if plan.is_held() || !applied.held.is_empty() {
        terminal.say(&format!(
            "{RED}nothing committed{RED:#}: files were kept as they are"
        ))?;
        return Ok(Outcome::Findings);
    }
    let causes = pipeline::causes(&restoring.head, &run);
    let occasion = Occasion {
        causes: &causes,
        restored: Some(Restored {
            paths: &restoring.paths,
            from: &restoring.revision,
            reason: options.message.as_deref().unwrap_or_default(),
        }),
        rest: Rest::Unknown,
    };
    let done = (&run, &plan, &applied);
    let (outcome, _) = publish::commit(&project, (&repository, &base), done, &occasion)?;
    let target = publish::target(run.config.as_ref());
    publish::tell((&repository, &target), &outcome, terminal)?;
    Ok(Outcome::Fine)
}

/// What is to be restored, and from where.
struct Restoring<'p> {
    project: &'p Project,
    revision: Revision,
    /// What is asked for; empty where it is all.
    paths: Vec<String>,
    old: CommitWorld,
    /// The last commit, and what it generates.
    committed: CommitWorld,
    head: Run,
    /// The inputs that the earlier commit has, and those that there are now.
    known: BTreeSet<String>,
}

impl<'p> Restoring<'p> {
    fn begin(
        args: &Args,
        options: &Restore,
        (project, repository): (&'p Project, &Repository),
    ) -> Result<Self, Failure> {
        let mut found = repository.commits(Commits::Named(&options.revision))?;
        let (Some(revision), true) = (found.pop(), found.is_empty()) else {
            let message = format!("`{}` is not one commit", options.revision);
            return Err(Failure::usage(message));
        };
        let mut paths = Vec::new();
        for path in &options.paths {
            paths.push(project.relative(args, path)?);
        }
        if paths.iter().any(String::is_empty) {
            paths.clear();
        }
        let worlds = PastWorlds::of(repository, &repository.prefix_of(&project.root)?)?;
        let (old, committed) = (worlds.at(&revision.id)?, worlds.at("HEAD")?);
        let (head, now) = (pipeline::run(&committed), pipeline::run(&project.world));
        let all = [pipeline::run(&old), now];
        let inputs = all.iter().chain([&head]).flat_map(own_inputs);
        let restoring = Self {
            known: inputs.map(str::to_owned).collect(),
            project,
            revision,
            paths,
            old,
            committed,
            head,
        };
        restoring.refuse_what_is_no_input(&all)?;
        Ok(restoring)
    }

    /// Whether a path is asked for, by itself or with its folder.
    fn is_asked(&self, path: &str) -> bool {
        let is_below = |asked: &String| {
            let rest = path.strip_prefix(asked.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.paths.is_empty() || self.paths.iter().any(is_below)
    }

    fn refuse_what_is_no_input(&self, runs: &[Run]) -> Result<(), Failure> {
        for path in &self.paths {
            let below = format!("{path}/");
            let is_known = |input: &String| input == path || input.starts_with(&below);
            if self.known.iter().any(is_known) {
                continue;
            }
            let short = &self.revision.short;
            let mut all = runs.iter().chain([&self.head]);
            let Some(artifact) = all.find_map(|run| run.artifact(path)) else {
                let message = format!("{path} is no input, neither of {short} nor now");
                let near = did_you_mean(path, self.known.iter().map(String::as_str));
                let hint = near.unwrap_or_else(|| {
                    "models, metamodels, rules, templates and mlopsgen.yaml can be restored".into()
                });
                return Err(Failure::usage(message).hint(hint));
            };
            let message = format!("{path} is generated: it is what its inputs make of it");
            let made_of = [&*artifact.of.path, &*artifact.template().file];
            let inputs = made_of.into_iter().filter(|p| self.known.contains(*p));
            let inputs: Vec<String> = inputs.map(|p| format!("`{p}`")).collect();
            return Err(Failure::usage(message).hint(format!(
                "restore what it is made of: {}",
                inputs.join(" or ")
            )));
        }
        Ok(())
    }

    /// The files that differ from what the earlier commit has, and the workspace with them.
    ///
    /// What no commit has yet would be lost, or would be committed under a reason that is not its own: it is refused.
    fn inputs(&self) -> Result<(Vec<PlannedFile>, EditedWorld<'p>), Failure> {
        let world = &self.project.world;
        let mut files = Vec::new();
        let mut edits: BTreeMap<String, Option<Bytes>> = BTreeMap::new();
        for path in &self.known {
            let now = world.read(path)?;
            if !same(now.as_ref(), self.committed.read(path)?.as_ref()) {
                let message = format!("{path} has changes that no commit has");
                let hint = "commit them with `mlopsgen generate --commit`, or put them aside with `git stash`";
                return Err(Failure::usage(message).hint(hint));
            }
            let old = self.old.read(path)?;
            if !self.is_asked(path) || same(old.as_ref(), now.as_ref()) {
                continue;
            }
            files.push(PlannedFile {
                path: path.clone(),
                decision: match (&now, &old) {
                    (_, None) => Decision::Remove,
                    (None, _) => Decision::Create,
                    _ => Decision::Update,
                },
                content: old.clone(),
                before: now,
            });
            edits.insert(path.clone(), old);
        }
        let edited = EditedWorld {
            base: world,
            files: edits,
        };
        Ok((files, edited))
    }
}

fn write(files: Vec<PlannedFile>, past: &Past<'_>) -> Result<(), Failure> {
    let applied = past.apply(&Plan {
        files,
        ..Plan::default()
    })?;
    let Some(path) = applied.held.first() else {
        return Ok(());
    };
    let message = format!("{path} was changed by somebody else at this moment: it is kept");
    Err(Failure::usage(message).hint("`git status` shows what was restored; restore again"))
}

/// The files of the workspace that a run has read.
fn own_inputs(run: &Run) -> impl Iterator<Item = &str> {
    let own = run.inputs.values().filter(|i| i.pack.is_none());
    own.map(|i| &*i.path)
}

fn same(a: Option<&Bytes>, b: Option<&Bytes>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => pipeline::same_but_line_ends(a, b),
        (None, None) => true,
        _ => false,
    }
}
