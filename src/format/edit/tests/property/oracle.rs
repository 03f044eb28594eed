//! Random edits, the same edits on a model by its own methods, and what they may touch.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{Choices, Written};
use super::spec::{NAMES, TEXTS};
use super::*;
use crate::metamodel::FeatureKind;
use crate::model::{Origin, Value};

/// An edit that may or may not be allowed.
pub(super) fn random_edit(case: &Case, choices: &mut Choices<'_>) -> Edit {
    let objects = case.model.objects();
    // Most edits are of items: shops are few.
    let object = match choices.pick(3) {
        0 => objects[0],
        _ => choices.of(&objects),
    };
    let metamodel = case.model.metamodel();
    let features = &metamodel.class(case.model.class(object)).features;
    let feature = choices.of(features);
    let containments: Vec<FeatureId> = features
        .iter()
        .copied()
        .filter(|f| metamodel.feature(*f).is_containment())
        .collect();
    let count = |o, f| case.model.get(o, f).items().len();
    match choices.pick(8) {
        0 | 1 => Edit::Set {
            object,
            feature,
            value: random_value(case, feature, choices),
        },
        2 => Edit::Unset { object, feature },
        3 => Edit::Insert {
            place: Place {
                object,
                feature,
                position: choices.pick(count(object, feature) + 1),
            },
            value: random_one(case, feature, choices),
        },
        4 => Edit::Remove {
            place: Place {
                object,
                feature,
                position: choices.pick(count(object, feature).max(1)),
            },
        },
        5 => Edit::Delete { object },
        6 if !containments.is_empty() => {
            let feature = choices.of(&containments);
            Edit::Move {
                object: choices.of(&objects),
                place: Place {
                    object,
                    feature,
                    position: choices.pick(count(object, feature) + 1),
                },
            }
        }
        6 => {
            // Within its list, where it stands in one.
            let container = case.model.container(object).unwrap_or(object);
            let feature = case.model.containing_feature(object).unwrap_or(feature);
            let position = choices.pick(count(container, feature).max(1));
            Edit::Move {
                object,
                place: Place {
                    object: container,
                    feature,
                    position,
                },
            }
        }
        // The model's own methods cannot replace a root.
        _ if case.model.container(object).is_none() => Edit::Unset { object, feature },
        _ => Edit::ChangeType {
            object,
            class: case.class(choices.of(&["Book", "Pen", "Tool"])),
        },
    }
}

fn random_value(case: &Case, feature: FeatureId, choices: &mut Choices<'_>) -> NewValue {
    if case.model.metamodel().feature(feature).is_many() {
        let items = (0..choices.pick(4)).map(|_| random_one(case, feature, choices));
        let mut list: Vec<NewValue> = Vec::new();
        for item in items {
            let twice = matches!(item, NewValue::Object(_)) && list.contains(&item);
            if !twice {
                list.push(item);
            }
        }
        return NewValue::List(list);
    }
    random_one(case, feature, choices)
}

fn random_one(case: &Case, feature: FeatureId, choices: &mut Choices<'_>) -> NewValue {
    let metamodel = case.model.metamodel();
    let declared = metamodel.feature(feature);
    if declared.is_containment() {
        if choices.one_in(4) {
            return NewValue::Object(choices.of(&case.model.objects()));
        }
        return new_object(case, choices, 0);
    }
    if declared.target().is_some() {
        let objects = case.model.objects();
        let items = &objects[usize::from(objects.len() > 1)..];
        return NewValue::Object(choices.of(items));
    }
    let texts: &[&str] = match &*declared.name {
        "price" => &["1", "2.5", "1e-3", "100.0", "-0.0", "1.0E10"],
        "pages" => &["3", "+5", "010"],
        "open" => &["true", "false", "TRUE"],
        "colour" => &["RED", "GREEN"],
        "code" => &["t9", "t10", "no"],
        "name" => NAMES,
        _ => TEXTS,
    };
    text_value(choices.of(texts))
}

