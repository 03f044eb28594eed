//! All objects of a model by their classes, for those who ask for the instances of several.

use std::borrow::Cow;
use std::ops::{Deref, Range};
use std::sync::OnceLock;

use super::{Model, ObjectId};
use crate::metamodel::ClassId;

/// The objects of a model, in document order, and which of them each class has.
#[derive(Debug)]
pub struct Census {
    /// All of them.
    pub objects: Vec<ObjectId>,
    /// The places of the direct instances among them, by class.
    direct: Vec<Vec<u32>>,
    /// All instances, by class, where they were asked for.
    instances: Vec<OnceLock<Instances>>,
}

/// The census of a model, which those that are small make anew: there may be many of them.
#[derive(Debug)]
pub enum Counted<'m> {
    /// It is kept with the model.
    Kept(&'m Census),
    /// It is of the moment.
    Anew(Box<Census>),
}

impl Deref for Counted<'_> {
    type Target = Census;

    fn deref(&self) -> &Census {
        match self {
            Self::Kept(census) => census,
            Self::Anew(census) => census,
        }
    }
}

/// The instances of a class and its sub types, in document order.
#[derive(Debug)]
pub struct Instances {
    /// Their places in the document.
    pub places: Vec<u32>,
    /// The same as objects.
    pub objects: Vec<ObjectId>,
}

impl Census {
    /// Goes through a model once.
    pub(super) fn of(model: &Model) -> Self {
        let objects = model.objects();
        let mut direct = vec![Vec::new(); model.metamodel().classes().count()];
        for (place, object) in (0..).zip(&objects) {
            direct[model.class(*object).0 as usize].push(place);
        }
        let instances = direct.iter().map(|_| OnceLock::new()).collect();
        Self {
            objects,
            direct,
            instances,
        }
    }

    /// The instances of a class and its sub types, which are gathered once.
    pub fn extent(&self, class: ClassId, model: &Model) -> &Instances {
        self.instances[class.0 as usize].get_or_init(|| {
            let places = self.places(class, model);
            let objects = places.iter().map(|place| self.objects[*place as usize]);
            let objects = objects.collect();
            Instances { places, objects }
        })
    }

    fn places(&self, class: ClassId, model: &Model) -> Vec<u32> {
        let fits = model.metamodel().conforming(class);
        let direct = self.direct.iter().zip(fits).filter(|(_, fits)| *fits);
        let mut places: Vec<u32> = direct.flat_map(|(places, _)| places).copied().collect();
        #[expect(
            clippy::stable_sort_primitive,
            reason = "it merges the lists, each of which is in order"
        )]
        places.sort();
        places
    }
}

impl Instances {
    /// Those at some places of the document.
    pub fn within(&self, document: Range<usize>) -> (&[u32], &[ObjectId]) {
        let before = |end: usize| self.places.partition_point(|place| (*place as usize) < end);
        let range = before(document.start)..before(document.end);
        (&self.places[range.clone()], &self.objects[range])
    }
}

impl Model {
    /// The instances of a class and its sub types, in document order, which are gathered once until a model that is not
    /// small changes.
    pub fn extent(&self, class: ClassId) -> Cow<'_, [ObjectId]> {
        match self.census() {
            Counted::Kept(census) => Cow::Borrowed(&census.extent(class, self).objects),
            Counted::Anew(_) => Cow::Owned(self.instances(class)),
        }
    }
}
