//! Metamodels: packages of classes, data types and enums, with their features flattened for fast access.
//!
//! A [`Metamodel`] is made by a [`Builder`] and does not change afterwards. It is what EMF calls a package
//! registry of Ecore models, without their file syntax, which is `format`'s.

mod builder;
mod builtin;
mod date;
mod element;
mod invariant;
mod literal;
mod primitive;
mod real;
mod roots;

pub use builder::{Builder, ClassDraft, DataTypeDraft, FeatureDraft};
pub use builtin::{ECORE_URI, OBJECT, XML_TYPE_URI, ecore};
pub use element::{
    Class, ClassId, Classifier, DataType, DataTypeId, Enum, EnumId, EnumLiteral, Feature,
    FeatureId, FeatureKind, Field, Operation, Package, PackageId, Role, TypeUse, ValueType,
};
pub use invariant::{AnnotatedText, Invariant};
pub use literal::Literal;
pub use primitive::Primitive;
pub use real::push_double;

use std::sync::{Arc, OnceLock};

/// All packages that a run knows.
#[derive(Clone, Debug, Default)]
pub struct Metamodel {
    packages: Vec<Package>,
    classes: Vec<Class>,
    data_types: Vec<DataType>,
    enums: Vec<Enum>,
    features: Vec<Feature>,
    /// By feature, what [`Metamodel::ranks`] found out, where that was asked.
    ranks: Vec<OnceLock<Arc<[u16]>>>,
}

/// The rank in classes that do not have a feature.
const NO_RANK: u16 = u16::MAX;

/// Names in the order in which they are looked up: few have the same length.
fn by_length(name: &str) -> (usize, &str) {
    (name.len(), name)
}

impl Metamodel {
    /// A package by its identity.
    pub fn package(&self, id: PackageId) -> &Package {
        &self.packages[id.0 as usize]
    }

    /// A class by its identity.
    #[inline]
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    /// A data type by its identity.
    pub fn data_type(&self, id: DataTypeId) -> &DataType {
        &self.data_types[id.0 as usize]
    }

    /// An enum by its identity.
    pub fn enumeration(&self, id: EnumId) -> &Enum {
        &self.enums[id.0 as usize]
    }

    /// A feature by its identity.
    #[inline]
    pub fn feature(&self, id: FeatureId) -> &Feature {
        &self.features[id.0 as usize]
    }

    /// All packages with their identities.
    pub fn packages(&self) -> impl Iterator<Item = (PackageId, &Package)> {
        (0..).map(PackageId).zip(&self.packages)
    }

    /// All classes with their identities.
    pub fn classes(&self) -> impl Iterator<Item = (ClassId, &Class)> {
        (0..).map(ClassId).zip(&self.classes)
    }

    /// All enums with their identities.
    pub fn enums(&self) -> impl Iterator<Item = (EnumId, &Enum)> {
        (0..).map(EnumId).zip(&self.enums)
    }

    /// All data types with their identities.
    pub fn data_types(&self) -> impl Iterator<Item = (DataTypeId, &DataType)> {
        (0..).map(DataTypeId).zip(&self.data_types)
    }

    /// All features with their identities.
    pub fn features(&self) -> impl Iterator<Item = (FeatureId, &Feature)> {
        (0..).map(FeatureId).zip(&self.features)
    }

    /// The package that model files call by this URI.
    pub fn package_by_uri(&self, uri: &str) -> Option<PackageId> {
        self.packages()
            .find(|(_, p)| &*p.ns_uri == uri)
            .map(|(id, _)| id)
    }

    /// Whether a package is another one or nested in it.
    pub fn is_below(&self, package: PackageId, of: PackageId) -> bool {
        let mut above = std::iter::successors(Some(package), |p| self.package(*p).parent);
        above.any(|p| p == of)
    }

    /// The classifier of that name in a package.
    pub fn classifier(&self, package: PackageId, name: &str) -> Option<Classifier> {
        self.package(package)
            .classifiers
            .iter()
            .copied()
            .find(|c| self.classifier_name(*c) == name)
    }

    /// The name of a classifier.
    pub fn classifier_name(&self, classifier: Classifier) -> &str {
        match classifier {
            Classifier::Class(id) => &self.class(id).name,
            Classifier::DataType(id) => &self.data_type(id).name,
            Classifier::Enum(id) => &self.enumeration(id).name,
        }
    }

    /// The name of the type of an attribute.
    pub fn value_type_name(&self, of: ValueType) -> &str {
        match of {
            ValueType::Data(id) => &self.data_type(id).name,
            ValueType::Enum(id) => &self.enumeration(id).name,
        }
    }

    /// Whether values of an attribute's type can be null, which Java's own types cannot.
    pub fn is_nullable(&self, of: ValueType) -> bool {
        match of {
            ValueType::Enum(_) => true,
            ValueType::Data(id) => {
                let java = self.data_type(id).instance_class.as_deref();
                !java.is_some_and(Primitive::is_java_primitive)
            }
        }
    }

    /// The first class of that name, in the order of loading; `package::Class` and `nsURI#Class` name one exactly.
    /// Classes of Ecore itself come last.
    pub fn class_named(&self, name: &str) -> Option<ClassId> {
        if let Some((uri, name)) = name.rsplit_once('#') {
            return match self.classifier(self.package_by_uri(uri)?, name)? {
                Classifier::Class(class) => Some(class),
                _ => None,
            };
        }
        let (package, name) = name
            .rsplit_once("::")
            .map_or((None, name), |(p, n)| (Some(p), n));
        let fits = |class: &Class| {
            &*class.name == name && package.is_none_or(|p| &*self.package(class.package).name == p)
        };
        let built_in = |class: &Class| class.package.is_built_in();
        self.classes()
            .filter(|(_, class)| fits(class))
            .min_by_key(|(id, class)| (built_in(class), *id))
            .map(|(id, _)| id)
    }

