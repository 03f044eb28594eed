//! Metamodels: packages of classes, data types and enums, with their features flattened for fast access.
//!
//! A [`Metamodel`] is made by a [`Builder`] and does not change afterwards. It is what EMF calls a package
//! registry of Ecore models, without their file syntax, which is `format`'s.

mod builder;
mod literal;
mod primitive;

pub use builder::{Builder, ClassDraft, ECORE_URI, FeatureDraft};
pub use literal::Literal;
pub use primitive::Primitive;

use std::sync::Arc;

use crate::diag::Span;

/// Names a [`Package`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageId(pub u32);
/// Names a [`Class`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClassId(pub u32);
/// Names a [`DataType`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataTypeId(pub u32);
/// Names an [`Enum`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnumId(pub u32);
/// Names a [`Feature`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeatureId(pub u32);

/// A package (Ecore: `EPackage`).
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: Arc<str>,
    /// The URI that model files name it by.
    pub ns_uri: Arc<str>,
    /// The prefix that writers prefer.
    pub ns_prefix: Arc<str>,
    /// The package that it is nested in.
    pub parent: Option<PackageId>,
    /// Where it is declared.
    pub span: Option<Span>,
    /// Its classifiers in the order of declaration.
    pub classifiers: Vec<Classifier>,
}

/// What a package declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Classifier {
    /// A class.
    Class(ClassId),
    /// A data type.
    DataType(DataTypeId),
    /// An enum.
    Enum(EnumId),
}

/// A class (Ecore: `EClass`).
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name.
    pub name: Arc<str>,
    /// Its package.
    pub package: PackageId,
    /// Whether it has no direct instances: abstract or interface.
    pub is_abstract: bool,
    /// Its direct super types.
    pub supers: Vec<ClassId>,
    /// The features that it declares itself.
    pub own: Vec<FeatureId>,
    /// All its features: those of super types first, in the order that EMF gives them.
    pub features: Vec<FeatureId>,
    /// Itself and all its super types, sorted.
    pub lineage: Vec<ClassId>,
    /// What its documentation annotation says.
    pub documentation: Option<Arc<str>>,
    /// Where it is declared.
    pub span: Option<Span>,
    by_name: Vec<FeatureId>,
}

/// A data type (Ecore: `EDataType`).
#[derive(Clone, Debug)]
pub struct DataType {
    /// Its name.
    pub name: Arc<str>,
    /// Its package.
    pub package: PackageId,
    /// What its values are.
    pub primitive: Primitive,
}

/// An enum (Ecore: `EEnum`).
#[derive(Clone, Debug)]
pub struct Enum {
    /// Its name.
    pub name: Arc<str>,
    /// Its package.
    pub package: PackageId,
    /// Its literals; the first is the default.
    pub literals: Vec<EnumLiteral>,
}

/// A literal of an enum (Ecore: `EEnumLiteral`).
#[derive(Clone, Debug)]
pub struct EnumLiteral {
    /// Its name, by which expressions call it.
    pub name: Arc<str>,
    /// Its text in files.
    pub literal: Arc<str>,
    /// Its number.
    pub value: i32,
}

/// What an attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueType {
    /// A value of a data type.
    Data(DataTypeId),
    /// A literal of an enum.
    Enum(EnumId),
}

/// What kind of feature it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeatureKind {
    /// Holds values (Ecore: `EAttribute`).
    Attribute {
        /// Of this type.
        of: ValueType,
        /// Whether its value identifies the object in its file.
        id: bool,
    },
    /// Points at objects (Ecore: `EReference`).
    Reference {
        /// Of this class.
        target: ClassId,
        /// Whether the objects are parts of the one that holds them.
        containment: bool,
        /// The reference that is its other direction.
        opposite: Option<FeatureId>,
    },
}

/// An attribute or a reference (Ecore: `EStructuralFeature`).
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Ecore declares them, each by itself"
)]
pub struct Feature {
    /// Its name.
    pub name: Arc<str>,
    /// The class that declares it.
    pub owner: ClassId,
    /// What it holds.
    pub kind: FeatureKind,
    /// How many values there must be.
    pub lower: u32,
    /// How many values there may be; `None` is no bound.
    pub upper: Option<u32>,
    /// Whether a value may stand in it once only.
    pub unique: bool,
    /// Whether files leave it out.
    pub transient: bool,
    /// Whether it is computed from others.
    pub derived: bool,
    /// Whether it may be set.
    pub changeable: bool,
    /// Whether "unset" differs from "has the default".
    pub unsettable: bool,
    /// The value of an object that sets none.
    pub default: Option<Literal>,
    /// What its documentation annotation says.
    pub documentation: Option<Arc<str>>,
    /// Where it is declared.
    pub span: Option<Span>,
}

