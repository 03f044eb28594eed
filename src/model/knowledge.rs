//! Knowledge: models that are read beside the one that is worked on, and that nothing writes to.
//!
//! Expressions reach the objects of both alike. So that one [`ObjectId`] tells which of the two it belongs to, those of
//! knowledge have the highest bit set when they leave it; a [`Reach`] looks at that bit, and all that it hands out bears
//! it. The bit is free: readers cap files far below 2^31 objects. A [`Model`] itself knows nothing of it, so whoever
//! asks one for an object that an expression gave must ask through a [`Reach`]. The cousins: ATL's further `IN` models,
//! Epsilon's read-only models.

use std::sync::Arc;

use super::{Model, ObjectId, Origin, Value, show};
use crate::diag::Span;
use crate::metamodel::{ClassId, FeatureId, Metamodel, OBJECT};

/// The bit of an identity that says that the object belongs to knowledge.
const KNOWLEDGE: u32 = 1 << 31;

impl ObjectId {
    /// Whether it names an object of knowledge, which no model can hold.
    #[inline]
    pub fn is_knowledge(self) -> bool {
        self.0 & KNOWLEDGE != 0
    }

    /// What expressions call an object that another one refers to, from what its own model calls it.
    #[inline]
    pub(super) fn beside(self, other: Self) -> Self {
        Self(self.0 | other.0 & KNOWLEDGE)
    }

    /// What the model of another object calls it; no object of that has this number if it is of another model.
    #[inline]
    pub(super) fn seen_from(self, other: Self) -> Self {
        Self(self.0 ^ other.0 & KNOWLEDGE)
    }

    /// What expressions call an object of knowledge.
    fn tagged(self) -> Self {
        Self(self.0 | KNOWLEDGE)
    }

    /// What its own model calls the object.
    #[inline]
    pub(super) fn at_home(self) -> Self {
        Self(self.0 & !KNOWLEDGE)
    }
}

/// Several models as one that is only read.
#[derive(Clone, Debug)]
pub struct Knowledge {
    model: Model,
    /// The instances of each class and its sub types, by class: every rule looks something up.
    extents: Vec<Vec<ObjectId>>,
}

impl Knowledge {
    /// Gathers models that conform to one metamodel. References between them stay what they are: places in other files.
    pub fn new<'m>(
        metamodel: &Arc<Metamodel>,
        models: impl IntoIterator<Item = &'m Model>,
    ) -> Self {
        let mut all = Model::new(metamodel.clone());
        for model in models {
            all.absorb(model);
        }
        let mut extents = vec![Vec::new(); metamodel.classes().count()];
        for object in all.objects() {
            let lineage = &metamodel.class(all.class(object)).lineage;
            let everything = std::iter::once(&OBJECT).filter(|o| !lineage.contains(o));
            for class in lineage.iter().chain(everything) {
                extents[class.0 as usize].push(object.tagged());
            }
        }
        Self {
            model: all,
            extents,
        }
    }

    /// All that is known, by the identities that it has by itself.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The instances of a class and its sub types, in the order of the files.
    fn instances(&self, class: ClassId) -> &[ObjectId] {
        &self.extents[class.0 as usize]
    }
}

/// What an expression reaches: a model, and the knowledge beside it.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'m> {
    /// The model.
    pub model: &'m Model,
    /// What is known beside it.
    pub knowledge: Option<&'m Knowledge>,
}

impl<'m> From<&'m Model> for Reach<'m> {
    fn from(model: &'m Model) -> Self {
        Self {
            model,
            knowledge: None,
        }
    }
}

impl<'m> Reach<'m> {
    /// The model that an object belongs to, and what that calls it.
    #[inline]
    pub(super) fn home(self, object: ObjectId) -> (&'m Model, ObjectId) {
        if object.is_knowledge() {
            let knowledge = self.knowledge.expect("what has knowledge gave the object");
            (&knowledge.model, object.at_home())
        } else {
            (self.model, object)
        }
    }

