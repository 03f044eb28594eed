//! Completing a model that changes gives what a whole run over it gives, and evaluates less.

use mlopsgen::diag::Diagnostics;
use mlopsgen::model::Reach;
use mlopsgen::transform::refine::{self, Live};
use mlopsgen::transform::{Changes, Edited, Kind, Trace};

use super::{Random, all_of, edit, rounds, transforms_of, yard};

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
