//! XMI.

use super::*;

const SHOP: &str = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!-- The shop at the corner. -->
<shop:Shop xmi:version=\"2.0\" xmlns:xmi=\"http://www.omg.org/XMI\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"
    xmlns:shop=\"http://example.org/shop\" name='corner' best=\"//@items.1\" shown=\"//@items.0  /0/@items.2\">
  <!-- books -->
  <items xsi:type=\"shop:Book\" name=\"Emma\" price=\"9.50\">
    <tags>novel</tags>
    <tags>1815</tags> <!-- the year -->
  </items>

  <!-- A pen. -->
  <items xsi:type=\"shop:Pen\"
         name=\"Quill\"
         colour=\"RED\"/> <!-- red -->
  <items xsi:type=\"shop:Tool\" name=\"Nib\" code=\"n1\"></items>
</shop:Shop>
";

fn root(rest: &str) -> String {
    format!(
        "<shop:Shop xmi:version=\"2.0\" xmlns:xmi=\"http://www.omg.org/XMI\" xmlns:shop=\"http://example.org/shop\"{rest}"
    )
}

#[test]
fn a_value_changes_in_its_place_and_quotes() {
    check(
        "shop.xmi",
        SHOP,
        |c| {
            vec![
                c.set("", "name", text_value("it's <1>\n\"2\"")),
                c.set("items.1", "colour", text_value("GREEN")),
                c.set("items.0", "price", text_value("9.5")),
            ]
        },
        &SHOP
            .replace("'corner'", "'it&apos;s &lt;1>&#xA;\"2\"'")
            .replace("RED", "GREEN"),
    );
}

#[test]
fn attributes_come_and_go_in_the_layout_of_their_tag() {
    check(
        "shop.xmi",
        SHOP,
        |c| {
            vec![
                c.set("items.1", "price", text_value("2")),
                c.set("", "open", text_value("true")),
                c.unset("items.1", "name"),
                c.unset("", "best"),
            ]
        },
        &SHOP
            .replace("\n         name=\"Quill\"", "\n         price=\"2\"")
            .replace(
                "name='corner' best=\"//@items.1\"",
                "name='corner' open=\"true\"",
            ),
    );
}

#[test]
fn a_removed_element_takes_its_comments_and_references() {
    check(
        "shop.xmi",
        SHOP,
        |c| vec![c.delete("items.1")],
        &SHOP
            .replace(" best=\"//@items.1\"", "")
            .replace("/0/@items.2", "/0/@items.1")
            .replace(
                "  <!-- A pen. -->\n  <items xsi:type=\"shop:Pen\"\n         name=\"Quill\"\n         colour=\"RED\"/> <!-- red -->\n",
                "",
            ),
    );
}

#[test]
fn the_last_child_closes_the_tag() {
    check(
        "shop.xmi",
        &root(">\n\t<items/>\n\t<front name=\"a\"/>\n</shop:Shop>\n")
            .replace("<items/>", "<items xmi:type=\"shop:Pen\"/>")
            .replace("<front", "<front xmi:type=\"shop:Pen\""),
        |c| vec![c.delete("items.0"), c.delete("front")],
        &root("/>\n"),
    );
    check(
        "shop.xmi",
        &root("><front xmi:type=\"shop:Pen\"/><!-- c --></shop:Shop>"),
        |c| vec![c.delete("front")],
        &root("><!-- c --></shop:Shop>"),
    );
}

#[test]
fn a_new_element_stands_as_its_siblings_do() {
    check(
        "shop.xmi",
        &SHOP.replace('\n', "\r\n"),
        |c| {
            let tags = NewValue::List(["a<b", "c d"].map(text_value).to_vec());
            let new = NewValue::New(NewObject {
                class: c.class("Book"),
                id: Some("b1".into()),
                slots: vec![
                    (c.feature_of("Book", "name"), text_value("x")),
                    (c.feature_of("Book", "tags"), tags),
                ],
            });
            vec![c.insert(("", "items", 1), new)]
        },
        &SHOP
            .replace("best=\"//@items.1\"", "best=\"//@items.2\"")
            .replace("/0/@items.2", "/0/@items.3")
            .replace(
                "  </items>\n\n",
                "  </items>\n  <items xsi:type=\"shop:Book\" xmi:id=\"b1\" name=\"x\">\n    <tags>a&lt;b</tags>\n    <tags>c d</tags>\n  </items>\n\n",
            )
            .replace('\n', "\r\n"),
    );
}

