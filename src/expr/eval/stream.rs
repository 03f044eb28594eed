//! Lists without lists: members of lists of objects are handed on one by one, so that nothing is kept of
//! `xs->select(…)->exists(…)`, and what is not looked at is not computed.
//!
//! Whoever takes a member finds the variables as they are outside of the list: a body's own variable is put away
//! meanwhile.

use std::ops::ControlFlow;

use super::{End, Eval, Evaluator, Held, Kind, Node};
use crate::expr::node::{CallNode, Stream};
use crate::expr::order::equal;
use crate::expr::{Failure, Type};
use crate::metamodel::FeatureId;
use crate::model::{ObjectId, SlotValue, Value};

/// Whether further members are wanted.
type Flow = Result<ControlFlow<()>, Failure>;
type Take<'t, 'e> = &'t mut dyn FnMut(&mut Evaluator<'e>, Value) -> Flow;

const MORE: Flow = Ok(ControlFlow::Continue(()));
const ENOUGH: Flow = Ok(ControlFlow::Break(()));

impl<'e> Evaluator<'e> {
    /// The value of a call that goes through a list of objects.
    pub(super) fn streamed(&mut self, node: &'e Node, call: &'e CallNode, by: Stream) -> Eval<'e> {
        let value = match by {
            Stream::Select | Stream::Reject | Stream::Collect => {
                let mut all = Vec::new();
                self.hand_on(node, &mut |_, member| {
                    all.push(member);
                    MORE
                })
                .map(|_| ())?;
                Value::List(all)
            }
            Stream::Size => {
                if let Some(targets) = self.targets_of(&call.receiver) {
                    return Ok(integer(targets.len()).into());
                }
                let mut count = 0;
                self.members(&call.receiver, &mut |_, _| {
                    count += 1;
                    MORE
                })
                .map(|_| ())?;
                integer(count)
            }
            _ => Value::Boolean(self.decided(call, by)?),
        };
        Ok(value.into())
    }

    /// What a call says of a list of objects that is a question.
    pub(super) fn decided(&mut self, call: &'e CallNode, by: Stream) -> Result<bool, Failure> {
        if let Some(answer) = self.answered(call, by)? {
            return Ok(answer);
        }
        let mut found = false;
        let mut stop = |is_it: bool| {
            found |= is_it;
            if is_it { ENOUGH } else { MORE }
        };
        let list = &call.receiver;
        match (by, call.body(), call.values().next()) {
            (Stream::Exists, Some(body), _) => {
                self.members(list, &mut |e, member| stop(e.holds_with(member, body)?))
            }
            (Stream::ForAll, Some(body), _) => {
                self.members(list, &mut |e, member| stop(!e.holds_with(member, body)?))
            }
            (Stream::Includes | Stream::Excludes, _, Some(wanted)) => {
                let wanted = self.value(wanted)?;
                self.members(list, &mut |_, member| stop(same(&member, &wanted)))
            }
            _ => self.members(list, &mut |_, _| stop(true)),
        }
        .map(|_| ())?;
        let wanted = !matches!(by, Stream::ForAll | Stream::IsEmpty | Stream::Excludes);
        Ok(found == wanted)
    }

    /// The answer where the list is the targets of one object's reference: they are looked at where they are.
    fn answered(&mut self, call: &'e CallNode, by: Stream) -> Result<Option<bool>, Failure> {
        let Some(targets) = self.targets_of(&call.receiver) else {
            return Ok(None);
        };
        Ok(match (by, call.values().next()) {
            (Stream::IsEmpty, _) => Some(targets.is_empty()),
            (Stream::NotEmpty, _) => Some(!targets.is_empty()),
            (Stream::Includes | Stream::Excludes, Some(wanted)) => {
                self.charge(wanted, targets.len())?;
                match self.end(wanted) {
                    End::Object(wanted) => {
                        Some(targets.contains(&wanted) == (by == Stream::Includes))
                    }
                    End::Nothing | End::Unknown => None,
                }
            }
            _ => None,
        })
    }

    /// The targets of a reference of many, of one object of the model.
    fn targets_of(&self, node: &'e Node) -> Option<&'e [ObjectId]> {
        let Kind::Feature(of, feature) = &node.kind else {
            return None;
        };
        let End::Object(object) = self.end(of) else {
            return None;
        };
        match self.seen(object, *feature)? {
            SlotValue::Objects(targets) => Some(targets),
            _ => None,
        }
    }

    /// Hands on the members of a list.
    fn members(&mut self, node: &'e Node, take: Take<'_, 'e>) -> Flow {
        self.charge(node, 1)?;
        self.descend(node)?;
        let flow = self.hand_on(node, take);
        self.levels -= 1;
        flow
    }

    fn hand_on(&mut self, node: &'e Node, take: Take<'_, 'e>) -> Flow {
        match &node.kind {
            Kind::Feature(of, feature) => self.feature_members(node, (of, *feature), take),
            Kind::Call(call) => match (call.stream, call.body()) {
                (Some(Stream::Select), Some(body)) => {
                    self.members(&call.receiver, &mut |e, member| {
                        if e.holds_with(copy(&member), body)? {
                            take(e, member)
                        } else {
                            MORE
                        }
                    })
                }
                (Some(Stream::Reject), Some(body)) => {
                    self.members(&call.receiver, &mut |e, member| {
                        if e.holds_with(copy(&member), body)? {
                            MORE
                        } else {
                            take(e, member)
                        }
                    })
                }
                (Some(Stream::Collect), Some(body)) => self
                    .members(&call.receiver, &mut |e, member| {
                        e.body_members(member.into(), body, take)
                    }),
                _ => self.listed(node, take),
            },
            Kind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let holds = self.holds(condition)?;
                self.members(if holds { then } else { otherwise }, take)
            }
            _ => self.listed(node, take),
        }
    }

    /// Hands on the members of a list that is there.
    fn listed(&mut self, node: &'e Node, take: Take<'_, 'e>) -> Flow {
        let list = self.value(node)?;
        self.all_of(node, &list, take)
    }

    fn all_of(&mut self, node: &Node, list: &Value, take: Take<'_, 'e>) -> Flow {
        for member in list.items() {
            self.charge(node, 1)?;
            if take(self, copy(member))?.is_break() {
                return ENOUGH;
            }
        }
        MORE
    }

    /// Hands on what a body gives for a member, flattened by one level, without nulls.
    fn body_members(&mut self, member: Held<'e>, body: &'e Node, take: Take<'_, 'e>) -> Flow {
        self.inner.push(member.kept());
        let mut outside = |e: &mut Self, value: Value| {
            let variable = e.inner.pop();
            let flow = take(e, value);
            e.inner.extend(variable);
            flow
        };
        let flow = if body.ty.is_list() {
            self.members(body, &mut outside)
        } else {
            self.one_member(body, &mut outside)
        };
        self.inner.pop();
        flow
    }

    /// Hands on a value, if it is none it is left out.
    fn one_member(&mut self, node: &'e Node, take: Take<'_, 'e>) -> Flow {
        if matches!(node.ty, Type::Class(_)) {
            match self.end(node) {
                End::Object(object) => return take(self, Value::Object(object)),
                End::Nothing => return MORE,
                End::Unknown => {}
            }
        }
        let value = self.value(node)?;
        match &*value {
            Value::Null => MORE,
            Value::List(_) => self.all_of(node, &value, take),
            _ => take(self, value.take()),
        }
    }

    /// Hands on the values of a feature of one object, or of all members of a list.
    fn feature_members(
        &mut self,
        node: &'e Node,
        (of, feature): (&'e Node, FeatureId),
        take: Take<'_, 'e>,
    ) -> Flow {
        if of.ty.is_list() {
            return self.members(of, &mut |e, member| {
                e.values_of(node, (&member, feature), take)
            });
        }
        if let End::Object(object) = self.end(of) {
            return self.values_of(node, (&Value::Object(object), feature), take);
        }
        let of = self.value(of)?;
        self.values_of(node, (&of, feature), take)
    }

    fn values_of(
        &mut self,
        node: &Node,
        (of, feature): (&Value, FeatureId),
        take: Take<'_, 'e>,
    ) -> Flow {
        if let Value::Object(object) = of {
            match self.seen(*object, feature) {
                Some(SlotValue::Objects(targets)) => {
                    self.charge(node, targets.len())?;
                    for target in targets {
                        if take(self, Value::Object(*target))?.is_break() {
                            return ENOUGH;
                        }
                    }
                    return MORE;
                }
                Some(SlotValue::Object(target)) => return take(self, Value::Object(target)),
                _ => {}
            }
        }
        let value = self.slot(node, of, feature)?;
        self.all_of(node, &value, take)
    }
}

fn integer(count: usize) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A copy, which is nothing to ask for where it is an object.
#[inline]
fn copy(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(*object),
        other => other.clone(),
    }
}

#[inline]
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => one == other,
        _ => equal(one, other),
    }
}
