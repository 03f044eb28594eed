//! A state of a workspace against the digests of its records.

use std::collections::BTreeMap;

use super::verdict::{Drift, DriftKind, Level, Verdict};
use crate::generate::region;
use crate::pipeline::{self, Subject, sha256};
use crate::world::{World, WorldError};

/// Holds the digests of the records against the files, where no more can be done for a reason.
pub(super) fn verdict(world: &dyn World, reason: Option<String>) -> Result<Verdict, WorldError> {
    let records = pipeline::records(world)?;
    if records.is_empty() {
        return Ok(Verdict::default());
    }
    let mut verdict = Verdict {
        level: Level::Digests(reason),
        ..Verdict::default()
    };
    let mut drifts: BTreeMap<String, DriftKind> = BTreeMap::new();
    for (file, record) in &records {
        for (path, digest) in record.dependencies() {
            if !path.starts_with("pack:") && now(world, path)?.as_deref() != Some(digest) {
                let records = vec![file.clone()];
                drifts.insert(path.to_owned(), DriftKind::Input { behind: 0, records });
            }
        }
        for subject in &record.subject {
            verdict.artifacts += 1;
            match judge(world, subject)? {
                Judged::Generated => {}
                Judged::Users => verdict.users += 1,
                Judged::Drift(kind) => {
                    drifts.insert(subject.name.clone(), kind);
                }
            }
        }
    }
    let drifts = drifts.into_iter();
    verdict.drifts = drifts
        .map(|(path, kind)| Drift {
            path,
            kind,
            at: None,
        })
        .collect();
    Ok(verdict)
}

fn now(world: &dyn World, path: &str) -> Result<Option<String>, WorldError> {
    Ok(world.read(path)?.map(|bytes| sha256(&bytes)))
}

enum Judged {
    Generated,
    Users,
    Drift(DriftKind),
}

fn judge(world: &dyn World, subject: &Subject) -> Result<Judged, WorldError> {
    let Some(bytes) = world.read(&subject.name)? else {
        return Ok(Judged::Drift(DriftKind::Missing));
    };
    let annotations = &subject.annotations;
    let skeleton = || {
        let text = std::str::from_utf8(&bytes).ok()?;
        Some(sha256(region::skeleton(text).as_bytes()))
    };
    Ok(if subject.is_generated(&bytes) {
        Judged::Generated
    } else if annotations.once || annotations.accepted == Some(sha256(&bytes)) {
        Judged::Users
    } else if annotations.skeleton.is_some() && annotations.skeleton == skeleton() {
        Judged::Generated
    } else {
        Judged::Drift(DriftKind::Edited)
    })
}
