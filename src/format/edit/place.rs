//! Where each object of a draft stands and what it is called, for references that say so.

use std::cell::OnceCell;
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

/// The parts of an object in one feature; nothing stands for a part in another file.
type List = Vec<Option<ObjectId>>;

/// The places and names of all objects, each looked up when somebody asks.
#[derive(Debug)]
pub(super) struct Places<'d> {
    pub(super) draft: &'d Draft<'d>,
    /// The position of each object in its list.
    positions: OnceCell<Vec<usize>>,
    /// The lists that edits changed.
    lists: OnceCell<BTreeMap<(ObjectId, FeatureId), List>>,
    names: OnceCell<BTreeMap<Arc<str>, Vec<ObjectId>>>,
    identities: OnceCell<BTreeMap<Arc<str>, ObjectId>>,
}

impl<'d> Places<'d> {
    pub(super) fn new(draft: &'d Draft<'d>) -> Self {
        Self {
            draft,
            positions: OnceCell::new(),
            lists: OnceCell::new(),
            names: OnceCell::new(),
            identities: OnceCell::new(),
        }
    }

    fn positions(&self) -> &[usize] {
        self.positions.get_or_init(|| {
            let mut positions = vec![0; self.draft.bound()];
            for (index, root) in self.draft.roots().iter().enumerate() {
                positions[root.0 as usize] = index;
            }
            for object in self.draft.objects() {
                for feature in self.draft.containments(object) {
                    let values = self.draft.values(object, feature);
                    for (index, value) in values.iter().enumerate() {
                        if let Some(part) = value.as_object() {
                            positions[part.0 as usize] = index;
                        }
                    }
                }
            }
            positions
        })
    }

    fn lists(&self) -> &BTreeMap<(ObjectId, FeatureId), List> {
        self.lists.get_or_init(|| {
            let parts = |(object, feature)| {
                let values = self.draft.values(object, feature);
                let list = values.iter().map(Value::as_object).collect();
                ((object, feature), list)
            };
            self.draft.changed_lists().map(parts).collect()
        })
    }

    fn names(&self) -> &BTreeMap<Arc<str>, Vec<ObjectId>> {
        self.names.get_or_init(|| {
            let mut names: BTreeMap<Arc<str>, Vec<ObjectId>> = BTreeMap::new();
            for object in self.draft.objects() {
                if let Some(key) = self.draft.key(object) {
                    names.entry(key).or_default().push(object);
                }
            }
            names
        })
    }

    /// The position of a root and the steps from there to an object.
    pub(super) fn path(&self, object: ObjectId) -> Option<(usize, Vec<Step>)> {
        let positions = self.positions();
        let index = |part: ObjectId| positions[part.0 as usize];
        let mut steps = Vec::new();
        let mut part = object;
        while let Some((container, feature)) = self.draft.container(part) {
            steps.push(Step {
                feature,
                index: index(part),
                part,
            });
            part = container;
        }
        steps.reverse();
        self.draft
            .roots()
            .contains(&part)
            .then(|| (index(part), steps))
    }

    /// The part of an object at a position of a feature.
    pub(super) fn part(&self, object: ObjectId, step: (FeatureId, usize)) -> Option<ObjectId> {
        let (feature, index) = step;
        if let Some(list) = self.lists().get(&(object, feature)) {
            return *list.get(index)?;
        }
        if self.draft.is_new(object) {
            return None;
        }
        let plain = self.draft.model.target_slice(object, feature);
        if let Some(part) = plain.get(index) {
            return Some(*part);
        }
        let values = self.draft.values(object, feature);
        values.get(index)?.as_object()
    }

    /// The instances of a class of that name, in document order.
    pub(super) fn named(&self, name: &str, class: ClassId) -> Vec<ObjectId> {
        let metamodel = self.draft.metamodel();
        let conforms = |o: &&ObjectId| metamodel.conforms(self.draft.class(**o), class);
        let all = self.names().get(name);
        let found = all.into_iter().flatten().filter(conforms);
        found.copied().collect()
    }

    /// The object that an identity names: one of the file, or of an attribute that identifies.
    pub(super) fn identified(&self, identity: &str) -> Option<ObjectId> {
        let identities = self.identities.get_or_init(|| {
            let mut identities = BTreeMap::new();
            for object in self.draft.objects() {
                let id = self.draft.id(object).map(Arc::from);
                for identity in id.into_iter().chain(self.draft.id_value(object)) {
                    identities.entry(identity).or_insert(object);
                }
            }
            identities
        });
        identities.get(identity).copied()
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
        let mut named = self.names().get(name)?.iter().copied().filter(called);
        named.nth(count)
    }
}
