//! All objects of a model by their classes, for those who ask for the instances of several.

use super::{Model, ObjectId};
use crate::metamodel::ClassId;

/// The objects of a model, in document order, and which of them each class has.
#[derive(Clone, Debug)]
pub struct Census {
    /// All of them.
    pub objects: Vec<ObjectId>,
    /// The places of the direct instances among them, by class.
    direct: Vec<Vec<u32>>,
}

impl Census {
    /// Goes through a model once.
    pub fn of(model: &Model) -> Self {
        let objects = model.objects();
        let mut direct = vec![Vec::new(); model.metamodel().classes().count()];
        for (place, object) in (0..).zip(&objects) {
            direct[model.class(*object).0 as usize].push(place);
        }
        Self { objects, direct }
    }

    /// The places of the instances of a class and its sub types, in document order.
    pub fn places(&self, class: ClassId, model: &Model) -> Vec<u32> {
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

    /// The objects at some places.
    pub fn at(&self, places: &[u32]) -> impl Iterator<Item = ObjectId> {
        places.iter().map(|place| self.objects[*place as usize])
    }
}
