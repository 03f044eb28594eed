//! The model that the edits ask for: what changes lies over the model that was read, which stays as it is.
//!
//! Objects keep their identities, so that the old text of each is found again. New ones are numbered after the old.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::metamodel::{ClassId, FeatureId, Literal, Metamodel};
use crate::model::{Model, ObjectId, SlotValue, Value};

/// Values with the texts that say them.
type Spellings = Vec<(Value, Arc<str>)>;

/// What an object became.
#[derive(Clone, Debug)]
struct State {
    class: ClassId,
    container: Option<(ObjectId, FeatureId)>,
    /// The features that changed.
    slots: BTreeMap<FeatureId, Vec<Value>>,
}

/// A model under edit.
#[derive(Clone, Debug)]
pub(super) struct Draft<'m> {
    pub(super) model: &'m Model,
    states: BTreeMap<ObjectId, State>,
    gone: BTreeSet<ObjectId>,
    roots: Vec<ObjectId>,
    next: u32,
    /// Whether texts anywhere in the file may have to change: places, names or references did.
    pub(super) wide: bool,
    /// The features whose values an edit named: their text says the values, not that of the other direction.
    pub(super) touched: BTreeSet<(ObjectId, FeatureId)>,
    /// The features whose text says these values and nothing else, whatever could not be read in it before.
    pub(super) exact: BTreeSet<(ObjectId, FeatureId)>,
    /// The objects that an edit moved.
    pub(super) moved: BTreeSet<ObjectId>,
    /// The identities that new objects are given in the file.
    pub(super) ids: BTreeMap<ObjectId, Arc<str>>,
    /// New objects that wait to be filled, in the order in which they are met.
    pub(super) allocated: VecDeque<ObjectId>,
    /// How texts spell the values that they are, where an edit gave its own spelling.
    pub(super) spelling: BTreeMap<(ObjectId, FeatureId), Spellings>,
}

