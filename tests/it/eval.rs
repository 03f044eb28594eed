//! `eval`: values, types and mistakes as a user sees them.

use crate::project::{Ran, TestProject};

fn eval(project: &TestProject, args: &[&str]) -> Ran {
    let mut all = vec!["eval"];
    all.extend(args);
    project.run(&all)
}

fn printed(project: &TestProject, args: &[&str]) -> String {
    let ran = eval(project, args);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{ran:?}");
    ran.out
}

#[test]
fn values_are_printed_a_member_a_line() {
    let project = TestProject::small();
    for (expression, wanted) in [
        ("self.name", "corner\n"),
        ("self", "/corner  Shop\n"),
        (
            "self.items",
            "/corner/items[tea]  Item\n/corner/items[milk]  Item\n",
        ),
        ("self.items.price", "3\n"),
        ("self.items->last().price", "null\n"),
        ("self.items->select(i | i.name = 'salt')", ""),
        ("[[1, 2], [3]]", "[1, 2]\n[3]\n"),
        ("-1", "-1\n"),
        ("self.eClass()", "shop::Shop\n"),
        ("'a\\nb'", "a\nb\n"),
        ("['a\\nb']", "a\\nb\n"),
        ("2 / 3 > 0.5", "true\n"),
    ] {
        assert_eq!(printed(&project, &[expression]), wanted, "{expression}");
    }
    let ran = eval(&project, &["self.items.price->sum()", "--json"]);
    assert_eq!(
        ran.out,
        r#"{
  "version": 1,
  "type": "Integer[1]",
  "value": 3
}
"#
    );
    assert_eq!(
        printed(&project, &["self.items", "--json"]),
        r#"{
  "version": 1,
  "type": "Item[*]",
  "value": [
    {
      "path": "/corner/items[tea]",
      "class": "Item"
    },
    {
      "path": "/corner/items[milk]",
      "class": "Item"
    }
  ]
}
"#
    );
}

#[test]
fn types_say_how_many_values_there_are() {
    let project = TestProject::small();
    for (expression, wanted) in [
        ("self", "Shop[1]\n"),
        ("self.name", "String[1]\n"),
        ("self.items", "Item[*]\n"),
        ("self.items->first()", "Item[0..1]\n"),
        ("self.items->first().price", "Integer[0..1]\n"),
        ("self.items->size() > 1", "Boolean[1]\n"),
    ] {
        assert_eq!(printed(&project, &["--type", expression]), wanted);
    }
    assert_eq!(
        printed(&project, &["1 / 0", "--type", "--json"]),
        r#"{
  "version": 1,
  "type": "Real[1]"
}
"#
    );
}

