//! The values of a template's variables over one element, with what was read of the model for each.
//!
//! Printing asks for values all the time and for what was read nearly never: slots are written down one after the other,
//! in lists that grow and shrink with the scopes of variables.

use std::ops::Range;

use super::compile::{Member, MemberVariables, Source, Typed};
use super::language::Scalar;
use super::printer::From;
use crate::diag::Diagnostic;
use crate::expr::{Context, Expression, Failure, Slot, Step, Text};
use crate::metamodel::Metamodel;
use crate::model::{ObjectId, SlotValue, Targets, Value};

pub(super) struct Values<'a> {
    pub(super) context: Context<'a>,
    pub(super) from: From<'a>,
    /// What is printed.
    pub(super) element: ObjectId,
    /// What was read for the values that were asked for since [`Values::fresh`].
    pub(super) read: Vec<Slot>,
    frame: Frame,
    /// What was read for the values of variables.
    kept: Vec<Slot>,
}

/// The variables that can be seen.
#[derive(Default)]
pub(super) struct Frame {
    values: Vec<Value>,
    /// For each of them, where stands what was read for its value: printing the variable has read it too.
    origins: Vec<Range<usize>>,
}

/// Where a scope began.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    variables: usize,
    kept: usize,
}

/// What a block goes through.
pub(super) enum Members<'a> {
    Objects(Targets<'a>),
    Values(Value),
}

impl Members<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Objects(targets) => targets.len(),
            Self::Values(value) => value.items().len(),
        }
    }
}

/// A block that goes through members.
pub(super) struct Loop<'o> {
    /// Where its variables begin.
    pub(super) at: Mark,
    pub(super) variables: &'o MemberVariables,
    /// The position of the last member.
    pub(super) last: usize,
}

impl<'a> Values<'a> {
    pub(super) fn new(context: Context<'a>, from: From<'a>) -> Self {
        Self {
            context,
            from,
            element: ObjectId(0),
            read: Vec::new(),
            frame: Frame::default(),
            kept: Vec::new(),
        }
    }

    /// Begins with another element, which becomes the first variable.
    pub(super) fn begin(&mut self, element: ObjectId) {
        self.element = element;
        self.fresh();
        self.end(Mark {
            variables: 0,
            kept: 0,
        });
        self.bind_plain(Value::Object(element));
    }

    /// Forgets what was read so far.
    pub(super) fn fresh(&mut self) {
        self.read.clear();
    }

