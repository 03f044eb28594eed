//! `history`: commits with their causes, for people and for machines.

use crate::project::TestProject;

#[test]
fn commits_are_listed_with_their_causes() {
    let project = TestProject::small();
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    project.run(&["generate", "--commit"]);
    project.write("notes.txt", "mine\n");
    project.git(&["add", "notes.txt"]);
    project.git(&["commit", "-qm", "Take notes"]);
    let ran = project.run(&["history"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.out);
    assert!(
        lines[0].contains("by hand") && lines[0].contains("Take notes"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].contains("2026-01-02 03:04  Ada  model"),
        "{}",
        lines[1]
    );
    assert!(lines[1].contains("items[tea].price 3 → 4"), "{}", lines[1]);
    let ran = project.run(&["history", "out/corner.py"]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["history", "--json"]).out).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["entries"].as_array().unwrap().len(), 3);
    assert_eq!(json["entries"][1]["files"][3]["path"], "out/corner.yaml");
}

#[test]
fn one_commit_is_shown_in_the_words_of_the_model_above_its_lines() {
    let project = TestProject::small();
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    project.run(&["generate", "--commit"]);
    let ran = project.run(&["history", "HEAD"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let expected = [
        "mlopsgen: corner.items[tea].price 3 → 4",
        "models/corner.yaml",
        "~ corner.items[tea]",
        "    price: 3 → 4",
        "models/corner.yaml  +1 -1",
        "out/corner.yaml  +1 -1",
        "--- a/models/corner.yaml",
        "-  - tea: 3",
        "+  - tea: 4",
    ];
    let mut rest = ran.out.as_str();
    for part in expected {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("no {part:?} in\n{}", ran.out));
        rest = &rest[at + part.len()..];
    }
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["history", "HEAD", "--json"]).out).unwrap();
    let change = &json["inputs"][0]["changes"][0];
    assert_eq!(
        (&change["feature"], &change["new"]),
        (&"price".into(), &"4".into())
    );
    assert!(
        json["diffs"]
            .as_array()
            .unwrap()
            .iter()
            .any(|d| d["path"] == "out/corner.yaml")
    );
}

#[test]
fn commits_are_chosen_by_cause_element_author_day_and_range() {
    let project = TestProject::small();
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    project.run(&["generate", "--commit"]);
    project.edit("list.hbs", "shop:", "# shop\nshop:");
    project.run(&["generate", "--commit"]);
    // A change of the model by a hand that generates nothing has no trailer: the model itself tells.
    project.edit(
        "models/corner.yaml",
        "{name: milk}",
        "{name: milk, price: 2}",
    );
    project.git(&[
        "commit",
        "-qam",
        "Dearer milk",
        "--author",
        "Jane <jane@example.org>",
    ]);
    let subjects = |args: &[&str]| {
        let all = [&["history", "--json"], args].concat();
        let ran = project.run(&all);
        assert_eq!(ran.code, 0, "{ran:?}");
        let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let entries = json["entries"].as_array().unwrap().iter();
        entries
            .map(|e| e["subject"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let tea = "mlopsgen: corner.items[tea].price 3 → 4";
    let template = "mlopsgen: list.hbs changed";
    assert_eq!(subjects(&["--cause", "template"]), [template]);
    assert_eq!(subjects(&["--cause", "by-hand"]), ["Dearer milk"]);
    assert_eq!(subjects(&["--element", "/corner/items[tea]"]), [tea]);
    assert_eq!(
        subjects(&["--element", "/corner/items[milk]"]),
        ["Dearer milk"]
    );
    assert_eq!(subjects(&["--element", "/corner"]), ["Dearer milk", tea]);
    assert_eq!(subjects(&["--author", "jane"]), ["Dearer milk"]);
    assert_eq!(subjects(&["--since", "2026-01-03"]), Vec::<String>::new());
    assert_eq!(
        subjects(&["--until", "2026-01-02", "-n", "1"]),
        ["Dearer milk"]
    );
    assert_eq!(subjects(&["HEAD~3..HEAD~1"]), [template, tea]);
    assert_eq!(
        subjects(&["HEAD~3..HEAD", "out/corner.yaml"]),
        [template, tea]
    );
    let ran = project.run(&["history", "--since", "yesterday"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("`yesterday` is no day"), "{}", ran.err);
    // A file that is gone still has its history.
    project.git(&["rm", "-q", "list.hbs"]);
    assert_eq!(subjects(&["list.hbs"]).len(), 2);
}
