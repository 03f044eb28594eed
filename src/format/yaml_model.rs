//! Models in YAML: one object is a mapping, parts nest, references go by name.

use std::sync::Arc;

use super::node::{Entry, Node};
use super::shared::{self, Reference};
use super::yaml;
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::metamodel::{ClassId, FeatureId, Metamodel};
use crate::model::{Model, ObjectId, Origin, Value, resolve_fragment};

/// The key that names the class of an object, unless the class has a feature of that name.
const TYPE: &str = "type";

/// Reads a model. What cannot be read is reported and left out.
pub fn read(
    sources: &Sources,
    file: FileId,
    metamodel: &Arc<Metamodel>,
    diagnostics: &mut Diagnostics,
) -> Model {
    let mut reader = Reader {
        model: Model::new(metamodel.clone()),
        metamodel: metamodel.clone(),
        pending: Vec::new(),
        diagnostics,
    };
    if let Some(root) = yaml::parse(sources, file, reader.diagnostics) {
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
    reader.model
}

struct Reader<'d> {
    model: Model,
    metamodel: Arc<Metamodel>,
    pending: Vec<Reference>,
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
            if let Some(feature) = self.metamodel.feature_named(class, &entry.key.text) {
                self.feature(object, feature, entry);
            } else {
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
        let entry = entries
            .iter()
            .find(|e| &*e.key.text == TYPE && reserved && node.tag.is_none());
        let named = match (&node.tag, entry) {
            (Some(tag), _) => Some((tag.clone(), node.span.part(0, 0))),
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
        let class = match named {
            Some((name, span)) => self.named_class(&name, span, declared)?,
            None => declared.or_else(|| self.root_class(head))?,
        };
        if self.metamodel.class(class).is_abstract {
            let how = "such as `type: Name`";
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
        let diagnostic = Diagnostic::error(Code::UnknownClass, span, message);
        self.diagnostics.push(diagnostic.suggest(name, known));
        None
    }

    /// The class of a root that names none: the only one that is part of nothing.
    fn root_class(&mut self, span: Span) -> Option<ClassId> {
        let metamodel = self.metamodel.clone();
        let candidates: Vec<ClassId> = metamodel
            .own_classes()
            .filter(|(id, c)| !c.is_abstract && metamodel.containments_of(*id).next().is_none())
            .map(|(id, _)| id)
            .collect();
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

    fn feature(&mut self, object: ObjectId, feature: FeatureId, entry: &Entry) {
        let metamodel = self.metamodel.clone();
        let declared = metamodel.feature(feature);
        let node = &entry.value;
        if node.is_null() {
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
        if declared.is_containment() {
            self.parts(object, feature, node);
            return;
        }
        for item in node.sequence().unwrap_or(std::slice::from_ref(node)) {
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
            if declared.target().is_some() {
                self.pending.push(Reference {
                    object,
                    field: metamodel.field(self.model.class(object), feature),
                    text: text.text.clone(),
                    span: text.span,
                });
                continue;
            }
            match shared::literal(&metamodel, feature, &text.text, text.span) {
                Ok(value) if declared.is_many() => {
                    self.model.add(
                        object,
                        feature,
                        value,
                        Origin::Written(entry.key.span.to(node.span)),
                    );
                }
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
        if many && node.sequence().is_none() {
            let message = format!("`{}` is a list, not {}", declared.name, node.description());
            self.model.mark_unread(object, feature);
            let diagnostic = Diagnostic::error(Code::WrongType, node.span, message);
            self.diagnostics
                .push(diagnostic.hint("begin each of its members with `- `"));
            return;
        }
        for item in node.sequence().unwrap_or(std::slice::from_ref(node)) {
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

    fn resolve(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            let found = if pending.text.starts_with('/') {
                resolve_fragment(&self.model, &pending.text)
                    .map_err(|e| shared::unresolved(&pending, &e.reason))
            } else {
                self.by_name(&pending)
            };
            match found {
                Ok(target) => shared::assign(&mut self.model, &pending, target, self.diagnostics),
                Err(diagnostic) => {
                    self.model
                        .mark_unread(pending.object, pending.field.feature);
                    self.diagnostics.push(diagnostic);
                }
            }
        }
        self.model.complete_opposites();
    }

    fn by_name(&self, pending: &Reference) -> Result<ObjectId, Diagnostic> {
        let class = self
            .metamodel
            .feature(pending.field.feature)
            .target()
            .expect("only references are pending");
        let candidates = self.model.instances(class);
        let named: Vec<ObjectId> = candidates
            .iter()
            .copied()
            .filter(|c| self.model.key(*c).as_deref() == Some(&*pending.text))
            .collect();
        match named[..] {
            [one] => Ok(one),
            [] => {
                let names: Vec<Arc<str>> = candidates
                    .iter()
                    .filter_map(|c| self.model.key(*c))
                    .collect();
                let class = &self.metamodel.class(class).name;
                let diagnostic =
                    shared::unresolved(pending, &format!("there is no {class} of that name"));
                Err(diagnostic.suggest(&pending.text, names.iter().map(|n| &**n)))
            }
            _ => {
                let places: Vec<String> = named.iter().map(|o| self.model.fragment(*o)).collect();
                let message = format!("`{}` names {} objects", pending.text, named.len());
                let diagnostic = Diagnostic::error(Code::AmbiguousReference, pending.span, message);
                Err(diagnostic.hint(format!("name one by its place: {}", places.join(", "))))
            }
        }
    }
}
