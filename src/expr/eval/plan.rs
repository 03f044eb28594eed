//! Plans: truths, objects and scalars without values in between.

use std::sync::Arc;

use super::{Eval, Evaluator, Held, Kind, Node};
use crate::expr::Failure;
use crate::expr::plan::{
    Classes, Each, Path, Plan, Planned, Quantifier, REGISTERS, Register, Step, Test, Text, Tree,
    Word,
};
use crate::model::{Lookup, ObjectId, Odd, Scalar, Targets, Value};

/// Why a plan gives no answer.
#[derive(Debug)]
pub(super) enum Stop {
    /// It has no form for what it met: the tree has.
    Elsewhere,
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Odd> for Stop {
    fn from(_: Odd) -> Self {
        Self::Elsewhere
    }
}

/// What a plan finds.
pub(super) type Found<T> = Result<T, Stop>;

/// The answer to a step, once it is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept<'e> {
    Unknown,
    Object(Option<ObjectId>),
    Targets(Targets<'e>),
}

/// A text, where it is kept or by itself.
enum Said<'e> {
    Seen(&'e str),
    Made(Arc<str>),
}

impl Said<'_> {
    #[inline]
    fn text(&self) -> &str {
        match self {
            Self::Seen(text) => text,
            Self::Made(text) => text,
        }
    }
}

