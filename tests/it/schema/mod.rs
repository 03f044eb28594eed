//! The JSON Schema against the reader: what one takes, the other takes.

mod validator;
mod written;

use mlopsgen::diag::render;
use mlopsgen::format::schema::{json_schema, text};
use mlopsgen::metamodel::Metamodel;
use mlopsgen::pipeline;
use mlopsgen::world::MemoryWorld;
use serde_json::{Value, json};
use validator::problems;

use crate::project::TestProject;
use crate::suite;

fn check(schema: &Value, yaml: &str) -> Vec<String> {
    let value: Value = serde_yaml::from_str(yaml).unwrap();
    problems(schema, schema, &value, "")
}

fn metamodel(ecore: &str) -> Metamodel {
    let mut world = MemoryWorld::default();
    world.insert("m.ecore", ecore);
    world.insert(
        "mlopsgen.yaml",
        "metamodels: [m.ecore]\nmodels: []\ntemplates: []\n",
    );
    let run = pipeline::run(&world);
    assert!(
        !run.diagnostics.has_errors(),
        "{:?}",
        run.diagnostics.iter().collect::<Vec<_>>()
    );
    (*run.metamodel).clone()
}

/// Classes with a feature called `type`, bounds of every kind, and names that pointers must escape.
const ODD: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ecore="http://www.eclipse.org/emf/2002/Ecore"
    name="odd" nsURI="http://example.org/odd" nsPrefix="odd">
  <eClassifiers xsi:type="ecore:EEnum" name="Version">
    <eLiterals name="one" literal="1"/>
    <eLiterals name="half" value="1" literal="0.5"/>
    <eLiterals name="yes" value="2" literal="true"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Root">
    <eStructuralFeatures xsi:type="ecore:EReference" name="nets" upperBound="2" eType="#//Net" containment="true"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="layer" eType="#//Layer" containment="true"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="must" lowerBound="1" eType="#//Net" containment="true"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="likes" lowerBound="1" upperBound="-1" eType="#//Layer"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="small" eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EByte"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="big" eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EBigInteger"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="real" eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EDouble" defaultValueLiteral="NaN"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="version" eType="#//Version"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Net"/>
  <eClassifiers xsi:type="ecore:EClass" name="Deep" eSuperTypes="#//Net">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="type" eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EInt"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Layer" abstract="true">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="type" eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Dense" eSuperTypes="#//Layer"/>
  <eClassifiers xsi:type="ecore:EClass" name="a/b ~"/>
</ecore:EPackage>
"##;

#[test]
fn the_class_is_named_by_type_unless_that_is_a_feature() {
    let odd = metamodel(ODD);
    let schema = json_schema(&odd, odd.class_named("Root"));
    let base = "type: Root\nmust: {}\nlikes: [x]\n";
    let good = [
        "nets: [{}, {type: Deep}]",
        "nets: [{$type: Deep, type: 3}]",
        "nets: [{type: Net}]",
        "layer: {$type: Dense, type: LSTM}",
        "likes: //@layer",
        "likes: {$ref: 'other.yaml#x', $type: Dense}",
        "nets:",
        "$id: 7",
        "$schema: ../.mlopsgen/schema.json",
        "$schemaLocation: {http://example.org/odd: odd.ecore}",
        "$extensions: ['<xmi:Extension/>']",
        "nets: [{$id: a, $extensions: [<x/>]}, {$ref: 'other.yaml#/', $type: Deep}]",
        "layer: {$ref: 'other.yaml#//@layer'}",
    ];
    for yaml in good {
        let base = if yaml.contains("likes") {
            "type: Root\nmust: {}\n"
        } else {
            base
        };
        let found = check(&schema, &format!("{base}{yaml}\n"));
        assert!(found.is_empty(), "{yaml}: {found:?}");
    }
    let bad = [
        "nets: [{}, {}, {}]",
        "nets: {}",
        "nets: [{type: Dense}]",
        "nets: [{$type: Deep, type: three}]",
        "nets: [{type: Deep, size: 1}]",
        "layer: {type: Dense}",
        "layer: {$type: Layer}",
        "layer: {}",
        "layer: [{$type: Dense}]",
        "likes: {$type: Dense}",
        "likes: {$ref: x, $type: Net}",
        "nets: [{$ref: 'other.yaml#/', size: 1}]",
        "layer: {$ref: 'other.yaml#/', $type: Net}",
        "layer: {$type: Dense, $ref: 5}",
        "$extensions: <x/>",
        "$schemaLocation: [http://example.org/odd, odd.ecore]",
        "$id:",
    ];
    for yaml in bad {
        let base = if yaml.contains("likes") {
            "type: Root\nmust: {}\n"
        } else {
            base
        };
        let found = check(&schema, &format!("{base}{yaml}\n"));
        assert!(!found.is_empty(), "{yaml}");
    }
    for missing in [
        "type: Root\nmust: {}\n",
        "type: Root\nlikes: [x]\n",
        "type: Root\nmust:\nlikes: [x]\n",
        "type: Root\nmust: {}\nlikes: []\n",
    ] {
        assert!(!check(&schema, missing).is_empty(), "{missing}");
    }
}

