//! Plans: what expressions ask of objects, compiled to forms that give truths, objects and lists of objects without
//! values in between.
//!
//! Most of what guards, constraints and bindings ask is where a path of references leads, whether a list has a member of
//! a kind, and whether two scalars are the same. [`lower()`] looks for the largest such parts of a typed tree and puts a
//! [`Planned`] in their place, which has the plan and the tree. Variables that a plan binds itself are numbered
//! registers, the slot of a feature is found by the class of its object ([`Lookup`]), and parts that have no such form
//! are evaluated as trees from inside it.
//!
//! An answer that inner parts ask for again and again, as `s.monitors` in
//! `s.monitors->exists(a | a.next->forAll(b | s.monitors->includes(b)))`, is looked up once for each `s`.
//!
//! A plan is exact or gives up: where it meets what it has no form for (an object of another file, null where a number
//! is needed, no more steps), the tree is evaluated from the start, which also says what is wrong. What a plan reads, it
//! records as the tree would. The idea is that of query compilation in databases (Neumann, "Efficiently Compiling
//! Efficient Query Plans", 2011), with typed forms that are walked in place of machine code.

mod compile;
mod lower;
mod reads;

pub(super) use lower::lower;
pub(super) use reads::reads_where_true;

use std::sync::Arc;

use super::node::Node;
use super::syntax::Binary;
use crate::metamodel::ClassId;
use crate::model::Lookup;

/// How many variables a plan may bind inside one another.
pub(super) const REGISTERS: usize = 16;

/// A part of a tree that has a plan.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// The tree, for whatever the plan has no form for.
    pub(super) node: Node,
    /// How many parts are inside one another.
    pub(super) depth: usize,
    /// How many answers are kept.
    pub(super) kept: usize,
}

impl PartialEq for Planned {
    /// What is planned is what the tree says.
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

/// What a part of a tree is compiled to, by what it gives.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    /// Always true or false.
    Truth(Test),
    /// A condition, which may be null where it is asked for as a value.
    Condition(Test),
    /// An object, or null.
    Object(Path),
    Objects(Objects),
    /// A number of members.
    Size(Objects),
    /// Text of the model itself, or null.
    Text(Text),
    /// What an attribute of numbers or literals has, or null.
    Scalar(Box<(Path, Lookup)>),
}

/// Something that holds or does not.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Constant(bool),
    Not(Box<Test>),
    /// Whether all hold, of which later ones are not asked once one does not.
    All(Box<[Test]>),
    Or(Box<[Test; 2]>),
    Implies(Box<[Test; 2]>),
    Xor(Box<[Test; 2]>),
    If(Box<[Test; 3]>),
    /// Whether a truth value is set.
    Flag(Path, Box<Lookup>),
    /// Whether there is no object.
    Missing(Path),
    /// Whether two are the same object, or both none.
    Same(Box<[Path; 2]>),
    /// Whether two whole numbers, or two literals, compare so.
    Words(Comparison, Box<[Word; 2]>),
    /// Whether two texts compare so.
    Texts(Comparison, Box<[Text; 2]>),
    /// Whether there is an object, of one of these classes.
    Kind(Path, Classes),
    /// Whether the members of a list are so.
    Members(Quantifier, Box<Each>),
    Empty(Objects),
    Includes(Box<(Objects, Path)>),
    /// Whatever has no form of its own: true where its value is.
    Tree(Box<Tree>),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn of(operator: Binary) -> Option<Self> {
        Some(match operator {
            Binary::Equal => Self::Equal,
            Binary::Unequal => Self::Unequal,
            Binary::Less => Self::Less,
            Binary::LessOrEqual => Self::LessOrEqual,
            Binary::Greater => Self::Greater,
            Binary::GreaterOrEqual => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// Whether it holds; nothing is less or more than null.
    #[inline]
    pub(super) fn holds<T: Ord>(self, left: Option<T>, right: Option<T>) -> Option<bool> {
        match self {
            Self::Equal => return Some(left == right),
            Self::Unequal => return Some(left != right),
            _ => {}
        }
        let order = left?.cmp(&right?);
        Some(match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            _ => order.is_ge(),
        })
    }
}

/// By class, whether it is one of some.
pub(super) type Classes = Box<[bool]>;

/// Of which members something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    Exists,
    ForAll,
}

/// A list, and a test of each of its members, which is in a register meanwhile.
#[derive(Clone, Debug)]
pub(super) struct Each {
    pub(super) list: Objects,
    pub(super) register: Register,
    pub(super) test: Test,
}

/// A variable that a plan binds.
#[derive(Clone, Debug)]
pub(super) struct Register {
    pub(super) number: usize,
    /// The answers about its object that are kept as long as it has that.
    pub(super) kept: Box<[usize]>,
    /// What is asked for where it is bound: a bit for each register, and one for variables from outside.
    pub(super) asked: u32,
}

/// The bit that says that variables from outside are asked for.
pub(super) const OUTSIDE: u32 = 1 << REGISTERS;

/// A step from an object along a reference. Where it is asked for more often than the object changes, its answer is
/// kept, by a number.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) of: Path,
    pub(super) at: Lookup,
    pub(super) kept: Option<usize>,
}

/// Where an object is found, if there is one.
#[derive(Clone, Debug)]
pub(super) enum Path {
    /// A variable that the plan binds.
    Register(usize),
    /// A variable from outside of the expression.
    Outer(usize),
    /// A variable of the expression, or of the helper, that something around the plan binds.
    Inner(usize),
    /// Where a reference of at most one points at.
    Reference(Box<Step>),
    /// The container, if it is of one of these classes.
    Container(Box<(Path, Classes)>),
    /// The object as one of these classes, which it has to be of.
    As(Box<(Path, Classes)>),
    If(Box<(Test, Path, Path)>),
    /// The first member for which a test holds.
    Any(Box<Each>),
    Tree(Box<Tree>),
}

/// A list of objects, whose members are found one by one.
#[derive(Clone, Debug)]
pub(super) enum Objects {
    /// All instances of a class.
    Extent(ClassId),
    /// The targets of a reference of many.
    Targets(Box<Step>),
    /// The targets of a reference of all members.
    AllTargets(Box<(Objects, Lookup)>),
    /// The targets of a reference of at most one, of all members.
    AllOnes(Box<(Objects, Lookup)>),
    /// One object or none.
    One(Box<Path>),
    /// The members for which a test has that result.
    Filtered(Box<Each>, bool),
    /// Those of a list that is found for each member, which is in a register meanwhile.
    Collected(Box<Collected>),
    /// The members of these classes.
    OfKind(Box<(Objects, Classes)>),
    If(Box<(Test, Objects, Objects)>),
    Tree(Box<Tree>),
}

#[derive(Clone, Debug)]
pub(super) struct Collected {
    pub(super) list: Objects,
    pub(super) register: Register,
    pub(super) body: Objects,
}

/// A whole number, a truth value or a literal of an enum, as a number; or null.
#[derive(Clone, Debug)]
pub(super) enum Word {
    Literal(i64),
    Attribute(Box<(Path, Lookup)>),
    Size(Box<Objects>),
    Tree(Box<Tree>),
}

/// Text, or null.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Literal(Arc<str>),
    Attribute(Box<(Path, Lookup)>),
    Tree(Box<Tree>),
}

/// A part without a form of its own. It sees the plan's registers as variables.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) node: Node,
    /// How many parts are inside one another.
    pub(super) depth: usize,
    /// How many registers there are.
    pub(super) registers: usize,
}
