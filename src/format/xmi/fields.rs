//! Features by class and name, each looked up once.

use crate::metamodel::{
    ClassId, Feature, FeatureId, FeatureKind, Field, Metamodel, PackageId, Primitive, Role,
    ValueType,
};

/// How many looked-up features are remembered.
const SIZE: usize = 512;

/// What a reader wants to know of a feature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'m> {
    class: ClassId,
    name: &'m str,
    pub(super) field: Field,
    pub(super) declared: &'m Feature,
    pub(super) shape: Shape,
    pub(super) many: bool,
    /// Whether its other direction holds one object, which two references may contradict.
    pub(super) back_to_one: bool,
}

/// What kind of text a feature takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text as it stands.
    Text,
    /// Any other value.
    Value,
    /// References.
    Reference,
    /// Parts, or entries of a feature map: elements only.
    Parts,
}

/// Features that were looked up lately, by class and name.
#[derive(Debug)]
pub(super) struct Fields<'m> {
    metamodel: &'m Metamodel,
    known: Vec<Option<Known<'m>>>,
}

impl<'m> Fields<'m> {
    pub(super) fn new(metamodel: &'m Metamodel) -> Self {
        Self {
            metamodel,
            known: vec![None; SIZE],
        }
    }

    /// The feature of that name that a class has.
    pub(super) fn get(&mut self, class: ClassId, name: &str) -> Option<Known<'m>> {
        let at = place(class, name);
        if let Some(known) = self.known[at]
            && known.class == class
            && known.name == name
        {
            return Some(known);
        }
        let feature = self.metamodel.feature_named(class, name)?;
        let known = self.describe(class, feature);
        self.known[at] = Some(known);
        Some(known)
    }

    pub(super) fn describe(&self, class: ClassId, feature: FeatureId) -> Known<'m> {
        let declared = self.metamodel.feature(feature);
        let text = |of: ValueType| {
            let ValueType::Data(id) = of else {
                return false;
            };
            let of = self.metamodel.data_type(id);
            of.primitive == Primitive::String
                && (!of.package.is_built_in() || of.package == PackageId(0))
        };
        let shape = match declared.kind {
            _ if declared.role == Role::Map || declared.is_containment() => Shape::Parts,
            FeatureKind::Reference { .. } => Shape::Reference,
            FeatureKind::Attribute { of, .. } if text(of) => Shape::Text,
            FeatureKind::Attribute { .. } => Shape::Value,
        };
        Known {
            class,
            name: &declared.name,
            field: self.metamodel.field(class, feature),
            declared,
            shape,
            many: declared.is_many(),
            back_to_one: declared
                .opposite()
                .is_some_and(|o| !self.metamodel.feature(o).is_many()),
        }
    }
}

fn place(class: ClassId, name: &str) -> usize {
    let bytes = name.as_bytes();
    let byte = |at: usize| bytes.get(at).map_or(0, |b| usize::from(*b));
    let last = byte(bytes.len().wrapping_sub(1));
    let mixed = (class.0 as usize) * 97 + bytes.len() * 31 + byte(0) * 7 + last * 13;
    (mixed + byte(bytes.len() / 2) * 5) % SIZE
}
