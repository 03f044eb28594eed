//! The variables and helpers that an expression may use.

use std::sync::Arc;

use super::{Helpers, RuleTypes, Type};
use crate::metamodel::PackageId;

/// Names and types of variables; the position of one is the index of its value when the expression is evaluated.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    variables: Vec<(Arc<str>, Type)>,
    rules: Option<Arc<RuleTypes>>,
    packages: Arc<[PackageId]>,
    inputs: Arc<[Arc<str>]>,
    /// The helpers that may be called.
    pub helpers: Arc<Helpers>,
}

impl Scope {
    /// A scope without variables, whose expressions may call helpers.
    pub fn with(helpers: Arc<Helpers>) -> Self {
        Self {
            helpers,
            ..Self::default()
        }
    }

    /// Adds a variable, which hides earlier ones of the same name, and returns its position.
    pub fn push(&mut self, name: impl Into<Arc<str>>, ty: Type) -> usize {
        self.variables.push((name.into(), ty));
        self.variables.len() - 1
    }

    /// How many variables there are.
    pub fn len(&self) -> usize {
        self.variables.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }

    /// Forgets all variables from position `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.variables.truncate(len);
    }

    /// The position and type of a variable; of several of one name the last.
    pub fn find(&self, name: &str) -> Option<(usize, &Type)> {
        let position = self.variables.iter().rposition(|(n, _)| &**n == name)?;
        Some((position, &self.variables[position].1))
    }

    /// The names in order of position.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|(name, _)| &**name)
    }

    /// Looks for classes and enums in these packages first, where several are called alike.
    pub fn prefer(&mut self, packages: &[PackageId]) {
        self.packages = packages.into();
    }

    pub(super) fn packages(&self) -> &Arc<[PackageId]> {
        &self.packages
    }

    /// Lets expressions tell the instances of a class in several models apart, as in `left::Class.all`.
    pub fn name_inputs(&mut self, names: impl IntoIterator<Item = Arc<str>>) {
        self.inputs = names.into_iter().collect();
    }

    pub(super) fn inputs(&self) -> &Arc<[Arc<str>]> {
        &self.inputs
    }

    /// Lets expressions ask for what these rules make.
    pub fn allow_rules(&mut self, rules: Arc<RuleTypes>) {
        self.rules = Some(rules);
    }

    pub(super) fn rules(&self) -> Option<&Arc<RuleTypes>> {
        self.rules.as_ref()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Arc<str>, Type)> {
        self.variables.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inner_most_variable_of_a_name_wins_until_it_is_forgotten() {
        let mut scope = Scope::default();
        assert!(scope.is_empty());
        scope.push("x", Type::Integer);
        let mark = scope.len();
        assert_eq!(scope.push("x", Type::String), 1);
        assert_eq!(scope.find("x"), Some((1, &Type::String)));
        scope.truncate(mark);
        assert_eq!(scope.find("x"), Some((0, &Type::Integer)));
        assert_eq!(scope.find("y"), None);
    }
}
