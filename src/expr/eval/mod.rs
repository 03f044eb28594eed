//! Evaluation over one model and the knowledge beside it, counting steps and recording what it read.
//!
//! Trees are walked ([`Evaluator::value`]); where a part of one has a plan, that is followed ([`plan`], [`list`]), for many
//! objects at once where nobody asks what was read ([`block`]).

mod block;
mod call;
mod held;
mod helper;
mod list;
mod navigate;
mod operators;
mod plan;
mod rules;

pub(super) use call::flattened;
pub(super) use held::Held;
use plan::Kept;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use super::node::{Kind, Node};
use super::operations::arithmetic;
use super::order;
use super::parser::MAX_DEPTH;
use super::plan::{Path, Plan, REGISTERS, Text};
use super::{Context, Expression, Failure, Helper, Helpers, Memo, print};
use crate::diag::Excerpt;
use crate::metamodel::ClassId;
use crate::model::{Look, Lookup, ObjectId, Value};

/// How many steps one evaluation may take, in a model without objects.
const FUEL: u64 = 10_000_000;
/// How many more steps an object of the model is good for, so that large models can be gone through.
const FUEL_PER_OBJECT: u64 = 20;

/// How many parts of expressions may be inside one another, helpers that are called included. An expression alone has
/// half of it at most.
const LEVELS: usize = 2 * MAX_DEPTH;

thread_local! {
    /// How many of them this thread has room for.
    static ROOM: Cell<usize> = const { Cell::new(LEVELS) };
}

/// Lets helpers call each other so many levels deep on this thread, whose stack has 20 kB for each.
pub fn allow_levels(levels: usize) {
    ROOM.set(levels);
}

/// What an evaluation knows and has left.
pub(super) struct Evaluator<'e> {
    pub(super) context: &'e Context<'e>,
    /// The text that is evaluated.
    excerpt: &'e Excerpt,
    helpers: &'e Helpers,
    /// The helper that is computed, if any.
    helper: Option<&'e Helper>,
    /// The values of variables from outside.
    outer: &'e [Value],
    /// How many variables are from outside.
    count: usize,
    /// The values of the expression's own variables, whose positions follow, and of helpers.
    inner: Vec<Held<'e>>,
    /// Where among them those of the helper begin.
    base: usize,
    /// The variables of the plan that is followed.
    registers: [ObjectId; REGISTERS],
    /// Its answers that are kept.
    kept: Vec<Kept<'e>>,
    /// How many parts of expressions the evaluation is inside of.
    levels: usize,
    fuel: u64,
    /// What was found out, where the context remembers nothing.
    own: Option<Box<Memo>>,
}

/// The value of a part of an expression.
pub(super) type Eval<'e> = Result<Held<'e>, Failure>;

/// Computes the value of an expression.
pub(super) fn evaluate(
    expression: &Expression,
    context: &Context<'_>,
    outer: &[Value],
) -> Result<Value, Failure> {
    let mut evaluator = Evaluator::new(expression, context, outer);
    let value = evaluator.value(&expression.code)?;
    evaluator.own(&expression.code, value)
}

/// The object that an expression leads to, where a plan says which; else the expression has to be evaluated.
pub(super) fn object(
    expression: &Expression,
    context: &Context<'_>,
    outer: &[Value],
) -> Option<ObjectId> {
    if let Kind::Planned(planned) = &expression.code.kind
        && let Plan::Object(Path::Reference(step)) = &planned.plan
        && let Path::Outer(position) = step.of
    {
        let look = look(
            context,
            outer.get(position)?.as_object()?,
            position,
            &step.at,
        );
        return look.one(&step.at).ok()?;
    }
    Evaluator::new(expression, context, outer).object_at(&expression.code)
}

/// Looks at a feature of the object that a variable has: most of what is bound or printed is that, and takes no evaluator.
#[inline]
fn look<'e>(context: &Context<'e>, object: ObjectId, variable: usize, at: &Lookup) -> Look<'e> {
    context.reads.record_variable(variable);
    context.reads.record(object, at.feature());
    context.reach().look(object, at)
}

/// The text of the model that an expression leads to, where a plan says which; else the expression has to be evaluated.
pub(super) fn text<'e>(
    expression: &'e Expression,
    context: &'e Context<'e>,
    outer: &'e [Value],
) -> Option<&'e str> {
    if let Kind::Planned(planned) = &expression.code.kind
        && let Plan::Text(Text::Attribute(step)) = &planned.plan
        && let Path::Outer(position) = step.0
    {
        let look = look(
            context,
            outer.get(position)?.as_object()?,
            position,
            &step.1,
        );
        return look.text(&step.1).ok()?;
    }
    Evaluator::new(expression, context, outer).text_at(&expression.code)
}

