//! The chain of the built-in transforms as a whole.

use std::fs;
use std::path::Path;

use mlopsgen::format::yaml_model::{self, Syntax};
use mlopsgen::model::Model;
use mlopsgen::pipeline::{self, Run};
use mlopsgen::world::MemoryWorld;

use crate::suite;

fn text(model: &Model) -> String {
    let mut bytes = Vec::new();
    yaml_model::write(model, Syntax::Yaml, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn run(files: &[(String, String)]) -> Run {
    let mut world = MemoryWorld::default();
    for (path, text) in files {
        world.insert(path.clone(), text);
    }
    pipeline::run(&world)
}

/// The workspaces of the manual that run the chain of the pack, and the example.
fn workspaces() -> Vec<Vec<(String, String)>> {
    let mut all = suite::workspaces();
    all.retain(|files| {
        let config = files.iter().find(|(path, _)| path == "mlopsgen.yaml");
        config.is_some_and(|(_, text)| text.contains("- transforms/deployment.yaml"))
    });
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("workspace-example");
    let read = |path: &str| {
        (
            path.to_owned(),
            fs::read_to_string(root.join(path)).unwrap(),
        )
    };
    let paths = [
        "mlopsgen.yaml",
        "models/credit-risk.yaml",
        "models/example-pipeline.xmi",
    ];
    all.push(paths.map(read).to_vec());
    all
}

#[test]
fn the_chain_over_its_own_result_changes_nothing() {
    let all = workspaces();
    assert!(all.len() > 6, "{} workspaces run the chain", all.len());
    let mut seen = 0;
    for mut files in all {
        let first = run(&files);
        for model in &first.models {
            let completed = text(&model.completed().model);
            let path = model.path.replace(".xmi", ".yaml");
            files.retain(|(p, _)| *p != model.path);
            files.push((path, completed));
        }
        let second = run(&files);
        assert!(!second.diagnostics.has_errors(), "{:?}", second.diagnostics);
        assert_eq!(first.models.len(), second.models.len());
        for (a, b) in first.models.iter().zip(second.models.iter()) {
            for (one, two) in a.chain.stages.iter().zip(&b.chain.stages) {
                assert_eq!(text(&one.model), text(&two.model), "{}", a.path);
                seen += 1;
            }
        }
    }
    assert!(seen > 9, "{seen} models were made");
}

#[test]
fn metamodels_that_no_workspace_lists_are_not_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("workspace-example");
    let config = fs::read_to_string(root.join("mlopsgen.yaml")).unwrap();
    let run = run(&[("mlopsgen.yaml".to_owned(), config)]);
    let read: Vec<&str> = run
        .inputs
        .values()
        .map(|input| &*input.path)
        .filter(|p| p.ends_with(".ecore"))
        .collect();
    assert_eq!(
        read,
        ["docker", "kubernetes", "mlops", "registry"].map(|name| format!("metamodel/{name}.ecore"))
    );
}
