//! What is to be written: the artifacts of a run against what stands in the workspace.

use std::collections::{BTreeMap, BTreeSet};

use similar::{ChangeTag, TextDiff};

use super::editor::schema_file;
use super::record::{OWN, Record, records};
use super::run::Run;
use super::sha256;
use crate::diag::{Code, Diagnostic};
use crate::generate::{Artifact, Ownership};
use crate::world::{World, WorldError};

/// What is to happen to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It has the right bytes.
    Unchanged,
    /// It is not there and is written.
    Create,
    /// It has the bytes that were generated last and is written again.
    Update,
    /// It is left over from an earlier run, was not edited, and is removed.
    Remove,
    /// It is the user's, or was edited by hand: it is kept.
    Keep,
}

/// A file of a plan.
#[derive(Clone, Debug)]
pub struct PlannedFile {
    /// Its path below the workspace.
    pub path: String,
    /// The bytes that it should have; `None` for one that is left over.
    pub content: Option<Vec<u8>>,
    /// The bytes that it has now.
    pub before: Option<Vec<u8>>,
    /// What is to happen to it.
    pub decision: Decision,
}

/// All files that a run asks for.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The files, artifacts first, then records, each by path, then the schema for editors.
    pub files: Vec<PlannedFile>,
    /// Files that are kept against the run's wish, and why.
    pub findings: Vec<Diagnostic>,
}

impl PlannedFile {
    /// How many lines come and go.
    pub fn line_counts(&self) -> (usize, usize) {
        let (before, after) = self.texts();
        TextDiff::from_lines(&before, &after)
            .iter_all_changes()
            .fold((0, 0), |(added, removed), change| match change.tag() {
                ChangeTag::Insert => (added + 1, removed),
                ChangeTag::Delete => (added, removed + 1),
                ChangeTag::Equal => (added, removed),
            })
    }

    /// What changes, as a unified diff.
    pub fn unified(&self) -> String {
        let (before, after) = self.texts();
        let name = |side: &str, bytes: Option<&Vec<u8>>| match bytes {
            Some(_) => format!("{side}/{}", self.path),
            None => "/dev/null".to_owned(),
        };
        let (a, b) = (
            name("a", self.before.as_ref()),
            name("b", self.content.as_ref()),
        );
        TextDiff::from_lines(&before, &after)
            .unified_diff()
            .context_radius(3)
            .header(&a, &b)
            .to_string()
    }

    fn texts(&self) -> (String, String) {
        let text = |bytes: Option<&Vec<u8>>| {
            bytes
                .map(|b| String::from_utf8_lossy(b).into_owned())
                .unwrap_or_default()
        };
        (text(self.before.as_ref()), text(self.content.as_ref()))
    }
}

impl Plan {
    /// The files to which something happens.
    pub fn changes(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files
            .iter()
            .filter(|f| !matches!(f.decision, Decision::Unchanged | Decision::Keep))
    }

    /// How many files have a decision.
    pub fn count(&self, decision: Decision) -> usize {
        self.artifacts().filter(|f| f.decision == decision).count()
    }

    /// The files that are artifacts, not what the program keeps for itself.
    pub fn artifacts(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files.iter().filter(|f| !f.path.starts_with(OWN))
    }
}

/// What the records say of a path: which of them, and the SHA-256 of what was generated last.
type Last<'r> = BTreeMap<&'r str, (&'r str, &'r str)>;

/// Compares a run without errors with the workspace that it is for.
pub fn plan(run: &Run, workspace: &dyn World) -> Result<Plan, WorldError> {
    let old = records(workspace)?;
    let mut last = Last::new();
    for (file, record) in &old {
        last.extend(
            record
                .subject
                .iter()
                .map(|s| (s.name.as_str(), (file.as_str(), s.digest.sha256.as_str()))),
        );
    }
    let mut plan = Plan::default();
    artifacts(run, workspace, &last, &mut plan)?;
    let kept = left_over(run, workspace, &last, &mut plan)?;
    plan_records(run, workspace, (&old, &last, kept), &mut plan)?;
    plan.files.extend(schema_file(run, workspace)?);
    Ok(plan)
}

fn artifacts(
    run: &Run,
    workspace: &dyn World,
    last: &Last<'_>,
    plan: &mut Plan,
) -> Result<(), WorldError> {
    let wanted: BTreeMap<&str, &Artifact> =
        run.artifacts().map(|(_, a)| (a.path.as_str(), a)).collect();
    for (path, artifact) in wanted {
        let before = workspace.read(path)?.map(|b| b.to_vec());
        let content = artifact.text.as_bytes().to_vec();
        let digest = last.get(path).map(|(_, digest)| *digest);
        let (decision, finding) = judge(artifact.ownership, (&content, before.as_deref()), digest);
        plan.findings
            .extend(finding.map(|code| explain(code, path)));
        plan.files.push(PlannedFile {
            path: path.to_owned(),
            content: Some(content),
            before,
            decision,
        });
    }
    Ok(())
}

