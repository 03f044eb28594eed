//! JSON Schema of the YAML and JSON models of a metamodel, so that editors complete and check them as they are typed.
//!
//! It is draft-07, which every version of the language server that YAML editors share reads, and so does the one for
//! JSON. It learnt later drafts in 2026 only, and nothing of theirs is missed: each class is one definition with all its
//! features, so `additionalProperties` is enough.
//!
//! The schema helps to type, and does not replace the reader. What it marks, the reader reports, apart from spellings that
//! editors would not help with: `"5"` for a number, `package::Class` for a class, a YAML tag where a class must be named,
//! a literal that is still to be written. Whether a reference resolves and an identity is unique, only the reader knows.
//! Sub types are told apart by `if` and `then` on `type`, not by `oneOf`: a mistake in a `Book` is then marked as that
//! mistake, and not as "matches none of twelve".

mod slot;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::metamodel::{ClassId, Metamodel};

/// The key that names the class of an object, unless the class that is declared has a feature of that name.
const TYPE: &str = "type";
/// The key that names the class of an object, always.
const CLASS: &str = "$type";
/// The key that holds the identity of an object.
const ID: &str = "$id";
/// The key that names an object of another file.
const ELSEWHERE: &str = "$ref";

/// What a schema says of itself. A file that says something else is somebody's own.
pub const MARK: &str = "Made by mlopsgen, which writes it again while it says so.";

/// The JSON Schema of models whose roots are instances of `root`; where it is `None`, of any class, as the reader has it.
pub fn json_schema(metamodel: &Metamodel, root: Option<ClassId>) -> Value {
    let mut schema = Schema {
        metamodel,
        keys: keys(metamodel),
        root,
        roots: roots(metamodel, root),
        wanted: Vec::new(),
        made: BTreeMap::new(),
    };
    let whole = schema.reference(Definition::Slot(root));
    let mut done = BTreeSet::new();
    while let Some(next) = schema.wanted.pop() {
        if done.insert(next) {
            let made = schema.define(next);
            schema.made.insert(next, made);
        }
    }
    let definitions: Map<String, Value> = schema
        .made
        .iter()
        .map(|(what, value)| (schema.key(*what), value.clone()))
        .collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": MARK,
        "title": title(metamodel, root),
        "type": ["object", "array"],
        "if": {"type": "array"},
        "then": {"items": whole},
        "else": whole,
        "definitions": definitions,
    })
}

/// The same as the text of a file.
pub fn text(metamodel: &Metamodel, root: Option<ClassId>) -> String {
    let schema = json_schema(metamodel, root);
    serde_json::to_string_pretty(&schema).expect("plain data has no keys that JSON lacks") + "\n"
}

/// What a definition describes. Their order is that of the classes, each with what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Definition {
    /// Where an instance of a class or one of its sub types may stand, or of any class.
    Slot(Option<ClassId>),
    /// An instance of exactly this class.
    Class(ClassId, Naming),
    /// A reference to an instance of a class.
    Reference(ClassId),
}

/// How an object says of which class it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Naming {
    /// By `$type`, or not at all; `type` is free for a feature of that name.
    Free,
    /// By `type`, though the class has a feature of that name.
    Taken,
}

struct Schema<'m> {
    metamodel: &'m Metamodel,
    /// What classes are called in definitions: their names, with the package where two have one name.
    keys: Vec<String>,
    /// The class of which every root is, where that is known.
    root: Option<ClassId>,
    /// The classes of which a root may be, those that it is without being asked first.
    roots: Vec<ClassId>,
    wanted: Vec<Definition>,
    made: BTreeMap<Definition, Value>,
}

impl Schema<'_> {
    /// A pointer to a definition, which is made if it is not yet.
    fn reference(&mut self, to: Definition) -> Value {
        let to = match to {
            Definition::Slot(Some(class)) if self.is_plain(class) => {
                Definition::Class(class, Naming::Free)
            }
            other => other,
        };
        self.wanted.push(to);
        json!({"$ref": format!("#/definitions/{}", pointer(&self.key(to)))})
    }

    fn key(&self, of: Definition) -> String {
        let name = |class: ClassId| &self.keys[class.0 as usize];
        match of {
            Definition::Slot(None) => "root".to_owned(),
            Definition::Slot(Some(class)) => format!("{}.any", name(class)),
            Definition::Class(class, Naming::Free) => name(class).clone(),
            Definition::Class(class, Naming::Taken) => format!("{}.typed", name(class)),
            Definition::Reference(class) => format!("{}.reference", name(class)),
        }
    }

    fn define(&mut self, what: Definition) -> Value {
        match what {
            Definition::Slot(declared) => self.slot(declared),
            Definition::Class(class, naming) => self.class(class, naming),
            Definition::Reference(class) => self.link(class),
        }
    }

    /// The classes of which an object may be where `declared` is asked for.
    fn candidates(&self, declared: Option<ClassId>) -> Vec<ClassId> {
        match declared {
            Some(class) => self.metamodel.concrete(class).collect(),
            None => self.roots.clone(),
        }
    }

    /// Whether an instance of a class is never one of a sub type, so that nothing has to be named.
    fn is_plain(&self, class: ClassId) -> bool {
        self.candidates(Some(class)) == [class]
    }

    fn has_feature(&self, class: ClassId, name: &str) -> bool {
        self.metamodel.feature_named(class, name).is_some()
    }
}

/// The classes of which a root may be. Any may where it is named, those that are part of nothing come first.
fn roots(metamodel: &Metamodel, root: Option<ClassId>) -> Vec<ClassId> {
    if let Some(root) = root {
        return metamodel.concrete(root).collect();
    }
    let concrete = metamodel.own_classes().filter(|(_, c)| !c.is_abstract);
    let (mut free, parts): (Vec<ClassId>, Vec<ClassId>) = concrete
        .map(|(id, _)| id)
        .partition(|c| is_part_of_nothing(metamodel, *c));
    free.extend(parts);
    free
}

fn is_part_of_nothing(metamodel: &Metamodel, class: ClassId) -> bool {
    metamodel.containments_of(class).next().is_none()
}

fn title(metamodel: &Metamodel, root: Option<ClassId>) -> String {
    if let Some(root) = root {
        return format!("A model whose root is a {}", metamodel.class(root).name);
    }
    let own = metamodel
        .packages()
        .filter(|(id, p)| !id.is_built_in() && p.parent.is_none());
    let names: Vec<&str> = own.map(|(_, p)| &*p.name).collect();
    format!("A model of {}", names.join(", "))
}

/// What classes are called, by their identity: the name, after as many packages as it takes to be the only one.
fn keys(metamodel: &Metamodel) -> Vec<String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, class) in metamodel.classes() {
        *count.entry(&class.name).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let mut keys = Vec::new();
    for (_, class) in metamodel.classes() {
        let mut key = class.name.to_string();
        let mut package = (count[&*class.name] > 1).then_some(class.package);
        while let Some(id) = package {
            key = format!("{}::{key}", metamodel.package(id).name);
            package = metamodel.package(id).parent;
        }
        while !taken.insert(key.clone()) {
            key.push('\'');
        }
        keys.push(key);
    }
    keys
}

/// A key as a step of a pointer in a URI fragment.
fn pointer(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'~' => out.push_str("~0"),
            b'/' => out.push_str("~1"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b':' | b'\'' => {
                out.push(char::from(byte));
            }
            other => {
                use std::fmt::Write as _;
                write!(out, "%{other:02X}").expect("writing to a string cannot fail");
            }
        }
    }
    out
}
