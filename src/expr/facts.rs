//! What a condition says, as far as a look at its text tells: whether it can hold, alone or together with others.
//!
//! A condition becomes a choice of sets of facts, each about a path such as `a.type`. Two facts exclude each other where
//! no value has both: `= 1` and `= 2`, `isKindOf(A)` and `isKindOf(B)` of unrelated classes, a truth and its opposite.
//! What is not understood counts as something that may be true.

use super::Expression;
use super::node::{Argument, Kind, Node};
use super::order::compare;
use super::syntax::{Binary, Unary};
use crate::metamodel::{ClassId, Metamodel};
use crate::model::Value;

/// More alternatives than these are not looked at.
const MAX_CHOICES: usize = 64;

/// What conditions that must hold together come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// They exclude each other.
    Never,
    /// There are values for which all hold.
    Possible,
    /// Nobody knows without running them.
    Unknown,
}

/// Whether there can be an element for which all these conditions hold.
///
/// Variables are the same where their positions are, so the conditions of two rules can be asked together.
pub fn together(conditions: &[&Expression], metamodel: &Metamodel) -> Together {
    let mut choices = vec![Facts::default()];
    for condition in conditions {
        let own = choices_of(&condition.root, Truth::Holds);
        choices = product(&choices, &own);
    }
    let mut possible = choices
        .iter()
        .filter(|c| !c.contradicts(metamodel))
        .peekable();
    if possible.peek().is_none() {
        return Together::Never;
    }
    if possible.any(|c| c.unknown == 0) {
        Together::Possible
    } else {
        Together::Unknown
    }
}

/// Whether a condition is to be true or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    Holds,
    Fails,
}

impl Truth {
    fn opposite(self) -> Self {
        match self {
            Self::Holds => Self::Fails,
            Self::Fails => Self::Holds,
        }
    }
}

/// Facts that hold together.
#[derive(Clone, Debug, Default)]
struct Facts {
    known: Vec<(String, Fact)>,
    unknown: usize,
}

/// What is said about one path.
#[derive(Clone, Debug)]
enum Fact {
    Is(Value),
    IsNot(Value),
    /// Less than a value, or equal to it.
    Below(Value, Ends),
    /// More than a value, or equal to it.
    Above(Value, Ends),
    Kind(ClassId),
    NotKind(ClassId),
    Empty,
    NotEmpty,
}

/// Whether a bound belongs to what it bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Included,
    Excluded,
}

impl Facts {
    fn one(path: Option<String>, fact: Fact) -> Vec<Self> {
        vec![match path {
            Some(path) => Self {
                known: vec![(path, fact)],
                unknown: 0,
            },
            None => Self {
                known: Vec::new(),
                unknown: 1,
            },
        }]
    }

    fn unknown() -> Vec<Self> {
        Self::one(None, Fact::Empty)
    }

    fn contradicts(&self, metamodel: &Metamodel) -> bool {
        let pairs = self.known.iter().enumerate();
        pairs.into_iter().any(|(at, (path, fact))| {
            let others = self.known[at + 1..].iter().filter(|(p, _)| p == path);
            others.into_iter().any(|(_, other)| {
                excludes(fact, other, metamodel) || excludes(other, fact, metamodel)
            })
        })
    }
}

/// Whether no value has both facts; asked both ways round.
fn excludes(one: &Fact, other: &Fact, metamodel: &Metamodel) -> bool {
    use Fact as F;
    match (one, other) {
        (F::Is(a), F::Is(b)) => compare(a, b).is_ne(),
        (F::Is(a), F::IsNot(b)) => compare(a, b).is_eq(),
        (F::Is(a), F::Below(b, ends)) => {
            let order = compare(a, b);
            order.is_gt() || (order.is_eq() && *ends == Ends::Excluded)
        }
        (F::Is(a), F::Above(b, ends)) => {
            let order = compare(a, b);
            order.is_lt() || (order.is_eq() && *ends == Ends::Excluded)
        }
        (F::Below(a, one), F::Above(b, other)) => {
            let order = compare(a, b);
            let both = *one == Ends::Included && *other == Ends::Included;
            order.is_lt() || (order.is_eq() && !both)
        }
        (F::Kind(a), F::Kind(b)) => !metamodel
            .classes()
            .any(|(c, _)| metamodel.conforms(c, *a) && metamodel.conforms(c, *b)),
        (F::Kind(a), F::NotKind(b)) => metamodel.conforms(*a, *b),
        (F::Kind(_), F::Is(Value::Null)) | (F::Empty, F::NotEmpty) => true,
        _ => false,
    }
}

