//! Merges of small files, and of random ones under random edits on both sides.
//!
//! `MLOPSGEN_MERGES` sets how many random merges are tried, `MLOPSGEN_SEED` with which beginning.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;
use crate::format::edit::tests::metamodel as shop_metamodel;
use crate::format::edit::{Edit, NewObject, NewValue, Place};
use crate::metamodel::FeatureId;
use crate::model::{ObjectId, Value};

/// The shop metamodel, read once.
fn metamodel() -> Arc<Metamodel> {
    static ONCE: std::sync::OnceLock<Arc<Metamodel>> = std::sync::OnceLock::new();
    ONCE.get_or_init(shop_metamodel).clone()
}

const BASE: &str = "name: corner # the shop\nitems:\n  - type: Book\n    name: Emma\n    price: 9.5\n    pages: 300\n  - type: Pen\n    name: bic\n    price: 1.5\n";

fn merged(ours: &str, theirs: &str) -> Result<String, Vec<String>> {
    let texts = Texts {
        path: "shop.yaml",
        base: BASE,
        ours,
        theirs,
        lines: None,
    };
    match merge(texts, &metamodel()) {
        Ok((text, _)) => Ok(text),
        Err(MergeError::Conflicts(all)) => Err(all.iter().map(ToString::to_string).collect()),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn neighbours_in_the_text_are_strangers_in_the_model() {
    let ours = BASE.replace("9.5", "8.0 # cheaper");
    let theirs = BASE.replace("pages: 300", "pages: 320");
    let expected = ours.replace("pages: 300", "pages: 320");
    assert_eq!(merged(&ours, &theirs), Ok(expected));
}

#[test]
fn both_add_to_one_list() {
    let ours = format!("{BASE}  - type: Pen\n    name: ink\n");
    let theirs = format!("{BASE}  - type: Book\n    name: Ulysses\n    pages: 700\n");
    let text = merged(&ours, &theirs).unwrap();
    assert_eq!(
        text,
        format!("{ours}  - type: Book\n    name: Ulysses\n    pages: 700\n")
    );
    // The same on both sides is one.
    assert_eq!(merged(&ours, &ours), Ok(ours.clone()));
    let other = ours.replace("ink\n", "ink\n    price: 2.5\n");
    assert_eq!(
        merged(&ours, &other).unwrap_err(),
        ["corner.items[ink] added by both, differently"]
    );
}

#[test]
fn a_conflict_is_told_in_the_words_of_the_model() {
    let with = |price: &str| BASE.replace("9.5", price);
    assert_eq!(
        merged(&with("8.0"), &with("7.0")).unwrap_err(),
        ["corner.items[Emma].price was 9.5: ours 8, theirs 7"]
    );
    assert_eq!(merged(&with("8.0"), &with("8.0")), Ok(with("8.0")));
    let (kept, _) = BASE.split_once("  - type: Pen").unwrap();
    let cheaper = BASE.replace("1.5", "1.0");
    assert_eq!(
        merged(kept, &cheaper).unwrap_err(),
        ["corner.items[bic] removed by ours, changed by theirs"]
    );
    assert_eq!(merged(kept, &with("8.0")), Ok(kept.replace("9.5", "8.0")));
    let named = format!("{BASE}best: bic\n");
    assert_eq!(
        merged(kept, &named).unwrap_err(),
        ["corner.items[bic] removed by one side, named by corner.best of the other"]
    );
}

#[test]
fn a_rename_meets_a_new_reference() {
    let ours = BASE.replace("name: Emma", "name: Persuasion");
    let theirs = format!("{BASE}best: Emma\n");
    assert_eq!(
        merged(&ours, &theirs),
        Ok(format!("{ours}best: Persuasion\n"))
    );
}

#[test]
fn two_objects_cannot_move_into_each_other() {
    let base = "items:\n  - {type: Book, name: a, price: 1}\n  - {type: Book, name: b, price: 2}\n";
    let ours = "items:\n  - {type: Book, name: b, price: 2, parts: [{name: a, price: 1}]}\n";
    let theirs = "items:\n  - {type: Book, name: a, price: 1, parts: [{name: b, price: 2}]}\n";
    let texts = Texts {
        path: "shop.yaml",
        base,
        ours,
        theirs,
        lines: None,
    };
    let Err(MergeError::Conflicts(found)) = merge(texts, &metamodel()) else {
        panic!()
    };
    assert!(
        found
            .iter()
            .all(|c| matches!(c.kind, ConflictKind::Moved(..))),
        "{found:?}"
    );
}

#[test]
fn what_does_not_read_is_not_merged() {
    let texts = Texts {
        path: "shop.yaml",
        base: BASE,
        ours: "items: [",
        theirs: BASE,
        lines: None,
    };
    assert!(matches!(
        merge(texts, &metamodel()),
        Err(MergeError::Unreadable { side: "ours", .. })
    ));
}

#[test]
fn merged_lines_are_taken_where_they_say_the_same() {
    let ours = BASE.replace("1.5", "1.0 # ours");
    let theirs = BASE
        .replace("corner #", "edge #")
        .replace("the shop", "theirs");
    let lines = ours.replace("corner # the shop", "edge # theirs");
    let mut texts = Texts {
        path: "shop.yaml",
        base: BASE,
        ours: &ours,
        theirs: &theirs,
        lines: Some(&lines),
    };
    assert_eq!(
        merge(texts, &metamodel()).unwrap(),
        (lines.clone(), Way::Lines)
    );
    // Lines that lost something are not.
    texts.lines = Some(&ours);
    let (text, way) = merge(texts, &metamodel()).unwrap();
    assert_eq!((text, way), (ours.replace("corner", "edge"), Way::Edits));
}

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

fn feature(model: &Model, object: ObjectId, name: &str) -> Option<FeatureId> {
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
    match dice.roll(9) {
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
        _ => (dice.roll(2) == 0).then_some(Edit::Delete { object }),
    }
}

fn edited(path: &str, base: &str, dice: &mut Dice, who: &str) -> String {
    let mut text = base.to_owned();
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

/// What a version says of each object, by name: class, container and slots.
type Facts = BTreeMap<String, BTreeMap<String, String>>;

fn facts(path: &str, text: &str) -> Facts {
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
fn check(sides: [&Facts; 3], result: &Facts) -> Result<(), String> {
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
fn may_conflict([base, ours, theirs]: [&Facts; 3]) -> bool {
    base.iter().any(|(name, was)| {
        let (Some(a), Some(b)) = (ours.get(name), theirs.get(name)) else {
            return true;
        };
        was.iter().any(|(slot, was)| {
            let (a, b) = (&a[slot], &b[slot]);
            a != was && b != was && a != b
        })
    })
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
    for n in 0..count {
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
    let _ = std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("{path}: {clean} clean, {conflicts} conflicts, {left} left to lines: {other:?}\n")
            .as_bytes(),
    );
    assert!(
        left as u64 * 20 <= count,
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
