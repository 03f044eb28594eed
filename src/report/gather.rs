//! Reading a report from a repository.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Artifact, ChangeLine, Changed, Commit, Drift, Engine, Entry, File, IGNORED, Input, NOTHING,
    Picture, Problem, RECORDED, Report, Restored,
};
use crate::audit::{
    self, CAUSE, ChangeReport, Changes, Depth, Level, REASON, RESTORED, Verdict, Verified,
    Verifier, VerifyError,
};
use crate::diag::render;
use crate::diagram::{model as objects, svg};
use crate::git::{
    CommitWorld, Commits, HistoryEntry, HistoryOptions, PastWorlds, Repository, Revision, within,
};
use crate::model::{Change, ChangeKind, dotted};
use crate::pipeline::{self, Cause, CauseKind, OWN, Plan, PlannedFile, RECORDS, Run, State};
use crate::world::World as _;

/// The word for a commit that changed no input.
const BY_HAND: &str = "by hand";

/// Which commits are reported.
#[derive(Clone, Debug, Default)]
pub struct Period {
    /// A revision with all its ancestors, or a range `A..B`.
    pub revision: String,
    /// Only commits from this second on.
    pub since: Option<i64>,
    /// Only commits up to this second.
    pub until: Option<i64>,
}

/// Reads what commits changed in the workspace at a prefix of a repository, as [`Repository::prefix_of`] gives it, and
/// verifies each of them.
///
/// # Errors
/// Where the repository cannot be read, or a name is no commit.
pub fn gather(
    repository: &Repository,
    prefix: &str,
    period: &Period,
) -> Result<Report, VerifyError> {
    let asked = &period.revision;
    let revisions = repository.commits(Commits::UpTo(asked))?;
    // An empty range has an end too, and what holds there is told.
    let end = asked.rsplit_once("..").map_or(&**asked, |(_, end)| end);
    let end = if end.is_empty() { "HEAD" } else { end };
    let mut named = repository.commits(Commits::Named(end))?;
    let last = named.pop().expect("a name that is no range is one commit");
    let entries = repository.history(&HistoryOptions {
        range: Some(asked.clone()),
        paths: Some(prefix.to_owned())
            .into_iter()
            .filter(|p| !p.is_empty())
            .collect(),
        limit: None,
    })?;
    let is_in_period = |e: &HistoryEntry| {
        let time = e.revision.time.seconds;
        period.since.is_none_or(|s| time >= s) && period.until.is_none_or(|u| time <= u)
    };
    let entries: Vec<HistoryEntry> = entries.into_iter().filter(is_in_period).collect();
    let mut verifier = Verifier::new(repository, prefix, Depth::Generate)?;
    let wanted: BTreeSet<&str> = entries.iter().map(|e| e.revision.id.as_str()).collect();
    let mut verified = BTreeMap::new();
    for revision in revisions.iter().filter(|r| wanted.contains(r.id.as_str())) {
        verified.insert(revision.id.clone(), verifier.verify(revision)?);
    }
    let verdict = verifier.verify(&last)?.verdict;
    let mut changes = Changes::new(repository, prefix)?;
    let mut commits = Vec::new();
    for entry in &entries {
        commits.push(told(entry, verified.get(&entry.revision.id), &mut changes)?);
    }
    let world = PastWorlds::of(repository, prefix)?.at(&last.id)?;
    let run = pipeline::run(&world);
    let mut artifacts = if verdict.level == Level::Generated {
        let plan = pipeline::plan(&run, &world, &|_, _| None)?;
        generated(&run, &plan)
    } else {
        recorded(&world, &verdict)?
    };
    let mut touched = last_changes(repository, (prefix, &last), &artifacts)?;
    for artifact in &mut artifacts {
        artifact.last = touched.remove(&artifact.path);
        if artifact.state == State::Missing.word() && world.ignores(&artifact.path)? {
            artifact.state = IGNORED;
        }
    }
    Ok(Report {
        version: 1,
        engine: Engine {
            version: pipeline::VERSION,
            semantics: pipeline::SEMANTICS,
        },
        workspace: prefix.to_owned(),
        commit: Commit::from(&last),
        asked: asked.clone(),
        verdict: verdict.word(),
        reason: match &verdict.level {
            Level::Digests(reason) => reason.clone(),
            _ => None,
        },
        commits,
        artifacts,
        inputs: inputs(&run),
        inputs_digest: run.inputs_digest(),
        problems: problems(&run),
        pictures: pictures(&run),
    })
}

