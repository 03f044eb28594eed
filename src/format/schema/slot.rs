//! Objects in a schema: of one class, of a class and its sub types, or elsewhere.

use serde_json::{Map, Value, json};

use super::{CLASS, Definition, ELSEWHERE, ID, Naming, Schema, TYPE};
use crate::metamodel::{ClassId, FeatureId};

impl Schema<'_> {
    /// An instance of exactly this class.
    pub(super) fn class(&mut self, class: ClassId, naming: Naming) -> Value {
        let metamodel = self.metamodel;
        let declared = metamodel.class(class);
        let (mut properties, mut required) = (Map::new(), Vec::new());
        let taken = naming == Naming::Taken;
        for id in &declared.features {
            let feature = metamodel.feature(*id);
            if (taken && &*feature.name == TYPE) || !feature.changeable {
                continue;
            }
            properties.insert(feature.name.to_string(), self.feature(class, *id));
            if self.is_required(*id) {
                required.push(feature.name.to_string());
            }
        }
        let mut name = |key: &str, value: Value| {
            properties.entry(key.to_owned()).or_insert(value);
        };
        // Editors know these keys, and offer them where a class has to be named only.
        let only =
            json!({"enum": [self.name(class)], "description": "Its class.", "doNotSuggest": true});
        name(TYPE, only.clone());
        name(CLASS, only);
        let text = "Its identity, by which references may name it.";
        let types = ["string", "number", "boolean"];
        name(
            ID,
            json!({"type": types, "description": text, "doNotSuggest": true}),
        );
        if self.is_root(class) {
            let text = "The JSON Schema of this file.";
            name(
                "$schema",
                json!({"type": "string", "description": text, "doNotSuggest": true}),
            );
        }
        let mut made = json!({"title": &*declared.name});
        describe(&mut made, declared.documentation.as_deref());
        made["type"] = json!(["object", "null"]);
        made["properties"] = Value::Object(properties);
        if !required.is_empty() {
            made["required"] = json!(required);
        }
        made["additionalProperties"] = json!(false);
        made
    }

    /// Whether a model is expected to have a root of this class.
    fn is_root(&self, class: ClassId) -> bool {
        self.root.is_some() && self.roots.contains(&class)
            || self.root.is_none() && super::is_part_of_nothing(self.metamodel, class)
    }

    /// What `type` and `$type` call a class: its name, after its package where another class is the first of that name.
    fn name(&self, class: ClassId) -> String {
        let declared = self.metamodel.class(class);
        if self.metamodel.class_named(&declared.name) == Some(class) {
            return declared.name.to_string();
        }
        let package = self.metamodel.package(declared.package);
        format!("{}::{}", package.name, declared.name)
    }

    /// Whether the reader misses a feature that is not written: it must be there, and nothing else gives it a value.
    pub(super) fn is_required(&self, feature: FeatureId) -> bool {
        let feature = self.metamodel.feature(feature);
        feature.lower > 0
            && !feature.derived
            && feature.changeable
            && feature.default.is_none()
            && feature.opposite().is_none()
    }

    /// An instance of a class or one of its sub types, which it names.
    pub(super) fn slot(&mut self, declared: Option<ClassId>) -> Value {
        let metamodel = self.metamodel;
        let candidates = self.candidates(declared);
        let by_type = declared.is_none_or(|class| !self.has_feature(class, TYPE));
        let unnamed = match declared {
            Some(class) => candidates.iter().copied().find(|c| *c == class),
            None => self.only_root(),
        };
        let names: Vec<String> = candidates.iter().map(|c| self.name(*c)).collect();
        let choice = json!({"enum": names, "description": "Its class."});
        let mut made = json!({});
        if let Some(class) = declared.map(|c| metamodel.class(c)) {
            made["title"] = json!(&*class.name);
            describe(&mut made, class.documentation.as_deref());
        }
        if candidates.is_empty() {
            made["type"] = json!("null");
            return made;
        }
        made["type"] = json!(["object", "null"]);
        made["properties"] = json!({CLASS: choice});
        if by_type {
            made["properties"][CLASS]["doNotSuggest"] = json!(true);
        }
        let asked = if by_type { TYPE } else { CLASS };
        let mut otherwise = json!({});
        if unnamed.is_none() {
            otherwise["required"] = json!([asked]);
        }
        if by_type {
            otherwise["properties"] = json!({TYPE: choice});
        }
        made["if"] = has(CLASS);
        made["else"] = otherwise;
        let mut cases = Vec::new();
        for class in candidates {
            self.cases(class, by_type, &mut cases);
        }
        if let Some(class) = unnamed {
            let keys: &[&str] = if by_type { &[TYPE, CLASS] } else { &[CLASS] };
            let named: Vec<Value> = keys.iter().map(|k| has(k)).collect();
            let then = self.reference(Definition::Class(class, Naming::Free));
            cases.push(json!({"if": {"not": {"anyOf": named}}, "then": then}));
        }
        made["allOf"] = json!(cases);
        made
    }

    /// Which class an object is of when it names `class`.
    fn cases(&mut self, class: ClassId, by_type: bool, cases: &mut Vec<Value>) {
        let name = self.name(class);
        let named = |key: &str| {
            let mut named = has(key);
            named["properties"] = json!({key: {"const": name}});
            named
        };
        let free = self.reference(Definition::Class(class, Naming::Free));
        if !by_type {
            cases.push(json!({"if": named(CLASS), "then": free}));
        } else if self.has_feature(class, TYPE) {
            cases.push(json!({"if": named(CLASS), "then": free}));
            let mut by_type = named(TYPE);
            by_type["not"] = has(CLASS);
            let taken = self.reference(Definition::Class(class, Naming::Taken));
            cases.push(json!({"if": by_type, "then": taken}));
        } else {
            let either = json!({"anyOf": [named(TYPE), named(CLASS)]});
            cases.push(json!({"if": either, "then": free}));
        }
    }

    /// The class of a root that names none.
    fn only_root(&self) -> Option<ClassId> {
        let free = |class: &&ClassId| super::is_part_of_nothing(self.metamodel, **class);
        let mut all = self.roots.iter().filter(free);
        all.next().copied().filter(|_| all.next().is_none())
    }

    /// A reference to an instance of a class: its name, identity or place, or a place in another file.
    pub(super) fn link(&mut self, class: ClassId) -> Value {
        let names: Vec<String> = self
            .metamodel
            .concrete(class)
            .map(|c| self.name(c))
            .collect();
        let name = &self.metamodel.class(class).name;
        let mut properties = json!({
            ELSEWHERE: {"type": "string", "description": "The file and the place in it: `file#place`."},
        });
        if !names.is_empty() {
            properties[CLASS] = json!({"enum": names, "description": "Its class."});
        }
        json!({
            "description": format!("A {name}: its name, its identity, its place such as `//@a.0`, or `file.yaml#place`."),
            "type": ["string", "number", "boolean", "object", "null"],
            "properties": properties,
            "required": [ELSEWHERE],
            "additionalProperties": false,
        })
    }
}

/// An object with that key. Without its type, the condition would hold for a place where nothing is written yet.
fn has(key: &str) -> Value {
    json!({"type": "object", "required": [key]})
}

/// Adds what the documentation annotation says.
pub(super) fn describe(schema: &mut Value, documentation: Option<&str>) {
    if let Some(text) = documentation {
        schema["description"] = json!(text);
    }
}
