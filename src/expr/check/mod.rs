//! Static types: from the syntax tree to the typed tree, with every finding on the way.
//!
//! A part that was found wrong has no type (`None`), and nothing more is said about what depends on it.

mod call;
mod containment;
mod foreign;
mod helper;
mod iterator;
mod names;
mod narrow;
mod navigate;
mod operators;
mod rules;

pub(super) use containment::{
    Step, containers, direct, narrowed, parts, referrers, targets, transitive,
};
pub(super) use foreign::{NO_MAPS, NO_TUPLES};

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use super::node::{CallNode, Kind, Node};
use super::operations;
use super::syntax::{Tree, TreeKind, TypeTree, TypeTreeKind, Unary, Word};
use super::{Helpers, RuleTypes, Scope, Type};
use crate::diag::{Code, Diagnostic, Excerpt};
use crate::metamodel::{Metamodel, PackageId};
use crate::model::Value;

/// What is known of a tree that can be evaluated.
pub(super) struct Checked {
    pub(super) root: Node,
    /// What is odd about it.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Types a tree, or reports all that is wrong with it.
pub(super) fn check(
    tree: &Tree,
    excerpt: &Excerpt,
    scope: &Scope,
    metamodel: &Metamodel,
) -> Result<Checked, Vec<Diagnostic>> {
    let known = scope.iter().cloned();
    let mut checker = Checker {
        excerpt,
        metamodel,
        helpers: &scope.helpers,
        variables: known.map(|(name, ty)| (name, Some(ty))).collect(),
        rules: scope.rules().cloned(),
        packages: scope.packages().clone(),
        inputs: scope.inputs().clone(),
        found: Vec::new(),
        warnings: Vec::new(),
        oddities: RefCell::default(),
    };
    let root = checker.check(tree);
    match root {
        Some(root) if checker.found.is_empty() => Ok(Checked {
            root,
            warnings: checker.warnings,
        }),
        _ => Err(checker.found),
    }
}

/// What an operation or operator says about its operands.
#[derive(Debug)]
pub(super) struct Mistake {
    /// The argument that is wrong; without one it is the whole call.
    pub(super) argument: Option<usize>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Mistake {
    /// What is wrong with a whole call.
    pub(super) fn new(message: String) -> Self {
        Self {
            argument: None,
            message,
            hint: None,
        }
    }

    /// What is wrong with an argument.
    pub(super) fn at(index: usize, message: String) -> Self {
        Self {
            argument: Some(index),
            ..Self::new(message)
        }
    }
}

struct Checker<'a> {
    excerpt: &'a Excerpt,
    metamodel: &'a Metamodel,
    helpers: &'a Helpers,
    variables: Vec<(Arc<str>, Option<Type>)>,
    rules: Option<Arc<RuleTypes>>,
    /// Where names are looked for first.
    packages: Arc<[PackageId]>,
    /// The names of models that are told apart.
    inputs: Arc<[Arc<str>]>,
    found: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    /// What the rules of operations say about the call that is checked.
    oddities: RefCell<Vec<Mistake>>,
}

impl Checker<'_> {
    fn show(&self, ty: &Type) -> String {
        ty.display(self.metamodel)
    }

