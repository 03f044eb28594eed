//! All objects of a model by their classes, for those who ask for the instances of several.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use super::{Model, ObjectId};
use crate::metamodel::ClassId;

/// The objects of a model, in document order, and which of them each class has.
#[derive(Clone, Debug)]
pub struct Census {
    /// All of them.
    pub objects: Vec<ObjectId>,
    /// The places of the direct instances among them, by class.
    direct: Vec<Vec<u32>>,
    /// All instances, by class, where they were asked for.
    instances: Vec<OnceLock<Instances>>,
}

/// The instances of a class and its sub types, in document order.
#[derive(Clone, Debug)]
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
        match self.kept_census() {
            Some(census) => Cow::Borrowed(&census.extent(class, self).objects),
            None => Cow::Owned(self.instances(class)),
        }
    }
}