fn new_object(case: &Case, choices: &mut Choices<'_>, depth: usize) -> NewValue {
    let class = if depth > 0 {
        "Book"
    } else {
        choices.of(&["Book", "Pen", "Tool"])
    };
    let mut slots = Vec::new();
    if choices.pick(3) > 0 {
        slots.push((
            case.feature_of(class, "name"),
            text_value(choices.of(NAMES)),
        ));
    }
    if choices.one_in(2) {
        let tags = (0..choices.pick(3)).map(|_| text_value(choices.of(TEXTS)));
        slots.push((
            case.feature_of(class, "tags"),
            NewValue::List(tags.collect()),
        ));
    }
    if choices.one_in(3) {
        let target = NewValue::Object(choices.of(&case.model.objects()));
        slots.push((case.feature_of(class, "next"), target));
    }
    if class == "Book" && depth < 2 && choices.one_in(2) {
        let parts = (0..choices.pick(3)).map(|_| new_object(case, choices, depth + 1));
        let parts = NewValue::List(parts.collect());
        slots.push((case.feature_of(class, "parts"), parts));
    }
    NewValue::New(NewObject {
        class: case.class(class),
        id: None,
        slots,
    })
}

/// The same edits by the methods of the model.
struct Oracle {
    model: Model,
    /// What objects became that changed their class.
    became: BTreeMap<ObjectId, ObjectId>,
}

/// Compares the model that was read from the new text with the one that the edits give by its own methods.
pub(super) fn compare(case: &Case, edits: &[Edit], edited: &Edited) -> Result<(), String> {
    let mut oracle = Oracle {
        model: case.model.clone(),
        became: BTreeMap::new(),
    };
    for edit in edits {
        oracle.make(edit);
    }
    let (wanted, read) = (dump(&oracle.model), dump(&edited.model));
    if wanted != read {
        return Err(format!("wanted\n{wanted}\nread\n{read}"));
    }
    Ok(())
}

impl Oracle {
    fn now(&self, object: ObjectId) -> ObjectId {
        self.became.get(&object).copied().unwrap_or(object)
    }

    fn list(&self, object: ObjectId, feature: FeatureId) -> Vec<Value> {
        draft::own(&self.model, object, feature)
    }

    fn assign(&mut self, object: ObjectId, feature: FeatureId, mut values: Vec<Value>) {
        if values.is_empty() {
            // Parts and the other directions go with the values.
            self.model
                .set(object, feature, Value::List(Vec::new()), Origin::Implied);
            self.model.unset(object, feature);
        } else if self.model.metamodel().feature(feature).is_many() {
            self.model
                .set(object, feature, Value::List(values), Origin::Implied);
        } else {
            let value = values.remove(0);
            self.model.set(object, feature, value, Origin::Implied);
        }
    }

    fn values(&mut self, feature: FeatureId, value: &NewValue) -> Vec<Value> {
        let metamodel = self.model.metamodel().clone();
        let value = match value {
            NewValue::List(items) => {
                return items.iter().flat_map(|i| self.values(feature, i)).collect();
            }
            NewValue::Text(text) => {
                let of = metamodel.feature(feature).value_type().unwrap();
                metamodel.parse(of, text).unwrap().into()
            }
            NewValue::Object(object) => Value::Object(self.now(*object)),
            NewValue::New(new) => {
                let object = self.model.create(new.class, Origin::Implied);
                for (feature, value) in &new.slots {
                    let values = self.values(*feature, value);
                    self.assign(object, *feature, values);
                }
                Value::Object(object)
            }
            NewValue::Literal(_) | NewValue::Uri { .. } => unreachable!("no test makes one"),
        };
        vec![value]
    }

    fn make(&mut self, edit: &Edit) {
        match edit {
            Edit::Set {
                object,
                feature,
                value,
            } => {
                let values = self.values(*feature, value);
                self.assign(self.now(*object), *feature, values);
            }
            Edit::Unset { object, feature } => {
                self.assign(self.now(*object), *feature, Vec::new());
            }
            Edit::Insert { place, value } => {
                let new = self.values(place.feature, value);
                let object = self.now(place.object);
                let mut list = self.list(object, place.feature);
                let declared = self.model.metamodel().feature(place.feature);
                if declared.target().is_some() {
                    list.retain(|v| !new.contains(v));
                }
                list.splice(place.position..place.position, new);
                self.assign(object, place.feature, list);
            }
            Edit::Remove { place } => {
                let object = self.now(place.object);
                let mut list = self.list(object, place.feature);
                list.remove(place.position);
                self.assign(object, place.feature, list);
            }
            Edit::Delete { object } => {
                self.model.delete(self.now(*object));
            }
            Edit::Move { object, place } => {
                let value = NewValue::Object(*object);
                self.make(&Edit::Insert {
                    place: *place,
                    value,
                });
            }
            Edit::ChangeType { object, class } => self.retype(*object, *class),
        }
    }

