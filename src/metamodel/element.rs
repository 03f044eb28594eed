//! What a metamodel declares: packages, classes, data types and enums, features.

use std::sync::Arc;

use super::{Invariant, Literal, Primitive, builtin};
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
    /// Its features, short names first.
    pub(super) by_name: Vec<FeatureId>,
    /// The positions of the features that hold parts: containments, and feature maps, which may have some in them.
    pub(crate) wholes: Vec<u16>,
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
