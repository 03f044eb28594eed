//! Models that rules made, from the command line.

use crate::project::TestProject;

const LIST: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ecore="http://www.eclipse.org/emf/2002/Ecore"
    name="list" nsURI="http://example.org/list" nsPrefix="list">
  <eClassifiers xsi:type="ecore:EClass" name="List">
    <eStructuralFeatures xsi:type="ecore:EReference" name="entries" upperBound="-1" eType="#//Entry" containment="true"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Entry">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="text"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="cents"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EDoubleObject"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="note"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
  </eClassifiers>
</ecore:EPackage>
"##;

const MAP: &str = r#"transform: shop-to-list
kind: map
metamodels: {in: shop, out: list}
rules:
  - rule: list
    from: {s: Shop}
    to: {list: {List: {entries: "${s.items}"}}}
  - rule: entry
    from: {i: Item}
    to: {entry: {Entry: {text: "${i.name}", cents: "${i.price * 100}"}}}
"#;

const NOTES: &str = r#"transform: notes
kind: refine
metamodel: list
rules:
  - rule: note
    match: {e: Entry}
    default: {note: "${e.cents} cents"}
"#;

const TEMPLATE: &str = "---
artifact: list.txt
for: {l: List}
---
A list
{{#each l.entries as |e|}}
{{e.text}}: {{e.note}}
{{/each}}
";

/// The small project, with a list that is made of the shop, completed and printed.
fn project() -> TestProject {
    let project = TestProject::small();
    project.write("list.ecore", LIST);
    project.write("map.yaml", MAP);
    project.write("notes.yaml", NOTES);
    project.write("list.txt.hbs", TEMPLATE);
    project.edit("mlopsgen.yaml", "list.hbs,", "list.hbs, list.txt.hbs,");
    project.edit("mlopsgen.yaml", "shop.ecore", "shop.ecore, list.ecore");
    project.edit(
        "mlopsgen.yaml",
        "prices.yaml",
        "prices.yaml, map.yaml, notes.yaml",
    );
    project
}

#[test]
fn a_line_that_a_derived_element_printed_leads_to_what_it_was_made_of() {
    let project = project();
    let ran = project.run(&["generate"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let text = project.read("out/list.txt");
    let line = text.lines().position(|l| l.starts_with("milk")).unwrap() + 1;
    let ran = project.run(&["explain", &format!("out/list.txt:{line}")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for told in [
        "from template list.txt.hbs:7",
        "for element   /List in shop-to-list",
        "reads         entries[1].text = milk",
        "set by rule entry of shop-to-list, map.yaml:10",
        "made of     /corner/items[milk]  models/corner.yaml:",
        "from        items[milk].name = milk  models/corner.yaml:",
        "set by rule note of notes, notes.yaml:7",
    ] {
        assert!(ran.out.contains(told), "{told}: {}", ran.out);
    }
    let line = text.lines().position(|l| l.starts_with("tea")).unwrap() + 1;
    let ran = project.run(&["explain", &format!("out/list.txt:{line}")]);
    let told = "from        items[tea].price = 3";
    assert!(
        ran.out.contains(told),
        "what a rule over the derived model read is followed to the file: {}",
        ran.out
    );
}

#[test]
fn rules_go_on_with_what_a_map_made() {
    let project = project();
    let of_workspace = ["transform", "--origins", "-o", "shop-to-list=a.yaml"];
    let of_files = [
        "transform",
        "prices.yaml",
        "map.yaml",
        "notes.yaml",
        "--model",
        "models/corner.yaml",
        "--metamodel",
        "shop.ecore",
        "--metamodel",
        "list.ecore",
        "--origins",
        "-o",
        "a.yaml",
        "--trace",
        "trace.json",
    ];
    for command in [&of_workspace[..], &of_files[..]] {
        let ran = project.run(command);
        assert_eq!(ran.code, 0, "{ran:?}");
        let made = project.read("a.yaml");
        assert!(made.contains("# rule entry (map.yaml:10)"), "{made}");
        assert!(made.contains("# rule note (notes.yaml:7)"), "{made}");
    }
    let trace = project.read("trace.json");
    let of = |rule: &str| {
        let at = trace.find(&format!("\"rule\": \"{rule}\"")).unwrap();
        trace[at..]
            .lines()
            .find(|l| l.contains('/'))
            .unwrap()
            .trim()
            .to_owned()
    };
    assert_eq!(of("entry"), "\"/corner/items[tea]\"");
    assert_eq!(of("note"), "\"/List/entries[0]\"");
}
