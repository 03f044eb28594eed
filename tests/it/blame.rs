//! `blame` and `explain`: each line with the commit it came with, which git itself confirms, and with what made it.

use crate::project::TestProject;

/// A small history: a value, a template, an edit by hand, an element.
fn project() -> TestProject {
    let project = TestProject::small();
    let commit = || {
        let ran = project.run(&["generate", "--commit"]);
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    commit();
    project.edit("list.hbs", "shop:", "# a shop\nshop:");
    commit();
    project.edit("out/corner.yaml", "items:", "# by hand\nitems:");
    project.git(&["commit", "-qam", "A comment"]);
    project.edit(
        "models/corner.yaml",
        "{name: milk}",
        "{name: milk}\n  - {name: corn, price: 0}",
    );
    commit();
    project
}

#[test]
fn lines_come_with_the_commits_that_git_names() {
    let project = project();
    for path in [
        "out/corner.yaml",
        "models/corner.yaml",
        "list.hbs",
        "shop.ecore",
    ] {
        let ran = project.run(&["blame", path, "--json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let ours: Vec<&str> = json["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l["commit"]["commit"].as_str().unwrap())
            .collect();
        let theirs = project.git(&["blame", "-l", "-s", "--root", path]);
        let theirs: Vec<&str> = theirs.lines().map(|l| &l[..40]).collect();
        assert_eq!(ours, theirs, "{path}");
    }
}

#[test]
fn a_line_tells_its_template_its_value_and_its_rule() {
    let project = project();
    let json = |args: &[&str]| -> serde_json::Value {
        let ran = project.run(args);
        assert_eq!(ran.code, 0, "{ran:?}");
        serde_json::from_str(&ran.out).unwrap()
    };
    let line = |number: &str| {
        let place = format!("out/corner.yaml:{number}");
        let json = json(&["blame", &place, "--json"]);
        assert_eq!(json["lines"].as_array().unwrap().len(), 1);
        json["lines"][0].clone()
    };
    let tea = line("5");
    assert_eq!(tea["text"], "  - tea: 4");
    assert_eq!(
        (&tea["template"]["path"], &tea["template"]["line"]),
        (&"list.hbs".into(), &9.into())
    );
    let price = &tea["sources"][1];
    assert_eq!(
        (&price["slot"], &price["value"]),
        (&"items[tea].price".into(), &"4".into())
    );
    assert_eq!(
        (&price["path"], &price["line"]),
        (&"models/corner.yaml".into(), &3.into())
    );
    // The line of the model came with the same commit, and its price.
    assert_eq!(price["commit"]["commit"], tea["commit"]["commit"]);
    let milk = line("6");
    let price = &milk["sources"][1];
    assert_eq!(
        (&price["rule"], &price["path"]),
        (&"cheap".into(), &"prices.yaml".into())
    );
    let by_hand = line("3");
    assert_eq!(by_hand["text"], "# by hand");
    assert!(by_hand["template"].is_null(), "{by_hand}");
}

#[test]
fn lines_that_are_not_committed_and_past_versions_are_told() {
    let project = project();
    project.edit("out/corner.yaml", "# by hand", "# by hand\n# again");
    let ran = project.run(&["blame", "out/corner.yaml", "-L", "3,4"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 2, "{ran:?}");
    assert!(
        lines[0].contains("Ada  by hand") && lines[0].ends_with("# by hand"),
        "{}",
        ran.out
    );
    assert!(
        lines[1].starts_with("4  not committed") && lines[1].ends_with("# again"),
        "{}",
        ran.out
    );
    let ran = project.run(&["blame", "out/corner.yaml:3", "--at", "HEAD~4"]);
    assert!(ran.out.trim_end().ends_with("- tea: 3"), "{ran:?}");
    assert!(ran.out.contains("list.hbs:8"), "{ran:?}");
}

#[test]
fn a_line_is_explained_where_it_stands_in_the_file() {
    let project = project();
    // Generated as line 4, it stands in line 5, behind the line that was written by hand.
    let ran = project.run(&["explain", "out/corner.yaml:5"]);
    for part in [
        "out/corner.yaml:5    - tea: 4",
        "list.hbs:9",
        "price = 4",
        "mlopsgen: corner.items[tea].price 3 → 4",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    let ran = project.run(&["explain", "out/corner.yaml:3"]);
    assert!(
        ran.out
            .contains("by hand       it is not what is generated"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("A comment"), "{}", ran.out);
}

#[test]
fn what_cannot_be_blamed_is_said() {
    let project = project();
    for (args, message) in [
        (["blame", "out/none.py"], "there is no out/none.py"),
        (
            ["blame", "out/corner.yaml:99"],
            "out/corner.yaml has 7 lines, not 99",
        ),
        (
            ["blame", "out/corner.yaml:0"],
            "out/corner.yaml has 7 lines, not 0",
        ),
        (
            ["blame", "out/corner.yaml:7\u{1b}"],
            "there is no out/corner.yaml:7",
        ),
    ] {
        let ran = project.run(&args);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains(message), "no {message:?} in {}", ran.err);
    }
    let ran = project.run(&["blame", "out/corner.yaml", "-L", "x"]);
    assert!(ran.err.contains("`x` is no line"), "{ran:?}");
}
