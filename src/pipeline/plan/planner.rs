//! Making a plan piece by piece: what is planned can be written and forgotten before all of it is.

use std::collections::BTreeMap;

use super::judge::{Judged, Told, judge};
use super::{Bases, Decision, ORPHANED, Plan, PlannedFile, State, finding};
use crate::diag::{Code, Diagnostic};
use crate::generate::Artifact;
use crate::pipeline::editor::schema_file;
use crate::pipeline::printed::Outline;
use crate::pipeline::record::{Subject, subjects_of};
use crate::pipeline::run::{Models, Run};
use crate::world::{Bytes, World, WorldError};

/// How many bytes of files a piece holds before the next one begins. Each costs a journal that is forced to the disk.
const PIECE: usize = 2 << 20;

/// What the path of a file and all that goes with it counts as, in bytes.
const FILE: usize = 256;

/// Some files of a plan that follow each other.
#[derive(Debug)]
pub struct Piece<'r> {
    /// A plan that has these files alone. Its sources have those of the pieces before, too.
    pub plan: Plan,
    /// The artifacts among them that are generated.
    pub artifacts: Vec<Outline<'r>>,
}

/// What the records say of a path: which of them, and what was generated last.
pub(super) type Last<'r> = BTreeMap<&'r str, (&'r str, &'r Subject)>;

/// Compares models of a run without errors with the workspace that it is for, and hands out what is planned, piece by piece
/// in the order of a plan: artifacts, records, completed models, the schema. There is one piece at least. What was handed
/// out may be carried out before the next one is made.
///
/// # Errors
///
/// Where a file cannot be read, or what a piece is handed to fails: then no further one is made.
pub fn in_pieces<'r, E: From<WorldError>>(
    (run, which): (&'r Run, Models<'r>),
    workspace: &dyn World,
    bases: Bases<'_>,
    each: &mut dyn FnMut(Piece<'r>) -> Result<(), E>,
) -> Result<(), E> {
    let old = subjects_of(workspace, run, which)?;
    let mut last = Last::new();
    for (file, subjects) in &old {
        last.extend(subjects.iter().map(|s| (&*s.name, (&**file, s))));
    }
    let mut planner = Planner {
        run,
        which,
        workspace,
        last: &last,
        wanted: wanted(run, which),
        told: BTreeMap::new(),
        piece: Piece {
            plan: Plan {
                sources: run.sources.clone(),
                ..Plan::default()
            },
            artifacts: Vec::new(),
        },
        size: 0,
        each,
    };
    planner.artifacts(bases)?;
    planner.left_over()?;
    planner.records(old.keys())?;
    planner.completed()?;
    if let Some(schema) = schema_file(run, workspace)? {
        planner.file(schema)?;
    }
    planner.hand_out()
}

/// The artifacts of models by their paths.
fn wanted<'r>(run: &'r Run, which: Models<'r>) -> Vec<Outline<'r>> {
    let mut all: Vec<Outline<'_>> = run.artifacts_of(which).collect();
    all.sort_by_key(|artifact| artifact.path());
    all.dedup_by_key(|artifact| artifact.path());
    all
}

pub(super) struct Planner<'r, 'p, E> {
    pub(super) run: &'r Run,
    pub(super) which: Models<'r>,
    pub(super) workspace: &'p dyn World,
    pub(super) last: &'p Last<'p>,
    /// The artifacts by their paths.
    wanted: Vec<Outline<'r>>,
    /// What the records are to say of files, where that is not what is generated now.
    pub(super) told: BTreeMap<&'p str, Told>,
    pub(super) piece: Piece<'r>,
    /// The bytes in that piece.
    size: usize,
    each: &'p mut dyn FnMut(Piece<'r>) -> Result<(), E>,
}

