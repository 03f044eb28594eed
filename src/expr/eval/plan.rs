//! Plans: truths, objects and scalars without values in between.

use std::sync::Arc;

use super::{Eval, Evaluator, Held, Kind, Node};
use crate::expr::Failure;
use crate::expr::plan::{Classes, Each, Path, Plan, Planned, Quantifier, Test, Text, Tree, Word};
use crate::model::{Lookup, ObjectId, Odd, Scalar, Value};

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
        let found = with(self);
        (self.levels, self.registers) = (levels, registers);
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

    #[inline]
    pub(super) fn keep(&mut self, register: usize, object: ObjectId) {
        self.registers[register % self.registers.len()] = object;
    }

    pub(super) fn test(&mut self, test: &'e Test) -> Found<bool> {
        Ok(match test {
            Test::Constant(truth) => *truth,
            Test::Not(of) => !self.test(of)?,
            Test::And(both) => self.test(&both[0])? && self.test(&both[1])?,
            Test::Or(both) => self.test(&both[0])? || self.test(&both[1])?,
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
            Test::Same(both) => self.path(&both[0])? == self.path(&both[1])?,
            Test::Words(by, both) => {
                let words = (self.word(&both[0])?, self.word(&both[1])?);
                by.holds(words.0, words.1).ok_or(Stop::Elsewhere)?
            }
            Test::Texts(by, both) => {
                let said = (self.said(&both[0])?, self.said(&both[1])?);
                let texts = (
                    said.0.as_ref().map(Said::text),
                    said.1.as_ref().map(Said::text),
                );
                by.holds(texts.0, texts.1).ok_or(Stop::Elsewhere)?
            }
            Test::Kind(path, classes) => match self.path(path)? {
                Some(object) => self.is_one_of(object, classes),
                None => false,
            },
            Test::Members(of, each) => self.members(*of, each)?,
            Test::Empty(list) => self.is_empty(list)?,
            Test::Includes(both) => {
                let (list, wanted) = &**both;
                self.includes(list, wanted)?
            }
            Test::Tree(tree) => *self.tree(tree)? == Value::Boolean(true),
        })
    }

    fn members(&mut self, of: Quantifier, each: &'e Each) -> Found<bool> {
        let decides = of == Quantifier::Exists;
        let found = self.first(each, decides)?;
        Ok(found.is_some() == decides)
    }

    /// Where a path leads to.
    #[inline]
    pub(super) fn path(&mut self, path: &'e Path) -> Found<Option<ObjectId>> {
        match path {
            Path::Register(register) => Ok(Some(self.registers[*register % self.registers.len()])),
            Path::Reference(step) => {
                let (of, at) = &**step;
                match self.path(of)? {
                    Some(object) => self.one(object, at),
                    None => Ok(None),
                }
            }
            _ => self.path_apart(path),
        }
    }

    fn path_apart(&mut self, path: &'e Path) -> Found<Option<ObjectId>> {
        match path {
            Path::Register(_) | Path::Reference(_) => Err(Stop::Elsewhere),
            Path::Outer(position) => {
                self.context.reads.record_variable(*position);
                object_in(self.outer.get(*position))
            }
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
        Ok(self.context.reach().one_at(object, at)?)
    }

    #[inline]
    fn scalar(&self, object: ObjectId, at: &Lookup) -> Found<Option<Scalar>> {
        self.context.reads.record(object, at.feature());
        Ok(self.context.reach().scalar_at(object, at)?)
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
                        Some(scalar) => Some(number(scalar)?),
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
                        let text = self.context.reach().text_at(object, at)?;
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
fn object_in(value: Option<&Value>) -> Found<Option<ObjectId>> {
    match value {
        Some(Value::Object(object)) => Ok(Some(*object)),
        Some(Value::Null) => Ok(None),
        _ => Err(Stop::Elsewhere),
    }
}

#[inline]
fn number(scalar: Scalar) -> Found<i64> {
    match scalar {
        Scalar::Boolean(truth) => Ok(i64::from(truth)),
        Scalar::Integer(n) => Ok(n),
        Scalar::Enum(_, literal) => Ok(i64::from(literal)),
        Scalar::Real(_) => Err(Stop::Elsewhere),
    }
}
