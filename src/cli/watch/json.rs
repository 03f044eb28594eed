//! What a watch tells, for machines: one JSON object a line, version 1.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::told::{Became, Commits, Told};
use crate::audit::ChangeReport;
use crate::cli::terminal::moment;
use crate::diag::Sources;
use crate::diag::render::{Finding, findings};
use crate::pipeline::{Cause, Decision, ModelRun, Outline, Plan, PlannedFile, Record, Run};

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    t: String,
    #[serde(flatten)]
    event: Event<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event<'a> {
    Ready(ReadyLine<'a>),
    Entry(EntryLine<'a>),
    Problems(ProblemsLine<'a>),
    Fixed { after_ms: u128 },
    Paused { reason: String, hint: &'a str },
    Resumed,
    Notice { message: String },
    Stopped,
}

#[derive(Serialize)]
struct ReadyLine<'a> {
    folder: &'a str,
    files: usize,
    models: usize,
    templates: usize,
    artifacts: usize,
    commits: bool,
    poll_ms: Option<u128>,
    ms: u128,
}

#[derive(Serialize)]
struct EntryLine<'a> {
    run: usize,
    cause: Vec<CauseLine<'a>>,
    artifacts: Vec<ArtifactLine<'a>>,
    problems: Vec<Finding<'a>>,
    state: &'a str,
    commit: Option<String>,
    reason: Option<String>,
    ms: u128,
}

#[derive(Serialize)]
struct ProblemsLine<'a> {
    run: usize,
    cause: Vec<CauseLine<'a>>,
    problems: Vec<Finding<'a>>,
    state: &'a str,
    held: usize,
    good: Option<&'a str>,
    ms: u128,
}

/// One change of an input.
#[derive(Serialize)]
struct CauseLine<'a> {
    kind: &'a str,
    file: &'a str,
    line: Option<usize>,
    what: &'a str,
    element: Option<String>,
    feature: Option<String>,
    old: Option<String>,
    new: Option<String>,
}

/// One artifact that changed.
#[derive(Serialize)]
struct ArtifactLine<'a> {
    path: &'a str,
    what: &'a str,
    added: usize,
    removed: usize,
    template: Option<&'a str>,
}

/// One line, without its end.
pub(super) fn line(told: &Told<'_>) -> String {
    let line = Line {
        version: 1,
        t: moment(),
        event: event(told),
    };
    serde_json::to_string(&line).expect("plain data has no keys that JSON lacks")
}

fn event<'a>(told: &'a Told<'_>) -> Event<'a> {
    match told {
        Told::Ready(ready) => Event::Ready(ReadyLine {
            folder: ready.folder,
            files: ready.run.own_files(),
            models: ready.run.model_files,
            templates: ready.run.templates.len(),
            artifacts: ready.run.artifacts().count(),
            commits: ready.commits == Commits::Made,
            poll_ms: ready.poll.map(|p| p.as_millis()),
            ms: ready.took.as_millis(),
        }),
        Told::Entry(entry) => {
            let (state, commit, reason) = state(&entry.became);
            Event::Entry(EntryLine {
                run: entry.number,
                cause: causes(entry.causes, &entry.run.sources),
                artifacts: artifacts(entry.run, entry.plan),
                problems: findings(entry.findings.iter(), &entry.plan.sources),
                state,
                commit,
                reason,
                ms: entry.took.as_millis(),
            })
        }
        Told::Problems(problems) => Event::Problems(ProblemsLine {
            run: problems.number,
            cause: causes(problems.causes, &problems.run.sources),
            problems: findings(problems.run.diagnostics.iter(), &problems.run.sources),
            state: "held",
            held: problems.held,
            good: problems.good,
            ms: problems.took.as_millis(),
        }),
        Told::Fixed { after } => Event::Fixed {
            after_ms: after.as_millis(),
        },
        Told::Paused(pause) => Event::Paused {
            reason: pause.reason.clone(),
            hint: pause.hint,
        },
        Told::Resumed => Event::Resumed,
        Told::Notice(message) => Event::Notice {
            message: message.clone(),
        },
        Told::Stopped => Event::Stopped,
    }
}

fn state(became: &Became) -> (&'static str, Option<String>, Option<String>) {
    match became {
        Became::Committed(short) => ("committed", Some(short.clone()), None),
        Became::Written => ("written", None, None),
        Became::Unchanged => ("unchanged", None, None),
        Became::Held(reason) => ("written", None, Some(reason.clone())),
    }
}

