//! What versions of a shop say, object by object, and what a merge of them must say.

use std::collections::BTreeMap;

use super::super::read;
use super::metamodel;
use super::random::feature;
use crate::model::{self, ObjectId, Value};

/// What a version says of each object, by name: class, container and slots.
pub(super) type Facts = BTreeMap<String, BTreeMap<String, String>>;

pub(super) fn facts(path: &str, text: &str) -> Facts {
    let read = read("it", path, text, &metamodel()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let model = &read.model;
    let name = |o: ObjectId| {
        model
            .key(o)
            .map_or_else(|| "?".to_owned(), |k| k.to_string())
    };
    let mut all = Facts::new();
    for object in model.objects() {
        let mut slots = BTreeMap::new();
        slots.insert("class".to_owned(), model.class_name(object).to_owned());
        let holder = model.container(object).map(name).unwrap_or_default();
        slots.insert("container".to_owned(), holder);
        slots.insert(
            "id".to_owned(),
            model.id(object).unwrap_or_default().to_owned(),
        );
        for slot in ["price", "pages", "next", "tags"] {
            let value = feature(model, object, slot).and_then(|f| model.own(object, f));
            let shown = match value {
                Some(Value::Object(target)) => name(target),
                Some(value) => model::show(model, &value),
                None => String::new(),
            };
            // A default that is written out is what it is without.
            let shown = if slot == "pages" && shown == "0" {
                String::new()
            } else {
                shown
            };
            slots.insert(slot.to_owned(), shown);
        }
        assert!(all.insert(name(object), slots).is_none(), "{text}");
    }
    all
}

/// Checks one merge: every word of it by name, which the merge itself does not go by.
pub(super) fn check(sides: [&Facts; 3], result: &Facts) -> Result<(), String> {
    let [base, ours, theirs] = sides;
    let names = base.keys().chain(ours.keys()).chain(theirs.keys());
    for name in names {
        let gone =
            base.contains_key(name) && !(ours.contains_key(name) && theirs.contains_key(name));
        let Some(merged) = result.get(name) else {
            if gone {
                continue;
            }
            return Err(format!("{name} is lost"));
        };
        if gone {
            return Err(format!("{name} was taken away and is there"));
        }
        for (slot, value) in merged {
            let of = |side: &Facts| side.get(name).and_then(|s| s.get(slot)).cloned();
            // What names something that a side took away names nothing.
            let alive = |v: Option<String>| {
                v.filter(|v| slot != "next" || result.contains_key(v) || v.is_empty())
                    .or(Some(String::new()))
            };
            let (was, a, b) = (alive(of(base)), of(ours), of(theirs));
            let wanted = match (a, b) {
                (Some(a), Some(b)) => {
                    let (a, b) = (alive(Some(a)), alive(Some(b)));
                    match (a == was, b == was) {
                        (true, _) => b,
                        (_, true) => a,
                        _ if a == b => a,
                        // Lists are merged member by member.
                        _ if slot == "tags" => continue,
                        _ => return Err(format!("{name}.{slot} is no conflict")),
                    }
                }
                (Some(one), None) | (None, Some(one)) => alive(Some(one)),
                (None, None) => continue,
            };
            if wanted.as_deref() != Some(value) {
                return Err(format!("{name}.{slot} is {value}, not {wanted:?}"));
            }
        }
    }
    Ok(())
}

/// Whether both sides changed the same, or one took something away, or both put lists in order.
pub(super) fn may_conflict([base, ours, theirs]: [&Facts; 3]) -> bool {
    base.iter().any(|(name, was)| {
        let (Some(a), Some(b)) = (ours.get(name), theirs.get(name)) else {
            return true;
        };
        // A pen has no pages.
        let lost = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| {
            a["class"] != was["class"] && b["pages"] != was["pages"]
        };
        let both = was.iter().any(|(slot, was)| {
            let (a, b) = (&a[slot], &b[slot]);
            a != was && b != was && a != b
        });
        // With two of these new, it is another object.
        let other = |side: &BTreeMap<String, String>| {
            let new = ["class", "container", "id"].map(|slot| side[slot] != was[slot]);
            new.iter().filter(|n| **n).count() > 1
        };
        both || lost(a, b) || lost(b, a) || other(a) || other(b)
    })
}