/// What is told of one commit.
fn told(
    entry: &HistoryEntry,
    verified: Option<&Verified>,
    changes: &mut Changes,
) -> Result<Entry, VerifyError> {
    let revision = &entry.revision;
    let inputs = changes.of(revision)?;
    let causes: Vec<String> = revision.trailer(CAUSE).map(str::to_owned).collect();
    let kinds = kinds(&inputs, &causes);
    let files = changes.files(entry)?;
    let drift = |d: &audit::Drift| Drift {
        path: d.path.clone(),
        kind: d.kind.word(),
        line: d.at.as_ref().map(|at| at.line),
    };
    let drifts = verified.map(|v| v.new.iter().map(|(d, _)| drift(d)).collect());
    Ok(Entry {
        commit: Commit::from(revision),
        causes,
        kinds,
        restored: revision.trailer(RESTORED).next().map(|from| Restored {
            from: from.to_owned(),
            reason: revision
                .trailer(REASON)
                .next()
                .unwrap_or_default()
                .to_owned(),
        }),
        verdict: verified.map_or(NOTHING, |v| v.verdict.word()),
        inputs: inputs.iter().map(changed).collect(),
        files: files
            .iter()
            .filter(|f| !f.path.starts_with(OWN))
            .map(file)
            .collect(),
        drifts: drifts.unwrap_or_default(),
    })
}

/// The kinds of the inputs that changed; where none did, what the commit says of itself.
fn kinds(inputs: &[Cause], causes: &[String]) -> Vec<&'static str> {
    let said = |kind: &&CauseKind| {
        causes
            .iter()
            .any(|c| c.split(' ').next() == Some(kind.word()))
    };
    let mut kinds: BTreeSet<CauseKind> = inputs.iter().map(|c| c.kind).collect();
    if kinds.is_empty() {
        kinds.extend(CauseKind::ALL.iter().filter(said));
    }
    if kinds.is_empty() {
        return vec![BY_HAND];
    }
    kinds.into_iter().map(CauseKind::word).collect()
}

fn changed(cause: &Cause) -> Changed {
    Changed {
        kind: cause.kind.word(),
        path: cause.path.clone(),
        what: cause.what,
        changes: cause.changes.iter().map(ChangeReport::from).collect(),
        lines: cause.changes.iter().map(line).collect(),
    }
}

fn line(change: &Change) -> ChangeLine {
    let element = dotted(&change.element);
    let position = |at: &usize| Some(format!("position {}", at + 1));
    let (mark, feature, old, new) = match &change.kind {
        ChangeKind::Added => ('+', None, None, None),
        ChangeKind::Removed => ('-', None, None, None),
        ChangeKind::Moved(from) => ('>', None, Some(dotted(from)), Some(element.clone())),
        ChangeKind::Reordered(from, to) => ('>', None, position(from), position(to)),
        ChangeKind::Retyped(from, to) => ('~', None, Some(from.clone()), Some(to.clone())),
        ChangeKind::Set(feature, old, new) => {
            ('~', Some(feature.clone()), old.clone(), new.clone())
        }
    };
    ChangeLine {
        mark,
        element,
        feature,
        old,
        new,
    }
}

fn file(file: &PlannedFile) -> File {
    let (added, removed) = file.line_counts();
    let is_changed = file.before.is_some() && file.content.is_some();
    File {
        path: file.path.clone(),
        added,
        removed,
        diff: is_changed.then(|| file.unified()),
    }
}

