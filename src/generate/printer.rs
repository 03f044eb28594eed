//! The typed operations of a template over one element: text, with what was read for each part of it.

use std::ops::Range;
use std::sync::Arc;

use super::compile::{Branch, Indent, Op, PartialTemplate, Source, Typed};
use super::language::{Language, Scalar, plain};
use super::output::{MAX_OUTPUT, Output};
use super::region;
use super::values::{Frame, Mark, Values};
use crate::diag::{Code, Diagnostic, Span};
use crate::model::{Model, ObjectId, Reach, Value};

/// What is printed.
#[derive(Clone, Copy)]
pub(super) struct From<'a> {
    pub(super) reach: Reach<'a>,
    pub(super) place: &'a dyn Fn(ObjectId) -> Span,
    pub(super) output: &'a str,
}

impl From<'_> {
    /// Adds the element that a finding is about, with its place.
    pub(super) fn about(self, diagnostic: Diagnostic, element: ObjectId) -> Diagnostic {
        let place = if element.is_knowledge() {
            self.reach.nearest_span(element)
        } else {
            (self.place)(element)
        };
        diagnostic.related(place, format!("for {}", self.reach.path(element)))
    }
}

pub(super) struct Printer<'a> {
    pub(super) values: Values<'a>,
    pub(super) language: &'static dyn Language,
    pub(super) output: Output,
    /// The places that use the partial templates that are being printed.
    users: Vec<User>,
    /// The names of the protected regions that were printed.
    pub(super) regions: Vec<String>,
}

/// A place that uses a partial template.
struct User {
    /// What it stands around.
    inner: Option<Arc<[Op]>>,
    frame: Frame,
    indent: String,
}

impl<'a> Printer<'a> {
    pub(super) fn new(values: Values<'a>, language: &'static dyn Language) -> Self {
        Self {
            values,
            language,
            output: Output::new(language),
            users: Vec::new(),
            regions: Vec::new(),
        }
    }

    pub(super) fn ops(&mut self, ops: &[Op]) -> Result<(), Box<Diagnostic>> {
        ops.iter().try_for_each(|op| self.op(op))
    }

    fn op(&mut self, op: &Op) -> Result<(), Box<Diagnostic>> {
        match op {
            Op::Text(text, span) => {
                self.values.fresh();
                self.push(text, *span)
            }
            Op::Print(value) => {
                let scalar = self.scalar(value)?;
                let text = self.output.writer.encode(&scalar);
                let text = text.map_err(|e| self.unprintable(value.span, &e))?;
                self.push(&text, value.span)
            }
            Op::Helper(helper, value, span) => {
                let scalar = self.scalar(value)?;
                let text = (helper.print)(&scalar, self.language);
                let text = text.map_err(|e| self.unprintable(value.span, &e))?;
                self.push(&text, *span)
            }
            Op::Raw(value) => {
                let scalar = self.scalar(value)?;
                let text = plain(&scalar).map_err(|e| self.unprintable(value.span, &e))?;
                self.push(&text, value.span)
            }
            Op::If(branches) => self.branches(branches),
            Op::Each {
                list,
                names,
                body,
                otherwise,
            } => self.each((list, *names), body, otherwise),
            Op::With {
                value,
                names,
                body,
                otherwise,
            } => {
                let value = self.value(value)?;
                if !value.is_truthy() {
                    return self.ops(otherwise);
                }
                let mark = self.values.mark();
                let origin = self.values.keep();
                for _ in 0..=*names {
                    self.values.bind(value.clone(), origin.clone());
                }
                self.within(mark, body)
            }
            Op::Let(values, body, indent) => {
                let mark = self.values.mark();
                let made = self.made(values)?;
                for (value, origin) in made {
                    self.values.bind(value, origin);
                }
                let before = self.output.indented(indent);
                let done = self.within(mark, body);
                self.output.indent = before;
                done
            }
            Op::Partial {
                partial,
                arguments,
                indent,
                inner,
            } => self.partial(partial, arguments, (indent, inner.as_ref())),
            Op::Inner(fallback) => self.inner(fallback),
            Op::Protected { id, indent, body } => self.protected(id, indent, body),
        }
    }

