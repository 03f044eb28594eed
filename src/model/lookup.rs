//! Reading one feature of many objects: where the instances of each class have its slot is found once.

use super::value::{Scalar, SlotValue};
use super::{Model, ObjectId, Reach};
use crate::metamodel::{ClassId, FeatureId, Literal, Metamodel, Role};

/// The rank in classes that do not have the feature.
const NO_RANK: u16 = u16::MAX;

/// A feature, with where objects have their values of it.
#[derive(Clone, Debug)]
pub struct Lookup {
    feature: FeatureId,
    /// By class, which of the slots it is.
    ranks: Box<[u16]>,
    /// The containment that it is the other direction of.
    through: Option<FeatureId>,
    default: Option<Literal>,
}

/// What a slot holds is not what its feature lets expect: an object of another file, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odd;

/// The targets of a reference, seen without a copy.
#[derive(Clone, Copy, Debug)]
pub struct Targets<'m> {
    objects: &'m [ObjectId],
    /// Whose they are.
    of: ObjectId,
}

impl<'m> Targets<'m> {
    /// Of nothing.
    pub const NONE: Self = Self {
        objects: &[],
        of: ObjectId(0),
    };

    /// How many there are.
    #[inline]
    pub fn len(self) -> usize {
        self.objects.len()
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.objects.is_empty()
    }

    /// Each of them.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = ObjectId> + 'm {
        let of = self.of;
        self.objects.iter().map(move |o| o.beside(of))
    }

    /// Whether an object is among them.
    #[inline]
    pub fn contains(self, object: ObjectId) -> bool {
        self.objects.iter().any(|o| o.beside(self.of) == object)
    }
}

impl Lookup {
    /// A feature that holds its values itself; `None` for feature maps and what is in them.
    pub fn of(feature: FeatureId, metamodel: &Metamodel) -> Option<Self> {
        let declared = metamodel.feature(feature);
        if declared.role != Role::Plain {
            return None;
        }
        let rank = |(class, _): (ClassId, _)| metamodel.field(class, feature).rank;
        let ranks = metamodel.classes().map(rank);
        let containment = |f: &FeatureId| metamodel.feature(*f).is_containment();
        Some(Self {
            feature,
            ranks: ranks.map(|rank| rank.unwrap_or(NO_RANK)).collect(),
            through: declared.opposite().filter(containment),
            default: declared.default.clone(),
        })
    }

    /// The feature.
    #[inline]
    pub fn feature(&self) -> FeatureId {
        self.feature
    }
}

impl Model {
    #[inline]
    fn seen_at(&self, object: ObjectId, at: &Lookup) -> Option<SlotValue<'_>> {
        let slot = self.store.slot_ranked(object, &at.ranks)?;
        Some(self.store.view(slot))
    }
}

impl<'m> Reach<'m> {
    /// The object that a reference of at most one points at.
    #[inline]
    pub fn one_at(self, object: ObjectId, at: &Lookup) -> Result<Option<ObjectId>, Odd> {
        let (model, own) = self.home(object);
        match model.seen_at(own, at) {
            Some(SlotValue::Object(target)) => Ok(Some(target.beside(object))),
            Some(SlotValue::Null) => Ok(None),
            Some(_) => Err(Odd),
            None => match at.through {
                Some(through) if model.containing_feature(own) == Some(through) => {
                    Ok(self.container(object))
                }
                _ => Ok(None),
            },
        }
    }

    /// The objects that a reference of many points at.
    #[inline]
    pub fn many_at(self, object: ObjectId, at: &Lookup) -> Result<Targets<'m>, Odd> {
        let (model, own) = self.home(object);
        let Some(slot) = model.store.slot_ranked(own, &at.ranks) else {
            return Ok(Targets::NONE);
        };
        let objects = model.store.only_targets(slot).ok_or(Odd)?;
        Ok(Targets {
            objects,
            of: object,
        })
    }

    /// The truth value, number or literal that an attribute of at most one has.
    #[inline]
    pub fn scalar_at(self, object: ObjectId, at: &Lookup) -> Result<Option<Scalar>, Odd> {
        let (model, own) = self.home(object);
        match model.seen_at(own, at) {
            Some(SlotValue::Null) => Ok(None),
            Some(value) => value.scalar().map(Some).ok_or(Odd),
            None => match &at.default {
                None => Ok(None),
                Some(literal) => Scalar::of(literal).map(Some).ok_or(Odd),
            },
        }
    }

    /// The text that an attribute of at most one has.
    #[inline]
    pub fn text_at<'t>(self, object: ObjectId, at: &'t Lookup) -> Result<Option<&'t str>, Odd>
    where
        'm: 't,
    {
        let (model, own) = self.home(object);
        match model.seen_at(own, at) {
            Some(SlotValue::Text(text)) => Ok(Some(text)),
            Some(SlotValue::Null) => Ok(None),
            Some(_) => Err(Odd),
            None => match &at.default {
                None => Ok(None),
                Some(Literal::String(text)) => Ok(Some(text)),
                Some(_) => Err(Odd),
            },
        }
    }
}
