//! Constraints in a run: over each model as its file says it, and again after the transformations.
//!
//! What was found the first time is not said again the second time. A finding about a value that a rule derived names
//! the rule; one with a fix gets the change of text that the fix is.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::chain::{Chain, Stage, place};
use super::live::Constraints;
use super::reader::TextFile;
use super::recalled::Recalled;
use super::run::Run;
use crate::constraint::{self, Constraint, Deciding, Repair, Subject, Violation};
use crate::diag::{Diagnostic, Diagnostics, FileId, Fix, Label, Sources, Span};
use crate::expr::Slot;
use crate::format::edit::{self, Edited};
use crate::model::{Knowledge, Model, Origin, Reach};

/// How many bytes of models may be read again in one run, to say what fixes are as changes of text.
const MAX_REREAD: usize = 32 << 20;
/// How many rules a finding names.
const MAX_RULES: usize = 3;

/// What would meet the constraints that a model does not hold to.
#[derive(Clone, Debug)]
pub struct Repairs {
    /// The path of the model's file.
    pub path: String,
    /// Its text.
    pub file: FileId,
    /// The model as the file says it.
    pub model: Arc<Model>,
    /// The fixes of single findings.
    pub repairs: Vec<Repair>,
}

/// What a model does not hold to.
#[derive(Debug, Default)]
pub(super) struct Held {
    violations: Vec<Broken>,
}

#[derive(Debug)]
struct Broken {
    violation: Violation,
    /// What its fix is as a change of text, once that was asked for.
    change: OnceLock<Change>,
}

impl From<Vec<Violation>> for Held {
    fn from(found: Vec<Violation>) -> Self {
        let broken = |violation| Broken {
            violation,
            change: OnceLock::new(),
        };
        Self {
            violations: found.into_iter().map(broken).collect(),
        }
    }
}

/// What all models are held against.
#[derive(Clone, Copy)]
pub(super) struct Checker<'c> {
    pub(super) constraints: &'c Constraints,
    pub(super) knowledge: Option<&'c Knowledge>,
    pub(super) sources: &'c Sources,
}

