//! The trace as JSON: `mlopsgen.trace/1`.

use std::io;

use serde::Serialize;

use crate::diag::{Sources, Span};
use crate::metamodel::FeatureId;
use crate::model::{Model, ObjectId, Origin};
use crate::pipeline::{Chain, Stage};
use crate::transform::{Link, Slot};

/// The version of the form.
const SCHEMA: &str = "mlopsgen.trace/1";

/// What all rules did.
#[derive(Serialize)]
struct Document {
    schema: &'static str,
    links: Vec<Row>,
}

/// One slot that a rule wrote, or one object that it made.
#[derive(Serialize)]
struct Row {
    /// The model that was written: the name of the output, or `model`.
    model: String,
    element: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<String>,
    transform: String,
    rule: String,
    /// Where the rule stands, and where what it wrote.
    rule_at: String,
    at: String,
    guards: Vec<String>,
    /// The elements that the rule matched.
    matched: Vec<String>,
    reads: Vec<Read>,
}

#[derive(Serialize)]
struct Read {
    element: String,
    feature: String,
}

/// Writes what rules did to all models.
pub(super) fn write(chain: &Chain, sources: &Sources, out: &mut dyn io::Write) -> io::Result<()> {
    let mut links = Vec::new();
    for (position, stage) in chain.stages.iter().enumerate() {
        let model = &stage.model;
        for object in model.objects() {
            let features = model.slots(object).map(|(f, _)| f);
            let slots = features.map(|f| (Some(f), model.origin(object, f)));
            let made = (None, Some(model.object_origin(object)));
            for (feature, origin) in std::iter::once(made).chain(slots) {
                if let Some(Origin::Derived(link)) = origin {
                    let link = stage.trace.get(link);
                    let source = &chain.stages[chain.of(position, &link)].model;
                    links.push(row((stage, (object, feature)), link, source, sources));
                }
            }
        }
    }
    let document = Document {
        schema: SCHEMA,
        links,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn row(
    (stage, (object, feature)): (&Stage, (ObjectId, Option<FeatureId>)),
    link: Link<'_>,
    source: &Model,
    sources: &Sources,
) -> Row {
    let place = |span: Span| sources.place(span);
    let metamodel = source.metamodel();
    Row {
        model: stage.name.as_deref().unwrap_or("model").to_owned(),
        element: stage.model.path(object),
        feature: feature.map(|f| metamodel.feature(f).name.to_string()),
        transform: link.rule.transform.to_string(),
        rule: link.rule.rule.to_string(),
        rule_at: place(link.rule.span),
        at: place(link.binding),
        guards: link.rule.guards.iter().map(|g| place(*g)).collect(),
        matched: link.elements.iter().map(|e| source.path(*e)).collect(),
        reads: link.reads().iter().map(|r| read(*r, source)).collect(),
    }
}

fn read((object, feature): Slot, source: &Model) -> Read {
    Read {
        element: source.path(object),
        feature: source.metamodel().feature(feature).name.to_string(),
    }
}
