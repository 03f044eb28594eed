//! Running a transformation: a stage reads a snapshot, then writes.

use std::collections::BTreeMap;

use super::trace::{Link, Trace};
use super::value::{Made, MadeKind};
use super::{Action, Rule, Stage, Transform};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Context, Failure, Reads};
use crate::metamodel::FeatureId;
use crate::model::{Model, ObjectId, Origin, Reach, Value};

/// Runs all stages on a copy of the model. What was written before by hand and is not `set` stays.
/// Rules match elements of the model alone; what is known beside it they read.
pub fn apply(
    transform: &Transform,
    from: Reach<'_>,
    trace: &mut Trace,
    diagnostics: &mut Diagnostics,
) -> Model {
    let mut model = from.model.clone();
    for stage in &transform.stages {
        let snapshot = Reach {
            model: &model,
            ..from
        };
        let writes = collect(transform, stage, snapshot, diagnostics);
        model = write(model, writes, trace, diagnostics);
    }
    model
}

/// One thing that a rule wants to write.
struct Write<'r> {
    rule: &'r Rule,
    transform: &'r Transform,
    action: Action,
    made: Made,
    guards: Vec<(ObjectId, FeatureId)>,
    element: ObjectId,
}

#[derive(Default)]
struct Writes<'r> {
    slots: BTreeMap<(ObjectId, FeatureId), Vec<Write<'r>>>,
    deleted: BTreeMap<ObjectId, &'r Rule>,
}

fn collect<'r>(
    transform: &'r Transform,
    stage: &'r Stage,
    snapshot: Reach<'_>,
    diagnostics: &mut Diagnostics,
) -> Writes<'r> {
    let mut writes = Writes::default();
    for rule in stage.rules.iter().filter(|r| !r.is_abstract) {
        for element in snapshot.model.instances(rule.class) {
            if let Err(failure) = match_rule(transform, rule, (snapshot, element), &mut writes) {
                let path = snapshot.path(element);
                let mut failure = failure;
                failure.message = format!("{}, for {path}", failure.message);
                let diagnostic = failure.diagnostic().related(rule.span, "in this rule");
                diagnostics.push(diagnostic);
            }
        }
    }
    writes
}

fn match_rule<'r>(
    transform: &'r Transform,
    rule: &'r Rule,
    at: (Reach<'_>, ObjectId),
    writes: &mut Writes<'r>,
) -> Result<(), Failure> {
    let (snapshot, element) = at;
    let reads = Reads::default();
    let context = Context::new(snapshot, &reads);
    let mut variables = vec![Value::Object(element)];
    for (_, expression) in &rule.lets {
        let value = expression.evaluate(&context, &variables)?;
        variables.push(value);
    }
    for guard in &rule.guards {
        if guard.evaluate(&context, &variables)? != Value::Boolean(true) {
            return Ok(());
        }
    }
    let guards: Vec<_> = reads.take().into_iter().collect();
    if rule.deletes {
        writes.deleted.insert(element, rule);
    }
    for binding in &rule.bindings {
        let taken = matches!(binding.action, Action::Default | Action::Create);
        if taken && snapshot.model.is_set(element, binding.feature) {
            continue;
        }
        let made = binding.recipe.make(&context, &variables)?;
        if matches!(made.kind, MadeKind::Value(Value::Null)) && binding.action != Action::Set {
            continue;
        }
        let write = Write {
            rule,
            transform,
            action: binding.action,
            made,
            guards: guards.clone(),
            element,
        };
        writes
            .slots
            .entry((element, binding.feature))
            .or_default()
            .push(write);
    }
    Ok(())
}

