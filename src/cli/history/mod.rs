//! `mlopsgen history`: commits with their causes, and one commit with what it changed.

mod filter;
mod show;

use serde::Serialize;

use super::args::{Args, History};
use super::project::Project;
use super::terminal::{CYAN, DIM, Terminal};
use super::{Failure, Outcome};
use crate::audit::{self, Changes};
use crate::diag::{counted, one_line};
use crate::git::{Commits, HistoryEntry, HistoryOptions, Repository, Revision};
use crate::pipeline::OWN;
use filter::Filter;

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
    let prefix = repository.prefix_of(&project.root)?;
    let asked = Asked::of(args, options, (&project, &repository))?;
    let mut changes = Changes::new(&repository, &prefix)?;
    if let Some(revision) = &asked.commit {
        let only = HistoryOptions {
            range: Some(revision.id.clone()),
            paths: asked.paths,
            limit: Some(1),
        };
        let entry = repository.history(&only)?.pop();
        let entry = entry.filter(|e| e.revision.id == revision.id);
        let entry = entry.unwrap_or_else(|| HistoryEntry {
            revision: revision.clone(),
            files: Vec::new(),
        });
        show::show(&entry, &mut changes, options.json, terminal)?;
        return Ok(Outcome::Fine);
    }
    let filter = Filter::new(options)?;
    let found = repository.history(&HistoryOptions {
        range: asked.range,
        paths: asked.paths,
        limit: filter.is_empty().then_some(options.limit),
    })?;
    let mut entries = Vec::new();
    for entry in found {
        if entries.len() == options.limit {
            break;
        }
        if filter.wants(&entry, &mut changes)? {
            entries.push(entry);
        }
    }
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
        "{DIM}{}, {by_hand} by hand; `mlopsgen history COMMIT` shows one{DIM:#}",
        counted(entries.len(), "commit")
    ))?;
    Ok(Outcome::Fine)
}

/// What the words of a command line mean.
struct Asked {
    /// Files and folders, from the top of the repository.
    paths: Vec<String>,
    /// A range of commits.
    range: Option<String>,
    /// One commit alone.
    commit: Option<Revision>,
}

impl Asked {
    /// A word that is a file of the workspace now, or was one, is a path; else one that names a commit is that.
    fn of(
        args: &Args,
        options: &History,
        (project, repository): (&Project, &Repository),
    ) -> Result<Self, Failure> {
        let mut asked = Self {
            paths: Vec::new(),
            range: None,
            commit: None,
        };
        for word in &options.what {
            let path = project.relative(args, word.as_ref());
            let is_there = path.as_ref().is_ok_and(|p| project.has(p));
            if !is_there && word.contains("..") && repository.commits(Commits::Named(word)).is_ok()
            {
                asked.range = Some(word.clone());
                continue;
            }
            let commit = if is_there {
                None
            } else {
                repository.commits(Commits::Named(word)).ok()
            };
            match commit.and_then(|mut all| all.pop()) {
                Some(revision) => asked.commit = Some(revision),
                None => asked.paths.push(project.in_repository(repository, &path?)?),
            }
        }
        if asked.paths.is_empty() {
            let whole = project.in_repository(repository, "")?;
            asked.paths.extend(Some(whole).filter(|w| !w.is_empty()));
        }
        Ok(asked)
    }
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
    let own = |path: &str| path.starts_with(OWN) || path.contains(&format!("/{OWN}"));
    let files = entry.files.iter().filter(|f| !own(&f.path));
    let (added, removed) = files.fold((0, 0), |(a, r), f| (a + f.added, r + f.removed));
    let all: Vec<&str> = causes(entry).collect();
    let (kind, text) = match all.first().and_then(|c| c.split_once(' ')) {
        Some((kind, text)) if all.len() > 1 => (kind, format!("{text} and {} more", all.len() - 1)),
        Some((kind, text)) => (kind, text.to_owned()),
        None => ("by hand", entry.revision.subject.clone()),
    };
    let revision = &entry.revision;
    let restored = revision.trailer(audit::RESTORED).next();
    let (kind, text) = restored.map_or((kind, text), |_| {
        let what = revision.subject.replacen("mlopsgen: restore ", "", 1);
        let reason = revision.trailer(audit::REASON).next().unwrap_or_default();
        ("restored", format!("{what}: {reason}"))
    });
    let text = one_line(text);
    format!("{CYAN}{revision}{CYAN:#}  {kind:<9} {text}  {DIM}+{added} -{removed}{DIM:#}")
}
