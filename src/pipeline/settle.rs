//! Settling whose the bytes of an artifact are: an edit is accepted, or what is generated takes its place.

use std::collections::BTreeMap;

use super::plan::{self, Decision, Plan, PlannedFile, State};
use super::record::{Record, Subject, records};
use super::run::Run;
use super::sha256;
use crate::generate::Ownership;
use crate::world::{World, WorldError};

/// Why an edit cannot be accepted, or a file not be reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing generates a file of that path.
    Unknown,
    /// Nothing is to be settled.
    Nothing(State),
    /// Something else is generated now, which is to be merged first.
    Unmerged,
    /// A conflict is to be resolved first.
    Conflict,
    /// The template locks it.
    Locked,
}

/// Decisions about artifacts of a workspace, made one by one.
pub struct Settling<'r> {
    run: &'r Run,
    plan: &'r Plan,
    workspace: &'r dyn World,
    records: BTreeMap<String, Record>,
    files: Vec<PlannedFile>,
}

impl<'r> Settling<'r> {
    /// Begins with a run without errors and its plan for a workspace.
    pub fn new(run: &'r Run, plan: &'r Plan, workspace: &'r dyn World) -> Result<Self, WorldError> {
        Ok(Self {
            run,
            plan,
            workspace,
            records: records(workspace)?,
            files: Vec::new(),
        })
    }

    /// Takes a file for right as it is: its edits belong to the artifact from now on, and what is generated later is
    /// merged into it. What nothing generates any more becomes the user's.
    pub fn accept(&mut self, path: &str) -> Result<(), Refusal> {
        let (state, file) = self.find(path)?;
        let artifact = self.run.artifact(path);
        if artifact.is_some_and(|a| a.template().ownership == Ownership::Locked) {
            return Err(Refusal::Locked);
        }
        match (state, file.decision) {
            (State::Edited | State::Both | State::Foreign, Decision::Keep) => {
                let accepted = file.before.as_deref().map(sha256);
                self.tell(path, accepted);
                Ok(())
            }
            (State::Orphaned, _) => {
                self.forget(path);
                Ok(())
            }
            (State::Conflict, Decision::Keep) => Err(Refusal::Conflict),
            (State::Both | State::Conflict, _) => Err(Refusal::Unmerged),
            (state, _) => Err(Refusal::Nothing(state)),
        }
    }

    /// Puts what is generated in the place of a file; what the user wrote into its protected regions stays. Returns the
    /// bytes that are displaced, where there are any.
    pub fn reset(&mut self, path: &str) -> Result<Option<&'r [u8]>, Refusal> {
        let (state, file) = self.find(path)?;
        if matches!(state, State::Clean) {
            return Err(Refusal::Nothing(state));
        }
        let before = file.before.as_deref();
        let content = self.run.artifact(path).map(|artifact| {
            let (artifact, last) = (artifact.print(), self.subject(path));
            let filled = before.map(|b| plan::generated_over(&artifact, b, last));
            filled.unwrap_or(artifact.text).into()
        });
        match content {
            Some(_) => self.tell(path, None),
            None => self.forget(path),
        }
        let decision = match (before, &content) {
            (_, None) => Decision::Remove,
            (None, _) => Decision::Create,
            _ => Decision::Update,
        };
        self.files.push(PlannedFile {
            path: path.to_owned(),
            content,
            before: file.before.clone(),
            decision,
        });
        Ok(before)
    }

    /// What is to be written for all decisions.
    pub fn finish(self) -> Result<Plan, WorldError> {
        let mut files = self.files;
        for (path, record) in &self.records {
            let before = self.workspace.read(path)?;
            files.push(plan::record_file(path, record, before));
        }
        Ok(Plan {
            files,
            ..Plan::default()
        })
    }

    fn find(&self, path: &str) -> Result<(State, &'r PlannedFile), Refusal> {
        let state = self.plan.states.get(path).ok_or(Refusal::Unknown)?;
        let file = self.plan.files.iter().find(|f| f.path == path);
        Ok((*state, file.ok_or(Refusal::Unknown)?))
    }

    fn subject(&self, path: &str) -> Option<&Subject> {
        let mut all = self.records.values().flat_map(|r| &r.subject);
        all.find(|s| s.name == path)
    }

    fn forget(&mut self, path: &str) {
        for record in self.records.values_mut() {
            record.subject.retain(|s| s.name != path);
        }
    }

    /// Says in the record that what is generated now is the base of a file.
    fn tell(&mut self, path: &str, accepted: Option<String>) {
        self.forget(path);
        let Some(artifact) = self.run.artifact(path) else {
            return;
        };
        let now = Record::of(self.run, artifact.of);
        let subject = now.subject.iter().find(|s| s.name == path).cloned();
        let file = Record::path(&artifact.of.path);
        let record = self.records.entry(file).or_insert_with(|| {
            let mut empty = now;
            empty.subject.clear();
            empty
        });
        record.subject.extend(subject.map(|mut subject| {
            subject.annotations.accepted = accepted;
            subject
        }));
        record.subject.sort_by(|a, b| a.name.cmp(&b.name));
    }
}
