//! Evaluating constraints over a model.

use super::fix::Repair;
use super::memory::Recalled;
use super::{Constraint, Message, Stage};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, Span};
use crate::expr::{Basis, Context, Failure, Memo, Reads};
use crate::metamodel::FeatureId;
use crate::model::{Model, ObjectId, Reach, Value};

/// How many elements a constraint may fail to be evaluated for before it is given up.
const MAX_FAILURES: usize = 5;

/// So many elements of a document are held against each constraint before the next ones are: what they refer to is
/// mostly near, and all constraints look at it.
const STRETCH: usize = 8192;

/// What constraints are evaluated over.
#[derive(Clone, Copy)]
pub struct Subject<'m> {
    /// The model, and what is known beside it.
    pub from: Reach<'m>,
    /// The model as its file says it, of which fixes are edits: the same model, or what it was made of.
    pub written: &'m Model,
    /// Which of the two it is.
    pub stage: Stage,
    /// The place of an object or of one of its values.
    pub place: &'m dyn Fn(ObjectId, Option<FeatureId>) -> Span,
}

/// An element that does not hold to a constraint.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The position of the constraint among those that were evaluated.
    pub constraint: usize,
    /// The element.
    pub object: ObjectId,
    /// The finding.
    pub diagnostic: Diagnostic,
    /// Edits that would meet the constraint.
    pub repair: Option<Repair>,
}

