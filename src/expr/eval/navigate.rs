//! From objects to others: features, containers, and what refers to an object.

use super::call::flattened;
use super::{Eval, Evaluator};
use crate::expr::Failure;
use crate::expr::check::referrers;
use crate::expr::memo::Inverse;
use crate::expr::node::Node;
use crate::metamodel::{ClassId, FeatureId, Metamodel};
use crate::model::{Model, ObjectId, Value};

impl<'e> Evaluator<'e> {
    /// Reads something of each object of a value: of one object one value, of a list those of all members.
    fn each(
        &mut self,
        node: &Node,
        of: &'e Node,
        read: impl Fn(&Self, &Value) -> Result<Value, Failure>,
    ) -> Eval<'e> {
        let of = self.value(of)?;
        let value = match &*of {
            Value::List(members) => {
                self.charge(node, members.len())?;
                let values = members.iter().map(|m| read(self, m));
                flattened(values.collect::<Result<_, Failure>>()?)
            }
            one => read(self, one)?,
        };
        self.charge(node, value.items().len())?;
        Ok(value.into())
    }

    pub(super) fn feature(&mut self, node: &Node, of: &'e Node, feature: FeatureId) -> Eval<'e> {
        self.each(node, of, |e, v| e.slot(node, v, feature))
    }

    pub(super) fn one_of(&mut self, node: &Node, of: &'e Node, features: &[FeatureId]) -> Eval<'e> {
        self.each(node, of, |e, v| e.one_slot(node, v, features))
    }

    /// The name of a class, whose value is the name of its package, `::` and its own.
    pub(super) fn class_name(&mut self, node: &Node, of: &'e Node) -> Eval<'e> {
        let name = |class: &Value| match class.as_str().and_then(|name| name.rsplit_once("::")) {
            Some((_, name)) => Value::text(name),
            None => Value::Null,
        };
        self.each(node, of, |_, v| Ok(name(v)))
    }

    pub(super) fn slot(
        &self,
        node: &Node,
        of: &Value,
        feature: FeatureId,
    ) -> Result<Value, Failure> {
        match of {
            Value::Object(object) => {
                self.context.reads.record(*object, feature);
                Ok(self.context.reach().get(*object, feature))
            }
            Value::Proxy(proxy) => {
                let message = format!("`{}` is in a file that is not loaded", proxy.uri);
                Err(self.fail(node, message))
            }
            _ if self.context.model.metamodel().feature(feature).is_many() => {
                Ok(Value::List(Vec::new()))
            }
            _ => Ok(Value::Null),
        }
    }

    /// The value of the one of several features that an object has.
    fn one_slot(&self, node: &Node, of: &Value, features: &[FeatureId]) -> Result<Value, Failure> {
        let model = self.context.reach();
        let metamodel = model.metamodel();
        let found = of.as_object().and_then(|object| {
            let owner = |f: FeatureId| metamodel.feature(f).owner;
            let is_of = |f: &FeatureId| metamodel.conforms(model.class(object), owner(*f));
            features.iter().copied().find(is_of)
        });
        match found.or(features.first().copied()) {
            Some(feature) => self.slot(node, of, feature),
            None => Ok(Value::Null),
        }
    }

    pub(super) fn container(&mut self, of: &'e Node, class: ClassId) -> Eval<'e> {
        let of = self.value(of)?;
        let model = self.context.reach();
        let of_class = |c: &ObjectId| model.metamodel().conforms(model.class(*c), class);
        let containers = of.objects().filter_map(|o| self.container_of(o));
        let mut found = containers.filter(of_class).map(Value::Object);
        Ok(if matches!(*of, Value::List(_)) {
            Value::List(found.collect()).into()
        } else {
            found.next().unwrap_or(Value::Null).into()
        })
    }

    /// The container of an object; that it holds the object is read.
    pub(in crate::expr) fn container_of(&self, object: ObjectId) -> Option<ObjectId> {
        let model = self.context.reach();
        let (container, feature) = (model.container(object)?, model.containing_feature(object)?);
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
        if self.memo().inverse.get().is_none() {
            self.charge(node, model.bound())?;
        }
        let class = self.context.reach().class(object);
        for class in referrers(model.metamodel(), class) {
            reads.record_extent(class);
        }
        let mut found = Vec::new();
        let inverse = self.memo().inverse.get_or_init(|| inverse(model));
        let by_object = inverse.get(&object);
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
