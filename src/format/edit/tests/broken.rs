//! Files that are broken somewhere, or that hold what is rarely written.

use super::*;

#[test]
fn a_byte_order_mark_stays_before_the_first_line() {
    let text = "\u{feff}# shop\nname: a\nopen: true\n";
    check(
        "shop.yaml",
        text,
        |c| vec![c.unset("", "name")],
        "\u{feff}# shop\nopen: true\n",
    );
    let text = "\u{feff}name: a\nopen: true\n";
    check(
        "shop.yaml",
        text,
        |c| vec![c.unset("", "name")],
        "\u{feff}open: true\n",
    );
}

#[test]
fn a_pair_in_a_list_says_nothing_of_braces() {
    check(
        "shop.yaml",
        "items: [type: Pen, {type: Pen, name: b}]\n",
        |c| vec![c.insert(("", "items", 2), c.new_object("Pen", &[("name", "c")]))],
        "items: [type: Pen, {type: Pen, name: b}, {type: Pen, name: c}]\n",
    );
    let case = Case::new("shop.yaml", "name: a\nunknown: [é: x]\n");
    let edited = case.apply(&[case.set("", "name", text_value("b"))]);
    assert_eq!(&*edited.unwrap().text, "name: b\nunknown: [é: x]\n");
}

#[test]
fn a_lone_carriage_return_ends_a_comment() {
    for text in [
        "name: a\nshown: [\n  # c\r  ? \"x\",\n]\nopen: true\n",
        "name: a\nunknown: [] # c\rtags: [x]\nopen: true\n",
    ] {
        check(
            "shop.yaml",
            text,
            |c| vec![c.set("", "open", text_value("false"))],
            &text.replace("true", "false"),
        );
    }
}

#[test]
fn a_byte_order_mark_moves_no_tag() {
    let text = "\u{feff}<!-- shop -->\n<shop:Shop xmlns:shop=\"http://example.org/shop\" name=\"é\" open=\"true\"/>\n";
    check(
        "shop.xmi",
        text,
        |c| vec![c.set("", "open", text_value("false"))],
        &text.replace("open=\"true\"", "open=\"false\""),
    );
}