impl Feature {
    /// A feature of at most one value, with what Ecore takes for granted.
    pub fn new(name: impl Into<Arc<str>>, owner: ClassId, kind: FeatureKind) -> Self {
        Self {
            name: name.into(),
            owner,
            kind,
            lower: 0,
            upper: Some(1),
            unique: true,
            transient: false,
            derived: false,
            changeable: true,
            unsettable: false,
            default: None,
            documentation: None,
            span: None,
        }
    }

    /// Whether it may hold more than one value.
    pub fn is_many(&self) -> bool {
        self.upper != Some(1)
    }

    /// Whether it holds parts.
    pub fn is_containment(&self) -> bool {
        matches!(
            self.kind,
            FeatureKind::Reference {
                containment: true,
                ..
            }
        )
    }

    /// The class that it points at.
    pub fn target(&self) -> Option<ClassId> {
        match self.kind {
            FeatureKind::Reference { target, .. } => Some(target),
            FeatureKind::Attribute { .. } => None,
        }
    }

    /// The type of its values.
    pub fn value_type(&self) -> Option<ValueType> {
        match self.kind {
            FeatureKind::Attribute { of, .. } => Some(of),
            FeatureKind::Reference { .. } => None,
        }
    }

    /// The reference that is its other direction.
    pub fn opposite(&self) -> Option<FeatureId> {
        match self.kind {
            FeatureKind::Reference { opposite, .. } => opposite,
            FeatureKind::Attribute { .. } => None,
        }
    }

    /// Its bounds as modellers write them: `[0..1]`, `[1..*]`.
    pub fn bounds(&self) -> String {
        let upper = self.upper.map_or_else(|| "*".to_owned(), |n| n.to_string());
        format!("[{}..{upper}]", self.lower)
    }
}

/// All packages that a run knows.
#[derive(Clone, Debug, Default)]
pub struct Metamodel {
    packages: Vec<Package>,
    classes: Vec<Class>,
    data_types: Vec<DataType>,
    enums: Vec<Enum>,
    features: Vec<Feature>,
}

impl Metamodel {
    /// A package by its identity.
    pub fn package(&self, id: PackageId) -> &Package {
        &self.packages[id.0 as usize]
    }

    /// A class by its identity.
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

    /// The first class of that name, in the order of loading; `package::Class` names one exactly.
    pub fn class_named(&self, name: &str) -> Option<ClassId> {
        let (package, name) = name
            .rsplit_once("::")
            .map_or((None, name), |(p, n)| (Some(p), n));
        let fits = |class: &Class| {
            &*class.name == name && package.is_none_or(|p| &*self.package(class.package).name == p)
        };
        self.classes()
            .find(|(_, class)| fits(class))
            .map(|(id, _)| id)
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
            .binary_search_by(|f| (*self.feature(*f).name).cmp(name))
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

    /// The names of all features of a class, in order.
    pub fn feature_names(&self, class: ClassId) -> impl Iterator<Item = &str> {
        self.class(class)
            .features
            .iter()
            .map(|f| &*self.feature(*f).name)
    }

    /// Whether instances of `class` are instances of `of`.
    pub fn conforms(&self, class: ClassId, of: ClassId) -> bool {
        self.class(class).lineage.binary_search(&of).is_ok()
    }

    /// The classes with instances of their own that conform to `class`, in the order of declaration.
    pub fn concrete(&self, class: ClassId) -> impl Iterator<Item = ClassId> {
        self.classes()
            .filter(move |(id, c)| !c.is_abstract && self.conforms(*id, class))
            .map(|(id, _)| id)
    }

    /// The containments whose parts can be instances of `class`.
    pub fn containments_of(&self, class: ClassId) -> impl Iterator<Item = FeatureId> {
        self.features()
            .filter(move |(_, f)| {
                f.is_containment()
                    && f.target()
                        .is_some_and(|t| self.conforms(class, t) || self.conforms(t, class))
            })
            .map(|(id, _)| id)
    }

    /// The feature that identifies instances of a class: the one declared so, else a single `name` or `key` text.
    pub fn key_feature(&self, class: ClassId) -> Option<FeatureId> {
        let features = &self.class(class).features;
        let declared = |f: &&FeatureId| {
            matches!(
                self.feature(**f).kind,
                FeatureKind::Attribute { id: true, .. }
            )
        };
        let named = |name: &str| {
            self.feature_named(class, name)
                .filter(|f| self.feature(*f).value_type().is_some() && !self.feature(*f).is_many())
        };
        features
            .iter()
            .find(declared)
            .copied()
            .or_else(|| named("name"))
            .or_else(|| named("key"))
    }
}
