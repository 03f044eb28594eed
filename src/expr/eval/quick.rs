//! Conditions and paths without values in between: most of what guards ask is whether a flag is set, what class the object
//! at the end of a path is of, or whether there is one.
//!
//! Each function answers what [`Evaluator::value`] would; what it does not know it leaves to that.

use std::mem::discriminant;

use super::{Evaluator, Held, Kind, Node};
use crate::expr::node::{Argument, CallNode};
use crate::expr::syntax::{Binary, Unary};
use crate::expr::{Failure, Type};
use crate::metamodel::{ClassId, EnumId, FeatureId};
use crate::model::{ObjectId, Scalar, SlotValue, Value};

/// Where a path of single objects leads.
pub(super) enum End {
    Object(ObjectId),
    Nothing,
    /// Nobody knows without the value.
    Unknown,
}

/// A value that is cheap to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaf {
    Boolean(bool),
    Integer(i64),
    Enum(EnumId, u32),
    Object(ObjectId),
}

impl Leaf {
    fn of(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Boolean(flag) => Some(Self::Boolean(flag)),
            Scalar::Integer(n) => Some(Self::Integer(n)),
            Scalar::Enum(id, literal) => Some(Self::Enum(id, literal)),
            Scalar::Real(_) => None,
        }
    }
}

impl<'e> Evaluator<'e> {
    /// Whether a condition is true; null is not.
    pub(in crate::expr) fn holds(&mut self, node: &'e Node) -> Result<bool, Failure> {
        use Binary as B;
        match &node.kind {
            Kind::Unary(Unary::Not, operand) => {
                self.charge(node, 1)?;
                Ok(!self.holds(operand)?)
            }
            Kind::Binary(operator, left, right) => match operator {
                B::And => Ok(self.holds(left)? && self.holds(right)?),
                B::Or => Ok(self.holds(left)? || self.holds(right)?),
                B::Implies => Ok(!self.holds(left)? || self.holds(right)?),
                B::Xor => Ok(self.holds(left)? != self.holds(right)?),
                B::Equal | B::Unequal if is_null(right) => {
                    let wanted = *operator == B::Equal;
                    match self.end(left) {
                        End::Object(_) => Ok(!wanted),
                        End::Nothing => Ok(wanted),
                        End::Unknown => self.truth(node),
                    }
                }
                _ => match self.compared(*operator, [left, right]) {
                    Some(holds) => Ok(holds),
                    None => self.truth(node),
                },
            },
            Kind::Feature(of, feature) if node.ty == Type::Boolean => {
                let End::Object(object) = self.end(of) else {
                    return self.truth(node);
                };
                if !object.is_knowledge()
                    && let Some(Scalar::Boolean(flag)) = self.context.model.scalar(object, *feature)
                {
                    self.context.reads.record(object, *feature);
                    return Ok(flag);
                }
                self.truth(node)
            }
            Kind::Call(call) => match class_of(call, "isKindOf") {
                None if let Some(by) = call.stream.filter(|by| by.is_question()) => {
                    self.charge(node, 1)?;
                    self.decided(call, by)
                }
                Some(class) => match self.end(&call.receiver) {
                    End::Object(object) => Ok(self.is_of(object, class)),
                    End::Nothing => Ok(false),
                    End::Unknown => self.truth(node),
                },
                None => self.truth(node),
            },
            _ => self.truth(node),
        }
    }

