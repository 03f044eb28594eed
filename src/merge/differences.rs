//! Differences of small shops, and of larger ones under few edits: tests of [`crate::model::diff`] that need a reader.

use std::sync::Arc;

use crate::diag::{Diagnostics, Sources};
use crate::format::edit::tests::metamodel;
use crate::format::yaml_model;
use crate::metamodel::Metamodel;
use crate::model::{Model, diff};

const BASE: &str = "name: corner\nitems:\n  - type: Book\n    name: Emma\n    price: 9.5\n    pages: 300\n    parts:\n      - {name: one, pages: 150}\n  - type: Book\n    name: Persuasion\n    price: 7.5\n  - type: Pen\n    name: bic\n    price: 1.5\nbest: Emma\n";

fn shop() -> Arc<Metamodel> {
    metamodel()
}

fn read(text: &str) -> Model {
    let mut sources = Sources::default();
    let file = sources.add("shop.yaml", text);
    let mut found = Diagnostics::default();
    let model = yaml_model::read(&sources, file, &shop(), &mut found);
    assert!(!found.has_errors(), "{found:?}");
    model
}

#[track_caller]
fn check(new: &str, expected: &[&str]) {
    told(BASE, new, expected);
}

#[track_caller]
fn told(old: &str, new: &str, expected: &[&str]) {
    let changes = diff(&read(old), &read(new));
    let shown: Vec<String> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(shown, expected);
}

#[test]
fn a_rename_is_a_rename_and_no_change_of_what_names_it() {
    let new = BASE.replace("Emma", "Emma 2");
    check(&new, &["corner.items[Emma 2].name Emma → Emma 2"]);
}

#[test]
fn values_come_change_and_go() {
    let new = BASE
        .replace("    price: 7.5\n", "    pages: 9\n")
        .replace("1.5\n", "2\n");
    check(
        &new,
        &[
            "corner.items[Persuasion].price 7.5 → nothing",
            "corner.items[Persuasion].pages = 9",
            "corner.items[bic].price 1.5 → 2.0",
        ],
    );
}

#[test]
fn what_moves_into_another_container_moves() {
    let part = "      - {name: one, pages: 150}\n";
    let new = BASE.replace(&format!("    parts:\n{part}"), "");
    let new = new.replace("price: 7.5\n", &format!("price: 7.5\n    parts:\n{part}"));
    check(
        &new,
        &["corner.items[Persuasion].parts[one] moved from corner.items[Emma].parts[one]"],
    );
}

#[test]
fn as_few_as_can_be_change_their_places() {
    let pen = "  - type: Pen\n    name: bic\n    price: 1.5\n";
    let new = BASE
        .replace(pen, "")
        .replace("items:\n", &format!("items:\n{pen}"));
    check(&new, &["corner.items[bic] moved from position 3 to 1"]);
}

#[test]
fn what_is_of_another_class_is_retyped_by_its_name() {
    let new = BASE
        .replace("type: Pen", "type: Tool")
        .replace("name: bic", "name: bic\n    code: bic");
    check(
        &new,
        &[
            "corner.items[bic] is a Tool, was a Pen",
            "corner.items[bic].code = bic",
        ],
    );
}

#[test]
fn parts_are_told_with_what_holds_them() {
    let (less, _) = BASE.split_once("  - type: Pen").unwrap();
    check(
        &format!("{less}best: Emma\n"),
        &["corner.items[bic] removed"],
    );
    let new = format!("{BASE}front:\n  type: Book\n  parts: [{{name: two}}]\n");
    check(&new, &["corner.front added"]);
}

#[test]
fn keys_that_stand_twice_and_none_are_no_keys() {
    let old = "items:\n  - {type: Pen, name: a, price: 1}\n  - {type: Pen, name: a, price: 2}\n  - {type: Pen, price: 3}\n  - {type: Pen, price: 4}\n";
    told(old, old, &[]);
    let new = old.replace("price: 2", "price: 2, colour: GREEN");
    told(old, &new, &["Shop.items[1].colour = GREEN"]);
    let new = old.replace("  - {type: Pen, price: 3}\n", "");
    told(old, &new, &["Shop.items[2] removed"]);
}

#[test]
fn objects_of_other_files_are_compared_by_their_uris() {
    let old = "items: []\nshown: [{$ref: 'other.xmi#//@items.0', $type: Pen}]\n";
    told(old, old, &[]);
    told(
        old,
        &old.replace("items.0", "items.1"),
        &["Shop.shown [other.xmi#//@items.0] → [other.xmi#//@items.1]"],
    );
}

#[test]
fn entries_of_feature_maps_are_told_once_and_in_their_order() {
    const ORDER: &str = "type: Order\nname: o\ngroup:\n  - items: [{name: a}]\n  - gifts: [{type: Big, name: b, size: 1}]\n  - notes: text\n";
    let mix = super::tests::mixed();
    let read = |text: &str| {
        let mut sources = Sources::default();
        let file = sources.add("o.yaml", text);
        let mut found = Diagnostics::default();
        let model = yaml_model::read(&sources, file, &mix, &mut found);
        assert!(!found.has_errors(), "{found:?}");
        model
    };
    let check = |new: &str, expected: &[&str]| {
        let changes = diff(&read(ORDER), &read(new));
        let shown: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected, "{new}");
    };
    check(ORDER, &[]);
    check(
        &ORDER.replace("text", "word"),
        &["o.group [items: a, gifts: b, notes: text] → [items: a, gifts: b, notes: word]"],
    );
    check(
        &ORDER.replace("size: 1", "size: 2"),
        &["o.gifts[b].size 1 → 2"],
    );
    let gift = "  - gifts: [{type: Big, name: b, size: 1}]\n";
    let turned = ORDER.replace(gift, "") + gift;
    check(
        &turned,
        &["o.group [items: a, gifts: b, notes: text] → [items: a, notes: text, gifts: b]"],
    );
    check(&ORDER.replace(gift, ""), &["o.gifts[b] removed"]);
    check(
        &ORDER.replace("gifts", "items"),
        &[
            "o.group [items: a, gifts: b, notes: text] → [items: a, items: b, notes: text]",
            "o.items[b] moved from o.gifts[b]",
        ],
    );
    check(
        &format!("{ORDER}  - items: [{{name: c}}]\n"),
        &["o.items[c] added"],
    );
}

#[test]
fn a_reference_of_two_directions_is_told_once() {
    let new = BASE.replace("price: 7.5\n", "price: 7.5\n    next: bic\n");
    check(&new, &["corner.items[Persuasion].next = bic"]);
}

#[test]
fn few_edits_are_few_changes() {
    // Each edit touches one value of one of fifty items, by the number of the round.
    let items = |edited: &[usize]| -> String {
        let item = |n: usize| {
            let price = if edited.contains(&n) { 1000 + n } else { n };
            format!(
                "  - {{type: Book, name: n{n}, price: {price}, pages: {}}}\n",
                n * 3
            )
        };
        format!(
            "name: corner\nitems:\n{}",
            (0..50).map(item).collect::<String>()
        )
    };
    let old = read(&items(&[]));
    for round in 0..20 {
        let edited: Vec<usize> = (0..=round % 5).map(|n| (round * 7 + n * 11) % 50).collect();
        let changes = diff(&old, &read(&items(&edited)));
        assert_eq!(changes.len(), edited.len(), "{edited:?}: {changes:?}");
    }
}
