//! The records of a plan: what they say of each artifact.

use std::collections::BTreeMap;

use super::judge::Told;
use super::planner::Planner;
use super::{Decision, PlannedFile};
use crate::pipeline::record::{Record, Subject, with_line_feeds};
use crate::pipeline::run::ModelRun;
use crate::world::{Bytes, WorldError};

impl<'r: 'p, 'p, E: From<WorldError>> Planner<'r, 'p, E> {
    /// Plans the records of all models, and the removal of those whose model is gone.
    pub(super) fn records<'o>(&mut self, old: impl Iterator<Item = &'o String>) -> Result<(), E> {
        let mut orphans = self.orphaned();
        let models = self.which.of(self.run);
        let mut wanted: BTreeMap<String, Option<&ModelRun>> = models
            .map(|model| (Record::path(&model.path), Some(model)))
            .collect();
        for file in orphans.keys() {
            wanted.entry((*file).to_owned()).or_default();
        }
        for path in old.filter(|path| !wanted.contains_key(*path)) {
            if let Some(before) = self.workspace.read(path)? {
                self.file(PlannedFile {
                    path: path.clone(),
                    content: None,
                    before: Some(before),
                    decision: Decision::Remove,
                })?;
            }
        }
        for (path, model) in wanted {
            let before = self.workspace.read(&path)?;
            let record = match model {
                Some(model) => Some(self.record(model)),
                None => before.as_deref().and_then(Record::read),
            };
            let Some(mut record) = record else { continue };
            if model.is_none() {
                record.subject.clear();
            }
            let orphans = orphans.remove(&*path).unwrap_or_default();
            record.subject.extend(orphans.into_iter().cloned());
            record.subject.sort_by(|a, b| a.name.cmp(&b.name));
            self.file(record_file(&path, &record, before))?;
        }
        Ok(())
    }

    /// What a record is to say of a model.
    fn record(&self, model: &ModelRun) -> Record {
        let mut record = Record::of(self.run, model);
        record.subject.retain_mut(|subject| {
            let name = subject.name.as_str();
            match (self.told.get(name), self.last.get(name)) {
                (None, _) => true,
                (Some(Told::Now(accepted)), _) => {
                    subject.annotations.accepted.clone_from(accepted);
                    true
                }
                (Some(Told::AsBefore), Some((_, last))) => {
                    *subject = (*last).clone();
                    true
                }
                (Some(Told::AsBefore), None) => false,
            }
        });
        record
    }

    /// What nothing generates any more and is kept stays in the record that it stands in: what is said of it, by the records.
    fn orphaned(&self) -> BTreeMap<&'p str, Vec<&'p Subject>> {
        let mut all: BTreeMap<&str, Vec<&Subject>> = BTreeMap::new();
        for path in self.told.keys().filter(|path| !self.is_wanted(path)) {
            let (file, subject) = self.last[path];
            all.entry(file).or_default().push(subject);
        }
        all
    }
}

/// A record as a file of a plan.
pub(in crate::pipeline) fn record_file(
    path: &str,
    record: &Record,
    before: Option<Bytes>,
) -> PlannedFile {
    own_file(path, record.text(), before)
}

/// A file of the program's own, which is written where it differs.
pub(in crate::pipeline) fn own_file(
    path: &str,
    content: String,
    before: Option<Bytes>,
) -> PlannedFile {
    let (decision, content) = match &before {
        None => (Decision::Create, content.into()),
        Some(bytes) if *bytes == *content => (Decision::Unchanged, bytes.clone()),
        Some(bytes) if with_line_feeds(bytes) == content.as_bytes() => {
            (Decision::Unchanged, content.into())
        }
        Some(_) => (Decision::Update, content.into()),
    };
    PlannedFile {
        path: path.to_owned(),
        content: Some(content),
        before,
        decision,
    }
}
