//! Making the safe fixes of a workspace, in memory: fix, run again, and fix what is found then.
//!
//! Like all of the pipeline it writes nothing: what comes out is a plan of model files.

use std::collections::BTreeMap;

use super::constraints::Repairs;
use super::plan::{Decision, PlannedFile};
use super::run::{Run, run};
use crate::constraint::Repair;
use crate::diag::{Fix, SourceFile, Sources};
use crate::format::decode;
use crate::format::edit::{self, EditError, Edited};
use crate::world::{Bytes, LayeredWorld, MemoryWorld, World, WorldError};

/// How often what fixes lead to is fixed in turn.
const MAX_ROUNDS: usize = 10;
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What fixing led to.
#[derive(Debug)]
pub struct Fixed {
    /// The run over the fixed models.
    pub run: Run,
    /// The files of the models that were fixed, by path.
    pub files: Vec<PlannedFile>,
    /// The fixes, in the order in which they were made.
    pub made: Vec<MadeFix>,
    /// Why fixes were not made, one sentence each.
    pub refused: Vec<String>,
}

/// A fix that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeFix {
    /// Where the finding was: `path:line`.
    pub place: String,
    /// What was done, as an imperative.
    pub title: String,
    /// The constraint that asked for it.
    pub constraint: String,
}

/// Makes the safe fixes of all models of a workspace until there are none left.
pub fn fix(workspace: &dyn World) -> Result<Fixed, WorldError> {
    let mut fixer = Fixer {
        workspace,
        fixed: MemoryWorld::default(),
        made: Vec::new(),
        refused: BTreeMap::new(),
    };
    let run = fixer.rounds()?;
    let mut files = Vec::new();
    for (path, bytes) in fixer.fixed.iter() {
        files.push(PlannedFile {
            path: path.to_owned(),
            content: Some(Bytes::copy_from_slice(bytes)),
            before: workspace.read(path)?,
            decision: Decision::Update,
        });
    }
    Ok(Fixed {
        run,
        files,
        made: fixer.made,
        refused: fixer.refused.into_values().collect(),
    })
}

struct Fixer<'w> {
    workspace: &'w dyn World,
    /// The files that were fixed.
    fixed: MemoryWorld,
    made: Vec<MadeFix>,
    refused: BTreeMap<String, String>,
}

impl Fixer<'_> {
    /// Fixes and runs again until a run has nothing to fix, which is returned.
    fn rounds(&mut self) -> Result<Run, WorldError> {
        for _ in 0..MAX_ROUNDS {
            let now = self.run();
            if !self.round(&now)? {
                return Ok(now);
            }
        }
        let last = self.run();
        let is_safe = |r: &Repairs| r.repairs.iter().any(|r| r.is_safe);
        if last.repairs.iter().any(is_safe) {
            let reason =
                format!("{MAX_ROUNDS} rounds of fixes led to new ones: they undo each other");
            self.refused.insert(String::new(), reason);
        }
        Ok(last)
    }

    fn run(&self) -> Run {
        run(&LayeredWorld {
            top: &self.fixed,
            base: self.workspace,
        })
    }

    /// Makes the fixes of one run; whether there were any.
    fn round(&mut self, now: &Run) -> Result<bool, WorldError> {
        let mut changed = false;
        for repairs in &now.repairs {
            let world = LayeredWorld {
                top: &self.fixed,
                base: self.workspace,
            };
            match one(repairs, now, &world)? {
                Ok(Some((bytes, made))) => {
                    self.fixed.insert(repairs.path.clone(), bytes);
                    self.made.extend(made);
                    changed = true;
                }
                Ok(None) => {}
                Err(reason) => _ = self.refused.insert(repairs.path.clone(), reason),
            }
        }
        Ok(changed)
    }
}

/// The bytes of a fixed file with the fixes that were made in it, nothing where there is none to make, or why not.
type Outcome = Result<Option<(Vec<u8>, Vec<MadeFix>)>, String>;

/// Makes the safe fixes of one file.
fn one(repairs: &Repairs, run: &Run, world: &dyn World) -> Result<Outcome, WorldError> {
    let safe: Vec<&Repair> = repairs.repairs.iter().filter(|r| r.is_safe).collect();
    let Some((made, text)) = together(repairs, safe, run) else {
        return Ok(Ok(None));
    };
    let path = &repairs.path;
    let was = &run.sources.file(repairs.file).text;
    let before = world.read(path)?.unwrap_or_default();
    let Some(bytes) = encoded((&before, was), &text) else {
        return Ok(Err(format!("{path} is not UTF-8: it is not fixed")));
    };
    let describe = |repair: &&Repair| MadeFix {
        place: run.sources.place(repair.place),
        title: repair.title.clone(),
        constraint: repair.constraint.to_string(),
    };
    Ok(Ok(Some((bytes, made.iter().map(describe).collect()))))
}

/// The bytes of a new text in the place of an old one, where that stood there as UTF-8, with a mark or without.
fn encoded((before, was): (&[u8], &str), text: &str) -> Option<Vec<u8>> {
    let mark = if before.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK
    } else {
        &[]
    };
    let bytes = [mark, text.as_bytes()].concat();
    let same = |bytes: Vec<u8>, text: &str| decode(bytes.into()).is_ok_and(|t| *t == *text);
    let is_known = *before == [mark, was.as_bytes()].concat();
    (is_known && same(bytes.clone(), text)).then_some(bytes)
}

/// Makes one fix of a finding in the file that it is about; or tells why it cannot be made.
pub fn fix_one(
    fix: &Fix,
    sources: &Sources,
    workspace: &dyn World,
) -> Result<Result<PlannedFile, String>, WorldError> {
    let SourceFile { path, text, .. } = &**sources.file(fix.span.file);
    let Some(before) = workspace.read(path)? else {
        return Ok(Err(format!("{path} is no file of the workspace")));
    };
    let mut fixed = text.to_string();
    fixed.replace_range(fix.span.range(), &fix.replacement);
    let Some(content) = encoded((&before, text), &fixed) else {
        return Ok(Err(format!("{path} is not what was read any more")));
    };
    Ok(Ok(PlannedFile {
        path: path.clone(),
        content: Some(content.into()),
        before: Some(before),
        decision: Decision::Update,
    }))
}

/// As many of the fixes as can be made at once, with the text that comes of them.
fn together<'r>(
    repairs: &Repairs,
    all: Vec<&'r Repair>,
    run: &Run,
) -> Option<(Vec<&'r Repair>, String)> {
    let apply = |some: &[&Repair]| -> Result<Edited, EditError> {
        let edits: Vec<_> = some.iter().flat_map(|r| r.edits.iter().cloned()).collect();
        edit::apply(&run.sources, &repairs.model, repairs.file, &edits)
    };
    if all.is_empty() {
        return None;
    }
    if let Ok(edited) = apply(&all) {
        return Some((all, edited.text.to_string()));
    }
    let mut made = Vec::new();
    let mut text = None;
    for repair in all {
        made.push(repair);
        match apply(&made) {
            Ok(edited) => text = Some(edited.text.to_string()),
            Err(_) => _ = made.pop(),
        }
    }
    Some((made, text?))
}