#[test]
fn values_have_the_bounds_and_spellings_of_their_types() {
    let odd = metamodel(ODD);
    let schema = json_schema(&odd, odd.class_named("Root"));
    let works = |yaml: &str| {
        check(
            &schema,
            &format!("type: Root\nmust: {{}}\nlikes: [x]\n{yaml}\n"),
        )
        .is_empty()
    };
    for yaml in [
        "small: 127",
        "small: -128",
        "big: '123456789012345678901234567890'",
        "real: 1.5",
        "real: NaN",
        "real: -Infinity",
        "version: 1",
        "version: '1'",
        "version: 0.5",
        "version: true",
    ] {
        assert!(works(yaml), "{yaml}");
    }
    for yaml in [
        "small: 128",
        "small: 1.5",
        "small: x",
        "big: 1.5",
        "big: x",
        "real: many",
        "version: 2",
        "version: one more",
    ] {
        assert!(!works(yaml), "{yaml}");
    }
    let real = &schema["definitions"]["Root"]["properties"]["real"];
    assert_eq!(real["default"], "NaN");
    assert_eq!(
        schema["definitions"]["Root"]["properties"]["version"]["default"],
        "1"
    );
}

/// A root with a feature map, which is one by its type, whatever a data type of the file itself is called.
const MAPPED: &str = r##"<eClassifiers xsi:type="ecore:EDataType" name="EFeatureMapEntry" instanceClassName="java.lang.String"/>
  <eClassifiers xsi:type="ecore:EClass" name="Root">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="plain" eType="#//EFeatureMapEntry"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="all" upperBound="-1" unique="false" eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EFeatureMapEntry"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="inner" lowerBound="1" upperBound="-1" eType="#//Layer" containment="true" transient="true" volatile="true" derived="true">
      <eAnnotations source="http:///org/eclipse/emf/ecore/util/ExtendedMetaData">
        <details key="group" value="all"/>
      </eAnnotations>
    </eStructuralFeatures>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="note" eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EInt" transient="true" volatile="true" derived="true">
      <eAnnotations source="http:///org/eclipse/emf/ecore/util/ExtendedMetaData">
        <details key="group" value="all"/>
      </eAnnotations>
    </eStructuralFeatures>"##;

#[test]
fn a_feature_map_is_a_list_of_entries_of_its_members() {
    let class = "<eClassifiers xsi:type=\"ecore:EClass\" name=\"Root\">";
    let odd = metamodel(&ODD.replace(class, MAPPED));
    let schema = json_schema(&odd, odd.class_named("Root"));
    let works = |yaml: &str| {
        let yaml = format!("type: Root\nmust: {{}}\nlikes: [x]\n{yaml}\n");
        check(&schema, &yaml).is_empty()
    };
    for yaml in [
        "all: [{note: 1}, {inner: {$type: Dense}}, {inner: [{$type: Dense}]}]",
        "all: [{inner: {$ref: 'a.yaml#/', $type: Dense}}]",
        "all: {note: 1}",
        "inner: {$type: Dense}",
        "inner: [{$type: Dense}, {$type: Dense}]",
        "note: 1",
        "plain: text",
        "all: []",
    ] {
        assert!(works(yaml), "{yaml}");
    }
    for yaml in [
        "all: [{note: 1, inner: {$type: Dense}}]",
        "all: [{}]",
        "all: [{nots: 1}]",
        "all: [{note: one}]",
        "all: [{inner: {}}]",
        "all: [{small: 1}]",
        "all: [1]",
        "all: 1",
        "plain: [{note: 1}]",
    ] {
        assert!(!works(yaml), "{yaml}");
    }
}

