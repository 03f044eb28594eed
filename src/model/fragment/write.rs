//! From an object to its fragment.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::store::index;
use super::super::{Model, ObjectId, SlotValue, Value};
use super::{built_in, encode_name, encode_source, is_named, is_reference, printed, source_of};
use crate::metamodel::{Feature, FeatureId};

/// Writes the fragments of the objects of a model.
#[derive(Debug)]
pub struct Fragments<'m> {
    model: &'m Model,
    /// The position of each object among the members of its list, or among those of its name.
    /// They are looked up when the first is asked for.
    positions: OnceCell<Vec<u32>>,
    /// How each feature names its parts.
    steps: Vec<Step>,
    /// Which identities count.
    counts: fn(&str) -> bool,
}

/// How a feature names its parts.
#[derive(Debug)]
enum Step {
    /// It has none.
    Nothing,
    /// By this text and the position: `/@steps.`
    Position(String),
    /// By this text alone: `/@training`
    Alone(String),
    /// By what the part says of itself.
    Itself,
}

/// The list that was written last of each containment reference, with its path: neighbours share most of theirs.
#[derive(Debug, Default)]
pub struct LastPaths {
    lists: Vec<(Option<ObjectId>, String)>,
}

/// How a container names a part.
enum Segment {
    Place,
    Name,
    Source,
    Keys,
}

impl<'m> Fragments<'m> {
    /// Writes nothing yet.
    pub fn new(model: &'m Model) -> Self {
        let metamodel = model.metamodel();
        let step = |declared: &Feature| {
            let by_itself =
                metamodel.class(declared.owner).package.is_built_in() || !declared.keys.is_empty();
            match (declared.is_containment(), declared.is_many()) {
                (false, _) => Step::Nothing,
                _ if by_itself => Step::Itself,
                (_, true) => Step::Position(format!("/@{}.", declared.name)),
                (_, false) => Step::Alone(format!("/@{}", declared.name)),
            }
        };
        Self {
            model,
            positions: OnceCell::new(),
            steps: metamodel.features().map(|(_, f)| step(f)).collect(),
            counts: is_reference,
        }
    }

    /// The fragments that EMF gives objects: identities count with blanks in them too, by which no file can refer.
    pub fn as_emf_has_them(model: &'m Model) -> Self {
        Self {
            counts: |_| true,
            ..Self::new(model)
        }
    }

    #[inline]
    fn position(&self, object: ObjectId) -> u32 {
        self.positions.get_or_init(|| self.all_positions())[object.0 as usize]
    }

    fn all_positions(&self) -> Vec<u32> {
        let mut positions = vec![0; self.model.bound()];
        for (position, root) in self.model.roots().iter().enumerate() {
            positions[root.0 as usize] = index(position);
        }
        for object in self.model.all_objects() {
            self.positions_of_parts(object, &mut positions);
        }
        positions
    }

    fn positions_of_parts(&self, object: ObjectId, positions: &mut [u32]) {
        let mut by_itself = false;
        for (feature, value) in self.model.slots(object) {
            match (&self.steps[feature.0 as usize], value) {
                (Step::Itself, _) | (_, SlotValue::Values(_)) => by_itself = true,
                (Step::Position(_), SlotValue::Objects(parts)) => {
                    for (position, part) in parts.iter().enumerate() {
                        positions[part.0 as usize] = index(position);
                    }
                }
                _ => {}
            }
        }
        if by_itself {
            self.positions_by_itself(object, positions);
        }
    }

    /// The positions of parts that are named by what they say, or that stand among others.
    fn positions_by_itself(&self, object: ObjectId, positions: &mut [u32]) {
        let metamodel = self.model.metamodel();
        let ecore = metamodel
            .class(self.model.class(object))
            .package
            .is_built_in();
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut last = None;
        let mut next = 0;
        self.model.each_part(object, |part| {
            let feature = self.model.containing_feature(part);
            if feature != last {
                (last, next) = (feature, 0);
            }
            let key = if ecore { self.key_of(part) } else { None };
            positions[part.0 as usize] = match key {
                Some(key) => {
                    let count = counts.entry(key).or_default();
                    *count += 1;
                    *count - 1
                }
                None => next,
            };
            next += 1;
        });
        // Members of feature maps stand mixed with those of others, and lists may hold proxies between.
        if !ecore {
            self.mixed_positions(object, positions);
        }
    }

    fn mixed_positions(&self, object: ObjectId, positions: &mut [u32]) {
        for (feature, value) in self.model.slots(object) {
            let declared = self.model.metamodel().feature(feature);
            let SlotValue::Values(values) = value else {
                continue;
            };
            let mut counts: BTreeMap<FeatureId, u32> = BTreeMap::new();
            for value in values {
                let of = match value {
                    Value::Entry(entry) => entry.feature,
                    _ if declared.is_containment() => feature,
                    _ => continue,
                };
                let count = counts.entry(of).or_default();
                if let Some(part) = value.part()
                    && self.model.containing_feature(part) == Some(of)
                {
                    positions[part.0 as usize] = *count;
                }
                *count += 1;
            }
        }
    }

    /// The name under which an element of Ecore counts among its siblings.
    fn key_of(&self, part: ObjectId) -> Option<String> {
        match source_of(self.model, part) {
            Some(source) => Some(format!("%{}", source.unwrap_or_default())),
            None if is_named(self.model, part) => Some(
                self.model
                    .key(part)
                    .map_or_else(String::new, |k| k.to_string()),
            ),
            None => None,
        }
    }

