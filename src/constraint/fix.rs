//! Fixes: how a constraint that does not hold is met, in the terms of rules, and the edits that an element gets.

use std::sync::Arc;

use super::load::Compiler;
use crate::diag::{Code, Span};
use crate::expr::{Context, Failure, Scope, Text};
use crate::format::edit::{Edit, NewObject, NewValue, Place};
use crate::format::node::{Node, Record};
use crate::metamodel::{ClassId, FeatureId, Literal, Metamodel};
use crate::model::{Model, ObjectId, Value};
use crate::recipe::{Action, Binding, Made, MadeKind, fit, known_feature};

const FIX_KEYS: &[&str] = &[
    "title", "safe", "set", "default", "create", "append", "unset", "delete",
];

/// Edits that would meet a constraint.
#[derive(Clone, Debug)]
pub struct Repair {
    /// The constraint.
    pub constraint: Arc<str>,
    /// The place of the finding.
    pub place: Span,
    /// What the edits do, as an imperative.
    pub title: String,
    /// Whether they are right in any case.
    pub is_safe: bool,
    /// The edits, of the model as its file says it.
    pub edits: Vec<Edit>,
}

/// How to make a [`Repair`].
#[derive(Clone, Debug)]
pub(super) struct Fix {
    pub(super) title: Text,
    pub(super) is_safe: bool,
    bindings: Vec<Binding>,
    unset: Vec<FeatureId>,
    deletes: bool,
}

