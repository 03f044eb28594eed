//! The typed operations of a template over one element: text, with what was read for each part of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::compile::{Branch, Indent, Op, PartialTemplate, Source, Typed};
use super::language::{Language, Scalar, plain};
use super::output::{MAX_OUTPUT, Output};
use super::region;
use crate::diag::{Code, Diagnostic, Span};
use crate::expr::{Context, Failure, Reads};
use crate::metamodel::FeatureId;
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

/// Slots of the model that were read.
pub(super) type Slots = Vec<(ObjectId, FeatureId)>;

/// What was read since the last time, and for the values of the variables that were used.
pub(super) fn with_variables(reads: &Reads, origins: &BTreeMap<usize, Slots>) -> Slots {
    let mut all = reads.take();
    for index in reads.take_variables() {
        let further = origins.get(&index).into_iter().flatten();
        all.extend(
            further
                .filter(|r| !all.contains(r))
                .copied()
                .collect::<Vec<_>>(),
        );
    }
    all
}

/// A calculation that failed, with the slot that has no value where that may be why.
pub(super) fn failed(
    failure: &Failure,
    (context, from): (&Context<'_>, From<'_>),
    at: (ObjectId, &BTreeMap<usize, Slots>),
) -> Box<Diagnostic> {
    let (element, origins) = at;
    let reads = with_variables(context.reads, origins);
    let mut diagnostic = failure.diagnostic();
    if let Some(unset) = unset(context.reach(), &reads) {
        diagnostic = diagnostic.hint(unset);
    }
    Box::new(from.about(diagnostic, element))
}

/// Says which slot, of those that were read, neither a file nor a rule gives a value.
pub(super) fn unset(reach: Reach<'_>, reads: &[(ObjectId, FeatureId)]) -> Option<String> {
    let (object, feature) = reads
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

pub(super) struct Printer<'a> {
    pub(super) context: Context<'a>,
    pub(super) from: From<'a>,
    pub(super) language: &'static dyn Language,
    pub(super) output: Output,
    pub(super) variables: Vec<Value>,
    pub(super) element: ObjectId,
    /// What was read for the value of a variable that a block made: printing the variable has read it too.
    pub(super) origins: BTreeMap<usize, Slots>,
    /// The places that use the partial templates that are being printed.
    pub(super) users: Vec<User>,
    /// The names of the protected regions that were printed.
    pub(super) regions: Vec<String>,
}

/// A place that uses a partial template.
pub(super) struct User {
    /// What it stands around.
    inner: Option<Arc<[Op]>>,
    variables: Vec<Value>,
    origins: BTreeMap<usize, Slots>,
    indent: String,
}

