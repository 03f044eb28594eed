//! Holding a model that changes against constraints finds what a whole check finds, and evaluates less.

use std::fmt::Write;
use std::sync::Arc;

use mlopsgen::constraint::{self, Constraint, Memory, Stage, Subject, Violation};
use mlopsgen::diag::{Diagnostics, FileId, Span};
use mlopsgen::metamodel::FeatureId;
use mlopsgen::model::{Changes, Edited, Model, ObjectId, Reach};
use mlopsgen::pipeline;
use mlopsgen::world::MemoryWorld;

use super::{Random, edit, rounds, yard};

/// A constraint in an annotation, in which the features of the element are variables.
const ANNOTATED: &str = r#"name="Thing" abstract="true">
    <eAnnotations source="http://www.eclipse.org/emf/2002/Ecore"><details key="constraints" value="small"/></eAnnotations>
    <eAnnotations source="http://www.eclipse.org/emf/2002/Ecore/OCL/Pivot"><details key="small" value="size = null or size &lt; 2"/></eAnnotations>"#;

/// The constraints of a workspace and its model, where they have no mistakes.
fn case(constraints: &str, files: &[(String, String)]) -> Option<(Arc<Vec<Constraint>>, Model)> {
    let mut world = MemoryWorld::default();
    let mut paths: Vec<String> = Vec::new();
    let of_rules = |path: &String| path.ends_with(".rules.yaml") || path == "mlopsgen.yaml";
    for (path, text) in files.iter().filter(|(p, _)| !of_rules(p)) {
        let text = text.replace(r#"name="Thing" abstract="true">"#, ANNOTATED);
        world.insert(path.clone(), text);
        paths.push(path.clone());
    }
    paths.push("yard.constraints.yaml".to_owned());
    world.insert("yard.constraints.yaml", constraints);
    world.insert("mlopsgen.yaml", crate::suite::config(&paths));
    let run = pipeline::run(&world);
    let (_, models) = pipeline::models(&world);
    let model = models.into_iter().next()?.1;
    assert!(run.constraints.iter().any(|c| &*c.name == "small"));
    (!run.constraints.is_empty()).then(|| (run.constraints.clone(), model))
}

/// All that was found, in words.
fn told(
    check: impl FnOnce(Subject<'_>, &mut Diagnostics) -> Vec<Violation>,
    model: &Model,
) -> String {
    let place = |object: ObjectId, feature: Option<FeatureId>| {
        let feature = feature.map_or(0, |f| f.0 as usize);
        Span::new(FileId(0), object.0 as usize, object.0 as usize + feature)
    };
    let subject = Subject {
        from: Reach::from(model),
        written: model,
        stage: Stage::Written,
        place: &place,
    };
    let mut found = Diagnostics::default();
    let violations = check(subject, &mut found);
    let mut out = String::new();
    for violation in &violations {
        writeln!(out, "{violation:?}").unwrap();
    }
    for finding in found.iter() {
        writeln!(out, "{finding:?}").unwrap();
    }
    out
}

#[test]
fn constraints_by_chance_follow_changes_by_chance() {
    let mut random = Random(29);
    let (mut evaluated, mut whole, mut typed, mut broken) = (0, 0, 0, 0);
    for _ in 0..rounds(30) {
        let mut text = random.constraints();
        let rules = random.map();
        let files = yard::files(&rules, &mut random);
        let Some((mut constraints, mut model)) = case(&text, &files) else {
            continue;
        };
        let mut memory = Memory::default();
        for step in 0..12 {
            let other = random.other_version(&text);
            if let Some((now, _)) = case(&other, &files) {
                memory.go_on((&constraints, &now));
                (text, constraints) = (other, now);
                typed += 1;
            }
            let is = told(|s, found| memory.check(&constraints, s, found), &model);
            let wanted = told(|s, found| constraint::check(&constraints, s, found), &model);
            assert_eq!(is, wanted, "step {step} of {text}");
            broken += wanted.lines().count();
            evaluated += memory.evaluated();
            let mut once = Memory::default();
            told(|s, found| once.check(&constraints, s, found), &model);
            whole += once.evaluated();
            let mut changes = Changes::default();
            edit(&mut Edited::new(&mut model, &mut changes), &mut random);
        }
    }
    assert!(typed > 100, "only {typed} versions were well typed");
    assert!(broken > 1000, "only {broken} elements did not hold");
    assert!(
        2 * evaluated < whole,
        "{evaluated} of {whole} were evaluated"
    );
}
