//! Operations of lists that compute something for each member.

use super::rules::{
    Signature, Typed, condition_to_boolean, condition_to_list, condition_to_member, list,
};
use super::{Call, Form, Operation, Receiver, row};
use crate::expr::check::Mistake;
use crate::expr::eval::{Evaluator, Held};
use crate::expr::node::{CallNode, Kind, Node};
use crate::expr::order::{Key, compare};
use crate::expr::{Failure, Type, eval};
use crate::model::Value;
use std::collections::BTreeSet;

const BODY: (Receiver, Form) = (Receiver::List, Form::Body);
const FOLD: (Receiver, Form) = (Receiver::List, Form::Fold);

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(BODY, ("select", "select(x | condition): List(T)", "The members for which the condition holds."), (condition_to_list, select)),
    row(BODY, ("reject", "reject(x | condition): List(T)", "The members for which the condition does not hold."), (condition_to_list, reject)),
    row(BODY, ("collect", "collect(x | value): List(V)", "The values for all members, without nulls; lists among them are flattened by one level."), (collect_type, collect)),
    row(BODY, ("any", "any(x | condition): T", "The first member for which the condition holds, or null."), (condition_to_member, any)).also(&["selectOne"]).or_null(),
    row(BODY, ("exists", "exists(x | condition): Boolean", "Whether the condition holds for a member."), (condition_to_boolean, exists)),
    row(BODY, ("forAll", "forAll(x | condition): Boolean", "Whether the condition holds for every member."), (condition_to_boolean, for_all)),
    row(BODY, ("one", "one(x | condition): Boolean", "Whether the condition holds for exactly one member."), (condition_to_boolean, one)),
    row(BODY, ("isUnique", "isUnique(x | value): Boolean", "Whether the values for all members differ."), (super::rules::boolean, is_unique)),
    row(BODY, ("sortedBy", "sortedBy(x | key): List(T)", "The members in the order of their keys; equal keys keep their order, nulls come last."), (sorted_type, sorted_by)).also(&["sortBy"]),
    row(FOLD, ("iterate", "iterate(x; result = start | next): R", "The result after the last member: it begins with the start, and each member gives the next one."), (iterate_type, iterate)).or_null(),
    row(BODY, ("none", "none(x | condition): Boolean", "Whether the condition holds for no member."), (condition_to_boolean, none)),
    row(BODY, ("closure", "closure(x | next): List(T)", "Everything that is reached by going on from member to member, each once, nearest first."), (closure_type, closure)),
];

fn collect_type(s: &Signature<'_>) -> Typed {
    Ok(s.argument(0).item().clone().list())
}

fn sorted_type(s: &Signature<'_>) -> Typed {
    let key = s.argument(0);
    if key.is_printable() || *key == Type::Null {
        return list(s);
    }
    let message = format!("`{}` has no order to sort by", s.show(key));
    Err(Mistake::at(0, message))
}

fn closure_type(s: &Signature<'_>) -> Typed {
    let next = s.argument(0).item();
    if next.conforms(s.item(), s.metamodel) {
        return list(s);
    }
    let (next, item) = (s.show(next), s.show(s.item()));
    let message = format!("`{next}` cannot be gone on from: the members are `{item}`");
    Err(Mistake::at(0, message))
}

fn iterate_type(s: &Signature<'_>) -> Typed {
    Ok(s.argument(0).clone())
}

fn filtered(call: &mut Call<'_, '_>, keep: fn(bool) -> bool) -> Result<Value, Failure> {
    let mut kept = Vec::new();
    for member in call.members()?.items() {
        if keep(call.holds(member)?) {
            kept.push(member.clone());
        }
    }
    Ok(Value::List(kept))
}

fn select(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    filtered(call, |holds| holds)
}

fn reject(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    filtered(call, |holds| !holds)
}

/// The values of the body for all members.
fn values(call: &mut Call<'_, '_>) -> Result<Vec<Value>, Failure> {
    let members = call.members()?;
    let members = members.items().iter();
    members.map(|m| call.value(m)).collect()
}

fn collect(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let collected = eval::flattened(values(call)?);
    call.charge(collected.items().len())?;
    Ok(collected)
}