impl Printer<'_> {
    pub(super) fn ops(&mut self, ops: &[Op]) -> Result<(), Box<Diagnostic>> {
        ops.iter().try_for_each(|op| self.op(op))
    }

    fn op(&mut self, op: &Op) -> Result<(), Box<Diagnostic>> {
        match op {
            Op::Text(text, span) => self.push(text, *span, Vec::new()),
            Op::Print(value) => {
                let (scalar, reads) = self.scalar(value)?;
                let text = self
                    .output
                    .writer
                    .encode(&scalar)
                    .map_err(|e| self.unprintable(value.span, &e, &reads))?;
                self.push(&text, value.span, reads)
            }
            Op::Helper(helper, value, span) => {
                let (scalar, reads) = self.scalar(value)?;
                let printed = (helper.print)(&scalar, self.language);
                let text = printed.map_err(|e| self.unprintable(value.span, &e, &reads))?;
                self.push(&text, *span, reads)
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
                let (value, reads) = self.value(value)?;
                if !value.is_truthy() {
                    return self.ops(otherwise);
                }
                let values = vec![value; 1 + names];
                let reads = vec![reads; 1 + names];
                self.scoped(values, reads, body)
            }
            Op::Let(values, body, indent) => {
                let (mut made, mut reads) = (Vec::new(), Vec::new());
                for value in values {
                    let (value, read) = self.value(value)?;
                    made.push(value);
                    reads.push(read);
                }
                let before = self.output.indented(indent);
                let done = self.scoped(made, reads, body);
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
        let (scalar, reads) = self.scalar(id)?;
        let lines = self.region_lines(&scalar);
        let [begin, end] = lines.map_err(|e| self.unprintable(id.span, &e, &reads))?;
        self.push(&format!("{indent}{begin}"), id.span, reads)?;
        self.ops(body)?;
        if !self.output.text.ends_with('\n') {
            self.push("\n", id.span, Vec::new())?;
        }
        self.push(&format!("{indent}{end}"), id.span, Vec::new())
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
        let mut values = Vec::new();
        let mut origins = BTreeMap::new();
        for argument in arguments {
            let (value, reads) = self.value(argument)?;
            origins.insert(values.len(), reads);
            values.push(value);
        }
        self.users.push(User {
            inner: inner.cloned(),
            variables: std::mem::replace(&mut self.variables, values),
            origins: std::mem::replace(&mut self.origins, origins),
            indent: self.output.indented(indent),
        });
        let mut done = self.lets(&partial.lets);
        if done.is_ok() {
            done = self.ops(&partial.body);
        }
        if let Some(user) = self.users.pop() {
            self.output.indent = user.indent;
            self.variables = user.variables;
            self.origins = user.origins;
        }
        done
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
        std::mem::swap(&mut self.variables, &mut user.variables);
        std::mem::swap(&mut self.origins, &mut user.origins);
        std::mem::swap(&mut self.output.indent, &mut user.indent);
    }

    fn lets(&mut self, lets: &[crate::expr::Expression]) -> Result<(), Box<Diagnostic>> {
        for expression in lets {
            let value = expression.evaluate(&self.context, &self.variables);
            let value = value.map_err(|f| {
                failed(
                    &f,
                    (&self.context, self.from),
                    (self.element, &self.origins),
                )
            })?;
            let reads = with_variables(self.context.reads, &self.origins);
            self.origins.insert(self.variables.len(), reads);
            self.variables.push(value);
        }
        Ok(())
    }

    fn branches(&mut self, branches: &[Branch]) -> Result<(), Box<Diagnostic>> {
        for Branch {
            condition,
            negated,
            body,
        } in branches
        {
            let holds = match condition {
                Some(condition) => self.value(condition)?.0.is_truthy() != *negated,
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
        let (value, reads) = self.value(list)?;
        let items = value.items().to_vec();
        if items.is_empty() {
            return self.ops(otherwise);
        }
        let last = items.len() - 1;
        for (index, item) in items.into_iter().enumerate() {
            let position = Value::Integer(i64::try_from(index).unwrap_or(i64::MAX));
            let named = [item.clone(), position.clone()].into_iter().take(names);
            let (first, last) = (Value::Boolean(index == 0), Value::Boolean(index == last));
            let values = [item, position, first, last].into_iter().chain(named);
            let origins = [0, 4].map(|i| {
                if i < 4 + names {
                    reads.clone()
                } else {
                    Vec::new()
                }
            });
            let [this, name] = origins;
            let none = Vec::new;
            self.scoped(
                values.collect(),
                vec![this, none(), none(), none(), name],
                body,
            )?;
        }
        Ok(())
    }

    /// Prints a body with further variables, each with what its value was computed from.
    fn scoped(
        &mut self,
        values: Vec<Value>,
        reads: Vec<Slots>,
        body: &[Op],
    ) -> Result<(), Box<Diagnostic>> {
        let mark = self.variables.len();
        let origins = reads.into_iter().enumerate().filter(|(_, r)| !r.is_empty());
        self.origins.extend(origins.map(|(i, r)| (mark + i, r)));
        self.variables.extend(values);
        let done = self.ops(body);
        self.variables.truncate(mark);
        self.origins.retain(|index, _| *index < mark);
        done
    }

    fn push(&mut self, text: &str, span: Span, reads: Slots) -> Result<(), Box<Diagnostic>> {
        if self.output.push(text, span, reads) {
            return Ok(());
        }
        let message = format!(
            "the artifact is larger than {} MiB, or has too many parts",
            MAX_OUTPUT >> 20
        );
        let diagnostic = Diagnostic::error(Code::Limit, span, message);
        Err(Box::new(self.from.about(diagnostic, self.element)))
    }

    fn value(&mut self, typed: &Typed) -> Result<(Value, Slots), Box<Diagnostic>> {
        match &typed.source {
            Source::Constant(value) => Ok((value.clone(), Vec::new())),
            Source::Variable(index) => Ok((
                self.variables[*index].clone(),
                self.origins.get(index).cloned().unwrap_or_default(),
            )),
            Source::Lookup(parts) => {
                let (list, reads) = self.value(&parts.0)?;
                let (position, more) = self.value(&parts.1)?;
                let found = match position {
                    Value::Integer(n) => usize::try_from(n)
                        .ok()
                        .and_then(|n| list.items().get(n).cloned()),
                    _ => None,
                };
                let reads = reads.into_iter().chain(more).collect();
                Ok((found.unwrap_or(Value::Null), reads))
            }
            Source::Expression(expression) => {
                let value = expression.evaluate(&self.context, &self.variables);
                let value = value.map_err(|f| {
                    failed(
                        &f,
                        (&self.context, self.from),
                        (self.element, &self.origins),
                    )
                })?;
                Ok((value, with_variables(self.context.reads, &self.origins)))
            }
        }
    }

    fn scalar(&mut self, typed: &Typed) -> Result<(Scalar, Slots), Box<Diagnostic>> {
        let (value, reads) = self.value(typed)?;
        match scalar(&value, self.context.model) {
            Some(scalar) => Ok((scalar, reads)),
            None => Err(self.unprintable(typed.span, "it is an object", &reads)),
        }
    }

    fn unprintable(
        &self,
        span: Span,
        reason: &str,
        reads: &[(ObjectId, FeatureId)],
    ) -> Box<Diagnostic> {
        let reach = self.context.reach();
        let message = format!("this value cannot be printed here: {reason}");
        let mut diagnostic = Diagnostic::error(Code::UnprintableValue, span, message);
        if let Some(unset) = unset(reach, reads) {
            diagnostic = diagnostic.hint(unset);
        }
        let written = reads
            .iter()
            .rev()
            .find_map(|(o, f)| Some((*o, *f, reach.origin(*o, *f)?.span()?)));
        Box::new(if let Some((object, feature, place)) = written {
            let name = &reach.metamodel().feature(feature).name;
            diagnostic.related(place, format!("`{name}` of {}", reach.path(object)))
        } else {
            let element = reads.last().map_or(self.element, |(o, _)| *o);
            self.from.about(diagnostic, element)
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