/// A line a change, or one for a file that changed in no other words.
fn causes<'a>(all: &'a [Cause], sources: &Sources) -> Vec<CauseLine<'a>> {
    let mut lines = Vec::new();
    for cause in all {
        let whole = CauseLine {
            kind: cause.kind.word(),
            file: &cause.path,
            line: cause.line,
            what: cause.what,
            element: None,
            feature: None,
            old: None,
            new: None,
        };
        if cause.changes.is_empty() {
            lines.push(whole);
            continue;
        }
        lines.extend(cause.changes.iter().map(|change| {
            let said = ChangeReport::from(change);
            CauseLine {
                kind: whole.kind,
                file: whole.file,
                line: change.place.map(|p| sources.position(p).line),
                what: said.kind,
                element: Some(said.element),
                feature: said.feature,
                old: said.old,
                new: said.new,
            }
        }));
    }
    lines
}

fn artifacts<'a>(run: &'a Run, plan: &'a Plan) -> Vec<ArtifactLine<'a>> {
    let mut templates = BTreeMap::new();
    if plan.changed_artifacts().next().is_some() {
        let records: BTreeSet<&str> = plan.records().map(|(path, _)| path).collect();
        let is_planned = |m: &&Arc<ModelRun>| records.contains(&*Record::path(&m.path));
        let models = run.models.iter().filter(is_planned);
        let artifacts = models.flat_map(|m| Outline::all(run, m));
        templates.extend(artifacts.map(|a| (a.path(), &*a.template().file)));
    }
    let line = |file: &'a PlannedFile| {
        let (added, removed) = file.line_counts();
        ArtifactLine {
            path: &file.path,
            what: what(file.decision),
            added,
            removed,
            template: templates.get(file.path.as_str()).copied(),
        }
    };
    plan.changed_artifacts().map(line).collect()
}

/// What happened to an artifact, in one word.
fn what(decision: Decision) -> &'static str {
    match decision {
        Decision::Create => "created",
        Decision::Merge => "merged",
        Decision::Conflict => "conflict",
        Decision::Remove => "removed",
        Decision::Update | Decision::Unchanged | Decision::Keep => "updated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::watch::reference::{FIELDS, ITEMS};
    use crate::cli::watch::told::{Entry, Pause, Problems, Ready, Why};

    fn keys(value: &serde_json::Value) -> Vec<&str> {
        let object = value.as_object().unwrap();
        object.keys().map(String::as_str).collect()
    }

    fn names<'f>(fields: &[(&'f str, &str)]) -> Vec<&'f str> {
        fields.iter().map(|f| f.0).collect()
    }

    #[test]
    fn the_table_has_the_fields_that_are_printed() {
        let (run, plan) = (Run::default(), Plan::default());
        let took = std::time::Duration::ZERO;
        let all = [
            Told::Ready(Ready {
                folder: "shop",
                run: &run,
                commits: Commits::Nowhere,
                poll: None,
                took,
            }),
            Told::Entry(Entry {
                number: 1,
                why: Why::Changed,
                causes: &[],
                run: &run,
                plan: &plan,
                findings: &[],
                became: Became::Unchanged,
                took,
            }),
            Told::Problems(Problems {
                number: 2,
                causes: &[],
                run: &run,
                held: 0,
                good: None,
                took,
            }),
            Told::Fixed { after: took },
            Told::Paused(Pause {
                reason: String::new(),
                hint: "",
            }),
            Told::Resumed,
            Told::Notice(String::new()),
            Told::Stopped,
        ];
        assert_eq!(all.len(), FIELDS.len());
        for (told, (event, _, fields)) in all.iter().zip(FIELDS) {
            let line: serde_json::Value = serde_json::from_str(&line(told)).unwrap();
            let expected = [&["version", "t", "event"], &names(fields)[..]].concat();
            assert_eq!(keys(&line), expected, "{event}");
            assert_eq!(line["event"], *event);
        }
        let cause = CauseLine {
            kind: "",
            file: "",
            line: None,
            what: "",
            element: None,
            feature: None,
            old: None,
            new: None,
        };
        let artifact = ArtifactLine {
            path: "",
            what: "",
            added: 0,
            removed: 0,
            template: None,
        };
        let items = [
            serde_json::to_value(cause).unwrap(),
            serde_json::to_value(artifact).unwrap(),
        ];
        for (item, (list, fields)) in items.iter().zip(ITEMS) {
            assert_eq!(keys(item), names(fields), "{list}");
        }
    }
}
