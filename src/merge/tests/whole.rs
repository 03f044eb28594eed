//! What edits do not reach: roots, identities, extensions, feature maps. Nothing of it is lost.

use std::sync::Arc;

use super::super::{MergeError, Texts, merge};
use crate::diag::{Diagnostics, Sources};
use crate::format::resource::Metamodels;
use crate::format::uri::UriMap;
use crate::metamodel::Metamodel;
use crate::world::MemoryWorld;

/// A merge in a few words.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// The text.
    Text(String),
    /// It is left to a merge of lines.
    Lines,
    /// The conflicts.
    Conflicts(Vec<String>),
}

fn merged(metamodel: &Arc<Metamodel>, path: &str, [base, ours, theirs]: [&str; 3]) -> Said {
    let texts = Texts {
        path,
        base,
        ours,
        theirs,
        lines: None,
    };
    match merge(texts, metamodel) {
        Ok((text, _)) => Said::Text(text),
        Err(MergeError::Conflicts(all)) => {
            Said::Conflicts(all.iter().map(ToString::to_string).collect())
        }
        Err(MergeError::Beyond(_) | MergeError::Edit(_)) => Said::Lines,
        Err(other) => panic!("{other}"),
    }
}

fn xmi(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xmi:XMI xmi:version=\"2.0\" xmlns:xmi=\"http://www.omg.org/XMI\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:shop=\"http://example.org/shop\">\n{inside}</xmi:XMI>\n"
    )
}

const SHOPS: &str = "  <shop:Shop name=\"one\">\n    <items xsi:type=\"shop:Pen\" xmi:id=\"p\" name=\"bic\"/>\n    <items xsi:type=\"shop:Pen\" name=\"ink\"/>\n  </shop:Shop>\n  <shop:Shop name=\"two\"/>\n";

/// Merges of files with two roots.
#[track_caller]
fn shops(ours: &str, theirs: &str) -> Said {
    let [base, ours, theirs] = [SHOPS, ours, theirs].map(xmi);
    merged(&super::metamodel(), "shop.xmi", [&base, &ours, &theirs])
}

#[test]
fn roots_of_ours_stay_and_roots_of_theirs_are_left_to_lines() {
    let more = format!("{SHOPS}  <shop:Shop name=\"three\"/>\n");
    let (first, second) = SHOPS.split_at(SHOPS.find("  <shop:Shop name=\"two\"").unwrap());
    let turned = format!("{second}{first}");
    let dear = SHOPS.replace("name=\"ink\"", "name=\"ink\" price=\"2.5\"");
    for ours in [&more, &turned, &first.to_owned()] {
        let expected = ours.replace("name=\"ink\"", "name=\"ink\" price=\"2.5\"");
        assert_eq!(shops(ours, &dear), Said::Text(xmi(&expected)));
        assert_eq!(shops(&dear, ours), Said::Lines);
        assert_eq!(shops(ours, ours), Said::Text(xmi(ours)));
    }
    assert_eq!(shops(&more, &turned), Said::Lines);
}

#[test]
fn a_root_that_becomes_a_part_is_left_to_lines() {
    let base = "- {type: Pen, name: bic}\n- {type: Book, name: Emma, parts: [{name: one}]}\n";
    let ours = base.replace("name: bic", "name: bic, price: 2");
    let theirs =
        "- {type: Pen, name: bic}\n- {type: Book, name: Emma}\n- {type: Book, name: one}\n";
    let shop = super::metamodel();
    assert_eq!(merged(&shop, "s.yaml", [base, &ours, theirs]), Said::Lines);
    // Ours may move it; what theirs says of it goes with it.
    let dear = base.replace("name: one", "name: one, price: 3.5");
    let Said::Text(text) = merged(&shop, "s.yaml", [base, theirs, &dear]) else {
        panic!()
    };
    assert_eq!(text, theirs.replace("name: one", "name: one, price: 3.5"));
}

#[test]
fn a_new_identity_is_kept_or_left_to_lines() {
    let renamed = SHOPS.replace("xmi:id=\"p\"", "xmi:id=\"q\"");
    let dear = SHOPS.replace("name=\"bic\"", "name=\"bic\" price=\"2.5\"");
    let both = renamed.replace("name=\"bic\"", "name=\"bic\" price=\"2.5\"");
    assert_eq!(shops(&renamed, &dear), Said::Text(xmi(&both)));
    assert_eq!(shops(&dear, &renamed), Said::Lines);
    let other = SHOPS.replace("xmi:id=\"p\"", "xmi:id=\"r\"");
    assert_eq!(shops(&renamed, &other), Said::Lines);
    // An identity alone is a change too.
    let without = SHOPS.replace(
        "    <items xsi:type=\"shop:Pen\" xmi:id=\"p\" name=\"bic\"/>\n",
        "",
    );
    assert_eq!(
        shops(&renamed, &without),
        Said::Conflicts(vec![
            "one.items[bic] removed by theirs, changed by ours".to_owned()
        ])
    );
    assert_eq!(
        shops(&without, &renamed),
        Said::Conflicts(vec![
            "one.items[bic] removed by ours, changed by theirs".to_owned()
        ])
    );
}

