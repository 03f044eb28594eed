//! Operations of lists that take values.

use std::collections::BTreeSet;

use super::rules::{self, Signature, Typed};
use super::{Call, Form, Operation, Receiver, arithmetic, row};
use crate::expr::check::Mistake;
use crate::expr::eval::Held;
use crate::expr::order::{Key, compare, equal};
use crate::expr::syntax::Binary;
use crate::expr::{Failure, Type, eval};
use crate::model::Value;

const NONE: (Receiver, Form) = (Receiver::List, Form::Values(0, 0));
const ONE: (Receiver, Form) = (Receiver::List, Form::Values(1, 1));
const CLASS: (Receiver, Form) = (Receiver::List, Form::Type(1));

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(CLASS, ("filter", "filter(Class): List(Class)", "The members that are of a class."), (filter_type, filter)).also(&["selectByKind"]),
    row(CLASS, ("filterExact", "filterExact(Class): List(Class)", "The members that are of exactly that class."), (filter_type, filter_exact)).also(&["selectByType"]),
    row(NONE, ("size", "size(): Integer", "How many members there are."), (rules::integer, size)),
    row(NONE, ("isEmpty", "isEmpty(): Boolean", "Whether there is no member."), (rules::boolean, is_empty)),
    row(NONE, ("notEmpty", "notEmpty(): Boolean", "Whether there is a member."), (rules::boolean, not_empty)),
    row(NONE, ("sum", "sum(): Number", "The sum of the members, which are numbers; 0 of none."), (sum_type, sum)),
    row(NONE, ("min", "min(): T", "The least of the members, which are numbers or text; null of none."), (extreme_type, min)).or_null(),
    row(NONE, ("max", "max(): T", "The greatest of the members, which are numbers or text; null of none."), (extreme_type, max)).or_null(),
    row(ONE, ("includes", "includes(value: T): Boolean", "Whether the value is a member."), (rules::member_to_boolean, includes)),
    row(ONE, ("excludes", "excludes(value: T): Boolean", "Whether the value is no member."), (rules::member_to_boolean, excludes)),
    row(ONE, ("includesAll", "includesAll(values: List(T)): Boolean", "Whether all values are members."), (rules::members_to_boolean, includes_all)),
    row(ONE, ("excludesAll", "excludesAll(values: List(T)): Boolean", "Whether none of the values is a member."), (rules::members_to_boolean, excludes_all)),
    row(ONE, ("including", "including(value: T): List(T)", "The members, then the value."), (rules::with_member, including)).also(&["append"]),
    row(ONE, ("prepend", "prepend(value: T): List(T)", "The value, then the members."), (rules::with_member, prepend)),
    row(ONE, ("excluding", "excluding(value: T): List(T)", "The members without those equal to the value."), (rules::member_to_list, excluding)),
    row(ONE, ("union", "union(values: List(T)): List(T)", "The members, then the values, repetitions included."), (rules::with_members, union)).also(&["concat"]),
    row(ONE, ("without", "without(values: List(T)): List(T)", "The members that are not among the values."), (rules::members_to_list, without)).also(&["sub", "excludingAll"]),
    row(ONE, ("intersection", "intersection(values: List(T)): List(T)", "The members that are among the values."), (rules::members_to_list, intersection)),
    row(ONE, ("symmetricDifference", "symmetricDifference(values: List(T)): List(T)", "The members that are not among the values, then the values that are no members."), (rules::with_members, symmetric_difference)),
    row(NONE, ("asSet", "asSet(): List(T)", "The members without repetitions, in the order of their first place."), (rules::list, as_set)).also(&["asOrderedSet"]),
    row(NONE, ("asSequence", "asSequence(): List(T)", "The members as they are."), (rules::list, as_sequence)).also(&["asBag"]),
    row(NONE, ("flatten", "flatten(): List(V)", "The members of the members, which are lists."), (flatten_type, flatten)),
    row(ONE, ("count", "count(value: T): Integer", "How often the value is a member."), (rules::member_to_integer, count)),
    row(ONE, ("join", "join(separator: String): String", "The texts of the members, with the separator between them."), (join_type, join)).also(&["sep"]),
];

fn filter_type(s: &Signature<'_>) -> Typed {
    let class = s.argument(0);
    if !class.is_object() {
        return Err(Mistake::at(0, format!("`{}` is no class", s.show(class))));
    }
    s.expect_overlap(0, class)?;
    Ok(class.clone().list())
}

fn sum_type(s: &Signature<'_>) -> Typed {
    match s.item() {
        Type::Null => Ok(Type::Integer),
        item if item.is_number() => Ok(item.clone()),
        item => Err(Mistake::new(format!(
            "`{}` cannot be added up",
            s.show(item)
        ))),
    }
}

fn extreme_type(s: &Signature<'_>) -> Typed {
    match s.item() {
        Type::Null | Type::Integer | Type::Real | Type::String => Ok(s.item().clone()),
        item => Err(Mistake::new(format!(
            "`{}` has no least and no greatest",
            s.show(item)
        ))),
    }
}

fn flatten_type(s: &Signature<'_>) -> Typed {
    Ok(s.item().item().clone().list())
}

fn join_type(s: &Signature<'_>) -> Typed {
    s.expect(0, &Type::String)?;
    let item = s.item();
    if item.is_printable() || *item == Type::Null {
        return Ok(Type::String);
    }
    Err(Mistake::new(format!(
        "`{}` has no text: collect one first",
        s.show(item)
    )))
}

