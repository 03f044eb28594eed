//! `mlopsgen status`: how each artifact stands to what is generated for it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::args::{Args, Format, Status};
use super::past::Past;
use super::project::Project;
use super::terminal::{GREEN, RED, Terminal};
use super::{Failure, Outcome, drift};
use crate::diag::counted;
use crate::pipeline::{self, ORPHANED, Plan, Run, State};
use crate::world::{Pattern, World as _};

/// The JSON of it.
#[derive(Serialize)]
struct Report<'r> {
    version: u32,
    artifacts: Vec<Row<'r>>,
}

#[derive(Serialize)]
struct Row<'r> {
    path: &'r str,
    state: &'static str,
}

pub(super) fn run(
    args: &Args,
    options: &Status,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let project = Project::find(args)?;
    terminal.finds_in(&project, options.format)?;
    let run = pipeline::run(&project.world);
    let is_document = options.format != Format::Human;
    if run.diagnostics.has_errors() && is_document {
        terminal.findings(&run.diagnostics, &run.sources, options.format)?;
    } else if !is_document {
        terminal.warn(&run.diagnostics, &run.sources, Format::Human)?;
    }
    if run.diagnostics.has_errors() {
        return Ok(Outcome::Findings);
    }
    let plan = plan(&project, &run)?;
    let states = &plan.states;
    let open = states.values().filter(|s| !s.is_settled()).count();
    if options.json {
        let rows = states.iter().map(|(path, state)| Row {
            path,
            state: state.word(),
        });
        let report = Report {
            version: 1,
            artifacts: rows.collect(),
        };
        let text = serde_json::to_string_pretty(&report).expect("plain data is always JSON");
        terminal.line(&text)?;
    } else if is_document {
        drift::report(&run, &plan, options.format, terminal)?;
        terminal.say(&summary(states))?;
    } else {
        let shown = states
            .iter()
            .filter(|(_, s)| options.all || !s.is_settled());
        for (path, state) in shown {
            terminal.line(&format!("{:<10}{path}", state.word()))?;
        }
        terminal.say(&summary(states))?;
    }
    Ok(if open == 0 {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

/// What is to be done, with the states of all artifacts and of the files that keep text which has no place in one any more.
fn plan(project: &Project, run: &Run) -> Result<Plan, Failure> {
    let mut plan = Past::of(project).open(run, &project.world)?;
    let mut beside: Vec<String> = plan
        .states
        .keys()
        .map(|p| format!("{p}{ORPHANED}"))
        .collect();
    let output = run.config.as_ref().map_or("", |c| &c.output);
    let pattern = Pattern::new(&format!("{}/**/*{ORPHANED}", escaped(output)));
    if let Ok(pattern) = pattern {
        beside.extend(project.world.list(&pattern)?);
    }
    for path in beside {
        if project.world.read(&path)?.is_some() {
            plan.states.insert(path, State::Orphaned);
        }
    }
    Ok(plan)
}

/// A path as a pattern that matches it alone.
fn escaped(path: &str) -> String {
    let special = |c: char| "*?[]{}\\!".contains(c);
    path.chars()
        .map(|c| {
            if special(c) {
                format!("[{c}]")
            } else {
                c.into()
            }
        })
        .collect()
}

/// `48 artifacts: 45 clean, 2 edited, 1 stale`.
fn summary(states: &BTreeMap<String, State>) -> String {
    let mut counts: BTreeMap<State, usize> = BTreeMap::new();
    for state in states.values() {
        *counts.entry(*state).or_default() += 1;
    }
    let colour = |state: State| if state.is_settled() { GREEN } else { RED };
    let parts = counts.iter().map(|(state, count)| {
        let colour = colour(*state);
        format!("{colour}{count} {}{colour:#}", state.word())
    });
    let parts: Vec<String> = parts.collect();
    let total = counted(states.len(), "artifact");
    if parts.is_empty() {
        return total;
    }
    format!("{total}: {}", parts.join(", "))
}