/// Evaluates constraints. What cannot be evaluated is reported, what does not hold is returned, in document order.
pub fn check(
    constraints: &[Constraint],
    subject: Subject<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Violation> {
    all(constraints, (subject, None), diagnostics)
}

/// The same, where it may be known which elements are sound.
pub(super) fn all(
    constraints: &[Constraint],
    (subject, mut recall): (Subject<'_>, Option<&mut Recalled>),
    diagnostics: &mut Diagnostics,
) -> Vec<Violation> {
    let mut failures = vec![0; constraints.len()];
    let mut room = Room {
        // What is read for a sound element matters to those alone who remember it.
        reads: recall
            .as_ref()
            .map_or_else(Reads::off, |_| Reads::default()),
        unasked: Reads::off(),
        variables: Vec::new(),
        memo: Memo::default(),
    };
    let mut found = Vec::new();
    // Those who remember look at each element by itself.
    let many = recall.is_none().then_some(&room);
    for (object, Suspect { number, fails, .. }) in suspects(constraints, subject, many) {
        let constraint = &constraints[number];
        if failures[number] >= MAX_FAILURES {
            continue;
        }
        let sound = match &mut recall {
            _ if fails => Ok(false),
            None => room.holds(constraint, (subject, object)),
            Some(recall) => recall.get((number, object), || {
                room.look(constraint, (subject, object))
            }),
        };
        let told = match sound {
            Ok(true) => continue,
            Ok(false) => room.tell(constraint, (subject, object)),
            Err(failure) => Err(failure),
        };
        match told {
            Ok((diagnostic, repair)) => found.push(Violation {
                constraint: number,
                object,
                diagnostic,
                repair,
            }),
            Err(failure) => {
                failures[number] += 1;
                diagnostics.push(failed(constraint, subject, (object, failure)));
            }
        }
    }
    found
}

/// An element that may not hold to a constraint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Suspect {
    /// The place of the element in the document.
    place: u32,
    /// The position of the constraint.
    number: usize,
    /// Whether it is known that it does not hold.
    fails: bool,
}

/// The elements that may not hold to a constraint, in document order, each with the constraint. Where there is room,
/// many elements are looked at together.
fn suspects(
    constraints: &[Constraint],
    subject: Subject<'_>,
    many: Option<&Room>,
) -> Vec<(ObjectId, Suspect)> {
    let model = subject.from.model;
    let census = model.census();
    let of_stage = |c: &Constraint| c.stage.is_none_or(|stage| stage == subject.stage);
    let constraints = constraints.iter().enumerate();
    let constraints: Vec<_> = constraints.filter(|(_, c)| of_stage(c)).collect();
    let mut suspects = Vec::new();
    for start in (0..census.objects.len()).step_by(STRETCH) {
        for (number, constraint) in &constraints {
            let extent = census.extent(constraint.class, model);
            let (places, of) = extent.within(start..start + STRETCH);
            let failing = many.and_then(|room| room.failing(constraint, subject, of));
            let suspect = |place, fails| Suspect {
                place,
                number: *number,
                fails,
            };
            match failing {
                Some(failing) => suspects.extend(failing.iter().map(|i| suspect(places[*i], true))),
                None => suspects.extend(places.iter().map(|place| suspect(*place, false))),
            }
        }
    }
    suspects.sort_unstable();
    let suspects = suspects.into_iter();
    suspects
        .map(|suspect| (census.objects[suspect.place as usize], suspect))
        .collect()
}

fn failed(
    constraint: &Constraint,
    subject: Subject<'_>,
    (object, mut failure): (ObjectId, Failure),
) -> Diagnostic {
    let path = subject.from.model.path(object);
    failure.message = format!("{}, for {path}", failure.message);
    failure
        .diagnostic()
        .related(constraint.span, "in this constraint")
        .related((subject.place)(object, None), "for this element")
}

/// Room that each look at an element uses again, and what was found out about the model.
struct Room {
    reads: Reads,
    /// For what is said of elements: nobody asks what was read for that.
    unasked: Reads,
    variables: Vec<Value>,
    memo: Memo,
}

impl Room {
    /// Which of some elements do not hold to a constraint, by their places; `None` where each has to be looked at.
    fn failing(
        &self,
        constraint: &Constraint,
        subject: Subject<'_>,
        of: &[ObjectId],
    ) -> Option<Vec<usize>> {
        if !constraint.lets.is_empty() || !constraint.implied.is_empty() {
            return None;
        }
        let context = Context::new(subject.from, &self.reads).remembering(&self.memo);
        let Some(guard) = &constraint.guard else {
            return constraint.assertion.failing(&context, of, &[]);
        };
        let mut left_out = guard.failing(&context, of, &[])?.into_iter().peekable();
        let guarded = (0..of.len()).filter(|place| left_out.next_if_eq(place).is_none());
        let guarded: Vec<usize> = guarded.collect();
        let objects: Vec<ObjectId> = guarded.iter().map(|place| of[*place]).collect();
        let failing = constraint.assertion.failing(&context, &objects, &[])?;
        Some(failing.into_iter().map(|i| guarded[i]).collect())
    }

    /// Whether a constraint holds, with all that this hangs on where it does.
    fn look(
        &mut self,
        constraint: &Constraint,
        (subject, object): (Subject<'_>, ObjectId),
    ) -> (Result<bool, Failure>, Option<Basis>) {
        let holds = self.holds(constraint, (subject, object));
        let mut basis = Basis::default();
        basis.add(&self.reads);
        let implied = constraint.implied.iter();
        basis.slots.extend(implied.map(|f| (object, *f)));
        let is_sound = matches!(holds, Ok(true));
        (holds, is_sound.then_some(basis))
    }

    /// Whether a constraint holds, or is not for the element.
    fn holds(
        &mut self,
        constraint: &Constraint,
        (subject, object): (Subject<'_>, ObjectId),
    ) -> Result<bool, Failure> {
        let context = Context::new(subject.from, &self.reads).remembering(&self.memo);
        let variables = &mut self.variables;
        bind(constraint, (object, &context), variables)?;
        if let Some(guard) = &constraint.guard
            && !guard.holds(&context, variables)?
        {
            return Ok(true);
        }
        constraint.assertion.holds(&context, variables)
    }

    /// Says what is wrong with an element that does not hold to a constraint.
    fn tell(
        &mut self,
        constraint: &Constraint,
        (subject, object): (Subject<'_>, ObjectId),
    ) -> Result<Told, Failure> {
        let context = Context::new(subject.from, &self.unasked).remembering(&self.memo);
        bind(constraint, (object, &context), &mut self.variables)?;
        let teller = Teller {
            constraint,
            subject,
            object,
            context: &context,
            variables: &self.variables,
        };
        teller.tell()
    }
}

/// The values of a constraint's variables for an element, in the place of others.
pub(super) fn bind(
    constraint: &Constraint,
    (object, context): (ObjectId, &Context<'_>),
    variables: &mut Vec<Value>,
) -> Result<(), Failure> {
    variables.clear();
    variables.push(Value::Object(object));
    let implied = constraint.implied.iter();
    variables.extend(implied.map(|f| context.model.get(object, *f)));
    for expression in &constraint.lets {
        let value = expression.evaluate(context, variables)?;
        variables.push(value);
    }
    Ok(())
}

/// What is said of an element that does not hold to a constraint, and edits that would meet it.
type Told = (Diagnostic, Option<Repair>);

/// Says what is wrong with an element.
struct Teller<'c> {
    constraint: &'c Constraint,
    subject: Subject<'c>,
    object: ObjectId,
    context: &'c Context<'c>,
    variables: &'c [Value],
}

impl Teller<'_> {
    fn tell(&self) -> Result<Told, Failure> {
        let Constraint { name, span, .. } = self.constraint;
        let place = (self.subject.place)(self.object, self.constraint.at);
        let message = self.message()?;
        let mut diagnostic = match self.constraint.severity {
            Severity::Error => Diagnostic::error(Code::Constraint, place, message),
            Severity::Warning => Diagnostic::warning(Code::Constraint, place, message),
        };
        diagnostic = diagnostic.related(*span, ["constraint `", name, "`"].concat());
        if let Some(hint) = &self.constraint.hint {
            diagnostic = diagnostic.hint(hint.evaluate(self.context, self.variables)?);
        }
        Ok((diagnostic, self.repair(place)?))
    }

    fn message(&self) -> Result<String, Failure> {
        let name = &self.constraint.name;
        let mut said = String::with_capacity(64);
        match &self.constraint.message {
            Message::Text(text) => {
                text.evaluate_into(&mut said, self.context, self.variables)?;
            }
            Message::Expression(text) => {
                let value = text.evaluate(self.context, self.variables)?;
                said.push_str(value.as_str().unwrap_or_default());
            }
            Message::Plain => {
                let path = self.subject.from.model.path(self.object);
                return Ok(format!("{path} does not hold to constraint `{name}`"));
            }
        }
        said.extend([" (", name, ")"]);
        Ok(said)
    }

    fn repair(&self, place: Span) -> Result<Option<Repair>, Failure> {
        let Some(fix) = &self.constraint.fix else {
            return Ok(None);
        };
        let at = (self.object, self.subject.written);
        let edits = fix.edits(at, self.context, self.variables)?;
        if edits.is_empty() {
            return Ok(None);
        }
        Ok(Some(Repair {
            constraint: self.constraint.name.clone(),
            place,
            title: fix.title.evaluate(self.context, self.variables)?,
            is_safe: fix.is_safe,
            edits,
        }))
    }
}
