//! Evaluation: walks the typed tree over one model and the knowledge beside it, counting steps and recording what it read.

mod quick;
mod references;

use std::collections::BTreeMap;
use std::sync::Arc;

use references::Inverse;
use regex_lite::Regex;

use super::node::{CallNode, Kind, Node, RuleTarget};
use super::operations::{Call, arithmetic};
use super::order::{self, compare, equal};
use super::syntax::{Binary, Unary};
use super::{Context, Expression, Failure, Type, print};
use crate::metamodel::{ClassId, FeatureId};
use crate::model::{ObjectId, Value};

/// How many steps one evaluation may take.
const FUEL: u64 = 10_000_000;

/// What an evaluation knows and has left.
pub(super) struct Evaluator<'e> {
    pub(super) context: &'e Context<'e>,
    expression: &'e Expression,
    outer: &'e [Value],
    inner: Vec<Value>,
    fuel: u64,
    extents: BTreeMap<ClassId, Vec<Value>>,
    inverse: Option<Inverse>,
    pub(super) patterns: BTreeMap<Arc<str>, Regex>,
}

type Eval = Result<Value, Failure>;

/// Computes the value of an expression.
pub(super) fn evaluate(expression: &Expression, context: &Context<'_>, outer: &[Value]) -> Eval {
    Evaluator::new(expression, context, outer).value(&expression.root)
}

/// Whether an expression is true; null is not.
pub(super) fn holds(
    expression: &Expression,
    context: &Context<'_>,
    outer: &[Value],
) -> Result<bool, Failure> {
    Evaluator::new(expression, context, outer).holds(&expression.root)
}

impl<'e> Evaluator<'e> {
    fn new(expression: &'e Expression, context: &'e Context<'e>, outer: &'e [Value]) -> Self {
        Self {
            context,
            expression,
            outer,
            inner: Vec::new(),
            fuel: FUEL,
            extents: BTreeMap::new(),
            inverse: None,
            patterns: BTreeMap::new(),
        }
    }

    pub(super) fn fail(&self, node: &Node, message: impl Into<String>) -> Failure {
        Failure {
            span: self.expression.excerpt.place(node.range.clone()),
            message: message.into(),
        }
    }

