//! Completing a model that changes gives what a whole run over it gives, and evaluates less.

use std::sync::Arc;

use mlopsgen::diag::Diagnostics;
use mlopsgen::model::{Changes, Edited, Model, Reach};
use mlopsgen::transform::refine::{self, Live, Refine};
use mlopsgen::transform::{Kind, Trace};

use super::{Random, all_of, edit, rounds, transforms_of, yard};

/// A transformation that completes, with the model that it is for.
type Case = (Arc<str>, Refine, Model);

fn case(rules: &str, files: &[(String, String)]) -> Option<Case> {
    let mut files = files.to_vec();
    let text = files.iter_mut().find(|f| f.0.ends_with(".rules.yaml"))?;
    rules.clone_into(&mut text.1);
    let (transform, models) = transforms_of(&files).into_iter().next()?;
    match transform.kind {
        Kind::Refine(refine) => Some((transform.name, refine, models[0].clone())),
        Kind::Map(_) => None,
    }
}

#[test]
fn completing_by_chance_follows_changes_by_chance() {
    let mut random = Random(13);
    let (mut evaluated, mut whole, mut typed) = (0, 0, 0);
    for _ in 0..rounds(40) {
        let rules = random.refine();
        let files = yard::files(&rules, &mut random);
        for (transform, models) in transforms_of(&files) {
            let Kind::Refine(rules_of) = transform.kind else {
                continue;
            };
            typed += 1;
            let name = transform.name;
            let mut live = Live::new(name.clone(), rules_of.clone(), models[0].clone(), None);
            for step in 0..12 {
                live.change(|model| {
                    edit(
                        &mut Edited::new(model, &mut Changes::default()),
                        &mut random,
                    );
                });
                evaluated += live.evaluated();
                let (mut trace, mut found) = (Trace::default(), Diagnostics::default());
                let from = Reach::from(live.source());
                let fresh = refine::apply((&name, &rules_of), from, &mut trace, &mut found);
                let all = (live.completed(), live.findings());
                assert_eq!(
                    all_of(all, (live.completed(), live.trace())),
                    all_of((&fresh, found.iter()), (&fresh, &trace)),
                    "step {step} of {rules}"
                );
                let again = live.source().clone();
                let once = Live::new(name.clone(), rules_of.clone(), again, None);
                whole += once.evaluated();
            }
        }
    }
    assert!(typed > 20, "only {typed} rule sets were well typed");
    assert!(
        2 * evaluated < whole,
        "{evaluated} of {whole} were evaluated"
    );
}

/// The same as a whole run with the same rules over the same model.
fn compare(live: &Live, (name, rules, _): &Case, what: &str) {
    let (mut trace, mut found) = (Trace::default(), Diagnostics::default());
    let from = Reach::from(live.source());
    let fresh = refine::apply((name, rules), from, &mut trace, &mut found);
    let all = (live.completed(), live.findings());
    assert_eq!(
        all_of(all, (live.completed(), live.trace())),
        all_of((&fresh, found.iter()), (&fresh, &trace)),
        "{what}"
    );
}

#[test]
fn completing_follows_changes_of_rules_by_chance() {
    let mut random = Random(23);
    let (mut evaluated, mut whole, mut typed) = (0, 0, 0);
    for _ in 0..rounds(40) {
        let mut rules = random.refine();
        let files = yard::files(&rules, &mut random);
        let Some((name, first, model)) = case(&rules, &files) else {
            continue;
        };
        let mut live = Live::new(name, first, model, None);
        for step in 0..10 {
            let text = random.other_version(&rules);
            let Some(case) = case(&text, &files) else {
                continue;
            };
            typed += 1;
            rules = text;
            live.change_rules(case.0.clone(), case.1.clone());
            compare(&live, &case, &format!("step {step} of {rules}"));
            evaluated += live.evaluated();
            let source = live.source().clone();
            whole += Live::new(case.0.clone(), case.1.clone(), source, None).evaluated();
            live.change(|model| {
                let mut changes = Changes::default();
                let edited = &mut Edited::new(model, &mut changes);
                edit(edited, &mut random);
            });
        }
    }
    assert!(typed > 100, "only {typed} rule sets were well typed");
    assert!(
        2 * evaluated < whole,
        "{evaluated} of {whole} were evaluated"
    );
}
