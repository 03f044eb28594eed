//! `mlopsgen blame`: each line of a file with the commit it came with, and what made it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::args::{Args, Blame};
use super::project::Project;
use super::terminal::{CYAN, DIM, Terminal};
use super::{Failure, Outcome};
use crate::audit::{self, Explainer, Explanation, SlotOrigin};
use crate::diag::Span;
use crate::git::{self, PastWorlds, Repository, Revision};
use crate::pipeline::{self, Run};
use crate::world::World as _;

/// How many places a line of the table names that its values are from.
const SOURCES: usize = 2;

/// All lines as JSON, version 1.
#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    path: &'a str,
    lines: Vec<Row>,
}

/// A line of the file.
#[derive(Serialize)]
struct Row {
    line: usize,
    text: String,
    /// The commit it came with; none where it is not committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Came>,
    /// The line of the template that printed it; none where it was written by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<Place>,
    /// What it says, from near to far.
    sources: Vec<Source>,
}

#[derive(Clone, Serialize)]
struct Came {
    commit: String,
    time: i64,
    author: String,
    #[serde(skip)]
    shown: String,
}

/// A line of an input, with the commit it came with, where it is in the repository.
#[derive(Serialize)]
struct Place {
    path: String,
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Came>,
}

/// A value that was read for the line.
#[derive(Serialize)]
struct Source {
    slot: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(flatten)]
    place: Option<Place>,
}

pub(super) fn run(
    args: &Args,
    options: &Blame,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let (file, lines) = options.lines().map_err(Failure::usage)?;
    let project = Project::find(args)?;
    let path = project.relative(args, file.as_ref())?;
    let found = of(&project, &path, options)?;
    let last = found.len();
    if lines.0 == 0 || lines.0 > last {
        let message = format!("{path} has {last} lines, not {}", lines.0);
        return Err(Failure::usage(message));
    }
    let mut found = found;
    found.retain(|l| (lines.0..=lines.1).contains(&l.line));
    if options.json {
        let report = Report {
            version: 1,
            path: &path,
            lines: found,
        };
        let text = serde_json::to_string_pretty(&report).expect("plain data is always JSON");
        terminal.line(&text)?;
    } else {
        table(&found, terminal)?;
    }
    Ok(Outcome::Fine)
}

/// All lines of a file: as a revision has it, or as it is on disk.
fn of(project: &Project, path: &str, options: &Blame) -> Result<Vec<Row>, Failure> {
    let repository = project.needed_repository()?;
    let revision = options.at.as_deref().unwrap_or("HEAD");
    let prefix = repository.prefix_of(&project.root)?;
    let past = PastWorlds::of(&repository, &prefix)?.at(revision)?;
    let (text, run) = match options.at {
        Some(_) => (past.read(path)?, pipeline::run(&past)),
        None => (project.world.read(path)?, pipeline::run(&project.world)),
    };
    let text = text.ok_or_else(|| Failure::usage(format!("there is no {path}")))?;
    let text = String::from_utf8_lossy(&text);
    let before = past.read(path)?.unwrap_or_default();
    let mut blames = Blames {
        project,
        repository: &repository,
        revision,
        known: BTreeMap::new(),
    };
    let old = audit::lines(&String::from_utf8_lossy(&before), &text);
    let explainer = Explainer::of(&run, path);
    let generated =
        explainer.map_or_else(|| vec![None; old.len()], |e| audit::lines(e.text(), &text));
    let mut lines = Vec::with_capacity(old.len());
    for (index, text) in text.lines().enumerate() {
        let commit = match old[index] {
            Some(old) => blames.line(path, old)?,
            None => None,
        };
        let explained = explainer.zip(generated[index]);
        let explained = explained.and_then(|(e, line)| e.line(line));
        let (template, sources) = match &explained {
            Some(explained) => blames.causes(&run, explained)?,
            None => (None, Vec::new()),
        };
        lines.push(Row {
            line: index + 1,
            text: text.to_owned(),
            commit,
            template,
            sources,
        });
    }
    Ok(lines)
}

/// The commits of the lines of files at a revision.
struct Blames<'p> {
    project: &'p Project,
    repository: &'p Repository,
    revision: &'p str,
    known: BTreeMap<String, git::Blame>,
}

impl Blames<'_> {
    fn line(&mut self, path: &str, line: usize) -> Result<Option<Came>, Failure> {
        if !self.known.contains_key(path) {
            let whole = self.project.in_repository(self.repository, path)?;
            let found = self.repository.blame(self.revision, &whole)?;
            self.known
                .insert(path.to_owned(), found.unwrap_or_default());
        }
        Ok(self.known[path].line(line).map(came))
    }

    /// The commit of a line of an input.
    fn place(&mut self, run: &Run, span: Span) -> Result<Place, Failure> {
        let path = run.sources.path(span.file);
        let line = run.sources.position(span).line;
        let own = run.inputs.get(path).is_some_and(|i| i.pack.is_none());
        let commit = if own { self.line(path, line)? } else { None };
        Ok(Place {
            path: path.to_owned(),
            line,
            commit,
        })
    }

    /// What made a line.
    fn causes(
        &mut self,
        run: &Run,
        explained: &Explanation,
    ) -> Result<(Option<Place>, Vec<Source>), Failure> {
        let template = match explained.templates.first() {
            Some((span, _)) => Some(self.place(run, *span)?),
            None => None,
        };
        let mut sources = Vec::new();
        for reason in &explained.slots {
            let (rule, span) = match &reason.origin {
                SlotOrigin::Written(span) => (None, Some(*span)),
                SlotOrigin::Default(span) => (None, *span),
                SlotOrigin::Rule { rule, binding, .. } => (Some(rule.clone()), Some(*binding)),
                SlotOrigin::Implied => (None, None),
            };
            let place = match span {
                Some(span) => Some(self.place(run, span)?),
                None => None,
            };
            sources.push(Source {
                slot: reason.slot.clone(),
                value: reason.value.clone(),
                rule,
                place,
            });
        }
        Ok((template, sources))
    }
}

fn came(revision: &Revision) -> Came {
    let author: String = revision.author.chars().take(12).collect();
    Came {
        commit: revision.id.clone(),
        time: revision.time.seconds,
        author: revision.author.clone(),
        shown: format!("{}  {}  {author}", revision.short, revision.time),
    }
}

/// `14  8c1f2e0  2026-11-18 10:02  Ada  train.py.hbs:14  churn.yaml:18   n_estimators=250,`.
fn table(lines: &[Row], terminal: &mut Terminal) -> Result<(), Failure> {
    let rows: Vec<[String; 3]> = lines.iter().map(columns).collect();
    let width = |at: usize| {
        let all = rows.iter().map(|r| r[at].chars().count());
        all.max().unwrap_or_default()
    };
    let digits = lines.last().map_or(1, |l| l.line.to_string().len());
    let [first, second, third] = [width(0), width(1), width(2)];
    for (line, [commit, template, source]) in lines.iter().zip(&rows) {
        terminal.line(&format!(
            "{:>digits$}  {CYAN}{commit:<first$}{CYAN:#}  {DIM}{template:<second$}  {source:<third$}{DIM:#}  {}",
            line.line, line.text
        ))?;
    }
    Ok(())
}

fn columns(line: &Row) -> [String; 3] {
    let name = |place: &Place| {
        let name = place.path.rsplit('/').next().unwrap_or(&place.path);
        format!("{name}:{}", place.line)
    };
    let commit = line.commit.as_ref();
    let commit = commit.map_or_else(|| "not committed".to_owned(), |c| c.shown.clone());
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
