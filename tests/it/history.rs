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
