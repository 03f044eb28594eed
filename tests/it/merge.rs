//! git, with the drivers: merges, rebases and stashes of models, and what `git diff` and `diff` say.

use crate::project::{Ran, TestProject};

const MODEL: &str =
    "name: corner\nitems:\n  - name: tea # hot\n    price: 3\n  - name: milk\n    price: 1\n";

/// A workspace with the drivers, whose model stands in lines of its own.
fn installed() -> TestProject {
    let project = TestProject::small();
    project.write("models/corner.yaml", MODEL);
    let ran = project.run(&["git", "install"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "lines"]);
    project
}

/// Commits one change of the model on a new branch, and goes back to `main`.
fn branch(project: &TestProject, name: &str, from: &str, to: &str) {
    branch_of(project, "models/corner.yaml", (name, from, to));
}

fn branch_of(project: &TestProject, file: &str, (name, from, to): (&str, &str, &str)) {
    project.git(&["checkout", "-qb", name, "main"]);
    project.edit(file, from, to);
    project.git(&["commit", "-qam", name]);
    project.git(&["checkout", "-q", "main"]);
}

fn try_git(project: &TestProject, args: &[&str]) -> Ran {
    Ran::of(&project.command("git").args(args).output().unwrap())
}

#[test]
fn a_merge_that_lines_cannot_do_is_clean() {
    let project = installed();
    branch(&project, "rename", "tea # hot", "chai # hot");
    project.edit("models/corner.yaml", "price: 3", "price: 4 # dear");
    project.git(&["commit", "-qam", "dear"]);
    // By itself git calls it a conflict.
    let alone = try_git(
        &project,
        &[
            "-c",
            "merge.mlopsgen.driver=git merge-file %A %O %B",
            "merge",
            "rename",
        ],
    );
    assert_eq!(alone.code, 1, "{alone:?}");
    project.git(&["merge", "--abort"]);
    project.git(&["merge", "-q", "rename"]);
    let expected = MODEL
        .replace("tea # hot", "chai # hot")
        .replace("price: 3", "price: 4 # dear");
    assert_eq!(project.read("models/corner.yaml"), expected);
}

