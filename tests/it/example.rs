//! The example workspace and the built-in pack.

use std::collections::BTreeMap;
use std::path::Path;

use mlopsgen::pipeline::{self, Run};
use mlopsgen::workspace::DiskWorld;
use mlopsgen::world::{MemoryWorld, World as _};

use crate::more;
use crate::project::TestProject;

fn example(folder: &str) -> Run {
    pipeline::run(&DiskWorld::new(
        Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
    ))
}

fn artifacts(run: &Run) -> BTreeMap<String, String> {
    run.artifacts()
        .map(|a| (a.path().to_owned(), a.print().text))
        .collect()
}

#[test]
fn the_example_generates_the_same_bytes_twice_and_without_findings() {
    let (first, second) = (example("workspace-example"), example("workspace-example"));
    assert!(first.diagnostics.is_empty(), "{:?}", first.diagnostics);
    assert_eq!(artifacts(&first), artifacts(&second));
    assert_eq!(first.models.len(), 5);
    for name in [
        "preprocess.py",
        "model.py",
        "train.py",
        "evaluate.py",
        "requirements.txt",
        "Dockerfile",
        "deployment.yaml",
    ] {
        let count = first
            .artifacts()
            .filter(|a| a.path().rsplit('/').next() == Some(name))
            .count();
        assert!(count >= 5, "{count} artifacts are called {name}");
    }
}

#[test]
fn every_template_of_the_pack_prints_for_some_pipeline() {
    let mut world = MemoryWorld::default();
    for (path, bytes) in pipeline::example() {
        world.insert(path, bytes);
    }
    for (path, text) in more::MODELS {
        world.insert(*path, text.as_bytes());
    }
    let run = pipeline::run(&world);
    assert!(run.diagnostics.is_empty(), "{:?}", run.diagnostics);
    for template in &run.templates {
        let printed = run.artifacts().any(|a| a.template().span == *template);
        assert!(printed, "{}", run.sources.place(*template));
    }
}

/// In other workspaces some checks pass over files of the pack: they are right, as they are when they are one's own.
#[test]
fn the_pack_is_right_as_files_of_a_workspace() {
    let mut world = MemoryWorld::default();
    for (path, bytes) in pipeline::pack("mlops").unwrap().iter() {
        world.insert(path, bytes);
    }
    for (path, bytes) in pipeline::example() {
        world.insert(path, bytes);
    }
    let run = pipeline::run(&world);
    assert!(run.diagnostics.is_empty(), "{:?}", run.diagnostics);
    assert!(run.inputs.values().all(|input| input.pack.is_none()));
    assert_eq!(artifacts(&run), artifacts(&example("workspace-example")));
}

/// The network of the original, and the steps of its preparation, reach the example through the legacy transforms.
#[test]
fn the_network_of_the_example_is_that_of_the_original() {
    let project = TestProject::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example =
        std::fs::read_to_string(root.join("workspace-example/models/vessel-trajectory.yaml"));
    let example: Vec<String> = parts(&example.unwrap());
    for (rules, file) in [
        ("legacy-model", "Model"),
        ("legacy-preprocess", "PreProcess"),
    ] {
        let at = |path: &str| root.join(path).display().to_string();
        let ran = project.run(&[
            "transform",
            &at(&format!("transforms/{rules}.yaml")),
            "--model",
            &at(&format!("workspace-example/original/models/{file}.xmi")),
            "--metamodel",
            &at(&format!("metamodel/{rules}.ecore")),
            "--metamodel",
            &at("metamodel/mlops.ecore"),
            "-o",
            "made.yaml",
        ]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let made = parts(&project.read("made.yaml"));
        let shared: Vec<&String> = made.iter().filter(|p| example.contains(p)).collect();
        let wanted = if file == "Model" {
            "model:"
        } else {
            "    - description: Nettoie"
        };
        assert!(
            shared.iter().any(|p| p.starts_with(wanted)),
            "{file}: {made:?}"
        );
    }
}

/// The parts of a model in YAML: each key of the first level, each member of the list of functions.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.lines().filter(|l| !l.trim_start().starts_with('#')) {
        if !line.starts_with(' ') || line.starts_with("    - description") {
            parts.push(String::new());
        }
        let last = parts.last_mut().expect("there is one from the start");
        last.push_str(line.trim_end());
        last.push('\n');
    }
    parts.iter().map(|p| p.trim_end().to_owned()).collect()
}

#[test]
fn every_byte_of_an_artifact_knows_its_template() {
    for artifact in example("workspace-example").artifacts() {
        let (mut at, artifact) = (0, artifact.print());
        for segment in artifact.segments() {
            assert_eq!(segment.start, at, "{}", artifact.path);
            at = segment.end;
        }
        assert_eq!(at, artifact.text.len(), "{}", artifact.path);
    }
}

