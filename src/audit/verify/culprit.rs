//! Who brought a drift in: the file that was touched, and the commit that last did so.
//!
//! Where an input and a record disagree either may have been touched. The commit that last wrote the record says in a
//! trailer which records it wrote, so a record that is not what its own commit says is the one that was touched.

use super::verdict::{Drift, DriftKind};
use super::{Verifier, VerifyError};
use crate::audit::message::{RECORD, RecordDigests};
use crate::git::{HistoryOptions, Revision, within};
use crate::pipeline::RECORDS;

/// The drift as it is to be told of a commit, and the last commit up to there that touched its file.
pub(super) fn find(
    verifier: &Verifier<'_>,
    commit: &str,
    drift: &Drift,
) -> Result<(Drift, Option<Revision>), VerifyError> {
    let mut drift = drift.clone();
    if let DriftKind::Input { records, .. } = &drift.kind
        && let Some(record) = records.first()
        && is_touched(verifier, commit)?
    {
        drift.path.clone_from(record);
        drift.kind = DriftKind::Record;
    }
    let culprit = last(verifier, commit, &drift.path)?;
    Ok((drift, culprit))
}

/// Whether the records are others than the commit says that wrote them last.
fn is_touched(verifier: &Verifier<'_>, commit: &str) -> Result<bool, VerifyError> {
    let Some(writer) = last(verifier, commit, RECORDS)? else {
        return Ok(false);
    };
    let Some(said) = writer.trailer(RECORD).last() else {
        return Ok(false);
    };
    let world = verifier.worlds.at(commit)?;
    Ok(said != RecordDigests::of(&world)?.together())
}

/// The last commit up to one that changed a file or something in a folder.
fn last(
    verifier: &Verifier<'_>,
    commit: &str,
    path: &str,
) -> Result<Option<Revision>, VerifyError> {
    let options = HistoryOptions {
        range: Some(commit.to_owned()),
        paths: vec![within(&verifier.prefix, path)],
        limit: Some(1),
    };
    let mut entries = verifier.repository.history(&options)?;
    Ok(entries.pop().map(|e| e.revision))
}
