//! From models of Ecore to a metamodel: classifiers of all files first, then what may refer to any of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bootstrap::ecore;
use crate::diag::{Code, Diagnostic, Diagnostics, Sources, Span};
use crate::metamodel::{
    Builder, ClassDraft, ClassId, Classifier, ECORE_URI, EnumLiteral, Feature, FeatureDraft,
    FeatureId, FeatureKind, Metamodel, PackageId, Primitive, ValueType,
};
use crate::model::{Model, ObjectId, Value, resolve_fragment};

/// An object of one of the files.
type Place = (usize, ObjectId);

/// Makes one metamodel of the `.ecore` files that were read as `models`, each with its path.
pub fn metamodel(sources: &Sources, models: &[Model], diagnostics: &mut Diagnostics) -> Metamodel {
    let mut converter = Converter {
        sources,
        models,
        builder: Builder::new(),
        classifiers: BTreeMap::new(),
        features: BTreeMap::new(),
        diagnostics,
    };
    for (index, model) in models.iter().enumerate() {
        for root in model.roots() {
            converter.package((index, *root), None);
        }
    }
    let classes: Vec<(Place, ClassId)> = converter
        .classifiers
        .iter()
        .filter_map(|(place, c)| {
            if let Classifier::Class(id) = c {
                Some((*place, *id))
            } else {
                None
            }
        })
        .collect();
    for (place, class) in &classes {
        converter.class(*place, *class);
    }
    converter.opposites();
    let Converter {
        builder,
        diagnostics,
        ..
    } = converter;
    builder.finish(diagnostics)
}

struct Converter<'a> {
    sources: &'a Sources,
    models: &'a [Model],
    builder: Builder,
    classifiers: BTreeMap<Place, Classifier>,
    features: BTreeMap<Place, FeatureId>,
    diagnostics: &'a mut Diagnostics,
}