#[test]
fn the_original_example_is_read_as_its_document_shows_it() {
    let bare = example("workspace-example/original");
    let found: Vec<&str> = bare.diagnostics.iter().map(|d| d.code.id()).collect();
    assert_eq!(found, ["missing-namespace"]);
    let proper = example("workspace-example");
    let mut proper = artifacts(&proper);
    proper.retain(|path, _| path.contains("example-pipeline"));
    assert_eq!(
        artifacts(&bare),
        proper,
        "with and without a namespace, the artifacts are the same"
    );
}

#[test]
fn the_original_metamodel_is_part_of_ours() {
    let run = example("workspace-example");
    let metamodel = &run.metamodel;
    for (class, feature, of, bounds) in [
        ("Pipeline", "name", "EString", "[0..1]"),
        ("Pipeline", "version", "EString", "[0..1]"),
        ("Pipeline", "dataProcessing", "DataProcessing", "[0..1]"),
        ("Pipeline", "training", "Training", "[0..1]"),
        ("Pipeline", "deployment", "Deployment", "[0..1]"),
        ("DataProcessing", "inputPath", "EString", "[0..1]"),
        ("DataProcessing", "outputPath", "EString", "[0..1]"),
        ("Training", "algorithm", "EString", "[0..1]"),
        ("Training", "parameters", "Parameter", "[0..*]"),
        ("Parameter", "key", "EString", "[0..1]"),
        ("Parameter", "value", "EString", "[0..1]"),
        ("Deployment", "targetPlatform", "EString", "[0..1]"),
        ("Deployment", "scalability", "EInt", "[0..1]"),
    ] {
        let class = metamodel.class_named(class).unwrap();
        let declared = metamodel.feature(metamodel.feature_named(class, feature).unwrap());
        let is = match (declared.target(), declared.value_type()) {
            (Some(target), _) => &*metamodel.class(target).name,
            (_, Some(of)) => metamodel.value_type_name(of),
            _ => unreachable!(),
        };
        assert_eq!((is, declared.bounds().as_str()), (of, bounds), "{feature}");
    }
    assert!(metamodel.package_by_uri("http://mlops.ensias.ma").is_some());
}

#[test]
fn demo_makes_a_repository_that_regenerates() {
    let project = TestProject::empty();
    let ran = project.run(&["demo", "shown"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("2. Generated and committed  5 models"),
        "{}",
        ran.out
    );
    let inside = |args: &[&str]| project.run(&[&["-C", "shown"], args].concat());
    assert_eq!(inside(&["generate", "--check"]).code, 0);
    assert_eq!(inside(&["generate", "--at", "HEAD"]).code, 0);
    assert_eq!(project.git(&["-C", "shown", "status", "--porcelain"]), "");
    assert_eq!(
        project.run(&["demo", "shown"]).code,
        2,
        "a folder that is in use is left alone"
    );
}

#[test]
fn a_hostile_name_stays_data_in_every_artifact() {
    let hostile = [
        "\"; import os #",
        "'''\nimport os",
        "a\nb: c",
        "${x}",
        "{{x}}",
        "$(id)",
        "`id`",
        "\\",
        "#",
        "- x",
        "no",
        "é\u{202e}",
        "\u{0}",
        "*/ <script>",
        "a'b\"c",
    ];
    let model = String::from_utf8(
        DiskWorld::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("workspace-example"))
            .read("models/credit-risk.yaml")
            .unwrap()
            .unwrap()
            .to_vec(),
    )
    .unwrap();
    let config = "pack: mlops\nmetamodels: [metamodel/mlops.ecore, metamodel/registry.ecore]\nmodels: [m.yaml]\n\
                  knowledge: [\"metamodel/registry/*.yaml\"]\ntransforms: [\"transforms/*.yaml\"]\n\
                  templates: [\"templates/**/*.hbs\"]\n";
    for text in hostile {
        let value = serde_json::to_string(text).unwrap();
        for (from, to) in [
            (
                "description: Tells",
                format!("owner: {value}\ndescription: Tells"),
            ),
            (
                "version: 1.0.0",
                format!("version: 1.0.0\nlicense: {value}"),
            ),
            (
                "inputPath: data/credit-risk.csv",
                format!("inputPath: {value}"),
            ),
            ("value: 300", format!("value: {value}")),
            (
                "algorithm: RandomForest",
                format!("algorithm: RandomForest\n  description: {value}"),
            ),
            (
                "categories: [good, bad]",
                format!("categories: [good, {value}]"),
            ),
        ] {
            let mut world = MemoryWorld::default();
            world.insert("mlopsgen.yaml", config);
            assert!(model.contains(from));
            world.insert("m.yaml", model.replacen(from, &to, 1));
            // Every artifact is parsed in its language, so what could break one is a finding.
            let run = pipeline::run(&world);
            let broken: Vec<&str> = run
                .diagnostics
                .iter()
                .map(|d| d.code.id())
                .filter(|c| *c == "invalid-artifact")
                .collect();
            assert!(
                broken.is_empty(),
                "{text:?} in {from}: {:?}",
                run.diagnostics
            );
        }
    }
}
