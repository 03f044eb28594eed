//! From models of Ecore to a metamodel: classifiers of all files first, then what may refer to any of them.

mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::invariants;
use super::view::{Place, View};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::format::is_ecore;
use crate::format::resource::Metamodels;
use crate::metamodel::{
    Builder, ClassDraft, ClassId, Classifier, DataTypeDraft, EnumLiteral, Feature, FeatureDraft,
    FeatureId, Metamodel, Operation, PackageId, Role, TypeUse, ValueType,
};
use crate::model::{Model, Value};
use types::shown;

/// Where EMF's tools keep documentation.
const GEN_MODEL: &str = "http://www.eclipse.org/emf/2002/GenModel";
/// Where the names that XML Schema has for features stand.
const EXTENDED: &str = "http:///org/eclipse/emf/ecore/util/ExtendedMetaData";

/// Makes one metamodel of the `.ecore` files that were read.
pub fn metamodel(files: &Metamodels<'_>, diagnostics: &mut Diagnostics) -> Metamodel {
    let mut converter = Converter {
        files,
        builder: Builder::new(),
        classifiers: BTreeMap::new(),
        features: BTreeMap::new(),
        diagnostics,
    };
    for (index, resource) in files.resources.iter().enumerate() {
        for root in resource.model.roots() {
            converter.package((index, *root), None);
        }
    }
    let classes: Vec<(Place, ClassId)> = converter
        .classifiers
        .iter()
        .filter_map(|(place, c)| match c {
            Classifier::Class(id) => Some((*place, *id)),
            _ => None,
        })
        .filter(|(_, id)| !converter.builder.so_far().class(*id).package.is_built_in())
        .collect();
    for (place, class) in &classes {
        converter.class(*place, *class);
    }
    for (place, feature) in converter.features.clone() {
        converter.opposite(place, feature);
        converter.keys(place, feature);
        converter.role(place, feature);
    }
    for (place, class) in &classes {
        converter.operations(*place, *class);
        let invariants = invariants::of(converter.view(), *place);
        converter.builder.invariants(*class, invariants);
    }
    let Converter {
        builder,
        diagnostics,
        ..
    } = converter;
    builder.finish(diagnostics)
}

struct Converter<'a, 'w> {
    files: &'a Metamodels<'w>,
    builder: Builder,
    classifiers: BTreeMap<Place, Classifier>,
    features: BTreeMap<Place, FeatureId>,
    diagnostics: &'a mut Diagnostics,
}

impl Converter<'_, '_> {
    fn view(&self) -> View<'_, '_> {
        View(self.files)
    }

    fn model(&self, place: Place) -> &Model {
        self.view().model(place)
    }

    fn value(&self, place: Place, name: &str) -> Value {
        self.view().value(place, name)
    }

    fn text(&self, place: Place, name: &str) -> Option<Arc<str>> {
        self.view().text(place, name)
    }

    fn flag(&self, place: Place, name: &str) -> bool {
        self.view().flag(place, name)
    }

    fn parts(&self, place: Place, name: &str) -> Vec<Place> {
        self.view().parts(place, name)
    }

    fn span(&self, place: Place, name: &str) -> Span {
        self.view().span(place, name)
    }

    fn report(&mut self, (place, feature): (Place, &str), message: String) {
        let span = self.span(place, feature);
        self.diagnostics
            .push(Diagnostic::error(Code::InvalidMetamodel, span, message));
    }

    fn name(&mut self, place: Place, what: &str) -> Arc<str> {
        self.text(place, "name").unwrap_or_else(|| {
            self.report((place, "name"), format!("{what} has no name"));
            "unnamed".into()
        })
    }

    fn annotation(&self, place: Place, source: &str, key: &str) -> Option<Arc<str>> {
        self.view().annotation(place, source, key)
    }

    fn documentation(&self, place: Place) -> Option<Arc<str>> {
        self.annotation(place, GEN_MODEL, "documentation")
    }

