//! Which of several models that were read into one an object belongs to, where they have names.

use std::ops::Range;
use std::sync::Arc;

use super::{Model, ObjectId, store};

/// A model that is a part of another one: its name, and the numbers of its objects.
pub(super) type Input = (Arc<str>, Range<u32>);

impl Model {
    /// Gives a name to the model that the objects without one were read from.
    pub fn name_input(&mut self, name: &str) {
        let start = self.inputs.last().map_or(0, |(_, range)| range.end);
        let range = start..store::index(self.bound());
        self.inputs.push((name.into(), range));
    }

    /// Whether one of the models that were read into this one is called so.
    pub fn has_input(&self, name: &str) -> bool {
        self.inputs.iter().any(|(n, _)| &**n == name)
    }

    /// Whether an object, or what holds it, was read from the model of a name.
    pub fn is_of_input(&self, object: ObjectId, name: &str) -> bool {
        let own = |o: ObjectId| self.inputs.iter().find(|(_, range)| range.contains(&o.0));
        let mut all = std::iter::once(object).chain(self.ancestors(object));
        all.find_map(own).is_some_and(|(n, _)| &**n == name)
    }
}
