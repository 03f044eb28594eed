//! A state of a workspace against what its own inputs generate.

use std::collections::{BTreeMap, BTreeSet};

use super::digests;
use super::verdict::{Difference, Drift, DriftKind, Level, Verdict};
use crate::pipeline::{
    self, COMPLETED, CommitPolicy, Decision, Live, Plan, PlannedFile, RECORDS, Record, Run, State,
};
use crate::world::{World, WorldError};

/// Generates everything again and compares.
pub(super) fn verdict(world: &dyn World, live: &mut Live) -> Result<Verdict, WorldError> {
    let records = pipeline::records(world)?;
    let run = live.run(world);
    if let Some(reason) = other_engine(&records, &run) {
        return digests::verdict(world, Some(reason));
    }
    if run.diagnostics.has_errors() {
        return broken(world, &run, &records);
    }
    let plan = pipeline::plan(&run, world, &|_, _| None)?;
    let is_there = |s: &State| !matches!(s, State::Missing);
    if records.is_empty() && !plan.states.values().any(is_there) {
        return Ok(Verdict::default());
    }
    let inputs = changed(&records, &run);
    let policy = run.config.as_ref().map(|c| c.commit);
    if !inputs.is_empty() && policy == Some(CommitPolicy::Outputs) {
        let reason = "its inputs are not in it (`commit.policy` is outputs)";
        let mut verdict = digests::verdict(world, Some(reason.to_owned()))?;
        let is_input = |d: &Drift| matches!(d.kind, DriftKind::Input { .. });
        verdict.drifts.retain(|drift| !is_input(drift));
        return Ok(verdict);
    }
    let mut verdict = Verdict {
        level: Level::Generated,
        artifacts: plan.states.len(),
        users: count(&plan, |s| matches!(s, State::Accepted | State::Own)),
        ignored: 0,
        drifts: Vec::new(),
    };
    verdict.drifts = drifts(&plan);
    if !inputs.is_empty() {
        let is_behind = |d: &Drift| matches!(d.kind, DriftKind::Stale | DriftKind::LeftOver);
        verdict.drifts.retain(|drift| !is_behind(drift));
    }
    let behind = count(&plan, |s| matches!(s, State::Stale | State::LeftOver));
    if inputs.is_empty() {
        own_files(&plan, &mut verdict);
    }
    verdict
        .drifts
        .extend(inputs.into_iter().map(|(path, records)| Drift {
            path,
            kind: DriftKind::Input { behind, records },
            at: None,
        }));
    verdict.drifts.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(verdict)
}

fn count(plan: &Plan, which: impl Fn(&State) -> bool) -> usize {
    plan.states.values().filter(|s| which(s)).count()
}

/// The artifacts that are not what is generated, in which way, and in which line first.
pub fn drifts(plan: &Plan) -> Vec<Drift> {
    let files: BTreeMap<&str, &PlannedFile> =
        plan.artifacts().map(|f| (f.path.as_str(), f)).collect();
    let drift = |(path, state): (&String, &State)| {
        let kind = match state {
            State::Edited | State::Both => DriftKind::Edited,
            State::Orphaned => DriftKind::Orphaned,
            State::Conflict => DriftKind::Conflict,
            State::Foreign => DriftKind::Foreign,
            State::Missing => DriftKind::Missing,
            State::Stale => DriftKind::Stale,
            State::LeftOver => DriftKind::LeftOver,
            State::Clean | State::Accepted | State::Own => return None,
        };
        let file = files.get(path.as_str());
        let at = file.and_then(|f| {
            let (before, content) = (f.before.as_ref()?, f.content.as_ref()?);
            Difference::between(before, content)
        });
        Some(Drift {
            path: path.clone(),
            kind,
            at,
        })
    };
    plan.states.iter().filter_map(drift).collect()
}