/// Whether an expression is true; null is not.
pub(super) fn holds(
    expression: &Expression,
    context: &Context<'_>,
    outer: &[Value],
) -> Result<bool, Failure> {
    Evaluator::new(expression, context, outer).holds(&expression.code)
}

/// For which of some objects, as the variable behind those that are given, a condition does not hold, by their places;
/// `None` where it has to be asked for one after the other.
pub(super) fn failing(
    expression: &Expression,
    context: &Context<'_>,
    (objects, outer): (&[ObjectId], &[Value]),
) -> Option<Vec<usize>> {
    let Kind::Planned(planned) = &expression.code.kind else {
        return None;
    };
    Evaluator::new(expression, context, outer).failing(planned, objects)
}

fn fuel(context: &Context<'_>) -> u64 {
    FUEL + FUEL_PER_OBJECT * context.model.bound() as u64
}

impl<'e> Evaluator<'e> {
    #[inline]
    fn new(expression: &'e Expression, context: &'e Context<'e>, outer: &'e [Value]) -> Self {
        Self {
            context,
            excerpt: &expression.excerpt,
            helpers: &expression.helpers,
            helper: None,
            outer,
            count: expression.variables,
            inner: Vec::new(),
            base: 0,
            registers: [ObjectId(0); REGISTERS],
            kept: Vec::new(),
            levels: 0,
            fuel: fuel(context),
            own: None,
        }
    }

    pub(super) fn fail(&self, node: &Node, message: impl Into<String>) -> Failure {
        Failure::at(self.excerpt.place(node.range.clone()), message)
    }

