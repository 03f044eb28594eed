//! Running stages: a stage reads a snapshot, then writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::outcome::Applied;
use super::recall::{Memory, Round};
use super::{Refine, Rule, Stage};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::expr::Memo;
use crate::metamodel::FeatureId;
use crate::model::{Knowledge, Model, ObjectId, Origin, Reach, Value};
use crate::recipe::{Action, Made, MadeKind, fit};
use crate::transform::trace::{ApplicationId, Side, Trace, TracedRule, TracedRuleId};

/// Runs all stages on a copy of the model. What was written before by hand and is not `set` stays.
/// Rules match elements of the model alone; what is known beside it they read.
pub fn apply(
    transform: (&Arc<str>, &Refine),
    from: Reach<'_>,
    trace: &mut Trace,
    diagnostics: &mut Diagnostics,
) -> Model {
    stages(transform, from, (trace, diagnostics), None)
}

/// The same, with a memory of what rules made before, where there is one.
pub(crate) fn stages(
    (name, refine): (&Arc<str>, &Refine),
    from: Reach<'_>,
    (trace, diagnostics): (&mut Trace, &mut Diagnostics),
    mut memory: Option<&mut Memory>,
) -> Model {
    let mut model = from.model.clone();
    for (number, stage) in refine.stages.iter().enumerate() {
        let rules = described(name, stage, trace);
        let mut run = Run {
            rules: &rules,
            knowledge: from.knowledge,
            trace,
            diagnostics,
            memory: memory.as_deref_mut(),
            round: (number, 0),
        };
        model = match stage.fixpoint {
            None => {
                let writes = run.collect(&model);
                run.write(model, writes)
            }
            Some(limit) => run.repeat(model, limit),
        };
    }
    model
}

/// The rules of a stage that run, described in the trace.
fn described<'r>(
    transform: &Arc<str>,
    stage: &'r Stage,
    trace: &mut Trace,
) -> Vec<(&'r Rule, TracedRuleId)> {
    let describe = |rule: &'r Rule| {
        let traced = trace.rule(TracedRule {
            transform: transform.clone(),
            rule: rule.name.clone(),
            span: rule.span,
            guards: rule.guards.iter().map(|g| g.excerpt.span).collect(),
            side: Side::Own,
        });
        (rule, traced)
    };
    stage.running().map(describe).collect()
}

/// One thing that a rule wants to write.
struct Write<'r> {
    rule: &'r Rule,
    action: Action,
    made: Made,
    by: ApplicationId,
}

#[derive(Default)]
struct Writes<'r> {
    slots: BTreeMap<(ObjectId, FeatureId), Vec<Write<'r>>>,
    deleted: BTreeMap<ObjectId, &'r Rule>,
}

impl<'r> Writes<'r> {
    /// Adds what a rule makes of an element.
    fn add(&mut self, (rule, element): (&'r Rule, ObjectId), applied: Applied, by: ApplicationId) {
        if rule.deletes {
            self.deleted.insert(element, rule);
        }
        for (number, made) in applied.made {
            let binding = &rule.bindings[number];
            let write = Write {
                rule,
                action: binding.action,
                made,
                by,
            };
            let slot = (element, binding.feature);
            self.slots.entry(slot).or_default().push(write);
        }
    }

    /// Leaves only what changes the model.
    fn keep_changes(&mut self, model: &Model) {
        for ((object, feature), all) in &mut self.slots {
            all.retain(|w| !is_there(model, (*object, *feature), w));
        }
        self.slots.retain(|_, all| !all.is_empty());
    }

    fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.deleted.is_empty()
    }

    /// The rules that write something, each once.
    fn rules(&self) -> BTreeMap<Span, &str> {
        let writing = self.slots.values().flatten().map(|w| w.rule);
        let all = writing.chain(self.deleted.values().copied());
        all.map(|r| (r.span, &*r.name)).collect()
    }
}

