//! Constraints in a run: over each model as its file says it, and again after the transformations.
//!
//! What was found the first time is not said again the second time. A finding about a value that a rule derived names
//! the rule; one with a fix gets the change of text that the fix is.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Stage, place};
use super::run::{ModelRun, Run};
use crate::constraint::{self, Constraint, Repair, Subject, Violation};
use crate::diag::{Diagnostic, Diagnostics, FileId, Fix, Label, Span};
use crate::format::edit::{self, Edited};
use crate::model::{Model, ObjectId, Origin, Reach};

/// How many bytes of models may be read again in one run, to say what fixes are as changes of text.
const MAX_REREAD: usize = 32 << 20;
/// How many rules a finding names.
const MAX_RULES: usize = 3;

/// What would meet the constraints that a model does not hold to.
#[derive(Debug)]
pub struct Repairs {
    /// The path of the model's file.
    pub path: String,
    /// Its text.
    pub file: FileId,
    /// The model as the file says it.
    pub model: Model,
    /// The fixes of single findings.
    pub repairs: Vec<Repair>,
}

/// The constraints of a run, and what was found so far.
pub(super) struct Checker {
    constraints: Vec<Constraint>,
    files: BTreeMap<String, FileId>,
    known: BTreeMap<String, BTreeSet<(usize, ObjectId)>>,
    reread: usize,
}

impl Checker {
    /// Begins to check the models in these files.
    pub(super) fn new(
        constraints: Vec<Constraint>,
        models: &[(String, FileId)],
        run: &mut Run,
    ) -> Self {
        run.constraints.clone_from(&constraints);
        Self {
            constraints,
            files: models.iter().cloned().collect(),
            known: BTreeMap::new(),
            reread: 0,
        }
    }

    /// Checks a model as its file says it.
    pub(super) fn written(&mut self, path: &str, model: &Model, run: &mut Run) {
        let place = |object, feature| place(model, (object, feature), None);
        let subject = Subject {
            from: Reach {
                model,
                knowledge: run.knowledge.as_ref(),
            },
            written: model,
            stage: constraint::Stage::Written,
            place: &place,
        };
        let found = constraint::check(&self.constraints, subject, &mut run.diagnostics);
        let known = self.known.entry(path.to_owned()).or_default();
        known.extend(found.iter().map(|v| (v.constraint, v.object)));
        self.report((path, model), found, run);
    }

    /// Checks what the transformations made of a model.
    pub(super) fn completed(&mut self, model: &ModelRun, run: &mut Run) {
        let stage = model.completed();
        let mut found = self.stage(stage, &model.written, run);
        if let Some(known) = self.known.get(&model.path) {
            found.retain(|v| !known.contains(&(v.constraint, v.object)));
        }
        for violation in &mut found {
            name_rules(violation, stage, run);
        }
        self.report((&model.path, &model.written), found, run);
        for stage in model.derived() {
            for mut violation in self.stage(stage, &stage.model, run) {
                name_rules(&mut violation, stage, run);
                run.diagnostics.push(violation.diagnostic);
            }
        }
    }

    /// What a model at the end of the rules does not hold to.
    fn stage(&self, stage: &Stage, written: &Model, run: &mut Run) -> Vec<Violation> {
        let place = |object, feature| stage.place((object, feature));
        let subject = Subject {
            from: Reach {
                model: &stage.model,
                knowledge: run.knowledge.as_ref(),
            },
            written,
            stage: constraint::Stage::Completed,
            place: &place,
        };
        constraint::check(&self.constraints, subject, &mut run.diagnostics)
    }

    /// Adds findings to those of the run, with what their fixes are as changes of text.
    fn report(&mut self, (path, written): (&str, &Model), found: Vec<Violation>, run: &mut Run) {
        let Some(file) = self.files.get(path).copied() else {
            return;
        };
        let mut repairs = Vec::new();
        for violation in found {
            let mut diagnostic = violation.diagnostic;
            if let Some(repair) = violation.repair {
                let change = self.change((file, written), &repair, run);
                if !matches!(change, Change::Impossible) {
                    diagnostic = with_fix(diagnostic, (file, &repair), change);
                    repairs.push(repair);
                }
            }
            run.diagnostics.push(diagnostic);
        }
        if repairs.is_empty() {
            return;
        }
        match run.repairs.iter_mut().find(|r| r.file == file) {
            Some(more) => more.repairs.extend(repairs),
            None => run.repairs.push(Repairs {
                path: path.to_owned(),
                file,
                model: written.clone(),
                repairs,
            }),
        }
    }

