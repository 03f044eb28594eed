//! Operations of lists that have to do with positions, which count from 1.

use super::collection::integer;
use super::rules::{self, Signature, Typed};
use super::{Call, Form, Operation, Receiver, row};
use crate::expr::order::{self, equal};
use crate::expr::{Failure, Type};
use crate::model::Value;

const NONE: (Receiver, Form) = (Receiver::List, Form::Values(0, 0));
const ONE: (Receiver, Form) = (Receiver::List, Form::Values(1, 1));
const TWO: (Receiver, Form) = (Receiver::List, Form::Values(2, 2));

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(NONE, ("first", "first(): T", "The first member, or null."), (rules::member, first)).or_null(),
    row(NONE, ("last", "last(): T", "The last member, or null."), (rules::member, last)).or_null(),
    row(ONE, ("at", "at(position: Integer): T", "The member at a position from 1; another position fails."), (rules::integer_to_member, at)),
    row(ONE, ("take", "take(count: Integer): List(T)", "The first members, at most so many."), (integers_to_list, take)),
    row(ONE, ("drop", "drop(count: Integer): List(T)", "The members without the first so many."), (integers_to_list, drop_first)),
    row(ONE, ("dropRight", "dropRight(count: Integer): List(T)", "The members without the last so many."), (integers_to_list, drop_last)),
    row(TWO, ("subSequence", "subSequence(first: Integer, last: Integer): List(T)", "The members from a position to another, both included; other positions fail."), (integers_to_list, sub_sequence)).also(&["subOrderedSet"]),
    row(TWO, ("insertAt", "insertAt(position: Integer, value: T): List(T)", "The members with the value at a position, those behind it moved on."), (insert_at_type, insert_at)),
    row(NONE, ("reverse", "reverse(): List(T)", "The members, the last one first."), (rules::list, reverse)),
    row(ONE, ("indexOf", "indexOf(value: T): Integer", "The first position of the value from 1, or 0."), (rules::member_to_integer, index_of)),
    row(ONE, ("lastIndexOf", "lastIndexOf(value: T): Integer", "The last position of the value from 1, or 0."), (rules::member_to_integer, last_index_of)),
];

fn integers_to_list(s: &Signature<'_>) -> Typed {
    rules::integers_to_string(s)?;
    rules::list(s)
}

fn insert_at_type(s: &Signature<'_>) -> Typed {
    s.expect(0, &Type::Integer)?;
    s.joined(1, s.argument(1))
}

/// One of the members, or null.
fn member(call: &mut Call<'_, '_>, of: fn(&[Value]) -> Option<&Value>) -> Result<Value, Failure> {
    let found = of(call.receiver.items()).cloned();
    let found = found.unwrap_or(Value::Null);
    call.charge(order::size(&found))?;
    Ok(found)
}

fn first(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    member(call, <[Value]>::first)
}

fn last(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    member(call, <[Value]>::last)
}

fn at(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let position = call.argument_integer(0)?;
    let index = usize::try_from(position)
        .ok()
        .and_then(|p| p.checked_sub(1));
    let items = call.receiver.items();
    if let Some(found) = index.and_then(|i| items.get(i)).cloned() {
        call.charge(order::size(&found))?;
        return Ok(found);
    }
    let count = items.len();
    call.fail_at(
        0,
        format!("there is no position {position} in a list of {count}"),
    )
}

/// How many members an argument means: of more than there are all.
fn count(call: &mut Call<'_, '_>, members: usize) -> Result<usize, Failure> {
    let count = call.argument_integer(0)?;
    match usize::try_from(count) {
        Ok(count) => Ok(count.min(members)),
        Err(_) if count > 0 => Ok(members),
        Err(_) => call.fail_at(0, format!("{count} is no number of members")),
    }
}

fn part(
    call: &mut Call<'_, '_>,
    of: impl Fn(&[Value], usize) -> &[Value],
) -> Result<Value, Failure> {
    let members = call.members()?;
    let count = count(call, members.items().len())?;
    Ok(Value::List(of(members.items(), count).to_vec()))
}

fn take(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    part(call, |all, count| &all[..count])
}

fn drop_first(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    part(call, |all, count| &all[count..])
}

fn drop_last(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    part(call, |all, count| &all[..all.len() - count])
}

fn sub_sequence(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let members = call.members()?;
    let (first, last) = (call.argument_integer(0)?, call.argument_integer(1)?);
    let range = || {
        let start = usize::try_from(first.checked_sub(1)?).ok()?;
        members.items().get(start..usize::try_from(last).ok()?)
    };
    if let Some(part) = range() {
        return Ok(Value::List(part.to_vec()));
    }
    let count = members.items().len();
    call.fail(format!(
        "there are no positions {first} to {last} in a list of {count}"
    ))
}

fn insert_at(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (mut members, position) = (call.own_members()?, call.argument_integer(0)?);
    let index = usize::try_from(position)
        .ok()
        .and_then(|p| p.checked_sub(1));
    let count = members.len();
    let Some(index) = index.filter(|i| *i <= count) else {
        let message = format!("nothing can be put at position {position} of a list of {count}");
        return call.fail_at(0, message);
    };
    members.insert(index, call.argument(1)?);
    Ok(Value::List(members))
}

fn reverse(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let mut members = call.own_members()?;
    members.reverse();
    Ok(Value::List(members))
}

fn index_of(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, value) = (call.members()?, call.argument_members(0)?);
    let found = members.items().iter().position(|m| equal(m, &value));
    Ok(integer(found.map_or(0, |i| i + 1)))
}

fn last_index_of(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (members, value) = (call.members()?, call.argument_members(0)?);
    let found = members.items().iter().rposition(|m| equal(m, &value));
    Ok(integer(found.map_or(0, |i| i + 1)))
}