    /// A region between comments that name it.
    fn protected(&mut self, id: &Typed, indent: &str, body: &[Op]) -> Result<(), Box<Diagnostic>> {
        let scalar = self.scalar(id)?;
        let lines = self.region_lines(&scalar);
        let [begin, end] = lines.map_err(|e| self.unprintable(id.span, &e))?;
        self.push(&format!("{indent}{begin}"), id.span)?;
        self.ops(body)?;
        self.values.fresh();
        if !self.output.text.ends_with('\n') {
            self.push("\n", id.span)?;
        }
        self.push(&format!("{indent}{end}"), id.span)
    }

    /// The comments around a region, or why it cannot be one.
    fn region_lines(&mut self, id: &Scalar) -> Result<[String; 2], String> {
        let comment = self.language.comment().ok_or_else(|| {
            let language = self.language.name();
            format!("{language} has no comments, which would name the protected region")
        })?;
        let id = plain(id)?;
        if !region::is_id(&id) {
            return Err(region::NO_ID.to_owned());
        }
        if self.regions.contains(&id) {
            return Err(format!(
                "there is another protected region `{id}` in this artifact"
            ));
        }
        if !matches!(self.output.text.chars().last(), None | Some('\n')) {
            return Err("a protected region begins on a line of its own".to_owned());
        }
        self.regions.push(id.clone());
        Ok(region::lines(comment, &id))
    }

    fn partial(
        &mut self,
        partial: &PartialTemplate,
        arguments: &[Typed],
        (indent, inner): (&Indent, Option<&Arc<[Op]>>),
    ) -> Result<(), Box<Diagnostic>> {
        let mark = self.values.mark();
        let mut frame = Frame::default();
        let made = self.made(arguments)?;
        self.values.swap(&mut frame);
        for (value, origin) in made {
            self.values.bind(value, origin);
        }
        self.users.push(User {
            inner: inner.cloned(),
            frame,
            indent: self.output.indented(indent),
        });
        let mut done = self.values.bind_all(&partial.lets);
        if done.is_ok() {
            done = self.ops(&partial.body);
        }
        if let Some(mut user) = self.users.pop() {
            self.output.indent = user.indent;
            self.values.swap(&mut user.frame);
        }
        self.values.end(mark);
        done
    }

    /// Some values, each with what was read for it.
    fn made(&mut self, of: &[Typed]) -> Result<Vec<(Value, Range<usize>)>, Box<Diagnostic>> {
        let made = of.iter().map(|typed| {
            let value = self.value(typed)?;
            Ok((value, self.values.keep()))
        });
        made.collect()
    }

    /// Prints what the use of this partial template stands around, with the variables of that place.
    fn inner(&mut self, fallback: &[Op]) -> Result<(), Box<Diagnostic>> {
        let Some(mut user) = self.users.pop() else {
            return self.ops(fallback);
        };
        let Some(inner) = user.inner.clone() else {
            self.users.push(user);
            return self.ops(fallback);
        };
        self.swap(&mut user);
        let done = self.ops(&inner);
        self.swap(&mut user);
        self.users.push(user);
        done
    }

    fn swap(&mut self, user: &mut User) {
        self.values.swap(&mut user.frame);
        std::mem::swap(&mut self.output.indent, &mut user.indent);
    }

    fn branches(&mut self, branches: &[Branch]) -> Result<(), Box<Diagnostic>> {
        for Branch {
            condition,
            negated,
            body,
        } in branches
        {
            let holds = match condition {
                Some(condition) => self.value(condition)?.is_truthy() != *negated,
                None => true,
            };
            if holds {
                return self.ops(body);
            }
        }
        Ok(())
    }

