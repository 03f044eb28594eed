//! Fifty mistakes in one file are fifty findings, each at the attribute, the key or the value at fault.
//!
//! The files of `tests/mistakes` have a `¤` before each place where a finding begins; the test takes it out.

use std::fs;
use std::path::Path;

use mlopsgen::diag::render;
use mlopsgen::pipeline::{self, Run};
use mlopsgen::world::MemoryWorld;

const MARK: char = '¤';

/// A file without its marks, and the lines and columns where they stood.
fn marked(name: &str) -> (String, Vec<(usize, usize)>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/mistakes")
        .join(name);
    let text = fs::read_to_string(path).unwrap();
    let mut places = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut before = 0;
        for piece in line.split(MARK).take(line.matches(MARK).count()) {
            before += piece.chars().count();
            places.push((number + 1, before + 1));
        }
    }
    (text.replace(MARK, ""), places)
}

/// Runs a workspace of files of `tests/mistakes` and of some others.
fn run(metamodels: &[&str], models: &[&str], others: &[(&str, &str)]) -> Run {
    let mut world = MemoryWorld::default();
    for name in metamodels.iter().chain(models) {
        if let Some((_, text)) = others.iter().find(|(other, _)| other == name) {
            world.insert(*name, text);
        } else {
            world.insert(*name, marked(name).0);
        }
    }
    let config = format!(
        "metamodels: [{}]\nmodels: [{}]\ntransforms: []\ntemplates: []\noutput: out\n",
        metamodels.join(", "),
        models.join(", ")
    );
    world.insert("mlopsgen.yaml", config);
    pipeline::run(&world)
}

/// Compares the findings of a file with its marks.
fn expect(run: &Run, name: &str) {
    let (_, places) = marked(name);
    assert!(places.len() >= 50, "{name} has {} mistakes", places.len());
    let mut found = Vec::new();
    let mut lines = String::new();
    for diagnostic in run.diagnostics.iter() {
        let label = diagnostic.primary.as_ref().unwrap();
        if run.sources.path(label.span.file) == name {
            let at = run.sources.position(label.span);
            found.push((at.line, at.column));
            lines.push_str(&render::short(diagnostic, &run.sources));
            lines.push('\n');
        }
    }
    assert_eq!(found, places, "{lines}");
}

const MODELS: [&str; 3] = ["shop.xmi", "shop.yaml", "shop.json"];

#[test]
fn each_mistake_of_a_model_is_found_once_at_its_place() {
    let run = run(&["m.ecore"], &MODELS, &[]);
    for name in MODELS {
        expect(&run, name);
    }
}

#[test]
fn each_mistake_of_a_metamodel_is_found_once_at_its_place() {
    expect(&run(&["bad.ecore"], &[], &[]), "bad.ecore");
}

#[test]
fn a_syntax_error_stops_its_file_alone() {
    let broken = [
        (
            "broken.xmi",
            "<m:Shop xmlns:m=\"http://m\"><things></m:Shop>",
        ),
        ("broken.yaml", "things: [\n"),
        ("broken.json", "{\"things\": [}"),
        (
            "broken.ecore",
            "<ecore:EPackage xmlns:ecore=\"http://www.eclipse.org/emf/2002/Ecore\" name=\"b\" nsURI=\"http://b\" nsPrefix=\"b\">",
        ),
    ];
    let names = broken.map(|(name, _)| name);
    let models: Vec<&str> = MODELS
        .into_iter()
        .chain(names[..3].iter().copied())
        .collect();
    let of_models = run(&["m.ecore"], &models, &broken);
    for name in MODELS {
        expect(&of_models, name);
    }
    let of_metamodels = run(&["bad.ecore", "broken.ecore"], &[], &broken);
    expect(&of_metamodels, "bad.ecore");
    let found = |run: &Run, line: &str| {
        let all = run
            .diagnostics
            .iter()
            .map(|d| render::short(d, &run.sources));
        all.filter(|d| d.starts_with(line)).count()
    };
    for (line, run) in [
        ("broken.xmi:1:36: error[xml-syntax]", &of_models),
        ("broken.yaml:1:9: error[yaml-syntax]", &of_models),
        ("broken.json:1:13: error[json-syntax]", &of_models),
        ("broken.ecore:1:", &of_metamodels),
    ] {
        assert_eq!(found(run, line), 1, "{line}");
    }
}
