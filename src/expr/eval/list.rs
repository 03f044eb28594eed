//! Lists without lists: members are handed on one by one, so that nothing is kept of `xs->select(…)->exists(…)`, and
//! what is not looked at is not computed.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::Evaluator;
use super::plan::{Found, Kept, Stop};
use crate::expr::plan::{Collected, Each, Objects, Path, Step};
use crate::metamodel::ClassId;
use crate::model::{Lookup, ObjectId, Targets, Value};

/// Whether further members are wanted.
type Flow = Found<ControlFlow<()>>;
type Take<'t, 'e> = &'t mut dyn FnMut(&mut Evaluator<'e>, ObjectId) -> Flow;

const MORE: Flow = Ok(ControlFlow::Continue(()));
const ENOUGH: Flow = Ok(ControlFlow::Break(()));

impl<'e> Evaluator<'e> {
    /// The members as values.
    pub(super) fn object_values(&mut self, list: &'e Objects) -> Found<Vec<Value>> {
        if let Some(all) = self.in_blocks(list) {
            return Ok(all.into_iter().map(Value::Object).collect());
        }
        let mut all = Vec::new();
        let _: ControlFlow<()> = self.hand_all(list, &mut |_, member| {
            all.push(Value::Object(member));
            MORE
        })?;
        Ok(all)
    }

