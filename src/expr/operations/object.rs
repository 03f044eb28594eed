//! Operations of objects: their class, their container and their parts.

use std::collections::BTreeSet;

use super::rules::{self, Signature, Typed};
use super::{Call, Form, Operation, Receiver, row};
use crate::expr::check::{Mistake, common, containers, parts, transitive};
use crate::expr::{Failure, Type};
use crate::metamodel::{ClassId, Metamodel};
use crate::model::{ObjectId, Value};

const CLASS: (Receiver, Form) = (Receiver::Object, Form::Type(1));
const OPTIONAL: (Receiver, Form) = (Receiver::Object, Form::Type(0));

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(CLASS, ("isKindOf", "isKindOf(Class): Boolean", "Whether the object is of the class or one of its sub types; null is of none."), (is_type, is_kind_of)).also(&["oclIsKindOf"]),
    row(CLASS, ("isTypeOf", "isTypeOf(Class): Boolean", "Whether the object is of exactly that class."), (is_type, is_type_of)).also(&["oclIsTypeOf"]),
    row(CLASS, ("asType", "asType(Class): Class", "The object with the features of that class; an object of another class fails."), (as_type_type, as_type)).also(&["oclAsType"]),
    row(OPTIONAL, ("container", "container(Class): Class", "The object that holds it as a part; with a class, the nearest one above of that class."), (container_type, container)).also(&["eContainer"]),
    row(OPTIONAL, ("ancestors", "ancestors(Class): List(Class)", "Its container, the container of that, and so on; with a class, those of that class."), (ancestors_type, ancestors)),
    row(OPTIONAL, ("contents", "contents(Class): List(Class)", "Its direct parts; with a class, those of that class."), (contents_type, contents)).also(&["eContents"]),
    row(OPTIONAL, ("allContents", "allContents(Class): List(Class)", "Its parts, each followed by its own; with a class, those of that class."), (all_contents_type, all_contents)).also(&["eAllContents"]),
];

/// The class that is named, which an object of the receiver's type can be of.
fn related(s: &Signature<'_>) -> Typed {
    let class = s.argument(0);
    if !matches!(class, Type::Class(_)) {
        return Err(Mistake::at(0, format!("`{}` is no class", s.show(class))));
    }
    if class.overlaps(s.receiver, s.metamodel) {
        return Ok(class.clone());
    }
    let (one, other) = (s.show(s.receiver), s.show(class));
    Err(Mistake::at(0, format!("a `{one}` is never a `{other}`")))
}

fn is_type(s: &Signature<'_>) -> Typed {
    related(s)?;
    rules::boolean(s)
}

fn as_type_type(s: &Signature<'_>) -> Typed {
    related(s)
}

/// The class that is named, else what all of `possible` have in common.
fn found(
    s: &Signature<'_>,
    possible: fn(&Metamodel, ClassId) -> BTreeSet<ClassId>,
    none: &str,
) -> Typed {
    if let [argument] = s.arguments {
        return match argument.ty() {
            Type::Class(class) => Ok(Type::Class(*class)),
            other => Err(Mistake::at(0, format!("`{}` is no class", s.show(other)))),
        };
    }
    let Type::Class(class) = *s.receiver else {
        return Ok(Type::Null);
    };
    let possible = possible(s.metamodel, class);
    if possible.is_empty() {
        return Err(Mistake::new(format!("a `{}` {none}", s.show(s.receiver))));
    }
    common(s.metamodel, &possible).ok_or_else(|| {
        let all = possible.iter().map(|c| &*s.metamodel.class(*c).name);
        let all: Vec<&str> = all.collect();
        Mistake {
            hint: Some(format!("say which of them: `({})`", all[0])),
            ..Mistake::new(format!("{} have no common super type", all.join(", ")))
        }
    })
}

const NO_PART: &str = "is never part of anything";
const NO_PARTS: &str = "never has parts";

fn container_type(s: &Signature<'_>) -> Typed {
    found(s, containers, NO_PART)
}

fn ancestors_type(s: &Signature<'_>) -> Typed {
    found(s, |m, c| transitive(m, c, containers), NO_PART).map(Type::list)
}

fn contents_type(s: &Signature<'_>) -> Typed {
    found(s, parts, NO_PARTS).map(Type::list)
}

fn all_contents_type(s: &Signature<'_>) -> Typed {
    found(s, |m, c| transitive(m, c, parts), NO_PARTS).map(Type::list)
}

fn is_kind_of(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let object = call.object()?;
    Ok(Value::Boolean(call.is_wanted(object)))
}

fn is_type_of(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let class = call.model().class(call.object()?);
    Ok(Value::Boolean(call.site.class() == Some(class)))
}

fn as_type(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let object = call.object()?;
    if call.is_wanted(object) {
        return Ok(Value::Object(object));
    }
    let (model, wanted) = (call.model(), call.site.class());
    let wanted = wanted.map_or("", |c| &model.metamodel().class(c).name);
    let (path, class) = (model.path(object), model.class_name(object));
    call.fail(format!("`{path}` is a `{class}`, not a `{wanted}`"))
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

fn container(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let object = call.object()?;
    let found = if call.site.class().is_none() {
        call.evaluator.container_of(object)
    } else {
        above(call)?.into_iter().find(|o| call.is_wanted(*o))
    };
    Ok(found.map_or(Value::Null, Value::Object))
}

fn wanted(call: &Call<'_, '_>, objects: Vec<ObjectId>) -> Value {
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