    fn diagnostic(
        &self,
        code: Code,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, self.excerpt.place(range), message)
    }

    /// Reports types that do not fit.
    fn mistyped<T>(&mut self, range: &Range<usize>, message: impl Into<String>) -> Option<T> {
        let finding = self.diagnostic(Code::ExpressionType, range.clone(), message);
        self.report(finding)
    }

    /// Reports what always gives the same.
    fn warn(&mut self, range: Range<usize>, message: String) -> &mut Diagnostic {
        let span = self.excerpt.place(range);
        self.warnings
            .push(Diagnostic::warning(Code::ExpressionOdd, span, message));
        let last = self.warnings.len() - 1;
        &mut self.warnings[last]
    }

    fn report<T>(&mut self, finding: Diagnostic) -> Option<T> {
        self.found.push(finding);
        None
    }

    fn check(&mut self, tree: &Tree) -> Option<Node> {
        let literal = |value, ty| Some((Kind::Literal(value), ty));
        let (kind, ty) = match &tree.kind {
            TreeKind::Null => literal(Value::Null, Type::Null),
            TreeKind::Boolean(b) => literal(Value::Boolean(*b), Type::Boolean),
            TreeKind::Integer(n) => literal(Value::Integer(*n), Type::Integer),
            TreeKind::Real(x) => literal(Value::Real(*x), Type::Real),
            TreeKind::String(text) => literal(Value::String(text.clone()), Type::String),
            TreeKind::List(members) => self.list(members),
            TreeKind::Range(ends) => self.range(ends),
            TreeKind::Path(path) => self.path(path),
            TreeKind::Navigate { of, name } => self.navigate(of, name),
            TreeKind::Call(call) => self.call(call, &tree.range),
            TreeKind::Function { name, arguments } => self.function(name, arguments),
            TreeKind::Unary(Unary::Not, operand) => self.negation(operand),
            TreeKind::Unary(Unary::Minus, operand) => self.minus(operand),
            TreeKind::Binary {
                operator,
                left,
                right,
            } => self.binary(*operator, left, right),
            TreeKind::If {
                condition,
                then,
                otherwise,
            } => self.conditional(condition, then, otherwise),
            TreeKind::Let { .. } => self.binding(tree),
        }?;
        let range = tree.range.clone();
        Some(Node { kind, ty, range })
    }

    fn list(&mut self, members: &[Tree]) -> Option<(Kind, Type)> {
        let nodes: Vec<Option<Node>> = members.iter().map(|m| self.check(m)).collect();
        let nodes: Vec<Node> = nodes.into_iter().collect::<Option<_>>()?;
        let mut item = Type::Null;
        for node in &nodes {
            let Some(common) = item.common(&node.ty, self.metamodel) else {
                let (one, other) = (self.show(&item), self.show(&node.ty));
                let message = format!("a list cannot have members of `{one}` and of `{other}`");
                return self.mistyped(&node.range, message);
            };
            item = common;
        }
        let nodes = nodes.into_iter().map(|n| n.widened(&item)).collect();
        Some((Kind::List(nodes), item.list()))
    }

    fn range(&mut self, [first, last]: &[Tree; 2]) -> Option<(Kind, Type)> {
        let ends = [self.check(first), self.check(last)];
        let [first, last] = ends;
        let ends = [first?, last?];
        if let Some(wrong) = ends.iter().find(|e| e.ty != Type::Integer) {
            let message = format!("`..` takes whole numbers, not `{}`", self.show(&wrong.ty));
            return self.mistyped(&wrong.range, message);
        }
        Some((Kind::Range(Box::new(ends)), Type::Integer.list()))
    }

    /// Checks what must be true or false.
    fn condition(&mut self, tree: &Tree, what: &str) -> Option<Node> {
        let node = self.check(tree)?;
        if !node.ty.conforms(&Type::Boolean, self.metamodel) {
            let message = format!("{what} must be Boolean, not `{}`", self.show(&node.ty));
            let mut finding = self.diagnostic(Code::ExpressionType, node.range.clone(), message);
            if node.ty.is_list() {
                finding = finding.hint("ask `->notEmpty()`");
            } else if matches!(node.kind, Kind::Literal(_)) {
                let text = &self.excerpt.text[node.range.clone()];
                finding = finding.hint(format!("write the whole comparison, such as `… = {text}`"));
            } else {
                finding = finding.hint("compare it: `… <> null`");
            }
            return self.report(finding);
        }
        Some(node)
    }

    fn conditional(&mut self, condition: &Tree, then: &Tree, other: &Tree) -> Option<(Kind, Type)> {
        let condition = self.condition(condition, "a condition");
        let narrow = condition.as_ref().map(narrow::of).unwrap_or_default();
        let then = self.within(narrow, |c| c.check(then));
        let other = self.check(other);
        let (condition, then, other) = (condition?, then?, other?);
        let Some(ty) = then.ty.common(&other.ty, self.metamodel) else {
            let (one, another) = (self.show(&then.ty), self.show(&other.ty));
            let message = format!("`then` gives `{one}`, `else` gives `{another}`");
            let finding = self.diagnostic(Code::ExpressionType, other.range.clone(), message);
            let made = |n: &Node| matches!(n.ty.item(), Type::Made(_));
            let read = |n: &Node| n.ty.item().is_object();
            let mixed = made(&then) && read(&other) || read(&then) && made(&other);
            return self.report(if mixed {
                finding.hint("say what a rule made of the other one too: `.target('Rule')`")
            } else {
                finding
            });
        };
        let (then, other) = (then.widened(&ty), other.widened(&ty));
        Some((Kind::If(Box::new([condition, then, other])), ty))
    }

    fn binding(&mut self, tree: &Tree) -> Option<(Kind, Type)> {
        let TreeKind::Let {
            name,
            ty,
            value,
            body,
        } = &tree.kind
        else {
            return None;
        };
        let value = self.check(value);
        let value = match ty {
            Some(written) => self.ascribed(value, written),
            None => value,
        };
        let body = self.with_variable(name, value.as_ref().map(|v| v.ty.clone()), body);
        let (value, body) = (value?, body?);
        let ty = body.ty.clone();
        Some((Kind::Let(Box::new(value), Box::new(body)), ty))
    }

    /// Gives a value the type that is written down for it.
    fn ascribed(&mut self, value: Option<Node>, written: &TypeTree) -> Option<Node> {
        let declared = self.type_of(written);
        let (value, declared) = (value?, declared?);
        if !value.ty.conforms(&declared, self.metamodel) {
            let (is, wanted) = (self.show(&value.ty), self.show(&declared));
            let message = format!("the value is `{is}`, not `{wanted}`");
            return self.mistyped(&value.range, message);
        }
        let mut value = value.widened(&declared);
        value.ty = declared;
        Some(value.written_as(written))
    }

    fn with_variable(&mut self, name: &Word, ty: Option<Type>, body: &Tree) -> Option<Node> {
        self.variables.push((name.text.clone(), ty));
        let body = self.check(body);
        self.variables.pop();
        body
    }
}

impl Node {
    /// Itself, without repetitions where the type that is written for it has none.
    fn written_as(self, written: &TypeTree) -> Self {
        match written.kind {
            TypeTreeKind::Set(_) => self.without_repetitions(),
            _ => self,
        }
    }

    /// The members of a list without repetitions.
    pub(super) fn without_repetitions(self) -> Self {
        let mut all = operations::named("asSet");
        let Some(operation) = all.next() else {
            return self;
        };
        let (ty, range) = (self.ty.clone(), self.range.clone());
        let call = CallNode {
            receiver: self,
            operation,
            arguments: Vec::new(),
            each: false,
        };
        let kind = Kind::Call(Box::new(call));
        Self { kind, ty, range }
    }

    /// Itself, or as a floating-point number where one is wanted.
    pub(super) fn widened(self, to: &Type) -> Self {
        if *to != Type::Real || self.ty != Type::Integer {
            return self;
        }
        let range = self.range.clone();
        Self {
            kind: Kind::Widen(Box::new(self)),
            ty: Type::Real,
            range,
        }
    }
}
