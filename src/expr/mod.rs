//! The expression language of rules, constraints and templates: a statically typed subset of AQL and OCL.
//!
//! [`compile`] lexes, parses and types the text of an [`Excerpt`] against a [`Metamodel`] and the variables of a
//! [`Scope`]; all findings point into the user's file. The [`Expression`] that comes out is evaluated over models of
//! that metamodel, any number of times and from any thread. [`compile_text`] does the same for text with `${…}`.
//!
//! A [`Context`] may have knowledge beside the model: `Class.all` has the instances of both, and navigation stays in
//! the one that it began in. Evaluation is total and deterministic: it ends in a [`Value`] or a located [`Failure`], never in a panic, and it
//! records every slot that it read in [`Reads`]. Nothing here knows YAML or templates.
//!
//! # What is special
//!
//! - Navigation from null gives null, navigation from a list gives the values of all members, without nulls and
//!   flattened by one level. Arithmetic and comparison with null fail. A null condition is false.
//! - `->` treats a single value as a list of one, null as the empty list. `.` on a list applies an operation to each
//!   member where their type has it, as AQL does: `titles.size()` are the lengths, `titles->size()` is their number.
//! - All collections are lists; positions count from 1. What is written as a `Set` or an `OrderedSet` has no
//!   repetitions when it is made.
//! - Where no name is written for the member of a list, names mean its features (`->select(price > 5)`).
//! - Types follow what is asked: behind `x.isKindOf(T) and` an `x` is a `T`.
//! - `not` takes a whole comparison: `not a = b` is `not (a = b)`.

pub mod acceleo;
mod check;
mod eval;
mod facts;
#[cfg(test)]
mod fixture;
mod follow;
mod helpers;
mod lexer;
mod memo;
mod multiplicity;
mod name;
mod node;
mod operations;
mod order;
mod parser;
mod path;
mod plan;
mod reads;
mod recall;
mod rules;
mod scope;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod types;
mod uses;

pub use eval::allow_levels;
pub use facts::{Together, together};
pub use helpers::{Helper, HelperDraft, Helpers};
pub use memo::Memo;
pub use multiplicity::Multiplicity;
pub use name::{check_names, name_flaw};
pub use operations::{OPERATIONS, Operation, Receiver, reference};
pub use order::Key;
pub use path::Step;
pub use reads::{Reads, Slot};
pub use recall::{Basis, Recall, Remembered};
pub use rules::{Lazy, RuleType, RuleTypes, Rules};
pub use scope::Scope;
pub use text::{Part, Text, compile_text};
pub use types::Type;

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Excerpt, Fix, Span};
use crate::metamodel::{FeatureId, Metamodel};
use crate::model::{Knowledge, Model, ObjectId, Reach, Value};

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The type of its values.
    pub ty: Type,
    /// Its text.
    pub excerpt: Excerpt,
    /// What is odd about it: parts that are always true, always false or always empty.
    pub warnings: Vec<Diagnostic>,
    root: Arc<node::Node>,
    /// The same with plans, to be evaluated.
    code: Arc<node::Node>,
    helpers: Arc<Helpers>,
    /// How many variables its scope has.
    variables: usize,
}

/// What an evaluation works on.
#[derive(Clone, Copy, Debug)]
pub struct Context<'m> {
    /// The model.
    pub model: &'m Model,
    /// What is known beside it.
    pub knowledge: Option<&'m Knowledge>,
    /// Where to record what is read.
    pub reads: &'m Reads,
    /// What the rules of a map transformation make, where expressions may ask for it.
    pub rules: Option<&'m dyn Rules>,
    /// What earlier evaluations over the same model found out.
    pub memo: Option<&'m Memo>,
}

impl<'m> Context<'m> {
    /// Evaluates over a model, and over the knowledge beside it where `from` reaches some.
    pub fn new(from: impl Into<Reach<'m>>, reads: &'m Reads) -> Self {
        let Reach { model, knowledge } = from.into();
        Self {
            model,
            knowledge,
            reads,
            rules: None,
            memo: None,
        }
    }

    /// Uses again what other evaluations over the same model found out.
    #[must_use]
    pub fn remembering(mut self, memo: &'m Memo) -> Self {
        self.memo = Some(memo);
        self
    }

    /// The model and what is known beside it: to ask of objects that an evaluation gave or read.
    pub fn reach(&self) -> Reach<'m> {
        Reach {
            model: self.model,
            knowledge: self.knowledge,
        }
    }
}

/// Why an evaluation has no value. It is rare and has one word, so that values are cheap to hand on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(Box<Reason>);

/// What a [`Failure`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The part of the expression that failed.
    pub span: Span,
    /// One sentence: lower case, no final period.
    pub message: String,
    /// The call of a helper in which it failed.
    pub called: Option<Span>,
    /// What can be done.
    pub hints: Vec<String>,
    /// Changes of the file that would resolve it, each of them by itself.
    pub fixes: Vec<Fix>,
}

