//! Where each object of a draft stands and what it is called, for references that say so.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::draft::Draft;
use crate::metamodel::{ClassId, FeatureId};
use crate::model::{ObjectId, Value};

/// One step from a container to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) feature: FeatureId,
    pub(super) index: usize,
    pub(super) part: ObjectId,
}

/// The places and names of all objects.
#[derive(Debug)]
pub(super) struct Places<'d> {
    pub(super) draft: &'d Draft<'d>,
    positions: BTreeMap<ObjectId, (FeatureId, usize)>,
    lists: BTreeMap<(ObjectId, FeatureId), Vec<Option<ObjectId>>>,
    roots: BTreeMap<ObjectId, usize>,
    names: BTreeMap<Arc<str>, Vec<ObjectId>>,
    identities: BTreeMap<Arc<str>, ObjectId>,
}

impl<'d> Places<'d> {
    pub(super) fn new(draft: &'d Draft<'d>) -> Self {
        let mut places = Self {
            draft,
            positions: BTreeMap::new(),
            lists: BTreeMap::new(),
            roots: BTreeMap::new(),
            names: BTreeMap::new(),
            identities: BTreeMap::new(),
        };
        for (index, root) in draft.roots().iter().enumerate() {
            places.roots.insert(*root, index);
        }
        for object in draft.objects() {
            if let Some(key) = draft.key(object) {
                places.names.entry(key).or_default().push(object);
            }
            let id = draft.id(object).map(Arc::from);
            for identity in id.into_iter().chain(draft.id_value(object)) {
                places.identities.entry(identity).or_insert(object);
            }
            for feature in draft.containments(object) {
                let values = draft.values(object, feature);
                let parts = values.iter().map(Value::as_object).collect();
                for (index, value) in values.iter().enumerate() {
                    if let Some(part) = value.as_object() {
                        places.positions.insert(part, (feature, index));
                    }
                }
                places.lists.insert((object, feature), parts);
            }
        }
        places
    }

    /// The position of a root and the steps from there to an object.
    pub(super) fn path(&self, object: ObjectId) -> Option<(usize, Vec<Step>)> {
        let mut steps = Vec::new();
        let mut part = object;
        while let Some((container, _)) = self.draft.container(part) {
            let (feature, index) = *self.positions.get(&part)?;
            steps.push(Step {
                feature,
                index,
                part,
            });
            part = container;
        }
        steps.reverse();
        Some((*self.roots.get(&part)?, steps))
    }

    /// The part of an object at a position of a feature.
    pub(super) fn part(&self, object: ObjectId, step: (FeatureId, usize)) -> Option<ObjectId> {
        *self.lists.get(&(object, step.0))?.get(step.1)?
    }

    /// The instances of a class of that name, in document order.
    pub(super) fn named(&self, name: &str, class: ClassId) -> Vec<ObjectId> {
        let conforms = |o: &&ObjectId| {
            self.draft
                .metamodel()
                .conforms(self.draft.class(**o), class)
        };
        let all = self.names.get(name);
        all.into_iter()
            .flatten()
            .filter(conforms)
            .copied()
            .collect()
    }

    /// The object that an identity names: one of the file, or of an attribute that identifies.
    pub(super) fn identified(&self, identity: &str) -> Option<ObjectId> {
        self.identities.get(identity).copied()
    }

    /// The part of an object that is called so, or a further one of that name.
    pub(super) fn part_named(
        &self,
        object: ObjectId,
        name: &str,
        count: usize,
    ) -> Option<ObjectId> {
        let called = |o: &ObjectId| self.draft.container(*o).map(|c| c.0) == Some(object);
        // Names are few for one text; the parts of one object may be many.
        let mut named = self.names.get(name)?.iter().copied().filter(called);
        named.nth(count)
    }
}