/// The commit that last changed each of some artifacts, by their paths.
fn last_changes(
    repository: &Repository,
    (prefix, last): (&str, &Revision),
    artifacts: &[Artifact],
) -> Result<BTreeMap<String, Commit>, VerifyError> {
    let paths = artifacts.iter().map(|a| &a.path);
    let mut open: BTreeMap<String, &String> = paths.map(|p| (within(prefix, p), p)).collect();
    let entries = repository.history(&HistoryOptions {
        range: Some(last.id.clone()),
        paths: open.keys().cloned().collect(),
        limit: None,
    })?;
    let mut found = BTreeMap::new();
    for entry in &entries {
        for file in &entry.files {
            if let Some(path) = open.remove(&file.path) {
                found.insert(path.clone(), Commit::from(&entry.revision));
            }
        }
    }
    Ok(found)
}

/// The artifacts of a state that could be generated again.
fn generated(run: &Run, plan: &Plan) -> Vec<Artifact> {
    let made: BTreeMap<&str, (&str, &str)> = run
        .artifacts()
        .map(|a| (a.path(), (&*a.of.path, &*a.template().file)))
        .collect();
    let files: BTreeMap<&str, &PlannedFile> = plan.artifacts().map(|f| (&*f.path, f)).collect();
    let artifact = |(path, state): (&String, &State)| {
        let (model, template) = made.get(&**path).copied().unwrap_or_default();
        let bytes = files.get(&**path).and_then(|f| f.before.as_deref());
        Artifact {
            path: path.clone(),
            model: model.to_owned(),
            template: template.to_owned(),
            state: state.word(),
            sha256: bytes.map(pipeline::sha256).unwrap_or_default(),
            last: None,
        }
    };
    plan.states.iter().map(artifact).collect()
}

/// The artifacts that records tell of, held against their digests.
fn recorded(world: &CommitWorld, verdict: &Verdict) -> Result<Vec<Artifact>, VerifyError> {
    let mut artifacts = Vec::new();
    for (path, record) in pipeline::records(world)? {
        let model = path.strip_prefix(RECORDS).unwrap_or(&path);
        let model = model.trim_start_matches('/').trim_end_matches(".json");
        for subject in &record.subject {
            let bytes = world.read(&subject.name)?;
            let drift = verdict.drifts.iter().find(|d| d.path == subject.name);
            artifacts.push(Artifact {
                path: subject.name.clone(),
                model: model.to_owned(),
                template: String::new(),
                state: drift.map_or(RECORDED, |d| d.kind.word()),
                sha256: bytes.map(|b| pipeline::sha256(&b)).unwrap_or_default(),
                last: None,
            });
        }
    }
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(artifacts)
}

fn inputs(run: &Run) -> Vec<Input> {
    let mut all: Vec<(CauseKind, Input)> = run
        .inputs
        .values()
        .map(|input| {
            let kind = CauseKind::of(&input.path, run);
            let told = Input {
                kind: kind.word(),
                path: input.path.to_string(),
                pack: input.pack.as_deref().map(str::to_owned),
                sha256: input.sha256.to_string(),
            };
            (kind, told)
        })
        .collect();
    all.sort_by(|(a, x), (b, y)| (&x.pack, a, &x.path).cmp(&(&y.pack, b, &y.path)));
    all.into_iter().map(|(_, input)| input).collect()
}

fn problems(run: &Run) -> Vec<Problem> {
    let all = run.diagnostics.iter();
    all.map(|d| Problem {
        severity: d.severity.word(),
        code: d.code.id(),
        text: render::short(d, &run.sources),
    })
    .collect()
}

fn pictures(run: &Run) -> Vec<Picture> {
    let models = run.models.iter();
    models
        .map(|model| Picture {
            path: model.path.clone(),
            svg: svg::svg(&objects::diagram(
                &model.written,
                &objects::Options::default(),
            )),
        })
        .collect()
}