impl Failure {
    /// What failed somewhere, as one sentence.
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self(Box::new(Reason {
            span,
            message: message.into(),
            called: None,
            hints: Vec::new(),
            fixes: Vec::new(),
        }))
    }

    /// Makes an error of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let message = self.message.clone();
        let mut finding = Diagnostic::error(Code::ExpressionFailure, self.span, message);
        finding.hints.clone_from(&self.hints);
        finding.fixes.clone_from(&self.fixes);
        match self.called {
            Some(span) => finding.related(span, "called here"),
            None => finding,
        }
    }
}

impl Deref for Failure {
    type Target = Reason;

    fn deref(&self) -> &Reason {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Reason {
        &mut self.0
    }
}

/// Reads and types an expression that may use the variables of `scope`, or reports all that is wrong with it.
pub fn compile(
    excerpt: &Excerpt,
    scope: &Scope,
    metamodel: &Metamodel,
) -> Result<Expression, Vec<Diagnostic>> {
    let tree = parser::parse(excerpt)?;
    let checked = check::check(&tree, excerpt, scope, metamodel)?;
    let count = scope.len();
    Ok(Expression {
        ty: checked.root.ty.clone(),
        excerpt: excerpt.clone(),
        warnings: checked.warnings,
        code: Arc::new(plan::lower(&checked.root, (count, count), metamodel)),
        root: Arc::new(checked.root),
        helpers: scope.helpers.clone(),
        variables: count,
    })
}

impl Expression {
    /// How many values it has, where the variables of its scope are never null.
    pub fn multiplicity(&self, metamodel: &Metamodel) -> Multiplicity {
        multiplicity::multiplicity(&self.root, self.variables, metamodel)
    }

    /// Whether its value may be null, where those of its variables may be whose positions are given.
    pub fn may_be_null(&self, optional: &BTreeSet<usize>, metamodel: &Metamodel) -> bool {
        let optional = optional.iter().copied().collect();
        multiplicity::may_be_null(&self.root, (self.variables, optional), metamodel)
    }

    /// The positions of the variables that it reads.
    pub fn uses(&self) -> BTreeSet<usize> {
        uses::uses(&self.root, self.variables)
    }

    /// How people read its type: `Book[0..1]`, `String[1]`, `{Book | Author}[*]`.
    pub fn shape(&self, metamodel: &Metamodel) -> String {
        let item = self.ty.item();
        let name = match item {
            Type::OneOf(_) => format!("{{{}}}", item.display(metamodel)),
            _ => item.display(metamodel),
        };
        name + self.multiplicity(metamodel).bounds()
    }

    /// Computes the value, with one of `variables` for each variable of the scope, in its order.
    pub fn evaluate(&self, context: &Context<'_>, variables: &[Value]) -> Result<Value, Failure> {
        if let Some(value) = self.variable(context, variables) {
            return Ok(value.clone());
        }
        eval::evaluate(self, context, variables)
    }

    /// Whether another expression over the same metamodel computes the same of the same variables, wherever it stands.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.excerpt.text == other.excerpt.text
            && self.variables == other.variables
            && self.root == other.root
            && (Arc::ptr_eq(&self.helpers, &other.helpers)
                || self
                    .helpers
                    .are_same_for(&self.excerpt.text, &other.helpers))
    }

    /// Whether the value is true; null is not.
    pub fn holds(&self, context: &Context<'_>, variables: &[Value]) -> Result<bool, Failure> {
        eval::holds(self, context, variables)
    }
}

impl Expression {
    /// For which of some objects, as the variable behind those that are given, the value is not true, by their places in
    /// order; `None` where that has to be asked for one after the other. What is read is not recorded.
    pub fn failing(
        &self,
        context: &Context<'_>,
        objects: &[ObjectId],
        variables: &[Value],
    ) -> Option<Vec<usize>> {
        eval::failing(self, context, (objects, variables))
    }

    /// What an evaluation has read wherever the value is true: these features of the object that the variable at a position
    /// has, and nothing else. `None` where it may be something else.
    pub fn reads_where_true(&self, position: usize) -> Option<BTreeSet<FeatureId>> {
        plan::reads_where_true(&self.code, position)
    }
}

/// The text of one scalar: `0.2`, `true`, the text of a literal; `None` for null, objects and lists.
///
/// Floating-point numbers always have a point and a signed exponent (`1.0`, `1.0e+16`), so that every target
/// language reads them as such.
pub fn print(value: &Value, metamodel: &Metamodel) -> Option<String> {
    match value {
        Value::Boolean(b) => Some(b.to_string()),
        Value::Integer(n) => Some(n.to_string()),
        Value::Real(x) => Some(print_real(*x)),
        Value::String(text) => Some(text.to_string()),
        Value::Enum(id, index) => {
            let literal = metamodel.enumeration(*id).literals.get(*index as usize)?;
            Some(literal.literal.to_string())
        }
        Value::Null | Value::Object(_) | Value::Proxy(_) | Value::Entry(_) | Value::List(_) => None,
    }
}

fn print_real(x: f64) -> String {
    let text = format!("{x:?}");
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}