    /// Where the scope of variables begins that are bound from now on.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            variables: self.frame.values.len(),
            kept: self.kept.len(),
        }
    }

    /// Ends a scope.
    pub(super) fn end(&mut self, mark: Mark) {
        self.frame.values.truncate(mark.variables);
        self.frame.origins.truncate(mark.variables);
        self.kept.truncate(mark.kept);
    }

    /// Keeps what was read, for variables that are bound to values of that.
    pub(super) fn keep(&mut self) -> Range<usize> {
        let start = self.kept.len();
        self.kept.append(&mut self.read);
        start..self.kept.len()
    }

    /// Binds the next variable to a value for which something was read.
    pub(super) fn bind(&mut self, value: Value, origin: Range<usize>) {
        self.frame.values.push(value);
        self.frame.origins.push(origin);
    }

    /// Binds the next variable to a value of its own.
    pub(super) fn bind_plain(&mut self, value: Value) {
        self.bind(value, 0..0);
    }

    /// Begins a block that goes through members, with what was read for those; its variables have no values yet.
    pub(super) fn begin_loop<'o>(
        &mut self,
        variables: &'o MemberVariables,
        last: usize,
    ) -> Loop<'o> {
        let origin = self.keep();
        let at = self.mark();
        for _ in 0..variables.count {
            self.bind_plain(Value::Null);
        }
        for (position, member) in &variables.read {
            if *member == Member::Itself {
                self.frame.origins[at.variables + position] = origin.clone();
            }
        }
        Loop {
            at,
            variables,
            last,
        }
    }

    /// Binds the variables of a block to its member at a position, in place of those before.
    #[inline]
    pub(super) fn bind_member(&mut self, block: &Loop<'_>, position: usize, item: &Value) {
        for (variable, member) in &block.variables.read {
            self.frame.values[block.at.variables + variable] = match member {
                Member::Itself => item.clone(),
                Member::Index => Value::Integer(i64::try_from(position).unwrap_or(i64::MAX)),
                Member::IsFirst => Value::Boolean(position == 0),
                Member::IsLast => Value::Boolean(position == block.last),
            };
        }
    }

    /// Binds the next variables to what expressions say.
    pub(super) fn bind_all(&mut self, lets: &[Expression]) -> Result<(), Box<Diagnostic>> {
        for expression in lets {
            self.fresh();
            let value = self.evaluate(expression)?;
            let origin = self.keep();
            self.bind(value, origin);
        }
        Ok(())
    }

    /// Lets other variables be seen in place of these.
    pub(super) fn swap(&mut self, frame: &mut Frame) {
        std::mem::swap(&mut self.frame, frame);
    }

    /// Whether a condition holds.
    pub(super) fn holds(&mut self, condition: &Expression) -> Result<bool, Box<Diagnostic>> {
        let holds = condition.holds(&self.context, &self.frame.values);
        self.noted(holds)
    }

    /// Writes a text behind another.
    pub(super) fn write(&mut self, text: &Text, out: &mut String) -> Result<(), Box<Diagnostic>> {
        let done = text.evaluate_into(out, &self.context, &self.frame.values);
        self.noted(done)
    }

    fn evaluate(&mut self, expression: &Expression) -> Result<Value, Box<Diagnostic>> {
        let value = expression.evaluate(&self.context, &self.frame.values);
        self.noted(value)
    }

    /// The text that an expression finds in the model, where that is plain; else it has to be evaluated.
    fn text_seen<'s>(&'s mut self, expression: &'s Expression) -> Option<&'s str> {
        let text = expression.text_seen(&self.context, &self.frame.values)?;
        note(&self.context, (&self.frame, &self.kept), &mut self.read);
        Some(text)
    }

    /// The value that a step leads to, where that is plain; else it has to be evaluated.
    #[inline]
    fn value_seen<'s>(&mut self, step: &'s Step) -> Option<SlotValue<'s>>
    where
        'a: 's,
    {
        let (slot, value) = step.value(&self.context, &self.frame.values)?;
        self.note_step(step, slot);
        Some(value)
    }

    #[inline]
    fn note_step(&mut self, step: &Step, slot: Slot) {
        self.read.push(slot);
        for kept in &self.kept[self.frame.origins[step.variable].clone()] {
            if *kept != slot {
                self.read.push(*kept);
            }
        }
    }

    /// Hands a value on as templates print it, or says why it cannot be printed.
    #[inline]
    pub(super) fn show<T>(
        &mut self,
        typed: &Typed,
        with: impl FnOnce(&Scalar<'_>) -> Result<T, String>,
    ) -> Result<Result<T, String>, Box<Diagnostic>> {
        self.fresh();
        let metamodel = self.context.model.metamodel();
        match &typed.source {
            Source::Step(step, _) => {
                if let Some(value) = self.value_seen(step) {
                    return Ok(with(&in_slot(value, metamodel)));
                }
            }
            Source::Expression(expression) => {
                if let Some(text) = self.text_seen(expression) {
                    return Ok(with(&Scalar::Text(text)));
                }
            }
            _ => {}
        }
        let value = self.value(typed)?;
        Ok(match scalar(&value, metamodel) {
            Some(scalar) => with(&scalar),
            None => Err("it is an object".to_owned()),
        })
    }

    /// Whether templates take a value for true.
    pub(super) fn is_true(&mut self, typed: &Typed) -> Result<bool, Box<Diagnostic>> {
        self.fresh();
        if let Source::Step(step, _) = &typed.source
            && let Some(value) = self.value_seen(step)
        {
            return Ok(match value {
                SlotValue::Text(text) => !text.is_empty(),
                other => other.to_value().is_truthy(),
            });
        }
        Ok(self.value(typed)?.is_truthy())
    }

    /// What a block goes through.
    pub(super) fn members(&mut self, typed: &Typed) -> Result<Members<'a>, Box<Diagnostic>> {
        self.fresh();
        if let Source::Step(step, _) = &typed.source
            && let Some((slot, targets)) = step.targets(&self.context, &self.frame.values)
        {
            self.note_step(step, slot);
            return Ok(Members::Objects(targets));
        }
        self.value(typed).map(Members::Values)
    }

    /// The value of a part of a template.
    pub(super) fn value(&mut self, typed: &Typed) -> Result<Value, Box<Diagnostic>> {
        match &typed.source {
            Source::Constant(value) => Ok(value.clone()),
            Source::Variable(index) => {
                let origin = self.frame.origins[*index].clone();
                self.read.extend_from_slice(&self.kept[origin]);
                Ok(self.frame.values[*index].clone())
            }
            Source::Lookup(parts) => {
                let list = self.value(&parts.0)?;
                let found = match self.value(&parts.1)? {
                    Value::Integer(n) => usize::try_from(n)
                        .ok()
                        .and_then(|n| list.items().get(n).cloned()),
                    _ => None,
                };
                Ok(found.unwrap_or(Value::Null))
            }
            Source::Expression(expression) | Source::Step(_, expression) => {
                self.evaluate(expression)
            }
        }
    }

    /// Notes what an evaluation read, also for the variables that it used. One that failed becomes a finding, with the
    /// slot that has no value where that may be why.
    fn noted<T>(&mut self, result: Result<T, Failure>) -> Result<T, Box<Diagnostic>> {
        note(&self.context, (&self.frame, &self.kept), &mut self.read);
        result.map_err(|failure| {
            let mut diagnostic = failure.diagnostic();
            if let Some(unset) = self.unset() {
                diagnostic = diagnostic.hint(unset);
            }
            Box::new(self.from.about(diagnostic, self.element))
        })
    }

    /// Says which slot, of those that were read, neither a file nor a rule gives a value.
    pub(super) fn unset(&self) -> Option<String> {
        let reach = self.context.reach();
        let (object, feature) = self
            .read
            .iter()
            .rev()
            .find(|(o, f)| reach.get(*o, *f) == Value::Null)?;
        let (name, path) = (
            &reach.metamodel().feature(*feature).name,
            reach.path(*object),
        );
        let how = if object.is_knowledge() {
            "in the file that knows it"
        } else {
            "in the model, or by a rule"
        };
        Some(format!(
            "`{name}` of {path} has no value: give it one {how}"
        ))
    }
}

