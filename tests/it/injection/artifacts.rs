//! Every text attribute of the example, every template of the pack: an artifact keeps its shape whatever a text says,
//! and what it printed is that text; or it is refused, with a place.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use mlopsgen::diag::{Code, Diagnostics, Span};
use mlopsgen::expr::{Helpers, Type};
use mlopsgen::generate::{Artifact, Draft, Partials, Template};
use mlopsgen::metamodel::FeatureId;
use mlopsgen::model::{Model, ObjectId, Origin, Reach, Value};
use mlopsgen::pipeline::{self, Run};
use mlopsgen::world::MemoryWorld;

use super::strings;
use super::structure::{Part, parts};
use crate::more;

/// A text that nothing takes for something else, and that what changes letters would change.
const MARK: &str = "Zq X_9 xQz";
/// Harmless texts that a template may treat in another way: a path, a number, a list.
const VARIANTS: &[&str] = &[
    "zqx9",
    "/zq/x",
    "[1]",
    "zq-x",
    "zq_x",
    "/zq/x.csv",
    "zq.csv",
    "zq/x",
    "0",
    "1",
    "-1",
    "1.5",
    "true",
    "none",
    "[]",
    "[a]",
    "[a, b]",
    "zq.x",
    "1.0.0",
];

/// How many of them all templates are printed for.
const WHOLE: usize = 3;

struct Bench {
    run: Run,
    templates: Vec<Template>,
    /// Whether each model has attributes of its own, though others have those of the same class.
    apart: bool,
}

