//! Printing: typed operations over a model become artifacts, checked in their own languages.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::compile::{Branch, Indent, Op, PartialTemplate, Source, Template, Typed};
use super::language::{self, Language, Scalar};
use super::output::{MAX_OUTPUT, Output};
use super::{Artifact, path};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::expr::{Context, Failure, Reads};
use crate::metamodel::FeatureId;
use crate::model::{Model, ObjectId, Reach, Value};

impl Template {
    /// Prints the artifacts of a model, in the order of its elements, which are those of the model alone.
    /// `place` is where people are shown one of its objects.
    pub fn render(
        &self,
        (reach, place): (Reach<'_>, &dyn Fn(ObjectId) -> Span),
        diagnostics: &mut Diagnostics,
    ) -> Vec<Artifact> {
        let from = From { reach, place };
        let mut artifacts = Vec::new();
        for element in reach.model.instances(self.class) {
            match artifact(self, from, element) {
                Ok(Some((artifact, language))) => {
                    verify(&artifact, (language, from), diagnostics);
                    artifacts.push(artifact);
                }
                Ok(None) => {}
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        artifacts
    }
}

/// What is printed.
#[derive(Clone, Copy)]
struct From<'a> {
    reach: Reach<'a>,
    place: &'a dyn Fn(ObjectId) -> Span,
}

impl From<'_> {
    /// Adds the element that a finding is about, with its place.
    fn about(self, diagnostic: Diagnostic, element: ObjectId) -> Diagnostic {
        let place = if element.is_knowledge() {
            self.reach.nearest_span(element)
        } else {
            (self.place)(element)
        };
        diagnostic.related(place, format!("for {}", self.reach.path(element)))
    }
}

/// Slots of the model that were read.
type Slots = Vec<(ObjectId, FeatureId)>;

type Rendered = Option<(Artifact, &'static dyn Language)>;

fn artifact(
    template: &Template,
    from: From<'_>,
    element: ObjectId,
) -> Result<Rendered, Box<Diagnostic>> {
    let reads = Reads::default();
    let context = Context::new(from.reach, &reads);
    let mut variables = vec![Value::Object(element)];
    let mut origins = BTreeMap::new();
    if let Some(guard) = &template.guard
        && guard
            .evaluate(&context, &variables)
            .map_err(|f| failed(&f, (&context, from), (element, &origins)))?
            != Value::Boolean(true)
    {
        return Ok(None);
    }
    for expression in &template.lets {
        reads.take();
        let value = expression.evaluate(&context, &variables);
        let value = value.map_err(|f| failed(&f, (&context, from), (element, &origins)))?;
        let read = with_variables(&reads, &origins);
        origins.insert(variables.len(), read);
        variables.push(value);
    }
    let artifact_path = template
        .artifact
        .evaluate(&context, &variables)
        .map_err(|f| failed(&f, (&context, from), (element, &origins)))?;
    if let Some(flaw) = path::flaw(&artifact_path) {
        let message = format!(
            "the path `{}` is not allowed: {flaw}",
            artifact_path.escape_debug()
        );
        let diagnostic = Diagnostic::error(Code::ArtifactPath, template.span, message);
        return Err(Box::new(from.about(diagnostic, element)));
    }
    reads.take();
    let language = template
        .language
        .or_else(|| language::find(None, &artifact_path));
    let Some(language) = language else {
        let message = format!("it is not known in which language `{artifact_path}` is");
        let known: Vec<&str> = language::LANGUAGES.iter().map(|l| l.name()).collect();
        let hint = format!(
            "say `language:` in the front matter: {}; `text` escapes nothing",
            known.join(", ")
        );
        return Err(Box::new(
            Diagnostic::error(Code::UnknownName, template.span, message).hint(hint),
        ));
    };
    let mut printer = Printer {
        context,
        from,
        language,
        output: Output::new(language),
        variables,
        element,
        origins,
        users: Vec::new(),
    };
    printer.ops(&template.body)?;
    let artifact = Artifact {
        path: artifact_path,
        text: printer.output.text,
        ownership: template.ownership,
        template: template.file.clone(),
        template_span: template.span,
        element,
        segments: printer.output.segments,
    };
    Ok(Some((artifact, language)))
}

/// What was read since the last time, and for the values of the variables that were used.
fn with_variables(reads: &Reads, origins: &BTreeMap<usize, Slots>) -> Slots {
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
fn failed(
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
fn unset(reach: Reach<'_>, reads: &[(ObjectId, FeatureId)]) -> Option<String> {
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

struct Printer<'a> {
    context: Context<'a>,
    from: From<'a>,
    language: &'static dyn Language,
    output: Output,
    variables: Vec<Value>,
    element: ObjectId,
    /// What was read for the value of a variable that a block made: printing the variable has read it too.
    origins: BTreeMap<usize, Slots>,
    /// The places that use the partial templates that are being printed.
    users: Vec<User>,
}

/// A place that uses a partial template.
struct User {
    /// What it stands around.
    inner: Option<Arc<[Op]>>,
    variables: Vec<Value>,
    origins: BTreeMap<usize, Slots>,
    indent: String,
}

impl Printer<'_> {
    fn ops(&mut self, ops: &[Op]) -> Result<(), Box<Diagnostic>> {
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
        }
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

/// Checks a finished artifact in its language; a flaw is reported at the line of the template that printed it.
fn verify(artifact: &Artifact, with: (&dyn Language, From<'_>), diagnostics: &mut Diagnostics) {
    let (language, from) = with;
    for flaw in language.check(&artifact.text) {
        let line = artifact.text[..flaw.offset.min(artifact.text.len())]
            .matches('\n')
            .count()
            + 1;
        let shown = artifact
            .text
            .lines()
            .nth(line - 1)
            .unwrap_or_default()
            .trim();
        let message = format!(
            "{}:{line} would be no valid {}: {}",
            artifact.path,
            language.name(),
            flaw.message
        );
        let span = artifact.template_at(flaw.offset);
        let diagnostic = Diagnostic::error(Code::InvalidArtifact, span, message)
            .label(format!("prints `{shown}`"));
        diagnostics.push(from.about(diagnostic, artifact.element));
    }
}
