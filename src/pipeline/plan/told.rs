//! The records of a plan: what they say of each artifact.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::Told;
use super::{Decision, PlannedFile, Planner};
use crate::pipeline::printed::Outline;
use crate::pipeline::record::{Record, with_line_feeds};
use crate::world::{Bytes, WorldError};

impl Planner<'_> {
    /// The records of all models, and the removal of those whose model is gone.
    pub(super) fn records(&mut self, old: &BTreeMap<String, Record>) -> Result<(), WorldError> {
        let mut wanted: BTreeMap<String, Record> = BTreeMap::new();
        for (model, mut record) in Record::all(self.run, self.which) {
            record.subject.retain_mut(|subject| {
                let last = self.last.get(subject.name.as_str());
                match (self.told.get(subject.name.as_str()), last) {
                    (Some(Told::Now(accepted)), _) => {
                        subject.annotations.accepted.clone_from(accepted);
                        true
                    }
                    (_, Some((_, last))) => {
                        *subject = (*last).clone();
                        true
                    }
                    (_, None) => false,
                }
            });
            wanted.insert(Record::path(&model.path), record);
        }
        self.keep_orphans(old, &mut wanted);
        for record in wanted.values_mut() {
            record.subject.sort_by(|a, b| a.name.cmp(&b.name));
        }
        self.record_files(old, &wanted)?;
        self.plan.records = wanted;
        Ok(())
    }

    /// What nothing generates any more and is kept stays in the record that it stands in.
    fn keep_orphans(&self, old: &BTreeMap<String, Record>, wanted: &mut BTreeMap<String, Record>) {
        let artifacts = self.run.artifacts_of(self.which);
        let generated: BTreeSet<&str> = artifacts.map(Outline::path).collect();
        for path in self.told.keys().filter(|p| !generated.contains(*p)) {
            let (file, subject) = self.last[path];
            let empty = || {
                let mut record = old[file].clone();
                record.subject.clear();
                record
            };
            let record = wanted.entry(file.to_owned()).or_insert_with(empty);
            record.subject.push(subject.clone());
        }
    }

    fn record_files(
        &mut self,
        old: &BTreeMap<String, Record>,
        wanted: &BTreeMap<String, Record>,
    ) -> Result<(), WorldError> {
        for (path, record) in old.iter().filter(|(p, _)| !wanted.contains_key(*p)) {
            let before = Some(record.text().into());
            let before = self.workspace.read(path)?.or(before);
            self.plan.files.push(PlannedFile {
                path: path.clone(),
                content: None,
                before,
                decision: Decision::Remove,
            });
        }
        for (path, record) in wanted {
            let before = self.workspace.read(path)?;
            let file = record_file(path, record, before);
            self.plan.files.push(file);
        }
        Ok(())
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
