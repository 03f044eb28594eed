//! What is written of the values of bindings, and when.

use super::{Reader, Recipe};
use crate::diag::Code;
use crate::format::node::{Entry, Record};
use crate::metamodel::{ClassId, Feature, FeatureId};

/// When a binding writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Always.
    Set,
    /// Where the slot is not set.
    Default,
    /// Where the containment is empty.
    Create,
    /// Always, behind what is there.
    Append,
}

impl Action {
    /// All of them, with the keys under which their bindings stand.
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("set", Self::Set),
        ("default", Self::Default),
        ("create", Self::Create),
        ("append", Self::Append),
    ];

    /// Whether it leaves slots alone that have a value.
    pub(crate) fn yields(self) -> bool {
        matches!(self, Self::Default | Self::Create)
    }

    /// Why it is none for a feature.
    pub(crate) fn misfit(self, declared: &Feature) -> Option<String> {
        let name = &declared.name;
        match self {
            Self::Create if !declared.is_containment() => {
                Some(format!("`create` makes parts, and `{name}` holds none"))
            }
            Self::Append if !declared.is_many() => Some(format!(
                "`append` adds to a list, and `{name}` is one value"
            )),
            _ => None,
        }
    }
}

/// What a feature of an element gets.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) action: Action,
    pub(crate) feature: FeatureId,
    pub(crate) recipe: Recipe,
}

impl Reader<'_> {
    /// Reads the bindings of an element of a class; `None` stands for each that is wrong, which is reported.
    pub(crate) fn bindings(&mut self, record: &Record<'_>, class: ClassId) -> Vec<Option<Binding>> {
        let mut all = Vec::new();
        for (key, action) in Action::ALL {
            for entry in record.map(key, self.diagnostics) {
                all.push(self.binding(entry, class, action));
            }
        }
        all
    }

    fn binding(&mut self, entry: &Entry, class: ClassId, action: Action) -> Option<Binding> {
        let feature = self.feature(class, entry)?;
        if let Some(message) = action.misfit(self.metamodel.feature(feature)) {
            return self
                .diagnostics
                .error(Code::WrongType, entry.key.span, message);
        }
        let mut recipe = self.recipe(&entry.value, feature)?;
        recipe.span = entry.key.span.to(recipe.span);
        Some(Binding {
            action,
            feature,
            recipe,
        })
    }
}
