//! Reading one feature of many objects: where the instances of each class have its slot is found once.

use std::sync::Arc;

use super::store::{Shelf, Slot};
use super::targets::Targets;
use super::value::{Scalar, SlotValue};
use super::{Model, ObjectId, Reach};
use crate::metamodel::{ClassId, FeatureId, Literal, Metamodel, Role};

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

    /// The container of an object of a model, where the feature is the other direction of what holds the object.
    #[inline]
    pub(super) fn around(&self, object: ObjectId, model: &Model) -> Option<ObjectId> {
        let through = self.through?;
        let is_there = model.containing_feature(object) == Some(through);
        model.container(object).filter(|_| is_there)
    }

    /// By class, which of the slots it is.
    #[inline]
    pub(super) fn ranks(&self) -> &[u16] {
        &self.ranks
    }
}

/// The classes of objects, for those who ask for many.
#[derive(Clone, Copy)]
pub struct Kinds<'m> {
    own: Shelf<'m>,
    known: Option<Shelf<'m>>,
}

impl Kinds<'_> {
    /// The class of an object.
    #[inline]
    pub fn class(self, object: ObjectId) -> ClassId {
        match self.known {
            Some(known) if object.is_knowledge() => known.class(object.at_home()),
            _ => self.own.class(object),
        }
    }
}

/// What an object has in the slot of a feature.
#[derive(Clone, Copy, Debug)]
pub struct Look<'m> {
    object: ObjectId,
    model: &'m Model,
    slot: Option<&'m Slot>,
}

impl<'m> Reach<'m> {
    /// Looks at an object.
    #[inline]
    pub fn look(self, object: ObjectId, at: &Lookup) -> Look<'m> {
        let (model, own) = self.home(object);
        Look {
            object,
            model,
            slot: model.store.shelf().slot_of(own, &at.ranks),
        }
    }

    /// The classes of all objects.
    #[inline]
    pub fn kinds(self) -> Kinds<'m> {
        Kinds {
            own: self.model.store.shelf(),
            known: self.knowledge.map(|k| k.model().store.shelf()),
        }
    }

    /// Looks at many objects, each with a number that says what it is looked at for, until something is wrong.
    #[inline]
    pub fn look_at_all<E>(
        self,
        (numbers, objects): (&[u32], &[ObjectId]),
        at: &Lookup,
        mut with: impl FnMut(u32, Look<'m>) -> Result<(), E>,
    ) -> Result<(), E> {
        let all = numbers.iter().zip(objects);
        if self.knowledge.is_some() {
            for (number, object) in all {
                with(*number, self.look(*object, at))?;
            }
            return Ok(());
        }
        // Where there is but one model, nobody has to ask which of them has an object.
        let (model, ranks) = (self.model, &*at.ranks);
        let shelf = model.store.shelf();
        for (number, object) in all {
            let slot = shelf.slot_of(*object, ranks);
            let object = *object;
            with(
                *number,
                Look {
                    object,
                    model,
                    slot,
                },
            )?;
        }
        Ok(())
    }
}

impl<'m> Look<'m> {
    /// What an object of a model has in a slot.
    #[inline]
    pub(super) fn of(object: ObjectId, model: &'m Model, slot: &'m Slot) -> Self {
        Self {
            object,
            model,
            slot: Some(slot),
        }
    }

    /// The object that a reference of at most one points at.
    #[inline]
    pub fn one(self, at: &Lookup) -> Result<Option<ObjectId>, Odd> {
        let Some(slot) = self.slot else {
            let container = at.around(self.object.at_home(), self.model);
            return Ok(container.map(|c| c.beside(self.object)));
        };
        let target = slot.target()?;
        Ok(target.map(|target| target.beside(self.object)))
    }

    /// The objects that a reference of many points at.
    #[inline]
    pub fn targets(self) -> Result<Targets<'m>, Odd> {
        let Some(slot) = self.slot else {
            return Ok(Targets::NONE);
        };
        let objects = self.model.store.only_targets(slot).ok_or(Odd)?;
        Ok(Targets::of(objects, self.object))
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
        self.model.store.scalar(slot)
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