impl<'r: 'p, 'p, E: From<WorldError>> Planner<'r, 'p, E> {
    /// Whether an artifact of these models has a path.
    pub(super) fn is_wanted(&self, path: &str) -> bool {
        let found = self.wanted.binary_search_by(|a| a.path().cmp(path));
        found.is_ok()
    }

    /// Enters a file; where the piece is large enough, it is handed out.
    pub(super) fn file(&mut self, file: PlannedFile) -> Result<(), E> {
        let bytes = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        self.size += FILE + bytes(&file.content) + bytes(&file.before);
        self.piece.plan.files.push(file);
        if self.size >= PIECE {
            self.hand_out()?;
        }
        Ok(())
    }

    fn hand_out(&mut self) -> Result<(), E> {
        let next = Piece {
            plan: Plan {
                sources: self.piece.plan.sources.clone(),
                ..Plan::default()
            },
            artifacts: Vec::new(),
        };
        self.size = 0;
        (self.each)(std::mem::replace(&mut self.piece, next))
    }

    fn artifacts(&mut self, bases: Bases<'_>) -> Result<(), E> {
        for at in 0..self.wanted.len() {
            let outline = self.wanted[at];
            let path = outline.path();
            let before = self.workspace.read(path)?;
            let last = self.last.get(path).map(|(_, subject)| *subject);
            let artifact = outline.print();
            let judged = judge(&artifact, (before.as_ref(), last), bases);
            self.orphans(path, &judged)?;
            if judged.told != Told::Now(None) {
                self.told.insert(path, judged.told.clone());
            }
            self.piece.artifacts.push(outline);
            self.enter(&artifact, before, judged)?;
        }
        Ok(())
    }

    fn enter(
        &mut self,
        artifact: &Artifact,
        before: Option<Bytes>,
        judged: Judged,
    ) -> Result<(), E> {
        let path = &artifact.path;
        let plan = &mut self.piece.plan;
        if let Some(finding) = judged.finding {
            plan.findings
                .push(finding.diagnostic(artifact, &mut plan.sources));
        }
        if judged.is_typed {
            plan.edits.insert(path.clone());
        }
        plan.states.insert(path.clone(), judged.state);
        self.file(PlannedFile {
            path: path.clone(),
            content: Some(judged.content),
            before,
            decision: judged.decision,
        })
    }

    /// Plans to keep the regions of an artifact that have no place any more in a file beside it.
    fn orphans(&mut self, path: &str, judged: &Judged) -> Result<(), E> {
        if judged.orphans.is_empty() {
            return Ok(());
        }
        let file = format!("{path}{ORPHANED}");
        let before = self.workspace.read(&file)?;
        let mut content = before.as_deref().unwrap_or_default().to_vec();
        if !content.is_empty() && !content.ends_with(b"\n") {
            content.push(b'\n');
        }
        let start = content.len();
        for region in &judged.orphans {
            content.extend(region.as_bytes());
        }
        let plan = &mut self.piece.plan;
        let shown = (file.as_str(), start, &*String::from_utf8_lossy(&content));
        let finding = finding::orphaned(path, shown, &mut plan.sources);
        plan.findings.push(finding);
        plan.edits.insert(file.clone());
        self.file(PlannedFile {
            path: file,
            decision: if before.is_some() {
                Decision::Update
            } else {
                Decision::Create
            },
            content: Some(content.into()),
            before,
        })
    }

    /// Plans the removal of artifacts that nothing generates any more. Those that were edited are kept.
    fn left_over(&mut self) -> Result<(), E> {
        for (path, (_, last)) in self.last {
            if self.is_wanted(path) {
                continue;
            }
            let Some(before) = self.workspace.read(path)? else {
                continue;
            };
            let plan = &mut self.piece.plan;
            let edited = !last.is_generated(&before);
            let (decision, state) = if edited {
                let message =
                    format!("{path} is not generated any more and was edited by hand: it is kept");
                let diagnostic = Diagnostic::global(Code::EditedByHand, message);
                plan.findings.push(diagnostic.hint(format!(
                    "`mlopsgen accept {path}` makes it yours, `mlopsgen reset {path}` removes it"
                )));
                self.told.insert(path, Told::AsBefore);
                (Decision::Keep, State::Orphaned)
            } else {
                (Decision::Remove, State::LeftOver)
            };
            plan.states.insert((*path).to_owned(), state);
            self.file(PlannedFile {
                path: (*path).to_owned(),
                content: None,
                before: Some(before),
                decision,
            })?;
        }
        Ok(())
    }
}