#[test]
fn a_closed_tag_is_opened_for_its_first_child() {
    let pen = |c: &Case| c.new_object("Pen", &[("name", "b")]);
    for (old, new) in [
        (
            root("/>\n"),
            root(
                " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n  <items xsi:type=\"shop:Pen\" name=\"b\"/>\n</shop:Shop>\n",
            ),
        ),
        (
            root(" name=\"a\" ></shop:Shop>"),
            root(
                " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" name=\"a\" >\n  <items xsi:type=\"shop:Pen\" name=\"b\"/>\n</shop:Shop>",
            ),
        ),
        (
            root(">\n\t<!-- c -->\n\t<front xmi:type=\"shop:Pen\"/>\n</shop:Shop>\n"),
            root(
                ">\n\t<!-- c -->\n\t<items xmi:type=\"shop:Pen\" name=\"b\"/>\n\t<front xmi:type=\"shop:Pen\"/>\n</shop:Shop>\n",
            ),
        ),
        (
            root("><front xmi:type=\"shop:Pen\"/></shop:Shop>"),
            root(
                "><items xmi:type=\"shop:Pen\" name=\"b\"/><front xmi:type=\"shop:Pen\"/></shop:Shop>",
            ),
        ),
    ] {
        check(
            "shop.xmi",
            &old,
            |c| vec![c.insert(("", "items", 0), pen(c))],
            &new,
        );
    }
}

#[test]
fn references_by_place_follow_what_moves() {
    check(
        "shop.xmi",
        SHOP,
        |c| vec![c.relocate("items.0", ("", "items", 2))],
        &SHOP
            .replace("best=\"//@items.1\"", "best=\"//@items.0\"")
            .replace("//@items.0  /0/@items.2", "//@items.2  /0/@items.1")
            .replace(
                "  <!-- books -->\n  <items xsi:type=\"shop:Book\" name=\"Emma\" price=\"9.50\">\n    <tags>novel</tags>\n    <tags>1815</tags> <!-- the year -->\n  </items>\n",
                "",
            )
            .replace(
                "code=\"n1\"></items>\n",
                "code=\"n1\"></items>\n  <!-- books -->\n  <items xsi:type=\"shop:Book\" name=\"Emma\" price=\"9.50\">\n    <tags>novel</tags>\n    <tags>1815</tags> <!-- the year -->\n  </items>\n",
            ),
    );
}

#[test]
fn a_part_moves_between_depths_and_names() {
    let text = root(
        ">\n  <items xmi:type=\"shop:Book\">\n    <!-- part -->\n    <parts name=\"p\">\n      <tags>a\n  b</tags>\n    </parts> <!-- end -->\n    <parts name=\"q\"/>\n  </items>\n</shop:Shop>\n",
    );
    check(
        "shop.xmi",
        &text,
        |c| {
            vec![
                c.relocate("items.0/parts.0", ("", "front", 0)),
                c.delete("items.0/parts.1"),
            ]
        },
        &root(
            ">\n  <items xmi:type=\"shop:Book\">\n    <!-- part -->\n  </items>\n  <front xmi:type=\"shop:Book\" name=\"p\">\n    <tags>a\n  b</tags>\n  </front> <!-- end -->\n</shop:Shop>\n",
        ),
    );
}

#[test]
fn references_by_identity_follow_a_new_one() {
    let text = SHOP.replace("best=\"//@items.1\"", "best=\"n1\"");
    check(
        "shop.xmi",
        &text,
        |c| vec![c.set("items.2", "code", text_value("n2"))],
        &text.replace("n1", "n2"),
    );
    check(
        "shop.xmi",
        &text,
        |c| vec![c.unset("items.2", "code")],
        &text
            .replace(" code=\"n1\"", "")
            .replace("\"n1\"", "\"//@items.2\""),
    );
}

