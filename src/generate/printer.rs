//! The typed operations of a template over one element: text, with what was read for each part of it.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::compile::{Branch, Indent, MemberVariables, Op, PartialTemplate, Typed};
use super::language::{self, Language, plain};
use super::output::{Full, MAX_OUTPUT, Output};
use super::region;
use super::values::{Frame, Mark, Members, Values};
use crate::diag::{Code, Diagnostic, Span};
use crate::model::{ObjectId, Reach, Value};

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
    pub(super) fn new(values: Values<'a>) -> Self {
        let language = language::NONE;
        Self {
            values,
            language,
            output: Output::new(language),
            users: Vec::new(),
            regions: Vec::new(),
        }
    }

    /// Begins a file.
    pub(super) fn begin(&mut self, language: &'static dyn Language) {
        if self.language.name() != language.name() {
            self.language = language;
            self.output.change(language);
        }
        self.output.begin();
        self.users.clear();
        self.regions.clear();
    }

    pub(super) fn ops(&mut self, ops: &[Op]) -> Result<(), Box<Diagnostic>> {
        ops.iter().try_for_each(|op| self.op(op))
    }

    fn op(&mut self, op: &Op) -> Result<(), Box<Diagnostic>> {
        match op {
            Op::Text(passage, span) => {
                let added = self.output.push_passage(passage, *span);
                added.map_err(|Full| self.too_large(*span))
            }
            Op::Print(value) => {
                let done = self
                    .values
                    .show(value, |scalar| self.output.encode(scalar))?;
                self.push_value(done, value.span, value.span)
            }
            Op::Helper(helper, value, span) => {
                let (language, output) = (self.language, &mut self.output);
                let done = self.values.show(value, |scalar| {
                    output.write(|out| (helper.print)(scalar, language, out))
                })?;
                self.push_value(done, value.span, *span)
            }
            Op::Raw(value) => {
                let output = &mut self.output;
                let done = self.values.show(value, |scalar| {
                    output.write(|out| plain(scalar).map(|text| out.push_str(&text)))
                })?;
                self.push_value(done, value.span, value.span)
            }
            Op::If(branches) => self.branches(branches),
            Op::Each {
                list,
                variables,
                body,
                otherwise,
            } => self.each((list, variables), body, otherwise),
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
        let name = self.values.show(id, |id| plain(id).map(Cow::into_owned))?;
        let lines = name.and_then(|name| self.region_lines(name));
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
    fn region_lines(&mut self, id: String) -> Result<[String; 2], String> {
        let comment = self.language.comment().ok_or_else(|| {
            let language = self.language.name();
            format!("{language} has no comments, which would name the protected region")
        })?;
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
        let lines = region::lines(comment, &id);
        self.regions.push(id);
        Ok(lines)
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
                Some(condition) => self.values.is_true(condition)? != *negated,
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
        (list, variables): (&Typed, &MemberVariables),
        body: &[Op],
        otherwise: &[Op],
    ) -> Result<(), Box<Diagnostic>> {
        let members = self.values.members(list)?;
        let Some(last) = members.len().checked_sub(1) else {
            return self.ops(otherwise);
        };
        let outside = self.values.mark();
        let block = self.values.begin_loop(variables, last);
        match members {
            Members::Objects(objects) => {
                for (position, object) in objects.iter().enumerate() {
                    let item = Value::Object(object);
                    self.values.bind_member(&block, position, &item);
                    self.ops(body)?;
                }
            }
            Members::Values(value) => {
                for (position, item) in value.items().iter().enumerate() {
                    self.values.bind_member(&block, position, item);
                    self.ops(body)?;
                }
            }
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
        let added = self.output.push(text, span, &self.values.read);
        added.map_err(|Full| self.too_large(span))
    }

    /// Adds a value that was written down, unless something is wrong with it; `at` is where it is asked for.
    fn push_value(
        &mut self,
        done: Result<(), String>,
        at: Span,
        span: Span,
    ) -> Result<(), Box<Diagnostic>> {
        done.map_err(|e| self.unprintable(at, &e))?;
        let added = self.output.push_value(span, &self.values.read);
        added.map_err(|Full| self.too_large(span))
    }

    fn too_large(&self, span: Span) -> Box<Diagnostic> {
        let message = format!(
            "the artifact is larger than {} MiB, or has too many parts",
            MAX_OUTPUT >> 20
        );
        let diagnostic = Diagnostic::error(Code::Limit, span, message);
        Box::new(self.values.from.about(diagnostic, self.values.element))
    }

    /// A value, for which alone something was read.
    fn value(&mut self, typed: &Typed) -> Result<Value, Box<Diagnostic>> {
        self.values.fresh();
        self.values.value(typed)
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
