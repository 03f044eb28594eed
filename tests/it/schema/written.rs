//! The JSON Schema against the writer: what is written validates.

use std::path::PathBuf;

use mlopsgen::format::schema::json_schema;
use mlopsgen::format::yaml_model::{Syntax, write};
use mlopsgen::model::Model;
use serde_json::Value;

use super::validator::problems;
use crate::interchange::subjects;
use crate::models::{Loaded, load};

/// A model as a file of either syntax holds it; `None` where it nests too deep for one.
fn written(model: &Model, syntax: Syntax) -> Option<Value> {
    let mut out = Vec::new();
    write(model, syntax, &mut out).ok()?;
    let text = String::from_utf8(out).unwrap();
    Some(match syntax {
        Syntax::Yaml => serde_yaml::from_str(&text).unwrap(),
        Syntax::Json => serde_json::from_str(&text).unwrap(),
    })
}

/// The models of `tests/interchange` in which nothing is wrong.
fn sound() -> impl Iterator<Item = (PathBuf, Loaded)> {
    let all = subjects().map(|(file, metamodels)| {
        let loaded = load(&file, &metamodels);
        (file, loaded)
    });
    all.filter(|(_, loaded)| !loaded.has_errors && !loaded.found.contains("error["))
}

#[test]
fn every_model_that_loads_validates_as_yaml_and_as_json() {
    let (mut count, mut failed) = (0, Vec::new());
    for (file, loaded) in sound() {
        let schema = json_schema(loaded.model.metamodel(), None);
        for syntax in [Syntax::Yaml, Syntax::Json] {
            let Some(value) = written(&loaded.model, syntax) else {
                continue;
            };
            count += 1;
            let found = problems(&schema, &schema, &value, "");
            if !found.is_empty() {
                failed.push(format!(
                    "{} {syntax:?}: {found:#?}\n{value:#}",
                    file.display()
                ));
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{}\n{} of {count} failed",
        failed.join("\n"),
        failed.len()
    );
    assert!(count > 250, "{count} were checked");
}

/// Everything that can be changed for the worse in one place: a key too many, a class that is not there, another kind.
fn mistakes(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(entries) => {
            let mut more = entries.clone();
            more.insert("$more".to_owned(), Value::Bool(true));
            all.push(Value::Object(more));
            if !entries.contains_key("$ref") {
                all.push(Value::from("an object"));
            }
            for (key, inner) in entries.iter().filter(|(k, _)| *k != "$schemaLocation") {
                let of = |changed| {
                    let mut entries = entries.clone();
                    entries[key] = changed;
                    Value::Object(entries)
                };
                if matches!(key.as_str(), "$type" | "$id" | "$ref" | "$extensions") {
                    all.push(of(serde_json::json!([[]])));
                } else {
                    all.extend(mistakes(inner).into_iter().map(of));
                }
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                all.extend(mistakes(item).into_iter().map(|changed| {
                    let mut items = items.clone();
                    items[i] = changed;
                    Value::Array(items)
                }));
            }
        }
        Value::String(_) | Value::Null => all.push(serde_json::json!({"$more": true})),
        _ => all.push(Value::from("no such value")),
    }
    all
}

#[test]
fn every_mistake_in_what_is_written_is_marked() {
    let (mut count, mut failed) = (0, Vec::new());
    for (file, loaded) in sound() {
        let Some(value) = written(&loaded.model, Syntax::Yaml) else {
            continue;
        };
        let schema = json_schema(loaded.model.metamodel(), None);
        for wrong in mistakes(&value) {
            count += 1;
            if problems(&schema, &schema, &wrong, "").is_empty() {
                failed.push(format!("{}: {wrong}", file.display()));
            }
        }
    }
    let shown = failed.len().min(20);
    assert!(
        failed.is_empty(),
        "{}\n{} of {count} failed",
        failed[..shown].join("\n"),
        failed.len()
    );
    assert!(count > 1000, "{count} were checked");
}
