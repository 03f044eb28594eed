//! What changed between two versions of a model, as people say it: `training.parameters[n_estimators].value 100 → 250`.
//!
//! [`Matching`] pairs the objects of the two versions; [`diff`] tells how the pairs differ. Merges use the same two.

mod matching;

pub use matching::Matching;

use std::collections::{BTreeMap, BTreeSet};

use super::{Model, ObjectId, SlotValue, Value, is_default};
use crate::diag::Span;
use crate::metamodel::{Feature, FeatureId, Metamodel, Role};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The element, as [`Model::path`] shows it: in the new version, for what was removed in the old one.
    pub element: String,
    /// What happened to it.
    pub kind: ChangeKind,
    /// Where the new version says so, if a file does.
    pub place: Option<Span>,
}

/// What happened to an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It came.
    Added,
    /// It went.
    Removed,
    /// It stands elsewhere: where it stood.
    Moved(String),
    /// It stands elsewhere in its list: from which position to which.
    Reordered(usize, usize),
    /// It is of another class: of which it was, and is.
    Retyped(String, String),
    /// A feature has another value: its name, the text before and after; `None` where there is none.
    Set(String, Option<String>, Option<String>),
}

impl Change {
    /// Whether the element came or went with all its parts.
    pub fn is_whole(&self) -> bool {
        matches!(self.kind, ChangeKind::Added | ChangeKind::Removed)
    }

    /// The word for machines.
    pub fn word(&self) -> &'static str {
        match self.kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Moved(_) => "moved",
            ChangeKind::Reordered(..) => "reordered",
            ChangeKind::Retyped(..) => "retyped",
            ChangeKind::Set(..) => "set",
        }
    }
}

/// A path as people write it: `training.parameters[n_estimators]`.
pub fn dotted(path: &str) -> String {
    path.trim_start_matches('/').replace('/', ".")
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let element = dotted(&self.element);
        match &self.kind {
            ChangeKind::Added => write!(f, "{element} added"),
            ChangeKind::Removed => write!(f, "{element} removed"),
            ChangeKind::Moved(from) => write!(f, "{element} moved from {}", dotted(from)),
            ChangeKind::Reordered(from, to) => {
                write!(
                    f,
                    "{element} moved from position {} to {}",
                    from + 1,
                    to + 1
                )
            }
            ChangeKind::Retyped(from, to) => write!(f, "{element} is a {to}, was a {from}"),
            ChangeKind::Set(feature, Some(old), Some(new)) => {
                write!(f, "{element}.{feature} {old} → {new}")
            }
            ChangeKind::Set(feature, None, Some(new)) => write!(f, "{element}.{feature} = {new}"),
            ChangeKind::Set(feature, Some(old), None) => {
                write!(f, "{element}.{feature} {old} → nothing")
            }
            ChangeKind::Set(feature, None, None) => write!(f, "{element}.{feature}"),
        }
    }
}

/// The differences between two versions of one model, in document order of the new version, removals last.
pub fn diff(old: &Model, new: &Model) -> Vec<Change> {
    let matching = Matching::of(old, new);
    let mut changes = Vec::new();
    let reordered: BTreeMap<_, _> = reordered(old, new, &matching).into_iter().collect();
    for object in new.objects() {
        let element = || new.path(object);
        let mut push = |kind: ChangeKind| {
            changes.push(Change {
                element: element(),
                place: place(new, object, &kind),
                kind,
            });
        };
        let Some(before) = matching.old_of(object) else {
            // What came with its container is said by that.
            if new
                .container(object)
                .is_none_or(|c| matching.old_of(c).is_some())
            {
                push(ChangeKind::Added);
            }
            continue;
        };
        if moved(old, new, (before, object), &matching) {
            push(ChangeKind::Moved(old.path(before)));
        } else if let Some((from, to)) = reordered.get(&object) {
            push(ChangeKind::Reordered(*from, *to));
        }
        if old.class_name(before) != new.class_name(object) {
            let (from, to) = (old.class_name(before), new.class_name(object));
            push(ChangeKind::Retyped(from.to_owned(), to.to_owned()));
        }
        for (name, from, to) in slots((old, before), (new, object), &matching) {
            push(ChangeKind::Set(name, from, to));
        }
    }
    for object in old.objects() {
        let gone = matching.new_of(object).is_none();
        if gone
            && old
                .container(object)
                .is_none_or(|c| matching.new_of(c).is_some())
        {
            changes.push(Change {
                element: old.path(object),
                kind: ChangeKind::Removed,
                place: None,
            });
        }
    }
    changes
}