    /// What a fix is as one change of the file's text.
    fn change(&mut self, (file, written): (FileId, &Model), repair: &Repair, run: &Run) -> Change {
        let text = &run.sources.file(file).text;
        self.reread = self.reread.saturating_add(text.len());
        if self.reread > MAX_REREAD {
            return Change::Unknown;
        }
        match edit::apply(&run.sources, written, file, &repair.edits) {
            Ok(edited) => whole(text, &edited),
            Err(_) => Change::Impossible,
        }
    }
}

/// Reports which constraints a model by itself does not hold to.
pub fn check_alone(constraints: &[Constraint], model: &Model, diagnostics: &mut Diagnostics) {
    let place = |object, feature| place(model, (object, feature), None);
    let subject = Subject {
        from: Reach::from(model),
        written: model,
        stage: constraint::Stage::Written,
        place: &place,
    };
    let found = constraint::check(constraints, subject, diagnostics);
    diagnostics.extend(found.into_iter().map(|v| v.diagnostic));
}

/// A fix as a change of text.
enum Change {
    /// The range that goes, and what comes.
    Text(std::ops::Range<usize>, String),
    /// It was not asked for.
    Unknown,
    /// The text cannot be changed so.
    Impossible,
}

/// All changes of an edit as one, from the first to the last.
fn whole(text: &str, edited: &Edited) -> Change {
    let (Some(first), Some(last)) = (edited.changes.first(), edited.changes.last()) else {
        return Change::Impossible;
    };
    let range = first.range.start..last.range.end;
    let mut replacement = String::new();
    let mut at = range.start;
    for change in &edited.changes {
        replacement.push_str(&text[at..change.range.start]);
        replacement.push_str(&change.replacement);
        at = change.range.end;
    }
    Change::Text(range, replacement)
}

fn with_fix(
    diagnostic: Diagnostic,
    (file, repair): (FileId, &Repair),
    change: Change,
) -> Diagnostic {
    let hint = if repair.is_safe {
        format!("`mlopsgen check --fix` does this: {}", repair.title)
    } else {
        format!("one way out: {}", repair.title)
    };
    let mut diagnostic = diagnostic.hint(hint);
    if let Change::Text(range, replacement) = change {
        diagnostic.fix = Some(Fix {
            title: repair.title.clone(),
            span: Span::new(file, range.start, range.end),
            replacement,
            is_safe: repair.is_safe,
        });
    }
    diagnostic
}

/// Says of a finding which rules derived what it is about.
fn name_rules(violation: &mut Violation, of: &Stage, run: &Run) {
    let (model, trace) = (&of.model, &of.trace);
    let mut named = Vec::new();
    for (object, feature) in &violation.slots {
        // What only leads to another slot that was read says nothing of its own.
        let leads = model.metamodel().feature(*feature).is_containment();
        if object.0 as usize >= model.bound() || (leads && violation.slots.len() > 1) {
            continue;
        }
        let Some(Origin::Derived(link)) = model.origin(*object, *feature) else {
            continue;
        };
        let link = trace.get(link);
        if named.contains(&link.rule.span) || named.len() == MAX_RULES {
            continue;
        }
        named.push(link.rule.span);
        let name = &model.metamodel().feature(*feature).name;
        let rule = &link.rule.rule;
        let Diagnostic { hints, related, .. } = &mut violation.diagnostic;
        if named.len() == 1 {
            let file = run.sources.path(link.rule.span.file);
            hints.push(format!("`{name}` comes from rule `{rule}` of {file}"));
        }
        related.push(Label {
            span: link.binding,
            text: format!("rule `{rule}` derives `{name}`"),
        });
    }
}