fn write(
    mut model: Model,
    writes: Writes<'_>,
    trace: &mut Trace,
    diagnostics: &mut Diagnostics,
) -> Model {
    for ((object, feature), all) in writes.slots {
        let first = &all[0];
        if let Some(rule) = writes.deleted.get(&object) {
            let (one, two, path) = (&first.rule.name, &rule.name, model.path(object));
            let message = format!("rule `{two}` deletes {path}, and rule `{one}` writes to it");
            let diagnostic = Diagnostic::error(Code::RuleConflict, first.made.span, message);
            diagnostics.push(diagnostic.related(rule.span, format!("`{two}`")));
            continue;
        }
        let clash = all.iter().skip(1).find(|w| {
            (w.action != Action::Append || first.action != Action::Append)
                && !w.made.same(&first.made)
        });
        if let Some(other) = clash {
            let name = model.metamodel().feature(feature).name.clone();
            let (one, two, path) = (&first.rule.name, &other.rule.name, model.path(object));
            let message = format!("rules `{one}` and `{two}` give `{name}` of {path} two values");
            let diagnostic = Diagnostic::error(Code::RuleConflict, first.made.span, message)
                .label(format!("`{one}`"));
            diagnostics.push(diagnostic.related(other.made.span, format!("`{two}`")));
            continue;
        }
        let appended = all
            .iter()
            .take_while(|w| w.action == Action::Append)
            .count()
            .max(1);
        for write in &all[..appended] {
            put(&mut model, (object, feature), write, trace);
        }
    }
    for object in writes.deleted.into_keys() {
        if !model.is_deleted(object) {
            model.delete(object);
        }
    }
    model
}

fn put(model: &mut Model, slot: (ObjectId, FeatureId), write: &Write<'_>, trace: &mut Trace) {
    let (object, feature) = slot;
    let mut maker = Maker { write, trace };
    let origin = maker.origin(&write.made);
    let value = maker.realise(model, feature, &write.made);
    if write.action == Action::Append {
        for item in value.items() {
            model.add(object, feature, item.clone(), origin);
        }
        return;
    }
    if value == Value::Null {
        model.unset(object, feature);
        return;
    }
    let many = model.metamodel().feature(feature).is_many();
    let value = if many {
        Value::List(value.items().to_vec())
    } else {
        value
    };
    model.set(object, feature, value, origin);
}

/// Makes objects of recipes, with a link of the trace for each of their slots.
struct Maker<'a> {
    write: &'a Write<'a>,
    trace: &'a mut Trace,
}

impl Maker<'_> {
    fn origin(&mut self, made: &Made) -> Origin {
        let write = self.write;
        let mut reads = write.guards.clone();
        reads.extend(made.reads.iter().filter(|r| !write.guards.contains(r)));
        Origin::Derived(self.trace.add(Link {
            transform: write.transform.name.clone(),
            rule: write.rule.name.clone(),
            rule_span: write.rule.span,
            binding: made.span,
            guards: write.rule.guards.iter().map(|g| g.excerpt.span).collect(),
            element: write.element,
            reads,
        }))
    }

    fn realise(&mut self, model: &mut Model, feature: FeatureId, made: &Made) -> Value {
        match &made.kind {
            MadeKind::Value(value) => fit(model, feature, value),
            MadeKind::List(items) => Value::List(
                items
                    .iter()
                    .flat_map(|i| self.realise(model, feature, i).items().to_vec())
                    .collect(),
            ),
            MadeKind::Object(class, features) => {
                let origin = self.origin(made);
                let object = model.create(*class, origin);
                for (feature, made) in features {
                    if matches!(made.kind, MadeKind::Value(Value::Null)) {
                        continue;
                    }
                    let origin = self.origin(made);
                    let value = self.realise(model, *feature, made);
                    let many = model.metamodel().feature(*feature).is_many();
                    let value = if many {
                        Value::List(value.items().to_vec())
                    } else {
                        value
                    };
                    model.set(object, *feature, value, origin);
                }
                Value::Object(object)
            }
        }
    }
}

/// A whole number where a real one belongs becomes real.
fn fit(model: &Model, feature: FeatureId, value: &Value) -> Value {
    let metamodel = model.metamodel();
    let real = metamodel.feature(feature).value_type().is_some_and(|of| {
        matches!(of, crate::metamodel::ValueType::Data(id) if matches!(
            metamodel.data_type(id).primitive,
            crate::metamodel::Primitive::Float | crate::metamodel::Primitive::Double
        ))
    });
    match value {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a real feature holds what 64 bits can"
        )]
        Value::Integer(n) if real => Value::Real(*n as f64),
        Value::List(items) => Value::List(items.iter().map(|i| fit(model, feature, i)).collect()),
        other => other.clone(),
    }
}
