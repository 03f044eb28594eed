//! The syntax tree that the parser makes and the checker reads; every part knows its bytes.

use std::ops::Range;
use std::sync::Arc;

/// A name and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: Arc<str>,
    pub(super) range: Range<usize>,
}

/// Names joined by `::`.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) words: Vec<Word>,
}

impl Path {
    pub(super) fn text(&self) -> String {
        let words: Vec<&str> = self.words.iter().map(|w| &*w.text).collect();
        words.join("::")
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.words[0].range.start..self.last().range.end
    }

    pub(super) fn last(&self) -> &Word {
        &self.words[self.words.len() - 1]
    }
}

/// A type as it is written.
#[derive(Clone, Debug)]
pub(super) struct TypeTree {
    pub(super) kind: TypeTreeKind,
    pub(super) range: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum TypeTreeKind {
    Named(Path),
    /// `{A | B}`.
    OneOf(Vec<Path>),
    /// `Sequence(T)` or `T[*]`.
    List(Box<TypeTree>),
}

/// An expression.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) kind: TreeKind,
    pub(super) range: Range<usize>,
    /// How many levels it has.
    pub(super) depth: usize,
}

#[derive(Clone, Debug)]
pub(super) enum TreeKind {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    String(Arc<str>),
    List(Vec<Tree>),
    /// `[first..last]`.
    Range(Box<[Tree; 2]>),
    Path(Path),
    Navigate {
        of: Box<Tree>,
        name: Word,
    },
    Call(Box<CallTree>),
    /// `name(arguments)`.
    Function {
        name: Path,
        arguments: Vec<ArgumentTree>,
    },
    Unary(Unary, Box<Tree>),
    Binary {
        operator: Binary,
        left: Box<Tree>,
        right: Box<Tree>,
    },
    If {
        condition: Box<Tree>,
        then: Box<Tree>,
        otherwise: Box<Tree>,
    },
    Let {
        name: Word,
        ty: Option<TypeTree>,
        value: Box<Tree>,
        body: Box<Tree>,
    },
}

/// `receiver.name(arguments)` or `receiver->name(arguments)`.
#[derive(Clone, Debug)]
pub(super) struct CallTree {
    pub(super) of: Tree,
    pub(super) access: Access,
    pub(super) name: Word,
    pub(super) arguments: Vec<ArgumentTree>,
}

/// What joins a call to its receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Dot,
    Arrow,
}

#[derive(Clone, Debug)]
pub(super) enum ArgumentTree {
    Value(Tree),
    /// A type that no value is written like; a path is a value until the operation is known.
    Type(TypeTree),
    /// `x | body` or `x : Type | body`.
    Lambda {
        name: Word,
        ty: Option<TypeTree>,
        body: Tree,
    },
    /// `x; result = start | body`.
    Fold(Box<FoldTree>),
}

/// The argument of `iterate`: a name for the member, and one for the result so far, which begins with a value.
#[derive(Clone, Debug)]
pub(super) struct FoldTree {
    pub(super) member: Word,
    pub(super) ty: Option<TypeTree>,
    pub(super) result: Word,
    pub(super) result_ty: Option<TypeTree>,
    pub(super) start: Tree,
    pub(super) body: Tree,
}

impl ArgumentTree {
    /// How many levels it has.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Value(tree) | Self::Lambda { body: tree, .. } => tree.depth,
            Self::Type(_) => 1,
            Self::Fold(fold) => fold.start.depth.max(fold.body.depth),
        }
    }

    pub(super) fn range(&self) -> Range<usize> {
        match self {
            Self::Value(tree) => tree.range.clone(),
            Self::Type(ty) => ty.range.clone(),
            Self::Lambda { name, body, .. } => name.range.start..body.range.end,
            Self::Fold(fold) => fold.member.range.start..fold.body.range.end,
        }
    }
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Not,
    Minus,
}

/// An operator between its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Implies,
    Or,
    Xor,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Div,
    Mod,
}

/// Every binary operator with its text and how tightly it binds.
const BINARY: &[(Binary, &str, u8)] = &[
    (Binary::Implies, "implies", 1),
    (Binary::Or, "or", 2),
    (Binary::Xor, "xor", 3),
    (Binary::And, "and", 4),
    (Binary::Equal, "=", COMPARISON),
    (Binary::Unequal, "<>", COMPARISON),
    (Binary::Less, "<", COMPARISON),
    (Binary::LessOrEqual, "<=", COMPARISON),
    (Binary::Greater, ">", COMPARISON),
    (Binary::GreaterOrEqual, ">=", COMPARISON),
    (Binary::Add, "+", 6),
    (Binary::Subtract, "-", 6),
    (Binary::Multiply, "*", 7),
    (Binary::Divide, "/", 7),
    (Binary::Div, "div", 7),
    (Binary::Mod, "mod", 7),
];

/// How tightly comparisons bind; `not` takes everything up to here, so that `not a = b` means `not (a = b)`.
pub(super) const COMPARISON: u8 = 5;
/// How tightly a sign binds.
pub(super) const SIGN: u8 = 8;

impl Binary {
    /// The operator of a text and how tightly it binds.
    pub(super) fn find(text: &str) -> Option<(Self, u8)> {
        let row = BINARY.iter().find(|row| row.1 == text)?;
        Some((row.0, row.2))
    }

    /// Its text.
    pub(super) fn text(self) -> &'static str {
        BINARY
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.1)
    }
}