impl Converter<'_> {
    fn model(&self, place: Place) -> &Model {
        &self.models[place.0]
    }

    fn value(&self, place: Place, name: &str) -> Value {
        let model = self.model(place);
        ecore()
            .feature_named(model.class(place.1), name)
            .map_or(Value::Null, |f| model.get(place.1, f))
    }

    fn text(&self, place: Place, name: &str) -> Option<Arc<str>> {
        match self.value(place, name) {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn flag(&self, place: Place, name: &str) -> bool {
        self.value(place, name) == Value::Boolean(true)
    }

    fn parts(&self, place: Place, name: &str) -> Vec<Place> {
        self.value(place, name)
            .objects()
            .map(|o| (place.0, o))
            .collect()
    }

    fn span(&self, place: Place) -> Span {
        self.model(place).nearest_span(place.1)
    }

    fn report(&mut self, place: Place, message: String) {
        let span = self.span(place);
        self.diagnostics
            .push(Diagnostic::error(Code::InvalidMetamodel, span, message));
    }

    fn name(&mut self, place: Place, what: &str) -> Arc<str> {
        self.text(place, "name").unwrap_or_else(|| {
            self.report(place, format!("{what} has no name"));
            "unnamed".into()
        })
    }

    fn documentation(&self, place: Place) -> Option<Arc<str>> {
        let annotations = self.parts(place, "eAnnotations");
        let of = annotations.iter().find(|a| {
            self.text(**a, "source").as_deref() == Some("http://www.eclipse.org/emf/2002/GenModel")
        })?;
        let details = self.parts(*of, "details");
        let entry = details
            .iter()
            .find(|d| self.text(**d, "key").as_deref() == Some("documentation"))?;
        self.text(*entry, "value")
    }

    fn package(&mut self, place: Place, parent: Option<PackageId>) {
        if self.model(place).class_name(place.1) != "EPackage" {
            self.report(place, "the root of a metamodel is an EPackage".to_owned());
            return;
        }
        let name = self.name(place, "a package");
        let uri = self.text(place, "nsURI").unwrap_or_else(|| name.clone());
        let prefix = self.text(place, "nsPrefix").unwrap_or_else(|| name.clone());
        if let Some(first) = self.builder.so_far().package_by_uri(&uri) {
            let first = self.builder.so_far().package(first).span;
            let message = format!("two packages have the namespace `{uri}`");
            let mut diagnostic =
                Diagnostic::error(Code::InvalidMetamodel, self.span(place), message);
            if let Some(first) = first {
                diagnostic = diagnostic.related(first, "the first one");
            }
            self.diagnostics.push(diagnostic);
            return;
        }
        let span = Some(self.span(place));
        let package = self.builder.package(&name, &uri, &prefix, parent, span);
        for part in self.parts(place, "eClassifiers") {
            self.classifier(part, package);
        }
        for part in self.parts(place, "eSubpackages") {
            self.package(part, Some(package));
        }
    }

    fn classifier(&mut self, place: Place, package: PackageId) {
        let name = self.name(place, "a classifier");
        if self.builder.so_far().classifier(package, &name).is_some() {
            self.report(place, format!("two classifiers are called `{name}`"));
            return;
        }
        let class_name = self.model(place).class_name(place.1).to_owned();
        let classifier = match class_name.as_str() {
            "EClass" => Classifier::Class(self.builder.class(ClassDraft {
                name,
                package,
                is_abstract: self.flag(place, "abstract") || self.flag(place, "interface"),
                documentation: self.documentation(place),
                span: Some(self.span(place)),
            })),
            "EEnum" => {
                let literals = self.literals(place);
                Classifier::Enum(self.builder.enumeration(package, &name, literals))
            }
            _ => {
                let java = self
                    .text(place, "instanceClassName")
                    .or_else(|| self.text(place, "instanceTypeName"));
                let primitive = Primitive::of(&name, java.as_deref());
                Classifier::DataType(self.builder.data_type(package, &name, primitive))
            }
        };
        self.classifiers.insert(place, classifier);
    }

    fn literals(&mut self, place: Place) -> Vec<EnumLiteral> {
        let mut literals: Vec<EnumLiteral> = Vec::new();
        for part in self.parts(place, "eLiterals") {
            let name = self.name(part, "a literal");
            let value = match self.value(part, "value") {
                Value::Integer(n) => i32::try_from(n).unwrap_or_default(),
                _ => 0,
            };
            if literals.iter().any(|l| l.name == name) {
                self.report(part, format!("two literals are called `{name}`"));
                continue;
            }
            let literal = self.text(part, "literal").unwrap_or_else(|| name.clone());
            literals.push(EnumLiteral {
                name,
                literal,
                value,
            });
        }
        literals
    }

    fn class(&mut self, place: Place, class: ClassId) {
        for parent in self.value(place, "eSuperTypes").items() {
            match self.resolve(place, parent) {
                Some(Classifier::Class(parent)) => self.builder.inherit(class, parent),
                _ => self.report(
                    place,
                    "a super type is not a class that is loaded".to_owned(),
                ),
            }
        }
        for part in self.parts(place, "eStructuralFeatures") {
            if let Some(feature) = self.feature(part, class) {
                self.features.insert(part, feature);
            }
        }
    }

    fn feature(&mut self, place: Place, owner: ClassId) -> Option<FeatureId> {
        let name = self.name(place, "a feature");
        let kind = self.kind(place, &name)?;
        let bound = |value| if let Value::Integer(n) = value { n } else { 0 };
        let (lower, upper) = (
            bound(self.value(place, "lowerBound")),
            bound(self.value(place, "upperBound")),
        );
        if lower < 0 || upper == 0 || (upper > 0 && lower > upper) {
            self.report(
                place,
                format!("the bounds [{lower}..{upper}] of `{name}` allow no value"),
            );
        }
        let default_text = self.text(place, "defaultValueLiteral");
        let feature = Feature {
            name,
            owner,
            kind,
            lower: u32::try_from(lower).unwrap_or_default(),
            upper: u32::try_from(upper).ok(),
            unique: self.flag(place, "unique"),
            transient: self.flag(place, "transient"),
            derived: self.flag(place, "derived") || self.flag(place, "volatile"),
            changeable: self.flag(place, "changeable"),
            unsettable: self.flag(place, "unsettable"),
            default: None,
            documentation: self.documentation(place),
            span: Some(self.span(place)),
        };
        Some(self.builder.feature(
            FeatureDraft {
                feature,
                default_text,
            },
            self.diagnostics,
        ))
    }

    fn kind(&mut self, place: Place, name: &str) -> Option<FeatureKind> {
        let is_reference = self.model(place).class_name(place.1) == "EReference";
        let mut of = self.value(place, "eType");
        if of == Value::Null
            && let Some(generic) = self.parts(place, "eGenericType").first()
        {
            of = self.value(*generic, "eClassifier");
        }
        if of == Value::Null {
            self.report(place, format!("`{name}` has no type"));
            return None;
        }
        match (self.resolve(place, &of), is_reference) {
            (Some(Classifier::Class(target)), true) => {
                let containment = self.flag(place, "containment");
                Some(FeatureKind::Reference {
                    target,
                    containment,
                    opposite: None,
                })
            }
            (Some(Classifier::DataType(id)), false) => Some(FeatureKind::Attribute {
                of: ValueType::Data(id),
                id: self.flag(place, "iD"),
            }),
            (Some(Classifier::Enum(id)), false) => Some(FeatureKind::Attribute {
                of: ValueType::Enum(id),
                id: self.flag(place, "iD"),
            }),
            (Some(_), true) => {
                self.report(
                    place,
                    format!("the reference `{name}` needs a class as its type"),
                );
                None
            }
            (Some(_), false) => {
                self.report(
                    place,
                    format!("the attribute `{name}` needs a data type or an enum as its type"),
                );
                None
            }
            (None, _) => {
                let shown = if let Value::Proxy(uri) = &of {
                    format!(" `{uri}`")
                } else {
                    String::new()
                };
                self.report(place, format!("the type{shown} of `{name}` is not loaded"));
                None
            }
        }
    }

    fn opposites(&mut self) {
        for (place, feature) in self.features.clone() {
            let Value::Object(other) = self.value(place, "eOpposite") else {
                continue;
            };
            if let Some(other) = self.features.get(&(place.0, other)) {
                self.builder.oppose(feature, *other);
            }
        }
    }

    /// The classifier that a value of Ecore points at: in this file, in Ecore itself, or in another loaded file.
    fn resolve(&self, place: Place, value: &Value) -> Option<Classifier> {
        match value {
            Value::Object(object) => self.classifiers.get(&(place.0, *object)).copied(),
            Value::Proxy(uri) => {
                let (file, fragment) = uri.split_once('#')?;
                if file == ECORE_URI || file.ends_with("/Ecore.ecore") {
                    return self
                        .builder
                        .so_far()
                        .classifier(PackageId(0), fragment.trim_start_matches('/'));
                }
                let index = self.models.iter().position(|m| self.is_file(m, file))?;
                let object = resolve_fragment(&self.models[index], fragment).ok()?;
                self.classifiers.get(&(index, object)).copied()
            }
            _ => None,
        }
    }

    /// Whether a URI means the file of a model: by its namespace or the end of its path.
    fn is_file(&self, model: &Model, uri: &str) -> bool {
        let Some(root) = model.roots().first() else {
            return false;
        };
        let namespace = ecore()
            .feature_named(model.class(*root), "nsURI")
            .map(|f| model.get(*root, f));
        let file = model
            .object_origin(*root)
            .span()
            .map(|s| self.sources.path(s.file));
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        namespace.is_some_and(|n| n.as_str() == Some(uri))
            || file.is_some_and(|f| name(f) == name(uri))
    }
}
