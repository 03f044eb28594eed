//! JSON Schema of the YAML and JSON models of a metamodel, so that editors complete and check them as they are typed.
//!
//! It is draft-07, which every version of the language server that YAML editors share reads, and so does the one for
//! JSON. It learnt later drafts in 2026 only, and nothing of theirs is missed: each class is one definition with all its
//! features, so `additionalProperties` is enough.
//!
//! The schema helps to type, and does not replace the reader. What it marks, the reader reports, apart from spellings that
//! editors would not help with: `"5"` for a number, `package::Class` for a class, a YAML tag where a class must be named,
//! a literal that is still to be written. What the writer writes, it takes. Whether a reference resolves and an identity is unique, only the reader knows.
//! Sub types are told apart by `if` and `then` on `type`, not by `oneOf`: a mistake in a `Book` is then marked as that
//! mistake, and not as "matches none of twelve".

mod slot;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::metamodel::{ClassId, FeatureId, Metamodel, OBJECT};

/// The key that names the class of an object, unless the class that is declared has a feature of that name.
const TYPE: &str = "type";
/// The key that names the class of an object, always.
const CLASS: &str = "$type";
/// The key that holds the identity of an object.
const ID: &str = "$id";
/// The key that names an object of another file.
const ELSEWHERE: &str = "$ref";
/// The key of what XMI holds for other tools, in any object.
const EXTENSIONS: &str = "$extensions";
/// The key of the places of metamodels, in roots.
const SCHEMA_LOCATION: &str = "$schemaLocation";
/// The key by which a JSON file names its schema, in roots.
const SCHEMA: &str = "$schema";

/// What a schema says of itself. A file that says something else is somebody's own.
pub const MARK: &str = "Made by mlopsgen, which writes it again while it says so.";

/// The JSON Schema of models whose roots are instances of `root`; where it is `None`, of any class, as the reader has it.
pub fn json_schema(metamodel: &Metamodel, root: Option<ClassId>) -> Value {
    let mut schema = Schema {
        metamodel,
        keys: keys(metamodel),
        roots: roots(metamodel, root),
        wanted: Vec::new(),
        made: BTreeMap::new(),
    };
    let whole = schema.reference(Definition::Root);
    let mut done = BTreeSet::new();
    while let Some(next) = schema.wanted.pop() {
        if done.insert(next) {
            let made = schema.define(next);
            schema.made.insert(next, made);
        }
    }
    let made = std::mem::take(&mut schema.made).into_iter();
    let definitions: Map<String, Value> = made.map(|(what, v)| (schema.key(what), v)).collect();
    let mut whole = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": MARK,
        "title": title(metamodel, root),
        "type": ["object", "array"],
        "if": {"type": "array"},
        "then": {"items": whole},
        "else": whole,
    });
    // Moved, where the macro would copy it.
    whole["definitions"] = Value::Object(definitions);
    whole
}

/// The same as the text of a file.
pub fn text(metamodel: &Metamodel, root: Option<ClassId>) -> String {
    let schema = json_schema(metamodel, root);
    serde_json::to_string_pretty(&schema).expect("plain data has no keys that JSON lacks") + "\n"
}

/// What a definition describes. Their order is that of the classes, each with what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Definition {
    /// A root of the model.
    Root,
    /// An instance of a class or of one of its sub types.
    Slot(ClassId),
    /// The same, or where another file holds it.
    Part(ClassId),
    /// An instance of exactly this class.
    Class(ClassId, Naming),
    /// A reference to an instance of a class.
    Reference(ClassId),
    /// An entry of a feature map.
    Entry(FeatureId),
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
    /// The classes of which a root may be, those that are part of nothing first.
    roots: Vec<ClassId>,
    wanted: Vec<Definition>,
    made: BTreeMap<Definition, Value>,
}

impl Schema<'_> {
    /// A pointer to a definition, which is made if it is not yet.
    fn reference(&mut self, to: Definition) -> Value {
        let to = match to {
            Definition::Slot(class) if self.is_plain(class) => {
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
            Definition::Root => ".root".to_owned(),
            Definition::Slot(class) => format!("{}.any", name(class)),
            Definition::Part(class) => format!("{}.part", name(class)),
            Definition::Class(class, Naming::Free) => name(class).clone(),
            Definition::Class(class, Naming::Taken) => format!("{}.typed", name(class)),
            Definition::Reference(class) => format!("{}.reference", name(class)),
            Definition::Entry(map) => {
                let declared = self.metamodel.feature(map);
                format!("{}.{}.entry", name(declared.owner), declared.name)
            }
        }
    }

    fn define(&mut self, what: Definition) -> Value {
        match what {
            Definition::Root => self.root(),
            Definition::Slot(declared) => self.slot(declared),
            Definition::Part(declared) => self.part(declared),
            Definition::Class(class, naming) => self.class(class, naming),
            Definition::Reference(class) => self.link(class),
            Definition::Entry(map) => self.entry(map),
        }
    }

    /// The classes of which an object may be where `declared` is asked for.
    fn candidates(&self, declared: ClassId) -> Vec<ClassId> {
        candidates(self.metamodel, declared)
    }

    /// Whether an instance of a class is never one of a sub type, so that nothing has to be named.
    fn is_plain(&self, class: ClassId) -> bool {
        self.candidates(class) == [class]
    }

    fn has_feature(&self, class: ClassId, name: &str) -> bool {
        self.metamodel.feature_named(class, name).is_some()
    }
}

/// The classes of which a root may be. Any may where it is named, those that are part of nothing come first.
fn roots(metamodel: &Metamodel, root: Option<ClassId>) -> Vec<ClassId> {
    if let Some(root) = root {
        return candidates(metamodel, root);
    }
    let mut all = candidates(metamodel, OBJECT);
    if !meets_built_in(metamodel) {
        all.retain(|c| !metamodel.class(*c).package.is_built_in());
    }
    let (mut free, parts): (Vec<ClassId>, Vec<ClassId>) =
        all.into_iter().partition(|c| is_free(metamodel, *c));
    free.extend(parts);
    free
}

/// The classes with instances of their own that conform to `declared`, those of the metamodel's files first.
fn candidates(metamodel: &Metamodel, declared: ClassId) -> Vec<ClassId> {
    let fits = metamodel
        .classes()
        .filter(|(id, c)| !c.is_abstract && metamodel.conforms(*id, declared));
    let (mut own, built_in): (Vec<ClassId>, Vec<ClassId>) = fits
        .map(|(id, _)| id)
        .partition(|c| !metamodel.class(*c).package.is_built_in());
    own.extend(built_in);
    own
}

/// Whether the files of the metamodel speak of the classes of Ecore itself, or it has none of its own.
fn meets_built_in(metamodel: &Metamodel) -> bool {
    let built_in = |class: ClassId| metamodel.class(class).package.is_built_in();
    let mut own = metamodel.own_classes().peekable();
    own.peek().is_none()
        || own.any(|(_, class)| {
            let targets = class.features.iter();
            let mut targets = targets.filter_map(|f| metamodel.feature(*f).target());
            targets.any(built_in)
        })
}

/// Whether a root that names no class may be of this one.
fn is_free(metamodel: &Metamodel, class: ClassId) -> bool {
    !metamodel.class(class).package.is_built_in() && is_part_of_nothing(metamodel, class)
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