/// The records and completed models that are not what the program writes.
fn own_files(plan: &Plan, verdict: &mut Verdict) {
    let is_other = |f: &&PlannedFile| !matches!(f.decision, Decision::Unchanged | Decision::Keep);
    for file in plan.files.iter().filter(is_other) {
        let kind = if file.path.starts_with(RECORDS) {
            DriftKind::Record
        } else if !file.path.starts_with(COMPLETED) {
            continue;
        } else if file.before.is_none() {
            DriftKind::Missing
        } else if file.content.is_none() {
            DriftKind::LeftOver
        } else {
            DriftKind::Edited
        };
        let before = file.before.as_deref().unwrap_or_default();
        let wanted = file.content.as_deref().unwrap_or_default();
        verdict.drifts.push(Drift {
            path: file.path.clone(),
            kind,
            at: Difference::between(before, wanted),
        });
    }
}

/// The inputs of the workspace that are others than records say, with these records.
fn changed(records: &BTreeMap<String, Record>, run: &Run) -> BTreeMap<String, Vec<String>> {
    let now: BTreeMap<&str, &str> = own_inputs(run).collect();
    let models: BTreeSet<&str> = run.models.iter().map(|m| m.path.as_str()).collect();
    let mut changed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut enter = |path: &str, record: &str| {
        let records = changed.entry(path.to_owned()).or_default();
        records.push(record.to_owned());
    };
    for (file, record) in records {
        let then: BTreeMap<&str, &str> = record.dependencies().collect();
        let own = then.iter().filter(|(uri, _)| !is_of_pack(uri));
        for (path, _) in own.filter(|(path, sha256)| now.get(*path) != Some(*sha256)) {
            enter(path, file);
        }
        let new = now.keys().filter(|path| !then.contains_key(**path));
        for path in new.filter(|path| !models.contains(**path)) {
            enter(path, file);
        }
    }
    for model in models.into_iter().filter(|_| !records.is_empty()) {
        let record = Record::path(model);
        if !records.contains_key(&record) {
            enter(model, &record);
        }
    }
    changed
}

fn own_inputs(run: &Run) -> impl Iterator<Item = (&str, &str)> {
    let own = run.inputs.values().filter(|i| i.pack.is_none());
    own.map(|i| (&*i.path, &*i.sha256))
}

fn is_of_pack(uri: &str) -> bool {
    uri.starts_with("pack:")
}

/// Why this program cannot generate what records speak of.
fn other_engine(records: &BTreeMap<String, Record>, run: &Run) -> Option<String> {
    let pack: BTreeMap<String, &str> = run
        .inputs
        .values()
        .filter_map(|i| Some((format!("pack:{}/{}", i.pack.as_ref()?, i.path), &*i.sha256)))
        .collect();
    records.values().find_map(|record| {
        let (version, semantics) = record.engine();
        let is_older = version != pipeline::VERSION;
        if semantics != pipeline::SEMANTICS.to_string() {
            return Some(format!(
                "it needs mlopsgen {version} with semantics {semantics}; this is {} with {}",
                pipeline::VERSION,
                pipeline::SEMANTICS
            ));
        }
        let then = record.dependencies().filter(|(uri, _)| is_of_pack(uri));
        let mut other = then.filter(|(uri, sha256)| match pack.get(*uri) {
            Some(now) => now != sha256,
            None => is_older,
        });
        let (uri, _) = other.next()?;
        Some(format!(
            "it needs mlopsgen {version} with another {uri} than this one has"
        ))
    })
}

/// A state from which nothing can be generated.
fn broken(
    world: &dyn World,
    run: &Run,
    records: &BTreeMap<String, Record>,
) -> Result<Verdict, WorldError> {
    if records.is_empty() {
        return Ok(Verdict::default());
    }
    let mut verdict = digests::verdict(world, Some("its inputs have errors".to_owned()))?;
    let first = run.diagnostics.iter().find(|d| d.is_error());
    let place = first.and_then(|d| d.primary.as_ref());
    let path = place.map(|label| run.sources.file(label.span.file).path.clone());
    let path = path.unwrap_or_else(|| pipeline::CONFIG_FILE.to_owned());
    let message = first.map_or_else(String::new, |d| d.message.clone());
    verdict.drifts.retain(|d| d.path != path);
    verdict.drifts.push(Drift {
        path,
        kind: DriftKind::Broken(message),
        at: None,
    });
    verdict.drifts.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(verdict)
}