fn filter(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let members = call.members()?;
    let wanted = |m: &&Value| m.as_object().is_some_and(|o| call.is_wanted(o));
    Ok(Value::List(
        members.items().iter().filter(wanted).cloned().collect(),
    ))
}

fn filter_exact(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, model) = (call.members()?, call.model());
    let wanted = call.site.wanted().map_or(&[][..], Type::classes);
    let is = |m: &&Value| {
        m.as_object()
            .is_some_and(|o| wanted.contains(&model.class(o)))
    };
    let found = members.items().iter().filter(is);
    Ok(Value::List(found.cloned().collect()))
}

pub(super) fn integer(n: usize) -> Value {
    Value::Integer(i64::try_from(n).unwrap_or(i64::MAX))
}

fn size(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(integer(call.receiver.items().len()))
}

fn is_empty(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(call.receiver.items().is_empty()))
}

fn not_empty(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(!call.receiver.items().is_empty()))
}

fn sum(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let zero = match call.node.ty {
        Type::Real => Value::Real(0.0),
        _ => Value::Integer(0),
    };
    let mut sum = zero;
    for member in without_null(call)?.items() {
        sum = match arithmetic::compute(Binary::Add, &sum, member) {
            Ok(sum) => sum,
            Err(message) => return call.fail(message),
        };
    }
    Ok(sum)
}

/// The members, of which none may be null.
fn without_null<'e>(call: &mut Call<'_, 'e>) -> Result<Held<'e>, Failure> {
    let members = call.members()?;
    if members.items().contains(&Value::Null) {
        let name = call.site.operation.name;
        return call.fail(format!("a member is null: `{name}` needs values"));
    }
    Ok(members)
}

fn min(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let members = without_null(call)?;
    let least = members.items().iter().min_by(|a, b| compare(a, b));
    Ok(least.cloned().unwrap_or(Value::Null))
}

fn max(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let members = without_null(call)?;
    let greatest = members.items().iter().max_by(|a, b| compare(a, b));
    Ok(greatest.cloned().unwrap_or(Value::Null))
}

fn index(call: &mut Call<'_, '_>) -> Result<Option<usize>, Failure> {
    let (members, value) = (call.members()?, call.argument_members(0)?);
    Ok(members.items().iter().position(|m| equal(m, &value)))
}

fn includes(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(index(call)?.is_some()))
}

fn excludes(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(index(call)?.is_none()))
}

fn count(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, value) = (call.members()?, call.argument_members(0)?);
    let same = members.items().iter().filter(|m| equal(m, &value));
    Ok(integer(same.count()))
}

fn includes_all(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, wanted) = (call.members()?, call.argument_members(0)?);
    let known: BTreeSet<Key<&Value>> = members.items().iter().map(Key).collect();
    Ok(Value::Boolean(
        wanted.items().iter().all(|v| known.contains(&Key(v))),
    ))
}

fn excludes_all(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, wanted) = (call.members()?, call.argument_members(0)?);
    let known: BTreeSet<Key<&Value>> = members.items().iter().map(Key).collect();
    Ok(Value::Boolean(
        !wanted.items().iter().any(|v| known.contains(&Key(v))),
    ))
}

fn including(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let mut members = call.own_members()?;
    members.push(call.argument(0)?);
    Ok(Value::List(members))
}

fn prepend(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let mut members = call.own_members()?;
    members.insert(0, call.argument(0)?);
    Ok(Value::List(members))
}

fn excluding(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, value) = (call.members()?, call.argument_members(0)?);
    let others = members.items().iter().filter(|m| !equal(m, &value));
    Ok(Value::List(others.cloned().collect()))
}

fn union(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let mut members = call.own_members()?;
    members.extend_from_slice(call.argument_members(0)?.items());
    Ok(Value::List(members))
}

fn intersection(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, other) = (call.members()?, call.argument_members(0)?);
    let known: BTreeSet<Key<&Value>> = other.items().iter().map(Key).collect();
    let shared = members.items().iter().filter(|m| known.contains(&Key(*m)));
    Ok(Value::List(shared.cloned().collect()))
}

fn without(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, other) = (call.members()?, call.argument_members(0)?);
    let known: BTreeSet<Key<&Value>> = other.items().iter().map(Key).collect();
    let others = members.items().iter().filter(|m| !known.contains(&Key(*m)));
    Ok(Value::List(others.cloned().collect()))
}

fn symmetric_difference(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, other) = (call.members()?, call.argument_members(0)?);
    let outside = |these: &[Value], those: &[Value]| -> Vec<Value> {
        let known: BTreeSet<Key<&Value>> = those.iter().map(Key).collect();
        let rest = these.iter().filter(|m| !known.contains(&Key(*m)));
        rest.cloned().collect()
    };
    let mut found = outside(members.items(), other.items());
    found.extend(outside(other.items(), members.items()));
    Ok(Value::List(found))
}

fn as_set(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let members = call.members()?;
    let mut seen = BTreeSet::new();
    let first = members.items().iter().filter(|m| seen.insert(Key(*m)));
    Ok(Value::List(first.cloned().collect()))
}

fn as_sequence(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    call.own_members().map(Value::List)
}

fn flatten(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let flat = eval::flattened(call.own_members()?);
    call.charge(flat.items().len())?;
    Ok(flat)
}

fn join(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, separator) = (without_null(call)?, call.argument_text(0)?);
    let mut text = String::new();
    for (index, member) in members.items().iter().enumerate() {
        if index > 0 {
            text.push_str(&separator);
        }
        text.push_str(&call.evaluator.printed(call.node, member)?);
        call.charge((separator.len() + member.as_str().map_or(0, str::len)) / 4)?;
    }
    Ok(Value::text(text))
}
