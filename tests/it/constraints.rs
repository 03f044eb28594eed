//! Constraints and their fixes on the command line.

use std::fs;

use crate::project::TestProject;

const CONSTRAINTS: &str = "\
constraints: shop
metamodel: shop
checks:
  - check: slug
    match: {s: Shop}
    assert: s.name = s.name.kebabCase()
    severity: warning
    at: name
    message: \"`${s.name}` is no slug\"
    fix:
      title: write it as `${s.name.kebabCase()}`
      safe: true
      set: {name: \"${s.name.kebabCase()}\"}
  - check: cheap
    match: {i: Item}
    assert: i.price = null or i.price < 10
    at: price
    message: \"`${i.name}` costs ${i.price}\"
    fix:
      title: sell it for 9
      set: {price: 9}
";

/// The small workspace with constraints that it holds to.
fn checked() -> TestProject {
    let project = TestProject::small();
    project.write("shop.constraints.yaml", CONSTRAINTS);
    project.edit(
        "mlopsgen.yaml",
        "transforms:",
        "constraints: [shop.constraints.yaml]\ntransforms:",
    );
    let ran = project.run(&["check", "--strict"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    project
}

#[test]
fn safe_fixes_are_made_as_small_edits_and_what_is_left_is_said() {
    let project = checked();
    let text = "# Ours.\nname: Corner Shop # on the door\nitems:\n  - {name: tea, price: 3}\n  - {name: milk}\n";
    project.write("models/corner.yaml", text);
    let ran = project.run(&["check", "--fix"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        ran.err,
        "fixed models/corner.yaml:2: write it as `corner-shop` (slug)\n\
         fixed 1 finding in 1 file\n\
         no findings in 1 model, 2 constraints, 1 rule, 2 templates, 2 artifacts\n"
    );
    assert_eq!(ran.out, "");
    assert_eq!(
        project.read("models/corner.yaml"),
        text.replace("Corner Shop", "corner-shop")
    );
    let ran = project.run(&["check", "--fix"]);
    assert_eq!((ran.code, ran.err.lines().count()), (0, 1), "{ran:?}");
    // A fix that is not safe is shown and not made.
    project.edit("models/corner.yaml", "price: 3", "price: 30");
    project.edit("models/corner.yaml", "corner-shop", "Corner");
    let ran = project.run(&["check", "--fix", "--format", "short"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(
        ran.out,
        "models/corner.yaml:4:17: error[constraint]: `tea` costs 30 (cheap) (one way out: sell it for 9)\n"
    );
    assert!(
        project
            .read("models/corner.yaml")
            .contains("name: corner #")
    );
}

#[test]
fn fixes_can_be_looked_at_first() {
    let project = checked();
    project.edit("models/corner.yaml", "name: corner", "name: Corner");
    let ran = project.run(&["check", "--fix", "--diff"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(
        ran.out,
        "--- a/models/corner.yaml\n+++ b/models/corner.yaml\n@@ -1,4 +1,4 @@\n-name: Corner\n+name: corner\n \
         items:\n   - {name: tea, price: 3}\n   - {name: milk}\n"
    );
    assert!(
        project
            .read("models/corner.yaml")
            .starts_with("name: Corner")
    );
    assert_eq!(project.run(&["check", "--diff"]).code, 2);
    let ran = project.run(&["check", "--fix", "models/corner.yaml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn an_error_stops_generation_and_shows_the_constraint() {
    let project = checked();
    project.edit("models/corner.yaml", "price: 3", "price: 30");
    let ran = project.run(&["generate"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("nothing written"), "{ran:?}");
    let ran = project.run(&["check"]);
    assert_eq!(
        ran.out,
        "\
error[constraint]: `tea` costs 30 (cheap)
  --> models/corner.yaml:3:17
   |
 3 |   - {name: tea, price: 30}
   |                 ^^^^^^^^^
   |
  ::: shop.constraints.yaml:14:12
   |
14 |   - check: cheap
   |            ----- constraint `cheap`
   |
   = help: one way out: sell it for 9

"
    );
}

#[test]
fn a_derived_value_is_told_with_its_rule() {
    let project = checked();
    project.edit("prices.yaml", "price: 1", "price: 11");
    let ran = project.run(&["check", "--format", "short"]);
    assert_eq!(
        ran.out,
        "models/corner.yaml:4:6: error[constraint]: `milk` costs 11 (cheap) \
         (`price` comes from rule `cheap` of prices.yaml) (one way out: sell it for 9)\n"
    );
    let json = project.run(&["check", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let related = &json["diagnostics"][0]["related"];
    assert_eq!(related[1]["file"], "prices.yaml");
    assert_eq!(related[1]["label"], "rule `cheap` derives `price`");
}

#[test]
fn machines_are_given_the_fix() {
    let project = checked();
    project.edit("models/corner.yaml", "name: corner", "name: Corner");
    let json = project.run(&["check", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let found = &json["diagnostics"][0];
    assert_eq!(found["related"][0]["label"], "constraint `slug`");
    assert_eq!(
        found["fixes"][0],
        serde_json::json!({
            "title": "write it as `corner`", "start": 6, "end": 7, "replacement": "c", "safe": true,
        })
    );
    let sarif = project.run(&["check", "--format", "sarif"]).out;
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let fix = &sarif["runs"][0]["results"][0]["fixes"][0];
    assert_eq!(fix["description"]["text"], "write it as `corner`");
    let replacement = &fix["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "c");
    assert_eq!(replacement["deletedRegion"]["startColumn"], 7);
}

#[test]
fn fixes_that_undo_each_other_end() {
    let project = checked();
    project.write(
        "shop.constraints.yaml",
        "\
constraints: shop
checks:
  - check: up
    match: {s: Shop}
    assert: s.name = s.name.toUpper()
    message: not in capital letters
    fix: {title: shout, safe: true, set: {name: \"${s.name.toUpper()}\"}}
  - check: down
    match: {s: Shop}
    assert: s.name = s.name.toLower()
    message: in capital letters
    fix: {title: whisper, safe: true, set: {name: \"${s.name.toLower()}\"}}
",
    );
    let ran = project.run(&["check", "--fix", "--format", "short"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("they undo each other"), "{ran:?}");
}

#[test]
fn a_file_that_is_not_utf_8_is_not_fixed() {
    let project = checked();
    project.edit(
        "mlopsgen.yaml",
        "models/*.yaml",
        "models/*.yaml, models/*.xmi",
    );
    let text = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<shop:Shop xmi:version=\"2.0\" \
                xmlns:xmi=\"http://www.omg.org/XMI\" xmlns:shop=\"http://example.org/shop\" name=\"Caf\u{e9}\"/>\n";
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let path = project.root().join("models/cafe.xmi");
    fs::write(&path, &bytes).unwrap();
    let ran = project.run(&["check", "--fix", "--strict"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("models/cafe.xmi is not UTF-8"), "{ran:?}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
    // A byte order mark stays.
    let marked = "\u{feff}name: Corner\n";
    project.write("models/corner.yaml", marked);
    project.run(&["check", "--fix"]);
    assert_eq!(project.read("models/corner.yaml"), "\u{feff}name: corner\n");
}

#[test]
fn a_constraint_that_changes_is_a_cause() {
    let project = checked();
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    project.edit("shop.constraints.yaml", "< 10", "< 20");
    project.edit("prices.yaml", "price: 1", "price: 2");
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let message = project.git(&["log", "-1", "--format=%B"]);
    assert!(message.contains("shop.constraints.yaml"), "{message}");
}

#[test]
fn constraints_in_annotations_hold_for_files_too() {
    let project = TestProject::empty();
    let ecore = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<ecore:EPackage xmi:version=\"2.0\" xmlns:xmi=\"http://www.omg.org/XMI\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"
    xmlns:ecore=\"http://www.eclipse.org/emf/2002/Ecore\" name=\"shop\" nsURI=\"http://example.org/shop\" nsPrefix=\"shop\">
  <eClassifiers xsi:type=\"ecore:EClass\" name=\"Shop\">
    <eAnnotations source=\"http://www.eclipse.org/emf/2002/Ecore\">
      <details key=\"constraints\" value=\"Named Java\"/>
    </eAnnotations>
    <eAnnotations source=\"http://www.eclipse.org/emf/2002/Ecore/OCL\">
      <details key=\"Named\" value=\"self.name &lt;> ''\"/>
    </eAnnotations>
    <eStructuralFeatures xsi:type=\"ecore:EAttribute\" name=\"name\"
        eType=\"ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString\"/>
  </eClassifiers>
</ecore:EPackage>
";
    project.write("shop.ecore", ecore);
    project.write("a.yaml", "type: Shop\nname: ''\n");
    let ran = project.run(&["check", "--format", "short", "shop.ecore"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let java = "shop.ecore:6:41: warning[constraint]: constraint `Java` of class `Shop` is not checked: \
                no OCL says what must hold\n";
    assert_eq!(ran.out, java);
    let ran = project.run(&[
        "check",
        "--format",
        "short",
        "a.yaml",
        "--metamodel",
        "shop.ecore",
    ]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let broken = "a.yaml:1:1: error[constraint]: / does not hold to constraint `Named`\n";
    assert_eq!(ran.out, format!("{broken}{java}"));
}

#[test]
fn a_constraint_is_explained_by_its_name() {
    let project = checked();
    let ran = project.run(&["explain", "cheap"]);
    assert_eq!(
        ran.out,
        "cheap  error for each Item\n  must hold     i.price = null or i.price < 10\n  \
         written at    shop.constraints.yaml:14\n"
    );
    let ran = project.run(&["explain", "chep"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("did you mean `cheap`?"), "{ran:?}");
}