impl<'e> Evaluator<'e> {
    /// The value of a part that has a plan.
    pub(super) fn planned(&mut self, node: &'e Node, planned: &'e Planned) -> Eval<'e> {
        let found = match &planned.plan {
            Plan::Truth(test) => {
                let truth = self.follow(node, planned, |e| e.test(test))?;
                truth.map(Value::Boolean)
            }
            Plan::Condition(_) => None,
            Plan::Object(path) => {
                let object = self.follow(node, planned, |e| e.path(path))?;
                object.map(|o| o.map_or(Value::Null, Value::Object))
            }
            Plan::Objects(list) => {
                let objects = self.follow(node, planned, |e| e.object_values(list))?;
                objects.map(Value::List)
            }
            Plan::Size(list) => {
                let count = self.follow(node, planned, |e| e.count(list))?;
                count.map(Value::Integer)
            }
            Plan::Text(text) => {
                let text = self.follow(node, planned, |e| {
                    Ok(e.said(text)?.map(|said| Value::text(said.text())))
                })?;
                text.map(|t| t.unwrap_or(Value::Null))
            }
            Plan::Scalar(step) => self.follow(node, planned, |e| {
                let (of, at) = &**step;
                let Some(object) = e.path(of)? else {
                    return Ok(Value::Null);
                };
                e.context.reads.record(object, at.feature());
                Ok(e.context.reach().look(object, at).value(at)?.to_value())
            })?,
        };
        match found {
            Some(value) => Ok(value.into()),
            None => self.value(&planned.node),
        }
    }

    /// Whether a condition is true; null is not.
    pub(in crate::expr) fn holds(&mut self, node: &'e Node) -> Result<bool, Failure> {
        if let Kind::Planned(planned) = &node.kind
            && let Plan::Truth(test) | Plan::Condition(test) = &planned.plan
        {
            return match self.follow(node, planned, |e| e.test(test))? {
                Some(holds) => Ok(holds),
                None => Ok(*self.value(&planned.node)? == Value::Boolean(true)),
            };
        }
        Ok(*self.value(node)? == Value::Boolean(true))
    }

    /// Evaluates a condition with one more variable.
    pub(in crate::expr) fn holds_with(
        &mut self,
        variable: Value,
        body: &'e Node,
    ) -> Result<bool, Failure> {
        self.inner.push(Held::Own(variable).kept());
        let holds = self.holds(body);
        self.inner.pop();
        holds
    }

    /// The object that a variable or a plan leads to, where there is one.
    pub(super) fn object_at(&mut self, node: &'e Node) -> Option<ObjectId> {
        match &node.kind {
            Kind::Variable(position) => self.variable(*position).ok()?.as_object(),
            Kind::Planned(planned) => match &planned.plan {
                Plan::Object(path) => self.follow(node, planned, |e| e.path(path)).ok()??,
                _ => None,
            },
            _ => None,
        }
    }

    /// The text of the model that a plan leads to, where there is one.
    pub(super) fn text_at(&mut self, node: &'e Node) -> Option<&'e str> {
        let Kind::Planned(planned) = &node.kind else {
            return None;
        };
        let Plan::Text(text) = &planned.plan else {
            return None;
        };
        match self.follow(node, planned, |e| e.said(text)).ok()?? {
            Some(Said::Seen(text)) => Some(text),
            _ => None,
        }
    }

    /// Follows a plan; `None` where it gave up.
    fn follow<T>(
        &mut self,
        node: &Node,
        planned: &Planned,
        with: impl FnOnce(&mut Self) -> Found<T>,
    ) -> Result<Option<T>, Failure> {
        self.charge(node, 1)?;
        let (levels, registers) = (self.levels, self.registers);
        self.descend(node, planned.depth)?;
        let kept = vec![Kept::Unknown; planned.kept];
        let kept = std::mem::replace(&mut self.kept, kept);
        let found = with(self);
        (self.levels, self.registers, self.kept) = (levels, registers, kept);
        match found {
            Ok(found) => Ok(Some(found)),
            Err(Stop::Elsewhere) => Ok(None),
            Err(Stop::Failed(failure)) => Err(failure),
        }
    }

    /// Takes steps off what is left, if there are so many.
    #[inline]
    pub(super) fn spend(&mut self, steps: usize) -> Found<()> {
        if let Some(left) = self.fuel.checked_sub(steps as u64) {
            self.fuel = left;
            return Ok(());
        }
        // The tree will say so.
        self.fuel = 0;
        Err(Stop::Elsewhere)
    }

    /// Gives a variable of the plan its object again, which something else had in between.
    #[inline]
    pub(super) fn bind_again(&mut self, register: &Register, object: ObjectId) {
        self.registers[register.number % REGISTERS] = object;
    }

    /// Gives a variable of the plan its object.
    #[inline]
    pub(super) fn bind(&mut self, register: &Register, object: ObjectId) {
        self.bind_again(register, object);
        for number in &register.kept {
            self.kept[*number] = Kept::Unknown;
        }
    }

    /// Whether something holds.
    pub(super) fn test(&mut self, test: &'e Test) -> Found<bool> {
        match test {
            Test::Not(of) => Ok(!self.test(of)?),
            Test::All(all) => {
                for one in all {
                    if !self.test(one)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Test::Or(both) => Ok(self.test(&both[0])? || self.test(&both[1])?),
            Test::Kind(path, classes) => {
                let object = self.path(path)?;
                Ok(object.is_some_and(|object| self.is_one_of(object, classes)))
            }
            Test::Same(both) => Ok(self.path(&both[0])? == self.path(&both[1])?),
            Test::Includes(both) => self.includes(&both.0, &both.1),
            Test::Members(of, each) => self.members(*of, each),
            _ => self.test_others(test),
        }
    }

    #[inline(never)]
    fn test_others(&mut self, test: &'e Test) -> Found<bool> {
        Ok(match test {
            Test::Constant(truth) => *truth,
            Test::Implies(both) => !self.test(&both[0])? || self.test(&both[1])?,
            Test::Xor(both) => self.test(&both[0])? != self.test(&both[1])?,
            Test::If(parts) => {
                let chosen = if self.test(&parts[0])? { 1 } else { 2 };
                self.test(&parts[chosen])?
            }
            Test::Flag(path, at) => match self.path(path)? {
                Some(object) => self.scalar(object, at)? == Some(Scalar::Boolean(true)),
                None => false,
            },
            Test::Missing(path) => self.path(path)?.is_none(),
            Test::Words(by, both) => {
                let words = (self.word(&both[0])?, self.word(&both[1])?);
                by.holds(words.0, words.1).ok_or(Stop::Elsewhere)?
            }
            Test::Texts(by, both) => {
                let said = (self.said(&both[0])?, self.said(&both[1])?);
                let left = said.0.as_ref().map(Said::text);
                let right = said.1.as_ref().map(Said::text);
                by.holds(left, right).ok_or(Stop::Elsewhere)?
            }
            Test::Empty(list) => self.is_empty(list)?,
            Test::Tree(tree) => *self.tree(tree)? == Value::Boolean(true),
            _ => self.test(test)?,
        })
    }

    #[inline(never)]
    fn members(&mut self, of: Quantifier, each: &'e Each) -> Found<bool> {
        let decides = of == Quantifier::Exists;
        let found = self.first(each, decides)?;
        Ok(found.is_some() == decides)
    }

    /// Where a path leads to.
    #[inline]
    pub(super) fn path(&mut self, path: &'e Path) -> Found<Option<ObjectId>> {
        match path {
            Path::Register(register) => Ok(Some(self.registers[*register % REGISTERS])),
            Path::Outer(position) => self.outer_object(*position),
            _ => self.long_path(path),
        }
    }

    #[inline]
    fn outer_object(&self, position: usize) -> Found<Option<ObjectId>> {
        self.context.reads.record_variable(position);
        object_in(self.outer.get(position))
    }

    fn reference(&mut self, step: &'e Step) -> Found<Option<ObjectId>> {
        if let Some(number) = step.kept
            && let Kept::Object(object) = self.kept[number]
        {
            return Ok(object);
        }
        let target = match self.path(&step.of)? {
            Some(object) => self.one(object, &step.at)?,
            None => None,
        };
        if let Some(number) = step.kept {
            self.kept[number] = Kept::Object(target);
        }
        Ok(target)
    }

    #[inline(never)]
    fn long_path(&mut self, path: &'e Path) -> Found<Option<ObjectId>> {
        match path {
            Path::Register(register) => Ok(Some(self.registers[*register % REGISTERS])),
            Path::Reference(step) => self.reference(step),
            Path::Outer(position) => self.outer_object(*position),
            Path::Inner(position) => {
                let held = self.inner.get(self.base + position);
                object_in(held.map(|held| &**held))
            }
            Path::Container(step) => {
                let (of, classes) = &**step;
                let object = self.path(of)?;
                let container = object.and_then(|o| self.container_of(o));
                Ok(container.filter(|c| self.is_one_of(*c, classes)))
            }
            Path::As(step) => {
                let (of, classes) = &**step;
                match self.path(of)? {
                    Some(object) if !self.is_one_of(object, classes) => Err(Stop::Elsewhere),
                    found => Ok(found),
                }
            }
            Path::If(parts) => {
                let (condition, then, otherwise) = &**parts;
                let holds = self.test(condition)?;
                self.path(if holds { then } else { otherwise })
            }
            Path::Any(each) => self.first(each, true),
            Path::Tree(tree) => object_in(Some(&*self.tree(tree)?)),
        }
    }

    #[inline]
    pub(super) fn one(&self, object: ObjectId, at: &Lookup) -> Found<Option<ObjectId>> {
        self.context.reads.record(object, at.feature());
        Ok(self.context.reach().look(object, at).one(at)?)
    }

    #[inline]
    pub(super) fn scalar(&self, object: ObjectId, at: &Lookup) -> Found<Option<Scalar>> {
        self.context.reads.record(object, at.feature());
        Ok(self.context.reach().look(object, at).scalar(at)?)
    }

    #[inline]
    pub(super) fn is_one_of(&self, object: ObjectId, classes: &Classes) -> bool {
        classes[self.context.reach().class(object).0 as usize]
    }

    fn word(&mut self, word: &'e Word) -> Found<Option<i64>> {
        Ok(match word {
            Word::Literal(n) => Some(*n),
            Word::Attribute(step) => {
                let (of, at) = &**step;
                match self.path(of)? {
                    Some(object) => match self.scalar(object, at)? {
                        Some(scalar) => Some(scalar.number()?),
                        None => None,
                    },
                    None => None,
                }
            }
            Word::Size(list) => Some(self.count(list)?),
            Word::Tree(tree) => match *self.tree(tree)? {
                Value::Null => None,
                Value::Integer(n) => Some(n),
                Value::Boolean(truth) => Some(i64::from(truth)),
                Value::Enum(_, literal) => Some(i64::from(literal)),
                _ => return Err(Stop::Elsewhere),
            },
        })
    }

    fn said(&mut self, text: &'e Text) -> Found<Option<Said<'e>>> {
        Ok(match text {
            Text::Literal(text) => Some(Said::Seen(text)),
            Text::Attribute(step) => {
                let (of, at) = &**step;
                match self.path(of)? {
                    Some(object) => {
                        self.context.reads.record(object, at.feature());
                        let text = self.context.reach().look(object, at).text(at)?;
                        text.map(Said::Seen)
                    }
                    None => None,
                }
            }
            Text::Tree(tree) => match self.tree(tree)?.take() {
                Value::Null => None,
                Value::String(text) => Some(Said::Made(text)),
                _ => return Err(Stop::Elsewhere),
            },
        })
    }

    /// The value of a part that has no form, which sees the plan's registers as variables.
    pub(super) fn tree(&mut self, tree: &'e Tree) -> Found<Held<'e>> {
        let before = self.inner.len();
        let registers = &self.registers[..tree.registers];
        let variables = registers.iter().map(|o| Held::Own(Value::Object(*o)));
        self.inner.extend(variables);
        // It counts its own levels, which those of the plan have in them.
        self.levels -= tree.depth;
        let value = self.value(&tree.node);
        self.levels += tree.depth;
        self.inner.truncate(before);
        Ok(value?)
    }
}

/// The object that a variable has, if it has one.
#[inline]
pub(super) fn object_in(value: Option<&Value>) -> Found<Option<ObjectId>> {
    match value {
        Some(Value::Object(object)) => Ok(Some(*object)),
        Some(Value::Null) => Ok(None),
        _ => Err(Stop::Elsewhere),
    }
}
