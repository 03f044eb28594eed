//! A change of a model for machines.

use serde::Serialize;

use crate::model::{Change, ChangeKind};

/// One change: `old` and `new` are values, places, positions from 1 or classes, as `kind` says.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeReport {
    /// What happened: `added`, `removed`, `moved`, `reordered`, `retyped` or `set`.
    pub kind: &'static str,
    /// The element, by its path.
    pub element: String,
    /// The feature that was set.
    pub feature: Option<String>,
    /// What was before.
    pub old: Option<String>,
    /// What is now.
    pub new: Option<String>,
}

impl From<&Change> for ChangeReport {
    fn from(change: &Change) -> Self {
        let position = |p: &usize| Some((p + 1).to_string());
        let (feature, old, new) = match &change.kind {
            ChangeKind::Added | ChangeKind::Removed => (None, None, None),
            ChangeKind::Moved(from) => (None, Some(from.clone()), Some(change.element.clone())),
            ChangeKind::Reordered(from, to) => (None, position(from), position(to)),
            ChangeKind::Retyped(from, to) => (None, Some(from.clone()), Some(to.clone())),
            ChangeKind::Set(feature, old, new) => (Some(feature.clone()), old.clone(), new.clone()),
        };
        Self {
            kind: change.word(),
            element: change.element.clone(),
            feature,
            old,
            new,
        }
    }
}