impl Checker<'_> {
    /// Checks a model as its file says it.
    pub(super) fn written(
        self,
        model: &Model,
        recalled: Option<&mut Recalled>,
        diagnostics: &mut Diagnostics,
    ) -> Held {
        let place = |object, feature| place(model, (object, feature), None);
        let subject = Subject {
            from: Reach {
                model,
                knowledge: self.knowledge,
            },
            written: model,
            stage: constraint::Stage::Written,
            place: &place,
        };
        self.check((subject, None), recalled, diagnostics).into()
    }

    /// Checks what the transformations made of a model, which as it is written does not hold to what is `known`.
    /// What models that rules made do not hold to is among the findings.
    pub(super) fn completed(
        self,
        (written, chain): (&Model, &Chain),
        (known, mut recalled): (&Held, Option<&mut Recalled>),
        diagnostics: &mut Diagnostics,
    ) -> Held {
        let [first, made @ ..] = &chain.stages[..] else {
            return Held::default();
        };
        let of = |v: &Violation| (v.constraint, v.object);
        let known: BTreeSet<_> = known.violations.iter().map(|b| of(&b.violation)).collect();
        let mut found = self.stage((first, 0), (written, recalled.as_deref_mut()), diagnostics);
        found.retain(|v| !known.contains(&of(v)));
        self.name_rules(&mut found, first);
        for (position, stage) in (1..).zip(made) {
            let with = (&*stage.model, recalled.as_deref_mut());
            let mut found = self.stage((stage, position), with, diagnostics);
            self.name_rules(&mut found, stage);
            diagnostics.extend(found.into_iter().map(|v| v.diagnostic));
        }
        found.into()
    }

    /// What a model at the end of the rules does not hold to.
    fn stage(
        self,
        (stage, position): (&Stage, usize),
        (written, recalled): (&Model, Option<&mut Recalled>),
        diagnostics: &mut Diagnostics,
    ) -> Vec<Violation> {
        let place = |object, feature| stage.place((object, feature));
        let subject = Subject {
            from: self.reach(stage),
            written,
            stage: constraint::Stage::Completed,
            place: &place,
        };
        self.check((subject, Some(position)), recalled, diagnostics)
    }

    fn reach<'s>(&self, stage: &'s Stage) -> Reach<'s>
    where
        Self: 's,
    {
        Reach {
            model: &stage.model,
            knowledge: self.knowledge,
        }
    }

    /// Says of findings which rules derived what they are about.
    fn name_rules(self, violations: &mut [Violation], stage: &Stage) {
        let deciding = Deciding::new(self.reach(stage));
        for violation in violations {
            let constraint = &self.constraints[violation.constraint];
            let slots = deciding.slots(constraint, violation.object);
            name_rules((&mut violation.diagnostic, &slots), stage, self.sources);
        }
    }

    fn check(
        self,
        (subject, position): (Subject<'_>, Option<usize>),
        recalled: Option<&mut Recalled>,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Violation> {
        match recalled {
            Some(recalled) => recalled.check(self.constraints, (subject, position), diagnostics),
            None => constraint::check(self.constraints, subject, diagnostics),
        }
    }
}

/// Tells what models do not hold to, with what the fixes are as changes of text.
#[derive(Debug, Default)]
pub(super) struct Teller {
    /// How many bytes it was asked to read again.
    pub(super) reread: usize,
}

impl Teller {
    /// Whether it may have refused to read.
    pub(super) const fn is_tired(reread: usize) -> bool {
        reread > MAX_REREAD
    }

    /// The findings about a model. What would meet them is added to the repairs of the run.
    pub(super) fn tell(
        &mut self,
        held: &Held,
        (file, written): (&TextFile, &Arc<Model>),
        run: &mut Run,
    ) -> Diagnostics {
        let mut found = Diagnostics::default();
        let mut repairs = Vec::new();
        for broken in &held.violations {
            let mut diagnostic = broken.violation.diagnostic.clone();
            if let Some(repair) = &broken.violation.repair {
                let change = self.change(broken, (file.file, written), (repair, run));
                if !matches!(change, Change::Impossible) {
                    diagnostic = with_fix(diagnostic, (file.file, repair), change);
                    repairs.push(repair.clone());
                }
            }
            found.push(diagnostic);
        }
        if repairs.is_empty() {
            return found;
        }
        match run.repairs.iter_mut().find(|r| r.file == file.file) {
            Some(more) => more.repairs.extend(repairs),
            None => run.repairs.push(Repairs {
                path: file.path.clone(),
                file: file.file,
                model: written.clone(),
                repairs,
            }),
        }
        found
    }

    /// What a fix is as one change of the file's text.
    fn change<'b>(
        &mut self,
        broken: &'b Broken,
        (file, written): (FileId, &Model),
        (repair, run): (&Repair, &Run),
    ) -> &'b Change {
        let text = &run.sources.file(file).text;
        self.reread = self.reread.saturating_add(text.len());
        if self.reread > MAX_REREAD {
            return &Change::Unknown;
        }
        broken.change.get_or_init(|| {
            match edit::apply(&run.sources, written, file, &repair.edits) {
                Ok(edited) => whole(text, &edited),
                Err(_) => Change::Impossible,
            }
        })
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
#[derive(Debug)]
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
    change: &Change,
) -> Diagnostic {
    let hint = if repair.is_safe {
        format!("`mlopsgen check --fix` does this: {}", repair.title)
    } else {
        format!("one way out: {}", repair.title)
    };
    let mut diagnostic = diagnostic.hint(hint);
    if let Change::Text(range, replacement) = change {
        diagnostic.fixes.push(Fix {
            title: repair.title.clone(),
            span: Span::new(file, range.start, range.end),
            replacement: replacement.clone(),
            is_safe: repair.is_safe,
        });
    }
    diagnostic
}

/// Says of a finding which rules derived what it is about.
fn name_rules((diagnostic, slots): (&mut Diagnostic, &[Slot]), of: &Stage, sources: &Sources) {
    let (model, trace) = (&of.model, &of.trace);
    let mut named = Vec::new();
    for (object, feature) in slots {
        // What only leads to another slot that was read says nothing of its own.
        let leads = model.metamodel().feature(*feature).is_containment();
        if object.0 as usize >= model.bound() || (leads && slots.len() > 1) {
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
        let Diagnostic { hints, related, .. } = diagnostic;
        if named.len() == 1 {
            let file = sources.path(link.rule.span.file);
            hints.push(format!("`{name}` comes from rule `{rule}` of {file}"));
        }
        related.push(Label {
            span: link.binding,
            text: format!("rule `{rule}` derives `{name}`"),
        });
    }
}
