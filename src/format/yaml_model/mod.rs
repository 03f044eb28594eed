//! Models in YAML and JSON: one object is a mapping, parts nest, references go by identity, name or place.
//!
//! Keys that begin with `$` say what no feature does: `$type` the class (also `type`, where no feature is called so),
//! `$id` the identity (`xmi:id`), `$ref` an object of another file, `$extensions` and `$schemaLocation` what XMI has
//! for other tools, `$schema` the JSON Schema of the file. Both syntaxes become the same tree ([`super::node`]) before they mean something.

mod emit;
mod references;
mod write;

pub use emit::Syntax;
pub use write::{Comments, write, write_commented};

use std::collections::BTreeSet;
use std::sync::Arc;

use super::node::{Entry, Node};
use super::shared;
use super::{json, yaml};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::metamodel::{ClassId, FeatureId, Metamodel, Role};
use crate::model::{Extension, Model, ObjectId, Origin, Value};
use references::{Names, Pending};

/// The key that names the class of an object, unless the class has a feature of that name.
const TYPE: &str = "type";
/// The key that names the class of any object.
const TYPE_ALWAYS: &str = "$type";
/// The key of an object's identity.
const ID: &str = "$id";
/// The key of a reference into another file, where more is to be said of it than its URI.
const REF: &str = "$ref";
/// The key of what belongs to other tools.
const EXTENSIONS: &str = "$extensions";
/// The key of the places of metamodels.
const SCHEMA_LOCATION: &str = "$schemaLocation";
/// The key by which a JSON file names its JSON Schema, which says nothing of the model.
const SCHEMA: &str = "$schema";
/// The keys that are no features.
const OWN_KEYS: [&str; 5] = [TYPE_ALWAYS, ID, EXTENSIONS, SCHEMA_LOCATION, SCHEMA];

/// Reads a YAML model. What cannot be read is reported and left out.
pub fn read(
    sources: &Sources,
    file: FileId,
    metamodel: &Arc<Metamodel>,
    diagnostics: &mut Diagnostics,
) -> Model {
    let root = yaml::parse(sources, file, diagnostics);
    read_tree(root, (sources, file), metamodel, diagnostics)
}

/// Reads a JSON model. What cannot be read is reported and left out.
pub fn read_json(
    sources: &Sources,
    file: FileId,
    metamodel: &Arc<Metamodel>,
    diagnostics: &mut Diagnostics,
) -> Model {
    let root = json::parse(sources, file, diagnostics);
    read_tree(root, (sources, file), metamodel, diagnostics)
}

fn read_tree(
    root: Option<Node>,
    (sources, file): (&Sources, FileId),
    metamodel: &Arc<Metamodel>,
    diagnostics: &mut Diagnostics,
) -> Model {
    let path = sources.path(file);
    let mut reader = Reader {
        model: Model::new(metamodel.clone()),
        metamodel: metamodel.clone(),
        own_name: path.rsplit('/').next().unwrap_or_default(),
        pending: Vec::new(),
        members: BTreeSet::new(),
        names: Names::default(),
        diagnostics,
    };
    if let Some(root) = root {
        reader.roots(&root);
    } else if !reader.diagnostics.has_errors() {
        let span = Span::new(file, 0, 0);
        reader.diagnostics.push(Diagnostic::error(
            Code::YamlSyntax,
            span,
            "the model is empty",
        ));
    }
    reader.resolve();
    reader.model.shrink();
    reader.model
}

struct Reader<'d> {
    model: Model,
    metamodel: Arc<Metamodel>,
    /// The name of the file that is read: a reference by it stays inside.
    own_name: &'d str,
    pending: Vec<Pending>,
    /// Feature maps that hold references, which are resolved in their place.
    members: BTreeSet<(ObjectId, FeatureId)>,
    names: Names,
    diagnostics: &'d mut Diagnostics,
}

