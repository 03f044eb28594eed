//! A model as JSON lines: one object a line in document order, every value that is set, for people's tools and tests.
//!
//! `id` is the object's fragment, `class` its class as `nsURI#Name`; `in`, `via` and `pos` say where it stands; then
//! come its attributes and references as lists of texts. A reference into another file is its URI, with a `?` before
//! it where nothing was found there.

use std::fmt::Write as _;
use std::io;

use serde_json::Value as Json;

use super::resource::{Targets, built_in, split_uri};
use crate::metamodel::{ClassId, Feature, FeatureId, FeatureKind, Literal};
use crate::model::{Fragments, Model, ObjectId, SlotValue, Value, is_default};

/// How many bytes gather before they leave.
const PIECE: usize = 1 << 16;

/// Writes a model.
///
/// # Errors
/// Those of `out`.
pub fn write(model: &Model, targets: &mut Targets<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = Lines {
        model,
        fragments: Fragments::as_emf_has_them(model),
        targets,
        scratch: String::new(),
    };
    let mut line = String::new();
    let all = placed(model, &mut |uri| {
        uri.starts_with('#') || !writer.targets.exists(uri)
    });
    for one in all {
        match one {
            Placed::Object(object, _) if is_implied(model, object) => continue,
            Placed::Object(object, position) => writer.line((object, position), &mut line),
            Placed::Reference(place) => line.push_str(&writer.reference(place)),
        }
        line.push('\n');
        if line.len() > PIECE {
            out.write_all(line.as_bytes())?;
            line.clear();
        }
    }
    out.write_all(line.as_bytes())
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
    /// A text on its way.
    scratch: String,
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

    fn line(&mut self, (object, position): (ObjectId, Option<usize>), out: &mut String) {
        let metamodel = self.model.metamodel();
        let class = metamodel.class(self.model.class(object));
        let uri = &metamodel.package(class.package).ns_uri;
        out.push_str("{\"id\":");
        self.push_fragment(object, out);
        out.push_str(",\"class\":");
        self.scratch.clear();
        self.scratch.extend([&**uri, "#", &*class.name]);
        push_json(&self.scratch, out);
        if let (Some(container), Some(through)) = (
            self.model.container(object),
            self.model.containing_feature(object),
        ) {
            out.push_str(",\"in\":");
            self.push_fragment(container, out);
            out.push_str(",\"via\":");
            push_json(&metamodel.feature(through).name, out);
            if let Some(position) = position {
                let _ = write!(out, ",\"pos\":{position}");
            }
        }
        for (feature, value) in self.model.slots(object) {
            let declared = metamodel.feature(feature);
            let hidden = declared.transient || declared.derived || declared.is_containment();
            if !hidden && is_set(declared, value) {
                out.push(',');
                push_json(&declared.name, out);
                out.push(':');
                self.push_values(declared, value, out);
            }
        }
        out.push('}');
    }

    fn push_fragment(&mut self, object: ObjectId, out: &mut String) {
        self.scratch.clear();
        self.fragments.write(object, &mut self.scratch);
        push_json(&self.scratch, out);
    }

    /// The values of a slot as a list.
    fn push_values(&mut self, declared: &Feature, value: SlotValue<'_>, out: &mut String) {
        out.push('[');
        if let SlotValue::Objects(all) = value {
            for (number, target) in all.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                self.push_fragment(*target, out);
            }
        } else {
            let value = value.to_value();
            let items = match &value {
                Value::Null => std::slice::from_ref(&value),
                other => other.items(),
            };
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                match item {
                    Value::Null => out.push_str("null"),
                    item => push_json(&self.text(declared, item), out),
                }
            }
        }
        out.push(']');
    }

    fn text(&mut self, declared: &Feature, value: &Value) -> String {
        let metamodel = self.model.metamodel().clone();
        match value {
            Value::Object(target) => self.fragments.of(*target),
            Value::Proxy(proxy) => {
                let (file, fragment) = split_uri(&proxy.uri);
                let uri = match built_in(file) {
                    Some(namespace) => format!("{namespace}#{fragment}"),
                    None => proxy.uri.to_string(),
                };
                if self.targets.exists(&proxy.uri) {
                    uri
                } else {
                    format!("?{uri}")
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

/// Appends a text as JSON has it.
fn push_json(text: &str, out: &mut String) {
    let plain = |b: u8| b >= b' ' && b != b'"' && b != b'\\';
    if text.bytes().all(plain) {
        out.extend(["\"", text, "\""]);
    } else {
        let _ = write!(out, "{}", Json::from(text));
    }
}

/// Whether EMF takes a value for set: other than the default, or of a feature that can be unset.
fn is_set(declared: &Feature, value: SlotValue<'_>) -> bool {
    let empty = matches!(value, SlotValue::Objects([]) | SlotValue::Values([]));
    declared.unsettable || !(empty || is_default(declared, value))
}
