//! What changed between two versions of a model, as people say it: `training.parameters[n_estimators].value 100 → 250`.

use std::collections::BTreeMap;

use super::{Model, ObjectId, Value};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The element, as [`Model::path`] shows it.
    pub element: String,
    /// The feature; `None` where the element itself came or went.
    pub feature: Option<String>,
    /// The text before; `None` where there was nothing.
    pub old: Option<String>,
    /// The text after; `None` where there is nothing.
    pub new: Option<String>,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let element = self.element.trim_start_matches('/').replace('/', ".");
        let place = match &self.feature {
            Some(feature) => format!("{element}.{feature}"),
            None => element,
        };
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(f, "{place} {old} → {new}"),
            (None, Some(new)) if self.feature.is_some() => write!(f, "{place} = {new}"),
            (None, _) => write!(f, "{place} added"),
            (Some(_), None) => write!(f, "{place} removed"),
        }
    }
}

/// The differences between two versions of one model, by the paths of elements, in document order of the new version.
pub fn diff(old: &Model, new: &Model) -> Vec<Change> {
    let (before, after) = (by_path(old), by_path(new));
    let mut changes = Vec::new();
    for object in new.objects() {
        let path = new.path(object);
        match before.get(&path) {
            None if covered(&before, new, object) => {}
            None => changes.push(Change {
                element: path,
                feature: None,
                old: None,
                new: Some(String::new()),
            }),
            Some(other) => slots((old, *other), (new, object), &path, &mut changes),
        }
    }
    for object in old.objects() {
        let path = old.path(object);
        let parent = old.container(object).map(|c| old.path(c));
        if !after.contains_key(&path) && parent.is_none_or(|p| after.contains_key(&p)) {
            changes.push(Change {
                element: path,
                feature: None,
                old: Some(String::new()),
                new: None,
            });
        }
    }
    changes
}

/// Whether an element came together with its container, which says it all.
fn covered(before: &BTreeMap<String, ObjectId>, new: &Model, object: ObjectId) -> bool {
    new.container(object)
        .is_some_and(|c| !before.contains_key(&new.path(c)))
}

fn by_path(model: &Model) -> BTreeMap<String, ObjectId> {
    model
        .objects()
        .into_iter()
        .map(|o| (model.path(o), o))
        .collect()
}

fn slots(old: (&Model, ObjectId), new: (&Model, ObjectId), path: &str, changes: &mut Vec<Change>) {
    let metamodel = new.0.metamodel();
    for feature in &metamodel.class(new.0.class(new.1)).features {
        let declared = metamodel.feature(*feature);
        if declared.is_containment() {
            continue;
        }
        let other = old
            .0
            .metamodel()
            .feature_named(old.0.class(old.1), &declared.name);
        let before = other
            .and_then(|f| old.0.own(old.1, f))
            .map(|v| show(old.0, &v));
        let after = new.0.own(new.1, *feature).map(|v| show(new.0, &v));
        if before != after {
            let feature = Some(declared.name.to_string());
            changes.push(Change {
                element: path.to_owned(),
                feature,
                old: before,
                new: after,
            });
        }
    }
}

/// A value as one line of text.
pub fn show(model: &Model, value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Object(object) => model
            .key(*object)
            .map_or_else(|| model.path(*object), |k| k.to_string()),
        Value::Proxy(proxy) => proxy.uri.to_string(),
        Value::Entry(entry) => {
            let name = &model.metamodel().feature(entry.feature).name;
            format!("{name}: {}", show(model, &entry.value))
        }
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|i| show(model, i)).collect();
            format!("[{}]", items.join(", "))
        }
        other => Option::from(other)
            .map_or_else(String::new, |literal| model.metamodel().show(&literal)),
    }
}