/// Adds what an evaluation read, and what was read for the variables that it used.
fn note(context: &Context<'_>, (frame, kept): (&Frame, &[Slot]), read: &mut Vec<Slot>) {
    let from = read.len();
    context.reads.taken(|slots| read.extend_from_slice(slots));
    context.reads.variables_taken(|index| {
        let own = read.len();
        for slot in &kept[frame.origins[index].clone()] {
            if !read[from..own].contains(slot) {
                read.push(*slot);
            }
        }
    });
}

fn in_slot<'v>(value: SlotValue<'v>, metamodel: &'v Metamodel) -> Scalar<'v> {
    match value {
        SlotValue::Boolean(b) => Scalar::Boolean(b),
        SlotValue::Integer(n) => Scalar::Integer(n),
        SlotValue::Real(x) => Scalar::Real(x),
        SlotValue::Text(text) => Scalar::Text(text),
        SlotValue::Enum(id, index) => {
            Scalar::Text(&metamodel.enumeration(id).literals[index as usize].literal)
        }
        _ => Scalar::Null,
    }
}

fn scalar<'v>(value: &'v Value, metamodel: &'v Metamodel) -> Option<Scalar<'v>> {
    Some(match value {
        Value::Null => Scalar::Null,
        Value::Boolean(b) => Scalar::Boolean(*b),
        Value::Integer(n) => Scalar::Integer(*n),
        Value::Real(x) => Scalar::Real(*x),
        Value::String(text) => Scalar::Text(text),
        Value::Enum(id, index) => in_slot(SlotValue::Enum(*id, *index), metamodel),
        Value::List(items) => {
            let items = items.iter().map(|i| scalar(i, metamodel));
            Scalar::List(items.collect::<Option<_>>()?)
        }
        Value::Object(_) | Value::Proxy(_) | Value::Entry(_) => return None,
    })
}