/// Where a model says what happened to an object: at the value, else at the object.
fn place(model: &Model, object: ObjectId, kind: &ChangeKind) -> Option<Span> {
    let of_value = || {
        let ChangeKind::Set(feature, ..) = kind else {
            return None;
        };
        let class = model.class(object);
        let feature = model.metamodel().feature_named(class, feature)?;
        model.origin(object, feature)?.span()
    };
    of_value().or_else(|| model.object_origin(object).span())
}

/// Whether an object stands in another container, or in another feature of it.
pub fn moved(
    old: &Model,
    new: &Model,
    (before, after): (ObjectId, ObjectId),
    matching: &Matching,
) -> bool {
    let feature = |m: &Model, o| {
        let f = m.containing_feature(o)?;
        Some(m.metamodel().feature(f).name.clone())
    };
    let container = old.container(before).map(|c| matching.new_of(c));
    container != new.container(after).map(Some) || feature(old, before) != feature(new, after)
}

/// The objects whose place among their matched siblings differs, with both positions: as few as explain it.
pub fn reordered(old: &Model, new: &Model, matching: &Matching) -> Vec<(ObjectId, (usize, usize))> {
    let mut found = Vec::new();
    let (before, after) = (positions(old), positions(new));
    for list in after.lists {
        let stayed: Vec<(ObjectId, usize)> = list
            .iter()
            .filter_map(|part| {
                let old_part = matching.old_of(*part)?;
                let same = !moved(old, new, (old_part, *part), matching);
                same.then(|| (*part, before.of[old_part.0 as usize]))
            })
            .collect();
        let kept = longest_rise(&stayed.iter().map(|s| s.1).collect::<Vec<_>>());
        for (index, (object, from)) in stayed.iter().enumerate() {
            if !kept.contains(&index) {
                found.push((*object, (*from, after.of[object.0 as usize])));
            }
        }
    }
    found
}

/// The ordered lists of a model, and where each object stands in its own.
struct Positions {
    lists: Vec<Vec<ObjectId>>,
    of: Vec<usize>,
}

fn positions(model: &Model) -> Positions {
    let mut lists: Vec<Vec<ObjectId>> = vec![model.roots().to_vec()];
    for object in model.objects() {
        for (feature, value) in model.slots(object) {
            let declared = model.metamodel().feature(feature);
            // The values of a feature map are compared with the map.
            if declared.is_containment() && declared.ordered && declared.role == Role::Plain {
                let parts: Vec<ObjectId> = value.to_value().objects().collect();
                if parts.len() > 1 {
                    lists.push(parts);
                }
            }
        }
    }
    let mut of = vec![0; model.bound()];
    for list in &lists {
        for (at, object) in list.iter().enumerate() {
            of[object.0 as usize] = at;
        }
    }
    Positions { lists, of }
}

/// The indices of a longest rising part of a list, by patience sorting.
fn longest_rise(values: &[usize]) -> BTreeSet<usize> {
    let mut piles: Vec<usize> = Vec::new();
    let mut before = vec![None; values.len()];
    for (index, value) in values.iter().enumerate() {
        let pile = piles.partition_point(|top| values[*top] < *value);
        before[index] = pile.checked_sub(1).map(|p| piles[p]);
        if pile == piles.len() {
            piles.push(index);
        } else {
            piles[pile] = index;
        }
    }
    let mut kept = BTreeSet::new();
    let mut at = piles.last().copied();
    while let Some(index) = at {
        kept.insert(index);
        at = before[index];
    }
    kept
}

/// The features of a pair that differ: name, text before, text after.
fn slots(
    old: (&Model, ObjectId),
    new: (&Model, ObjectId),
    matching: &Matching,
) -> Vec<(String, Option<String>, Option<String>)> {
    let mut found = Vec::new();
    let class = new.0.metamodel().class(new.0.class(new.1));
    for feature in &class.features {
        let declared = new.0.metamodel().feature(*feature);
        if !is_compared(new.0, declared) {
            continue;
        }
        let other = old
            .0
            .metamodel()
            .feature_named(old.0.class(old.1), &declared.name);
        let mut before = other.and_then(|f| said(old.0, old.1, f));
        let mut after = said(new.0, new.1, *feature);
        if declared.role == Role::Map {
            // What came into a map or left it is told as an object.
            let stays = |o| {
                matching
                    .new_of(o)
                    .is_some_and(|o| new.0.container(o) == Some(new.1))
            };
            keep_parts(old.0, &mut before, stays);
            let stays = |o| {
                matching
                    .old_of(o)
                    .is_some_and(|o| old.0.container(o) == Some(old.1))
            };
            keep_parts(new.0, &mut after, stays);
        }
        if !same((old.0, before.as_ref()), (new.0, after.as_ref()), matching) {
            let before = before.map(|v| show(old.0, &v));
            let after = after.map(|v| show(new.0, &v));
            found.push((declared.name.to_string(), before, after));
        }
    }
    found
}

