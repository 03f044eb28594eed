//! What the rules of a map transformation offer to the expressions in their bindings.
//!
//! `x.target('Rule.variable')` is the object that a rule made of `x`, `rules.Name(x)` what a lazy rule makes of it. The
//! cousins: ATL's `resolveTemp` and lazy rules, Epsilon's `equivalent`.

use std::fmt::Debug;
use std::sync::Arc;

use super::Type;
use crate::metamodel::ClassId;
use crate::model::{ObjectId, Value};

/// When a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lazy {
    /// Once for each match in the source.
    No,
    /// Each time that a binding calls it.
    Each,
    /// When a binding calls it, once for the same arguments.
    Unique,
}

/// What expressions see of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleType {
    /// Its name.
    pub name: Arc<str>,
    /// When it runs.
    pub lazy: Lazy,
    /// Whether only rules that extend it run.
    pub is_abstract: bool,
    /// The variables that it matches, or its parameters.
    pub sources: Vec<(Arc<str>, Type)>,
    /// The objects that it makes, the main one first.
    pub targets: Vec<(Arc<str>, ClassId)>,
}

impl RuleType {
    /// The operation that gives what the rule made of an object, as its target of that position.
    pub fn target(&self, position: usize) -> String {
        let name = &self.name;
        match &self.targets[..] {
            [_] => format!(".target('{name}')"),
            targets => format!(".target('{name}.{}')", targets[position].0),
        }
    }
}

/// All rules of a transformation, by position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleTypes {
    /// The rules.
    pub rules: Vec<RuleType>,
}

impl RuleTypes {
    /// The rule of a name.
    pub fn find(&self, name: &str) -> Option<(usize, &RuleType)> {
        let position = self.rules.iter().position(|r| &*r.name == name)?;
        Some((position, &self.rules[position]))
    }
}

/// The rules while they run.
pub trait Rules: Debug {
    /// The object that a rule made, as its target of that position, of objects of the source.
    ///
    /// An error is one sentence, as in [`Failure`](super::Failure).
    fn target(
        &self,
        rule: usize,
        target: usize,
        sources: &[Value],
    ) -> Result<Option<ObjectId>, String>;

    /// The main object that a lazy rule makes of these arguments; none where its condition does not hold.
    ///
    /// An error is one sentence, as in [`Failure`](super::Failure).
    fn apply(&self, rule: usize, arguments: Vec<Value>) -> Result<Option<ObjectId>, String>;
}
