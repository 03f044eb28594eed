//! Objects in a schema: of one class, of a class and its sub types, or elsewhere.

use serde_json::{Map, Value, json};

use super::{
    CLASS, Definition, ELSEWHERE, EXTENSIONS, ID, Naming, SCHEMA, SCHEMA_LOCATION, Schema, TYPE,
};
use crate::format::shared;
use crate::metamodel::{ClassId, FeatureId, Role};

impl Schema<'_> {
    /// An instance of exactly this class.
    pub(super) fn class(&mut self, class: ClassId, naming: Naming) -> Value {
        let metamodel = self.metamodel;
        let declared = metamodel.class(class);
        let (mut properties, mut required) = (Map::new(), Vec::new());
        let taken = naming == Naming::Taken;
        for id in &declared.features {
            let feature = metamodel.feature(*id);
            let unwritable = shared::unwritable(metamodel, *id).is_some();
            if (taken && &*feature.name == TYPE) || unwritable {
                continue;
            }
            properties.insert(feature.name.to_string(), self.feature(*id));
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
        let text = json!({"type": ["string", "number", "boolean"]});
        let mut quiet = |key: &str, mut value: Value, description: &str| {
            value["description"] = json!(description);
            value["doNotSuggest"] = json!(true);
            name(key, value);
        };
        let described = "Its identity, by which references may name it.";
        quiet(ID, text.clone(), described);
        let texts = json!({"type": "array", "items": text});
        quiet(EXTENSIONS, texts, "What XMI holds for other tools.");
        if self.roots.contains(&class) {
            quiet(SCHEMA, text.clone(), "The JSON Schema of this file.");
            let places = json!({"type": "object", "additionalProperties": text});
            let described = "Where the metamodels are, by their namespaces.";
            quiet(SCHEMA_LOCATION, places, described);
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

    /// What `type` and `$type` call a class.
    fn name(&self, class: ClassId) -> String {
        shared::class_name(self.metamodel, class)
    }

    /// Whether the reader misses a feature that is not written: it must be there, and nothing else gives it a value.
    pub(super) fn is_required(&self, feature: FeatureId) -> bool {
        let feature = self.metamodel.feature(feature);
        feature.lower > 0
            && !feature.derived
            && feature.changeable
            && !matches!(feature.role, Role::Member(_))
            && feature.default.is_none()
            && feature.opposite().is_none()
    }

    /// A root, which names its class where there is a choice.
    pub(super) fn root(&mut self) -> Value {
        let free = self.metamodel.root_classes();
        let only = free.first().filter(|_| free.len() == 1).copied();
        let unnamed = only.filter(|c| self.roots.contains(c));
        self.choice(json!({}), &self.roots.clone(), (unnamed, true))
    }

    /// A part: an instance of a class or one of its sub types, which it names.
    pub(super) fn slot(&mut self, declared: ClassId) -> Value {
        let class = self.metamodel.class(declared);
        let mut made = json!({"title": &*class.name});
        describe(&mut made, class.documentation.as_deref());
        let candidates = self.candidates(declared);
        let unnamed = candidates.iter().copied().find(|c| *c == declared);
        let by_type = !self.has_feature(declared, TYPE);
        self.choice(made, &candidates, (unnamed, by_type))
    }

    /// A part, here or in another file.
    pub(super) fn part(&mut self, declared: ClassId) -> Value {
        json!({
            "if": has(ELSEWHERE),
            "then": self.reference(Definition::Reference(declared)),
            "else": self.reference(Definition::Slot(declared)),
        })
    }

    /// An instance of one of some classes: of `unnamed` where it names none; by `$type` alone, or by `type` too.
    fn choice(
        &mut self,
        mut made: Value,
        candidates: &[ClassId],
        (unnamed, by_type): (Option<ClassId>, bool),
    ) -> Value {
        if candidates.is_empty() {
            made["type"] = json!("null");
            return made;
        }
        let names: Vec<String> = candidates.iter().map(|c| self.name(*c)).collect();
        let choice = json!({"enum": names, "description": "Its class."});
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
            self.cases(*class, by_type, &mut cases);
        }
        if let Some(class) = unnamed {
            let keys: &[&str] = if by_type { &[TYPE, CLASS] } else { &[CLASS] };
            let named: Vec<Value> = keys.iter().map(|k| has(k)).collect();
            let then = self.reference(Definition::Class(class, Naming::Free));
            cases.push(json!({"if": {"not": {"anyOf": named}}, "then": then}));
        }
        made["allOf"] = Value::Array(cases);
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

    /// A reference to an instance of a class: its name, identity or place, or a place in another file.
    pub(super) fn link(&mut self, class: ClassId) -> Value {
        let candidates = self.candidates(class);
        let names: Vec<String> = candidates.iter().map(|c| self.name(*c)).collect();
        let name = &self.metamodel.class(class).name;
        let mut properties = json!({
            ELSEWHERE: {"type": "string", "description": "The file and the place in it: `file#place`."},
        });
        if !names.is_empty() {
            let choice = json!({"enum": names, "description": "Its class."});
            properties[CLASS] = choice.clone();
            properties[TYPE] = choice;
            properties[TYPE]["doNotSuggest"] = json!(true);
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