    /// Whether two values compare as an operator says, where both are at the end of a path or written down.
    fn compared(&self, operator: Binary, [left, right]: [&'e Node; 2]) -> Option<bool> {
        let (left, right) = (self.leaf(left)?, self.leaf(right)?);
        match (operator, left, right) {
            (Binary::Equal, a, b) if discriminant(&a) == discriminant(&b) => Some(a == b),
            (Binary::Unequal, a, b) if discriminant(&a) == discriminant(&b) => Some(a != b),
            (Binary::Less, Leaf::Integer(a), Leaf::Integer(b)) => Some(a < b),
            (Binary::LessOrEqual, Leaf::Integer(a), Leaf::Integer(b)) => Some(a <= b),
            (Binary::Greater, Leaf::Integer(a), Leaf::Integer(b)) => Some(a > b),
            (Binary::GreaterOrEqual, Leaf::Integer(a), Leaf::Integer(b)) => Some(a >= b),
            _ => None,
        }
    }

    fn leaf(&self, node: &'e Node) -> Option<Leaf> {
        if matches!(node.ty, Type::Class(_)) {
            return match self.end(node) {
                End::Object(object) => Some(Leaf::Object(object)),
                End::Nothing | End::Unknown => None,
            };
        }
        match &node.kind {
            Kind::Literal(Value::Integer(n)) => Some(Leaf::Integer(*n)),
            Kind::Literal(Value::Enum(id, literal)) => Some(Leaf::Enum(*id, *literal)),
            Kind::Literal(Value::Boolean(flag)) => Some(Leaf::Boolean(*flag)),
            Kind::Feature(of, feature) if !node.ty.is_list() => {
                let End::Object(object) = self.end(of) else {
                    return None;
                };
                if object.is_knowledge() {
                    return None;
                }
                let leaf = Leaf::of(self.context.model.scalar(object, *feature)?);
                self.context.reads.record(object, *feature);
                leaf
            }
            _ => None,
        }
    }

    fn truth(&mut self, node: &'e Node) -> Result<bool, Failure> {
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

    /// The object at the end of a path, or of the one that a condition chooses.
    pub(in crate::expr) fn object_at(&mut self, node: &'e Node) -> Option<ObjectId> {
        let mut node = node;
        while let Kind::If(parts) = &node.kind {
            let [condition, then, otherwise] = &**parts;
            node = if self.holds(condition).ok()? {
                then
            } else {
                otherwise
            };
        }
        match self.end(node) {
            End::Object(object) => Some(object),
            End::Nothing | End::Unknown => None,
        }
    }

    /// Where a path of single objects leads.
    #[inline]
    pub(super) fn end(&self, node: &'e Node) -> End {
        let Kind::Variable(position) = &node.kind else {
            return self.end_of_path(node);
        };
        match self.peek(*position) {
            Some(Value::Object(object)) => End::Object(*object),
            Some(Value::Null) => End::Nothing,
            _ => End::Unknown,
        }
    }

    fn end_of_path(&self, node: &'e Node) -> End {
        match &node.kind {
            Kind::Feature(of, feature) if matches!(node.ty, Type::Class(_)) => {
                let End::Object(object) = self.end(of) else {
                    return End::Unknown;
                };
                match self.seen(object, *feature) {
                    Some(SlotValue::Object(target)) => End::Object(target),
                    Some(_) => End::Unknown,
                    None if object.is_knowledge() => End::Unknown,
                    // It may be the container that is asked for.
                    None => match self.context.reach().get(object, *feature) {
                        Value::Object(target) => End::Object(target),
                        _ => End::Unknown,
                    },
                }
            }
            Kind::Container(of, class) => match self.end(of) {
                End::Object(object) => match self.container_of(object) {
                    Some(container) if self.is_of(container, *class) => End::Object(container),
                    _ => End::Unknown,
                },
                _ => End::Unknown,
            },
            Kind::Call(call) => match (class_of(call, "asType"), self.end(&call.receiver)) {
                (Some(class), End::Object(object)) if self.is_of(object, class) => {
                    End::Object(object)
                }
                _ => End::Unknown,
            },
            _ => End::Unknown,
        }
    }

    /// The value of a slot of the model itself, without a copy.
    #[inline]
    pub(super) fn seen(&self, object: ObjectId, feature: FeatureId) -> Option<SlotValue<'e>> {
        if object.is_knowledge() {
            return None;
        }
        self.context.reads.record(object, feature);
        self.context.model.see(object, feature)
    }

    #[inline]
    fn is_of(&self, object: ObjectId, class: ClassId) -> bool {
        let reach = self.context.reach();
        reach.metamodel().conforms(reach.class(object), class)
    }
}

fn is_null(node: &Node) -> bool {
    matches!(node.kind, Kind::Literal(Value::Null))
}

/// The class of `x.operation(Class)`.
#[inline]
fn class_of(call: &CallNode, operation: &str) -> Option<ClassId> {
    match &call.arguments[..] {
        [Argument::Type(Type::Class(class))] if !call.each && call.operation.name == operation => {
            Some(*class)
        }
        _ => None,
    }
}