    /// What is written for a node, for messages.
    pub(super) fn text(&self, node: &Node) -> String {
        let text = &self.excerpt.text[node.range.clone()];
        match text.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        }
    }

    /// Takes the cost of something off what is left.
    #[inline]
    pub(super) fn charge(&mut self, node: &Node, steps: usize) -> Result<(), Failure> {
        let Some(left) = self.fuel.checked_sub(steps as u64) else {
            let limit = fuel(self.context);
            return Err(self.fail(node, format!("this takes more than {limit} steps")));
        };
        self.fuel = left;
        Ok(())
    }

    pub(super) fn value(&mut self, node: &'e Node) -> Eval<'e> {
        self.charge(node, 1)?;
        self.descend(node, 1)?;
        // Each arm is one call, which keeps the frames of unoptimised builds small.
        let value = match &node.kind {
            Kind::Literal(value) => Ok(Held::Seen(value)),
            Kind::List(members) => self.list(members),
            Kind::Range(ends) => self.range(node, ends),
            Kind::Variable(position) => self.variable(*position),
            Kind::Extent(class) => self.extent(node, *class),
            Kind::ExtentIn(class, input) => self.extent_in(node, *class, input),
            Kind::Feature(of, feature) => self.feature(node, of, *feature),
            Kind::OneOf(of, features) => self.one_of(node, of, features),
            Kind::ClassName(of) => self.class_name(node, of),
            Kind::Container(of, class) => self.container(of, *class),
            Kind::Call(call) => self.call(node, call),
            Kind::Helper(call) => self.helper(node, call),
            Kind::Unary(operator, operand) => self.unary(*operator, operand),
            Kind::Binary(operator, left, right) => self.binary(node, *operator, [left, right]),
            Kind::If(parts) => self.conditional(parts),
            Kind::Let(value, body) => self.binding(value, body),
            Kind::Target(sources, of) => self.target(node, sources, *of),
            Kind::Apply(rule, arguments) => self.apply_rule(node, *rule, arguments),
            Kind::Widen(of) => self.widened(of),
            Kind::Planned(planned) => self.planned(node, planned),
        };
        self.levels -= 1;
        value
    }

    /// Goes so many levels deeper, unless helpers call each other without end.
    fn descend(&mut self, node: &Node, levels: usize) -> Result<(), Failure> {
        if self.levels < LEVELS || self.levels < ROOM.get() {
            self.levels += levels;
            return Ok(());
        }
        let levels = self.levels;
        let name = self.helper.map_or("", |h| &h.title.text);
        let message = format!("`{name}` calls itself, or others, more than {levels} levels deep");
        Err(self.fail(node, message))
    }

    fn conditional(&mut self, parts: &'e [Node; 3]) -> Eval<'e> {
        let [condition, then, otherwise] = parts;
        let holds = self.holds(condition)?;
        self.value(if holds { then } else { otherwise })
    }

    fn binding(&mut self, value: &'e Node, body: &'e Node) -> Eval<'e> {
        let value = self.value(value)?;
        self.with(value, body)
    }

    fn widened(&mut self, of: &'e Node) -> Eval<'e> {
        let value = self.value(of)?;
        Ok(match *value {
            Value::Integer(n) => Value::Real(arithmetic::real(n)).into(),
            _ => value,
        })
    }

    /// Takes a value by itself; a list that is kept elsewhere is copied.
    pub(super) fn own(&mut self, node: &Node, held: Held<'e>) -> Result<Value, Failure> {
        if held.is_kept_list() {
            self.charge(node, order::size(&held))?;
        }
        Ok(held.take())
    }

    /// Evaluates with one more variable.
    pub(super) fn with(&mut self, variable: Held<'e>, body: &'e Node) -> Eval<'e> {
        self.inner.push(variable.kept());
        let value = self.value(body);
        self.inner.pop();
        value
    }

    /// Evaluates with two more variables.
    pub(super) fn with_both(
        &mut self,
        member: &Value,
        result: Held<'e>,
        body: &'e Node,
    ) -> Eval<'e> {
        self.inner.push(Held::Own(member.clone()).kept());
        let value = self.with(result, body);
        self.inner.pop();
        value
    }

    /// The position that the next variable of the expression gets.
    pub(super) fn next_position(&self) -> usize {
        match self.helper {
            Some(_) => self.inner.len() - self.base,
            None => self.count + self.inner.len(),
        }
    }

    fn list(&mut self, members: &'e [Node]) -> Eval<'e> {
        let mut values = Vec::with_capacity(members.len());
        for member in members {
            let value = self.value(member)?;
            values.push(self.own(member, value)?);
        }
        Ok(Value::List(values).into())
    }

    fn range(&mut self, node: &Node, ends: &'e [Node; 2]) -> Eval<'e> {
        let mut numbers = [0, 0];
        for (number, end) in numbers.iter_mut().zip(ends) {
            *number = match *self.value(end)? {
                Value::Integer(n) => n,
                _ => return Err(self.not_a_number(end)),
            };
        }
        let [first, last] = numbers;
        let count = last.checked_sub(first).map_or(usize::MAX, |n| {
            usize::try_from(n.saturating_add(1)).unwrap_or(0)
        });
        self.charge(node, count)?;
        Ok(Value::List((first..=last).map(Value::Integer).collect()).into())
    }

    #[expect(clippy::unnecessary_wraps, reason = "an arm of `value`")]
    fn variable(&self, position: usize) -> Eval<'e> {
        if self.helper.is_some() {
            let found = self.inner.get(self.base + position);
            return Ok(found.cloned().unwrap_or(Held::NULL));
        }
        let Some(inner) = position.checked_sub(self.count) else {
            self.context.reads.record_variable(position);
            return Ok(self.outer.get(position).map_or(Held::NULL, Held::Seen));
        };
        Ok(self.inner.get(inner).cloned().unwrap_or(Held::NULL))
    }

    fn extent(&mut self, node: &Node, class: ClassId) -> Eval<'e> {
        self.context.reads.record_extent(class);
        let known = self.memo().extents.borrow().get(&class).cloned();
        if let Some(known) = known {
            return Ok(Held::Shared(known));
        }
        self.charge(node, self.context.reach().bound())?;
        let (own, known) = self.instances(class);
        let all = own.iter().chain(known).copied();
        let instances = Rc::new(Value::List(all.map(Value::Object).collect()));
        let mut extents = self.memo().extents.borrow_mut();
        extents.insert(class, instances.clone());
        Ok(Held::Shared(instances))
    }

    /// The instances of a class in the model of a name.
    fn extent_in(&mut self, node: &Node, class: ClassId, input: &Arc<str>) -> Eval<'e> {
        let model = self.context.model;
        if !model.has_input(input) {
            let message = format!("no model is given as `{input}`: `--model {input}=FILE`");
            return Err(self.fail(node, message));
        }
        self.context.reads.record_extent(class);
        let key = (class, input.clone());
        let known = self.memo().extents_in.borrow().get(&key).cloned();
        if let Some(known) = known {
            return Ok(Held::Shared(known));
        }
        self.charge(node, model.bound())?;
        let instances = model.instances(class).into_iter();
        let instances = instances.filter(|o| model.is_of_input(*o, input));
        let instances = Rc::new(Value::List(instances.map(Value::Object).collect()));
        let mut extents = self.memo().extents_in.borrow_mut();
        extents.insert(key, instances.clone());
        Ok(Held::Shared(instances))
    }

    /// What evaluations over this model found out.
    pub(super) fn memo(&mut self) -> &Memo {
        match self.context.memo {
            Some(memo) => memo,
            None => self.own.get_or_insert_default(),
        }
    }

    /// The text of a scalar.
    pub(super) fn printed(&self, node: &Node, value: &Value) -> Result<String, Failure> {
        print(value, self.context.model.metamodel()).ok_or_else(|| {
            let message = format!("`{}` has no text", self.text(node));
            self.fail(node, message)
        })
    }
}