#[test]
fn words_of_a_reference_change_one_by_one() {
    let object = |c: &Case, path: &str| NewValue::Object(c.at(path));
    check(
        "shop.xmi",
        SHOP,
        |c| {
            vec![
                c.insert(("", "shown", 1), object(c, "items.1")),
                c.remove(("", "shown", 0)),
            ]
        },
        &SHOP.replace("//@items.0  /0/@items.2", "//@items.1  /0/@items.2"),
    );
    check(
        "shop.xmi",
        SHOP,
        |c| {
            vec![
                c.remove(("", "shown", 0)),
                c.insert(("", "shown", 1), object(c, "items.0")),
            ]
        },
        &SHOP.replace("//@items.0  /0/@items.2", "/0/@items.2 //@items.0"),
    );
    check(
        "shop.xmi",
        SHOP,
        |c| {
            vec![
                c.set("", "shown", NewValue::List(Vec::new())),
                c.set("", "best", object(c, "items.2")),
            ]
        },
        &SHOP
            .replace(" shown=\"//@items.0  /0/@items.2\"", "")
            .replace("best=\"//@items.1\"", "best=\"//@items.2\""),
    );
}

#[test]
fn a_reference_to_another_file_is_an_element() {
    let uri = |place: &str, class| NewValue::Uri {
        uri: format!("other.xmi#//@items.{place}").into(),
        class,
    };
    let text = root(
        " best=\"//@items.0\">\n  <items xmi:type=\"shop:Pen\"/>\n  <shown href=\"shop.xmi#//@items.0\"/>\n</shop:Shop>\n",
    );
    check(
        "shop.xmi",
        &text,
        |c| {
            let new = c.new_object("Pen", &[]);
            vec![
                c.insert(("", "items", 0), new),
                c.set("", "best", uri("0", Some(c.class("Pen")))),
                c.insert(("", "shown", 1), uri("1", Some(c.class("Book")))),
            ]
        },
        &root(
            ">\n  <items xmi:type=\"shop:Pen\"/>\n  <items xmi:type=\"shop:Pen\"/>\n  <best xmi:type=\"shop:Pen\" href=\"other.xmi#//@items.0\"/>\n  <shown href=\"shop.xmi#//@items.1\"/>\n  <shown xmi:type=\"shop:Book\" href=\"other.xmi#//@items.1\"/>\n</shop:Shop>\n",
        ),
    );
}

#[test]
fn texts_change_where_they_differ() {
    check(
        "shop.xmi",
        SHOP,
        |c| {
            vec![
                c.insert(("items.0", "tags", 1), text_value("a & b")),
                c.remove(("items.0", "tags", 0)),
            ]
        },
        &SHOP.replace("novel", "a &amp; b"),
    );
    let text = root(
        ">\n  <items xmi:type=\"shop:Book\" tags=\"a b\">\n    <name>x<!-- c -->y</name>\n  </items>\n</shop:Shop>\n",
    );
    check(
        "shop.xmi",
        &text,
        |c| {
            vec![
                c.insert(("items.0", "tags", 1), text_value("z")),
                c.set("items.0", "name", text_value("w")),
            ]
        },
        &text
            .replace("a b", "a z b")
            .replace("x<!-- c -->y", "w<!-- c -->"),
    );
    check(
        "shop.xmi",
        &text,
        |c| vec![c.insert(("items.0", "tags", 1), text_value("z z"))],
        &text.replace(" tags=\"a b\"", "").replace(
            "</name>\n",
            "</name>\n    <tags>a</tags>\n    <tags>z z</tags>\n    <tags>b</tags>\n",
        ),
    );
}

#[test]
fn a_class_changes_where_it_is_named() {
    check(
        "shop.xmi",
        SHOP,
        |c| vec![c.retype("items.1", "Book")],
        &SHOP
            .replace("shop:Pen", "shop:Book")
            .replace("\n         colour=\"RED\"", ""),
    );
    let text = root(
        ">\n  <items xmi:type=\"shop:Book\">\n    <parts name=\"p\"/>\n  </items>\n</shop:Shop>\n",
    );
    check(
        "shop.xmi",
        &text,
        |c| vec![c.relocate("items.0/parts.0", ("", "items", 0))],
        &root(
            ">\n  <items xmi:type=\"shop:Book\" name=\"p\"/>\n  <items xmi:type=\"shop:Book\"/>\n</shop:Shop>\n",
        ),
    );
}

