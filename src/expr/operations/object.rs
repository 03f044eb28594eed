//! Operations of objects: their class, their place, and what is around them.

use std::collections::BTreeSet;

use super::rules::{Signature, Typed};
use super::{Call, Form, Operation, Receiver, row};
use crate::expr::check::referrers as referring;
use crate::expr::check::{Mistake, Step, containers, direct, narrowed, parts, targets, transitive};
use crate::expr::{Failure, Type};
use crate::metamodel::ClassId;
use crate::model::{ObjectId, Value};

const NONE: (Receiver, Form) = (Receiver::Object, Form::Values(0, 0));
const CLASS: (Receiver, Form) = (Receiver::Object, Form::Type(1));
const OPTIONAL: (Receiver, Form) = (Receiver::Object, Form::Type(0));

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(CLASS, ("asType", "asType(Class): Class", "The object with the features of that class; an object of another class fails."), (as_type_type, as_type)).also(&["oclAsType"]),
    row(NONE, ("eClass", "eClass(): EClass", "The class of the object, which has a `name`."), (|_| Ok(Type::Metaclass), class)).also(&["oclType"]),
    row(OPTIONAL, ("container", "container(Class): Class", "The object that holds it as a part; with a class, the nearest one above of that class."), (container_type, container)).also(&["eContainer", "oclContainer", "refImmediateComposite"]).or_null(),
    row(OPTIONAL, ("containerOrSelf", "containerOrSelf(Class): Class", "The object itself, if it is of that class, else the nearest one above that is."), (container_or_self_type, container_or_self)).also(&["eContainerOrSelf"]).or_null(),
    row(OPTIONAL, ("ancestors", "ancestors(Class): List(Class)", "Its container, the container of that, and so on; with a class, those of that class."), (ancestors_type, ancestors)),
    row(OPTIONAL, ("contents", "contents(Class): List(Class)", "Its direct parts; with a class, those of that class."), (contents_type, contents)).also(&["eContents", "oclContents"]),
    row(OPTIONAL, ("allContents", "allContents(Class): List(Class)", "Its parts, each followed by its own; with a class, those of that class."), (all_contents_type, all_contents)).also(&["eAllContents"]),
    row(OPTIONAL, ("siblings", "siblings(Class): List(Class)", "The other parts of its container; with a class, those of that class."), (siblings_type, siblings)),
    row(OPTIONAL, ("precedingSiblings", "precedingSiblings(Class): List(Class)", "The parts of its container before it; with a class, those of that class."), (siblings_type, preceding_siblings)),
    row(OPTIONAL, ("followingSiblings", "followingSiblings(Class): List(Class)", "The parts of its container after it; with a class, those of that class."), (siblings_type, following_siblings)),
    row(OPTIONAL, ("crossReferences", "crossReferences(Class): List(Class)", "The objects that it refers to, parts and container aside; with a class, those of that class."), (cross_references_type, cross_references)).also(&["eCrossReferences"]),
    row(OPTIONAL, ("referrers", "referrers(Class): List(Class)", "The objects of the model that refer to it, its container aside, each once; with a class, those of that class."), (referrers_type, referrers)).also(&["eInverse"]),
];

fn as_type_type(s: &Signature<'_>) -> Typed {
    let class = s.argument(0);
    if !class.is_object() {
        return Err(Mistake::at(0, format!("`{}` is no class", s.show(class))));
    }
    if class.overlaps(s.receiver, s.metamodel) {
        return Ok(class.clone());
    }
    let (one, other) = (s.show(s.receiver), s.show(class));
    Err(Mistake::at(0, format!("a `{one}` is never a `{other}`")))
}

/// Where an operation leads to.
struct Way {
    /// To these classes without one named.
    without: BTreeSet<ClassId>,
    /// To these where one is named: those are looked for further away.
    within: BTreeSet<ClassId>,
    /// What is said where it leads to none.
    nowhere: &'static str,
}

