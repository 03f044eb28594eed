//! A transformation that follows its source makes what a whole run makes, whatever changes.

use std::sync::Arc;

use mlopsgen::diag::{Diagnostic, Diagnostics};
use mlopsgen::format::xmi::{self, Layout};
use mlopsgen::metamodel::{FeatureId, FeatureKind, Metamodel, Primitive, Role, ValueType};
use mlopsgen::model::{Model, ObjectId, Value};
use mlopsgen::pipeline;
use mlopsgen::transform::map::{Live, Map, Redone};
use mlopsgen::transform::{self, Kind};
use mlopsgen::world::MemoryWorld;

/// The same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let high = usize::try_from(self.0 >> 33).unwrap();
        high % bound.max(1)
    }
}

/// The map transforms of the manual, each with a model.
fn cases() -> Vec<(Arc<str>, Map, Model)> {
    let mut cases = Vec::new();
    for files in crate::suite::workspaces() {
        let mut world = MemoryWorld::default();
        for (path, text) in &files {
            world.insert(path.clone(), text);
        }
        let run = pipeline::run(&world);
        for (path, _) in files.iter().filter(|(p, _)| p.ends_with(".rules.yaml")) {
            let mut found = Diagnostics::default();
            let Some(file) = run.sources.find(path) else {
                continue;
            };
            let loaded = transform::load(
                &run.sources,
                file,
                (&run.metamodel, &Arc::default()),
                &mut found,
            );
            if let Some(loaded) = loaded
                && let Kind::Map(map) = loaded.kind
            {
                for model in run
                    .models
                    .iter()
                    .filter(|m| map.reads(&m.completed().model))
                {
                    cases.push((
                        loaded.name.clone(),
                        map.clone(),
                        model.completed().model.clone(),
                    ));
                }
            }
        }
    }
    cases
}

fn bytes(model: &Model) -> String {
    let mut out = Vec::new();
    xmi::write(model, Layout::Instance, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A value that a feature may have, or nothing.
fn value(model: &Model, feature: FeatureId, random: &mut Random) -> Value {
    let metamodel = model.metamodel();
    if random.below(8) == 0 {
        return Value::Null;
    }
    match metamodel.feature(feature).kind {
        FeatureKind::Reference { target, .. } => {
            let all = model.instances(target);
            match all.get(random.below(all.len())) {
                Some(object) => Value::Object(*object),
                None => Value::Null,
            }
        }
        FeatureKind::Attribute {
            of: ValueType::Data(id),
            ..
        } => match metamodel.data_type(id).primitive {
            Primitive::Boolean => Value::Boolean(random.below(2) == 0),
            Primitive::Integer { .. } => Value::Integer(i64::try_from(random.below(5)).unwrap()),
            Primitive::String => {
                Value::text(["String", "Integer", "a", "b", "Family"][random.below(5)])
            }
            _ => Value::Null,
        },
        FeatureKind::Attribute { .. } => Value::Null,
    }
}

fn is_single(metamodel: &Metamodel, feature: FeatureId) -> bool {
    let declared = metamodel.feature(feature);
    declared.role == Role::Plain && !declared.is_many() && !declared.is_containment()
}

/// Sets a feature of some object to something.
fn set_something(live: &mut Live, random: &mut Random) -> Option<Redone> {
    let source = live.source();
    let objects: Vec<ObjectId> = source.objects();
    let object = *objects.get(random.below(objects.len()))?;
    let metamodel = source.metamodel().clone();
    let features = &metamodel.class(source.class(object)).features;
    let single: Vec<FeatureId> = features
        .iter()
        .copied()
        .filter(|f| is_single(&metamodel, *f))
        .collect();
    let feature = *single.get(random.below(single.len()))?;
    let value = value(source, feature, random);
    Some(live.set(object, feature, value))
}

#[test]
fn what_follows_its_source_is_what_a_whole_run_makes() {
    let mut random = Random(7);
    let (mut some, mut everything) = (0, 0);
    for (name, map, model) in cases() {
        let mut live = Live::new(name.clone(), map.clone(), model, None);
        // A hundred thousand calls before the limit of lazy rules are too many for each step.
        let endless = |f: &Diagnostic| f.message.contains("without end");
        if live.findings().iter().any(endless) {
            continue;
        }
        for step in 0..40 {
            let done = if step % 13 == 12 && live.source().objects().len() > 3 {
                let objects = live.source().objects();
                let gone = objects[1 + random.below(objects.len() - 1)];
                Some(live.change(|source| source.delete(gone)))
            } else {
                set_something(&mut live, &mut random)
            };
            match done {
                Some(Redone::Some(_)) => some += 1,
                Some(Redone::Everything) => everything += 1,
                None => {}
            }
            let mut fresh = Live::new(name.clone(), map.clone(), live.source().clone(), None);
            let shown = |live: &Live| -> Vec<String> {
                live.findings().iter().map(|f| f.message.clone()).collect()
            };
            assert_eq!(shown(&live), shown(&fresh), "{name}, step {step}");
            assert_eq!(
                bytes(live.target()),
                bytes(fresh.target()),
                "{name}, step {step}"
            );
        }
    }
    assert!(some > 100, "only {some} changes were followed");
    assert!(everything > 50, "only {everything} whole runs");
}
