//! `mlopsgen history`: commits with their causes.

use serde::Serialize;

use super::args::{Args, History};
use super::project::Project;
use super::terminal::{CYAN, DIM, Terminal};
use super::{Failure, Outcome};
use crate::audit;
use crate::git::{HistoryEntry, HistoryOptions};

/// A commit as JSON, version 1.
#[derive(Serialize)]
struct Entry<'a> {
    commit: &'a str,
    time: i64,
    author: &'a str,
    subject: &'a str,
    causes: Vec<&'a str>,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    added: usize,
    removed: usize,
}

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    entries: Vec<Entry<'a>>,
}

pub(super) fn run(
    args: &Args,
    options: &History,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let project = Project::find(args)?;
    let repository = project.needed_repository()?;
    let mut paths = Vec::new();
    for path in &options.paths {
        let path = project.relative(args, path)?;
        paths.push(project.in_repository(&repository, &path)?);
    }
    if paths.is_empty() {
        let whole = project.in_repository(&repository, "")?;
        paths.extend(Some(whole).filter(|w| !w.is_empty()));
    }
    let entries = repository.history(&HistoryOptions {
        paths,
        limit: Some(options.limit),
        ..HistoryOptions::default()
    })?;
    if options.json {
        let entries = entries.iter().map(json).collect();
        let report = Report {
            version: 1,
            entries,
        };
        let text =
            serde_json::to_string_pretty(&report).expect("plain data has no keys that JSON lacks");
        terminal.line(&text)?;
        return Ok(Outcome::Fine);
    }
    for entry in &entries {
        terminal.line(&line(entry))?;
    }
    let by_hand = entries
        .iter()
        .filter(|e| causes(e).next().is_none())
        .count();
    terminal.say(&format!(
        "{DIM}{} commits, {by_hand} by hand{DIM:#}",
        entries.len()
    ))?;
    Ok(Outcome::Fine)
}

fn causes(entry: &HistoryEntry) -> impl Iterator<Item = &str> {
    entry.revision.trailer(audit::CAUSE)
}

fn json(entry: &HistoryEntry) -> Entry<'_> {
    let files = entry.files.iter().map(|f| File {
        path: &f.path,
        added: f.added,
        removed: f.removed,
    });
    Entry {
        commit: &entry.revision.id,
        time: entry.revision.time.seconds,
        author: &entry.revision.author,
        subject: &entry.revision.subject,
        causes: causes(entry).collect(),
        files: files.collect(),
    }
}

fn line(entry: &HistoryEntry) -> String {
    let (added, removed) = entry
        .files
        .iter()
        .fold((0, 0), |(a, r), f| (a + f.added, r + f.removed));
    let all: Vec<&str> = causes(entry).collect();
    let (kind, text) = match all.first().and_then(|c| c.split_once(' ')) {
        Some((kind, text)) if all.len() > 1 => (kind, format!("{text} and {} more", all.len() - 1)),
        Some((kind, text)) => (kind, text.to_owned()),
        None => ("by hand", entry.revision.subject.clone()),
    };
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let (short, when, author) = (
        &entry.revision.short,
        date(entry.revision.time.seconds),
        &entry.revision.author,
    );
    format!(
        "{CYAN}{short}{CYAN:#}  {when}  {author}  {kind:<9} {text}  {DIM}+{added} -{removed}{DIM:#}"
    )
}

/// The day and minute of a commit, in the time zone of the machine.
pub(super) fn date(seconds: i64) -> String {
    let Ok(time) = jiff::Timestamp::from_second(seconds) else {
        return "?".to_owned();
    };
    time.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}