/// Whether a feature says something of its own: parts are compared as objects, and the way back to a container or
/// another reference follows from that.
pub fn is_compared(model: &Model, declared: &Feature) -> bool {
    let metamodel = model.metamodel();
    let back = declared
        .opposite()
        .is_some_and(|o| metamodel.feature(o).is_containment());
    !declared.is_containment() && !back && declared.is_saved()
}

/// Whether a reference says what its other direction says already: of two that are single or both are lists, the
/// later one does, else the list.
pub fn is_echo(metamodel: &Metamodel, feature: FeatureId) -> bool {
    let declared = metamodel.feature(feature);
    declared.opposite().is_some_and(|opposite| {
        let other = metamodel.feature(opposite);
        match (declared.is_many(), other.is_many()) {
            (true, false) => true,
            (false, true) => false,
            _ => opposite < feature,
        }
    })
}

/// Takes the parts out of a feature map for which `stays` is false.
fn keep_parts(model: &Model, map: &mut Option<Value>, stays: impl Fn(ObjectId) -> bool) {
    let Some(Value::List(entries)) = map else {
        return;
    };
    entries.retain(|entry| match entry {
        Value::Entry(entry) if model.metamodel().feature(entry.feature).is_containment() => {
            entry.value.as_object().is_none_or(&stays)
        }
        _ => true,
    });
    if entries.is_empty() {
        *map = None;
    }
}

/// The value that an object says of its own, nothing where that is the default. Of a reference whose other direction
/// says it, what is left are the objects of other files.
pub fn said(model: &Model, object: ObjectId, feature: FeatureId) -> Option<Value> {
    let value = own(model, object, feature)?;
    if !is_echo(model.metamodel(), feature) {
        return Some(value);
    }
    let foreign = |v: &Value| v.as_object().is_none();
    match value {
        Value::List(mut items) => {
            items.retain(foreign);
            (!items.is_empty()).then_some(Value::List(items))
        }
        other => Some(other).filter(foreign),
    }
}

/// The value that an object has of its own, nothing where that is the default.
fn own(model: &Model, object: ObjectId, feature: FeatureId) -> Option<Value> {
    let declared = model.metamodel().feature(feature);
    let value = model.see(object, feature)?;
    let empty = matches!(value, SlotValue::Objects([]) | SlotValue::Values([]));
    (!empty && (declared.unsettable || !is_default(declared, value))).then(|| value.to_value())
}

/// Whether two values mean the same, their targets matched.
pub fn same(
    old: (&Model, Option<&Value>),
    new: (&Model, Option<&Value>),
    matching: &Matching,
) -> bool {
    match (old.1, new.1) {
        (None, None) => true,
        (Some(Value::Object(a)), Some(Value::Object(b))) => matching.new_of(*a) == Some(*b),
        (Some(Value::List(a)), Some(Value::List(b))) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| same((old.0, Some(a)), (new.0, Some(b)), matching))
        }
        (Some(Value::Entry(a)), Some(Value::Entry(b))) => {
            let name = |m: &Model, f| m.metamodel().feature(f).name.clone();
            name(old.0, a.feature) == name(new.0, b.feature)
                && same((old.0, Some(&a.value)), (new.0, Some(&b.value)), matching)
        }
        (Some(a @ Value::Enum(..)), Some(b @ Value::Enum(..))) => show(old.0, a) == show(new.0, b),
        (Some(Value::Proxy(a)), Some(Value::Proxy(b))) => a.uri == b.uri,
        (Some(Value::Real(a)), Some(Value::Real(b))) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    }
}

/// A value as one line of text.
pub fn show(model: &Model, value: &Value) -> String {
    show_with(model, value, &|object| model.path(object))
}

/// The same, where the paths of objects are known.
fn show_with(model: &Model, value: &Value, path: &dyn Fn(ObjectId) -> String) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Object(object) => model
            .key(*object)
            .map_or_else(|| path(*object), |k| k.to_string()),
        Value::Proxy(proxy) => proxy.uri.to_string(),
        Value::Entry(entry) => {
            let name = &model.metamodel().feature(entry.feature).name;
            format!("{name}: {}", show_with(model, &entry.value, path))
        }
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|i| show_with(model, i, path)).collect();
            format!("[{}]", items.join(", "))
        }
        other => {
            Option::from(other).map_or_else(String::new, |literal| model.metamodel().show(&literal))
        }
    }
}