    fn each(
        &mut self,
        (list, names): (&Typed, usize),
        body: &[Op],
        otherwise: &[Op],
    ) -> Result<(), Box<Diagnostic>> {
        let value = self.value(list)?;
        let items = value.items();
        let Some(last) = items.len().checked_sub(1) else {
            return self.ops(otherwise);
        };
        let outside = self.values.mark();
        let origin = self.values.keep();
        for (index, item) in items.iter().enumerate() {
            let mark = self.values.mark();
            let position = Value::Integer(i64::try_from(index).unwrap_or(i64::MAX));
            self.values.bind(item.clone(), origin.clone());
            self.values.bind_plain(position.clone());
            self.values.bind_plain(Value::Boolean(index == 0));
            self.values.bind_plain(Value::Boolean(index == last));
            if names > 0 {
                self.values.bind(item.clone(), origin.clone());
            }
            if names > 1 {
                self.values.bind_plain(position);
            }
            self.within(mark, body)?;
        }
        self.values.end(outside);
        Ok(())
    }

    /// Prints a body with the variables that were bound since a mark.
    fn within(&mut self, mark: Mark, body: &[Op]) -> Result<(), Box<Diagnostic>> {
        let done = self.ops(body);
        self.values.end(mark);
        done
    }

    /// Adds text, for which was read what the last value was made of.
    fn push(&mut self, text: &str, span: Span) -> Result<(), Box<Diagnostic>> {
        if self.output.push(text, span, &self.values.read) {
            return Ok(());
        }
        let message = format!(
            "the artifact is larger than {} MiB, or has too many parts",
            MAX_OUTPUT >> 20
        );
        let diagnostic = Diagnostic::error(Code::Limit, span, message);
        Err(Box::new(
            self.values.from.about(diagnostic, self.values.element),
        ))
    }

    /// A value, for which alone something was read.
    fn value(&mut self, typed: &Typed) -> Result<Value, Box<Diagnostic>> {
        self.values.fresh();
        self.values.value(typed)
    }

    fn scalar(&mut self, typed: &Typed) -> Result<Scalar, Box<Diagnostic>> {
        self.values.fresh();
        if let Source::Expression(expression) = &typed.source
            && let Some(text) = self.values.text_seen(expression)
        {
            return Ok(Scalar::Text(text.to_owned()));
        }
        let value = self.values.value(typed)?;
        match scalar(&value, self.values.context.model) {
            Some(scalar) => Ok(scalar),
            None => Err(self.unprintable(typed.span, "it is an object")),
        }
    }

    fn unprintable(&self, span: Span, reason: &str) -> Box<Diagnostic> {
        let values = &self.values;
        let reach = values.context.reach();
        let message = format!("this value cannot be printed here: {reason}");
        let mut diagnostic = Diagnostic::error(Code::UnprintableValue, span, message);
        if let Some(unset) = values.unset() {
            diagnostic = diagnostic.hint(unset);
        }
        let written = values
            .read
            .iter()
            .rev()
            .find_map(|(o, f)| Some((*o, *f, reach.origin(*o, *f)?.span()?)));
        Box::new(if let Some((object, feature, place)) = written {
            let name = &reach.metamodel().feature(feature).name;
            diagnostic.related(place, format!("`{name}` of {}", reach.path(object)))
        } else {
            let element = values.read.last().map_or(values.element, |(o, _)| *o);
            values.from.about(diagnostic, element)
        })
    }
}

fn scalar(value: &Value, model: &Model) -> Option<Scalar> {
    Some(match value {
        Value::Null => Scalar::Null,
        Value::Boolean(b) => Scalar::Boolean(*b),
        Value::Integer(n) => Scalar::Integer(*n),
        Value::Real(x) => Scalar::Real(*x),
        Value::String(text) => Scalar::Text(text.to_string()),
        Value::Enum(id, index) => Scalar::Text(
            model.metamodel().enumeration(*id).literals[*index as usize]
                .literal
                .to_string(),
        ),
        Value::List(items) => Scalar::List(
            items
                .iter()
                .map(|i| scalar(i, model))
                .collect::<Option<_>>()?,
        ),
        Value::Object(_) | Value::Proxy(_) | Value::Entry(_) => return None,
    })
}
