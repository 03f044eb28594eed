//! Whatever is wrong with the input: a located finding, exit code 1, nothing written, nothing committed.

use std::fs;

use crate::project::TestProject;

/// Breaks a small workspace, and expects `finding` at `place`.
fn refused(break_it: impl Fn(&TestProject), place: &str, finding: &str) {
    let project = TestProject::small();
    let (before, commits) = (project.read("out/corner.yaml"), project.commits());
    // A change that would show if anything were written.
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    break_it(&project);
    for args in [
        &["generate", "--commit"][..],
        &["generate"],
        &["check"],
        &["generate", "--check"],
    ] {
        let ran = project.run(args);
        let text = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, 1, "{args:?}: {text}");
        assert!(text.contains(finding), "no {finding:?} in\n{text}");
        assert!(
            text.contains(&format!("--> {place}")),
            "no place {place} in\n{text}"
        );
    }
    assert_eq!(project.read("out/corner.yaml"), before);
    assert_eq!(project.commits(), commits);
}

#[test]
fn malformed_yaml() {
    refused(
        |p| p.edit("models/corner.yaml", "{name: tea", "{name: [tea"),
        "models/corner.yaml:3:",
        "error[yaml-syntax]",
    );
}

#[test]
fn malformed_xml() {
    let break_it = |p: &TestProject| {
        p.edit("mlopsgen.yaml", "models/*.yaml", "models/*.xmi");
        p.write(
            "models/corner.xmi",
            "<shop name=\"corner\">\n  <items name=\"tea\">\n</shop>\n",
        );
    };
    refused(break_it, "models/corner.xmi:3:", "error[xml-syntax]");
}

#[test]
fn an_unknown_feature() {
    let finding = "error[unknown-feature]: class `Item` has no feature `prize`";
    refused(
        |p| p.edit("models/corner.yaml", "price", "prize"),
        "models/corner.yaml:3:17",
        finding,
    );
}

#[test]
fn a_wrong_type() {
    let finding = "error[wrong-type]: `price` is a whole number, not `four`";
    refused(
        |p| p.edit("models/corner.yaml", "price: 4", "price: four"),
        "models/corner.yaml:3:24",
        finding,
    );
}

#[test]
fn a_missing_metamodel() {
    let finding = "error[not-found]: there is no file `shop2.ecore`";
    refused(
        |p| p.edit("mlopsgen.yaml", "shop.ecore", "shop2.ecore"),
        "mlopsgen.yaml:1:14",
        finding,
    );
}

#[test]
fn a_template_with_a_misspelt_path() {
    let finding = "error[unknown-feature]: class `Item` has no feature `prices`";
    refused(
        |p| p.edit("list.hbs", "i.price", "i.prices"),
        "list.hbs:8:21",
        finding,
    );
}

#[test]
fn a_template_with_an_unknown_helper() {
    let finding = "error[unknown-helper]: there is no helper `idnt`";
    refused(
        |p| p.edit("list.hbs", "{{i.name}}", "{{idnt i.name}}"),
        "list.hbs:8:7",
        finding,
    );
}

#[test]
fn a_rule_that_names_no_class() {
    let finding = "error[unknown-class]: there is no class `Itm`";
    refused(
        |p| p.edit("prices.yaml", "i: Item", "i: Itm"),
        "prices.yaml:6:16",
        finding,
    );
}

#[test]
fn a_rule_whose_expression_fails() {
    let break_it =
        |p: &TestProject| p.edit("prices.yaml", "price: 1", "price: \"${1 div (2 - 2)}\"");
    refused(
        break_it,
        "prices.yaml:7:",
        "error[expression-failure]: division by zero",
    );
}

#[test]
fn text_in_another_encoding() {
    let break_it = |p: &TestProject| {
        fs::write(p.root().join("models/corner.yaml"), b"name: caf\xe9\n").unwrap();
    };
    refused(
        break_it,
        "models/corner.yaml:1:1",
        "error[encoding]: byte 9 is not UTF-8",
    );
}

#[test]
fn nesting_without_an_end() {
    let break_it = |p: &TestProject| p.write("models/corner.yaml", &"[".repeat(100_000));
    refused(
        break_it,
        "models/corner.yaml:1:",
        "error[limit]: collections nest deeper than",
    );
}

#[test]
fn an_artifact_that_would_be_broken() {
    let break_it = |p: &TestProject| p.edit("greeting.hbs", "print(", "print((");
    refused(break_it, "greeting.hbs:", "error[invalid-artifact]");
}

#[test]
fn a_model_that_overwrites_another() {
    let break_it = |p: &TestProject| p.write("models/second.yaml", "name: Corner\n");
    refused(
        break_it,
        "models/second.yaml:1:1",
        "error[artifact-conflict]",
    );
}

#[test]
fn a_folder_that_is_a_link_is_not_followed() {
    let project = TestProject::small();
    let outside = project.root().parent().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::remove_dir_all(project.root().join("out")).unwrap();
    std::os::unix::fs::symlink(&outside, project.root().join("out")).unwrap();
    let ran = project.run(&["generate"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("is a link: nothing is written through it"),
        "{}",
        ran.err
    );
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}