    fn package(&mut self, place: Place, parent: Option<PackageId>) {
        if self.model(place).class_name(place.1) != "EPackage" {
            return;
        }
        let name = self.name(place, "a package");
        let uri = self.text(place, "nsURI").unwrap_or_else(|| name.clone());
        let prefix = self.text(place, "nsPrefix").unwrap_or_else(|| name.clone());
        if let Some(first) = self.builder.so_far().package_by_uri(&uri) {
            if first.is_built_in() {
                // Ecore's own file among the metamodels: its classifiers are there already.
                self.adopt(place, first);
                return;
            }
            let first = self.builder.so_far().package(first).span;
            let message = format!("two packages have the namespace `{uri}`");
            let span = self.span(place, "nsURI");
            let mut diagnostic = Diagnostic::error(Code::InvalidMetamodel, span, message);
            if let Some(first) = first {
                diagnostic = diagnostic.related(first, "the first one");
            }
            self.diagnostics.push(diagnostic);
            return;
        }
        let span = Some(self.span(place, "name"));
        let package = self.builder.package(&name, &uri, &prefix, parent, span);
        let resource = &self.files.resources[place.0];
        // A model may hold packages among its roots; those of other metamodels were not read here.
        let number = resource.model.roots().iter().position(|r| *r == place.1);
        let location = match (resource.model.place(place.1).as_str(), number) {
            ("/", Some(number)) if !is_ecore(&resource.path) => {
                format!("{}#/{number}", resource.path)
            }
            ("/", _) => resource.path.clone(),
            (fragment, _) => format!("{}#{fragment}", resource.path),
        };
        self.builder.locate(package, &location);
        for part in self.parts(place, "eClassifiers") {
            self.classifier(part, package);
        }
        for part in self.parts(place, "eSubpackages") {
            self.package(part, Some(package));
        }
    }

    /// Takes the classifiers of a file for those of a package that every metamodel has.
    fn adopt(&mut self, place: Place, package: PackageId) {
        for part in self.parts(place, "eClassifiers") {
            let name = self.text(part, "name").unwrap_or_default();
            if let Some(own) = self.builder.so_far().classifier(package, &name) {
                self.classifiers.insert(part, own);
            }
        }
    }