/// The first member for which the condition is as wanted.
fn first(call: &mut Call<'_, '_>, wanted: fn(bool) -> bool) -> Result<Option<Value>, Failure> {
    for member in call.members()?.items() {
        if wanted(call.holds(member)?) {
            return Ok(Some(member.clone()));
        }
    }
    Ok(None)
}

fn any(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(first(call, |holds| holds)?.unwrap_or(Value::Null))
}

fn exists(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(first(call, |holds| holds)?.is_some()))
}

fn none(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(first(call, |holds| holds)?.is_none()))
}

fn for_all(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(first(call, |holds| !holds)?.is_none()))
}

fn one(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let kept = select(call)?;
    Ok(Value::Boolean(kept.items().len() == 1))
}

fn is_unique(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let values = values(call)?;
    let mut seen = BTreeSet::new();
    Ok(Value::Boolean(values.iter().all(|v| seen.insert(Key(v)))))
}

fn sorted_by(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let mut keyed = Vec::new();
    for member in call.members()?.items() {
        keyed.push((call.value(member)?, member.clone()));
    }
    let null = |v: &Value| *v == Value::Null;
    keyed.sort_by(|(a, _), (b, _)| null(a).cmp(&null(b)).then_with(|| compare(a, b)));
    Ok(Value::List(keyed.into_iter().map(|(_, m)| m).collect()))
}

fn iterate(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let mut result = std::mem::replace(&mut call.arguments[0], Held::NULL);
    let Some(body) = call.site.body() else {
        return call.evaluator.own(call.node, result);
    };
    let members = call.members()?;
    let at = call.evaluator.next_position() + 1;
    for member in members.items() {
        let mut step = Step {
            evaluator: &mut *call.evaluator,
            member,
            at,
        };
        result = step.next(body, result)?;
    }
    call.evaluator.own(call.node, result)
}

/// The step of a fold from one result to the next.
struct Step<'s, 'e> {
    evaluator: &'s mut Evaluator<'e>,
    member: &'s Value,
    /// The position of the result among the variables.
    at: usize,
}

impl<'e> Step<'_, 'e> {
    /// Computes the next result. A list that only grows is handed on and not copied.
    fn next(&mut self, node: &'e Node, result: Held<'e>) -> Result<Held<'e>, Failure> {
        match &node.kind {
            Kind::Variable(position) if *position == self.at => Ok(result),
            Kind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let result = result.kept();
                let holds = self.value(condition, result.clone())?;
                let holds = *holds == Value::Boolean(true);
                self.next(if holds { then } else { otherwise }, result.released())
            }
            Kind::Call(site) if self.grows(site) => {
                self.evaluator.charge(node, 1)?;
                let receiver = self.next(site.receiver.unplanned(), result)?;
                let arguments = site.values().map(|v| self.value(v, Held::NULL));
                let arguments = arguments.collect::<Result<_, Failure>>()?;
                let mut call = Call {
                    evaluator: &mut *self.evaluator,
                    node,
                    site,
                    receiver,
                    arguments,
                };
                (site.operation.eval)(&mut call).map(Held::Own)
            }
            _ => self.value(node, result),
        }
    }

    /// Whether a call makes a list of the result and of values for which it is not asked.
    fn grows(&self, site: &CallNode) -> bool {
        let leads = match &site.receiver.unplanned().kind {
            Kind::Variable(position) => *position == self.at,
            Kind::Call(inner) => self.grows(inner),
            _ => false,
        };
        let of_list = site.operation.receiver == Receiver::List;
        let takes_values = matches!(site.operation.form, Form::Values(..));
        leads && of_list && takes_values && !site.values().any(|v| v.mentions(self.at))
    }

    fn value(&mut self, node: &'e Node, result: Held<'e>) -> Result<Held<'e>, Failure> {
        self.evaluator.with_both(self.member, result, node)
    }
}

fn closure(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let mut open = call.own_members()?;
    let mut reached: Vec<Value> = Vec::new();
    let mut seen = BTreeSet::new();
    while !open.is_empty() {
        let mut next = Vec::new();
        for member in open {
            let found = call.body(&member)?;
            let values = found.items().iter().filter(|v| **v != Value::Null);
            call.charge(found.items().len())?;
            next.extend(values.filter(|v| seen.insert(Key((*v).clone()))).cloned());
        }
        reached.extend(next.iter().cloned());
        open = next;
    }
    Ok(Value::List(reached))
}