impl Reader<'_> {
    fn roots(&mut self, node: &Node) {
        for root in node.sequence().unwrap_or(std::slice::from_ref(node)) {
            if let Some(object) = self.object(root, None) {
                self.model.add_root(object);
            }
        }
    }

    fn report(&mut self, code: Code, span: Span, message: String) {
        self.diagnostics
            .push(Diagnostic::error(code, span, message));
    }

    /// Reads an object where instances of `declared` may stand; anything where that is `None`.
    fn object(&mut self, node: &Node, declared: Option<ClassId>) -> Option<ObjectId> {
        let Some(entries) = node.mapping() else {
            let what = declared.map_or("a model", |c| &self.metamodel.class(c).name);
            let message = format!(
                "{what} is a mapping of its features, not {}",
                node.description()
            );
            self.report(Code::WrongType, node.span, message);
            return None;
        };
        let (class, rest) = self.class_of(node, entries, declared)?;
        let head = entries.first().map_or(node.span, |e| e.key.span);
        let object = self.model.create(class, Origin::Written(head));
        for entry in entries
            .iter()
            .filter(|e| rest.is_none_or(|t| !std::ptr::eq(t, *e)))
        {
            if OWN_KEYS.contains(&&*entry.key.text) {
                self.own_key((object, declared), entry);
            } else if let Some(feature) = self.metamodel.feature_named(class, &entry.key.text) {
                self.feature(object, feature, entry);
            } else if !self.diagnostics.is_full(entry.key.span) {
                shared::mark_misspelt(&mut self.model, object, &entry.key.text);
                let known = shared::unknown_feature(
                    &self.metamodel,
                    class,
                    &entry.key.text,
                    entry.key.span,
                );
                self.diagnostics.push(known);
            }
        }
        Some(object)
    }

    /// The class of an object and the entry that named it, if one did.
    fn class_of<'n>(
        &mut self,
        node: &'n Node,
        entries: &'n [Entry],
        declared: Option<ClassId>,
    ) -> Option<(ClassId, Option<&'n Entry>)> {
        let reserved = declared.is_none_or(|c| self.metamodel.feature_named(c, TYPE).is_none());
        let key = |name: &str| entries.iter().find(|e| &*e.key.text == name);
        let entry = key(TYPE_ALWAYS)
            .or_else(|| key(TYPE).filter(|_| reserved))
            .filter(|_| node.tag.is_none());
        let named = match (&node.tag, entry) {
            (Some(tag), _) => Some((tag.text.clone(), tag.span)),
            (None, Some(entry)) => {
                if let Some(text) = entry.value.scalar() {
                    Some((text.text.clone(), text.span))
                } else {
                    self.report(
                        Code::WrongType,
                        entry.value.span,
                        "`type` is the name of a class".to_owned(),
                    );
                    return None;
                }
            }
            (None, None) => None,
        };
        let head = entries.first().map_or(node.span, |e| e.key.span);
        let (class, head) = match named {
            Some((name, span)) => (self.named_class(&name, span, declared)?, span),
            None => (declared.or_else(|| self.root_class(head))?, head),
        };
        if self.metamodel.class(class).is_abstract {
            let how = if reserved {
                "such as `type: Name`"
            } else {
                "such as `$type: Name`, for `type` is a feature here"
            };
            self.diagnostics
                .push(shared::abstract_class(&self.metamodel, class, head, how));
            return None;
        }
        Some((class, entry))
    }

    fn named_class(
        &mut self,
        name: &str,
        span: Span,
        declared: Option<ClassId>,
    ) -> Option<ClassId> {
        let found = self.metamodel.class_named(name);
        let fits = |c: &ClassId| declared.is_none_or(|d| self.metamodel.conforms(*c, d));
        if let Some(class) = found.filter(fits) {
            return Some(class);
        }
        let metamodel = self.metamodel.clone();
        let place = declared.map_or_else(String::new, |d| {
            format!(" among {} and its sub types", metamodel.class(d).name)
        });
        let message = format!("there is no class `{name}`{place}");
        let known = metamodel
            .classes()
            .filter(|(id, c)| !c.is_abstract && fits(id))
            .map(|(_, c)| &*c.name);
        if self.diagnostics.is_full(span) {
            return None;
        }
        let diagnostic = Diagnostic::error(Code::UnknownClass, span, message);
        let meant = declared.and_then(|d| metamodel.class_below(name, d));
        self.diagnostics.push(match meant {
            Some(meant) => {
                let full = shared::class_name(&metamodel, meant);
                diagnostic.replace_with(format!("did you mean `{full}`?"), full)
            }
            None => diagnostic.suggest(name, known),
        });
        None
    }

    /// The class of a root that names none: the only one that is part of nothing.
    fn root_class(&mut self, span: Span) -> Option<ClassId> {
        let metamodel = self.metamodel.clone();
        let candidates = metamodel.root_classes();
        if let [only] = candidates[..] {
            return Some(only);
        }
        let names: Vec<&str> = candidates
            .iter()
            .map(|c| &*metamodel.class(*c).name)
            .collect();
        let diagnostic = Diagnostic::error(
            Code::UnknownClass,
            span,
            "the model does not say of which class it is",
        );
        self.diagnostics.push(diagnostic.hint(format!(
            "begin it with `type:` and one of {}",
            names.join(", ")
        )));
        None
    }

    /// A key that is no feature. The last two belong to a file, and so to its roots.
    fn own_key(&mut self, (object, declared): (ObjectId, Option<ClassId>), entry: &Entry) {
        let node = &entry.value;
        let key = &*entry.key.text;
        if declared.is_some() && matches!(key, SCHEMA | SCHEMA_LOCATION) {
            let message = format!("`{key}` stands in a root, not in one of its parts");
            self.report(Code::WrongType, entry.key.span, message);
            return;
        }
        let scalar = node.scalar().filter(|_| !node.is_null());
        let document = &mut self.model.document;
        let wrong = match (key, scalar) {
            (ID, Some(id)) => {
                self.model.set_id(object, &id.text);
                None
            }
            (TYPE_ALWAYS | SCHEMA, Some(_)) => None,
            (EXTENSIONS, _) if let Some(items) = node.sequence() => {
                let texts = items.iter().filter_map(Node::scalar);
                document.extensions.extend(texts.map(|text| Extension {
                    object: Some(object),
                    text: text.text.clone(),
                }));
                items.iter().find(|item| item.scalar().is_none())
            }
            (SCHEMA_LOCATION, _) if let Some(entries) = node.mapping() => {
                let pairs = entries
                    .iter()
                    .filter_map(|e| Some((e.key.text.clone(), e.value.scalar()?.text.clone())));
                let locations = document.schema_locations.get_or_insert_default();
                locations.extend(pairs);
                let values = &mut entries.iter().map(|e| &e.value);
                values.find(|value| value.scalar().is_none())
            }
            _ => Some(node),
        };
        if let Some(wrong) = wrong {
            let subject = if std::ptr::eq(wrong, node) {
                format!("`{key}` is")
            } else {
                format!("a member of `{key}` is a single value,")
            };
            let message = format!("{subject} not {}", wrong.description());
            self.report(Code::WrongType, wrong.span, message);
        }
    }

    fn feature(&mut self, object: ObjectId, feature: FeatureId, entry: &Entry) {
        let metamodel = self.metamodel.clone();
        let declared = metamodel.feature(feature);
        let node = &entry.value;
        if node.is_null() {
            // No value is a value only of what can be unset.
            let meant = declared.unsettable || declared.default.is_some();
            let nullable = declared
                .value_type()
                .is_none_or(|of| metamodel.is_nullable(of));
            if meant && (nullable || declared.unsettable) && !declared.is_many() {
                let origin = Origin::Written(entry.key.span.to(node.span));
                self.model.set(object, feature, Value::Null, origin);
            }
            return;
        }
        if let Some(why) = shared::unwritable(&metamodel, feature) {
            let message = format!("`{}` {why}, so that a file cannot set it", declared.name);
            self.report(Code::WrongType, entry.key.span, message);
            return;
        }
        if let (Some(items), false) = (node.sequence(), declared.is_many()) {
            let message = format!(
                "`{}` is one value, not a list of {}",
                declared.name,
                items.len()
            );
            self.model.mark_unread(object, feature);
            self.report(Code::WrongType, node.span, message);
            return;
        }
        if declared.role == Role::Map {
            self.entries(object, feature, node);
        } else if declared.is_containment() {
            self.parts(object, feature, node);
        } else if declared.target().is_some() {
            self.references(object, feature, node);
        } else {
            self.values(object, feature, entry);
        }
    }

    /// The entries of a feature map: mappings of one feature each.
    fn entries(&mut self, object: ObjectId, map: FeatureId, node: &Node) {
        let metamodel = self.metamodel.clone();
        let class = self.model.class(object);
        for item in node.sequence().unwrap_or(std::slice::from_ref(node)) {
            let Some([entry]) = item.mapping() else {
                let message = format!(
                    "a member of `{}` is a mapping of one feature, not {}",
                    metamodel.feature(map).name,
                    item.description()
                );
                self.report(Code::WrongType, item.span, message);
                continue;
            };
            let name = &entry.key.text;
            match metamodel.feature_named(class, name) {
                Some(f) if metamodel.feature(f).role == Role::Member(map) => {
                    self.feature(object, f, entry);
                }
                _ => self.diagnostics.push(shared::unknown_feature(
                    &metamodel,
                    class,
                    name,
                    entry.key.span,
                )),
            }
        }
    }

    /// The values of an attribute.
    fn values(&mut self, object: ObjectId, feature: FeatureId, entry: &Entry) {
        let metamodel = self.metamodel.clone();
        let declared = metamodel.feature(feature);
        let node = &entry.value;
        if declared.is_many() && node.sequence().is_some_and(<[Node]>::is_empty) {
            return;
        }
        for item in node.sequence().unwrap_or(std::slice::from_ref(node)) {
            let origin = Origin::Written(entry.key.span.to(node.span));
            if declared.is_many() && item.is_null() {
                self.model.add(object, feature, Value::Null, origin);
                continue;
            }
            let Some(text) = item.scalar() else {
                let message = format!(
                    "`{}` is a single value, not {}",
                    declared.name,
                    item.description()
                );
                self.model.mark_unread(object, feature);
                self.report(Code::WrongType, item.span, message);
                continue;
            };
            self.diagnostics
                .extend(shared::opaque(&metamodel, feature, text.span));
            match shared::literal(&metamodel, feature, &text.text, text.span) {
                Ok(value) if declared.is_many() => self.model.add(object, feature, value, origin),
                Ok(value) => self.model.set(
                    object,
                    feature,
                    value,
                    Origin::Written(entry.key.span.to(text.span)),
                ),
                Err(diagnostic) => {
                    self.model.mark_unread(object, feature);
                    self.diagnostics.push(*diagnostic);
                }
            }
        }
    }

    fn parts(&mut self, object: ObjectId, feature: FeatureId, node: &Node) {
        let metamodel = self.metamodel.clone();
        let declared = metamodel.feature(feature);
        let many = declared.is_many();
        if many && node.sequence().is_none() && declared.role == Role::Plain {
            let message = format!("`{}` is a list, not {}", declared.name, node.description());
            self.model.mark_unread(object, feature);
            let diagnostic = Diagnostic::error(Code::WrongType, node.span, message);
            self.diagnostics
                .push(diagnostic.hint("begin each of its members with `- `"));
            return;
        }
        for item in node.sequence().unwrap_or(std::slice::from_ref(node)) {
            if self.part_elsewhere(object, feature, item) {
                continue;
            }
            if many && item.is_null() {
                let origin = Origin::Written(item.span);
                self.model.add(object, feature, Value::Null, origin);
                continue;
            }
            let Some(part) = self.object(item, declared.target()) else {
                self.model.mark_unread(object, feature);
                continue;
            };
            let origin = self.model.object_origin(part);
            if many {
                self.model.add(object, feature, Value::Object(part), origin);
            } else {
                self.model.set(object, feature, Value::Object(part), origin);
            }
        }
    }
}