    fn classifier(&mut self, place: Place, package: PackageId) {
        let name = self.name(place, "a classifier");
        if self.builder.so_far().classifier(package, &name).is_some() {
            self.report(
                (place, "name"),
                format!("two classifiers are called `{name}`"),
            );
            return;
        }
        let java = self
            .text(place, "instanceClassName")
            .or_else(|| self.text(place, "instanceTypeName"))
            // A generic Java type counts as its raw one.
            .map(|java| java.split('<').next().unwrap_or_default().into());
        let span = Some(self.span(place, "name"));
        let class_name = self.model(place).class_name(place.1).to_owned();
        let classifier = match class_name.as_str() {
            "EClass" => Classifier::Class(self.builder.class(ClassDraft {
                name,
                package,
                is_abstract: self.flag(place, "abstract"),
                is_interface: self.flag(place, "interface"),
                instance_class: java,
                documentation: self.documentation(place),
                span,
            })),
            "EEnum" => {
                let literals = self.literals(place);
                Classifier::Enum(self.builder.enumeration(package, &name, (literals, span)))
            }
            _ => Classifier::DataType(self.builder.data_type(DataTypeDraft {
                name,
                package,
                instance_class: java,
                serializable: self.flag(place, "serializable"),
                span,
            })),
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
                self.report((part, "name"), format!("two literals are called `{name}`"));
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
        let plain = self.value(place, "eSuperTypes");
        let supers: Vec<(Place, Value)> = if plain.items().is_empty() {
            let generic = self.parts(place, "eGenericSuperTypes");
            let of = generic.into_iter();
            of.map(|g| (g, self.value(g, "eClassifier"))).collect()
        } else {
            plain.items().iter().map(|v| (place, v.clone())).collect()
        };
        for (at, parent) in supers {
            match self.resolve(place, &parent) {
                Some(Classifier::Class(parent)) => self.builder.inherit(class, parent),
                None if self.is_known(place, &parent) => {}
                found => {
                    let name = if at == place {
                        "eSuperTypes"
                    } else {
                        "eClassifier"
                    };
                    let shown = shown(&parent);
                    let message = if found.is_some() {
                        format!("the super type{shown} is no class")
                    } else {
                        format!("the super type{shown} is not loaded")
                    };
                    self.report((at, name), message);
                }
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
        if lower < 0 || upper == 0 || upper < -2 || (upper > 0 && lower > upper) {
            let message = format!("the bounds [{lower}..{upper}] of `{name}` allow no value");
            let at = if upper == 1 {
                "lowerBound"
            } else {
                "upperBound"
            };
            self.report((place, at), message);
        }
        let default_text = self.text(place, "defaultValueLiteral");
        let feature = Feature {
            name: name.clone(),
            lower: u32::try_from(lower).unwrap_or_default(),
            upper: u32::try_from(upper).ok(),
            unique: self.flag(place, "unique"),
            ordered: self.flag(place, "ordered"),
            transient: self.flag(place, "transient"),
            derived: self.flag(place, "derived"),
            volatile: self.flag(place, "volatile"),
            changeable: self.flag(place, "changeable"),
            unsettable: self.flag(place, "unsettable"),
            resolves_proxies: self.flag(place, "resolveProxies"),
            documentation: self.documentation(place),
            span: Some(self.span(place, "name")),
            ..Feature::new(name, owner, kind)
        };
        let default_span = default_text
            .is_some()
            .then(|| self.span(place, "defaultValueLiteral"));
        Some(self.builder.feature(
            FeatureDraft {
                feature,
                default_text,
                default_span,
            },
            self.diagnostics,
        ))
    }

    fn opposite(&mut self, place: Place, feature: FeatureId) {
        let value = self.value(place, "eOpposite");
        if value == Value::Null {
            return;
        }
        let other = self
            .object_of(place, &value)
            .and_then(|o| self.features.get(&o).copied());
        match other {
            Some(other) => self.builder.oppose(feature, other),
            None if self.is_known(place, &value) => {}
            None => {
                let message = format!("the opposite{} is not loaded", shown(&value));
                self.report((place, "eOpposite"), message);
            }
        }
    }

    fn keys(&mut self, place: Place, feature: FeatureId) {
        let value = self.value(place, "eKeys");
        let keys: Vec<FeatureId> = value
            .items()
            .iter()
            .filter_map(|v| self.features.get(&self.object_of(place, v)?).copied())
            .collect();
        if !keys.is_empty() {
            self.builder.set_keys(feature, keys);
        }
    }

    /// Feature maps: an attribute of entries, and features that say to which map they belong.
    fn role(&mut self, place: Place, feature: FeatureId) {
        let so_far = self.builder.so_far();
        if let Some(ValueType::Data(of)) = so_far.feature(feature).value_type()
            && so_far.data_type(of).package == PackageId(0)
            && &*so_far.data_type(of).name == "EFeatureMapEntry"
        {
            self.builder.set_role(feature, Role::Map);
            return;
        }
        let Some(group) = self.annotation(place, EXTENDED, "group") else {
            return;
        };
        let group = group.trim_start_matches('#').to_owned();
        let owner = self.builder.so_far().feature(feature).owner;
        let map = self.features.iter().find(|(other, id)| {
            self.builder.so_far().feature(**id).owner == owner
                && (self.annotation(**other, EXTENDED, "name").as_deref() == Some(&group)
                    || self.text(**other, "name").as_deref() == Some(&group))
        });
        if let Some((_, map)) = map
            && *map != feature
        {
            let map = *map;
            let declared = self.builder.so_far().feature(feature);
            let member = (declared.derived || declared.volatile)
                && declared.value_type() != self.builder.so_far().feature(map).value_type();
            if member {
                self.builder.set_role(feature, Role::Member(map));
            }
        }
    }

    fn operations(&mut self, place: Place, class: ClassId) {
        for part in self.parts(place, "eOperations") {
            let name = self.name(part, "an operation");
            let typed = |of: Place| -> Option<TypeUse> {
                let name = self.type_name(of)?;
                let upper = match self.value(of, "upperBound") {
                    Value::Integer(n) => u32::try_from(n).ok(),
                    _ => Some(1),
                };
                Some(TypeUse { name, upper })
            };
            let parameters = self.parts(part, "eParameters");
            let parameters = parameters.into_iter().filter_map(|p| {
                let name = self.text(p, "name").unwrap_or_else(|| "unnamed".into());
                Some((name, typed(p)?))
            });
            let operation = Operation {
                result: typed(part),
                parameters: parameters.collect(),
                documentation: self.documentation(part),
                name,
            };
            self.builder.operation(class, operation);
        }
    }
}
