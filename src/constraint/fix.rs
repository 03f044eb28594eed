//! Fixes: how a constraint that does not hold is met, in the terms of rules, and the edits that an element gets.

use std::sync::Arc;

use super::load::Compiler;
use super::recipe::{self, Recipe};
use crate::diag::{Code, Span};
use crate::expr::{Context, Failure, Scope, Text};
use crate::format::edit::{Edit, NewValue, Place};
use crate::format::node::{Node, Record};
use crate::metamodel::{ClassId, FeatureId};
use crate::model::{Model, ObjectId, Value};

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

#[derive(Clone, Debug)]
struct Binding {
    action: Action,
    feature: FeatureId,
    recipe: Recipe,
}

/// When a binding writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// Always.
    Set,
    /// Where the slot is not set.
    Default,
    /// Where the containment is empty.
    Create,
    /// Always, behind what is there.
    Append,
}

impl Action {
    const ALL: [(&'static str, Self); 4] = [
        ("set", Self::Set),
        ("default", Self::Default),
        ("create", Self::Create),
        ("append", Self::Append),
    ];
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
    let bindings = bindings(&record, class, (scope, compiler));
    let unset = unset(&record, class, compiler);
    let (title, bindings, unset) = (title?, bindings?, unset?);
    if bindings.is_empty() && unset.is_empty() && !deletes {
        return compiler.error(Code::RuleSyntax, node.span, "a fix changes something");
    }
    Some(Fix {
        title,
        is_safe,
        bindings,
        unset,
        deletes,
    })
}

fn bindings(
    record: &Record<'_>,
    class: ClassId,
    (scope, compiler): (&Scope, &mut Compiler<'_>),
) -> Option<Vec<Binding>> {
    let mut all = Vec::new();
    for (key, action) in Action::ALL {
        for entry in record.map(key, compiler.diagnostics) {
            let feature = compiler.feature(class, &entry.key);
            let feature = feature.filter(|f| fits(action, *f, (entry.key.span, compiler)));
            all.push(feature.and_then(|feature| {
                let recipe = recipe::read(&entry.value, feature, (scope, compiler))?;
                Some(Binding {
                    action,
                    feature,
                    recipe,
                })
            }));
        }
    }
    all.into_iter().collect()
}

/// Whether an action is one for a feature; reported where it is not.
fn fits(action: Action, feature: FeatureId, (at, compiler): (Span, &mut Compiler<'_>)) -> bool {
    let declared = compiler.metamodel.feature(feature);
    let wrong = match action {
        Action::Create if !declared.is_containment() => {
            format!("`create` makes parts, and `{}` holds none", declared.name)
        }
        Action::Append if !declared.is_many() => {
            format!(
                "`append` adds to a list, and `{}` is one value",
                declared.name
            )
        }
        _ => return true,
    };
    compiler.error::<()>(Code::WrongType, at, wrong);
    false
}

fn unset(
    record: &Record<'_>,
    class: ClassId,
    compiler: &mut Compiler<'_>,
) -> Option<Vec<FeatureId>> {
    let features = record.list("unset", compiler.diagnostics).iter();
    let features = features.map(|node| {
        if let Some(name) = node.scalar() {
            return compiler.feature(class, name);
        }
        let message = format!("a feature belongs here, not {}", node.description());
        compiler.error(Code::RuleSyntax, node.span, message)
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
            let taken = matches!(binding.action, Action::Default | Action::Create);
            let there = stands(written, object);
            if there && taken && written.is_set(object, binding.feature) {
                continue;
            }
            let value = binding.recipe.make(context, variables)?;
            if !there || value.as_ref().is_some_and(|v| !is_written(written, v)) {
                return Ok(Vec::new());
            }
            binding.edits((object, written), value, &mut edits);
        }
        Ok(edits)
    }
}

impl Binding {
    fn edits(&self, at: (ObjectId, &Model), value: Option<NewValue>, edits: &mut Vec<Edit>) {
        let (object, written) = at;
        let feature = self.feature;
        let Some(value) = value else {
            if self.action == Action::Set {
                edits.push(Edit::Unset { object, feature });
            }
            return;
        };
        if self.action != Action::Append {
            let many = written.metamodel().feature(feature).is_many();
            let value = match value {
                one @ NewValue::List(_) => one,
                one if many => NewValue::List(vec![one]),
                one => one,
            };
            edits.push(Edit::Set {
                object,
                feature,
                value,
            });
            return;
        }
        let own = written.own(object, feature);
        let first = own.map_or(0, |v| v.items().len());
        let items = match value {
            NewValue::List(items) => items,
            one => vec![one],
        };
        edits.extend(items.into_iter().enumerate().map(|(n, value)| {
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