impl<'m> Draft<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        Self {
            model,
            states: BTreeMap::new(),
            gone: BTreeSet::new(),
            roots: model.roots().to_vec(),
            next: u32::try_from(model.bound()).expect("models have fewer than 2^32 objects"),
            wide: false,
            touched: BTreeSet::new(),
            exact: BTreeSet::new(),
            moved: BTreeSet::new(),
            ids: BTreeMap::new(),
            allocated: VecDeque::new(),
            spelling: BTreeMap::new(),
        }
    }

    pub(super) fn metamodel(&self) -> &'m Arc<Metamodel> {
        self.model.metamodel()
    }

    pub(super) fn roots(&self) -> &[ObjectId] {
        &self.roots
    }

    /// Whether an edit made the object.
    pub(super) fn is_new(&self, object: ObjectId) -> bool {
        object.0 as usize >= self.model.bound()
    }

    /// Whether the object is there: it was read or made, and not deleted.
    pub(super) fn is_there(&self, object: ObjectId) -> bool {
        let read = || !self.is_new(object) && !self.model.is_deleted(object);
        (self.states.contains_key(&object) || read()) && !self.gone.contains(&object)
    }

    pub(super) fn class(&self, object: ObjectId) -> ClassId {
        self.states
            .get(&object)
            .map_or_else(|| self.model.class(object), |s| s.class)
    }

    pub(super) fn class_name(&self, object: ObjectId) -> &'m str {
        &self.metamodel().class(self.class(object)).name
    }

    /// Whether the class of an object has a feature.
    pub(super) fn has(&self, object: ObjectId, feature: FeatureId) -> bool {
        let class = self.metamodel().class(self.class(object));
        class.features.contains(&feature)
    }

    /// The object that holds this one, and through which feature.
    pub(super) fn container(&self, object: ObjectId) -> Option<(ObjectId, FeatureId)> {
        match self.states.get(&object) {
            Some(state) => state.container,
            None => self
                .model
                .container(object)
                .zip(self.model.containing_feature(object)),
        }
    }

    /// The values that an object itself has for a feature, in order.
    pub(super) fn values(&self, object: ObjectId, feature: FeatureId) -> Vec<Value> {
        let mut values = match self.states.get(&object).and_then(|s| s.slots.get(&feature)) {
            Some(values) => values.clone(),
            None if self.is_new(object) => Vec::new(),
            None => own(self.model, object, feature),
        };
        if !self.gone.is_empty() {
            values.retain(|v| v.as_object().is_none_or(|o| !self.gone.contains(&o)));
        }
        values
    }

    /// The objects among the values of a feature.
    pub(super) fn targets(&self, object: ObjectId, feature: FeatureId) -> Vec<ObjectId> {
        let values = self.values(object, feature);
        values.iter().filter_map(Value::as_object).collect()
    }

    /// The containments of an object's class.
    pub(super) fn containments(
        &self,
        object: ObjectId,
    ) -> impl Iterator<Item = FeatureId> + use<'m> {
        let metamodel: &'m Metamodel = self.metamodel();
        let features = &metamodel.class(self.class(object)).features;
        let parts = |f: &FeatureId| metamodel.feature(*f).is_containment();
        features.iter().copied().filter(parts)
    }

    /// The direct parts of an object, in the order of features and of values.
    pub(super) fn parts(&self, object: ObjectId) -> Vec<ObjectId> {
        self.containments(object)
            .flat_map(|f| self.targets(object, f))
            .collect()
    }

    /// An object and all below it, depth first.
    pub(super) fn tree(&self, object: ObjectId) -> Vec<ObjectId> {
        let mut all = Vec::new();
        let mut open = vec![object];
        while let Some(object) = open.pop() {
            all.push(object);
            open.extend(self.parts(object).into_iter().rev());
        }
        all
    }

    /// All objects in document order.
    pub(super) fn objects(&self) -> Vec<ObjectId> {
        self.roots.iter().flat_map(|r| self.tree(*r)).collect()
    }

    /// The name or key of an object, as text.
    pub(super) fn key(&self, object: ObjectId) -> Option<Arc<str>> {
        let feature = self.metamodel().key_feature(self.class(object))?;
        match self.values(object, feature).into_iter().next()? {
            Value::String(text) => Some(text),
            Value::Integer(number) => Some(number.to_string().into()),
            _ => None,
        }
    }

    /// The value of the attribute that identifies an object, as files write it.
    pub(super) fn id_value(&self, object: ObjectId) -> Option<Arc<str>> {
        let feature = self.metamodel().class(self.class(object)).id_attribute?;
        self.printed(object, feature)
    }

    /// The first value of an attribute, as files write it.
    pub(super) fn printed(&self, object: ObjectId, feature: FeatureId) -> Option<Arc<str>> {
        let value = self.values(object, feature).into_iter().next()?;
        let literal: Option<Literal> = (&value).into();
        let of = self.metamodel().feature(feature).value_type()?;
        Some(self.metamodel().print(of, &literal?).into())
    }

    /// The identity that the file gives an object beside its features.
    pub(super) fn id(&self, object: ObjectId) -> Option<&str> {
        if self.is_new(object) {
            return self.ids.get(&object).map(|id| &**id);
        }
        self.model.id(object)
    }

    /// Whether an edit made or changed the object itself.
    pub(super) fn is_changed(&self, object: ObjectId) -> bool {
        self.states.contains_key(&object)
    }

    /// The objects that edits made or changed, with all above them.
    pub(super) fn marked(&self) -> BTreeSet<ObjectId> {
        let mut marked = BTreeSet::new();
        for object in self.states.keys().filter(|o| self.is_there(**o)) {
            let mut above = Some(*object);
            while let Some(object) = above.filter(|o| marked.insert(*o)) {
                above = self.container(object).map(|c| c.0);
            }
        }
        marked
    }

    /// One more than the greatest number of an object.
    pub(super) fn bound(&self) -> usize {
        self.next as usize
    }

    /// Whether the values of a feature are those that were read.
    pub(super) fn keeps(&self, object: ObjectId, feature: FeatureId) -> bool {
        if let Some(state) = self.states.get(&object)
            && (state.slots.contains_key(&feature)
                || self.is_new(object)
                || !self.has(object, feature))
        {
            return false;
        }
        // What is gone left its container, which changed.
        let parts = self.metamodel().feature(feature).is_containment();
        if parts || self.gone.is_empty() {
            return true;
        }
        let gone = |v: &Value| v.as_object().is_some_and(|o| self.gone.contains(&o));
        match self.model.see(object, feature) {
            Some(SlotValue::Objects(all)) => !all.iter().any(|o| self.gone.contains(o)),
            Some(SlotValue::Object(one)) => !self.gone.contains(&one),
            Some(SlotValue::Text(_)) | None => true,
            Some(other) => !other.to_value().items().iter().any(gone),
        }
    }

    /// The containments that changed, of objects that are there.
    pub(super) fn changed_lists(&self) -> impl Iterator<Item = (ObjectId, FeatureId)> {
        let slots = self
            .states
            .iter()
            .flat_map(|(o, s)| s.slots.keys().map(|f| (*o, *f)));
        slots.filter(|(o, f)| self.metamodel().feature(*f).is_containment() && self.is_there(*o))
    }

    /// Whether references may name the object by this attribute, or by what it says of it.
    fn is_name(&self, object: ObjectId, feature: FeatureId) -> bool {
        let metamodel = self.metamodel();
        let class = self.class(object);
        metamodel.key_feature(class) == Some(feature)
            || metamodel.class(class).id_attribute == Some(feature)
            || metamodel.class(class).package.is_built_in()
            || metamodel.features().any(|(_, f)| f.keys.contains(&feature))
    }

    /// How people are shown an object: by its old path, or its class where it is new.
    pub(super) fn describe(&self, object: ObjectId) -> String {
        if self.is_new(object) {
            return format!("the new {}", self.class_name(object));
        }
        self.model.path(object)
    }

    fn state(&mut self, object: ObjectId) -> &mut State {
        let (class, container) = (self.class(object), self.container(object));
        self.states.entry(object).or_insert_with(|| State {
            class,
            container,
            slots: BTreeMap::new(),
        })
    }

    /// Makes an object that is in no container yet.
    pub(super) fn create(&mut self, class: ClassId) -> ObjectId {
        let object = ObjectId(self.next);
        self.next += 1;
        let state = State {
            class,
            container: None,
            slots: BTreeMap::new(),
        };
        self.states.insert(object, state);
        object
    }

    pub(super) fn set_class(&mut self, object: ObjectId, class: ClassId) {
        self.wide = true;
        self.state(object).class = class;
    }

    /// Takes an object out of the model, with all its parts.
    pub(super) fn delete(&mut self, object: ObjectId) {
        let tree = self.tree(object);
        self.wide = true;
        self.gone.extend(tree);
        self.roots.retain(|r| *r != object);
    }

    /// Gives a feature its values: parts that it held are deleted, those it gets leave their container, and the other
    /// directions of references follow.
    pub(super) fn assign(&mut self, object: ObjectId, feature: FeatureId, values: Vec<Value>) {
        let metamodel = self.metamodel();
        let declared = metamodel.feature(feature);
        self.wide |= declared.target().is_some() || self.is_name(object, feature);
        let old = self.targets(object, feature);
        let new: Vec<ObjectId> = values.iter().filter_map(Value::as_object).collect();
        let (before, after): (BTreeSet<ObjectId>, BTreeSet<ObjectId>) =
            (old.iter().copied().collect(), new.iter().copied().collect());
        if declared.is_containment() {
            // What comes may be a part of what goes.
            for part in new.iter().filter(|o| !before.contains(o)) {
                self.detach(*part);
                self.state(*part).container = Some((object, feature));
            }
            for part in old.iter().filter(|o| !after.contains(o)) {
                self.delete(*part);
            }
        } else if let Some(opposite) = declared.opposite() {
            for target in old.iter().filter(|o| !after.contains(o)) {
                self.drop_value(*target, opposite, object);
            }
            self.state(object).slots.insert(feature, values);
            for target in new.iter().filter(|o| !before.contains(o)) {
                self.link_back(*target, (feature, opposite), object);
            }
            return;
        }
        self.state(object).slots.insert(feature, values);
    }

    /// Takes an object out of its container.
    fn detach(&mut self, part: ObjectId) {
        if let Some((container, feature)) = self.container(part) {
            self.drop_value(container, feature, part);
            self.moved.insert(part);
        }
        self.roots.retain(|r| *r != part);
    }

    fn drop_value(&mut self, object: ObjectId, feature: FeatureId, gone: ObjectId) {
        let mut values = self.values(object, feature);
        values.retain(|v| v.as_object() != Some(gone));
        self.state(object).slots.insert(feature, values);
    }

    /// Makes `target` know that `object` points at it.
    fn link_back(&mut self, target: ObjectId, through: (FeatureId, FeatureId), object: ObjectId) {
        let (feature, opposite) = through;
        let mut values = self.values(target, opposite);
        if values.iter().any(|v| v.as_object() == Some(object)) {
            return;
        }
        if !self.metamodel().feature(opposite).is_many() {
            // The target had another partner, which loses it.
            for partner in values.drain(..).filter_map(|v| v.as_object()) {
                self.drop_value(partner, feature, target);
            }
        }
        values.push(Value::Object(object));
        self.state(target).slots.insert(opposite, values);
    }
}

/// The values that an object of a model itself has for a feature.
pub(super) fn own(model: &Model, object: ObjectId, feature: FeatureId) -> Vec<Value> {
    let value = model.own(object, feature);
    let mut values = value.map_or_else(Vec::new, |v| v.items().to_vec());
    if values.len() > 1 && model.metamodel().feature(feature).opposite().is_some() {
        // Where a file writes both directions, each of them may have made its value.
        let mut seen = BTreeSet::new();
        values.retain(|v| v.as_object().is_none_or(|o| seen.insert(o)));
    }
    values
}

/// Whether two values are the same; a number that is none is itself, and an object of another file is its URI.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Real(a), Value::Real(b)) => a.to_bits() == b.to_bits(),
        (Value::Proxy(a), Value::Proxy(b)) => a.uri == b.uri,
        _ => a == b,
    }
}