#[test]
fn a_conflict_leaves_markers_and_is_told() {
    let project = installed();
    branch(&project, "cheap", "price: 3", "price: 2");
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    project.git(&["commit", "-qam", "dear"]);
    let ran = try_git(&project, &["merge", "cheap"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.err
            .contains("corner.items[tea].price was 3: ours 4, theirs 2"),
        "{ran:?}"
    );
    let text = project.read("models/corner.yaml");
    assert!(
        text.contains("<<<<<<< ours\n    price: 4\n||||||| base\n    price: 3\n=======\n    price: 2\n>>>>>>> theirs\n"),
        "{text}"
    );
}

#[test]
fn a_file_that_does_not_read_is_merged_by_lines() {
    let project = installed();
    branch(&project, "broken", "price: 1", "price: [1");
    project.edit("models/corner.yaml", "name: corner", "name: edge");
    project.git(&["commit", "-qam", "edge"]);
    let ran = try_git(&project, &["merge", "-q", "broken"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("merged by lines"), "{ran:?}");
    let text = project.read("models/corner.yaml");
    assert!(
        text.contains("name: edge") && text.contains("price: [1"),
        "{text}"
    );
}

#[test]
fn a_program_that_is_gone_leaves_it_to_git() {
    let project = installed();
    branch(&project, "cheap", "price: 3", "price: 2");
    let driver = project.git(&["config", "merge.mlopsgen.driver"]);
    let (_, rest) = driver.split_once(" git merge-driver").unwrap();
    let gone = format!("/nowhere/mlopsgen git merge-driver{}", rest.trim_end());
    project.git(&["config", "merge.mlopsgen.driver", &gone]);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    project.git(&["commit", "-qam", "dear"]);
    let ran = try_git(&project, &["merge", "cheap"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(project.read("models/corner.yaml").contains("<<<<<<<"));
}

#[test]
fn rebases_and_stashes_merge_models_too() {
    let project = installed();
    branch(&project, "rename", "tea # hot", "chai # hot");
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    project.git(&["commit", "-qam", "dear"]);
    project.git(&["rebase", "-q", "main", "rename"]);
    let expected = MODEL
        .replace("tea # hot", "chai # hot")
        .replace("price: 3", "price: 4");
    assert_eq!(project.read("models/corner.yaml"), expected);
    project.edit("models/corner.yaml", "price: 4", "price: 5");
    project.git(&["stash", "-q"]);
    project.edit("models/corner.yaml", "chai # hot", "mate # hot");
    project.git(&["commit", "-qam", "mate"]);
    project.git(&["stash", "pop", "-q"]);
    let expected = MODEL
        .replace("tea # hot", "mate # hot")
        .replace("price: 3", "price: 5");
    assert_eq!(project.read("models/corner.yaml"), expected);
}

#[test]
fn git_shows_the_words_of_the_model() {
    let project = installed();
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    project.edit(
        "models/corner.yaml",
        "milk\n    price: 1",
        "oat\n    price: 1\n  - name: rum",
    );
    assert_eq!(
        project.git(&["diff"]),
        "models/corner.yaml\n~ corner.items[tea]\n    price: 3 → 4\n~ corner.items[oat]\n    name: milk → oat\n+ corner.items[rum]\n"
    );
    project.git(&["checkout", "-q", "."]);
    project.edit("models/corner.yaml", "# hot", "# cold");
    let shown = project.git(&["diff"]);
    assert!(
        shown.starts_with("models/corner.yaml: only layout and comments\n")
            && shown.contains("+  - name: tea # cold"),
        "{shown}"
    );
    project.git(&["rm", "-q", "--cached", "models/corner.yaml"]);
    assert_eq!(
        project.git(&["diff", "--cached"]),
        "models/corner.yaml\n- corner\n"
    );
}

#[test]
fn installing_twice_is_installing_once() {
    let project = installed();
    let attributes = project.read(".gitattributes");
    assert!(
        attributes.contains("\n/models/*.yaml diff=mlopsgen merge=mlopsgen\n")
            && attributes.contains("\n/shop.ecore diff=mlopsgen merge=mlopsgen\n"),
        "{attributes}"
    );
    let ran = project.run(&["git", "install"]);
    assert_eq!(
        (ran.code, &*ran.err),
        (0, "all was set up already\n"),
        "{ran:?}"
    );
    assert_eq!(project.read(".gitattributes"), attributes);
    let ran = project.run(&["git", "install", "--uninstall"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!project.exists(".gitattributes"));
    assert_eq!(
        try_git(&project, &["config", "merge.mlopsgen.driver"]).code,
        1
    );
}

#[test]
fn revisions_and_files_are_compared() {
    let project = installed();
    let ran = project.run(&["diff", "HEAD"]);
    assert_eq!((ran.code, &*ran.out), (0, ""), "{ran:?}");
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    let ran = project.run(&["diff", "HEAD"]);
    let expected = "models/corner.yaml\n~ corner.items[tea]\n    price: 3 → 4\n";
    assert_eq!((ran.code, &*ran.out), (1, expected), "{ran:?}");
    project.git(&["commit", "-qam", "dear"]);
    let ran = project.run(&["diff", "HEAD~1", "HEAD", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["version"], 1);
    let change = &json["files"][0]["changes"][0];
    assert_eq!(
        (
            &change["kind"],
            &change["element"],
            &change["feature"],
            &change["old"],
            &change["new"]
        ),
        (
            &"set".into(),
            &"/corner/items[tea]".into(),
            &"price".into(),
            &"3".into(),
            &"4".into()
        )
    );
    project.write("other.yaml", MODEL);
    let ran = project.run(&["diff", "models/corner.yaml", "other.yaml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("price: 4 → 3"), "{ran:?}");
    let ran = project.run(&["convert", "other.yaml", "--to", "xmi", "-o", "other.xmi"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = project.run(&["diff", "other.yaml", "other.xmi"]);
    assert_eq!((ran.code, &*ran.out), (0, ""), "{ran:?}");
    assert_eq!(project.run(&["diff", "nothing"]).code, 2);
}

/// An attribute of a metamodel, as Eclipse writes it.
fn attribute(name: &str, of: &str) -> String {
    format!(
        "    <eStructuralFeatures xsi:type=\"ecore:EAttribute\" name=\"{name}\"\n        \
         eType=\"ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//{of}\"/>\n"
    )
}

const ITEMS: &str = "    <eStructuralFeatures xsi:type=\"ecore:EReference\" name=\"items\"";
const END: &str = "  </eClassifiers>\n</ecore:EPackage>";

#[test]
fn metamodels_merge_feature_by_feature() {
    let project = installed();
    let more = |name, of| format!("{}{END}", attribute(name, of));
    branch_of(
        &project,
        "shop.ecore",
        ("weight", END, &more("weight", "EDouble")),
    );
    project.edit("shop.ecore", END, &more("colour", "EString"));
    project.git(&["commit", "-qam", "colour"]);
    project.git(&["merge", "-q", "weight"]);
    let text = project.read("shop.ecore");
    // What comes from theirs stands in one line.
    let weight = more("weight", "EDouble").replace("\n        ", " ");
    let both = attribute("colour", "EString") + &weight;
    assert!(text.contains(&both), "{text}");
    assert_eq!(project.run(&["check"]).code, 0);

    // A class that one side renames is named by what the other side adds.
    let item = "<eClassifiers xsi:type=\"ecore:EClass\" name=\"Item\">";
    let renamed = item.replace("Item", "Article");
    project.git(&["checkout", "-qb", "article", "main"]);
    project.edit("shop.ecore", item, &renamed);
    project.edit("shop.ecore", "#//Item", "#//Article");
    project.git(&["commit", "-qam", "article"]);
    project.git(&["checkout", "-q", "main"]);
    let best = "    <eStructuralFeatures xsi:type=\"ecore:EReference\" name=\"best\" eType=\"#//Item\"/>\n";
    project.edit("shop.ecore", ITEMS, &format!("{best}{ITEMS}"));
    project.git(&["commit", "-qam", "best"]);
    project.git(&["merge", "-q", "article"]);
    let text = project.read("shop.ecore");
    assert!(
        !text.contains("Item\"") && text.contains(&best.replace("Item", "Article")),
        "{text}"
    );
    assert_eq!(project.run(&["check", "shop.ecore"]).code, 0);
}

#[test]
fn metamodels_conflict_in_their_own_words() {
    let project = installed();
    let price = "name=\"price\"";
    branch_of(&project, "shop.ecore", ("cost", price, "name=\"cost\""));
    project.edit("shop.ecore", price, "name=\"charge\"");
    project.git(&["commit", "-qam", "charge"]);
    let ran = try_git(&project, &["merge", "cost"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.err
            .contains(".name was price: ours charge, theirs cost"),
        "{ran:?}"
    );
    let text = project.read("shop.ecore");
    assert!(
        text.contains("<<<<<<<") && text.contains("cost") && text.contains("charge"),
        "{text}"
    );
}

#[test]
fn a_class_that_is_taken_away_and_used_is_a_conflict() {
    let project = installed();
    let spare = "  <eClassifiers xsi:type=\"ecore:EClass\" name=\"Spare\"/>\n";
    project.edit(
        "shop.ecore",
        "</ecore:EPackage>",
        &format!("{spare}</ecore:EPackage>"),
    );
    project.git(&["commit", "-qam", "spare"]);
    branch_of(&project, "shop.ecore", ("less", spare, ""));
    let used = "    <eStructuralFeatures xsi:type=\"ecore:EReference\" name=\"spare\" eType=\"#//Spare\"/>\n";
    project.edit("shop.ecore", ITEMS, &format!("{used}{ITEMS}"));
    project.git(&["commit", "-qam", "used"]);
    let ran = try_git(&project, &["merge", "less"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("removed by one side"), "{ran:?}");
}
