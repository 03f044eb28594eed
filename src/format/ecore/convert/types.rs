//! Of what type features and operations are: what `eType` and `eGenericType` lead to, in this file or another.

use std::sync::Arc;

use super::Converter;
use crate::format::ecore::view::Place;
use crate::format::resource::{built_in, split_uri};
use crate::metamodel::{Classifier, FeatureKind, OBJECT, PackageId, ValueType};
use crate::model::Value;

impl Converter<'_, '_> {
    pub(super) fn kind(&mut self, place: Place, name: &str) -> Option<FeatureKind> {
        let is_reference = self.model(place).class_name(place.1) == "EReference";
        let of = self.value(place, "eType");
        let generic = self.parts(place, "eGenericType").first().copied();
        let (at, found) = match generic {
            Some(generic) if of == Value::Null => {
                ((generic, "eClassifier"), self.erased(generic, 0))
            }
            _ => ((place, "eType"), self.resolve(place, &of)),
        };
        if of == Value::Null && generic.is_none() {
            if !self.view().is_unread(place, "eType") {
                self.report((place, "name"), format!("`{name}` has no type"));
            }
            return None;
        }
        match (found, is_reference) {
            (Some(Classifier::Class(target)), true) => {
                let containment = self.flag(place, "containment");
                Some(FeatureKind::Reference {
                    target,
                    containment,
                    opposite: None,
                })
            }
            // The bound of a type parameter is a Java object where it has none: any object, to a reference.
            (Some(_), true) if of == Value::Null => Some(FeatureKind::Reference {
                target: OBJECT,
                containment: self.flag(place, "containment"),
                opposite: None,
            }),
            (Some(Classifier::DataType(id)), false) => Some(FeatureKind::Attribute {
                of: ValueType::Data(id),
                id: self.flag(place, "iD"),
            }),
            (Some(Classifier::Enum(id)), false) => Some(FeatureKind::Attribute {
                of: ValueType::Enum(id),
                id: self.flag(place, "iD"),
            }),
            (Some(_), true) => {
                let message = format!("the reference `{name}` needs a class as its type");
                self.report(at, message);
                None
            }
            (Some(_), false) => {
                let message =
                    format!("the attribute `{name}` needs a data type or an enum as its type");
                self.report(at, message);
                None
            }
            (None, _) if self.is_known(place, &of) => None,
            (None, _) => {
                let message = format!("the type{} of `{name}` is not loaded", shown(&of));
                self.report(at, message);
                None
            }
        }
    }

    /// The classifier that a generic type stands for once its parameters are forgotten.
    pub(super) fn erased(&self, generic: Place, depth: usize) -> Option<Classifier> {
        let classifier = self.value(generic, "eClassifier");
        if classifier != Value::Null {
            return self.resolve(generic, &classifier);
        }
        let object = || {
            self.builder
                .so_far()
                .classifier(PackageId(0), "EJavaObject")
        };
        if depth > 16 {
            return object();
        }
        let parameter = self.parts(generic, "eTypeParameter");
        let bounds = parameter.first().map(|p| self.parts(*p, "eBounds"));
        let upper = self.parts(generic, "eUpperBound");
        match bounds.unwrap_or(upper).first() {
            Some(bound) => self.erased(*bound, depth + 1),
            None => object(),
        }
    }

    /// The name of a type as a modeller writes it.
    pub(super) fn type_name(&self, place: Place) -> Option<Arc<str>> {
        match self.parts(place, "eGenericType").first() {
            Some(generic) => Some(self.generic_name(*generic, 0).into()),
            None => self.classifier_name(place, &self.value(place, "eType")),
        }
    }

    pub(super) fn generic_name(&self, generic: Place, depth: usize) -> String {
        let parameter = self.parts(generic, "eTypeParameter");
        let own = match parameter.first() {
            Some(parameter) => self.text(*parameter, "name"),
            None => self.classifier_name(generic, &self.value(generic, "eClassifier")),
        };
        let own = own.map_or_else(|| "?".to_owned(), |name| name.to_string());
        let arguments = self.parts(generic, "eTypeArguments");
        if arguments.is_empty() || depth > 16 {
            return own;
        }
        let arguments: Vec<String> = arguments
            .into_iter()
            .map(|a| self.generic_name(a, depth + 1))
            .collect();
        format!("{own}<{}>", arguments.join(", "))
    }

    pub(super) fn classifier_name(&self, place: Place, value: &Value) -> Option<Arc<str>> {
        if *value == Value::Null {
            return None;
        }
        let found = self.resolve(place, value);
        found.map(|c| self.builder.so_far().classifier_name(c).into())
    }

    /// The classifier that a value of Ecore points at: in this file, in Ecore itself, or in another loaded file.
    pub(super) fn resolve(&self, place: Place, value: &Value) -> Option<Classifier> {
        if let Value::Proxy(proxy) = value {
            let (file, fragment) = split_uri(&proxy.uri);
            if let Some(uri) = built_in(file) {
                let so_far = self.builder.so_far();
                let package = so_far.package_by_uri(uri)?;
                return so_far.classifier(package, fragment.trim_start_matches('/'));
            }
        }
        let place = self.object_of(place, value)?;
        self.classifiers.get(&place).copied()
    }

    /// Whether what a value points at is there and was reported, or stands in a file that was.
    pub(super) fn is_known(&self, place: Place, value: &Value) -> bool {
        match value {
            Value::Proxy(proxy) if self.files.is_broken(place.0, &proxy.uri) => true,
            Value::Proxy(_) | Value::Object(_) => self.object_of(place, value).is_some(),
            _ => false,
        }
    }

    pub(super) fn object_of(&self, place: Place, value: &Value) -> Option<Place> {
        self.view().object_of(place, value)
    }
}

pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Proxy(proxy) => format!(" `{}`", proxy.uri),
        _ => String::new(),
    }
}
