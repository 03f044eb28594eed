//! How people are shown objects: by names where those tell, else by positions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Model, ObjectId, SlotValue};

impl Model {
    /// The name or key of an object, as text.
    pub fn key(&self, object: ObjectId) -> Option<Arc<str>> {
        let feature = self.metamodel().key_feature(self.class(object))?;
        match self.see(object, feature)? {
            SlotValue::Text(text) => Some(text.into()),
            SlotValue::Integer(n) => Some(n.to_string().into()),
            _ => None,
        }
    }

    /// The text or number by which an object is known among its siblings, where it is.
    fn seen_key(&self, object: ObjectId) -> Option<SlotValue<'_>> {
        self.see(object, self.metamodel().key_feature(self.class(object))?)
    }

    /// How people are shown an object: `/churn/training/parameters[n_estimators]`.
    pub fn path(&self, object: ObjectId) -> String {
        let Some((container, feature)) = self.store.object(object).container() else {
            return self.root_path(object);
        };
        let declared = self.metamodel().feature(feature);
        let parent = self.path(container);
        if !declared.is_many() {
            return format!("{parent}/{}", declared.name);
        }
        let siblings = self.targets(container, feature);
        let key = self.key(object).filter(|_| {
            // Texts are compared where they are: a list may have a hundred thousand members.
            let own = self.seen_key(object);
            let mut same = siblings.iter().filter(|s| self.seen_key(**s) == own);
            same.nth(1).is_none()
        });
        let position = || siblings.iter().position(|s| *s == object);
        let place = key.map_or_else(
            || position().unwrap_or_default().to_string(),
            |k| k.to_string(),
        );
        format!("{parent}/{}[{place}]", declared.name)
    }

    fn root_path(&self, root: ObjectId) -> String {
        match self.key(root) {
            Some(key) => format!("/{key}"),
            None => format!("/{}", self.class_name(root)),
        }
    }
}

/// The [paths](Model::path) of all objects, for those who ask for many: one alone looks through all its siblings.
#[derive(Debug)]
pub(crate) struct Paths(Vec<String>);

impl Paths {
    /// Finds out all.
    pub(crate) fn of(model: &Model) -> Self {
        let mut paths = vec![String::new(); model.bound()];
        for root in model.roots() {
            paths[root.0 as usize] = model.root_path(*root);
        }
        for object in model.objects() {
            let mut lists: BTreeMap<_, Vec<ObjectId>> = BTreeMap::new();
            model.each_part(object, |part| {
                let feature = model.containing_feature(part);
                lists.entry(feature).or_default().push(part);
            });
            for (feature, parts) in lists {
                let Some(feature) = feature else { continue };
                let declared = model.metamodel().feature(feature);
                let parent = format!("{}/{}", paths[object.0 as usize], declared.name);
                let mut known: BTreeMap<Arc<str>, usize> = BTreeMap::new();
                for key in parts.iter().filter_map(|p| model.key(*p)) {
                    *known.entry(key).or_default() += 1;
                }
                for (position, part) in parts.iter().enumerate() {
                    let key = model.key(*part).filter(|k| known[k] == 1);
                    paths[part.0 as usize] = match key {
                        _ if !declared.is_many() => parent.clone(),
                        Some(key) => format!("{parent}[{key}]"),
                        None => format!("{parent}[{position}]"),
                    };
                }
            }
        }
        Self(paths)
    }

    /// The path of an object.
    pub(crate) fn get(&self, object: ObjectId) -> &str {
        &self.0[object.0 as usize]
    }
}