    /// How many members there are.
    pub(super) fn count(&mut self, list: &'e Objects) -> Found<i64> {
        let count = if let Objects::Targets(step) = list {
            self.targets_of(step)?.len()
        } else {
            let mut count = 0;
            let _: ControlFlow<()> = self.hand_all(list, &mut |_, _| {
                count += 1;
                MORE
            })?;
            count
        };
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// Whether there is no member.
    pub(super) fn is_empty(&mut self, list: &'e Objects) -> Found<bool> {
        match list {
            Objects::Targets(step) => Ok(self.targets_of(step)?.is_empty()),
            _ => Ok(self.hand_all(list, &mut |_, _| ENOUGH)?.is_continue()),
        }
    }

    /// Whether the object that a path leads to is a member.
    #[inline(never)]
    pub(super) fn includes(&mut self, list: &'e Objects, wanted: &'e Path) -> Found<bool> {
        if let Objects::Targets(step) = list {
            let targets = self.targets_of(step)?;
            self.spend(targets.len())?;
            let wanted = self.path(wanted)?;
            return Ok(wanted.is_some_and(|wanted| targets.contains(wanted)));
        }
        let wanted = self.path(wanted)?;
        let flow = self.hand_all(list, &mut |_, member| {
            if Some(member) == wanted { ENOUGH } else { MORE }
        })?;
        Ok(flow.is_break())
    }

    /// The first member for which a test has a result.
    pub(super) fn first(&mut self, each: &'e Each, result: bool) -> Found<Option<ObjectId>> {
        if let Objects::Targets(step) = &each.list {
            let targets = self.targets_of(step)?;
            self.spend(targets.len())?;
            for member in targets.iter() {
                self.bind(&each.register, member);
                if self.test(&each.test)? == result {
                    return Ok(Some(member));
                }
            }
            return Ok(None);
        }
        let mut found = None;
        let _: ControlFlow<()> = self.hand_all(&each.list, &mut |e, member| {
            e.bind(&each.register, member);
            if e.test(&each.test)? == result {
                found = Some(member);
                return ENOUGH;
            }
            MORE
        })?;
        Ok(found)
    }

    /// The members, if they are the targets of one object: the model has them.
    #[inline(never)]
    fn targets_of(&mut self, step: &'e Step) -> Found<Targets<'e>> {
        if let Some(number) = step.kept
            && let Kept::Targets(targets) = self.kept[number]
        {
            return Ok(targets);
        }
        let targets = match self.path(&step.of)? {
            Some(object) => self.targets(object, &step.at)?,
            None => Targets::NONE,
        };
        if let Some(number) = step.kept {
            self.kept[number] = Kept::Targets(targets);
        }
        Ok(targets)
    }

    #[inline]
    pub(super) fn targets(&self, object: ObjectId, at: &Lookup) -> Found<Targets<'e>> {
        self.context.reads.record(object, at.feature());
        Ok(self.context.reach().look(object, at).targets()?)
    }

    /// Hands on each member, until no more are wanted.
    fn hand_all(&mut self, list: &'e Objects, take: Take<'_, 'e>) -> Flow {
        match list {
            Objects::Filtered(each, result) => self.filtered(each, *result, take),
            Objects::Collected(collected) => self.collected(collected, take),
            Objects::Targets(step) => {
                let targets = self.targets_of(step)?;
                self.hand_on(targets.iter(), take)
            }
            _ => self.hand_others(list, take),
        }
    }

    #[inline(never)]
    fn hand_others(&mut self, list: &'e Objects, take: Take<'_, 'e>) -> Flow {
        match list {
            Objects::Filtered(..) | Objects::Collected(_) | Objects::Targets(_) => {
                self.hand_all(list, take)
            }
            Objects::Extent(class) => {
                let (own, known) = self.instances(*class);
                self.hand_on(own.iter().chain(known).copied(), take)
            }
            Objects::AllTargets(step) => {
                let (of, at) = &**step;
                self.hand_all(of, &mut |e, member| {
                    let targets = e.targets(member, at)?;
                    e.hand_on(targets.iter(), take)
                })
            }
            Objects::AllOnes(step) => {
                let (of, at) = &**step;
                self.hand_all(of, &mut |e, member| match e.one(member, at)? {
                    Some(target) => take(e, target),
                    None => MORE,
                })
            }
            Objects::One(path) => match self.path(path)? {
                Some(object) => take(self, object),
                None => MORE,
            },
            Objects::OfKind(step) => {
                let (of, classes) = &**step;
                self.hand_all(of, &mut |e, member| {
                    if e.is_one_of(member, classes) {
                        take(e, member)
                    } else {
                        MORE
                    }
                })
            }
            Objects::If(parts) => {
                let (condition, then, otherwise) = &**parts;
                let holds = self.test(condition)?;
                self.hand_all(if holds { then } else { otherwise }, take)
            }
            Objects::Tree(tree) => {
                let list = self.tree(tree)?;
                self.spend(list.items().len())?;
                for member in list.items() {
                    let object = member.as_object().ok_or(Stop::Elsewhere)?;
                    if take(self, object)?.is_break() {
                        return ENOUGH;
                    }
                }
                MORE
            }
        }
    }

    fn hand_on(&mut self, all: impl Iterator<Item = ObjectId>, take: Take<'_, 'e>) -> Flow {
        for member in all {
            self.spend(1)?;
            if take(self, member)?.is_break() {
                return ENOUGH;
            }
        }
        MORE
    }

    #[inline(never)]
    fn collected(&mut self, collected: &'e Collected, take: Take<'_, 'e>) -> Flow {
        if let Objects::Targets(step) = &collected.list {
            let targets = self.targets_of(step)?;
            self.spend(targets.len())?;
            for member in targets.iter() {
                if self.body(collected, member, take)?.is_break() {
                    return ENOUGH;
                }
            }
            return MORE;
        }
        self.hand_all(&collected.list, &mut |e, member| {
            e.body(collected, member, take)
        })
    }

    /// Hands on what is collected for a member.
    #[inline]
    fn body(&mut self, collected: &'e Collected, member: ObjectId, take: Take<'_, 'e>) -> Flow {
        self.bind(&collected.register, member);
        self.hand_all(&collected.body, &mut |e, found| {
            let flow = take(e, found);
            // Whoever took it may have used the register.
            e.bind_again(&collected.register, member);
            flow
        })
    }

    #[inline(never)]
    fn filtered(&mut self, each: &'e Each, result: bool, take: Take<'_, 'e>) -> Flow {
        if let Objects::Targets(step) = &each.list {
            let targets = self.targets_of(step)?;
            self.spend(targets.len())?;
            for member in targets.iter() {
                self.bind(&each.register, member);
                if self.test(&each.test)? == result && take(self, member)?.is_break() {
                    return ENOUGH;
                }
            }
            return MORE;
        }
        self.hand_all(&each.list, &mut |e, member| {
            e.bind(&each.register, member);
            if e.test(&each.test)? == result {
                take(e, member)
            } else {
                MORE
            }
        })
    }

    /// All instances of a class: those of the model, and those that are known beside it.
    pub(super) fn instances(&mut self, class: ClassId) -> (Cow<'e, [ObjectId]>, &'e [ObjectId]) {
        self.context.reads.record_extent(class);
        let reach = self.context.reach();
        (reach.model.extent(class), reach.known_instances(class))
    }
}