/// Whether a slot has the value already that a rule sets.
fn is_there(model: &Model, slot: (ObjectId, FeatureId), write: &Write<'_>) -> bool {
    if write.action == Action::Append {
        return false;
    }
    let Some(value) = value_of(&write.made) else {
        return false;
    };
    let value = fit(model.metamodel(), slot.1, value);
    match model.own(slot.0, slot.1) {
        Some(own) => own == value || own.items() == value.items(),
        None => value == Value::Null,
    }
}

/// The value, where no object has to be made for it.
fn value_of(made: &Made) -> Option<Value> {
    match &made.kind {
        MadeKind::Value(value) | MadeKind::Literal(value, _) => Some(value.clone()),
        MadeKind::List(items) => {
            let items: Option<Vec<Value>> = items.iter().map(value_of).collect();
            Some(Value::List(
                items?.iter().flat_map(|i| i.items().to_vec()).collect(),
            ))
        }
        MadeKind::Object(..) => None,
    }
}

/// The rules of a stage, and where to say what they did.
struct Run<'a, 'r> {
    rules: &'a [(&'r Rule, TracedRuleId)],
    knowledge: Option<&'a Knowledge>,
    trace: &'a mut Trace,
    diagnostics: &'a mut Diagnostics,
    /// What rules made before, of this model or of one like it.
    memory: Option<&'a mut Memory>,
    /// The stage, and how often its rules ran already.
    round: Round,
}

impl<'r> Run<'_, 'r> {
    /// Runs the stage until its rules change nothing more.
    fn repeat(&mut self, mut model: Model, (max, until): (usize, Span)) -> Model {
        for _ in 0..max {
            let known = self.diagnostics.len();
            let mut writes = self.collect(&model);
            writes.keep_changes(&model);
            if writes.is_empty() {
                return model;
            }
            model = self.write(model, writes);
            if self.diagnostics.len() > known {
                return model;
            }
        }
        let mut writes = self.collect(&model);
        writes.keep_changes(&model);
        if writes.is_empty() {
            return model;
        }
        let firing = writes.rules();
        let names: Vec<String> = firing.values().map(|n| format!("`{n}`")).collect();
        let message = format!(
            "no fixpoint after {max} times: {} still {} something",
            names.join(", "),
            if names.len() == 1 {
                "changes"
            } else {
                "change"
            }
        );
        let mut diagnostic = Diagnostic::error(Code::RuleLimit, until, message);
        for (span, name) in firing {
            diagnostic = diagnostic.related(span, format!("`{name}`"));
        }
        self.diagnostics.push(diagnostic);
        model
    }

    fn collect(&mut self, snapshot: &Model) -> Writes<'r> {
        let mut writes = Writes::default();
        let memo = Memo::default();
        let memory = self.memory.as_deref_mut();
        let mut recall = memory.map(|m| m.begin(self.round, snapshot));
        let from = Reach {
            model: snapshot,
            knowledge: self.knowledge,
        };
        for (number, (rule, traced)) in self.rules.iter().enumerate() {
            for element in snapshot.instances(rule.class) {
                let outcome = || rule.outcome(from, element, &memo);
                let outcome = match &mut recall {
                    Some(recall) => recall.get((number, element), outcome),
                    None => outcome().0,
                };
                if let Some(applied) = outcome.applied {
                    let elements = std::iter::once(element);
                    let by = self.trace.application(*traced, elements, &applied.guards);
                    writes.add((rule, element), applied, by);
                }
                if let Some(mut failure) = outcome.failure {
                    let path = snapshot.path(element);
                    failure.message = format!("{}, for {path}", failure.message);
                    let diagnostic = failure.diagnostic().related(rule.span, "in this rule");
                    self.diagnostics.push(diagnostic);
                }
            }
        }
        if let (Some(memory), Some(recall)) = (self.memory.as_deref_mut(), recall) {
            memory.end(self.round, recall, snapshot);
        }
        self.round.1 += 1;
        writes
    }

    fn write(&mut self, mut model: Model, writes: Writes<'_>) -> Model {
        for (slot, all) in &writes.slots {
            if let Some(conflict) = conflict(&model, (*slot, all), &writes.deleted) {
                self.diagnostics.push(conflict);
                continue;
            }
            let appended = all.iter().take_while(|w| w.action == Action::Append);
            let appended = appended.count().max(1);
            for write in &all[..appended] {
                self.put(&mut model, *slot, write);
            }
        }
        for object in writes.deleted.into_keys() {
            if !model.is_deleted(object) {
                model.delete(object);
            }
        }
        model
    }

    fn put(&mut self, model: &mut Model, slot: (ObjectId, FeatureId), write: &Write<'_>) {
        let (object, feature) = slot;
        let origin = self.origin(write.by, &write.made);
        let value = self.realise(model, (feature, write.by), &write.made);
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
        let value = shaped(model, feature, value);
        model.set(object, feature, value, origin);
    }

    fn origin(&mut self, by: ApplicationId, made: &Made) -> Origin {
        Origin::Derived(self.trace.link(by, made.span, &made.reads))
    }

    /// Makes the objects of a value, with a link of the trace for each of their slots.
    fn realise(&mut self, model: &mut Model, at: (FeatureId, ApplicationId), made: &Made) -> Value {
        let (feature, by) = at;
        match &made.kind {
            MadeKind::Value(value) | MadeKind::Literal(value, _) => {
                fit(model.metamodel(), feature, value.clone())
            }
            MadeKind::List(items) => {
                let all = items.iter().map(|i| self.realise(model, at, i));
                Value::List(all.flat_map(|v| v.items().to_vec()).collect())
            }
            MadeKind::Object(class, features) => {
                let origin = self.origin(by, made);
                let object = model.create(*class, origin);
                for (feature, made) in features.iter().filter(|(_, m)| !m.is_nothing()) {
                    let origin = self.origin(by, made);
                    let value = self.realise(model, (*feature, by), made);
                    let value = shaped(model, *feature, value);
                    model.set(object, *feature, value, origin);
                }
                Value::Object(object)
            }
        }
    }
}

