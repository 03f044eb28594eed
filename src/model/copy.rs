//! Copies of objects with what they hold: of one model parted into several, and of several put into one.

use super::{Entry, Model, ObjectId, Origin, Proxy, Value, store};
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
            let copy = model.add_copy(self, *object);
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
            model.copy_slot(copy, (self, object, held.feature), value);
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
        models[at].copy_slot(copy, (self, object, feature), value);
    }

    /// Adds copies of all objects of another model of the same metamodel behind its own, with where they came from.
    pub fn absorb(&mut self, other: &Self) {
        let shift = store::index(self.bound());
        let moved = |object: ObjectId| ObjectId(object.0 + shift);
        let all = || (0..store::index(other.bound())).map(ObjectId);
        for object in all() {
            let copy = self.add_copy(other, object);
            if other.is_deleted(object) {
                self.store.object_mut(copy).mark_deleted();
            }
        }
        for object in all() {
            let copy = moved(object);
            for held in other.held(object) {
                let value = held.value().to_value().with_objects(&moved);
                self.copy_slot(copy, (other, object, held.feature), value);
            }
            let container = other.store.object(object).container();
            let container = container.map(|(holder, feature)| (moved(holder), feature));
            self.store.object_mut(copy).set_container(container);
        }
        self.store
            .roots
            .extend(other.store.roots.iter().copied().map(moved));
        let unread = other.unread.iter();
        self.unread.extend(unread.map(|(o, f)| (moved(*o), *f)));
    }

    /// Adds a copy of an object of another model, without what it holds.
    fn add_copy(&mut self, other: &Self, object: ObjectId) -> ObjectId {
        let copy = self.create(other.class(object), other.object_origin(object));
        if let Some(id) = other.id(object) {
            self.set_id(copy, id);
        }
        copy
    }

    /// Gives a copy the value of a feature as it is: the model has both directions of each reference already.
    fn copy_slot(
        &mut self,
        copy: ObjectId,
        (of, object, feature): (&Self, ObjectId, FeatureId),
        value: Value,
    ) {
        let field = of.metamodel().field(of.class(object), feature);
        let origin = of.origin(object, feature).unwrap_or(Origin::Implied);
        self.write(copy, field, value, origin);
    }
}