#[test]
fn mistakes_are_shown_in_the_expression() {
    let project = TestProject::small();
    let ran = eval(&project, &["self.items->select(i | i.prize > 1).name"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert_eq!(
        ran.err,
        "error[unknown-feature]: class `Item` has no feature `prize`
 --> expression:1:26
  |
1 | self.items->select(i | i.prize > 1).name
  |                          ^^^^^
  |
  = help: did you mean `price`?

"
    );
    let ran = eval(&project, &["self.items->last().price + 1"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert_eq!(
        ran.err,
        "error[expression-failure]: `self.items->last().price` is null: `+` needs a value
 --> expression:1:1
  |
1 | self.items->last().price + 1
  | ^^^^^^^^^^^^^^^^^^^^^^^^

"
    );
    let ran = eval(&project, &["self = self.items->first()"]);
    assert_eq!((ran.code, &*ran.out), (0, "false\n"));
    assert_eq!(
        ran.err,
        "warning[expression-odd]: `Shop` and `Item` have no object in common
 --> expression:1:1
  |
1 | self = self.items->first()
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^

"
    );
    let ran = eval(&project, &["self.items->"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert_eq!(
        ran.err,
        "error[expression-syntax]: a name is missing after `->`
 --> expression:1:11
  |
1 | self.items->
  |           ^^

"
    );
}

#[test]
fn the_model_and_its_metamodel_may_be_named() {
    let project = TestProject::small();
    project.write("models/other.yaml", "name: other\n");
    let ran = eval(&project, &["self.name"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert_eq!(
        ran.err,
        "error: the workspace has 2 models
hint: name one: models/corner.yaml, models/other.yaml
"
    );
    assert_eq!(
        printed(&project, &["self.name", "--model", "models/other.yaml"]),
        "other\n"
    );
    let outside = TestProject::empty();
    outside.write("shop.ecore", &project.read("shop.ecore"));
    outside.write("a.yaml", "name: a\n");
    outside.write("none.yaml", "");
    let with = ["--metamodel", "shop.ecore", "--model"];
    let named = |file: &'static str| [&["self.name"], &with[..], &[file]].concat();
    assert_eq!(printed(&outside, &named("a.yaml")), "a\n");
    assert_eq!(
        printed(
            &outside,
            &["self.eClassifiers.name", "--model", "shop.ecore"]
        ),
        "Shop\nItem\n"
    );
    for (args, code) in [
        (named("none.yaml"), 2),
        (named("nowhere.yaml"), 2),
        (vec!["self.name"], 2),
    ] {
        assert_eq!(eval(&outside, &args).code, code, "{args:?}");
    }
}

#[test]
fn helpers_of_the_workspace_may_be_called() {
    let project = TestProject::small();
    project.write(
        "helpers.yaml",
        "kind: helpers\nhelpers:\n  - {helper: Item.cost, returns: Integer, value: self.price * 2}\n",
    );
    project.edit(
        "mlopsgen.yaml",
        "[prices.yaml]",
        "[prices.yaml, helpers.yaml]",
    );
    assert_eq!(printed(&project, &["self.items->first().cost()"]), "6\n");
    let ran = eval(&project, &["self.items.cost()"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert_eq!(
        ran.err,
        "error[expression-failure]: `self.price` is null: `*` needs a value
 --> helpers.yaml:3:50
  |
3 |   - {helper: Item.cost, returns: Integer, value: self.price * 2}
  |                                                  ^^^^^^^^^^
  |
 ::: expression:1:1
  |
1 | self.items.cost()
  | ----------------- called here

"
    );
    project.edit("helpers.yaml", "self.price * 2", "self.prize * 2");
    let ran = eval(&project, &["self.name"]);
    assert_eq!((ran.code, &*ran.out), (1, "corner\n"));
    assert_eq!(
        ran.err,
        "error[unknown-feature]: class `Item` has no feature `prize`
 --> helpers.yaml:3:55
  |
3 |   - {helper: Item.cost, returns: Integer, value: self.prize * 2}
  |                                                       ^^^^^
  |
  = help: did you mean `price`?

"
    );
}

#[test]
fn knowledge_may_be_looked_up() {
    let project = TestProject::small();
    project.write("known.yaml", "name: everywhere\nitems: [{name: salt}]\n");
    let asked = "Item.all->select(name = 'salt')->collect(container().name)";
    let model = ["--model", "models/corner.yaml"];
    assert_eq!(printed(&project, &[&[asked], &model[..]].concat()), "");
    let known = [&[asked], &model[..], &["--knowledge", "known.yaml"]].concat();
    assert_eq!(printed(&project, &known), "everywhere\n");
}

#[test]
fn a_helper_follows_a_chain_of_a_thousand_objects_and_one_without_end_is_a_finding() {
    let project = TestProject::small();
    let helpers = "kind: helpers\nhelpers:\n  - {helper: sum, parameters: {n: Integer}, returns: Integer, \
                   value: if n = 0 then 0 else n + sum(n - 1) endif}\n";
    project.write("helpers.yaml", helpers);
    project.write(
        "mlopsgen.yaml",
        &project
            .read("mlopsgen.yaml")
            .replace("transforms: [", "transforms: [helpers.yaml, "),
    );
    assert_eq!(printed(&project, &["sum(1000)"]), "500500\n");
    let ran = eval(&project, &["sum(-1)"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.contains("levels deep"), "{}", ran.err);
}
