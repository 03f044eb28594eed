//! Where objects stand in the model: their containers, and what refers to them.

use std::collections::BTreeMap;

use super::Evaluator;
use crate::expr::Failure;
use crate::expr::check::referrers;
use crate::expr::node::Node;
use crate::metamodel::{ClassId, FeatureId, Metamodel};
use crate::model::{Model, ObjectId};

/// Who refers to each object, and by which reference.
pub(super) type Inverse = BTreeMap<ObjectId, Vec<(ObjectId, FeatureId)>>;

impl Evaluator<'_> {
    /// The container of an object; that it holds the object is read.
    pub(in crate::expr) fn container_of(&self, object: ObjectId) -> Option<ObjectId> {
        let reach = self.context.reach();
        let (container, feature) = (reach.container(object)?, reach.containing_feature(object)?);
        self.context.reads.record(container, feature);
        Some(container)
    }

    /// The references of a class to objects that are neither parts nor the container.
    pub(in crate::expr) fn cross_references(&self, class: ClassId) -> Vec<FeatureId> {
        let metamodel = self.context.model.metamodel();
        let features = metamodel.class(class).features.iter().copied();
        features
            .filter(|f| is_cross_reference(metamodel, *f))
            .collect()
    }

    /// The objects that refer to one, each once, in document order; their container does not count.
    pub(in crate::expr) fn referrers(
        &mut self,
        node: &Node,
        object: ObjectId,
    ) -> Result<Vec<ObjectId>, Failure> {
        let (model, reads) = (self.context.model, self.context.reads);
        if self.inverse.is_none() {
            self.charge(node, model.bound())?;
            self.inverse = Some(inverse(model));
        }
        let class = self.context.reach().class(object);
        for class in referrers(model.metamodel(), class) {
            reads.record_extent(class);
        }
        let mut found = Vec::new();
        let by_object = self.inverse.as_ref().and_then(|i| i.get(&object));
        for (referrer, feature) in by_object.into_iter().flatten() {
            reads.record(*referrer, *feature);
            if found.last() != Some(referrer) {
                found.push(*referrer);
            }
        }
        self.charge(node, found.len())?;
        Ok(found)
    }
}

fn is_cross_reference(metamodel: &Metamodel, feature: FeatureId) -> bool {
    let declared = metamodel.feature(feature);
    let is_part = |f: FeatureId| metamodel.feature(f).is_containment();
    declared.target().is_some()
        && !declared.is_containment()
        && !declared.opposite().is_some_and(is_part)
}

fn inverse(model: &Model) -> Inverse {
    let metamodel = model.metamodel();
    let mut inverse = Inverse::new();
    for object in model.objects() {
        for held in model.held(object) {
            if !is_cross_reference(metamodel, held.feature) {
                continue;
            }
            let mut add = |target| {
                let all: &mut Vec<_> = inverse.entry(target).or_default();
                all.push((object, held.feature));
            };
            match held.targets() {
                Some(targets) => targets.iter().copied().for_each(&mut add),
                None => held.value().to_value().objects().for_each(&mut add),
            }
        }
    }
    inverse
}