#[test]
fn a_class_may_be_called_root() {
    let odd = metamodel(&ODD.replace("\"Root\"", "\"root\""));
    for root in [None, odd.class_named("root")] {
        let schema = json_schema(&odd, root);
        assert!(check(&schema, "type: root\nmust: {}\nlikes: [x]\n").is_empty());
        assert!(!check(&schema, "type: root\nlikes: [x]\n").is_empty());
    }
}

#[test]
fn characters_and_nothing_are_values() {
    let ecore = ODD
        .replace("#//EByte\"", "#//EChar\"")
        .replace("name=\"small\"", "name=\"mark\"");
    let odd = metamodel(&ecore);
    let schema = json_schema(&odd, None);
    let works = |yaml: &str| {
        let yaml = format!("type: Root\nmust: {{}}\nlikes: [x]\n{yaml}\n");
        check(&schema, &yaml).is_empty()
    };
    for yaml in [
        "mark: x",
        "mark: 97",
        "mark: '97'",
        "mark: ' '",
        "mark: é",
        "version:",
    ] {
        assert!(works(yaml), "{yaml}");
    }
    for yaml in [
        "mark: xy",
        "mark: -1",
        "mark: 1.5",
        "mark: 70000",
        "mark: true",
    ] {
        assert!(!works(yaml), "{yaml}");
    }
}

#[test]
fn a_class_without_instances_leaves_nothing_to_write() {
    let ecore = ODD.replace(
        "<eClassifiers xsi:type=\"ecore:EClass\" name=\"Dense\" eSuperTypes=\"#//Layer\"/>",
        "",
    );
    let odd = metamodel(&ecore);
    let schema = json_schema(&odd, odd.class_named("Root"));
    assert!(!schema.to_string().contains("[]"));
    assert!(!check(&schema, "type: Root\nmust: {}\nlikes: [x]\nlayer: {}\n").is_empty());
    assert!(check(&schema, "type: Root\nmust: {}\nlikes: [x]\nlayer:\n").is_empty());
}

#[test]
fn odd_names_of_classes_are_escaped_in_pointers() {
    let odd = metamodel(ODD);
    let schema = json_schema(&odd, None);
    let all = schema.to_string();
    assert!(all.contains("#/definitions/a~1b%20~0"), "{all}");
    assert!(schema.pointer("/definitions/a~1b ~0").is_some());
}

#[test]
fn keys_stand_in_the_order_of_the_metamodel_and_bytes_are_the_same() {
    let odd = metamodel(ODD);
    let schema = json_schema(&odd, None);
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&schema)[..3],
        ["$schema", "$comment", "title"],
        "what it is comes first"
    );
    let properties = keys(&schema["definitions"]["Root"]["properties"]);
    assert_eq!(properties[..3], ["nets", "layer", "must"]);
    assert_eq!(text(&odd, None), text(&odd, None));
    assert_eq!(
        schema["$schema"],
        json!("http://json-schema.org/draft-07/schema#")
    );
}

/// Codes of what a schema can see too.
const SHARED: &[&str] = &[
    "error[unknown-feature]",
    "error[wrong-type]",
    "error[abstract-class]",
    "error[unknown-class]",
];

