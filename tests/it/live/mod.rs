//! A transformation that follows its source makes what a whole run makes, whatever changes.

mod constraints;
mod refine;
mod told;
mod workspace;
mod yard;

use std::fmt::Write;
use std::sync::Arc;

use mlopsgen::diag::{Diagnostic, Diagnostics};
use mlopsgen::format::xmi::{self, Layout};
use mlopsgen::metamodel::{FeatureId, FeatureKind, Metamodel, Primitive, Role, ValueType};
use mlopsgen::model::{Edited, Model, Origin, Value};
use mlopsgen::pipeline;
use mlopsgen::transform::map::{Live, Map, Redone};
use mlopsgen::transform::{self, Kind, Slot, Trace, Transform};
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

type Case = (Arc<str>, Map, Model);

/// The maps of a workspace, each with the models that it works on.
fn maps_of(files: &[(String, String)]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (transform, models) in transforms_of(files) {
        if let Kind::Map(map) = transform.kind {
            let read = models.into_iter().filter(|m| map.reads(m));
            cases.extend(read.map(|m| (transform.name.clone(), map.clone(), m)));
        }
    }
    cases
}

/// The transformations of a workspace that have no mistakes, with all models.
fn transforms_of(files: &[(String, String)]) -> Vec<(Transform, Vec<Model>)> {
    let mut world = MemoryWorld::default();
    for (path, text) in files {
        world.insert(path.clone(), text);
    }
    let run = pipeline::run(&world);
    let mut cases = Vec::new();
    for (path, _) in files.iter().filter(|(p, _)| p.ends_with(".rules.yaml")) {
        let mut found = Diagnostics::default();
        let Some(file) = run.sources.find(path) else {
            continue;
        };
        let draft = transform::Draft::read(&run.sources, file, &mut found);
        let loaded = draft.and_then(|draft| {
            let language = (&*run.metamodel, &Arc::default());
            transform::load(&run.sources, &draft, language, &mut found)
        });
        if let Some(loaded) = loaded.filter(|_| !found.has_errors()) {
            let models = run.models.iter().map(|m| (*m.written).clone());
            cases.push((loaded, models.collect()));
        }
    }
    cases
}

/// Where an object or a value of the target comes from, in words.
fn cause(origin: Option<Origin>, source: &Model, trace: &Trace) -> String {
    let Some(Origin::Derived(link)) = origin else {
        return format!("{origin:?}");
    };
    let link = trace.get(link);
    let slots = |slots: &[Slot]| -> Vec<String> {
        let name = |f: &FeatureId| source.metamodel().feature(*f).name.clone();
        let mut all: Vec<String> = slots
            .iter()
            .map(|(o, f)| format!("{}.{}", source.path(*o), name(f)))
            .collect();
        all.sort();
        all
    };
    let elements: Vec<String> = link.elements.iter().map(|o| source.path(*o)).collect();
    let rule = link.rule;
    format!(
        "{} {:?} {:?} {:?} of {elements:?} if {:?} by {:?}",
        rule.rule,
        rule.span,
        rule.guards,
        link.binding,
        slots(link.guard_reads),
        slots(link.value_reads)
    )
}

/// All that a transformation made: findings, the model, and the trace of each slot of it.
fn all_of<'d>(
    (made, findings): (&Model, impl Iterator<Item = &'d Diagnostic>),
    (source, trace): (&Model, &Trace),
) -> String {
    let mut out = String::new();
    for finding in findings {
        let at = finding.primary.as_ref().map(|l| l.span);
        writeln!(out, "{} {at:?}", finding.message).unwrap();
    }
    out.push_str(&bytes(made));
    for object in made.objects() {
        let of = cause(Some(made.object_origin(object)), source, trace);
        writeln!(out, "{}: {of}", made.path(object)).unwrap();
        for (feature, _) in made.slots(object) {
            let of = cause(made.origin(object, feature), source, trace);
            writeln!(out, "  {}: {of}", made.metamodel().feature(feature).name).unwrap();
        }
    }
    out
}

