//! Helpers: functions that users write, called as `x.name(…)` on values of a type, or as `name(…)` on none.
//!
//! Helpers of classes are chosen by the class of the object that they are called on: that of the most specific class
//! wins. All of them are typed once, against the metamodel, and may call each other. The cousins: ATL's helpers,
//! Acceleo's queries, OCL's `def:`.

mod declare;
mod overriding;
mod read;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::node::Node;
use super::{Scope, Type};
use crate::diag::{Diagnostic, Excerpt};
use crate::metamodel::{ClassId, Metamodel, PackageId};

/// What a file says of a helper.
#[derive(Clone, Debug)]
pub struct HelperDraft {
    /// `Class.name`, or `name` alone for one that is called on nothing.
    pub name: Excerpt,
    /// Names and types of what it is called with.
    pub parameters: Vec<(Excerpt, Excerpt)>,
    /// The type of its value.
    pub returns: Excerpt,
    /// The expression that computes it, with `self` for what it is called on.
    pub value: Excerpt,
    /// Where its names are looked for first.
    pub packages: Arc<[PackageId]>,
}

/// A helper whose names and types are known.
#[derive(Clone, Debug)]
pub struct Helper {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called on.
    pub receiver: Option<Type>,
    /// Names and types of what it is called with.
    pub parameters: Vec<(Arc<str>, Type)>,
    /// The type of its value.
    pub result: Type,
    /// Whether that is a list without repetitions.
    is_set: bool,
    packages: Arc<[PackageId]>,
    /// What it is called in full, `Class.name`, and where.
    pub title: Excerpt,
    /// The expression that computes it.
    pub(super) value: Excerpt,
    /// That expression, where it could be typed.
    pub(super) root: Option<Node>,
}

/// All helpers that expressions may call.
#[derive(Clone, Debug, Default)]
pub struct Helpers {
    all: Vec<Helper>,
    by_name: BTreeMap<Arc<str>, Vec<usize>>,
    /// Names of helpers that cannot be called since they are declared wrongly, which was reported.
    broken: BTreeSet<String>,
}

impl Helper {
    /// Whether another one computes the same, wherever it stands.
    fn is_same(&self, other: &Self) -> bool {
        self.receiver == other.receiver
            && self.parameters == other.parameters
            && self.result == other.result
            && self.is_set == other.is_set
            && self.value.text == other.value.text
            && self.root == other.root
    }
}

impl Helpers {
    /// Whether all helpers that a text may call, and those that they may call, are the same among others.
    pub(super) fn are_same_for(&self, text: &str, other: &Self) -> bool {
        let (mut open, mut seen) = (vec![text], BTreeSet::new());
        while let Some(text) = open.pop() {
            let names = self.by_name.keys().chain(other.by_name.keys());
            for name in names.filter(|n| text.contains(&***n)) {
                if !seen.insert(name) {
                    continue;
                }
                let [ours, theirs] = [self, other].map(|h| h.named(name).collect::<Vec<_>>());
                let same = |((i, a), (j, b)): (&(usize, &Helper), &(usize, &Helper))| {
                    i == j && a.is_same(b)
                };
                if ours.len() != theirs.len() || !ours.iter().zip(&theirs).all(same) {
                    return false;
                }
                open.extend(ours.iter().map(|(_, h)| &*h.value.text));
            }
        }
        true
    }

    /// Adds helpers to these, which they may call; reports all that is wrong with them.
    pub fn with(
        &self,
        drafts: &[HelperDraft],
        metamodel: &Metamodel,
    ) -> (Arc<Self>, Vec<Diagnostic>) {
        let known = self.all.len();
        let mut found = Vec::new();
        let mut helpers = self.clone();
        for draft in drafts {
            match declare::declared(draft, &helpers, metamodel) {
                Ok(helper) => helpers.add(helper),
                Err(more) => {
                    let title = &draft.name.text;
                    let name = title.rsplit_once('.').map_or(&**title, |(_, name)| name);
                    helpers.broken.insert(name.to_owned());
                    found.extend(more);
                }
            }
        }
        let helpers = Arc::new(helpers);
        found.extend(helpers.misfits(known, metamodel));
        let roots = helpers.all[known..].iter();
        let roots: Vec<Option<Node>> = roots
            .map(|h| h.typed(&helpers, metamodel, &mut found))
            .collect();
        let mut helpers = Arc::unwrap_or_clone(helpers);
        for (helper, root) in helpers.all[known..].iter_mut().zip(roots) {
            helper.root = root;
        }
        (Arc::new(helpers), found)
    }

    fn add(&mut self, helper: Helper) {
        let of_name = self.by_name.entry(helper.name.clone()).or_default();
        of_name.push(self.all.len());
        self.all.push(helper);
    }

    /// All of them, in the order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = &Helper> {
        self.all.iter()
    }

    pub(super) fn get(&self, index: usize) -> &Helper {
        &self.all[index]
    }

    /// Whether nothing needs to be said of a call, since a helper of that name is declared wrongly.
    pub(super) fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name)
    }

    /// Those of one name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = (usize, &Helper)> {
        let of_name = self.by_name.get(name).into_iter().flatten();
        of_name.map(|index| (*index, &self.all[*index]))
    }

    /// The one that is called on nothing.
    pub(super) fn function(&self, name: &str) -> Option<usize> {
        let mut all = self.named(name);
        all.find(|(_, h)| h.receiver.is_none()).map(|(i, _)| i)
    }

    /// The one for an object of a class: that of its nearest super type.
    pub(super) fn of_class(
        &self,
        name: &str,
        class: ClassId,
        metamodel: &Metamodel,
    ) -> Option<usize> {
        let mut best: Option<(usize, ClassId)> = None;
        for (index, helper) in self.named(name) {
            let Some(Type::Class(of)) = helper.receiver else {
                continue;
            };
            let nearer = best.is_none_or(|(_, b)| metamodel.conforms(of, b));
            if metamodel.conforms(class, of) && nearer {
                best = Some((index, of));
            }
        }
        best.map(|(index, _)| index)
    }

    /// The one for values of a type that are not objects.
    pub(super) fn of_type(&self, name: &str, ty: &Type, metamodel: &Metamodel) -> Option<usize> {
        let fits = |h: &Helper| {
            h.receiver
                .as_ref()
                .is_some_and(|r| ty.conforms(r, metamodel))
        };
        let exact = self
            .named(name)
            .find(|(_, h)| h.receiver.as_ref() == Some(ty));
        let found = exact.or_else(|| self.named(name).find(|(_, h)| fits(h)));
        found.map(|(index, _)| index)
    }
}

impl Helper {
    /// How messages and pages show it: `Shop.total(of: Item): Real`.
    pub fn signature(&self, metamodel: &Metamodel) -> String {
        let show = |(name, ty): &(Arc<str>, Type)| format!("{name}: {}", ty.display(metamodel));
        let parameters: Vec<String> = self.parameters.iter().map(show).collect();
        let receiver = self.receiver.as_ref();
        let receiver = receiver.map_or(String::new(), |r| r.display(metamodel) + ".");
        let result = self.result.display(metamodel);
        format!(
            "{receiver}{}({}): {result}",
            self.name,
            parameters.join(", ")
        )
    }

    /// The variables of its expression.
    fn scope(&self, helpers: &Arc<Helpers>) -> Scope {
        let mut scope = Scope::with(helpers.clone());
        scope.prefer(&self.packages);
        if let Some(receiver) = &self.receiver {
            scope.push("self", receiver.clone());
        }
        for (name, ty) in &self.parameters {
            scope.push(name.clone(), ty.clone());
        }
        scope
    }
}
