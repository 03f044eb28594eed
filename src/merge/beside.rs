//! What objects say beside their slots.

use std::collections::BTreeMap;

use crate::model::{Model, ObjectId};

/// What objects say that is no slot: their identities, and what they hold for other tools.
pub(super) struct Beside<'m> {
    model: &'m Model,
    extensions: BTreeMap<Option<ObjectId>, Vec<&'m str>>,
}

impl<'m> Beside<'m> {
    pub(super) fn of(model: &'m Model) -> Self {
        let mut extensions: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for extension in &model.document.extensions {
            let own = extensions.entry(extension.object).or_default();
            own.push(&extension.text);
        }
        Self { model, extensions }
    }

    pub(super) fn get(&self, object: ObjectId) -> (Option<&str>, &[&'m str]) {
        (self.model.id(object), self.extensions(Some(object)))
    }

    /// What an object, or the file itself, holds for other tools.
    pub(super) fn extensions(&self, of: Option<ObjectId>) -> &[&'m str] {
        self.extensions.get(&of).map_or(&[], Vec::as_slice)
    }
}
