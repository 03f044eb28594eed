//! One model parted into several, each with some of its roots.

use super::{Entry, Model, ObjectId, Origin, Proxy, Value};
use crate::metamodel::FeatureId;

/// Where an object went: the model, and what that calls it.
type Home = Option<(usize, ObjectId)>;

impl Value {
    /// The value with something else for each object in it.
    #[must_use]
    pub fn with_each(self, other: &dyn Fn(ObjectId) -> Value) -> Self {
        match self {
            Self::Object(object) => other(object),
            Self::Entry(entry) => Self::Entry(Box::new(Entry {
                feature: entry.feature,
                value: entry.value.with_each(other),
            })),
            Self::List(items) => {
                Self::List(items.into_iter().map(|i| i.with_each(other)).collect())
            }
            one => one,
        }
    }
}

impl Model {
    /// Parts the model: each root goes, with all its parts, to the model at the position that `home` says.
    ///
    /// A reference from one to another becomes a reference into the file at `uri` of that position.
    pub fn parted(
        &self,
        count: usize,
        home: &dyn Fn(ObjectId) -> usize,
        uri: &dyn Fn(usize) -> String,
    ) -> Vec<Self> {
        let new = || Self::new(self.metamodel().clone());
        let mut models: Vec<Self> = std::iter::repeat_with(new).take(count).collect();
        let mut homes: Vec<Home> = vec![None; self.bound()];
        let mut at = None;
        let objects = self.objects();
        for object in &objects {
            let container = self.container(*object);
            let position = container.map_or_else(|| home(*object), |_| at.unwrap_or_default());
            at = Some(position);
            let model = &mut models[position];
            let copy = model.create(self.class(*object), self.object_origin(*object));
            if let Some(id) = self.id(*object) {
                model.set_id(copy, id);
            }
            if container.is_none() {
                model.add_root(copy);
            }
            homes[object.0 as usize] = Some((position, copy));
        }
        let mut crossing = Vec::new();
        for object in &objects {
            self.copy_slots(*object, (&homes, &mut models), &mut crossing);
        }
        for (object, feature) in crossing {
            self.copy_crossing((object, feature), (&homes, &mut models), uri);
        }
        models
    }

    /// Copies what an object holds; slots with references to other models are left for later.
    fn copy_slots(
        &self,
        object: ObjectId,
        (homes, models): (&[Home], &mut [Self]),
        crossing: &mut Vec<(ObjectId, FeatureId)>,
    ) {
        let Some((at, copy)) = homes[object.0 as usize] else {
            return;
        };
        let moved = |o: ObjectId| homes[o.0 as usize];
        let model = &mut models[at];
        if let (Some(container), Some(feature)) =
            (self.container(object), self.containing_feature(object))
            && let Some((_, container)) = moved(container)
        {
            model
                .store
                .object_mut(copy)
                .set_container(Some((container, feature)));
        }
        for held in self.held(object) {
            let value = held.value().to_value();
            let stays = |o: ObjectId| moved(o).is_none_or(|(home, _)| home == at);
            if !value.items().iter().filter_map(Value::part).all(stays) {
                crossing.push((object, held.feature));
                continue;
            }
            let value =
                value.with_each(&|o| moved(o).map_or(Value::Null, |(_, new)| Value::Object(new)));
            let field = self.metamodel().field(self.class(object), held.feature);
            let origin = self.origin(object, held.feature);
            model.write(copy, field, value, origin.unwrap_or(Origin::Implied));
        }
    }

    fn copy_crossing(
        &self,
        (object, feature): (ObjectId, FeatureId),
        (homes, models): (&[Home], &mut [Self]),
        uri: &dyn Fn(usize) -> String,
    ) {
        let (Some((at, copy)), Some(value)) = (homes[object.0 as usize], self.own(object, feature))
        else {
            return;
        };
        let declared = self.metamodel().feature(feature).target();
        let value = value.with_each(&|o| match homes[o.0 as usize] {
            None => Value::Null,
            Some((home, new)) if home == at => Value::Object(new),
            Some((home, new)) => Value::Proxy(std::sync::Arc::new(Proxy {
                uri: format!("{}#{}", uri(home), models[home].fragment(new)).into(),
                class: Some(self.class(o)).filter(|c| Some(*c) != declared),
            })),
        });
        let field = self.metamodel().field(self.class(object), feature);
        let origin = self.origin(object, feature).unwrap_or(Origin::Implied);
        models[at].write(copy, field, value, origin);
    }
}
