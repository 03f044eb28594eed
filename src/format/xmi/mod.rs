//! Models in XMI, as Eclipse writes them, and in the short form without a namespace.
//!
//! Objects are made in document order; references are resolved when all are known.

mod names;
mod references;

use std::collections::BTreeMap;
use std::sync::Arc;

use names::{Namespaces, Purpose};

use super::shared::{self, Pending};
use super::xml::{Attribute, Tag, Token, Tokens};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::metamodel::{ClassId, Classifier, FeatureId, Metamodel};
use crate::model::{Model, ObjectId, Origin, Value};

/// Reads a model. What cannot be read is reported and left out.
pub fn read(
    sources: &Sources,
    file: FileId,
    metamodel: &Arc<Metamodel>,
    diagnostics: &mut Diagnostics,
) -> Model {
    let text = sources.file(file).text.clone();
    let mut reader = Reader {
        model: Model::new(metamodel.clone()),
        metamodel: metamodel.clone(),
        own_name: sources
            .path(file)
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned(),
        names: Namespaces::default(),
        ids: BTreeMap::new(),
        pending: Vec::new(),
        stack: Vec::new(),
        diagnostics,
    };
    let mut tokens = Tokens::new(&text, file);
    loop {
        match tokens.next() {
            Ok(Some(token)) => reader.token(token),
            Ok(None) => break,
            Err(diagnostic) => {
                reader.diagnostics.push(diagnostic);
                break;
            }
        }
    }
    reader.resolve();
    reader.model
}

/// What an open element stands for.
enum Frame {
    /// The wrapper of several roots.
    Wrapper,
    /// An object.
    Object(ObjectId),
    /// A value of an attribute, as an element.
    Text {
        object: ObjectId,
        feature: FeatureId,
        text: String,
        span: Span,
    },
    /// What was reported already, or needs no reading.
    Skipped,
}

struct Reader<'d> {
    model: Model,
    metamodel: Arc<Metamodel>,
    /// The name of the file that is read: a reference by it stays inside.
    own_name: String,
    names: Namespaces,
    ids: BTreeMap<Arc<str>, ObjectId>,
    pending: Vec<Pending>,
    stack: Vec<Frame>,
    diagnostics: &'d mut Diagnostics,
}