    /// Appends the fragment of an object: its identity, else its place.
    pub fn write(&self, object: ObjectId, out: &mut String) {
        if let Some(id) = self.model.id(object).filter(|id| (self.counts)(id)) {
            out.push_str(id);
        } else if let Some(id) = self.model.id_value(object).filter(|id| (self.counts)(id)) {
            out.push_str(&id);
        } else {
            self.write_place(object, out);
        }
    }

    /// Appends the place of an object, whatever its identity, with the help of the paths that were written last.
    pub fn write_place_near(&self, object: ObjectId, last: &mut LastPaths, out: &mut String) {
        let (Some(container), Some(feature)) = (
            self.model.container(object),
            self.model.containing_feature(object),
        ) else {
            self.write_place(object, out);
            return;
        };
        let Step::Position(step) = &self.steps[feature.0 as usize] else {
            self.write_place(object, out);
            return;
        };
        let number = feature.0 as usize;
        if last.lists.len() <= number {
            last.lists.resize(number + 1, (None, String::new()));
        }
        let (of, path) = &mut last.lists[number];
        if *of != Some(container) {
            path.clear();
            self.write_place(container, path);
            path.push_str(step);
            *of = Some(container);
        }
        out.push_str(path);
        out.push_str(itoa::Buffer::new().format(self.position(object)));
    }

    /// The fragment of an object.
    pub fn of(&self, object: ObjectId) -> String {
        let mut out = String::new();
        self.write(object, &mut out);
        out
    }

    /// Appends the place of an object, whatever its identity.
    pub fn write_place(&self, object: ObjectId, out: &mut String) {
        let Some(container) = self.model.container(object) else {
            out.push('/');
            if self.model.roots().len() > 1 {
                let _ = write!(out, "{}", self.position(object));
            }
            return;
        };
        self.write_place(container, out);
        let feature = self
            .model
            .containing_feature(object)
            .expect("what has a container is held by a feature");
        match &self.steps[feature.0 as usize] {
            Step::Position(step) => {
                out.push_str(step);
                out.push_str(itoa::Buffer::new().format(self.position(object)));
                return;
            }
            Step::Alone(step) => {
                out.push_str(step);
                return;
            }
            Step::Itself | Step::Nothing => out.push('/'),
        }
        let declared = self.model.metamodel().feature(feature);
        match self.segment(container, object, declared) {
            Segment::Place => {
                out.push('@');
                out.push_str(&declared.name);
                if declared.is_many() {
                    out.push('.');
                    out.push_str(itoa::Buffer::new().format(self.position(object)));
                }
            }
            Segment::Name => {
                match self.model.key(object) {
                    Some(name) => out.push_str(&encode_name(&name)),
                    None => out.push('%'),
                }
                write_count(self.position(object), out);
            }
            Segment::Source => {
                let source = source_of(self.model, object).flatten();
                let source = source.map_or_else(|| "%".to_owned(), |s| encode_source(&s));
                let _ = write!(out, "%{source}%");
                write_count(self.position(object), out);
            }
            Segment::Keys => self.write_keys(object, declared, out),
        }
    }

    fn segment(&self, container: ObjectId, object: ObjectId, declared: &Feature) -> Segment {
        let metamodel = self.model.metamodel();
        let class = metamodel.class(self.model.class(container));
        if class.package.is_built_in()
            && built_in(metamodel, self.model, container, "EModelElement")
        {
            if source_of(self.model, object).is_some() {
                return Segment::Source;
            }
            if is_named(self.model, object) {
                return Segment::Name;
            }
        }
        if !declared.keys.is_empty() && declared.is_many() {
            return Segment::Keys;
        }
        Segment::Place
    }

    fn write_keys(&self, object: ObjectId, declared: &Feature, out: &mut String) {
        let keys = declared.keys.iter().map(|key| {
            let name = &self.model.metamodel().feature(*key).name;
            match printed(self.model, object, *key) {
                Some(text) => format!("{name}='{}'", encode_name(&text)),
                None => format!("{name}=null"),
            }
        });
        let keys: Vec<String> = keys.collect();
        let _ = write!(out, "@{}[{}]", declared.name, keys.join(","));
    }
}

/// Appends the count of a repeated name.
fn write_count(count: u32, out: &mut String) {
    if count > 0 {
        let _ = write!(out, ".{count}");
    }
}

impl Model {
    /// The fragment that names an object in its file: its identity, else its place such as `//@training/@parameters.0`.
    pub fn fragment(&self, object: ObjectId) -> String {
        if let Some(id) = self.id(object).filter(|id| is_reference(id)) {
            return id.to_owned();
        }
        let id = self.id_value(object).filter(|id| is_reference(id));
        let id = id.map(Cow::into_owned);
        id.unwrap_or_else(|| self.place(object))
    }

    /// The place of an object in its file, whatever its identity.
    pub fn place(&self, object: ObjectId) -> String {
        let mut fragments = Fragments::new(self);
        let mut positions = vec![0; self.bound()];
        for ancestor in self.ancestors(object) {
            fragments.positions_of_parts(ancestor, &mut positions);
        }
        for (position, root) in self.roots().iter().enumerate() {
            positions[root.0 as usize] = index(position);
        }
        fragments.positions = OnceCell::from(positions);
        let mut out = String::new();
        fragments.write_place(object, &mut out);
        out
    }
}
