//! `mlopsgen doctor`: what in this repository or on this machine makes `watch` wait, or leave something to git, before it
//! does.

use std::path::Path;

use serde::Serialize;

use super::args::{Args, Doctor};
use super::past::Past;
use super::project::Project;
use super::publish::{self, Prepared};
use super::terminal::{CYAN, DIM, GREEN, RED, Terminal, YELLOW, scope};
use super::watch::is_input;
use super::{Failure, Outcome};
use crate::diag::counted;
use crate::git::{CommitRequest, Rehearsal, Repository, Target};
use crate::pipeline::{self, CommitPolicy, Plan, Run};
use crate::watch::lock::{Guard, LockError};
use crate::watch::{self, Scope};
use crate::workspace::Applied;

/// What points on commits are about.
const COMMITS: &str = "commits";

/// What is to be expected of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// All is well.
    Fine,
    /// Git's own program does it.
    Git,
    /// It works, otherwise than one might expect.
    Note,
    /// `watch` waits until it is otherwise.
    Waits,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Point {
    about: &'static str,
    verdict: Verdict,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Serialize)]
struct Report<'p> {
    version: u32,
    points: &'p [Point],
}

impl Point {
    fn new(about: &'static str, verdict: Verdict, text: impl Into<String>) -> Self {
        Self {
            about,
            verdict,
            text: text.into(),
            hint: None,
        }
    }

    /// Whether it says that commits are made.
    fn is_commit(&self) -> bool {
        self.about == COMMITS && self.verdict == Verdict::Fine
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        let hint = Some(hint.into()).filter(|h| !h.is_empty());
        Self { hint, ..self }
    }
}

