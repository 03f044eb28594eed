//! Features by class and name, each looked up once.

use crate::metamodel::{
    ClassId, Feature, FeatureId, FeatureKind, Field, Metamodel, PackageId, Primitive, Role,
    ValueType,
};

/// How many looked-up features are remembered.
const SIZE: usize = 512;

/// What a reader wants to know of a feature.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "answers that are asked for a million times"
)]
pub(super) struct Known<'m> {
    class: ClassId,
    name: &'m str,
    pub(super) field: Field,
    pub(super) declared: &'m Feature,
    pub(super) shape: Shape,
    pub(super) many: bool,
    /// Whether its values are kept as text because nobody knows what they are.
    pub(super) opaque: bool,
    /// Whether files may give it values.
    pub(super) writable: bool,
    /// Whether a target needs no look but at its class: a list of plain references that no other one contradicts.
    pub(super) simple: bool,
    /// The class of its targets.
    pub(super) target: ClassId,
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
    /// Everything that was looked up.
    known: Vec<Known<'m>>,
    /// Where in `known` the last look-ups of a hash ended.
    recent: Vec<u32>,
}

/// Nothing was looked up here.
const NOTHING: u32 = u32::MAX;

impl<'m> Fields<'m> {
    pub(super) fn new(metamodel: &'m Metamodel) -> Self {
        Self {
            metamodel,
            known: Vec::new(),
            recent: vec![NOTHING; SIZE],
        }
    }

    /// The feature of that name that a class has.
    pub(super) fn get(&mut self, class: ClassId, name: &str) -> Option<Known<'m>> {
        self.index(class, name).map(|index| self.at(index))
    }

    /// What was looked up as the `index`-th.
    pub(super) fn at(&self, index: u32) -> Known<'m> {
        self.known[index as usize]
    }

    /// The number under which the feature of that name is known from now on.
    pub(super) fn index(&mut self, class: ClassId, name: &str) -> Option<u32> {
        let at = place(class, name);
        let recent = self.recent[at];
        if let Some(known) = self.known.get(recent as usize)
            && known.class == class
            && known.name == name
        {
            return Some(recent);
        }
        let feature = self.metamodel.feature_named(class, name)?;
        let is = |k: &Known<'_>| k.class == class && k.field.feature == feature;
        let index = self.known.iter().position(is).unwrap_or_else(|| {
            self.known.push(self.describe(class, feature));
            self.known.len() - 1
        });
        let index = u32::try_from(index).unwrap_or(NOTHING);
        self.recent[at] = index;
        Some(index)
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
        let opposite = declared.opposite();
        let contains = opposite.is_some_and(|o| self.metamodel.feature(o).is_containment());
        let back_to_one = opposite.is_some_and(|o| !self.metamodel.feature(o).is_many());
        let plain = declared.role == Role::Plain && !declared.is_containment();
        let opaque = matches!(declared.value_type(), Some(ValueType::Data(id))
            if self.metamodel.data_type(id).primitive == Primitive::Opaque);
        Known {
            opaque,
            writable: declared.changeable && declared.is_stored() || contains,
            simple: plain && declared.is_many() && !back_to_one,
            target: declared.target().unwrap_or(crate::metamodel::OBJECT),
            class,
            name: &declared.name,
            field: self.metamodel.field(class, feature),
            declared,
            shape,
            many: declared.is_many(),
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