impl Way {
    /// From object to object by one kind of step.
    fn direct(s: &Signature<'_>, step: Step, nowhere: &'static str) -> Self {
        let without = direct(s.metamodel, s.receiver.classes(), step);
        let within = without.clone();
        Self {
            without,
            within,
            nowhere,
        }
    }

    fn transitive(s: &Signature<'_>, step: Step, nowhere: &'static str) -> Self {
        let without = transitive(s.metamodel, s.receiver.classes(), step);
        let within = without.clone();
        Self {
            without,
            within,
            nowhere,
        }
    }

    /// The type of what is there; `Null` where nothing can be of the class that is named.
    fn leads_to(self, s: &Signature<'_>) -> Typed {
        let Some(argument) = s.arguments.first() else {
            let there = Type::of_classes(self.without, s.metamodel);
            if there == Type::Null {
                let receiver = s.show(s.receiver);
                return Err(Mistake::new(format!("a `{receiver}` {}", self.nowhere)));
            }
            return Ok(there);
        };
        let wanted = argument.ty();
        if !wanted.is_object() {
            return Err(Mistake::at(0, format!("`{}` is no class", s.show(wanted))));
        }
        let there = narrowed(s.metamodel, &self.within, wanted.classes());
        Ok(Type::of_classes(there, s.metamodel))
    }

    /// The object there: there must be a way.
    fn one(self, s: &Signature<'_>, relation: &str) -> Typed {
        let there = self.leads_to(s)?;
        if there == Type::Null {
            return Err(never(s, relation));
        }
        Ok(there)
    }

    /// The objects there: that there are never any is odd.
    fn many(self, s: &Signature<'_>, relation: &str) -> Typed {
        let there = self.leads_to(s)?;
        if there == Type::Null {
            s.note(never(s, relation));
        }
        Ok(there.list())
    }
}

fn never(s: &Signature<'_>, relation: &str) -> Mistake {
    let (one, other) = (s.show(s.receiver), s.show(s.argument(0)));
    Mistake::at(0, format!("a `{other}` is never {relation} a `{one}`"))
}

const NO_PART: &str = "is never part of anything";
const NO_PARTS: &str = "never has parts";

fn container_type(s: &Signature<'_>) -> Typed {
    let within = transitive(s.metamodel, s.receiver.classes(), containers);
    let way = Way {
        within,
        ..Way::direct(s, containers, NO_PART)
    };
    way.one(s, "above")
}

fn container_or_self_type(s: &Signature<'_>) -> Typed {
    let mut way = Way::transitive(s, containers, NO_PART);
    way.within.extend(s.receiver.classes());
    way.without = s.receiver.classes().iter().copied().collect();
    way.one(s, "above")
}

fn ancestors_type(s: &Signature<'_>) -> Typed {
    Way::transitive(s, containers, NO_PART).many(s, "above")
}

fn contents_type(s: &Signature<'_>) -> Typed {
    Way::direct(s, parts, NO_PARTS).many(s, "a part of")
}

fn all_contents_type(s: &Signature<'_>) -> Typed {
    Way::transitive(s, parts, NO_PARTS).many(s, "a part of")
}

fn siblings_type(s: &Signature<'_>) -> Typed {
    let above = direct(s.metamodel, s.receiver.classes(), containers);
    let above: Vec<ClassId> = above.into_iter().collect();
    let without = direct(s.metamodel, &above, parts);
    let within = without.clone();
    let way = Way {
        without,
        within,
        nowhere: NO_PART,
    };
    way.many(s, "beside")
}

fn cross_references_type(s: &Signature<'_>) -> Typed {
    Way::direct(s, targets, "never refers to anything").many(s, "referred to by")
}

fn referrers_type(s: &Signature<'_>) -> Typed {
    Way::direct(s, referring, "is never referred to").many(s, "referring to")
}

fn as_type(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let object = call.object()?;
    if call.is_wanted(object) {
        return Ok(Value::Object(object));
    }
    let model = call.model();
    let wanted = call.site.wanted().map(|ty| ty.display(model.metamodel()));
    let (path, class) = (model.path(object), model.class_name(object));
    let wanted = wanted.unwrap_or_default();
    call.fail(format!("`{path}` is a `{class}`, not a `{wanted}`"))
}

