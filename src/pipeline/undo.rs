//! Taking a change of inputs back: each file as the run before read it, if it still is as the later one did.

use std::sync::Arc;

use super::cause::Cause;
use super::plan::{Decision, Plan, PlannedFile};
use super::run::Run;
use super::sha256;
use crate::world::{Bytes, World, WorldError};

/// The inputs that differ between two runs, as they were.
#[derive(Debug, Default)]
pub struct Undo {
    files: Vec<Change>,
}

#[derive(Debug)]
struct Change {
    path: String,
    /// What it held; `None` where it was not there.
    before: Option<Bytes>,
    /// The SHA-256 of what it holds since; `None` where it is not there any more.
    after: Option<Arc<str>>,
}

impl Undo {
    /// Remembers the inputs that changed between two runs; tells of the first whose bytes are not known any more.
    pub fn of(causes: &[Cause], old: &Run, new: &Run) -> Result<Self, String> {
        let own = |run: &Run, path: &str| {
            let input = run.inputs.get(path).filter(|i| i.pack.is_none())?;
            Some(input.sha256.clone())
        };
        let mut files = Vec::new();
        for Cause { path, .. } in causes {
            let (was, after) = (own(old, path), own(new, path));
            let before = match &was {
                Some(digest) => {
                    let bytes = bytes(old, path, digest);
                    Some(bytes.ok_or_else(|| format!("{path} was not UTF-8"))?)
                }
                None => None,
            };
            if was != after {
                files.push(Change {
                    path: path.clone(),
                    before,
                    after,
                });
            }
        }
        Ok(Self { files })
    }

    /// Plans to put the files back; tells of the first that somebody has changed since.
    pub fn plan(&self, workspace: &dyn World) -> Result<Result<Plan, String>, WorldError> {
        let mut plan = Plan::default();
        for file in &self.files {
            let now = workspace.read(&file.path)?;
            if now.as_deref().map(sha256).as_deref() != file.after.as_deref() {
                return Ok(Err(format!("{} was changed since", file.path)));
            }
            plan.files.push(PlannedFile {
                path: file.path.clone(),
                decision: match (&now, &file.before) {
                    (_, None) => Decision::Remove,
                    (None, _) => Decision::Create,
                    _ => Decision::Update,
                },
                content: file.before.clone(),
                before: now,
            });
        }
        Ok(Ok(plan))
    }
}

/// The bytes that a run read from a path, found by their digest: a text does not tell whether a mark stood before it.
fn bytes(run: &Run, path: &str, digest: &str) -> Option<Bytes> {
    let text = &run.text(path)?.text;
    let marks: [&[u8]; 2] = [&[], super::fix::BYTE_ORDER_MARK];
    let mut all = marks.iter().map(|mark| [*mark, text.as_bytes()].concat());
    all.find(|bytes| sha256(bytes) == digest).map(Into::into)
}
