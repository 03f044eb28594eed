//! `mlopsgen blame`: each line of a file with the commit it came with, and what made it.

use std::fmt::Write as _;

use serde::Serialize;

use super::args::{Args, Blame};
use super::project::Project;
use super::terminal::{CYAN, DIM, Terminal};
use super::{Failure, Outcome};
use crate::audit::{BlamedLine, Blamer, InputLine, Source};
use crate::git::{PastWorlds, Revision};
use crate::pipeline;
use crate::world::World as _;

/// How many places a line of the table names that its values are from.
const SOURCES: usize = 2;

/// Lines as JSON, version 1.
#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    path: &'a str,
    lines: Vec<LineReport<'a>>,
}

#[derive(Serialize)]
struct LineReport<'a> {
    line: usize,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<CommitReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<PlaceReport<'a>>,
    sources: Vec<SourceReport<'a>>,
}

#[derive(Serialize)]
struct CommitReport<'a> {
    commit: &'a str,
    time: i64,
    author: &'a str,
}

#[derive(Serialize)]
struct PlaceReport<'a> {
    path: &'a str,
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<CommitReport<'a>>,
}

#[derive(Serialize)]
struct SourceReport<'a> {
    slot: &'a str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(flatten)]
    place: Option<PlaceReport<'a>>,
}

pub(super) fn run(
    args: &Args,
    options: &Blame,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let (file, (from, to)) = options.lines().map_err(Failure::usage)?;
    let project = Project::find(args)?;
    let path = project.relative(args, file.as_ref())?;
    let all = blame(&project, &path, options.at.as_deref())?;
    if from == 0 || from > all.len() {
        let message = format!("{path} has {} lines, not {from}", all.len());
        return Err(Failure::usage(message));
    }
    let numbered = (1..).zip(&all);
    let wanted: Vec<_> = numbered.filter(|(n, _)| (from..=to).contains(n)).collect();
    if options.json {
        let report = Report {
            version: 1,
            path: &path,
            lines: wanted.iter().map(|(n, line)| report(*n, line)).collect(),
        };
        let text = serde_json::to_string_pretty(&report).expect("plain data is always JSON");
        terminal.line(&text)?;
    } else {
        table(&wanted, terminal)?;
    }
    Ok(Outcome::Fine)
}

/// All lines of a file: as a revision has it, or as it is on disk.
fn blame(project: &Project, path: &str, at: Option<&str>) -> Result<Vec<BlamedLine>, Failure> {
    let repository = project.needed_repository()?;
    let prefix = repository.prefix_of(&project.root)?;
    let revision = at.unwrap_or("HEAD");
    let past = PastWorlds::of(&repository, &prefix)?.at(revision)?;
    let committed = past.read(path)?;
    let (text, run) = match at {
        Some(_) => (committed.clone(), pipeline::run(&past)),
        None => (project.world.read(path)?, pipeline::run(&project.world)),
    };
    let text = text.ok_or_else(|| Failure::usage(format!("there is no {path}")))?;
    let (text, committed) = (
        String::from_utf8_lossy(&text),
        committed.unwrap_or_default(),
    );
    let texts = (&*text, &*String::from_utf8_lossy(&committed));
    Ok(Blamer::new(&repository, &prefix, revision).blame(path, texts, &run)?)
}

fn report(number: usize, line: &BlamedLine) -> LineReport<'_> {
    LineReport {
        line: number,
        text: &line.text,
        commit: line.commit.as_ref().map(commit),
        template: line.template.as_ref().map(place),
        sources: line.sources.iter().map(source).collect(),
    }
}

fn commit(revision: &Revision) -> CommitReport<'_> {
    CommitReport {
        commit: &revision.id,
        time: revision.time.seconds,
        author: &revision.author,
    }
}

fn place(line: &InputLine) -> PlaceReport<'_> {
    PlaceReport {
        path: &line.path,
        line: line.line,
        commit: line.commit.as_ref().map(commit),
    }
}

fn source(source: &Source) -> SourceReport<'_> {
    SourceReport {
        slot: &source.slot,
        value: &source.value,
        rule: source.rule.as_deref(),
        place: source.place.as_ref().map(place),
    }
}

/// `14  8c1f2e0  2026-11-18 10:02  Ada  train.py.hbs:14  churn.yaml:18   n_estimators=250,`.
fn table(lines: &[(usize, &BlamedLine)], terminal: &mut Terminal) -> Result<(), Failure> {
    let rows: Vec<[String; 3]> = lines.iter().map(|(_, line)| columns(line)).collect();
    let width = |at: usize| {
        let all = rows.iter().map(|r| r[at].chars().count());
        all.max().unwrap_or_default()
    };
    let digits = lines.last().map_or(1, |(n, _)| n.to_string().len());
    let [first, second, third] = [width(0), width(1), width(2)];
    for ((number, line), [commit, template, source]) in lines.iter().zip(&rows) {
        terminal.line(&format!(
            "{number:>digits$}  {CYAN}{commit:<first$}{CYAN:#}  {DIM}{template:<second$}  {source:<third$}{DIM:#}  {}",
            line.text
        ))?;
    }
    Ok(())
}

fn columns(line: &BlamedLine) -> [String; 3] {
    let name = |place: &InputLine| {
        let name = place.path.rsplit('/').next().unwrap_or(&place.path);
        format!("{name}:{}", place.line)
    };
    let commit = line.commit.as_ref();
    let commit = commit.map_or_else(|| "not committed".to_owned(), ToString::to_string);
    let template = line.template.as_ref().map(name);
    let mut sources: Vec<String> = Vec::new();
    for source in &line.sources {
        let from = match &source.rule {
            Some(rule) => Some(format!("rule {rule}")),
            None => source.place.as_ref().map(name),
        };
        sources.extend(from.filter(|from| !sources.contains(from)));
    }
    let more = sources.len().saturating_sub(SOURCES);
    sources.truncate(SOURCES);
    let mut source = sources.join(", ");
    if more > 0 {
        write!(source, " +{more}").expect("writing to a string cannot fail");
    }
    [
        commit,
        template.unwrap_or_else(|| "by hand".to_owned()),
        source,
    ]
}