    fn retype(&mut self, object: ObjectId, class: ClassId) {
        let metamodel = self.model.metamodel().clone();
        let old = self.now(object);
        let new = self.model.create(class, Origin::Implied);
        if let Some(id) = self.model.id(old).map(str::to_owned) {
            self.model.set_id(new, &id);
        }
        let kept = metamodel.class(class).features.clone();
        for feature in &kept {
            let values = self.list(old, *feature);
            if !values.is_empty() {
                self.assign(new, *feature, values);
            }
        }
        for other in self.model.objects() {
            for feature in metamodel.class(self.model.class(other)).features.clone() {
                let declared = metamodel.feature(feature);
                if declared.target().is_none() || declared.is_containment() || other == old {
                    continue;
                }
                let mut list = self.list(other, feature);
                if list.contains(&Value::Object(old)) {
                    for value in list.iter_mut().filter(|v| **v == Value::Object(old)) {
                        *value = Value::Object(new);
                    }
                    let mut seen: Vec<Value> = Vec::new();
                    list.retain(|v| {
                        let first = !seen.contains(v);
                        seen.push(v.clone());
                        first
                    });
                    self.assign(other, feature, list);
                }
            }
        }
        // A reference to itself.
        for feature in &kept {
            let declared = metamodel.feature(*feature);
            if declared.target().is_some() && !declared.is_containment() {
                let mut list = self.list(new, *feature);
                if list.contains(&Value::Object(old)) {
                    list.retain(|v| *v != Value::Object(new));
                    for value in list.iter_mut().filter(|v| **v == Value::Object(old)) {
                        *value = Value::Object(new);
                    }
                    self.assign(new, *feature, list);
                }
            }
        }
        let container = self.model.container(old).unwrap();
        let through = self.model.containing_feature(old).unwrap();
        let mut list = self.list(container, through);
        for value in list.iter_mut().filter(|v| **v == Value::Object(old)) {
            *value = Value::Object(new);
        }
        self.assign(container, through, list);
        self.became.insert(object, new);
    }
}

/// A model as text: every object with its place, class and values.
fn dump(model: &Model) -> String {
    let metamodel = model.metamodel();
    let mut out = String::new();
    for object in model.objects() {
        let (place, class) = (model.place(object), model.class_name(object));
        out.extend([
            place.as_str(),
            " ",
            class,
            "
",
        ]);
        for feature in &metamodel.class(model.class(object)).features {
            let declared = metamodel.feature(*feature);
            if declared.is_containment() {
                continue;
            }
            let values = draft::own(model, object, *feature);
            let mut shown: Vec<String> = values
                .iter()
                .map(|v| match v {
                    Value::Object(target) => model.place(*target),
                    other => format!("{other:?}"),
                })
                .collect();
            if declared.opposite().is_some() {
                shown.sort();
                shown.dedup();
            }
            if !shown.is_empty() {
                let line = format!("  {} = {shown:?}\n", declared.name);
                out.push_str(&line);
            }
        }
    }
    out
}

/// What edits may touch: features of objects, and objects with all that is in them.
pub(super) struct Affected {
    slots: BTreeSet<(ObjectId, FeatureId)>,
    objects: BTreeSet<ObjectId>,
    gone: BTreeSet<ObjectId>,
}

