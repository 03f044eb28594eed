//! What a watch tells, for people: entries of a few lines.

use unicode_width::UnicodeWidthStr as _;

use super::told::{Became, Commits, Entry, Pause, Problems, Ready, Told, Why};
use crate::cli::terminal::{BOLD, CYAN, DIM, GREEN, RED, Terminal, YELLOW, now, scope, show};
use crate::diag::{Diagnostic, counted, one_line};
use crate::pipeline::{self, Cause, CauseKind, Decision, Plan, PlannedFile};

/// How many artifacts of an entry are named.
const NAMED: usize = 4;
/// Where the second column of an entry begins, behind its indentation.
const COLUMN: usize = 50;
const INDENT: &str = "          ";

/// What is told, as lines that stay.
pub(super) fn lines(told: &Told<'_>, terminal: &Terminal) -> String {
    match told {
        Told::Ready(ready) => header(ready),
        Told::Entry(told) => {
            let warnings = told.findings.iter().filter(|f| !f.is_error());
            entry(told) + &terminal.shown(warnings, &told.plan.sources)
        }
        Told::Problems(problems) => heading(problems.causes, "something is wrong"),
        Told::Fixed { after } => {
            let seconds = after.as_secs();
            let after = match seconds {
                0 => show(*after),
                1..60 => format!("{seconds} s"),
                _ => format!("{} min {} s", seconds / 60, seconds % 60),
            };
            format!("{}  {GREEN}fixed after {after}{GREEN:#}\n", now())
        }
        Told::Paused(Pause { reason, hint }) => format!(
            "{}  {YELLOW}paused{YELLOW:#}: {}; {hint}\n",
            now(),
            one_line(reason)
        ),
        Told::Resumed => format!("{}  resumed\n", now()),
        Told::Notice(message) => format!("{}  {}\n", now(), one_line(message)),
        Told::Stopped => String::new(),
    }
}

/// What is told as long as it lasts: what is wrong, and what that holds.
pub(super) fn lasting(told: &Told<'_>, terminal: &Terminal) -> String {
    match told {
        Told::Problems(problems) => {
            let run = problems.run;
            let found = terminal.shown(run.diagnostics.iter(), &run.sources);
            format!("\n{found}{}", held(problems))
        }
        Told::Entry(entry) => {
            let conflicts: Vec<&Diagnostic> =
                entry.findings.iter().filter(|f| f.is_error()).collect();
            terminal.shown(conflicts, &entry.plan.sources)
        }
        _ => String::new(),
    }
}

fn header(ready: &Ready<'_>) -> String {
    let mut text = format!(
        "{BOLD}mlopsgen {}{BOLD:#}  watching {} in {}  ({})  ready in {}\n",
        pipeline::VERSION,
        counted(ready.run.own_files(), "file"),
        one_line(ready.folder),
        scope(ready.run),
        show(ready.took)
    );
    match ready.commits {
        Commits::Made => {}
        Commits::NotWanted => text.push_str("artifacts are written, nothing is committed\n"),
        Commits::Nowhere => text
            .push_str("this is no git repository: artifacts are written, nothing is committed\n"),
    }
    if let Some(every) = ready.poll {
        text += &["looking for changes every ", &show(every), "\n"].concat();
    }
    text
}

/// One entry: time, cause, artifacts with their lines, commit, duration.
fn entry(entry: &Entry<'_>) -> String {
    let changed: Vec<&PlannedFile> = entry.plan.changed_artifacts().collect();
    let mut names: Vec<String> = Vec::new();
    let bases: Vec<&str> = changed.iter().take(NAMED).map(|f| base(&f.path)).collect();
    for (file, name) in changed.iter().zip(&bases) {
        let is_alone = bases.iter().filter(|b| *b == name).count() == 1;
        let name = if is_alone { name } else { &*file.path };
        names.push(artifact(file, name) + note(file, entry.plan));
    }
    if changed.len() > NAMED {
        names.push(format!("and {} more", changed.len() - NAMED));
    }
    let what = if names.is_empty() {
        "no artifact changed".to_owned()
    } else {
        names.join("  ")
    };
    let plain = anstream::adapter::strip_str(&what).to_string();
    let gap = " ".repeat(COLUMN.saturating_sub(plain.width()));
    let commit = match &entry.became {
        Became::Committed(short) => format!("{CYAN}{short}{CYAN:#}"),
        Became::Written if changed.is_empty() => String::new(),
        Became::Written => "not committed".to_owned(),
        Became::Unchanged => "no commit".to_owned(),
        Became::Held(reason) => format!("not committed: {}", one_line(reason)),
    };
    let took = show(entry.took);
    let otherwise = match entry.why {
        Why::Changed | Why::Waited => "brought up to date",
        Why::Asked => "all made again",
    };
    heading(entry.causes, otherwise)
        + &format!("{INDENT}{what}{gap}  {commit:<7}  {DIM}{took}{DIM:#}\n")
}

/// `10:42:03  churn.yaml  training.n_estimators 100 → 250`.
fn heading(causes: &[Cause], otherwise: &str) -> String {
    let what = describe(causes).unwrap_or_else(|| otherwise.to_owned());
    format!("{}  {what}\n", now())
}

fn describe(causes: &[Cause]) -> Option<String> {
    let first = causes.first()?;
    let what = match &first.changes[..] {
        [] => first.what.to_owned(),
        [one] => one.to_string(),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    };
    let more = if causes.len() > 1 {
        format!(" and {}", counted(causes.len() - 1, "more file"))
    } else {
        String::new()
    };
    Some(format!(
        "{}  {}{more}",
        one_line(place(first)),
        one_line(what)
    ))
}

/// A model by its name, another file by its path, a template with the line that people look for.
fn place(cause: &Cause) -> String {
    match (cause.kind, cause.line) {
        (CauseKind::Model, _) => base(&cause.path).to_owned(),
        (CauseKind::Template, Some(line)) => format!("{}:{line}", cause.path),
        _ => cause.path.clone(),
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `train.py +1 -1`.
fn artifact(file: &PlannedFile, name: &str) -> String {
    let name = one_line(name).into_owned();
    if file.decision == Decision::Remove {
        return name + " removed";
    }
    let (added, removed) = file.line_counts();
    let came = (added > 0).then(|| format!("{GREEN}+{added}{GREEN:#}"));
    let went = (removed > 0).then(|| format!("{RED}-{removed}{RED:#}"));
    let parts: Vec<String> = [Some(name), came, went].into_iter().flatten().collect();
    parts.join(" ")
}

/// What there is to say of edits by hand in an artifact.
fn note(file: &PlannedFile, plan: &Plan) -> &'static str {
    match file.decision {
        Decision::Conflict => " (conflict)",
        Decision::Merge => " (edits by hand kept)",
        _ if plan.edits.contains(&file.path) => " (edits by hand kept)",
        _ => "",
    }
}

/// Where all is told that is wrong, what that means for the artifacts.
fn held(problems: &Problems<'_>) -> String {
    let good = problems
        .good
        .map_or_else(String::new, |c| format!(" (last good {c})"));
    let what = match problems.held {
        0 => "no artifact written".to_owned(),
        n => format!("{} not written", counted(n, "artifact")),
    };
    format!("{RED}held{RED:#}: {what}, nothing committed{good}\n")
}