#[test]
fn an_attribute_that_is_an_identity_is_a_slot() {
    let base = "name: corner\nitems:\n  - {type: Tool, code: t1, price: 1}\n  - {type: Tool, code: t2}\nbest: t1\n";
    let ours = base.replace("t1", "t9");
    let theirs = base.replace("price: 1", "price: 2");
    let shop = super::metamodel();
    let said = merged(&shop, "s.yaml", [base, &ours, &theirs]);
    // Whether it is the same tool, nobody knows: what theirs changed in it is not thrown away.
    match said {
        Said::Text(text) => assert_eq!(text, ours.replace("price: 1", "price: 2")),
        Said::Conflicts(all) => assert!(!all.is_empty()),
        Said::Lines => {}
    }
    let same = ours.replace("price: 1", "price: 2");
    let said = merged(&shop, "s.yaml", [base, &same, &same]);
    assert_eq!(said, Said::Text(same));
}

#[test]
fn extensions_are_kept_or_left_to_lines() {
    let with = |text: &str| {
        SHOPS.replace(
            "xmi:id=\"p\" name=\"bic\"/>",
            &format!("xmi:id=\"p\" name=\"bic\"><xmi:Extension extender=\"t\">{text}</xmi:Extension></items>"),
        )
    };
    let (one, two) = (with("one"), with("two"));
    let dear = SHOPS.replace("name=\"ink\"", "name=\"ink\" price=\"2.5\"");
    let expected = one.replace("name=\"ink\"", "name=\"ink\" price=\"2.5\"");
    assert_eq!(shops(&one, &dear), Said::Text(xmi(&expected)));
    assert_eq!(shops(&dear, &one), Said::Lines);
    assert_eq!(shops(&one, &two), Said::Lines);
    // What holds one is not taken away with it, and not moved without.
    let without = SHOPS.replace(
        "    <items xsi:type=\"shop:Pen\" xmi:id=\"p\" name=\"bic\"/>\n",
        "",
    );
    assert_eq!(
        shops(&one, &without),
        Said::Conflicts(vec![
            "one.items[bic] removed by theirs, changed by ours".to_owned()
        ])
    );
    let item = "    <items xsi:type=\"shop:Pen\" xmi:id=\"p\" name=\"bic\"/>\n";
    let moved = without.replace(
        "<shop:Shop name=\"two\"/>",
        &format!("<shop:Shop name=\"two\">\n{item}  </shop:Shop>"),
    );
    match shops(&one, &moved) {
        Said::Text(text) => assert!(text.contains("<xmi:Extension extender=\"t\">one"), "{text}"),
        other => assert_eq!(other, Said::Lines),
    }
}

/// A class whose children are told apart by a feature map alone.
pub(in crate::merge) fn mixed() -> Arc<Metamodel> {
    let text = include_str!("../../../tests/interchange/34-feature-maps/mix.ecore");
    let mut sources = Sources::default();
    let file = sources.add("mix.ecore", text);
    let mut found = Diagnostics::default();
    let (world, map) = (MemoryWorld::default(), UriMap::default());
    let mut all = Metamodels::new(&world, &map);
    all.add("mix.ecore", file, (&sources, &mut found));
    let metamodel = all.metamodel(&mut found);
    assert!(!found.has_errors(), "{found:?}");
    Arc::new(metamodel)
}

const ORDER: &str = "type: Order\nname: o\ngroup:\n  - items: [{name: a}]\n  - gifts: [{type: Big, name: b, size: 1}]\n  - notes: text\n";

#[test]
fn feature_maps_are_kept_or_left_to_lines() {
    let mix = mixed();
    let of = |ours: &str, theirs: &str| merged(&mix, "o.yaml", [ORDER, ours, theirs]);
    let ours = format!("{ORDER}  - notes: of ours\n");
    let theirs = ORDER.replace(
        "- items: [{name: a}]\n",
        "- notes: of theirs\n  - items: [{name: a}]\n",
    );
    let turned = "type: Order\nname: o\ngroup:\n  - gifts: [{type: Big, name: b, size: 1}]\n  - items: [{name: a}]\n  - notes: text\n";
    let named = ORDER.replace("name: o\n", "name: p\n");
    let expected = ours.replace("name: o\n", "name: p\n");
    assert_eq!(of(&ours, &named), Said::Text(expected.clone()));
    assert_eq!(of(&named, &ours), Said::Lines);
    // Of objects in a map, edits may do what they can, or nothing.
    let big = named.replace("size: 1", "size: 2");
    let said = of(&ours, &big);
    let both = expected.replace("size: 1", "size: 2");
    assert!(said == Said::Lines || said == Said::Text(both), "{said:?}");
    assert_eq!(of(turned, turned), Said::Text(turned.to_owned()));
    for changed in [&theirs, turned, &ours.replace("of ours", "of theirs")] {
        assert_eq!(of(&ours, changed), Said::Lines, "{changed}");
        assert_eq!(of(&big, changed), Said::Lines, "{changed}");
    }
    // An entry that theirs took away, with an object that ours changed.
    let without = ORDER.replace("  - gifts: [{type: Big, name: b, size: 1}]\n", "");
    assert_ne!(of(&big, &without), Said::Text(big.clone()));
    assert_ne!(
        of(&big, &without),
        Said::Text(without.replace("name: o\n", "name: p\n"))
    );
    assert_ne!(of(&without, &big), Said::Text(without.clone()));
}