#[test]
fn every_model_of_the_manual_is_judged_as_the_reader_judges_it() {
    let (mut taken, mut refused) = (0, 0);
    for files in suite::workspaces() {
        // Without rules, every finding is the reader's.
        let ends = |end: &str| -> Vec<&str> {
            let paths = files.iter().map(|(p, _)| p.as_str());
            paths.filter(|p| p.ends_with(end)).collect()
        };
        let mut models = ends(".yaml");
        models.retain(|p| !p.ends_with("rules.yaml") && *p != "mlopsgen.yaml");
        let mut world = MemoryWorld::default();
        for (path, text) in &files {
            world.insert(path.clone(), text);
        }
        let config = format!(
            "metamodels: {:?}\nmodels: {models:?}\ntemplates: []\n",
            ends(".ecore")
        );
        world.insert("mlopsgen.yaml", config);
        let run = pipeline::run(&world);
        if run.metamodel.classes().next().is_none() {
            continue;
        }
        let schema = json_schema(&run.metamodel, None);
        for (path, text) in files.iter().filter(|(p, _)| models.contains(&p.as_str())) {
            let Ok(value) = serde_yaml::from_str::<Value>(text) else {
                continue;
            };
            let found = problems(&schema, &schema, &value, "");
            let reported: Vec<String> = run
                .diagnostics
                .iter()
                .map(|d| render::short(d, &run.sources))
                .filter(|line| line.starts_with(&format!("{path}:")))
                .collect();
            let missing =
                |line: &String| line.contains("error[multiplicity]") && line.contains(" needs ");
            let shared = |line: &String| missing(line) || SHARED.iter().any(|c| line.contains(c));
            if found.is_empty() {
                taken += 1;
                assert!(!reported.iter().any(shared), "{path} {text}\n{reported:?}");
            } else {
                refused += 1;
                assert!(!reported.is_empty(), "{path} {text}\n{found:?}");
            }
        }
    }
    assert!(
        taken > 20 && refused > 4,
        "{taken} taken, {refused} refused"
    );
}

#[test]
fn the_command_writes_the_schema_of_the_workspace_or_of_a_file() {
    let project = TestProject::small();
    let ran = project.run(&["schema"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let schema: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(check(&schema, &project.read("models/corner.yaml")).is_empty());
    let ran = project.run(&["schema", "--root", "Shop", "-o", "a/b/schema.json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(project.read("a/b/schema.json").contains("\"Shop\""));
    let ran = project.run(&["schema", "--root", "Shp"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `Shop`?"), "{}", ran.err);

    let elsewhere = TestProject::empty();
    elsewhere.write("odd.ecore", ODD);
    let ran = elsewhere.run(&["schema", "--metamodel", "odd.ecore", "--root", "Root"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = elsewhere.run(&["schema"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--metamodel FILE"), "{}", ran.err);
    elsewhere.write("odd.ecore", &ODD.replace("#//Layer\"/>", "#//Lawyer\"/>"));
    assert_eq!(
        elsewhere.run(&["schema", "--metamodel", "odd.ecore"]).code,
        1
    );
}

#[test]
fn the_schema_for_editors_follows_the_metamodel() {
    let project = TestProject::small();
    project.run(&["generate"]);
    assert!(
        !project.exists(".mlopsgen/schema.json"),
        "nobody asked for it"
    );
    project.run(&["schema", "-o", ".mlopsgen/schema.json"]);
    let old = project.read(".mlopsgen/schema.json");
    // A mandatory attribute: no model fits any more, and the editor says so.
    project.edit(
        "shop.ecore",
        "<eStructuralFeatures",
        "<eStructuralFeatures xsi:type=\"ecore:EAttribute\" name=\"street\" lowerBound=\"1\" \
         eType=\"ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString\"/>\n    <eStructuralFeatures",
    );
    let ran = project.run(&["generate"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let new = project.read(".mlopsgen/schema.json");
    assert!(!old.contains("street") && new.contains("street"));
    let schema: Value = serde_json::from_str(&new).unwrap();
    assert!(!check(&schema, &project.read("models/corner.yaml")).is_empty());
    let street = project.read("models/corner.yaml") + "street: Long\n";
    project.write("models/corner.yaml", &street);
    assert!(check(&schema, &street).is_empty());
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let files = project.git(&["show", "--name-only", "--format=", "HEAD"]);
    assert!(files.contains(".mlopsgen/schema.json"), "{files}");
    // Somebody's own schema is left alone.
    project.write(".mlopsgen/schema.json", "{}");
    assert_eq!(project.run(&["generate"]).code, 0);
    assert_eq!(project.read(".mlopsgen/schema.json"), "{}");
}
