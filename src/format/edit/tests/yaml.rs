//! YAML and JSON.

use super::*;

const SHOP: &str = "\
# The shop at the corner.

name: corner      # known
open: true
best: Emma
items:
  # books
  - type: Book
    name: Emma    # by Austen
    price: 9.50
    tags: [novel, \"1815\"]

  # A pen.
  - {type: Pen, name: Quill, colour: RED}   # red
  - type: Pen
    name: 'Nib'
";

#[test]
fn a_value_changes_in_its_place_and_style() {
    check(
        "shop.yaml",
        SHOP,
        |c| {
            vec![
                c.set("", "name", text_value("Market Street")),
                c.set("items.0", "price", text_value("10")),
                c.set("items.2", "name", text_value("it's")),
                c.set("items.1", "colour", text_value("GREEN")),
                c.set("", "open", text_value("FALSE")),
            ]
        },
        &SHOP
            .replace("corner      # known", "Market Street # known")
            .replace("9.50", "10")
            .replace("'Nib'", "'it''s'")
            .replace("RED", "GREEN")
            .replace("true", "false"),
    );
}

#[test]
fn the_same_value_changes_nothing() {
    check(
        "shop.yaml",
        SHOP,
        |c| {
            vec![
                c.set("items.0", "price", text_value("9.5")),
                c.set("items.2", "name", text_value("Nib")),
            ]
        },
        SHOP,
    );
}

#[test]
fn a_renamed_target_keeps_its_references() {
    check(
        "shop.yaml",
        SHOP,
        |c| vec![c.set("items.0", "name", text_value("Emma: a novel"))],
        &SHOP
            .replace("best: Emma", "best: \"Emma: a novel\"")
            .replace("name: Emma    # by", "name: \"Emma: a novel\" # by"),
    );
}

#[test]
fn a_removed_object_takes_its_comments_and_references() {
    check(
        "shop.yaml",
        SHOP,
        |c| vec![c.delete("items.1")],
        &SHOP.replace(
            "  # A pen.\n  - {type: Pen, name: Quill, colour: RED}   # red\n",
            "",
        ),
    );
    check(
        "shop.yaml",
        SHOP,
        |c| vec![c.delete("items.0")],
        &SHOP.replace("best: Emma\n", "").replace(
            "  # books\n  - type: Book\n    name: Emma    # by Austen\n    price: 9.50\n    tags: [novel, \"1815\"]\n",
            "",
        ),
    );
}

#[test]
fn the_last_member_leaves_an_empty_list() {
    check(
        "shop.yaml",
        "name: a\nitems: # all\n# one\n- type: Pen # p\n  name: b\n",
        |c| vec![c.delete("items.0")],
        "name: a\nitems: [] # all\n# one\n",
    );
    check(
        "shop.yaml",
        "items:\n- type: Book\n  parts: [{name: x}]\n",
        |c| vec![c.delete("items.0/parts.0")],
        "items:\n- type: Book\n  parts: []\n",
    );
}

#[test]
fn a_new_member_stands_as_its_siblings_do() {
    check(
        "shop.yaml",
        SHOP,
        |c| {
            let new = c.new_object("Book", &[("name", "no"), ("pages", "7")]);
            vec![c.insert(("", "items", 3), new)]
        },
        &format!("{SHOP}  - type: Book\n    name: \"no\"\n    pages: 7\n"),
    );
    check(
        "shop.yaml",
        "items:\n- {type: Pen, name: a} # a\n- {type: Pen, name: b}",
        |c| {
            let new = || c.new_object("Pen", &[("name", "x")]);
            vec![
                c.insert(("", "items", 2), new()),
                c.insert(("", "items", 1), new()),
                c.insert(("", "items", 0), new()),
            ]
        },
        "items:\n- {type: Pen, name: x}\n- {type: Pen, name: a} # a\n- {type: Pen, name: x}\n- {type: Pen, name: b}\n- {type: Pen, name: x}",
    );
}

#[test]
fn an_empty_container_is_opened() {
    for (old, new) in [
        (
            "name: a\nitems: []  # none\n",
            "name: a\nitems:  # none\n  - type: Pen\n    name: b\n",
        ),
        (
            "name: a\nitems:  # none\n",
            "name: a\nitems:  # none\n  - type: Pen\n    name: b\n",
        ),
        ("name: a\n", "name: a\nitems:\n  - type: Pen\n    name: b\n"),
        (
            "{name: a, items: []}",
            "{name: a, items: [{type: Pen, name: b}]}",
        ),
        (
            "{ name: a }\n",
            "{ name: a, items: [{ type: Pen, name: b }] }\n",
        ),
    ] {
        check(
            "shop.yaml",
            old,
            |c| {
                let new = c.new_object("Pen", &[("name", "b")]);
                vec![c.insert(("", "items", 0), new)]
            },
            new,
        );
    }
}

#[test]
fn a_new_entry_stands_in_the_order_of_its_class_and_in_column() {
    check(
        "shop.yaml",
        "items:\n  - type:  Book\n    name:  Emma\n    pages: 3\n",
        |c| vec![c.set("items.0", "price", text_value("1e-3"))],
        "items:\n  - type:  Book\n    name:  Emma\n    price: 1.0e-3\n    pages: 3\n",
    );
    check(
        "shop.yaml",
        "items:\n  - pages: 3 # p\n    type: Book\n",
        |c| {
            vec![
                c.set("", "name", text_value("a")),
                c.set("items.0", "name", text_value("b")),
            ]
        },
        "name: a\nitems:\n  - pages: 3 # p\n    type: Book\n    name: b\n",
    );
}

#[test]
fn the_first_entry_behind_a_dash_gives_its_place_to_the_next() {
    check(
        "shop.yaml",
        "items:\n  - name: a # n\n    # about the type\n    type: Pen\n",
        |c| vec![c.unset("items.0", "name")],
        "items:\n  - # about the type\n    type: Pen\n",
    );
    check(
        "shop.yaml",
        "items:\n  - type: Book\n    parts:\n      - name: a # n\n",
        |c| vec![c.unset("items.0/parts.0", "name")],
        "items:\n  - type: Book\n    parts:\n      - {}\n",
    );
}

#[test]
fn text_of_several_lines_stays_a_block() {
    let text = "name: | # long\n  one\n  two\n\n# c\nopen: true\n";
    check(
        "shop.yaml",
        text,
        |c| vec![c.set("", "name", text_value("three\n\nfour"))],
        "name: |- # long\n  three\n\n  four\n\n# c\nopen: true\n",
    );
    check(
        "shop.yaml",
        text,
        |c| vec![c.set("", "name", text_value("one"))],
        "name: one # long\n\n# c\nopen: true\n",
    );
    check(
        "shop.yaml",
        "items:\r\n- type: Pen\r\n  name: a # b\r\n",
        |c| vec![c.set("items.0", "name", text_value("a\nb\n"))],
        "items:\r\n- type: Pen\r\n  name: | # b\r\n    a\r\n    b\r\n",
    );
}

#[test]
fn references_by_place_follow_what_moves() {
    let text = "\
best: //@items.1
shown: [//@items.0, /0/@items.2]  # two
items:
  - type: Book
    name: a

    # first
    parts:
      - name: p
  # b
  - {type: Pen, name: b}  # bb
  - type: Pen
    name: c
";
    check(
        "shop.yaml",
        text,
        |c| vec![c.relocate("items.0", ("", "items", 2))],
        "\
best: //@items.0
shown: [//@items.2, /0/@items.1]  # two
items:
  # b
  - {type: Pen, name: b}  # bb
  - type: Pen
    name: c
  - type: Book
    name: a

    # first
    parts:
      - name: p
",
    );
    check(
        "shop.yaml",
        text,
        |c| vec![c.relocate("items.1", ("", "items", 0))],
        "\
best: //@items.0
shown: [//@items.1, /0/@items.2]  # two
items:
  # b
  - {type: Pen, name: b}  # bb
  - type: Book
    name: a

    # first
    parts:
      - name: p
  - type: Pen
    name: c
",
    );
}

#[test]
fn a_part_moves_between_depths_with_its_lines() {
    let text = "\
items:
  - type: Book
    name: a
    parts:
      # the part
      - name: p  # its name
        price: 1

        # its pages
        pages: 2
      - name: q
front:  # window
  # in front
  type: Pen
  name: |
    n

    m
";
    check(
        "shop.yaml",
        text,
        |c| vec![c.relocate("front", ("", "items", 1))],
        "\
items:
  - type: Book
    name: a
    parts:
      # the part
      - name: p  # its name
        price: 1

        # its pages
        pages: 2
      - name: q
  # window
  # in front
  - type: Pen
    name: |
      n

      m
",
    );
    check(
        "shop.yaml",
        text,
        |c| {
            vec![
                c.relocate("items.0/parts.1", ("", "items", 0)),
                c.delete("front"),
            ]
        },
        "\
items:
  - type: Book
    name: q
  - type: Book
    name: a
    parts:
      # the part
      - name: p  # its name
        price: 1

        # its pages
        pages: 2
",
    );
}

#[test]
fn a_list_of_values_changes_where_it_differs() {
    let text = "items:\n- type: Book\n  tags:\n  - a # 1\n  - 'b' # 2\n  # three\n  - c\n";
    check(
        "shop.yaml",
        text,
        |c| {
            let list = ["a", "x", "c", "d"].map(text_value).to_vec();
            vec![c.set("items.0", "tags", NewValue::List(list))]
        },
        "items:\n- type: Book\n  tags:\n  - a # 1\n  - 'x' # 2\n  # three\n  - c\n  - d\n",
    );
    check(
        "shop.yaml",
        text,
        |c| {
            vec![
                c.remove(("items.0", "tags", 2)),
                c.insert(("items.0", "tags", 0), text_value("1.0")),
            ]
        },
        "items:\n- type: Book\n  tags:\n  - '1.0'\n  - a # 1\n  - 'b' # 2\n",
    );
    check(
        "shop.yaml",
        "items: [{type: Book, tags: novel}]\n",
        |c| vec![c.insert(("items.0", "tags", 1), text_value("old"))],
        "items: [{type: Book, tags: [novel, old]}]\n",
    );
}

#[test]
fn brackets_over_lines_keep_their_lines() {
    let text = "{\n  name: a, # n\n  items: [\n    {type: Pen, name: b}, # b\n    {type: Pen, name: c} # c\n  ]\n}\n";
    check(
        "shop.yaml",
        text,
        |c| {
            let new = c.new_object("Pen", &[("name", "d")]);
            vec![
                c.insert(("", "items", 2), new),
                c.set("", "open", text_value("true")),
            ]
        },
        "{\n  name: a, # n\n  open: true,\n  items: [\n    {type: Pen, name: b}, # b\n    {type: Pen, name: c}, # c\n    {type: Pen, name: d}\n  ]\n}\n",
    );
    check(
        "shop.yaml",
        text,
        |c| vec![c.delete("items.1"), c.unset("", "name")],
        "{\n  items: [\n    {type: Pen, name: b} # b\n  ]\n}\n",
    );
}

#[test]
fn json_stays_json() {
    let text =
        "{\n  \"name\": \"a\",\n  \"items\": [\n    {\"type\": \"Pen\", \"name\": \"b\"}\n  ]\n}\n";
    check(
        "shop.json",
        text,
        |c| {
            let new = c.new_object("Book", &[("name", "d"), ("price", "2")]);
            vec![
                c.insert(("", "items", 1), new),
                c.set("", "name", text_value("x\ny")),
            ]
        },
        "{\n  \"name\": \"x\\ny\",\n  \"items\": [\n    {\"type\": \"Pen\", \"name\": \"b\"},\n    {\"type\": \"Book\", \"name\": \"d\", \"price\": 2}\n  ]\n}\n",
    );
}

#[test]
fn a_class_changes_where_it_is_named() {
    check(
        "shop.yaml",
        "items:\n- type: Pen # t\n  name: a\n  colour: RED # c\n- !Pen\n  name: b\n- !Pen {name: c}\n",
        |c| {
            ["items.0", "items.1", "items.2"]
                .map(|p| c.retype(p, "Book"))
                .to_vec()
        },
        "items:\n- type: Book # t\n  name: a\n- !Book\n  name: b\n- !Book {name: c}\n",
    );
    check(
        "shop.yaml",
        "items:\n- type: Book\n  parts:\n  - name: p\n",
        |c| vec![c.relocate("items.0/parts.0", ("", "items", 1))],
        "items:\n- type: Book\n  parts: []\n- type: Book\n  name: p\n",
    );
}

#[test]
fn what_an_alias_repeats_is_not_changed_for_one_alone() {
    let text = "items:\n- &p {type: Book, name: a}\n- *p\nname: &n x\n";
    let error = refused("shop.yaml", text, |c| {
        vec![c.set("items.0", "price", text_value("1"))]
    });
    assert!(error.contains("alias"), "{error}");
    let error = refused("shop.yaml", text, |c| {
        vec![c.set("items.1", "price", text_value("1"))]
    });
    assert!(error.contains("alias"), "{error}");
    check(
        "shop.yaml",
        text,
        |c| vec![c.delete("items.1"), c.set("", "name", text_value("z"))],
        "items:\n- &p {type: Book, name: a}\nname: &n z\n",
    );
    check(
        "shop.yaml",
        text,
        |c| {
            ["items.0", "items.1"]
                .map(|p| c.set(p, "price", text_value("1.0")))
                .to_vec()
        },
        "items:\n- &p {type: Book, name: a, price: 1.0}\n- *p\nname: &n x\n",
    );
}

#[test]
fn both_directions_of_a_reference_follow() {
    let text =
        "items:\n- {type: Pen, name: a, next: b}\n- {type: Pen, name: b}\n- {type: Pen, name: c}\n";
    check(
        "shop.yaml",
        text,
        |c| {
            let object = c.at("items.2");
            vec![c.set("items.0", "next", NewValue::Object(object))]
        },
        &text.replace("next: b", "next: c"),
    );
    check(
        "shop.yaml",
        text,
        |c| vec![c.unset("items.1", "previous")],
        &text.replace(", next: b", ""),
    );
    check(
        "shop.yaml",
        text,
        |c| {
            let list = ["items.0", "items.2"]
                .map(|p| NewValue::Object(c.at(p)))
                .to_vec();
            vec![c.set("items.1", "previous", NewValue::List(list))]
        },
        &text.replace("name: b}", "name: b, previous: [c]}"),
    );
}

#[test]
fn new_objects_are_named_by_later_edits() {
    check(
        "shop.yaml",
        "name: a\n",
        |c| {
            let new = c.new_object("Pen", &[("name", "b")]);
            let made = ObjectId(u32::try_from(c.model.bound()).unwrap());
            vec![
                c.insert(("", "items", 0), new),
                c.set("", "best", NewValue::Object(made)),
            ]
        },
        "name: a\nitems:\n  - type: Pen\n    name: b\nbest: b\n",
    );
}

#[test]
fn what_cannot_be_done_is_refused() {
    let error = refused("shop.yaml", "name: a\nopen: [\n", |_| Vec::new());
    assert!(error.contains("does not parse"), "{error}");
    for (edit, word) in [
        (
            &(|c: &Case| c.set("", "open", text_value("maybe"))) as &dyn Fn(&Case) -> Edit,
            "true or false",
        ),
        (
            &|c| c.insert(("", "items", 9), c.new_object("Pen", &[])),
            "position 9",
        ),
        (
            &|c| c.insert(("", "items", 0), c.new_object("Shop", &[])),
            "is for a Item",
        ),
        (&|c| c.set("", "best", text_value("x")), "points at objects"),
        (&|c| c.delete(""), "no model"),
    ] {
        let error = refused("shop.yaml", SHOP, |c| vec![edit(c)]);
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn what_cannot_be_read_stays() {
    let text = "name: a\ncolor: red # ?\nitems:\n- {type: Nothing, name: x}\n- {type: Pen, name: b}\nopen: perhaps\n";
    check(
        "shop.yaml",
        text,
        |c| {
            vec![
                c.set("", "open", text_value("true")),
                c.set("items.0", "name", text_value("c")),
            ]
        },
        &text
            .replace("perhaps", "true")
            .replace("name: b", "name: c"),
    );
    check(
        "shop.yaml",
        text,
        |c| vec![c.unset("", "open")],
        &text.replace("open: perhaps\n", ""),
    );
}

#[test]
fn a_key_that_gets_another_object_keeps_its_comments() {
    check(
        "shop.yaml",
        "\
# what stands in front
front:  # window
  # a pen
  type: Pen
  name: n   # nib
items:
  # books
  - type: Book
    name: a   # by Austen
  - type: Pen
",
        |c| {
            vec![
                c.relocate("front", ("", "items", 2)),
                c.relocate("items.0", ("", "front", 0)),
            ]
        },
        "\
# what stands in front
front:  # window
  type: Book
  name: a   # by Austen
items:
  # books
  - type: Pen
  # a pen
  - type: Pen
    name: n   # nib
",
    );
}

#[test]
fn a_key_that_gets_another_object_keeps_what_is_said_of_it() {
    let text = "\
name: corner
# what stands in front
front: {type: Pen, name: n}   # red
items:
  - type: Book
";
    check(
        "shop.yaml",
        text,
        |c| {
            vec![
                c.relocate("front", ("", "items", 1)),
                c.relocate("items.0", ("", "front", 0)),
            ]
        },
        "\
name: corner
# what stands in front
front:   # red
  type: Book
items:
  - {type: Pen, name: n}
",
    );
    check(
        "shop.yaml",
        text,
        |c| vec![c.relocate("front", ("", "items", 1))],
        "\
name: corner
items:
  - type: Book
  # what stands in front
  - {type: Pen, name: n}  # red
",
    );
}

#[test]
fn parts_move_into_each_other() {
    check(
        "shop.yaml",
        "items:\n  - type: Book\n    parts:\n      - parts:\n          - name: x\n          - price: 9.5\n            parts:\n              - {}\n              - {}\n      - {}\n",
        |c| {
            vec![
                c.relocate("items.0/parts.0/parts.1", ("items.0", "parts", 0)),
                c.relocate(
                    "items.0/parts.0",
                    ("items.0/parts.0/parts.1/parts.0", "parts", 0),
                ),
            ]
        },
        "items:\n  - type: Book\n    parts:\n      - price: 9.5\n        parts:\n          - parts:\n              - parts:\n                  - name: x\n          - {}\n      - {}\n",
    );
}

#[test]
fn identities_and_other_files_are_written_as_readers_take_them() {
    let text = "items:\n- {$type: Pen, $id: p, name: a}\n- {type: Pen, name: b}\nbest: p\nshown: [b, \"#p\", other.yaml#x]\n";
    check(
        "shop.yaml",
        text,
        |c| {
            let uri = NewValue::Uri {
                uri: "far.yaml#//@items.0".into(),
                class: Some(c.class("Book")),
            };
            vec![
                c.retype("items.0", "Book"),
                c.insert(("", "shown", 3), uri),
                c.delete("items.1"),
            ]
        },
        "items:\n- {$type: Book, $id: p, name: a}\nbest: p\nshown: [\"#p\", other.yaml#x, {$ref: \"far.yaml#//@items.0\", $type: Book}]\n",
    );
    check(
        "shop.yaml",
        text,
        |c| {
            let NewValue::New(new) = c.new_object("Pen", &[("name", "new")]) else {
                unreachable!("new objects are new");
            };
            let new = NewObject {
                id: Some("n1".into()),
                ..new
            };
            vec![
                c.insert(("", "items", 0), NewValue::New(new)),
                c.set("", "best", NewValue::Object(ObjectId(3))),
            ]
        },
        &text
            .replace("items:\n", "items:\n- {type: Pen, $id: n1, name: new}\n")
            .replace("best: p", "best: n1"),
    );
}

#[test]
fn nothing_among_values_stays_nothing() {
    check(
        "shop.yaml",
        "items:\n- {type: Book, tags: [a, null, \"null\", ~]}\n",
        |c| {
            vec![
                c.remove(("items.0", "tags", 0)),
                c.insert(("items.0", "tags", 1), text_value("null")),
            ]
        },
        "items:\n- {type: Book, tags: [null, \"null\", \"null\", ~]}\n",
    );
}