    /// What its objects conform to.
    #[inline]
    pub fn metamodel(self) -> &'m Arc<Metamodel> {
        self.model.metamodel()
    }

    /// How many objects there may be: what looking at all costs.
    pub fn bound(self) -> usize {
        self.model.bound() + self.knowledge.map_or(0, |k| k.model.bound())
    }

    /// All instances of a class and its sub types: those of the model, then those of knowledge.
    pub fn instances(self, class: ClassId) -> Vec<ObjectId> {
        let mut all = self.model.instances(class);
        all.extend_from_slice(self.known_instances(class));
        all
    }

    /// The instances of a class and its sub types that are known beside the model.
    pub fn known_instances(self, class: ClassId) -> &'m [ObjectId] {
        self.knowledge.map_or(&[], |k| k.instances(class))
    }

    /// The value that readers see, as [`Model::get`] has it.
    #[inline]
    pub fn get(self, object: ObjectId, feature: FeatureId) -> Value {
        let (model, own) = self.home(object);
        let value = model.get(own, feature);
        if object.is_knowledge() {
            value.with_objects(&ObjectId::tagged)
        } else {
            value
        }
    }

    /// The class of an object.
    #[inline]
    pub fn class(self, object: ObjectId) -> ClassId {
        let (model, own) = self.home(object);
        model.class(own)
    }

    /// The name of the class of an object.
    pub fn class_name(self, object: ObjectId) -> &'m str {
        let (model, own) = self.home(object);
        model.class_name(own)
    }

    /// The object that holds this one as a part.
    pub fn container(self, object: ObjectId) -> Option<ObjectId> {
        let (model, own) = self.home(object);
        let container = model.container(own)?;
        Some(if object.is_knowledge() {
            container.tagged()
        } else {
            container
        })
    }

    /// The reference through which the container holds this object.
    pub fn containing_feature(self, object: ObjectId) -> Option<FeatureId> {
        let (model, own) = self.home(object);
        model.containing_feature(own)
    }

    /// The direct parts of an object.
    pub fn parts(self, object: ObjectId) -> Vec<ObjectId> {
        let (model, own) = self.home(object);
        let mut parts = model.parts(own);
        if object.is_knowledge() {
            for part in &mut parts {
                *part = part.tagged();
            }
        }
        parts
    }

    /// Whether the object was deleted.
    pub fn is_deleted(self, object: ObjectId) -> bool {
        let (model, own) = self.home(object);
        model.is_deleted(own)
    }

    /// Where the value of a feature came from; `None` where it is the metamodel's default.
    pub fn origin(self, object: ObjectId, feature: FeatureId) -> Option<Origin> {
        let (model, own) = self.home(object);
        model.origin(own, feature)
    }

    /// The place of an object in a file, else that of the nearest container that was read from one.
    pub fn nearest_span(self, object: ObjectId) -> Span {
        let (model, own) = self.home(object);
        model.nearest_span(own)
    }

    /// How people are shown an object.
    pub fn path(self, object: ObjectId) -> String {
        let (model, own) = self.home(object);
        model.path(own)
    }

    /// How people are shown the value of a slot.
    pub fn show(self, object: ObjectId, feature: FeatureId) -> String {
        let (model, own) = self.home(object);
        show(model, &model.get(own, feature))
    }
}

impl Value {
    /// The same with other objects.
    pub(super) fn with_objects(self, with: &dyn Fn(ObjectId) -> ObjectId) -> Self {
        match self {
            Self::Object(object) => Self::Object(with(object)),
            Self::List(items) => {
                Self::List(items.into_iter().map(|i| i.with_objects(with)).collect())
            }
            Self::Entry(mut entry) => {
                entry.value = entry.value.with_objects(with);
                Self::Entry(entry)
            }
            other => other,
        }
    }

    /// An object of knowledge that it is or holds, which no model can hold.
    pub fn knowledge(&self) -> Option<ObjectId> {
        match self {
            Self::Object(object) => Some(*object).filter(|o| o.is_knowledge()),
            Self::List(items) => items.iter().find_map(Self::knowledge),
            Self::Entry(entry) => entry.value.knowledge(),
            _ => None,
        }
    }
}
