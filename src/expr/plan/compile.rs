//! From typed trees to plans.

use super::lower::Lowering;
use super::{Classes, Collected, Comparison, Each, Objects, Path, Plan, Quantifier, REGISTERS};
use super::{Register, Step, Test, Text, Tree, Word};
use crate::expr::Type;
use crate::expr::node::{Argument, CallNode, Kind, Node};
use crate::expr::operations::Receiver;
use crate::expr::syntax::{Binary, Unary};
use crate::metamodel::{ClassId, FeatureId};
use crate::model::{Lookup, Value};

/// What a part has no form for.
type Form<T> = Option<T>;

impl Lowering<'_> {
    /// The plan of a part, where it has one of its own at its top.
    pub(super) fn plan(&mut self, node: &Node) -> Form<Plan> {
        if let Kind::Call(call) = &node.kind
            && let ("size", true) = (call.operation.name, is_of_objects(call))
        {
            return Some(Plan::Size(self.objects(&call.receiver)));
        }
        match &node.ty {
            Type::Boolean => {
                let is_condition = matches!(node.kind, Kind::Feature(..) | Kind::If(_));
                let test = self.own_test(node)?;
                Some(if is_condition {
                    Plan::Condition(test)
                } else {
                    Plan::Truth(test)
                })
            }
            Type::String => self.own_text(node).map(Plan::Text),
            Type::Integer | Type::Real | Type::Enum(_) => self.attribute(node).map(Plan::Scalar),
            ty if is_object(ty) => self.own_path(node).map(Plan::Object),
            Type::List(item) if is_object(item) => self.own_objects(node).map(Plan::Objects),
            _ => None,
        }
    }

    /// A part that is evaluated as a tree from inside the plan.
    fn tree(&mut self, node: &Node) -> Tree {
        // It may ask for anything.
        self.asked = u32::MAX;
        Tree {
            node: self.embedded(node),
            depth: node.depth(),
            registers: self.registers(),
        }
    }

    fn test(&mut self, node: &Node) -> Test {
        match self.own_test(node) {
            Some(test) => test,
            None => Test::Tree(Box::new(self.tree(node))),
        }
    }

    fn own_test(&mut self, node: &Node) -> Form<Test> {
        match &node.kind {
            Kind::Literal(Value::Boolean(truth)) => Some(Test::Constant(*truth)),
            Kind::Unary(Unary::Not, operand) => Some(Test::Not(Box::new(self.test(operand)))),
            Kind::Binary(operator, left, right) => self.binary(*operator, [left, right]),
            Kind::If(parts) => Some(Test::If(Box::new(parts.each_ref().map(|p| self.test(p))))),
            Kind::Feature(of, feature) if node.ty == Type::Boolean && is_object(&of.ty) => {
                let lookup = self.lookup(*feature)?;
                Some(Test::Flag(self.path(of), Box::new(lookup)))
            }
            Kind::Call(call) if !call.each => self.question(call),
            _ => None,
        }
    }

    fn binary(&mut self, operator: Binary, sides: [&Node; 2]) -> Form<Test> {
        let join = match operator {
            Binary::And => return Some(self.both(sides)),
            Binary::Or => Test::Or,
            Binary::Implies => Test::Implies,
            Binary::Xor => Test::Xor,
            _ => return self.comparison(Comparison::of(operator)?, sides),
        };
        Some(join(Box::new(sides.map(|side| self.test(side)))))
    }

    /// Both, and what they have in them in the same way.
    fn both(&mut self, sides: [&Node; 2]) -> Test {
        let mut all = Vec::new();
        for side in sides.map(|side| self.test(side)) {
            match side {
                Test::All(more) => all.extend(more),
                one => all.push(one),
            }
        }
        Test::All(all.into())
    }

    fn comparison(&mut self, by: Comparison, sides: [&Node; 2]) -> Form<Test> {
        let [left, right] = sides;
        let equality = matches!(by, Comparison::Equal | Comparison::Unequal);
        let test = if equality && is_object(&left.ty) && is_null(right) {
            Test::Missing(self.path(left))
        } else if equality && is_object(&left.ty) && is_object(&right.ty) {
            Test::Same(Box::new(sides.map(|side| self.path(side))))
        } else if left.ty == Type::String && is_text(right) {
            return Some(Test::Texts(by, Box::new(sides.map(|s| self.text(s)))));
        } else if is_word(&left.ty) && (left.ty == right.ty || equality && is_null(right)) {
            return Some(Test::Words(by, Box::new(sides.map(|s| self.word(s)))));
        } else {
            return None;
        };
        Some(match by {
            Comparison::Unequal => Test::Not(Box::new(test)),
            _ => test,
        })
    }

    /// A call that asks something.
    fn question(&mut self, call: &CallNode) -> Form<Test> {
        let receiver = &call.receiver;
        match (call.operation.name, &call.arguments[..]) {
            ("isKindOf", [Argument::Type(ty)]) if is_object(&receiver.ty) && is_object(ty) => {
                Some(Test::Kind(self.path(receiver), self.conforming(ty)))
            }
            ("isTypeOf", [Argument::Type(ty)]) if is_object(&receiver.ty) && is_object(ty) => {
                Some(Test::Kind(self.path(receiver), self.exactly(ty)))
            }
            ("isUndefined", []) if is_object(&receiver.ty) => {
                Some(Test::Missing(self.path(receiver)))
            }
            ("isDefined", []) if is_object(&receiver.ty) => {
                Some(Test::Not(Box::new(Test::Missing(self.path(receiver)))))
            }
            _ => self.about_list(call),
        }
    }

    fn about_list(&mut self, call: &CallNode) -> Form<Test> {
        if !is_of_objects(call) {
            return None;
        }
        let list = &call.receiver;
        let not = |test| Test::Not(Box::new(test));
        Some(match (call.operation.name, &call.arguments[..]) {
            ("exists", [Argument::Body(body)]) => {
                Test::Members(Quantifier::Exists, self.each(list, body)?)
            }
            ("none", [Argument::Body(body)]) => {
                not(Test::Members(Quantifier::Exists, self.each(list, body)?))
            }
            ("forAll", [Argument::Body(body)]) => {
                Test::Members(Quantifier::ForAll, self.each(list, body)?)
            }
            ("isEmpty", []) => Test::Empty(self.objects(list)),
            ("notEmpty", []) => not(Test::Empty(self.objects(list))),
            ("includes", [Argument::Value(wanted)]) => self.includes(list, wanted)?,
            ("excludes", [Argument::Value(wanted)]) => not(self.includes(list, wanted)?),
            _ => return None,
        })
    }

    fn includes(&mut self, list: &Node, wanted: &Node) -> Form<Test> {
        if !is_object(&wanted.ty) {
            return None;
        }
        let wanted = self.path(wanted);
        Some(Test::Includes(Box::new((self.objects(list), wanted))))
    }

    fn each(&mut self, list: &Node, body: &Node) -> Form<Box<Each>> {
        let (register, test) = self.with_register(|plan| plan.test(body))?;
        Some(Box::new(Each {
            list: self.objects(list),
            register,
            test,
        }))
    }

    fn path(&mut self, node: &Node) -> Path {
        match self.own_path(node) {
            Some(path) => path,
            None => self
                .variable(node)
                .unwrap_or_else(|| Path::Tree(Box::new(self.tree(node)))),
        }
    }

    /// Where a part that is more than a variable leads to.
    fn own_path(&mut self, node: &Node) -> Form<Path> {
        match &node.kind {
            Kind::Feature(of, feature) if is_object(&of.ty) => {
                let step = self.step(of, *feature)?;
                Some(Path::Reference(Box::new(step)))
            }
            Kind::Container(of, class) if is_object(&of.ty) => {
                let classes = self.conforming(&Type::Class(*class));
                Some(Path::Container(Box::new((self.path(of), classes))))
            }
            Kind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let condition = self.test(condition);
                let branches = (condition, self.path(then), self.path(otherwise));
                Some(Path::If(Box::new(branches)))
            }
            Kind::Call(call) if !call.each => self.chosen(call),
            _ => None,
        }
    }

    fn step(&mut self, of: &Node, feature: FeatureId) -> Form<Step> {
        let at = self.lookup(feature)?;
        let of = self.path(of);
        let kept = self.keep(&of, feature);
        Some(Step { of, at, kept })
    }

    fn chosen(&mut self, call: &CallNode) -> Form<Path> {
        match (call.operation.name, &call.arguments[..]) {
            ("asType", [Argument::Type(ty)]) if is_object(&call.receiver.ty) => {
                let classes = self.conforming(ty);
                Some(Path::As(Box::new((self.path(&call.receiver), classes))))
            }
            ("any", [Argument::Body(body)]) if is_of_objects(call) => {
                Some(Path::Any(self.each(&call.receiver, body)?))
            }
            _ => None,
        }
    }

    fn objects(&mut self, node: &Node) -> Objects {
        if is_object(&node.ty) {
            return Objects::One(Box::new(self.path(node)));
        }
        match self.own_objects(node) {
            Some(objects) => objects,
            None => Objects::Tree(Box::new(self.tree(node))),
        }
    }

    fn own_objects(&mut self, node: &Node) -> Form<Objects> {
        if !is_object(node.ty.item()) {
            return None;
        }
        match &node.kind {
            Kind::Extent(class) => Some(Objects::Extent(*class)),
            Kind::Feature(of, feature) => self.targets(of, *feature),
            Kind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let condition = self.test(condition);
                let branches = (condition, self.objects(then), self.objects(otherwise));
                Some(Objects::If(Box::new(branches)))
            }
            Kind::Call(call) if !call.each => self.chosen_list(call),
            _ => None,
        }
    }

    fn targets(&mut self, of: &Node, feature: FeatureId) -> Form<Objects> {
        let is_many = self.metamodel.feature(feature).is_many();
        if is_object(&of.ty) {
            let step = self.step(of, feature).filter(|_| is_many)?;
            return Some(Objects::Targets(Box::new(step)));
        }
        let lookup = self.lookup(feature)?;
        if !is_object(of.ty.item()) {
            return None;
        }
        let all = Box::new((self.objects(of), lookup));
        Some(if is_many {
            Objects::AllTargets(all)
        } else {
            Objects::AllOnes(all)
        })
    }

    fn chosen_list(&mut self, call: &CallNode) -> Form<Objects> {
        let list = &call.receiver;
        if !is_of_objects(call) {
            return None;
        }
        match (call.operation.name, &call.arguments[..]) {
            ("select", [Argument::Body(body)]) => {
                Some(Objects::Filtered(self.each(list, body)?, true))
            }
            ("reject", [Argument::Body(body)]) => {
                Some(Objects::Filtered(self.each(list, body)?, false))
            }
            ("collect", [Argument::Body(body)]) => {
                let (register, body) = self.with_register(|plan| plan.objects(body))?;
                let list = self.objects(list);
                Some(Objects::Collected(Box::new(Collected {
                    list,
                    register,
                    body,
                })))
            }
            ("filter", [Argument::Type(ty)]) if is_object(ty) => {
                let classes = self.conforming(ty);
                Some(Objects::OfKind(Box::new((self.objects(list), classes))))
            }
            ("asSequence", []) => Some(self.objects(list)),
            _ => None,
        }
    }

    fn word(&mut self, node: &Node) -> Word {
        match &node.kind {
            Kind::Literal(Value::Integer(n)) => return Word::Literal(*n),
            Kind::Literal(Value::Boolean(truth)) => return Word::Literal(i64::from(*truth)),
            Kind::Literal(Value::Enum(_, literal)) => return Word::Literal(i64::from(*literal)),
            Kind::Call(call) if call.operation.name == "size" && is_of_objects(call) => {
                return Word::Size(Box::new(self.objects(&call.receiver)));
            }
            _ => {}
        }
        match self.attribute(node) {
            Some(attribute) => Word::Attribute(attribute),
            None => Word::Tree(Box::new(self.tree(node))),
        }
    }

    fn text(&mut self, node: &Node) -> Text {
        match &node.kind {
            Kind::Literal(Value::String(text)) => Text::Literal(text.clone()),
            _ => match self.own_text(node) {
                Some(text) => text,
                None => Text::Tree(Box::new(self.tree(node))),
            },
        }
    }

    fn own_text(&mut self, node: &Node) -> Form<Text> {
        self.attribute(node).map(Text::Attribute)
    }

    /// An attribute of an object.
    fn attribute(&mut self, node: &Node) -> Form<Box<(Path, Lookup)>> {
        match &node.kind {
            Kind::Feature(of, feature) if is_object(&of.ty) => {
                let lookup = self.lookup(*feature)?;
                Some(Box::new((self.path(of), lookup)))
            }
            _ => None,
        }
    }

    fn lookup(&self, feature: FeatureId) -> Form<Lookup> {
        Lookup::of(feature, self.metamodel)
    }

    fn conforming(&self, ty: &Type) -> Classes {
        let of = |class| {
            let mut wanted = ty.classes().iter();
            wanted.any(|w| self.metamodel.conforms(class, *w))
        };
        self.classes(of)
    }

    fn exactly(&self, ty: &Type) -> Classes {
        self.classes(|class| ty.classes().contains(&class))
    }

    fn classes(&self, of: impl Fn(ClassId) -> bool) -> Classes {
        self.metamodel
            .classes()
            .map(|(class, _)| of(class))
            .collect()
    }

    /// Compiles something with one more register; `None` where there are too many.
    fn with_register<T>(&mut self, with: impl FnOnce(&mut Self) -> T) -> Form<(Register, T)> {
        let number = self.registers();
        if number >= REGISTERS {
            return None;
        }
        let around = std::mem::take(&mut self.asked);
        self.next += 1;
        let made = with(self);
        self.next -= 1;
        let kept = self.no_longer_kept(number);
        let asked = std::mem::replace(&mut self.asked, around);
        self.asked |= asked & !(1 << number);
        let register = Register {
            number,
            kept,
            asked,
        };
        Some((register, made))
    }
}

/// Whether values are objects that can be looked into.
fn is_object(ty: &Type) -> bool {
    matches!(ty, Type::Class(_) | Type::OneOf(_))
}

/// Whether a call is about a list of objects as a whole.
fn is_of_objects(call: &CallNode) -> bool {
    let of_list = call.operation.receiver == Receiver::List && !call.each;
    of_list && is_object(call.receiver.ty.item())
}

/// Whether values are whole numbers or are numbered.
fn is_word(ty: &Type) -> bool {
    matches!(ty, Type::Integer | Type::Boolean | Type::Enum(_))
}

fn is_null(node: &Node) -> bool {
    matches!(node.kind, Kind::Literal(Value::Null))
}

fn is_text(node: &Node) -> bool {
    node.ty == Type::String || is_null(node)
}
