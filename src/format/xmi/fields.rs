//! Features by class and name, each looked up once.

use std::collections::BTreeMap;

use super::names::split;
use crate::format::xml::Name;
use crate::metamodel::{
    ClassId, EnumId, Feature, FeatureId, FeatureKind, Field, Metamodel, PackageId, Primitive, Role,
    ValueType,
};
use crate::model::Scalar;

/// What a reader wants to know of a feature.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "answers that are asked for a million times"
)]
pub(super) struct Known<'m> {
    pub(super) field: Field,
    pub(super) declared: &'m Feature,
    pub(super) shape: Shape,
    pub(super) many: bool,
    /// Whether its values are kept as text because nobody knows what they are.
    pub(super) opaque: bool,
    /// Whether files may give it values.
    pub(super) writable: bool,
    /// Whether a target needs no look but at its class and at its way back.
    pub(super) simple: bool,
    /// The class of its targets.
    pub(super) target: ClassId,
    /// Its other direction, where that holds one object.
    pub(super) back: Option<FeatureId>,
}

/// What kind of text a feature takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text as it stands.
    Text,
    /// True or false.
    Boolean,
    /// A whole number within bounds.
    Integer(i64, i64),
    /// A floating-point number of 64 bits.
    Double,
    /// A literal of an enum.
    Enum(EnumId),
    /// Any other value.
    Value,
    /// References.
    Reference,
    /// Parts, or entries of a feature map: elements only.
    Parts,
}

impl Known<'_> {
    /// The value of a text that is a scalar in the form that nearly all have; anything else is for the one who can
    /// tell why.
    #[inline]
    pub(super) fn scalar(&self, metamodel: &Metamodel, text: &str) -> Option<Scalar> {
        match self.shape {
            Shape::Integer(min, max) => {
                let number = text.parse().ok();
                number
                    .filter(|n| (min..=max).contains(n))
                    .map(Scalar::Integer)
            }
            Shape::Boolean => match text {
                "true" => Some(Scalar::Boolean(true)),
                "false" => Some(Scalar::Boolean(false)),
                _ => None,
            },
            Shape::Double => {
                let plain = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.'));
                plain.then(|| text.parse().ok()).flatten().map(Scalar::Real)
            }
            Shape::Enum(id) => {
                let mut literals = metamodel.enumeration(id).literals.iter();
                let at = literals.position(|l| *l.literal == *text || *l.name == *text)?;
                let is_literal = *metamodel.enumeration(id).literals[at].literal == *text;
                is_literal.then_some(Scalar::Enum(id, u32::try_from(at).ok()?))
            }
            Shape::Text | Shape::Value | Shape::Reference | Shape::Parts => None,
        }
    }
}

/// Features that were looked up, by class and name.
#[derive(Debug)]
pub(super) struct Fields<'m> {
    metamodel: &'m Metamodel,
    /// Everything that was looked up.
    known: Vec<Known<'m>>,
    /// Where in `known` the feature of a class and a name is, by the number of the name.
    by_name: Vec<Vec<u32>>,
    /// The same by feature.
    by_feature: BTreeMap<(ClassId, FeatureId), u32>,
}

/// Nothing was looked up here.
const NOTHING: u32 = u32::MAX;

impl<'m> Fields<'m> {
    pub(super) fn new(metamodel: &'m Metamodel) -> Self {
        Self {
            metamodel,
            known: Vec::new(),
            by_name: Vec::new(),
            by_feature: BTreeMap::new(),
        }
    }

    /// How many were looked up.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// What was looked up as the `index`-th.
    pub(super) fn at(&self, index: u32) -> Known<'m> {
        self.known[index as usize]
    }

    /// The number under which the feature of that name, its prefix aside, is known from now on.
    pub(super) fn index(&mut self, class: ClassId, name: Name<'_>) -> Option<u32> {
        let Some(number) = name.number() else {
            return self.find(class, name);
        };
        let row = self.by_name.get(class.0 as usize);
        match row.and_then(|row| row.get(number)).copied() {
            Some(index) if index != NOTHING => Some(index),
            _ => {
                let index = self.find(class, name)?;
                let class = class.0 as usize;
                if self.by_name.len() <= class {
                    self.by_name.resize(class + 1, Vec::new());
                }
                let row = &mut self.by_name[class];
                if row.len() <= number {
                    row.resize(number + 1, NOTHING);
                }
                row[number] = index;
                Some(index)
            }
        }
    }

    fn find(&mut self, class: ClassId, name: Name<'_>) -> Option<u32> {
        let name = if name.is_special() {
            split(name.text).1
        } else {
            name.text
        };
        let feature = self.metamodel.feature_named(class, name)?;
        if let Some(index) = self.by_feature.get(&(class, feature)) {
            return Some(*index);
        }
        let index = u32::try_from(self.known.len()).ok()?;
        self.known.push(self.describe(class, feature));
        self.by_feature.insert((class, feature), index);
        Some(index)
    }

    fn describe(&self, class: ClassId, feature: FeatureId) -> Known<'m> {
        let declared = self.metamodel.feature(feature);
        let single = |of: ValueType| {
            let id = match of {
                ValueType::Data(id) => id,
                ValueType::Enum(id) => return Shape::Enum(id),
            };
            let of = self.metamodel.data_type(id);
            if of.package.is_built_in() && of.package != PackageId(0) {
                return Shape::Value;
            }
            match of.primitive {
                Primitive::String => Shape::Text,
                Primitive::Boolean => Shape::Boolean,
                Primitive::Integer { min, max } => Shape::Integer(min, max),
                Primitive::Double => Shape::Double,
                _ => Shape::Value,
            }
        };
        let plain = declared.role == Role::Plain && !declared.is_containment();
        let shape = match declared.kind {
            _ if declared.role == Role::Map || declared.is_containment() => Shape::Parts,
            FeatureKind::Reference { .. } => Shape::Reference,
            FeatureKind::Attribute { of, .. } if plain => single(of),
            FeatureKind::Attribute { .. } => Shape::Value,
        };
        let opposite = declared.opposite();
        let contains = opposite.is_some_and(|o| self.metamodel.feature(o).is_containment());
        let back = opposite.filter(|o| !self.metamodel.feature(*o).is_many());
        let opaque = matches!(declared.value_type(), Some(ValueType::Data(id))
            if self.metamodel.data_type(id).primitive == Primitive::Opaque);
        Known {
            opaque,
            writable: declared.changeable && declared.is_stored() || contains,
            simple: plain && !contains,
            back,
            target: declared.target().unwrap_or(crate::metamodel::OBJECT),
            field: self.metamodel.field(class, feature),
            declared,
            shape,
            many: declared.is_many(),
        }
    }
}
