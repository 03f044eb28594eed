//! Merges of small files, each for one rule.

mod facts;
mod random;
mod whole;

pub(super) use whole::mixed;

use super::*;
use crate::format::edit::tests::metamodel as shop_metamodel;

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
