//! Random shops under random edits on both sides.
//!
//! `MLOPSGEN_MERGES` sets how many random merges are tried, `MLOPSGEN_SEED` with which beginning, `MLOPSGEN_FIRST` which
//! is the first of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::{Conflict, ConflictKind, MergeError, Texts, merge, read};
use super::facts::{check, facts, may_conflict};
use super::metamodel;
use crate::format::edit::{self, Edit, NewObject, NewValue, Place};
use crate::metamodel::FeatureId;
use crate::model::{Model, ObjectId};

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides.max(1)
    }
}

/// A shop whose items have names that no other has; every second file has identities beside.
fn shop(dice: &mut Dice, path: &str) -> String {
    let count = 1 + dice.roll(7);
    let ids = dice.roll(2) == 0;
    let mut items = Vec::new();
    for n in 0..count {
        let class = ["Book", "Pen", "Tool"][dice.roll(3)];
        let price = (dice.roll(3) > 0).then(|| dice.roll(90));
        let tags: Vec<&str> = (0..dice.roll(4))
            .map(|_| ["a", "b", "c"][dice.roll(3)])
            .collect();
        let next = (dice.roll(3) == 0).then(|| dice.roll(count));
        items.push((n, class, price, tags, next));
    }
    let tools: Vec<usize> = items
        .iter()
        .filter(|i| i.1 == "Tool" && !ids)
        .map(|i| i.0)
        .collect();
    let mut out = String::new();
    let yaml = path.ends_with("yaml");
    if yaml {
        out.push_str("# a shop\nname: corner\nitems:\n");
    } else {
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<shop:Shop xmi:version=\"2.0\" xmlns:xmi=\"http://www.omg.org/XMI\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:shop=\"http://example.org/shop\" name=\"corner\">\n");
    }
    for (n, class, price, tags, next) in items {
        if yaml {
            let label = label(class);
            let _ = writeln!(out, "  - type: {class}\n    {label}: n{n} # item {n}");
            if ids {
                let _ = writeln!(out, "    $id: _{n}");
            }
            if let Some(price) = price {
                let _ = writeln!(out, "    price: {price}.5");
            }
            if !tags.is_empty() {
                let _ = writeln!(out, "    tags: [{}]", tags.join(", "));
            }
            if let Some(next) = next {
                let _ = writeln!(out, "    next: n{next}");
            }
        } else {
            let _ = write!(out, "  <items xsi:type=\"shop:{class}\"");
            if ids {
                let _ = write!(out, " xmi:id=\"_{n}\"");
            }
            let _ = write!(out, " {}=\"n{n}\"", label(class));
            if let Some(price) = price {
                let _ = write!(out, " price=\"{price}.5\"");
            }
            if let Some(next) = next {
                let place = if tools.contains(&next) {
                    format!("n{next}")
                } else if ids {
                    format!("_{next}")
                } else {
                    format!("//@items.{next}")
                };
                let _ = write!(out, " next=\"{place}\"");
            }
            out.push('>');
            for tag in tags {
                let _ = write!(out, "\n    <tags>{tag}</tags>");
            }
            out.push_str("</items><!-- item -->\n");
        }
    }
    if !yaml {
        out.push_str("</shop:Shop>\n");
    }
    out
}

/// The feature that names an object of a class.
fn label(class: &str) -> &'static str {
    if class == "Tool" { "code" } else { "name" }
}

pub(super) fn feature(model: &Model, object: ObjectId, name: &str) -> Option<FeatureId> {
    model.metamodel().feature_named(model.class(object), name)
}

/// One random edit; `who` begins the names of what it adds.
fn random_edit(model: &Model, dice: &mut Dice, (who, n): (&str, usize)) -> Option<Edit> {
    let root = *model.roots().first()?;
    let objects: Vec<ObjectId> = model.objects().into_iter().filter(|o| *o != root).collect();
    let object = *objects.get(dice.roll(objects.len()))?;
    let set = |name: &str, value: NewValue| {
        let feature = feature(model, object, name)?;
        Some(Edit::Set {
            object,
            feature,
            value,
        })
    };
    let text = |text: String| NewValue::Text(text.into());
    let items = feature(model, root, "items")?;
    let count = model.targets(root, items).len();
    match dice.roll(10) {
        0 | 1 => set("price", text(format!("{}.25", dice.roll(50)))),
        2 => set("pages", text(dice.roll(500).to_string())),
        3 => set("next", NewValue::Object(objects[dice.roll(objects.len())])),
        4 => {
            let all = (0..dice.roll(4)).map(|_| text(["a", "b", "d"][dice.roll(3)].to_owned()));
            set("tags", NewValue::List(all.collect()))
        }
        5 | 6 => {
            let class = ["Book", "Pen", "Tool"][dice.roll(3)];
            let class = model.metamodel().class_named(class)?;
            let name = label(&model.metamodel().class(class).name);
            let name = model.metamodel().feature_named(class, name)?;
            let next = model.metamodel().feature_named(class, "next")?;
            let mut slots = vec![(name, text(format!("{who}{n}")))];
            if dice.roll(3) == 0 {
                // It says too little of what the base says to be taken for a renamed object of that.
                let price = model.metamodel().feature_named(class, "price")?;
                slots.push((price, text(format!("{}.75", dice.roll(90)))));
                slots.push((next, NewValue::Object(object)));
            }
            let place = Place {
                object: root,
                feature: items,
                position: dice.roll(count + 1),
            };
            let id = model.id(object).map(|_| format!("_{who}{n}").into());
            let value = NewValue::New(NewObject { class, id, slots });
            Some(Edit::Insert { place, value })
        }
        7 => {
            let books: Vec<ObjectId> = objects
                .iter()
                .copied()
                .filter(|o| feature(model, *o, "parts").is_some())
                .collect();
            let into =
                (model.class_name(object) == "Book").then(|| books.get(dice.roll(books.len())));
            let place = match into.flatten().filter(|b| **b != object) {
                Some(book) => Place {
                    object: *book,
                    feature: feature(model, *book, "parts")?,
                    position: 0,
                },
                None => Place {
                    object: root,
                    feature: items,
                    position: dice.roll(count),
                },
            };
            Some(Edit::Move { object, place })
        }
        8 => {
            // A tool has another key, and what has parts keeps its class.
            let free = model.parts(object).is_empty();
            let class = match model.class_name(object) {
                "Book" if free => "Pen",
                "Pen" => "Book",
                _ => return None,
            };
            let class = model.metamodel().class_named(class)?;
            Some(Edit::ChangeType { object, class })
        }
        _ => (dice.roll(2) == 0).then_some(Edit::Delete { object }),
    }
}