/// The class: its name and that of its package, which tell it from all others.
fn class(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let model = call.model();
    let class = model.metamodel().class(model.class(call.object()?));
    let package = &model.metamodel().package(class.package).name;
    call.give_text(format!("{package}::{}", class.name))
}

/// The objects above the receiver, nearest first.
fn above(call: &mut Call<'_, '_>) -> Result<Vec<ObjectId>, Failure> {
    let mut above = Vec::new();
    let mut next = call.evaluator.container_of(call.object()?);
    while let Some(object) = next {
        call.charge(1)?;
        above.push(object);
        next = call.evaluator.container_of(object);
    }
    Ok(above)
}

fn nearest(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let found = above(call)?.into_iter().find(|o| call.is_wanted(*o));
    Ok(found.map_or(Value::Null, Value::Object))
}

fn container(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    if call.site.wanted().is_some() {
        return nearest(call);
    }
    let found = call.evaluator.container_of(call.object()?);
    Ok(found.map_or(Value::Null, Value::Object))
}

fn container_or_self(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let object = call.object()?;
    if call.is_wanted(object) {
        return Ok(Value::Object(object));
    }
    nearest(call)
}

fn wanted(call: &Call<'_, '_>, objects: impl IntoIterator<Item = ObjectId>) -> Value {
    let objects = objects.into_iter().filter(|o| call.is_wanted(*o));
    Value::List(objects.map(Value::Object).collect())
}

fn ancestors(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let above = above(call)?;
    Ok(wanted(call, above))
}

/// The direct parts of an object; that its containments hold them is read.
fn parts_of(call: &mut Call<'_, '_>, object: ObjectId) -> Result<Vec<ObjectId>, Failure> {
    let model = call.model();
    let metamodel = model.metamodel();
    let features = &metamodel.class(model.class(object)).features;
    for feature in features
        .iter()
        .filter(|f| metamodel.feature(**f).is_containment())
    {
        call.evaluator.context.reads.record(object, *feature);
    }
    let parts = model.parts(object);
    call.charge(1 + parts.len())?;
    Ok(parts)
}

fn contents(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let object = call.object()?;
    let parts = parts_of(call, object)?;
    Ok(wanted(call, parts))
}

fn all_contents(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let object = call.object()?;
    let mut open = parts_of(call, object)?;
    open.reverse();
    let mut all = Vec::new();
    while let Some(part) = open.pop() {
        all.push(part);
        open.extend(parts_of(call, part)?.into_iter().rev());
    }
    Ok(wanted(call, all))
}

/// The parts of the container before and after the receiver.
fn around(call: &mut Call<'_, '_>) -> Result<[Vec<ObjectId>; 2], Failure> {
    let object = call.object()?;
    let Some(container) = call.evaluator.container_of(object) else {
        return Ok([Vec::new(), Vec::new()]);
    };
    let mut before = parts_of(call, container)?;
    let own = before.iter().position(|p| *p == object);
    let after = own.map_or_else(Vec::new, |own| before.split_off(own));
    Ok([before, after.into_iter().skip(1).collect()])
}

fn siblings(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let [before, after] = around(call)?;
    Ok(wanted(call, before.into_iter().chain(after)))
}

fn preceding_siblings(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let [before, _] = around(call)?;
    Ok(wanted(call, before))
}

fn following_siblings(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let [_, after] = around(call)?;
    Ok(wanted(call, after))
}

fn cross_references(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (object, model) = (call.object()?, call.model());
    let mut found = Vec::new();
    for feature in call.evaluator.cross_references(model.class(object)) {
        call.evaluator.context.reads.record(object, feature);
        found.extend(model.get(object, feature).objects());
    }
    call.charge(found.len())?;
    Ok(wanted(call, found))
}

fn referrers(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let object = call.object()?;
    let found = call.evaluator.referrers(call.node, object)?;
    Ok(wanted(call, found))
}