/// Reads the fix of a check of `class`.
pub(super) fn read(
    node: &Node,
    class: ClassId,
    (scope, compiler): (&Scope, &mut Compiler<'_>),
) -> Option<Fix> {
    let record = node.record("a fix", FIX_KEYS, compiler.diagnostics)?;
    let title = record.required("title", "a fix", compiler.diagnostics);
    let title = title.and_then(|t| compiler.text(t, scope));
    let is_safe = record.flag("safe", compiler.diagnostics);
    let deletes = record.flag("delete", compiler.diagnostics);
    let mut reader = compiler.reader(scope);
    let bindings: Option<Vec<Binding>> = reader.bindings(&record, class).into_iter().collect();
    let unset = unset(&record, class, compiler);
    let (title, bindings, unset) = (title?, bindings?, unset?);
    if bindings.is_empty() && unset.is_empty() && !deletes {
        return compiler
            .diagnostics
            .error(Code::RuleSyntax, node.span, "a fix changes something");
    }
    Some(Fix {
        title,
        is_safe,
        bindings,
        unset,
        deletes,
    })
}

fn unset(
    record: &Record<'_>,
    class: ClassId,
    compiler: &mut Compiler<'_>,
) -> Option<Vec<FeatureId>> {
    let features = record.list("unset", compiler.diagnostics).iter();
    let features = features.map(|node| {
        if let Some(name) = node.scalar() {
            return known_feature(compiler.metamodel, class, name, compiler.diagnostics);
        }
        let message = format!("a feature belongs here, not {}", node.description());
        compiler
            .diagnostics
            .error(Code::RuleSyntax, node.span, message)
    });
    features.collect::<Vec<_>>().into_iter().collect()
}

impl Fix {
    /// The edits for an element of the model that the context has; they are of `written`, what its file says.
    ///
    /// None are given where the element, or one that a value names, does not stand in the file.
    pub(super) fn edits(
        &self,
        (object, written): (ObjectId, &Model),
        context: &Context<'_>,
        variables: &[Value],
    ) -> Result<Vec<Edit>, Failure> {
        let mut variables = variables.to_vec();
        let mut edits = Vec::new();
        if self.deletes {
            edits.push(Edit::Delete { object });
            return Ok(if stands(written, object) {
                edits
            } else {
                Vec::new()
            });
        }
        for feature in &self.unset {
            edits.push(Edit::Unset {
                object,
                feature: *feature,
            });
        }
        for binding in &self.bindings {
            let there = stands(written, object);
            if there && binding.action.yields() && written.is_set(object, binding.feature) {
                continue;
            }
            let made = binding.recipe.make(context, &mut variables)?;
            let value = new_value(made, (binding.feature, written.metamodel()));
            if !there || value.as_ref().is_some_and(|v| !is_written(written, v)) {
                return Ok(Vec::new());
            }
            add_edits(binding, (object, written), value, &mut edits);
        }
        Ok(edits)
    }
}

/// The edits that write what a binding made.
fn add_edits(
    binding: &Binding,
    (object, written): (ObjectId, &Model),
    value: Option<NewValue>,
    edits: &mut Vec<Edit>,
) {
    let feature = binding.feature;
    let Some(value) = value else {
        if binding.action == Action::Set {
            edits.push(Edit::Unset { object, feature });
        }
        return;
    };
    if binding.action != Action::Append {
        edits.push(Edit::Set {
            object,
            feature,
            value,
        });
        return;
    }
    let own = written.own(object, feature);
    let first = own.map_or(0, |v| v.items().len());
    edits.extend(items(value).into_iter().enumerate().map(|(n, value)| {
        let position = first + n;
        Edit::Insert {
            place: Place {
                object,
                feature,
                position,
            },
            value,
        }
    }));
}

/// What was made, as a value of an edit of a feature; `None` is no value.
fn new_value(made: Made, at: (FeatureId, &Metamodel)) -> Option<NewValue> {
    let (feature, metamodel) = at;
    let value = match made.kind {
        MadeKind::Literal(Value::Null, _) => None,
        MadeKind::Literal(_, text) => Some(NewValue::Text(text)),
        MadeKind::Value(value) => of_value(fit(metamodel, feature, value)),
        MadeKind::List(made) => {
            let made = made.into_iter().filter_map(|m| new_value(m, at));
            Some(NewValue::List(made.flat_map(items).collect()))
        }
        MadeKind::Object(class, features) => {
            let slots = features.into_iter();
            let slots = slots.filter_map(|(f, m)| Some((f, new_value(m, (f, metamodel))?)));
            Some(NewValue::New(NewObject {
                class,
                id: None,
                slots: slots.collect(),
            }))
        }
    }?;
    match value {
        NewValue::List(mut items) if !metamodel.feature(feature).is_many() => items.pop(),
        one @ NewValue::List(_) => Some(one),
        one if metamodel.feature(feature).is_many() => Some(NewValue::List(vec![one])),
        one => Some(one),
    }
}

fn items(value: NewValue) -> Vec<NewValue> {
    match value {
        NewValue::List(items) => items,
        one => vec![one],
    }
}

fn of_value(value: Value) -> Option<NewValue> {
    match value {
        Value::Null | Value::Entry(_) => None,
        Value::Object(object) => Some(NewValue::Object(object)),
        Value::Proxy(proxy) => Some(NewValue::Uri {
            uri: proxy.uri.clone(),
            class: proxy.class,
        }),
        Value::List(items) => Some(NewValue::List(
            items.into_iter().filter_map(of_value).collect(),
        )),
        other => {
            let literal: Option<Literal> = (&other).into();
            literal.map(NewValue::Literal)
        }
    }
}

/// Whether an object stands in the file of a model.
fn stands(written: &Model, object: ObjectId) -> bool {
    (object.0 as usize) < written.bound() && !written.is_deleted(object)
}

/// Whether all objects that a value names stand in the file.
fn is_written(written: &Model, value: &NewValue) -> bool {
    match value {
        NewValue::Object(object) => stands(written, *object),
        NewValue::New(new) => new.slots.iter().all(|(_, v)| is_written(written, v)),
        NewValue::List(items) => items.iter().all(|v| is_written(written, v)),
        NewValue::Text(_) | NewValue::Literal(_) | NewValue::Uri { .. } => true,
    }
}