#[test]
fn both_directions_of_a_reference_are_written_as_the_file_does() {
    let text = root(
        ">\n  <items xmi:type=\"shop:Pen\" next=\"//@items.1\"/>\n  <items xmi:type=\"shop:Pen\" previous=\"//@items.0\"/>\n  <items xmi:type=\"shop:Pen\"/>\n</shop:Shop>\n",
    );
    check(
        "shop.xmi",
        &text,
        |c| vec![c.set("items.0", "next", NewValue::Object(c.at("items.2")))],
        &root(
            ">\n  <items xmi:type=\"shop:Pen\" next=\"//@items.2\"/>\n  <items xmi:type=\"shop:Pen\"/>\n  <items xmi:type=\"shop:Pen\" previous=\"//@items.0\"/>\n</shop:Shop>\n",
        ),
    );
}

#[test]
fn a_metamodel_is_a_model_too() {
    let mut sources = Sources::default();
    let file = sources.add("shop.ecore", METAMODEL);
    let mut found = Diagnostics::default();
    let model = crate::format::xmi::read(&sources, file, ecore::ecore(), &mut found);
    let metamodel = model.metamodel().clone();
    let package = model.roots()[0];
    let named = |name: &str| {
        let all = model.objects();
        all.into_iter()
            .find(|o| model.key(*o).as_deref() == Some(name))
            .unwrap()
    };
    let feature = |o, name: &str| metamodel.feature_named(model.class(o), name).unwrap();
    let item = named("Item");
    let rename = Edit::Set {
        object: item,
        feature: feature(item, "name"),
        value: text_value("Good"),
    };
    let place = Place {
        object: package,
        feature: feature(package, "eClassifiers"),
        position: 0,
    };
    let price = named("price");
    let retype = Edit::Set {
        object: price,
        feature: feature(price, "eType"),
        value: NewValue::Uri {
            uri: "http://www.eclipse.org/emf/2002/Ecore#//EFloat".into(),
            class: None,
        },
    };
    let edits = [
        rename,
        Edit::Move {
            object: item,
            place,
        },
        retype,
    ];
    let edited = apply(&sources, &model, file, &edits).unwrap();
    let lines = |text: &str| -> Vec<String> {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let expected = METAMODEL
        .replace("#//Item", "#//Good")
        .replace("name=\"Item\"", "name=\"Good\"")
        .replace("Ecore#//EDouble", "Ecore#//EFloat");
    assert_eq!(lines(&edited.text), lines(&expected));
}

#[test]
fn what_cannot_be_done_is_refused() {
    let error = refused("shop.xmi", &root("><items></shop:Shop>"), |_| Vec::new());
    assert!(error.contains("does not parse"), "{error}");
    let error = refused("shop.xmi", SHOP, |c| {
        vec![c.relocate("items.0", ("items.0", "parts", 0))]
    });
    assert!(error.contains("part of itself"), "{error}");
}

#[test]
fn identities_and_nil_are_written_as_readers_take_them() {
    let text = root(
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" best=\"p\">\n  <items xsi:type=\"shop:Book\" xmi:id=\"p\">\n    <tags xsi:nil=\"true\"/>\n    <tags>a</tags>\n  </items>\n</shop:Shop>\n",
    );
    check(
        "shop.xmi",
        &text,
        |c| {
            vec![
                c.insert(("items.0", "tags", 2), text_value("b")),
                c.retype("items.0", "Pen"),
                c.relocate("items.0", ("", "front", 0)),
            ]
        },
        &text
            .replace("shop:Book", "shop:Pen")
            .replace("items", "front")
            .replace("<tags>a</tags>\n", "<tags>a</tags>\n    <tags>b</tags>\n"),
    );
}