impl Affected {
    pub(super) fn of(case: &Case, edits: &[Edit], edited: &Edited) -> Self {
        let mut affected = Self {
            slots: BTreeSet::new(),
            objects: BTreeSet::new(),
            gone: BTreeSet::new(),
        };
        let parts = |f| case.model.metamodel().feature(f).is_containment();
        for edit in edits {
            match edit {
                Edit::Set {
                    object, feature, ..
                }
                | Edit::Unset { object, feature } => {
                    affected.slots.insert((*object, *feature));
                }
                Edit::Insert { place, .. } | Edit::Remove { place } | Edit::Move { place, .. }
                    if !parts(place.feature) =>
                {
                    affected.slots.insert((place.object, place.feature));
                }
                Edit::Insert { .. } | Edit::Remove { .. } | Edit::Move { .. } => {}
                Edit::Delete { object } | Edit::ChangeType { object, .. } => {
                    affected.objects.insert(*object);
                }
            }
        }
        // What is gone, or stands elsewhere now.
        for object in case.model.objects() {
            let new = edited.object(object);
            if new.is_none() {
                affected.gone.insert(object);
            }
            let container = case.model.container(object);
            let moved = new.is_none_or(|n| {
                edited.model.container(n) != container.and_then(|c| edited.object(c))
                    || edited.model.containing_feature(n) != case.model.containing_feature(object)
            });
            let named = edits.iter().any(|e| match e {
                Edit::Move { object: o, .. } => *o == object,
                Edit::Set { value, .. } | Edit::Insert { value, .. } => names(value, object),
                _ => false,
            });
            if moved || named {
                affected.objects.insert(object);
            }
        }
        affected
    }

    /// Whether an edit may change the text of a feature.
    pub(super) fn has(&self, case: &Case, object: ObjectId, feature: &str) -> bool {
        let metamodel = case.model.metamodel();
        let Some(id) = metamodel.feature_named(case.model.class(object), feature) else {
            return true;
        };
        let reference = matches!(metamodel.feature(id).kind, FeatureKind::Reference { .. });
        let above = std::iter::once(object).chain(case.model.ancestors(object));
        reference
            || self.slots.contains(&(object, id))
            || above.into_iter().any(|o| self.objects.contains(&o))
    }

    /// The lines that may go with what is gone: its own, and those of the comments directly above.
    pub(super) fn gone_lines(&self, case: &Case, written: &Written) -> BTreeSet<usize> {
        let text = &written.text;
        let line = |at: usize| text[..at].matches('\n').count();
        let mut gone = BTreeSet::new();
        let lines: Vec<&str> = text.lines().collect();
        let mut lose = |range: &std::ops::Range<usize>| {
            let (mut first, last) = (line(range.start), line(range.end));
            let comment = |l: &str| {
                let l = l.trim_start();
                l.starts_with("# c")
                    || l.starts_with("<!--")
                    || l.starts_with("<?c")
                    || l.starts_with("more -->")
            };
            while first > 0 && comment(lines[first - 1]) {
                first -= 1;
            }
            gone.extend(first..=last);
        };
        let origin = |o: ObjectId| case.model.object_origin(o).span().map(|s| s.start as usize);
        for object in &self.gone {
            let Some(at) = origin(*object) else { continue };
            let inner = written.objects.iter().filter(|r| r.contains(&at));
            if let Some(range) = inner.min_by_key(|r| r.len()) {
                lose(range);
            }
        }
        // Entries that were named, or point at what is gone, may go as a whole.
        for (object, feature) in self.entries(case) {
            let Some(at) = origin(object) else { continue };
            let inner = written.objects.iter().filter(|r| r.contains(&at));
            let Some(around) = inner.min_by_key(|r| r.len()) else {
                continue;
            };
            for (range, name) in &written.entries {
                if **name == *feature && around.start <= range.start && range.end <= around.end {
                    lose(range);
                }
            }
        }
        gone
    }

    fn entries(&self, case: &Case) -> Vec<(ObjectId, String)> {
        let metamodel = case.model.metamodel();
        let mut all = Vec::new();
        for object in case.model.objects() {
            for feature in &metamodel.class(case.model.class(object)).features {
                let declared = metamodel.feature(*feature);
                let reference = declared.target().is_some() && !declared.is_containment();
                let retyped = self.objects.contains(&object);
                // A part that moves away takes the key of its place along.
                let single = declared.is_containment() && !declared.is_many();
                if self.slots.contains(&(object, *feature)) || reference || retyped || single {
                    all.push((object, declared.name.to_string()));
                }
            }
        }
        all
    }
}

fn names(value: &NewValue, object: ObjectId) -> bool {
    match value {
        NewValue::Object(o) => *o == object,
        NewValue::List(items) => items.iter().any(|i| names(i, object)),
        NewValue::New(new) => new.slots.iter().any(|(_, v)| names(v, object)),
        NewValue::Text(_) | NewValue::Literal(_) | NewValue::Uri { .. } => false,
    }
}
