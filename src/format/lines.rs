//! A model as JSON lines: one object a line in document order, every value that is set, for people's tools and tests.
//!
//! `id` is the object's fragment, `class` its class as `nsURI#Name`; `in`, `via` and `pos` say where it stands; then
//! come its attributes and references as lists of texts. A reference into another file is its URI, with a `?` before
//! it where nothing was found there.

use std::io;

use serde_json::Value as Json;

use super::resource::{Targets, built_in, split_uri};
use crate::metamodel::{ClassId, Feature, FeatureId, FeatureKind, Literal};
use crate::model::{Fragments, Model, ObjectId, SlotValue, Value, is_default};

/// Writes a model.
///
/// # Errors
/// Those of `out`.
pub fn write(model: &Model, targets: &mut Targets<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = Lines {
        model,
        fragments: Fragments::new(model),
        targets,
    };
    let all = placed(model, &mut |uri| {
        uri.starts_with('#') || !writer.targets.exists(uri)
    });
    for one in all {
        let line = match one {
            Placed::Object(object, _) if is_implied(model, object) => continue,
            Placed::Object(object, position) => writer.line(object, position),
            Placed::Reference(place) => writer.reference(place),
        };
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// An object, or a part that stands elsewhere in the same file and is only referred to here.
#[derive(Clone, Copy)]
enum Placed {
    Object(ObjectId, Option<usize>),
    Reference(Reference),
}

#[derive(Clone, Copy)]
struct Reference {
    container: ObjectId,
    through: FeatureId,
    position: Option<usize>,
    class: ClassId,
}

/// All objects in document order, with their position where a list holds them.
fn placed(model: &Model, missing: &mut dyn FnMut(&str) -> bool) -> Vec<Placed> {
    let mut all = Vec::new();
    let roots = model.roots().iter().rev();
    let mut open: Vec<Placed> = roots.map(|r| Placed::Object(*r, None)).collect();
    while let Some(one) = open.pop() {
        all.push(one);
        let Placed::Object(object, _) = one else {
            continue;
        };
        let mark = open.len();
        for (feature, value) in model.slots(object) {
            parts(model, (object, feature), value, (&mut open, missing));
        }
        open[mark..].reverse();
    }
    all
}

/// Whether a URI names nothing that is there.
type Missing<'a> = &'a mut dyn FnMut(&str) -> bool;

fn parts(
    model: &Model,
    (container, slot): (ObjectId, FeatureId),
    value: SlotValue<'_>,
    (open, missing): (&mut Vec<Placed>, Missing<'_>),
) {
    let metamodel = model.metamodel();
    let contains = |f: FeatureId| metamodel.feature(f).is_containment();
    let many = |f: FeatureId| metamodel.feature(f).is_many();
    match value {
        SlotValue::Object(part) if contains(slot) => open.push(Placed::Object(part, None)),
        SlotValue::Objects(all) if contains(slot) => {
            let parts = all.iter().enumerate();
            open.extend(parts.map(|(at, part)| Placed::Object(*part, Some(at))));
        }
        SlotValue::Proxy(proxy) if contains(slot) && missing(&proxy.uri) => {
            let declared = metamodel.feature(slot).target();
            open.extend(proxy.class.or(declared).map(|class| {
                Placed::Reference(Reference {
                    container,
                    through: slot,
                    position: None,
                    class,
                })
            }));
        }
        SlotValue::Values(all) => {
            let mut counts = std::collections::BTreeMap::new();
            for value in all {
                let (feature, value) = match value {
                    Value::Entry(entry) => (entry.feature, &entry.value),
                    other => (slot, other),
                };
                let count: &mut usize = counts.entry(feature).or_default();
                let position = *count;
                *count += 1;
                match value {
                    Value::Object(part) if contains(feature) => {
                        let position = many(feature).then_some(position);
                        open.push(Placed::Object(*part, position));
                    }
                    Value::Proxy(proxy) if contains(feature) && missing(&proxy.uri) => {
                        let declared = metamodel.feature(feature).target();
                        open.extend(proxy.class.or(declared).map(|class| {
                            Placed::Reference(Reference {
                                container,
                                through: feature,
                                position: many(feature).then_some(position),
                                class,
                            })
                        }));
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Whether an object is a generic type that says no more than a plain type would.
fn is_implied(model: &Model, object: ObjectId) -> bool {
    let metamodel = model.metamodel();
    let class = metamodel.class(model.class(object));
    let Some(through) = model.containing_feature(object) else {
        return false;
    };
    class.package.is_built_in()
        && &*class.name == "EGenericType"
        && metamodel.feature(through).name.starts_with("eGeneric")
        && model
            .slots(object)
            .all(|(f, _)| &*metamodel.feature(f).name == "eClassifier")
}

struct Lines<'m, 't, 'w> {
    model: &'m Model,
    fragments: Fragments<'m>,
    targets: &'t mut Targets<'w>,
}

impl Lines<'_, '_, '_> {
    /// The line of a part that stands elsewhere: where it would be, and nothing of what it is.
    fn reference(&self, place: Reference) -> String {
        let metamodel = self.model.metamodel();
        let class = metamodel.class(place.class);
        let uri = &metamodel.package(class.package).ns_uri;
        let container = self.fragments.of(place.container);
        let via = &metamodel.feature(place.through).name;
        let named = metamodel.feature_named(place.class, "name").is_some();
        let step = if class.package.is_built_in() && named {
            "%".to_owned()
        } else {
            let position = place.position.map(|p| format!(".{p}"));
            format!("@{via}{}", position.unwrap_or_default())
        };
        let id = Json::from(format!("{container}/{step}"));
        let class = Json::from(format!("{uri}#{}", class.name));
        let (container, via) = (Json::from(container), Json::from(&**via));
        let position = place.position.map(|p| format!(",\"pos\":{p}"));
        format!(
            "{{\"id\":{id},\"class\":{class},\"in\":{container},\"via\":{via}{}}}",
            position.unwrap_or_default()
        )
    }

    fn line(&mut self, object: ObjectId, position: Option<usize>) -> String {
        let metamodel = self.model.metamodel();
        let class = metamodel.class(self.model.class(object));
        let uri = &metamodel.package(class.package).ns_uri;
        let mut pairs = vec![
            ("id".to_owned(), Json::from(self.fragments.of(object))),
            (
                "class".to_owned(),
                Json::from(format!("{uri}#{}", class.name)),
            ),
        ];
        if let (Some(container), Some(through)) = (
            self.model.container(object),
            self.model.containing_feature(object),
        ) {
            let via = &metamodel.feature(through).name;
            pairs.push(("in".to_owned(), Json::from(self.fragments.of(container))));
            pairs.push(("via".to_owned(), Json::from(&**via)));
            if let Some(position) = position {
                pairs.push(("pos".to_owned(), Json::from(position)));
            }
        }
        for (feature, value) in self.model.slots(object) {
            let declared = metamodel.feature(feature);
            if let Some(texts) = self.texts(declared, value) {
                pairs.push((declared.name.to_string(), Json::from(texts)));
            }
        }
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(key, value)| format!("{}:{value}", Json::from(key)))
            .collect();
        format!("{{{}}}", pairs.join(","))
    }

    /// The values of a slot; `None` where it is not shown.
    fn texts(&mut self, declared: &Feature, value: SlotValue<'_>) -> Option<Vec<Json>> {
        if declared.transient || declared.derived || declared.is_containment() {
            return None;
        }
        if !is_set(declared, value) {
            return None;
        }
        let value = value.to_value();
        if value == Value::Null {
            return Some(vec![Json::Null]);
        }
        let texts = value.items().iter().map(|v| match v {
            Value::Null => Json::Null,
            v => Json::from(self.text(declared, v)),
        });
        Some(texts.collect())
    }

    fn text(&mut self, declared: &Feature, value: &Value) -> String {
        let metamodel = self.model.metamodel().clone();
        match value {
            Value::Object(target) => self.fragments.of(*target),
            Value::Proxy(proxy) => {
                let (file, fragment) = split_uri(&proxy.uri);
                match built_in(file) {
                    Some(uri) => format!("{uri}#{fragment}"),
                    None if self.targets.exists(&proxy.uri) => proxy.uri.to_string(),
                    None => format!("?{}", proxy.uri),
                }
            }
            Value::Entry(entry) => {
                let of = metamodel.feature(entry.feature);
                format!("{}={}", of.name, self.text(of, &entry.value))
            }
            Value::Null => "null".to_owned(),
            other => {
                let literal: Option<Literal> = other.into();
                match (literal, &declared.kind) {
                    (Some(literal), FeatureKind::Attribute { of, .. }) => {
                        metamodel.print(*of, &literal)
                    }
                    _ => String::new(),
                }
            }
        }
    }
}

/// Whether EMF takes a value for set: other than the default, or of a feature that can be unset.
fn is_set(declared: &Feature, value: SlotValue<'_>) -> bool {
    let empty = matches!(value, SlotValue::Objects([]) | SlotValue::Values([]));
    declared.unsettable || !(empty || is_default(declared, value))
}
