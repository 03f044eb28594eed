//! A model as JSON lines: one object a line in document order, every value that is set, for people's tools and tests.
//!
//! `id` is the object's fragment, `class` its class as `nsURI#Name`; `in`, `via` and `pos` say where it stands; then
//! come its attributes and references as lists of texts. A reference into another file is its URI, with a `?` before
//! it where nothing was found there.

use std::io;

use serde_json::Value as Json;

use super::resource::{Targets, built_in, split_uri};
use crate::metamodel::{Feature, FeatureKind, Literal};
use crate::model::{Fragments, Model, ObjectId, SlotValue, Value};

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
    for (object, position) in placed(model) {
        let line = writer.line(object, position);
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// All objects in document order, with their position where a list holds them.
fn placed(model: &Model) -> Vec<(ObjectId, Option<usize>)> {
    let mut all = Vec::new();
    let mut open: Vec<(ObjectId, Option<usize>)> =
        model.roots().iter().rev().map(|r| (*r, None)).collect();
    while let Some((object, position)) = open.pop() {
        all.push((object, position));
        let mark = open.len();
        let mut last = (None, 0);
        model.each_part(object, |part| {
            let through = model.containing_feature(part);
            if last.0 != through {
                last = (through, 0);
            }
            let many = through.is_some_and(|f| model.metamodel().feature(f).is_many());
            open.push((part, many.then_some(last.1)));
            last.1 += 1;
        });
        open[mark..].reverse();
    }
    all
}

struct Lines<'m, 't, 'w> {
    model: &'m Model,
    fragments: Fragments<'m>,
    targets: &'t mut Targets<'w>,
}

impl Lines<'_, '_, '_> {
    fn line(&mut self, object: ObjectId, position: Option<usize>) -> String {
        let metamodel = self.model.metamodel();
        let class = metamodel.class(self.model.class(object));
        let uri = &metamodel.package(class.package).ns_uri;
        let mut pairs = vec![
            ("id".to_owned(), Json::from(self.fragments.of(object))),
            ("class".to_owned(), Json::from(format!("{uri}#{}", class.name))),
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
    fn texts(&mut self, declared: &Feature, value: SlotValue<'_>) -> Option<Vec<String>> {
        if declared.transient || declared.derived || declared.is_containment() {
            return None;
        }
        let value = value.to_value();
        if !is_set(declared, &value) {
            return None;
        }
        if value == Value::Null {
            return Some(vec!["null".to_owned()]);
        }
        Some(value.items().iter().map(|v| self.text(declared, v)).collect())
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
fn is_set(declared: &Feature, value: &Value) -> bool {
    if declared.unsettable {
        return true;
    }
    match value {
        Value::List(items) => !items.is_empty(),
        Value::Null => false,
        other => {
            let literal: Option<Literal> = other.into();
            literal.is_none() || literal != declared.default
        }
    }
}