fn product(left: &[Facts], right: &[Facts]) -> Vec<Facts> {
    if left.len() * right.len() > MAX_CHOICES {
        return Facts::unknown();
    }
    let mut all = Vec::new();
    for one in left {
        for other in right {
            let mut facts = one.clone();
            facts.known.extend(other.known.iter().cloned());
            facts.unknown += other.unknown;
            all.push(facts);
        }
    }
    all
}

fn either(mut left: Vec<Facts>, right: Vec<Facts>) -> Vec<Facts> {
    left.extend(right);
    if left.len() > MAX_CHOICES {
        return Facts::unknown();
    }
    left
}

/// The sets of facts of which one holds where the condition is as wanted.
fn choices_of(node: &Node, truth: Truth) -> Vec<Facts> {
    let holds = truth == Truth::Holds;
    match &node.kind {
        Kind::Literal(Value::Boolean(b)) if *b == holds => vec![Facts::default()],
        Kind::Literal(Value::Boolean(_)) => Vec::new(),
        Kind::Unary(Unary::Not, operand) => choices_of(operand, truth.opposite()),
        Kind::Binary(operator, left, right) => binary(*operator, [left, right], truth),
        Kind::Call(call) => {
            let path = path(&call.receiver);
            let fact = match (call.operation.name, &call.arguments[..], holds) {
                ("isKindOf", [Argument::Type(super::Type::Class(class))], true) => {
                    Fact::Kind(*class)
                }
                ("isKindOf", [Argument::Type(super::Type::Class(class))], false) => {
                    Fact::NotKind(*class)
                }
                ("isEmpty", [], true) | ("notEmpty", [], false) => Fact::Empty,
                ("isEmpty", [], false) | ("notEmpty", [], true) => Fact::NotEmpty,
                _ => return truth_of(node, truth),
            };
            Facts::one(path, fact)
        }
        _ => truth_of(node, truth),
    }
}

/// A path that is itself true or false; null is false.
fn truth_of(node: &Node, truth: Truth) -> Vec<Facts> {
    let fact = match truth {
        Truth::Holds => Fact::Is(Value::Boolean(true)),
        Truth::Fails => Fact::IsNot(Value::Boolean(true)),
    };
    match path(node) {
        Some(path) => Facts::one(Some(path), fact),
        // The same text says the same, whatever it computes.
        None => vec![Facts {
            known: vec![(format!("{:?}", shape(node)), fact)],
            unknown: 1,
        }],
    }
}

fn binary(operator: Binary, [left, right]: [&Node; 2], truth: Truth) -> Vec<Facts> {
    use Binary as B;
    let of = |node, truth| choices_of(node, truth);
    match (operator, truth) {
        (B::And, Truth::Holds) | (B::Or, Truth::Fails) => {
            product(&of(left, truth), &of(right, truth))
        }
        (B::And, Truth::Fails) | (B::Or, Truth::Holds) => either(of(left, truth), of(right, truth)),
        (B::Implies, Truth::Holds) => either(of(left, Truth::Fails), of(right, Truth::Holds)),
        (B::Implies, Truth::Fails) => product(&of(left, Truth::Holds), &of(right, Truth::Fails)),
        (B::Xor, _) => Facts::unknown(),
        _ => comparison(operator, [left, right], truth),
    }
}