impl Bench {
    /// The workspace of the example, with its own models or those of a folder.
    fn of(models: Option<&str>) -> Self {
        let mut world = MemoryWorld::default();
        for (path, bytes) in pipeline::example() {
            if models.is_none() || !path.starts_with("models/") {
                world.insert(path, bytes);
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for entry in models
            .into_iter()
            .flat_map(|m| fs::read_dir(root.join(m)).unwrap())
        {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            world.insert(format!("models/{name}"), fs::read(&path).unwrap());
        }
        for (path, text) in more::MODELS.iter().filter(|_| models.is_none()) {
            world.insert(*path, text.as_bytes());
        }
        let run = pipeline::run(&world);
        assert!(!run.diagnostics.has_errors(), "{:?}", run.diagnostics);
        let helpers = Arc::new(Helpers::default());
        let language = (&*run.metamodel, &helpers);
        let mut found = Diagnostics::default();
        let read = |file| Draft::read(&run.sources, file, &mut Diagnostics::default()).unwrap();
        let drafts: Vec<Draft> = run.template_files.iter().copied().map(read).collect();
        let (partials, whole): (Vec<&Draft>, Vec<&Draft>) =
            drafts.iter().partition(|d| d.is_partial());
        let partials = Partials::compile(&run.sources, &partials, language, &mut found);
        let compile = |draft| {
            let with = (&run.sources, draft);
            Template::compile(with, &partials, language, &mut found).unwrap()
        };
        let templates = whole.into_iter().map(compile).collect();
        assert!(found.is_empty(), "{found:?}");
        Self {
            run,
            templates,
            apart: models.is_some(),
        }
    }

    fn render(&self, templates: &[Template], model: &Model) -> (Vec<Artifact>, Diagnostics) {
        let mut found = Diagnostics::default();
        let knowledge = self.run.knowledge.as_deref();
        let place = |object| Reach { model, knowledge }.nearest_span(object);
        let from = || {
            (
                Reach { model, knowledge },
                &place as &dyn Fn(ObjectId) -> Span,
                "generated",
            )
        };
        let printed = templates.iter().flat_map(|t| t.render(from(), &mut found));
        (printed.collect(), found)
    }

    /// An object for each text attribute of each class that the models have.
    fn slots(&self) -> Vec<(&Model, ObjectId, FeatureId)> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let metamodel = &self.run.metamodel;
        let stages = self
            .run
            .models
            .iter()
            .flat_map(|m| m.chain.stages.iter().map(move |s| (m, s)));
        for (of, stage) in stages.filter(|(_, s)| !s.is_replaced) {
            let apart = self.apart.then_some(&*of.path);
            for object in stage.model.objects() {
                let class = stage.model.class(object);
                for feature in metamodel.class(class).features.iter().copied() {
                    let of = metamodel.feature(feature);
                    let text = *Type::of_feature(metamodel, feature).item() == Type::String;
                    if text
                        && !of.derived
                        && of.target().is_none()
                        && seen.insert((apart, class, feature))
                    {
                        found.push((&*stage.model, object, feature));
                    }
                }
            }
        }
        found
    }
}

fn with(model: &Model, (object, feature): (ObjectId, FeatureId), text: &str) -> Model {
    let mut model = model.clone();
    let value = Value::text(text);
    let many = model.metamodel().feature(feature).is_many();
    let value = if many {
        Value::List([value].into())
    } else {
        value
    };
    model.set(object, feature, value, Origin::Implied);
    model
}

fn shapes(parts: &[Part]) -> Vec<&str> {
    parts.iter().map(|p| p.0.as_str()).collect()
}

fn is_of(artifact: &Artifact, other: &Artifact) -> bool {
    artifact.template == other.template && artifact.element == other.element
}

/// What is wrong with an artifact of a hostile text, beside those of harmless ones.
fn flaw(
    hostile: &Artifact,
    text: &str,
    (marked, harmless): (&Artifact, &[(&str, Artifact)]),
) -> Option<String> {
    let Some(own) = parts(&hostile.path, &hostile.text) else {
        return Some("it cannot be read".to_owned());
    };
    let base = parts(&marked.path, &marked.text).unwrap_or_default();
    if shapes(&own) != shapes(&base) {
        let same = |(_, a): &&(&str, Artifact)| {
            let variant = parts(&a.path, &a.text);
            variant.is_some_and(|v| shapes(&v) == shapes(&own))
        };
        let of = |(_, a): &&(&str, Artifact)| is_of(a, hostile);
        let like = harmless.iter().filter(of).find(same);
        return like.is_none().then(|| "its shape is another".to_owned());
    }
    let places = own.iter().zip(&base).enumerate();
    for (place, (own, base)) in places {
        let (Some(own), Some(base)) = (&own.1, &base.1) else {
            continue;
        };
        if !base.contains(MARK) || *own == base.replace(MARK, text) {
            continue;
        }
        // A path that begins with `/` is another place than one that does not.
        let said = |(variant, artifact): &(&str, Artifact)| {
            let parts = parts(&artifact.path, &artifact.text)?;
            let other = parts.get(place)?.1.as_ref()?;
            let like =
                is_of(artifact, hostile) && variant.starts_with('/') == text.starts_with('/');
            (like && *own == other.replace(variant, text)).then_some(())
        };
        if harmless.iter().find_map(said).is_none() {
            return Some(format!("{base:?} is {own:?}"));
        }
    }
    None
}

#[test]
fn every_attribute_stays_data_in_every_artifact() {
    stays_data(&Bench::of(None), 200);
}

/// Those that ask for what the example does not: other platforms, other checks, other ways to run the stages.
#[test]
fn every_attribute_stays_data_in_artifacts_that_are_asked_for() {
    let mut bench = Bench::of(Some("tests/artifacts/models"));
    let asked = ["ci/", "orchestration/", "kubernetes/workflow"].map(|f| format!(":templates/{f}"));
    let is_asked = |t: &Template| asked.iter().any(|f| t.file.contains(f));
    bench.templates.retain(is_asked);
    assert!(bench.templates.len() > 4);
    stays_data(&bench, 50);
}

/// Puts hostile texts into every attribute, where at least so many artifacts print them.
fn stays_data(bench: &Bench, least: usize) {
    let texts = strings::all();
    let all = std::env::var("MLOPSGEN_HOSTILE").is_ok_and(|v| v == "all");
    let (mut wrong, mut printed, mut refused) = (Vec::new(), 0, 0);
    let slots = bench.slots();
    for (number, (model, object, feature)) in slots.iter().copied().enumerate() {
        let slot = (object, feature);
        let name = &bench.run.metamodel.feature(feature).name;
        let place = format!("{name} of {}", model.path(object));
        // Only templates that read the slot are of interest; what a harmless text makes of them is compared with.
        let mut templates = bench.templates.clone();
        let reads = |a: &Artifact| a.segments().iter().any(|s| s.reads.contains(&slot));
        let (mut files, mut marked, mut harmless) = (BTreeSet::new(), Vec::new(), Vec::new());
        for text in [&[MARK], VARIANTS].concat() {
            if text == VARIANTS[WHOLE] {
                templates.retain(|t| files.contains(&t.file));
            }
            let (artifacts, _) = bench.render(&templates, &with(model, slot, text));
            files.extend(
                artifacts
                    .iter()
                    .filter(|a| reads(a))
                    .map(|a| a.template.clone()),
            );
            if text == MARK {
                marked.clone_from(&artifacts);
            }
            harmless.extend(artifacts.into_iter().map(|a| (text, a)));
        }
        if templates.is_empty() {
            continue;
        }
        let few = |i: usize| (i + number * 7).is_multiple_of(texts.len() / 5);
        for (_, text) in texts.iter().enumerate().filter(|(i, _)| all || few(*i)) {
            let (artifacts, found) = bench.render(&templates, &with(model, slot, text));
            let shown: String = text.chars().take(40).collect();
            for finding in found.iter() {
                refused += 1;
                if finding.code == Code::InvalidArtifact || finding.primary.is_none() {
                    wrong.push(format!("{place}: {shown:?}: {}", finding.message));
                }
            }
            for artifact in &artifacts {
                let base = marked.iter().find(|a| is_of(a, artifact));
                let other = || harmless.iter().map(|h| &h.1).find(|a| is_of(a, artifact));
                let base = base.or_else(other);
                let Some(base) = base else { continue };
                printed += 1;
                if let Some(flaw) = flaw(artifact, text, (base, &harmless)) {
                    wrong.push(format!("{place} in {}: {shown:?}: {flaw}", artifact.path));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} are wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        slots.len() > 50 && printed > least,
        "{} attributes, {printed} printed",
        slots.len()
    );
    println!(
        "{} attributes, {printed} artifacts printed, {refused} refused",
        slots.len()
    );
}
