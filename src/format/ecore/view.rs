//! Looking at models of Ecore across files: values by name, places, and what references find.
//!
//! Who makes a metamodel of them ([`super::convert`]) and who checks them ([`super::wellformed`]) see the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ecore;
use crate::diag::Span;
use crate::format::resource::{Metamodels, built_in, split_uri};
use crate::metamodel::Classifier;
use crate::model::{Model, ObjectId, Origin, Value};

/// An object of one of the files.
pub(super) type Place = (usize, ObjectId);

/// What a reference finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// An element of a file that was read.
    Element(Place),
    /// A classifier that every metamodel has.
    BuiltIn(Classifier),
    /// Nothing: its URI.
    Missing(Arc<str>),
}

impl Target {
    /// The element, where it is one.
    pub(super) fn element(&self) -> Option<Place> {
        match self {
            Self::Element(place) => Some(*place),
            _ => None,
        }
    }
}

/// A look at the files.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a, 'w>(pub(super) &'a Metamodels<'w>);

impl<'a> View<'a, '_> {
    pub(super) fn model(self, place: Place) -> &'a Model {
        &self.0.resources[place.0].model
    }

    pub(super) fn class(self, place: Place) -> &'a str {
        self.model(place).class_name(place.1)
    }

    pub(super) fn value(self, place: Place, name: &str) -> Value {
        super::value(self.model(place), place.1, name)
    }

    pub(super) fn text(self, place: Place, name: &str) -> Option<Arc<str>> {
        super::text(self.model(place), place.1, name)
    }

    /// The name for messages.
    pub(super) fn name(self, place: Place) -> Arc<str> {
        self.text(place, "name").unwrap_or_else(|| "unnamed".into())
    }

    pub(super) fn flag(self, place: Place, name: &str) -> bool {
        self.value(place, name) == Value::Boolean(true)
    }

    pub(super) fn number(self, place: Place, name: &str) -> i64 {
        match self.value(place, name) {
            Value::Integer(n) => n,
            _ => 0,
        }
    }

    pub(super) fn parts(self, place: Place, name: &str) -> Vec<Place> {
        let value = self.value(place, name);
        value.objects().map(|o| (place.0, o)).collect()
    }

    pub(super) fn container(self, place: Place) -> Option<Place> {
        Some((place.0, self.model(place).container(place.1)?))
    }

    /// Where a feature of an element is written, else where its name is, else the element.
    pub(super) fn span(self, place: Place, name: &str) -> Span {
        let model = self.model(place);
        let written = |name| {
            let feature = ecore().feature_named(model.class(place.1), name)?;
            model.origin(place.1, feature).and_then(Origin::span)
        };
        written(name)
            .or_else(|| written("name"))
            .unwrap_or_else(|| model.nearest_span(place.1))
    }

    /// Whether a file has a value here that was reported.
    pub(super) fn is_unread(self, place: Place, name: &str) -> bool {
        let model = self.model(place);
        let feature = ecore().feature_named(model.class(place.1), name);
        feature.is_some_and(|f| model.is_unread(place.1, f))
    }

    /// What an annotation says under a key.
    pub(super) fn annotation(self, place: Place, source: &str, key: &str) -> Option<Arc<str>> {
        let annotations = self.parts(place, "eAnnotations");
        let mut of = annotations
            .iter()
            .filter(|a| self.text(**a, "source").as_deref() == Some(source));
        let entry = of.find_map(|a| {
            let details = self.parts(*a, "details");
            details
                .into_iter()
                .find(|d| self.text(*d, "key").as_deref() == Some(key))
        })?;
        self.text(entry, "value")
    }

    /// The object that a value of Ecore points at.
    pub(super) fn object_of(self, place: Place, value: &Value) -> Option<Place> {
        match value {
            Value::Object(object) => Some((place.0, *object)),
            Value::Proxy(proxy) => {
                let (file, fragment) = split_uri(&proxy.uri);
                let index = self.0.find(place.0, file)?;
                let object = self.0.resources[index].resolve(fragment)?;
                Some((index, object))
            }
            _ => None,
        }
    }

    /// What the values of a reference find, in order.
    pub(super) fn targets(self, place: Place, name: &str) -> Vec<Target> {
        let value = self.value(place, name);
        let one = std::slice::from_ref(&value);
        let items = if value.items().is_empty() {
            one
        } else {
            value.items()
        };
        items.iter().filter_map(|v| self.found(place, v)).collect()
    }

    fn found(self, place: Place, value: &Value) -> Option<Target> {
        if let Value::Proxy(proxy) = value {
            let (file, fragment) = split_uri(&proxy.uri);
            if let Some(uri) = built_in(file) {
                let package = ecore().package_by_uri(uri)?;
                let found = ecore().classifier(package, fragment.trim_start_matches('/'));
                // Deeper fragments name features and type parameters, which are there.
                return found.map(Target::BuiltIn);
            }
            let found = self.object_of(place, value);
            return Some(found.map_or_else(|| Target::Missing(proxy.uri.clone()), Target::Element));
        }
        self.object_of(place, value).map(Target::Element)
    }

    /// What a reference of one value finds.
    pub(super) fn target(self, place: Place, name: &str) -> Option<Target> {
        self.targets(place, name).into_iter().next()
    }

    /// The classes that a class inherits from directly, as far as they are in files.
    pub(super) fn supers(self, class: Place) -> Vec<Place> {
        let generic = self.parts(class, "eGenericSuperTypes");
        let classifiers = generic
            .iter()
            .filter_map(|g| self.target(*g, "eClassifier"));
        let plain = self.targets(class, "eSuperTypes").into_iter();
        plain
            .chain(classifiers)
            .filter_map(|t| t.element())
            .collect()
    }

    /// A class and all that it inherits from, itself first.
    pub(super) fn lineage(self, class: Place) -> Vec<Place> {
        let mut seen = BTreeSet::from([class]);
        let mut all = vec![class];
        let mut next = 0;
        while let Some(one) = all.get(next).copied() {
            next += 1;
            all.extend(self.supers(one).into_iter().filter(|s| seen.insert(*s)));
        }
        all
    }

    /// What a typed element's type is once its type arguments are forgotten; `None` where it has none.
    pub(super) fn erased(self, typed: Place) -> Option<Target> {
        if let Some(plain) = self.target(typed, "eType") {
            return Some(plain);
        }
        let mut generic = *self.parts(typed, "eGenericType").first()?;
        // A parameter may be bounded by another, and that by the first.
        for _ in 0..16 {
            if let Some(found) = self.target(generic, "eClassifier") {
                return Some(found);
            }
            let parameter = self
                .target(generic, "eTypeParameter")
                .and_then(|t| t.element());
            let bounds = parameter.map(|p| self.parts(p, "eBounds"));
            let bounds = bounds.unwrap_or_else(|| self.parts(generic, "eUpperBound"));
            let Some(bound) = bounds.first() else { break };
            generic = *bound;
        }
        let package = ecore().packages().next()?.0;
        ecore()
            .classifier(package, "EJavaObject")
            .map(Target::BuiltIn)
    }
}
