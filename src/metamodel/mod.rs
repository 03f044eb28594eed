//! Metamodels: packages of classes, data types and enums, with their features flattened for fast access.
//!
//! A [`Metamodel`] is made by a [`Builder`] and does not change afterwards. It is what EMF calls a package
//! registry of Ecore models, without their file syntax, which is `format`'s.

mod builder;
mod builtin;
mod date;
mod invariant;
mod literal;
mod primitive;
mod real;
mod roots;

pub use builder::{Builder, ClassDraft, DataTypeDraft, FeatureDraft};
pub use builtin::{ECORE_URI, OBJECT, XML_TYPE_URI, ecore};
pub use invariant::{AnnotatedText, Invariant};
pub use literal::Literal;
pub use primitive::Primitive;
pub use real::push_double;

use std::sync::Arc;

use crate::diag::Span;

/// Names a [`Package`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageId(pub u32);

impl PackageId {
    /// Whether it is Ecore or XML's types, which every metamodel has.
    pub fn is_built_in(self) -> bool {
        self.0 < builtin::PACKAGES
    }
}

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
    /// The URI of its file, with its fragment there where it is not the root: `metamodel/m.ecore#//sub`.
    pub location: Option<Arc<str>>,
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
    /// Whether it is declared as an interface.
    pub is_interface: bool,
    /// The Java class that stands for it; `java.util.Map$Entry` makes it the class of map entries.
    pub instance_class: Option<Arc<str>>,
    /// What it declares to be callable.
    pub operations: Vec<Operation>,
    /// What annotations say that its objects hold to.
    pub invariants: Vec<Invariant>,
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
    /// The attribute that identifies its objects in a file.
    pub id_attribute: Option<FeatureId>,
    by_name: Vec<FeatureId>,
}

/// A feature with its position among all features of a class, which says where objects keep its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The feature.
    pub feature: FeatureId,
    /// Its position; none where the class does not have it.
    pub rank: Option<u16>,
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
    /// The Java class of its values.
    pub instance_class: Option<Arc<str>>,
    /// Whether files can hold its values.
    pub serializable: bool,
    /// Where it is declared.
    pub span: Option<Span>,
}

/// Something that a class can be asked to do (Ecore: `EOperation`). It is described, never run.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name.
    pub name: Arc<str>,
    /// What it gives; `None` is nothing.
    pub result: Option<TypeUse>,
    /// What it takes, by name.
    pub parameters: Vec<(Arc<str>, TypeUse)>,
    /// What its documentation annotation says.
    pub documentation: Option<Arc<str>>,
}

/// A type with its bounds, as parameters and results have it.
#[derive(Clone, Debug)]
pub struct TypeUse {
    /// The name of the type as a modeller writes it, arguments included: `Map<String, T>`.
    pub name: Arc<str>,
    /// How many values there may be; `None` is no bound.
    pub upper: Option<u32>,
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
    /// Where it is declared.
    pub span: Option<Span>,
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

/// What part a feature plays in a feature map, in which values of several features keep one common order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// None: it holds its values itself.
    Plain,
    /// It is the map: its values are entries, each of a feature with a value of that feature.
    Map,
    /// Its values are the entries of that map that are of this feature.
    Member(FeatureId),
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
    /// Whether the order of its values means something.
    pub ordered: bool,
    /// Whether files leave it out.
    pub transient: bool,
    /// Whether it is computed from others.
    pub derived: bool,
    /// Whether it stores nothing by itself.
    pub volatile: bool,
    /// Whether it may be set.
    pub changeable: bool,
    /// Whether "unset" differs from "has the default".
    pub unsettable: bool,
    /// The value of an object that sets none.
    pub default: Option<Literal>,
    /// What its values are parts of, where it is not just a feature.
    pub role: Role,
    /// The attributes by which references name its targets (Ecore: `eKeys`).
    pub keys: Vec<FeatureId>,
    /// Whether its targets may be in another file.
    pub resolves_proxies: bool,
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
            ordered: true,
            transient: false,
            derived: false,
            volatile: false,
            changeable: true,
            unsettable: false,
            default: None,
            role: Role::Plain,
            keys: Vec::new(),
            resolves_proxies: true,
            documentation: None,
            span: None,
        }
    }

    /// Whether objects hold values of it: not both derived and volatile, unless a feature map holds them.
    ///
    /// EMF keeps the values of dynamic objects in features that are only one of the two.
    pub fn is_stored(&self) -> bool {
        !(self.derived && self.volatile) || matches!(self.role, Role::Member(_))
    }

    /// Whether files hold values of it.
    pub fn is_saved(&self) -> bool {
        !(self.transient || self.derived && self.volatile)
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

    /// A feature as a class has it.
    pub fn field(&self, class: ClassId, feature: FeatureId) -> Field {
        let rank = self.slot(class, feature);
        Field {
            feature,
            rank: rank.and_then(|p| u16::try_from(p).ok()),
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