    /// What is written for a node, for messages.
    pub(super) fn text(&self, node: &Node) -> String {
        let text = &self.expression.excerpt.text[node.range.clone()];
        match text.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        }
    }

    /// Takes the cost of something off what is left.
    pub(super) fn charge(&mut self, node: &Node, steps: usize) -> Result<(), Failure> {
        match self.fuel.checked_sub(steps as u64) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => Err(self.fail(node, format!("this takes more than {FUEL} steps"))),
        }
    }

    pub(super) fn value(&mut self, node: &'e Node) -> Eval {
        self.charge(node, 1)?;
        match &node.kind {
            Kind::Literal(value) => Ok(value.clone()),
            Kind::List(members) => {
                let values: Result<Vec<Value>, Failure> =
                    members.iter().map(|m| self.value(m)).collect();
                values.map(Value::List)
            }
            Kind::Variable(position) => self.variable(node, *position),
            Kind::Extent(class) => self.extent(node, *class),
            Kind::Feature(of, feature) => self.each(node, of, |e, v| e.slot(node, v, *feature)),
            Kind::OneOf(of, features) => self.each(node, of, |e, v| e.one_slot(node, v, features)),
            Kind::ClassName(of) => self.each(node, of, |_, v| Ok(Self::class_name(v))),
            Kind::Container(of, class) => self.container(of, *class),
            Kind::Call(call) => self.call(node, call),
            Kind::Unary(operator, operand) => self.unary(*operator, operand),
            Kind::Binary(operator, left, right) => self.binary(node, *operator, [left, right]),
            Kind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let holds = self.holds(condition)?;
                self.value(if holds { then } else { otherwise })
            }
            Kind::Let(value, body) => {
                let value = self.value(value)?;
                self.with(value, body)
            }
            Kind::Target(sources, of) => self.target(sources, *of),
            Kind::Apply(rule, arguments) => self.apply_rule(node, *rule, arguments),
            Kind::Widen(of) => Ok(match self.value(of)? {
                Value::Integer(n) => Value::Real(arithmetic::real(n)),
                other => other,
            }),
        }
    }

    /// Evaluates with one more variable.
    pub(super) fn with(&mut self, variable: Value, body: &'e Node) -> Eval {
        self.charge(body, order::size(&variable))?;
        self.inner.push(variable);
        let value = self.value(body);
        self.inner.pop();
        value
    }

    fn variable(&mut self, node: &Node, position: usize) -> Eval {
        self.context.reads.record_variable(position);
        let value = self.variable_at(position).cloned().unwrap_or(Value::Null);
        self.charge(node, order::size(&value))?;
        Ok(value)
    }

    fn variable_at(&self, position: usize) -> Option<&Value> {
        match position.checked_sub(self.expression.variables) {
            Some(inner) => self.inner.get(inner),
            None => self.outer.get(position),
        }
    }

    fn extent(&mut self, node: &Node, class: ClassId) -> Eval {
        let reach = self.context.reach();
        if !self.extents.contains_key(&class) {
            self.charge(node, reach.bound())?;
            self.context.reads.record_extent(class);
            let instances = reach.instances(class).into_iter();
            self.extents
                .insert(class, instances.map(Value::Object).collect());
        }
        let instances = self.extents[&class].clone();
        self.charge(node, instances.len() / 8)?;
        Ok(Value::List(instances))
    }

    /// Reads something of each object of a value: of one object one value, of a list those of all members.
    fn each(&mut self, node: &Node, of: &'e Node, read: impl Fn(&Self, &Value) -> Eval) -> Eval {
        let value = match self.value(of)? {
            Value::List(members) => {
                self.charge(node, members.len())?;
                let values = members.iter().map(|m| read(self, m));
                flattened(values.collect::<Result<_, Failure>>()?)
            }
            one => read(self, &one)?,
        };
        self.charge(node, value.items().len())?;
        Ok(value)
    }

    fn slot(&self, node: &Node, of: &Value, feature: FeatureId) -> Eval {
        match of {
            Value::Object(object) => {
                self.context.reads.record(*object, feature);
                Ok(self.context.reach().get(*object, feature))
            }
            Value::Proxy(proxy) => {
                let message = format!("`{}` is in a file that is not loaded", proxy.uri);
                Err(self.fail(node, message))
            }
            _ if self.context.model.metamodel().feature(feature).is_many() => {
                Ok(Value::List(Vec::new()))
            }
            _ => Ok(Value::Null),
        }
    }

    /// The value of the one of several features that an object has.
    fn one_slot(&self, node: &Node, of: &Value, features: &[FeatureId]) -> Eval {
        let (model, first) = (self.context.reach(), features.first().copied());
        let found = of.as_object().and_then(|object| {
            let metamodel = model.metamodel();
            let is_of = |f: &&FeatureId| {
                metamodel.conforms(model.class(object), metamodel.feature(**f).owner)
            };
            features.iter().find(is_of).copied()
        });
        match found.or(first) {
            Some(feature) => self.slot(node, of, feature),
            None => Ok(Value::Null),
        }
    }

    fn class_name(value: &Value) -> Value {
        match value.as_str().and_then(|name| name.rsplit_once("::")) {
            Some((_, name)) => Value::text(name),
            None => Value::Null,
        }
    }

    fn container(&mut self, of: &'e Node, class: ClassId) -> Eval {
        let of = self.value(of)?;
        let list = matches!(of, Value::List(_));
        let reach = self.context.reach();
        let of_class = |c: &ObjectId| reach.metamodel().conforms(reach.class(*c), class);
        let containers = of.objects().filter_map(|o| self.container_of(o));
        let found: Vec<Value> = containers.filter(of_class).map(Value::Object).collect();
        Ok(if list {
            Value::List(found)
        } else {
            found.into_iter().next().unwrap_or(Value::Null)
        })
    }

    fn call(&mut self, node: &'e Node, call: &'e CallNode) -> Eval {
        let receiver = self.value(&call.receiver)?;
        let values = call.values().map(|n| self.value(n));
        let arguments = values.collect::<Result<Vec<Value>, Failure>>()?;
        if !call.each {
            return self.apply(node, call, receiver, arguments);
        }
        let Value::List(members) = receiver else {
            return Ok(Value::List(Vec::new()));
        };
        self.charge(node, members.len())?;
        let members = members.into_iter().filter(|m| *m != Value::Null);
        let results = members.map(|m| self.apply(node, call, m, arguments.clone()));
        results
            .collect::<Result<Vec<Value>, Failure>>()
            .map(flattened)
    }

    fn apply(
        &mut self,
        node: &'e Node,
        call: &'e CallNode,
        receiver: Value,
        arguments: Vec<Value>,
    ) -> Eval {
        let operation = call.operation;
        let mut call = Call {
            evaluator: self,
            node,
            site: call,
            receiver,
            arguments,
        };
        if call.receiver == Value::Null
            && let Some(value) = call.of_null()?
        {
            return Ok(value);
        }
        (operation.eval)(&mut call)
    }

    /// What a rule made of objects of the source, null where it did not match them.
    fn target(&mut self, sources: &'e [Node], of: RuleTarget) -> Eval {
        let values = sources.iter().map(|n| self.value(n));
        let mut values = values.collect::<Result<Vec<Value>, Failure>>()?;
        let Some(rules) = self.context.rules else {
            return Ok(Value::Null);
        };
        let made = |values: &[Value]| rules.target(of.rule, of.target, values);
        let Value::List(members) = &mut values[0] else {
            return Ok(made(&values).map_or(Value::Null, Value::Object));
        };
        let members = std::mem::take(members);
        self.charge(&sources[0], members.len())?;
        let mut found = Vec::new();
        for member in members {
            values[0] = member;
            found.extend(made(&values).map(Value::Object));
        }
        Ok(Value::List(found))
    }

    fn apply_rule(&mut self, node: &Node, rule: usize, arguments: &'e [Node]) -> Eval {
        let values = arguments.iter().map(|n| self.value(n));
        let values = values.collect::<Result<Vec<Value>, Failure>>()?;
        let Some(rules) = self.context.rules else {
            return Ok(Value::Null);
        };
        match rules.apply(rule, values) {
            Ok(made) => Ok(made.map_or(Value::Null, Value::Object)),
            Err(message) => Err(self.fail(node, message)),
        }
    }

    fn unary(&mut self, operator: Unary, operand: &'e Node) -> Eval {
        if operator == Unary::Not {
            return Ok(Value::Boolean(!self.holds(operand)?));
        }
        match self.value(operand)? {
            Value::Integer(n) => match n.checked_neg() {
                Some(n) => Ok(Value::Integer(n)),
                None => Err(self.fail(operand, arithmetic::TOO_LARGE)),
            },
            Value::Real(x) => Ok(Value::Real(-x)),
            _ => Err(self.not_a_number(operand)),
        }
    }

    fn not_a_number(&self, node: &Node) -> Failure {
        let message = format!("`{}` is null where a number is needed", self.text(node));
        self.fail(node, message)
    }

    fn binary(&mut self, node: &Node, operator: Binary, operands: [&'e Node; 2]) -> Eval {
        use Binary as B;
        let [left, right] = operands;
        let truth = match operator {
            B::And => self.holds(left)? && self.holds(right)?,
            B::Or => self.holds(left)? || self.holds(right)?,
            B::Implies => !self.holds(left)? || self.holds(right)?,
            B::Xor => self.holds(left)? != self.holds(right)?,
            _ => {
                let values = [self.value(left)?, self.value(right)?];
                return self.strict(node, operator, operands, &values);
            }
        };
        Ok(Value::Boolean(truth))
    }

    /// The operators that need both operands.
    fn strict(
        &mut self,
        node: &Node,
        operator: Binary,
        operands: [&Node; 2],
        values: &[Value; 2],
    ) -> Eval {
        let [a, b] = values;
        if matches!(operator, Binary::Equal | Binary::Unequal) {
            self.charge(node, order::size(a).min(order::size(b)))?;
            return Ok(Value::Boolean(equal(a, b) == (operator == Binary::Equal)));
        }
        if let Some(i) = values.iter().position(|v| *v == Value::Null) {
            let (text, of) = (operator.text(), self.text(operands[i]));
            let message = format!("`{of}` is null: `{text}` needs a value");
            return Err(self.fail(operands[i], message));
        }
        let truth = match operator {
            Binary::Less => compare(a, b).is_lt(),
            Binary::LessOrEqual => compare(a, b).is_le(),
            Binary::Greater => compare(a, b).is_gt(),
            Binary::GreaterOrEqual => compare(a, b).is_ge(),
            Binary::Add if operands.iter().any(|o| o.ty == Type::String) => {
                return self.joined(node, a, b);
            }
            _ => {
                let number = arithmetic::compute(operator, a, b);
                return number.map_err(|message| self.fail(node, message));
            }
        };
        Ok(Value::Boolean(truth))
    }

    fn joined(&mut self, node: &Node, a: &Value, b: &Value) -> Eval {
        let text = self.printed_all(node, a)? + &self.printed_all(node, b)?;
        self.charge(node, text.len() / 4)?;
        Ok(Value::text(text))
    }

    /// The text of a scalar, or those of the members of a list one after the other.
    fn printed_all(&self, node: &Node, value: &Value) -> Result<String, Failure> {
        match value {
            Value::List(members) => members.iter().map(|m| self.printed(node, m)).collect(),
            one => self.printed(node, one),
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

/// The values without nulls, with the members of lists among them in their place.
pub(super) fn flattened(values: Vec<Value>) -> Value {
    let mut flat = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Null => {}
            Value::List(members) => flat.extend(members),
            one => flat.push(one),
        }
    }
    Value::List(flat)
}