impl Reader<'_> {
    fn token(&mut self, token: Token<'_>) {
        match token {
            Token::Start(tag) => {
                self.names.open(&tag);
                let frame = match self.stack.last() {
                    None | Some(Frame::Wrapper) => self.root(&tag),
                    Some(Frame::Object(parent)) => self.child(*parent, &tag),
                    Some(Frame::Text { feature, .. }) => {
                        let message = format!(
                            "`{}` holds text, not elements",
                            self.metamodel.feature(*feature).name
                        );
                        self.report(Code::WrongType, tag.name_span, message);
                        Frame::Skipped
                    }
                    Some(Frame::Skipped) => Frame::Skipped,
                };
                self.stack.push(frame);
            }
            Token::End => {
                self.names.close();
                if let Some(Frame::Text {
                    object,
                    feature,
                    text,
                    span,
                }) = self.stack.pop()
                {
                    self.value(object, feature, &text, span);
                }
            }
            Token::Text(part, span) => match self.stack.last_mut() {
                Some(Frame::Text {
                    text, span: all, ..
                }) => {
                    *all = if text.is_empty() { span } else { all.to(span) };
                    text.push_str(&part);
                }
                Some(Frame::Object(_)) if !part.trim().is_empty() => {
                    self.report(
                        Code::WrongType,
                        span,
                        "text between the features of an object".to_owned(),
                    );
                }
                _ => {}
            },
        }
    }

    fn report(&mut self, code: Code, span: Span, message: String) {
        self.diagnostics
            .push(Diagnostic::error(code, span, message));
    }

    fn root(&mut self, tag: &Tag<'_>) -> Frame {
        let (prefix, local) = names::split(tag.name);
        if local == "XMI" && self.names.is_xmi(prefix) && self.stack.is_empty() {
            return Frame::Wrapper;
        }
        match self
            .root_class(tag, prefix, local)
            .and_then(|class| self.object(tag, class))
        {
            Some(object) => {
                self.model.add_root(object);
                Frame::Object(object)
            }
            None => Frame::Skipped,
        }
    }

    fn root_class(&mut self, tag: &Tag<'_>, prefix: &str, local: &str) -> Option<ClassId> {
        match self.names.resolve(prefix) {
            Some(uri) => {
                let uri = uri.to_owned();
                self.class_in(&uri, local, tag.name_span)
            }
            None if prefix.is_empty() => self.bare_root(tag, local),
            None => {
                let message = format!("the prefix `{prefix}` is not bound to a namespace");
                self.report(Code::UnknownNamespace, tag.name_span, message);
                None
            }
        }
    }

    /// The class of `local` in the package of a URI.
    fn class_in(&mut self, uri: &str, local: &str, span: Span) -> Option<ClassId> {
        let metamodel = self.metamodel.clone();
        let Some(package) = metamodel.package_by_uri(uri) else {
            let message = format!("no metamodel has the namespace `{uri}`");
            let known: Vec<&str> = metamodel
                .packages()
                .skip(1)
                .map(|(_, p)| &*p.ns_uri)
                .collect();
            let diagnostic = Diagnostic::error(Code::UnknownNamespace, span, message);
            self.diagnostics
                .push(diagnostic.hint(format!("those that are loaded: {}", known.join(", "))));
            return None;
        };
        if let Some(Classifier::Class(class)) = metamodel.classifier(package, local) {
            return Some(class);
        }
        let message = format!(
            "package `{}` has no class `{local}`",
            metamodel.package(package).name
        );
        let classes = metamodel
            .classes()
            .filter(|(_, c)| c.package == package)
            .map(|(_, c)| &*c.name);
        self.diagnostics
            .push(Diagnostic::error(Code::UnknownClass, span, message).suggest(local, classes));
        None
    }

    /// The class that a root without a namespace means: the one of its name, the case of its first letter aside.
    fn bare_root(&mut self, tag: &Tag<'_>, local: &str) -> Option<ClassId> {
        let metamodel = self.metamodel.clone();
        let fits = |name: &str| {
            let (mut a, mut b) = (name.chars(), local.chars());
            a.next().map(|c| c.to_lowercase().to_string())
                == b.next().map(|c| c.to_lowercase().to_string())
                && a.as_str() == b.as_str()
        };
        let found = metamodel
            .classes()
            .find(|(_, c)| !c.is_abstract && fits(&c.name));
        let Some((id, class)) = found else {
            let message =
                format!("no class is called `{local}`, and the element names no metamodel");
            let classes = metamodel
                .classes()
                .filter(|(_, c)| !c.is_abstract)
                .map(|(_, c)| &*c.name);
            self.diagnostics.push(
                Diagnostic::error(Code::UnknownClass, tag.name_span, message)
                    .suggest(local, classes),
            );
            return None;
        };
        let package = metamodel.package(class.package);
        let (prefix, uri) = (&package.ns_prefix, &package.ns_uri);
        let message = format!(
            "`{local}` does not say which metamodel it conforms to, taken for {}",
            class.name
        );
        let full = format!(
            "<{prefix}:{} xmi:version=\"2.0\" xmlns:xmi=\"http://www.omg.org/XMI\" xmlns:{prefix}=\"{uri}\" …>",
            class.name
        );
        let diagnostic = Diagnostic::warning(Code::MissingNamespace, tag.name_span, message);
        self.diagnostics
            .push(diagnostic.hint(format!("Eclipse reads it only as {full}")));
        Some(id)
    }

    /// The class that `xsi:type` names.
    fn typed(&mut self, text: &str, span: Span) -> Option<ClassId> {
        let (prefix, local) = names::split(text);
        match self.names.resolve(prefix).map(str::to_owned) {
            Some(uri) => self.class_in(&uri, local, span),
            None if prefix.is_empty() => {
                let found = self.metamodel.class_named(local);
                if found.is_none() {
                    self.report(
                        Code::UnknownClass,
                        span,
                        format!("there is no class `{local}`"),
                    );
                }
                found
            }
            None => {
                self.report(
                    Code::UnknownNamespace,
                    span,
                    format!("the prefix `{prefix}` is not bound to a namespace"),
                );
                None
            }
        }
    }

    /// Makes the object of an element, of `declared` or of the sub type that the element names.
    fn object(&mut self, tag: &Tag<'_>, declared: ClassId) -> Option<ObjectId> {
        let typed = tag
            .attributes
            .iter()
            .find(|a| self.names.purpose(a) == Purpose::Type);
        let class = match typed {
            Some(a) => self.typed(&a.value, a.value_span)?,
            None => declared,
        };
        let metamodel = self.metamodel.clone();
        if !metamodel.conforms(class, declared) {
            let (is, wants) = (
                &metamodel.class(class).name,
                &metamodel.class(declared).name,
            );
            let span = typed.map_or(tag.name_span, |a| a.value_span);
            self.report(
                Code::WrongType,
                span,
                format!("`{}` holds a {wants}, not a {is}", tag.name),
            );
            return None;
        }
        if metamodel.class(class).is_abstract {
            let how = "such as `xsi:type=\"prefix:Name\"`";
            self.diagnostics.push(shared::abstract_class(
                &metamodel,
                class,
                tag.name_span,
                how,
            ));
            return None;
        }
        let object = self.model.create(class, Origin::Written(tag.span));
        for attribute in &tag.attributes {
            self.attribute(object, attribute);
        }
        Some(object)
    }

    fn attribute(&mut self, object: ObjectId, attribute: &Attribute<'_>) {
        match self.names.purpose(attribute) {
            Purpose::Id => {
                let first = self.ids.insert(attribute.value.as_ref().into(), object);
                if let Some(first) = first {
                    let message = format!("two objects have the identity `{}`", attribute.value);
                    let diagnostic =
                        Diagnostic::error(Code::DuplicateId, attribute.value_span, message);
                    self.diagnostics
                        .push(diagnostic.related(self.model.nearest_span(first), "the first one"));
                }
            }
            Purpose::Feature => {
                let class = self.model.class(object);
                if let Some(feature) = self.metamodel.feature_named(class, attribute.name) {
                    self.attribute_value(object, feature, attribute);
                } else {
                    let (name, span) = (attribute.name, attribute.name_span);
                    self.diagnostics.push(shared::unknown_feature(
                        &self.metamodel,
                        class,
                        name,
                        span,
                    ));
                }
            }
            Purpose::Type | Purpose::Other => {}
        }
    }

    fn attribute_value(&mut self, object: ObjectId, feature: FeatureId, attribute: &Attribute<'_>) {
        let declared = self.metamodel.feature(feature);
        if declared.is_containment() {
            let message = format!("`{}` holds elements, not text", declared.name);
            self.report(Code::WrongType, attribute.value_span, message);
        } else if declared.target().is_some() {
            let (text, span) = (attribute.value.as_ref().into(), attribute.value_span);
            self.pending.push(Pending {
                object,
                feature,
                text,
                span,
            });
        } else if declared.is_many() {
            for item in attribute.value.split_ascii_whitespace() {
                self.value(object, feature, item, attribute.value_span);
            }
        } else {
            self.value(object, feature, &attribute.value, attribute.value_span);
        }
    }

    fn value(&mut self, object: ObjectId, feature: FeatureId, text: &str, span: Span) {
        match shared::literal(&self.metamodel, feature, text, span) {
            Ok(value) if self.metamodel.feature(feature).is_many() => {
                self.model
                    .add(object, feature, value, Origin::Written(span));
            }
            Ok(value) => {
                if let Some(Origin::Written(first)) = self.model.origin(object, feature) {
                    let message =
                        format!("`{}` has two values", self.metamodel.feature(feature).name);
                    let diagnostic = Diagnostic::error(Code::Multiplicity, span, message);
                    self.diagnostics
                        .push(diagnostic.related(first, "the first one"));
                }
                self.model
                    .set(object, feature, value, Origin::Written(span));
            }
            Err(diagnostic) => self.diagnostics.push(*diagnostic),
        }
    }

    /// An element inside of an object: a part, a reference to another file, or a value.
    fn child(&mut self, parent: ObjectId, tag: &Tag<'_>) -> Frame {
        let class = self.model.class(parent);
        let (prefix, local) = names::split(tag.name);
        if self.names.is_xmi(prefix) && !prefix.is_empty() {
            return Frame::Skipped;
        }
        let metamodel = self.metamodel.clone();
        let Some(feature) = metamodel.feature_named(class, local) else {
            self.diagnostics.push(shared::unknown_feature(
                &metamodel,
                class,
                local,
                tag.name_span,
            ));
            return Frame::Skipped;
        };
        let declared = metamodel.feature(feature);
        let Some(target) = declared.target() else {
            return Frame::Text {
                object: parent,
                feature,
                text: String::new(),
                span: tag.span,
            };
        };
        if let Some(href) = tag
            .attributes
            .iter()
            .find(|a| matches!(names::split(a.name).1, "href" | "idref"))
        {
            let (text, span) = (href.value.as_ref().into(), href.value_span);
            self.pending.push(Pending {
                object: parent,
                feature,
                text,
                span,
            });
            return Frame::Skipped;
        }
        if !declared.is_containment() {
            self.report(
                Code::WrongType,
                tag.name_span,
                format!("`{local}` is a reference and needs `href`"),
            );
            return Frame::Skipped;
        }
        let Some(object) = self.object(tag, target) else {
            return Frame::Skipped;
        };
        let origin = Origin::Written(tag.span);
        if declared.is_many() {
            self.model
                .add(parent, feature, Value::Object(object), origin);
        } else {
            if let Some(Origin::Written(first)) = self.model.origin(parent, feature) {
                let diagnostic = Diagnostic::error(
                    Code::Multiplicity,
                    tag.name_span,
                    format!("`{local}` has two values"),
                );
                self.diagnostics
                    .push(diagnostic.related(first, "the first one"));
            }
            self.model
                .set(parent, feature, Value::Object(object), origin);
        }
        Frame::Object(object)
    }
}
