//! The values of a template's variables over one element, with what was read of the model for each.
//!
//! Printing asks for values all the time and for what was read nearly never: slots are written down one after the other,
//! in lists that grow and shrink with the scopes of variables.

use std::ops::Range;

use super::compile::{Source, Typed};
use super::printer::From;
use crate::diag::Diagnostic;
use crate::expr::{Context, Expression, Failure, Slot, Text};
use crate::model::{ObjectId, Value};

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

impl<'a> Values<'a> {
    pub(super) fn new(context: Context<'a>, from: From<'a>, element: ObjectId) -> Self {
        Self {
            context,
            from,
            element,
            read: Vec::new(),
            frame: Frame::default(),
            kept: Vec::new(),
        }
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

    pub(super) fn text(&mut self, text: &Text) -> Result<String, Box<Diagnostic>> {
        let text = text.evaluate(&self.context, &self.frame.values);
        self.noted(text)
    }

    fn evaluate(&mut self, expression: &Expression) -> Result<Value, Box<Diagnostic>> {
        let value = expression.evaluate(&self.context, &self.frame.values);
        self.noted(value)
    }

    /// The text that an expression finds in the model, where that is plain; else it has to be evaluated.
    pub(super) fn text_seen<'s>(&'s mut self, expression: &'s Expression) -> Option<&'s str> {
        let text = expression.text_seen(&self.context, &self.frame.values)?;
        note(&self.context, (&self.frame, &self.kept), &mut self.read);
        Some(text)
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
            Source::Expression(expression) => self.evaluate(expression),
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
