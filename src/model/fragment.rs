//! URI fragments: how files name an object by its identity or its place.
//!
//! `//@training/@parameters.0` is a path of containments from the only root, `/1/@f.0` one from the second of several,
//! anything without a `/` is an identity. Ecore's own elements go by name (`#//Pipeline/name`), annotations by source
//! (`%source%`), repeated names by a count (`name.1`), parts of a reference with keys by them (`@kids[name='a']`).
//! The rules are those of EMF's `eURIFragmentSegment`.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::store::index;
use super::{Model, ObjectId, SlotValue, Value};
use crate::metamodel::{Feature, FeatureId, Metamodel};

/// Why a fragment names no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentError {
    /// The step of the path that failed.
    pub step: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Follows a fragment that is a path. Identities are for [`super::Ids`].
pub fn resolve_fragment(model: &Model, fragment: &str) -> Result<ObjectId, FragmentError> {
    let fail = |step: &str, reason: String| FragmentError {
        step: step.to_owned(),
        reason,
    };
    let mut steps = steps(fragment.strip_prefix('/').unwrap_or(fragment)).into_iter();
    let first = steps.next().unwrap_or_default();
    let position = if first.is_empty() {
        Ok(0)
    } else {
        first.parse::<usize>()
    };
    let root = position.ok().and_then(|p| model.roots().get(p));
    let mut object = *root.ok_or_else(|| fail(first, format!("there is no root `{first}`")))?;
    for step in steps.filter(|s| !s.is_empty()) {
        object = resolve_step(model, object, step).map_err(|reason| fail(step, reason))?;
    }
    Ok(object)
}