/// Plans the removal of artifacts that nothing generates any more. Returns those that are kept, since they were edited.
fn left_over<'r>(
    run: &Run,
    workspace: &dyn World,
    last: &Last<'r>,
    plan: &mut Plan,
) -> Result<Vec<&'r str>, WorldError> {
    let wanted: BTreeSet<&str> = run.artifacts().map(|(_, a)| a.path.as_str()).collect();
    let mut kept = Vec::new();
    for (path, (_, digest)) in last.iter().filter(|(p, _)| !wanted.contains(*p)) {
        let Some(before) = workspace.read(path)?.map(|b| b.to_vec()) else {
            continue;
        };
        let edited = !is_generated(&before, digest);
        if edited {
            let message =
                format!("{path} is not generated any more and was edited by hand: it is kept");
            let diagnostic = Diagnostic::global(Code::EditedByHand, message);
            plan.findings
                .push(diagnostic.hint("remove it, or move it away"));
            kept.push(*path);
        }
        let decision = if edited {
            Decision::Keep
        } else {
            Decision::Remove
        };
        plan.files.push(PlannedFile {
            path: (*path).to_owned(),
            content: None,
            before: Some(before),
            decision,
        });
    }
    Ok(kept)
}

/// What to do with an artifact, given what it should be, what it is, and what was generated last.
fn judge(
    ownership: Ownership,
    bytes: (&[u8], Option<&[u8]>),
    last: Option<&str>,
) -> (Decision, Option<Code>) {
    let (content, before) = bytes;
    let Some(before) = before else {
        return (Decision::Create, None);
    };
    if before == content || with_line_feeds(before) == content {
        return (Decision::Unchanged, None);
    }
    if ownership == Ownership::Once {
        return (Decision::Keep, None);
    }
    match last {
        Some(digest) if is_generated(before, digest) => (Decision::Update, None),
        Some(_) => (Decision::Keep, Some(Code::EditedByHand)),
        None => (Decision::Keep, Some(Code::ForeignFile)),
    }
}

/// Whether a file is what was generated, or what git makes of it where it checks text out with CRLF.
fn is_generated(bytes: &[u8], digest: &str) -> bool {
    sha256(bytes) == digest || sha256(&with_line_feeds(bytes)) == digest
}

pub(super) fn with_line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (index, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            out.push(*byte);
        }
    }
    out
}

fn explain(code: Code, path: &str) -> Diagnostic {
    let (message, hint) = match code {
        Code::EditedByHand => (
            format!("{path} was edited by hand: it is kept as it is"),
            "move the edit into the model or a template, or remove the file to have it generated again",
        ),
        _ => (
            format!("{path} is there, and mlopsgen did not write it: it is kept as it is"),
            "move it away",
        ),
    };
    Diagnostic::global(code, message).hint(hint)
}

/// The records of all models, and the removal of those whose model is gone.
///
/// A record tells what stands in the workspace: for a file that was kept, what was generated before the edit.
fn plan_records(
    run: &Run,
    workspace: &dyn World,
    known: (&BTreeMap<String, Record>, &Last<'_>, Vec<&str>),
    plan: &mut Plan,
) -> Result<(), WorldError> {
    let (old, last, kept) = known;
    let mut wanted: BTreeMap<String, Record> = BTreeMap::new();
    let keeps = plan.files.iter().filter(|f| f.decision == Decision::Keep);
    let keeps: BTreeSet<&str> = keeps.map(|f| f.path.as_str()).collect();
    for (model, mut record) in run.models.iter().zip(Record::all(run)) {
        record.subject.retain_mut(|subject| {
            if !keeps.contains(subject.name.as_str()) {
                return true;
            }
            let before = last.get(subject.name.as_str());
            if let Some((_, digest)) = before {
                subject.digest.sha256 = (*digest).to_owned();
            }
            before.is_some()
        });
        wanted.insert(Record::path(&model.path), record);
    }
    for path in kept {
        let (file, _) = last[path];
        let subject = old[file].subject.iter().find(|s| s.name == path).cloned();
        let empty = || {
            let mut record = old[file].clone();
            record.subject.clear();
            record
        };
        wanted
            .entry(file.to_owned())
            .or_insert_with(empty)
            .subject
            .extend(subject);
    }
    for (path, record) in old.iter().filter(|(p, _)| !wanted.contains_key(*p)) {
        let before = Some(record.text().into_bytes());
        let before = workspace.read(path)?.map(|b| b.to_vec()).or(before);
        plan.files.push(PlannedFile {
            path: path.clone(),
            content: None,
            before,
            decision: Decision::Remove,
        });
    }
    for (path, mut record) in wanted {
        record.subject.sort_by(|a, b| a.name.cmp(&b.name));
        let content = record.text().into_bytes();
        let before = workspace.read(&path)?.map(|b| b.to_vec());
        let decision = match &before {
            None => Decision::Create,
            Some(bytes) if *bytes == content || with_line_feeds(bytes) == content => {
                Decision::Unchanged
            }
            Some(_) => Decision::Update,
        };
        plan.files.push(PlannedFile {
            path,
            content: Some(content),
            before,
            decision,
        });
    }
    Ok(())
}
