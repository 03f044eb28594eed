//! Reading one feature of many objects: where the instances of each class have its slot is found once.

use std::sync::Arc;

use super::store::{Slot, Stretch};
use super::value::{Scalar, SlotValue};
use super::{Model, ObjectId, Reach};
use crate::metamodel::{FeatureId, Literal, Metamodel, Role};

/// A feature, with where objects have their values of it.
#[derive(Clone, Debug)]
pub struct Lookup {
    feature: FeatureId,
    /// By class, which of the slots it is.
    ranks: Arc<[u16]>,
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
        let containment = |f: &FeatureId| metamodel.feature(*f).is_containment();
        Some(Self {
            feature,
            ranks: metamodel.ranks(feature),
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

/// What an object has in the slot of a feature.
#[derive(Clone, Copy, Debug)]
pub struct Look<'m> {
    object: ObjectId,
    model: &'m Model,
    slot: Option<&'m Slot>,
}

/// How many objects are looked at side by side, so that one waits for the memory of all of them once.
const ABREAST: usize = 16;

impl<'m> Reach<'m> {
    /// Looks at an object.
    #[inline]
    pub fn look(self, object: ObjectId, at: &Lookup) -> Look<'m> {
        let (model, own) = self.home(object);
        let stretch = model.store.stretch(own, &at.ranks);
        Look {
            object,
            model,
            slot: model.store.slot_in(stretch),
        }
    }

    /// Looks at objects one after the other.
    pub fn look_at_all(
        self,
        objects: &[ObjectId],
        at: &Lookup,
        mut with: impl FnMut(usize, Look<'m>),
    ) {
        let mut stretches = [Stretch::default(); ABREAST];
        let mut looks = [None; ABREAST];
        for (part, objects) in objects.chunks(ABREAST).enumerate() {
            for (stretch, object) in stretches.iter_mut().zip(objects) {
                let (model, own) = self.home(*object);
                *stretch = model.store.stretch(own, &at.ranks);
            }
            for ((look, stretch), object) in looks.iter_mut().zip(&stretches).zip(objects) {
                let (model, _) = self.home(*object);
                *look = model.store.slot_in(*stretch);
            }
            for (place, (slot, object)) in looks.iter().zip(objects).enumerate() {
                let look = Look {
                    object: *object,
                    model: self.home(*object).0,
                    slot: *slot,
                };
                with(part * ABREAST + place, look);
            }
        }
    }
}

impl<'m> Look<'m> {
    /// The object that a reference of at most one points at.
    #[inline]
    pub fn one(self, at: &Lookup) -> Result<Option<ObjectId>, Odd> {
        let Some(slot) = self.slot else {
            let own = self.object.at_home();
            let container = at.through.and_then(|through| {
                let is_there = self.model.containing_feature(own) == Some(through);
                self.model.container(own).filter(|_| is_there)
            });
            return Ok(container.map(|c| c.beside(self.object)));
        };
        match self.model.store.view(slot) {
            SlotValue::Object(target) => Ok(Some(target.beside(self.object))),
            SlotValue::Null => Ok(None),
            _ => Err(Odd),
        }
    }

    /// The objects that a reference of many points at.
    #[inline]
    pub fn targets(self) -> Result<Targets<'m>, Odd> {
        let Some(slot) = self.slot else {
            return Ok(Targets::NONE);
        };
        let objects = self.model.store.only_targets(slot).ok_or(Odd)?;
        Ok(Targets {
            objects,
            of: self.object,
        })
    }

    /// The truth value, number or literal that an attribute of at most one has.
    #[inline]
    pub fn scalar(self, at: &Lookup) -> Result<Option<Scalar>, Odd> {
        let Some(slot) = self.slot else {
            return match &at.default {
                None => Ok(None),
                Some(literal) => Scalar::of(literal).map(Some).ok_or(Odd),
            };
        };
        match self.model.store.view(slot) {
            SlotValue::Null => Ok(None),
            value => value.scalar().map(Some).ok_or(Odd),
        }
    }

    /// The value that an attribute of at most one has, without a copy.
    #[inline]
    pub fn value<'t>(self, at: &'t Lookup) -> Result<SlotValue<'t>, Odd>
    where
        'm: 't,
    {
        let Some(slot) = self.slot else {
            return Ok(at.default.as_ref().map_or(SlotValue::Null, SlotValue::from));
        };
        match self.model.store.view(slot) {
            value @ (SlotValue::Null | SlotValue::Text(_)) => Ok(value),
            value => value.scalar().map(|_| value).ok_or(Odd),
        }
    }

    /// The text that an attribute of at most one has.
    #[inline]
    pub fn text<'t>(self, at: &'t Lookup) -> Result<Option<&'t str>, Odd>
    where
        'm: 't,
    {
        let Some(slot) = self.slot else {
            return match &at.default {
                None => Ok(None),
                Some(Literal::String(text)) => Ok(Some(text)),
                Some(_) => Err(Odd),
            };
        };
        match self.model.store.view(slot) {
            SlotValue::Text(text) => Ok(Some(text)),
            SlotValue::Null => Ok(None),
            _ => Err(Odd),
        }
    }
}