/// The steps of a path: what stands between its slashes, those in quotes and percent signs aside.
fn steps(path: &str) -> Vec<&str> {
    let mut steps = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, b) in path.bytes().enumerate() {
        match b {
            b'\'' => quoted = !quoted,
            b'/' if !quoted => {
                steps.push(&path[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    steps.push(&path[start..]);
    if quoted {
        return path.split('/').collect();
    }
    steps
}

/// Follows one step from an object.
fn resolve_step(model: &Model, object: ObjectId, step: &str) -> Result<ObjectId, String> {
    match step.strip_prefix('@') {
        Some(place) if place.ends_with(']') => by_keys(model, object, place),
        Some(place) => by_place(model, object, place),
        None if step.starts_with('%') && step.len() > 1 => by_source(model, object, step),
        None => by_name(model, object, step),
    }
}

fn feature_of(model: &Model, object: ObjectId, name: &str) -> Result<FeatureId, String> {
    let metamodel = model.metamodel();
    let class = model.class(object);
    metamodel.feature_named(class, name).ok_or_else(|| {
        let class = &metamodel.class(class).name;
        format!("class `{class}` has no feature `{name}`")
    })
}

fn by_place(model: &Model, object: ObjectId, place: &str) -> Result<ObjectId, String> {
    let (name, position) = match place.rsplit_once('.') {
        Some((name, digits))
            if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() =>
        {
            (
                name,
                digits
                    .parse()
                    .map_err(|_| format!("`{digits}` is too large"))?,
            )
        }
        _ => (place, 0usize),
    };
    let feature = feature_of(model, object, name)?;
    let slice = model.target_slice(object, feature);
    if let Some(found) = slice.get(position) {
        return Ok(*found);
    }
    let missing = |count| format!("`{name}` has {count} members, none at position {position}");
    if !slice.is_empty() {
        return Err(missing(slice.len()));
    }
    let value = model.get(object, feature);
    let count = value.items().len();
    let member = value.items().get(position).and_then(Value::part);
    member.ok_or_else(|| missing(count))
}

/// `kids[name='a',number='1']`
fn by_keys(model: &Model, object: ObjectId, place: &str) -> Result<ObjectId, String> {
    let (name, keys) = place.split_once('[').ok_or("a `[` is missing")?;
    let feature = feature_of(model, object, name)?;
    let keys = keys.trim_end_matches(']');
    let mut wanted = Vec::new();
    for pair in keys.split(',') {
        let (key, text) = pair.split_once('=').ok_or("a key has no value")?;
        let quoted = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
        wanted.push((key, quoted.map(percent_decode)));
    }
    let fits = |part: &ObjectId| {
        wanted.iter().all(|(key, text)| {
            let feature = model.metamodel().feature_named(model.class(*part), key);
            feature.is_some_and(|f| printed(model, *part, f) == *text)
        })
    };
    let parts = model.targets(object, feature);
    let found = parts.into_iter().find(fits);
    found.ok_or_else(|| format!("`{name}` has no member with {keys}"))
}

/// `%source%`, `%source%.1`
fn by_source(model: &Model, object: ObjectId, step: &str) -> Result<ObjectId, String> {
    let end = step.rfind('%').unwrap_or(0).max(1);
    let source = percent_decode(&step[1..end]);
    let count = step[end..].trim_start_matches('%').trim_start_matches('.');
    let count = count.parse().unwrap_or(0);
    let fits = |part: &ObjectId| match source_of(model, *part) {
        Some(own) => own.as_deref().unwrap_or("%") == source,
        None => false,
    };
    let found = model.parts(object).into_iter().filter(fits).nth(count);
    found.ok_or_else(|| format!("nothing here has the annotation `{source}`"))
}

fn by_name(model: &Model, object: ObjectId, step: &str) -> Result<ObjectId, String> {
    let nth = |name: &str, count: usize| {
        let name = percent_decode(name);
        // Siblings are mostly of one class: its name is looked up once.
        let mut last = None;
        let named = |part: &ObjectId| {
            let class = model.class(*part);
            let feature = match last {
                Some((of, feature)) if of == class => feature,
                _ => model.metamodel().key_feature(class),
            };
            last = Some((class, feature));
            match feature.and_then(|f| model.see(*part, f)) {
                Some(SlotValue::Text(text)) => text == name,
                Some(SlotValue::Integer(n)) => n.to_string() == name,
                _ => false,
            }
        };
        model.parts(object).into_iter().filter(named).nth(count)
    };
    let counted = || {
        let (name, count) = step.rsplit_once('.')?;
        nth(name, count.parse().ok()?)
    };
    let unnamed = || {
        let (name, count) = step.split_once('.').unwrap_or((step, "0"));
        let nameless = |part: &ObjectId| is_named(model, *part) && model.key(*part).is_none();
        let mut all = model.parts(object).into_iter().filter(nameless);
        (name == "%")
            .then(|| all.nth(count.parse().ok()?))
            .flatten()
    };
    nth(step, 0)
        .or_else(counted)
        .or_else(unnamed)
        .ok_or_else(|| format!("nothing here is called `{}`", percent_decode(step)))
}

/// The source of an annotation of Ecore; `None` for anything else.
#[expect(
    clippy::option_option,
    reason = "an annotation without a source is one all the same"
)]
fn source_of(model: &Model, object: ObjectId) -> Option<Option<String>> {
    let metamodel = model.metamodel();
    let class = model.class(object);
    let declared = metamodel.class(class);
    if !declared.package.is_built_in() || &*declared.name != "EAnnotation" {
        return None;
    }
    let feature = metamodel.feature_named(class, "source")?;
    Some(printed(model, object, feature))
}

/// Whether an object is one of Ecore's named elements.
fn is_named(model: &Model, object: ObjectId) -> bool {
    built_in(model.metamodel(), model, object, "ENamedElement")
}

fn built_in(metamodel: &Metamodel, model: &Model, object: ObjectId, name: &str) -> bool {
    let class = model.class(object);
    let lineage = &metamodel.class(class).lineage;
    let is = |c: &crate::metamodel::ClassId| {
        let declared = metamodel.class(*c);
        declared.package.is_built_in() && &*declared.name == name
    };
    lineage.iter().any(is)
}

fn printed(model: &Model, object: ObjectId, feature: FeatureId) -> Option<String> {
    let literal: Option<_> = (&model.get(object, feature)).into();
    let of = model.metamodel().feature(feature).value_type()?;
    Some(model.metamodel().print(of, &literal?))
}

/// Decodes `%20` and its like.
pub(crate) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten();
        if let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            i += 3;
        } else {
            out.push(bytes[i]);
            i += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Encodes what may not stand in a step, as EMF does: characters from U+00A0 on stay.
fn percent_encode(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c >= '\u{a0}' || keep.contains(c) {
            out.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// What RFC 2396 lets stand in a segment beside letters and digits.
const SEGMENT: &str = "-_.!~*'():@&=+$,;";
/// What EMF lets stand in the value of a key.
const KEY: &str = "!$()*+-.;=?@[\\]^_`{|}~";

/// Writes the fragments of the objects of a model.
#[derive(Debug)]
pub struct Fragments<'m> {
    model: &'m Model,
    /// The position of each object among the members of its list, or among those of its name.
    /// They are looked up when the first is asked for.
    positions: OnceCell<Vec<u32>>,
    /// How each feature names its parts.
    steps: Vec<Step>,
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
        if let Some(id) = self.model.id(object).filter(|id| is_reference(id)) {
            out.push_str(id);
        } else if let Some(id) = self.model.id_value(object).filter(|id| is_reference(id)) {
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
                    Some(name) => out.push_str(&percent_encode(&name, SEGMENT)),
                    None => out.push('%'),
                }
                write_count(self.position(object), out);
            }
            Segment::Source => {
                let source = source_of(self.model, object).flatten();
                let source = source.map_or_else(|| "%".to_owned(), |s| percent_encode(&s, SEGMENT));
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
                Some(text) => format!("{name}='{}'", percent_encode(&text, KEY)),
                None => format!("{name}=null"),
            }
        });
        let keys: Vec<String> = keys.collect();
        let _ = write!(out, "@{}[{}]", declared.name, keys.join(","));
    }
}

/// Whether an identity can be a reference: readers take blanks, a `#` and a slash at the beginning for something else.
pub fn is_reference(id: &str) -> bool {
    let special = |b: u8| b.is_ascii_whitespace() || b == b'#';
    !id.is_empty() && !id.starts_with('/') && !id.bytes().any(special)
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