/// Gives an object another identity, wherever it is named.
fn reidentified(text: &str, n: usize, who: &str) -> String {
    text.replace(&format!("\"_{n}\""), &format!("\"_{who}{n}\""))
        .replace(&format!("$id: _{n}\n"), &format!("$id: _{who}{n}\n"))
}

fn edited(path: &str, base: &str, dice: &mut Dice, who: &str) -> String {
    let mut text = base.to_owned();
    if dice.roll(12) == 0 {
        text = reidentified(&text, dice.roll(8), who);
    }
    for n in 0..dice.roll(5) {
        let read = read("it", path, &text, &metamodel())
            .unwrap_or_else(|e| panic!("{e}\n{base}\n---\n{text}"));
        let Some(edit) = random_edit(&read.model, dice, (who, n)) else {
            continue;
        };
        if let Ok(done) = edit::apply(&read.sources, &read.model, read.file, &[edit]) {
            text = done.text.to_string();
        }
    }
    text
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is nothing of the core"
)]
fn wish(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn random_merges(path: &str) {
    let count = wish("MLOPSGEN_MERGES").unwrap_or(150);
    let seed = wish("MLOPSGEN_SEED").unwrap_or(1);
    let (mut clean, mut conflicts, mut other) = (0, 0, BTreeMap::<String, usize>::new());
    for n in wish("MLOPSGEN_FIRST").unwrap_or(0)..count {
        let mut dice = Dice((seed << 32) + n * 7919 + 88_172_645_463_325_252);
        let base = shop(&mut dice, path);
        let ours = edited(path, &base, &mut dice, "o");
        let theirs = edited(path, &base, &mut dice, "t");
        let texts = Texts {
            path,
            base: &base,
            ours: &ours,
            theirs: &theirs,
            lines: None,
        };
        let all = [facts(path, &base), facts(path, &ours), facts(path, &theirs)];
        let sides = [&all[0], &all[1], &all[2]];
        let shown = || format!("{n}\n--- base\n{base}\n--- ours\n{ours}\n--- theirs\n{theirs}");
        match merge(texts, &metamodel()) {
            Ok((text, _)) => {
                clean += 1;
                if let Err(reason) = check(sides, &facts(path, &text)) {
                    panic!("{reason} {}\n--- merged\n{text}", shown());
                }
            }
            Err(MergeError::Conflicts(found)) => {
                conflicts += 1;
                // Each by itself may be well, and both together not.
                let order = |c: &Conflict| {
                    matches!(c.kind, ConflictKind::Order(_) | ConflictKind::Moved(..))
                };
                let told: Vec<String> = found.iter().map(ToString::to_string).collect();
                assert!(
                    may_conflict(sides) || found.iter().all(order),
                    "{told:?} {}",
                    shown()
                );
            }
            Err(error) => {
                assert!(wish("MLOPSGEN_SHOW").is_none(), "{error} {}", shown());
                let kind: String = error
                    .to_string()
                    .chars()
                    .filter(char::is_ascii_alphabetic)
                    .take(40)
                    .collect();
                *other.entry(kind).or_default() += 1;
            }
        }
    }
    let left: usize = other.values().sum();
    let identities = other.get("theidentityofanobjectchangedwhichismerge");
    let avoidable = left - identities.copied().unwrap_or_default();
    let _ = std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("{path}: {clean} clean, {conflicts} conflicts, {left} left to lines: {other:?}\n")
            .as_bytes(),
    );
    assert!(
        avoidable as u64 * 20 <= count,
        "too many are left to lines: {other:?}"
    );
}

#[test]
fn random_merges_of_yaml_lose_nothing() {
    random_merges("shop.yaml");
}

#[test]
fn random_merges_of_xmi_lose_nothing() {
    random_merges("shop.xmi");
}