    /// The first class of that name which conforms to another one.
    pub fn class_below(&self, name: &str, of: ClassId) -> Option<ClassId> {
        let fits = |c: &ClassId| self.conforms(*c, of);
        self.class_named(name).filter(fits).or_else(|| {
            let mut all = self.classes();
            all.find(|(id, c)| &*c.name == name && fits(id))
                .map(|(id, _)| id)
        })
    }

    /// How messages name a class: by its name, with its package where another one is called the same.
    pub fn class_title(&self, class: ClassId) -> String {
        let declared = self.class(class);
        let mut all = self.own_classes();
        if !all.any(|(id, c)| id != class && c.name == declared.name) {
            return declared.name.to_string();
        }
        format!("{}::{}", self.package(declared.package).name, declared.name)
    }

    /// A name as `nsURI#Name`, where a package that goes first, or one nested in it, has a classifier of that name.
    pub fn preferred(&self, name: &str, packages: &[PackageId]) -> String {
        let nested = |of: PackageId| {
            let all = self.packages().map(|(id, _)| id);
            all.filter(move |id| self.is_below(*id, of))
        };
        let mut all = packages.iter().flat_map(|p| nested(*p));
        let found = all.find(|p| self.classifier(*p, name).is_some());
        match found.map(|p| &self.package(p).ns_uri) {
            Some(uri) if !uri.is_empty() => format!("{uri}#{name}"),
            _ => name.to_owned(),
        }
    }

    /// The classes that the metamodel's files declare: all but those of Ecore itself.
    pub fn own_classes(&self) -> impl Iterator<Item = (ClassId, &Class)> {
        self.classes().filter(|(_, c)| !c.package.is_built_in())
    }

    /// The first enum of that name.
    pub fn enum_named(&self, name: &str) -> Option<EnumId> {
        self.enums()
            .find(|(_, e)| &*e.name == name)
            .map(|(id, _)| id)
    }

    /// The feature of that name that a class has or inherits.
    pub fn feature_named(&self, class: ClassId, name: &str) -> Option<FeatureId> {
        let by_name = &self.class(class).by_name;
        let found = by_name
            .binary_search_by_key(&by_length(name), |f| by_length(&self.feature(*f).name))
            .ok()?;
        Some(by_name[found])
    }

    /// The position of a feature among all features of a class.
    pub fn slot(&self, class: ClassId, feature: FeatureId) -> Option<usize> {
        self.class(class)
            .features
            .iter()
            .position(|f| *f == feature)
    }

    /// A feature as a class has it.
    pub fn field(&self, class: ClassId, feature: FeatureId) -> Field {
        let rank = self.slot(class, feature);
        Field {
            feature,
            rank: rank.and_then(|p| u16::try_from(p).ok()),
        }
    }

    /// By class, the position of a feature among all features; higher than any where the class does not have it.
    pub fn ranks(&self, feature: FeatureId) -> Arc<[u16]> {
        let owner = self.feature(feature).owner;
        let rank = |(id, _)| {
            let rank = self
                .conforms(id, owner)
                .then(|| self.field(id, feature).rank);
            rank.flatten().unwrap_or(NO_RANK)
        };
        let make = || self.classes().map(rank).collect();
        match self.ranks.get(feature.0 as usize) {
            Some(known) => known.get_or_init(make).clone(),
            None => make(),
        }
    }

    /// The names of all features of a class, in order.
    pub fn feature_names(&self, class: ClassId) -> impl Iterator<Item = &str> {
        self.class(class)
            .features
            .iter()
            .map(|f| &*self.feature(*f).name)
    }

    /// Whether instances of `class` are instances of `of`; everything is an instance of Ecore's `EObject`.
    #[inline]
    pub fn conforms(&self, class: ClassId, of: ClassId) -> bool {
        class == of || of == OBJECT || self.class(class).lineage.binary_search(&of).is_ok()
    }

    /// By class, whether its instances are instances of `of`.
    pub fn conforming(&self, of: ClassId) -> Vec<bool> {
        self.classes()
            .map(|(class, _)| self.conforms(class, of))
            .collect()
    }

    /// The classes with instances of their own that conform to `class`, in the order of declaration.
    pub fn concrete(&self, class: ClassId) -> impl Iterator<Item = ClassId> {
        let built_in = self.class(class).package.is_built_in() && class != OBJECT;
        self.classes()
            .filter(move |(_, c)| c.package.is_built_in() == built_in)
            .filter(move |(id, c)| !c.is_abstract && self.conforms(*id, class))
            .map(|(id, _)| id)
    }

    /// The containments whose parts can be instances of `class`.
    pub fn containments_of(&self, class: ClassId) -> impl Iterator<Item = FeatureId> {
        let built_in = self.class(class).package.is_built_in();
        self.features()
            .filter(move |(_, f)| {
                f.is_containment()
                    && self.class(f.owner).package.is_built_in() == built_in
                    && f.target()
                        .is_some_and(|t| self.conforms(class, t) || self.conforms(t, class))
            })
            .map(|(id, _)| id)
    }

    /// The feature that identifies instances of a class: the one declared so, else a single `name` or `key` text.
    pub fn key_feature(&self, class: ClassId) -> Option<FeatureId> {
        let named = |name: &str| {
            self.feature_named(class, name)
                .filter(|f| self.feature(*f).value_type().is_some() && !self.feature(*f).is_many())
        };
        self.class(class)
            .id_attribute
            .or_else(|| named("name"))
            .or_else(|| named("key"))
    }
}