/// A path that is compared with a literal.
fn comparison(operator: Binary, sides: [&Node; 2], truth: Truth) -> Vec<Facts> {
    use Binary as B;
    let [left, right] = sides;
    let (operator, of, value) = match (&left.kind, &right.kind) {
        (_, Kind::Literal(value)) => (operator, left, value.clone()),
        (Kind::Literal(value), _) => (mirrored(operator), right, value.clone()),
        _ => return Facts::unknown(),
    };
    let holds = truth == Truth::Holds;
    let fact = match (operator, holds) {
        (B::Equal, true) | (B::Unequal, false) => Fact::Is(value),
        (B::Equal, false) | (B::Unequal, true) => Fact::IsNot(value),
        (B::Less, true) | (B::GreaterOrEqual, false) => Fact::Below(value, Ends::Excluded),
        (B::LessOrEqual, true) | (B::Greater, false) => Fact::Below(value, Ends::Included),
        (B::Greater, true) | (B::LessOrEqual, false) => Fact::Above(value, Ends::Excluded),
        (B::GreaterOrEqual, true) | (B::Less, false) => Fact::Above(value, Ends::Included),
        _ => return Facts::unknown(),
    };
    Facts::one(path(of), fact)
}

fn mirrored(operator: Binary) -> Binary {
    use Binary as B;
    match operator {
        B::Less => B::Greater,
        B::LessOrEqual => B::GreaterOrEqual,
        B::Greater => B::Less,
        B::GreaterOrEqual => B::LessOrEqual,
        other => other,
    }
}

/// The text of a path from a variable over features, by positions and identities.
fn path(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Variable(position) => Some(format!("${position}")),
        Kind::Feature(of, feature) => Some(format!("{}.{}", path(of)?, feature.0)),
        Kind::Container(of, class) => Some(format!("{}^{}", path(of)?, class.0)),
        Kind::Call(call) if call.arguments.is_empty() => {
            let name = call.operation.name;
            Some(format!("{}->{name}", path(&call.receiver)?))
        }
        Kind::Call(call) if call.operation.name == "asType" => path(&call.receiver),
        _ => None,
    }
}

/// A node without the places of its parts, so that the same text in two files is the same.
fn shape(node: &Node) -> Shape {
    let mut parts = Vec::new();
    let name = match &node.kind {
        Kind::Literal(value) => format!("{value:?}"),
        Kind::Variable(position) => format!("${position}"),
        Kind::Extent(class) => format!("all {}", class.0),
        Kind::ExtentIn(class, input) => format!("all {} of {input}", class.0),
        Kind::Feature(of, feature) => {
            parts.push(shape(of));
            format!(".{}", feature.0)
        }
        Kind::Container(of, class) => {
            parts.push(shape(of));
            format!("^{}", class.0)
        }
        Kind::Call(call) => {
            parts.push(shape(&call.receiver));
            for argument in &call.arguments {
                parts.push(match argument {
                    Argument::Value(node) | Argument::Body(node) => shape(node),
                    Argument::Type(ty) => Shape(format!("{ty:?}"), Vec::new()),
                });
            }
            call.operation.name.to_owned()
        }
        Kind::Unary(operator, operand) => {
            parts.push(shape(operand));
            format!("{operator:?}")
        }
        Kind::Binary(operator, left, right) => {
            parts.extend([shape(left), shape(right)]);
            format!("{operator:?}")
        }
        Kind::List(members) => {
            parts.extend(members.iter().map(shape));
            "list".to_owned()
        }
        Kind::If(branches) => {
            parts.extend(branches.iter().map(shape));
            "if".to_owned()
        }
        Kind::Let(value, body) => {
            parts.extend([shape(value), shape(body)]);
            "let".to_owned()
        }
        Kind::Range(ends) => {
            parts.extend(ends.iter().map(shape));
            "range".to_owned()
        }
        Kind::OneOf(of, features) => {
            parts.push(shape(of));
            format!(".{features:?}")
        }
        Kind::ClassName(of) => {
            parts.push(shape(of));
            "class name".to_owned()
        }
        Kind::Helper(call) => {
            parts.extend(call.receiver.iter().chain(&call.arguments).map(shape));
            format!("helper {}", call.helper)
        }
        Kind::Widen(of) => return shape(of),
        Kind::Planned(planned) => return shape(&planned.node),
        Kind::Target(..) | Kind::Apply(..) => format!("{:?}", node.range),
    };
    Shape(name, parts)
}

/// What a node is, and its parts.
#[derive(Debug)]
#[expect(dead_code, reason = "its text is compared")]
struct Shape(String, Vec<Shape>);