/// A value as a list, where the feature holds many; the only member, where it holds one.
fn shaped(model: &Model, feature: FeatureId, value: Value) -> Value {
    match value {
        Value::List(mut items) if !model.metamodel().feature(feature).is_many() => {
            items.pop().unwrap_or(Value::Null)
        }
        Value::List(items) => Value::List(items),
        one if model.metamodel().feature(feature).is_many() => Value::List(one.items().to_vec()),
        one => one,
    }
}

/// Says why what rules write to one slot cannot be written.
fn conflict(
    model: &Model,
    ((object, feature), all): ((ObjectId, FeatureId), &[Write<'_>]),
    deleted: &BTreeMap<ObjectId, &Rule>,
) -> Option<Diagnostic> {
    let first = &all[0];
    if let Some(rule) = deleted.get(&object) {
        let (one, two, path) = (&first.rule.name, &rule.name, model.path(object));
        let message = format!("rule `{two}` deletes {path}, and rule `{one}` writes to it");
        let diagnostic = Diagnostic::error(Code::RuleConflict, first.made.span, message);
        return Some(diagnostic.related(rule.span, format!("`{two}`")));
    }
    let other = all.iter().skip(1).find(|w| {
        (w.action != Action::Append || first.action != Action::Append) && !w.made.same(&first.made)
    })?;
    let name = &model.metamodel().feature(feature).name;
    let (one, two, path) = (&first.rule.name, &other.rule.name, model.path(object));
    let message = format!("rules `{one}` and `{two}` give `{name}` of {path} two values");
    let diagnostic =
        Diagnostic::error(Code::RuleConflict, first.made.span, message).label(format!("`{one}`"));
    Some(diagnostic.related(other.made.span, format!("`{two}`")))
}