fn all_of_map(live: &mut Live) -> String {
    let (source, trace) = (live.source().clone(), live.trace().clone());
    let made = live.target().clone();
    all_of((&made, live.findings().iter()), (&source, &trace))
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

/// Changes something: a value, or which objects there are, or where.
fn edit(source: &mut Edited<'_>, random: &mut Random) {
    let model = source.model();
    let metamodel = model.metamodel().clone();
    let objects = model.objects();
    let Some(object) = objects.get(random.below(objects.len())).copied() else {
        return;
    };
    let features = &metamodel.class(model.class(object)).features;
    let containment = |f: &FeatureId| {
        let declared = metamodel.feature(*f);
        declared.is_containment() && declared.is_many() && declared.role == Role::Plain
    };
    let places: Vec<FeatureId> = features.iter().copied().filter(containment).collect();
    match random.below(8) {
        0 if objects.len() > 3 && model.container(object).is_some() => source.delete(object),
        1 | 2 if !places.is_empty() => {
            let feature = places[random.below(places.len())];
            let target = metamodel.feature(feature).target().unwrap();
            let classes: Vec<_> = metamodel.concrete(target).collect();
            let class = classes[random.below(classes.len())];
            source.create(class, Some((object, feature)));
        }
        3 if !places.is_empty() => {
            let feature = places[random.below(places.len())];
            let target = metamodel.feature(feature).target().unwrap();
            let parts = model.instances(target);
            let part = parts.get(random.below(parts.len())).copied();
            if let Some(part) = part.filter(|p| model.container(*p).is_some()) {
                source.move_to(part, (object, feature));
            }
        }
        _ => {
            let single: Vec<FeatureId> = features
                .iter()
                .copied()
                .filter(|f| is_single(&metamodel, *f))
                .collect();
            if let Some(feature) = single.get(random.below(single.len())).copied() {
                let value = value(model, feature, random);
                let within = |o| o == object || model.ancestors(o).any(|a| a == object);
                let owner = metamodel.feature(feature).opposite();
                let is_owner = owner.is_some_and(|o| metamodel.feature(o).is_containment());
                // Nothing is a part of itself.
                if !(is_owner && value.as_object().is_some_and(within)) {
                    source.set(object, feature, value);
                }
            }
        }
    }
}

/// How many changes were followed, and how many were whole runs.
#[derive(Debug, Default)]
struct Tally {
    some: usize,
    everything: usize,
}

/// Changes the source of a transformation so many times; each time the result is that of a whole run.
fn follows((name, map, model): Case, (steps, random): (usize, &mut Random), tally: &mut Tally) {
    let mut live = Live::new(name.clone(), map.clone(), model, None);
    // A hundred thousand calls before the limit of lazy rules are too many for each step.
    let endless = |f: &Diagnostic| f.message.contains("without end");
    if live.findings().iter().any(endless) {
        return;
    }
    for step in 0..steps {
        match live.change(|source| edit(source, random)) {
            Redone::Some(_) => tally.some += 1,
            Redone::Everything => tally.everything += 1,
        }
        let mut fresh = Live::new(name.clone(), map.clone(), live.source().clone(), None);
        assert_eq!(
            all_of_map(&mut live),
            all_of_map(&mut fresh),
            "{name}, step {step}"
        );
    }
}

#[test]
fn what_follows_its_source_is_what_a_whole_run_makes() {
    let mut random = Random(7);
    let mut tally = Tally::default();
    let maps = |files: &Vec<(String, String)>| files.iter().any(|(_, t)| t.contains("kind: map"));
    for files in crate::suite::workspaces().into_iter().filter(maps) {
        for case in maps_of(&files) {
            follows(case, (12, &mut random), &mut tally);
        }
    }
    assert!(tally.some > 100, "{tally:?}");
}

/// How often chance is tried: `MLOPSGEN_RANDOM=N` says how many rule sets.
fn rounds(usual: usize) -> usize {
    let wanted = std::env::var("MLOPSGEN_RANDOM").ok();
    wanted.and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// The first transformation of a workspace that maps, with its rules in another version, where those have no mistakes.
fn other_rules(files: &[(String, String)], random: &mut Random) -> Option<(Map, String)> {
    let of_rules = |(path, _): &&(String, String)| path.ends_with(".rules.yaml");
    let text = random.other_version(&files.iter().find(of_rules)?.1);
    let mut files = files.to_vec();
    files
        .iter_mut()
        .find(|f| of_rules(&&**f))?
        .1
        .clone_from(&text);
    let (_, map, _) = maps_of(&files).into_iter().next()?;
    Some((map, text))
}

#[test]
fn maps_follow_changes_of_rules_by_chance() {
    let mut random = Random(19);
    let (mut tally, mut typed) = (Tally::default(), 0);
    for _ in 0..rounds(40) {
        let rules = random.map();
        let mut files = yard::files(&rules, &mut random);
        let Some((name, map, model)) = maps_of(&files).into_iter().next() else {
            continue;
        };
        let mut live = Live::new(name.clone(), map, model, None);
        for step in 0..10 {
            let Some((map, text)) = other_rules(&files, &mut random) else {
                continue;
            };
            typed += 1;
            let of_rules = |f: &&mut (String, String)| f.0.ends_with(".rules.yaml");
            files.iter_mut().find(of_rules).unwrap().1.clone_from(&text);
            let redone = live.change_rules(name.clone(), map.clone());
            let (source, after) = (live.source().clone(), format!("step {step} of {text}"));
            let mut fresh = Live::new(name.clone(), map, source, None);
            assert_eq!(all_of_map(&mut live), all_of_map(&mut fresh), "{after}");
            match redone {
                Redone::Some(_) => tally.some += 1,
                Redone::Everything => tally.everything += 1,
            }
            live.change(|source| edit(source, &mut random));
        }
    }
    assert!(typed > 100, "only {typed} rule sets were well typed");
    assert!(tally.some > tally.everything, "{tally:?}");
}

#[test]
fn rules_by_chance_follow_changes_by_chance() {
    let mut random = Random(11);
    let (mut tally, mut typed) = (Tally::default(), 0);
    for _ in 0..rounds(40) {
        let rules = random.map();
        let files = yard::files(&rules, &mut random);
        for (_, map, model) in maps_of(&files) {
            typed += 1;
            follows(
                (rules.as_str().into(), map, model),
                (12, &mut random),
                &mut tally,
            );
        }
    }
    assert!(typed > 10, "only {typed} rule sets were well typed");
    assert!(tally.some > tally.everything, "{tally:?}");
}