pub(super) fn run(
    args: &Args,
    options: &Doctor,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let project = Project::find(args)?;
    let run = pipeline::run(&project.world);
    let mut points = vec![workspace(&run)];
    match project.repository() {
        Ok(Some(repository)) => in_repository((&project, &repository), &run, &mut points)?,
        Ok(None) => points.push(
            Point::new(
                "repository",
                Verdict::Note,
                "there is none: artifacts are generated and nothing is committed",
            )
            .hint("`git init` makes one"),
        ),
        Err(failure) => points.push(Point::new("repository", Verdict::Waits, failure.text())),
    }
    points.push(watching(&project, &run));
    let waits = points
        .iter()
        .filter(|p| p.verdict == Verdict::Waits)
        .count();
    if options.json {
        let report = Report {
            version: 1,
            points: &points,
        };
        let text = serde_json::to_string_pretty(&report).expect("plain data is always JSON");
        terminal.line(&text)?;
    } else {
        for point in &points {
            terminal.print(&line(point))?;
        }
        let told = match waits {
            0 if points.iter().any(Point::is_commit) => {
                format!("{GREEN}`mlopsgen watch` would commit{GREEN:#}")
            }
            0 => format!("{GREEN}`mlopsgen watch` would generate{GREEN:#}, and commit nothing"),
            1 => format!("{RED}`mlopsgen watch` would wait{RED:#}, for one reason"),
            more => format!("{RED}`mlopsgen watch` would wait{RED:#}, for {more} reasons"),
        };
        terminal.say(&told)?;
    }
    Ok(if waits == 0 {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

/// `waits  rebase in progress`, and below it what to do about it.
fn line(point: &Point) -> String {
    let (colour, word) = match point.verdict {
        Verdict::Fine => (GREEN, "fine"),
        Verdict::Git => (CYAN, "git"),
        Verdict::Note => (YELLOW, "note"),
        Verdict::Waits => (RED, "waits"),
    };
    let hint = point.hint.as_ref().map(|h| {
        let indent = " ".repeat(21);
        format!("{indent}{DIM}{h}{DIM:#}\n")
    });
    let (about, text) = (point.about, &point.text);
    let hint = hint.unwrap_or_default();
    format!("{colour}{word:<7}{colour:#}{about:<14}{text}\n{hint}")
}

fn workspace(run: &Run) -> Point {
    match crate::diag::render::summary(&run.diagnostics) {
        Some(summary) if run.diagnostics.has_errors() => {
            Point::new("workspace", Verdict::Waits, summary).hint("`mlopsgen check` shows them")
        }
        _ => Point::new("workspace", Verdict::Fine, scope(run)),
    }
}

fn in_repository(
    (project, repository): (&Project, &Repository),
    run: &Run,
    points: &mut Vec<Point>,
) -> Result<(), Failure> {
    points.extend(other_watch(repository));
    let policy = run.config.as_ref().map(|c| c.commit);
    if policy == Some(CommitPolicy::Off) {
        let text = "`commit.policy` is off: `watch` commits nothing";
        points.push(Point::new(COMMITS, Verdict::Note, text));
    }
    let mut request = CommitRequest {
        target: publish::target(run.config.as_ref()),
        ..CommitRequest::default()
    };
    let mut plan = Plan::default();
    if !run.diagnostics.has_errors() {
        plan = Past::of(project).plan(run, &project.world)?;
        let applied = Applied::default();
        match publish::prepare(
            project,
            repository,
            (run, &plan, &applied),
            &(&[][..]).into(),
        )? {
            Ok(mut prepared) => {
                points.extend(ignored(&prepared));
                let ignored = prepared.ignored;
                prepared.changes.retain(|c| !ignored.contains(&c.path));
                request.changes = prepared.changes;
            }
            Err(obstacle) => points.push(
                Point::new(COMMITS, Verdict::Waits, obstacle.to_string()).hint(obstacle.hint()),
            ),
        }
    }
    if plan.is_held() {
        let text = "artifacts are kept as they are, or in conflict";
        points.push(
            Point::new("artifacts", Verdict::Waits, text).hint("`mlopsgen status` lists them"),
        );
    }
    let found = repository.rehearse(&request)?;
    points.extend(holds(&found));
    if policy != Some(CommitPolicy::Off) && !points.iter().any(|p| p.verdict == Verdict::Waits) {
        let branch = match &request.target {
            Target::Head => repository.branch().unwrap_or_else(|| "HEAD".to_owned()),
            Target::Branch(name) => name.clone(),
            Target::History => "a reference beside the branch".to_owned(),
        };
        let who = repository.identity().unwrap_or_default();
        let text = format!("on {branch}, as {who}");
        points.push(Point::new(COMMITS, Verdict::Fine, text));
    }
    points.extend(left_to_git(&found, repository.root()));
    if let Some(packs) = found.packs {
        let text = format!("each commit that is made here is a pack, and there are {packs}");
        points.push(
            Point::new("packs", Verdict::Note, text)
                .hint("`git gc` puts them together; nothing here does"),
        );
    }
    if found.is_shallow {
        let text =
            "older commits are missing: `history`, `blame` and `verify --all` end where they do";
        points.push(
            Point::new("history", Verdict::Note, text).hint("`git fetch --unshallow` brings them"),
        );
    }
    Ok(())
}

/// Whether somebody watches already, or nobody could.
fn other_watch(repository: &Repository) -> Option<Point> {
    match Guard::of_repository(repository.git_dir()) {
        Ok(_) => None,
        Err(error @ LockError::Held { .. }) => {
            Some(Point::new("watch", Verdict::Note, error.to_string()))
        }
        Err(error @ LockError::Io { .. }) => {
            Some(Point::new("watch", Verdict::Waits, error.to_string()))
        }
    }
}

fn ignored(prepared: &Prepared) -> Vec<Point> {
    let mut points = Vec::new();
    if let Some(input) = prepared.ignored_input() {
        let text = format!("git ignores {input}, which artifacts are made of");
        points.push(
            Point::new("ignored", Verdict::Waits, text)
                .hint("take it out of .gitignore, or out of the workspace"),
        );
    } else if let Some(first) = prepared.ignored.first() {
        let text = match prepared.ignored.len() {
            1 => format!("git ignores {first}: it is generated and not committed"),
            more => format!(
                "git ignores {first} and {} more: they are generated and not committed",
                more - 1
            ),
        };
        points.push(Point::new("ignored", Verdict::Note, text));
    }
    points
}

/// What would hold a commit.
fn holds(found: &Rehearsal) -> Vec<Point> {
    let obstacles = found.obstacles.iter();
    obstacles
        .map(|o| Point::new(COMMITS, Verdict::Waits, o.to_string()).hint(o.hint()))
        .collect()
}

/// What git's own program does for a commit, and whether there is one.
fn left_to_git(found: &Rehearsal, root: &Path) -> Vec<Point> {
    let mut points = Vec::new();
    for hook in &found.hooks {
        let shown = hook.strip_prefix(root).unwrap_or(hook).display();
        let text = format!("{shown} runs for each commit, and may refuse it");
        points.push(Point::new("hook", Verdict::Git, text));
    }
    if found.is_signed {
        let text = "each commit is signed (commit.gpgSign)";
        points.push(
            Point::new("signature", Verdict::Git, text)
                .hint("`git commit-tree -S` must work here without a question"),
        );
    }
    for (name, count) in &found.filters {
        let text = format!(
            "{name} changes {} on their way into a commit",
            counted(*count, "file")
        );
        points.push(Point::new("filter", Verdict::Git, text));
    }
    let version = match (&found.git, points.is_empty()) {
        (Some(version), _) => Point::new("git", Verdict::Fine, format!("version {version}")),
        (None, true) => Point::new(
            "git",
            Verdict::Note,
            "there is no `git` on the PATH; nothing here needs it",
        ),
        (None, false) => Point::new(
            "git",
            Verdict::Waits,
            "there is no `git` on the PATH, and it is needed for the above",
        ),
    };
    points.push(version);
    points
}

/// How changes would be learned of.
fn watching(project: &Project, run: &Run) -> Point {
    let output = run.config.as_ref().map_or("generated", |c| &c.output);
    let root = &project.root;
    let scope = Scope {
        root,
        relevant: &|path| is_input(path, root, output),
        awaited: &|_| true,
    };
    match watch::rehearse(&scope) {
        Ok(folders) => {
            let folders = counted(folders, "folder");
            Point::new(
                "watching",
                Verdict::Fine,
                format!("{folders}, by events of the system"),
            )
        }
        Err(reason) => {
            let text = format!("files are looked at from time to time: {reason}");
            let point = Point::new("watching", Verdict::Note, text);
            if reason.starts_with("too many") {
                point.hint("raise fs.inotify.max_user_watches with `sysctl`")
            } else {
                point
            }
        }
    }
}
