//! All that a run gives, in words: two runs are the same where these are.

use std::fmt::Write;

use mlopsgen::diag::{Label, Sources, Span};
use mlopsgen::metamodel::FeatureId;
use mlopsgen::model::{Model, ObjectId, Origin};
use mlopsgen::pipeline::{self, ModelRun, Outline, Run, Stage};
use mlopsgen::transform::{Slot, Trace};
use mlopsgen::world::World;

use super::bytes;

/// All that a run over a world gives.
pub(super) fn told(run: &Run, world: &dyn World) -> String {
    let teller = Teller {
        sources: &run.sources,
        out: String::new(),
    };
    teller.all(run, world)
}

struct Teller<'r> {
    sources: &'r Sources,
    out: String,
}

impl Teller<'_> {
    fn all(mut self, run: &Run, world: &dyn World) -> String {
        self.findings(run);
        for input in run.inputs.values() {
            self.line(&format!("{input:?}"));
        }
        for constraint in run.constraints.iter() {
            let at = self.place(constraint.span);
            self.line(&format!("constraint {} at {at}", constraint.name));
        }
        self.line(&format!(
            "{} rules, {} templates",
            run.rules,
            run.templates.len()
        ));
        if let Some(known) = &run.knowledge {
            self.model("known", known.model(), &Trace::default());
        }
        for repairs in &run.repairs {
            self.line(&format!("repairs of {}", repairs.path));
            self.model("to repair", &repairs.model, &Trace::default());
            for repair in &repairs.repairs {
                let at = self.place(repair.place);
                self.line(&format!("{} {} at {at}", repair.title, repair.edits.len()));
            }
        }
        for model in &run.models {
            self.of_model(run, model);
        }
        if !run.diagnostics.has_errors() && run.config.is_some() {
            let plan = pipeline::plan(run, world, &|_, _| None).unwrap();
            for file in &plan.files {
                let content = file.content.as_deref().map(String::from_utf8_lossy);
                self.line(&format!("{} {:?} {content:?}", file.path, file.decision));
            }
        }
        let files: Vec<&str> = self.sources.iter().map(|f| &*f.path).collect();
        let mut files: Vec<String> = files.into_iter().map(str::to_owned).collect();
        files.sort();
        files.dedup();
        self.line(&format!("read {files:?}, digest {}", run.inputs_digest()));
        self.out
    }

    fn line(&mut self, text: &str) {
        writeln!(self.out, "{text}").unwrap();
    }

    fn place(&self, span: Span) -> String {
        let path = self.sources.path(span.file);
        format!(
            "{path}:{}..{} {:?}",
            span.start,
            span.end,
            self.sources.slice(span)
        )
    }

    fn findings(&mut self, run: &Run) {
        for found in run.diagnostics.iter() {
            self.line(&format!(
                "{:?} {:?} {}",
                found.severity, found.code, found.message
            ));
            let labels: Vec<&Label> = found.primary.iter().chain(&found.related).collect();
            for label in labels {
                let at = self.place(label.span);
                self.line(&format!("  {at} {}", label.text));
            }
            for fix in &found.fixes {
                let at = self.place(fix.span);
                self.line(&format!("  fix {at} {} {}", fix.title, fix.replacement));
            }
            self.line(&format!("  {:?}", found.hints));
        }
    }

    fn of_model(&mut self, run: &Run, of: &ModelRun) {
        self.line(&format!("model {}", of.path));
        self.model("written", &of.written, &Trace::default());
        let stages = &of.chain.stages;
        for Stage {
            name,
            model,
            trace,
            source,
            is_replaced,
        } in stages
        {
            self.line(&format!("of {source}, replaced: {is_replaced}"));
            self.model(&format!("{name:?}"), model, trace);
        }
        for outline in Outline::all(run, of) {
            let (stage, artifact) = (outline.stage(), outline.print());
            let (at, of) = (
                self.place(artifact.template_span),
                stage.model.path(artifact.element),
            );
            self.line(&format!(
                "artifact {} {} {at} for {of} {:?}\n{}",
                artifact.path, artifact.template, artifact.ownership, artifact.text
            ));
            for segment in artifact.segments() {
                let at = self.place(segment.template);
                self.line(&format!(
                    "  {}..{} {at} {:?}",
                    segment.start, segment.end, segment.reads
                ));
            }
        }
    }

    fn model(&mut self, name: &str, model: &Model, trace: &Trace) {
        self.line(&format!("{name}: {}", bytes(model)));
        for object in model.objects() {
            let of = self.origin(model.object_origin(object), trace);
            self.line(&format!("{}: {of}", model.path(object)));
            for (feature, _) in model.slots(object) {
                let of = match model.origin(object, feature) {
                    Some(origin) => self.origin(origin, trace),
                    None => "nothing".to_owned(),
                };
                self.line(&format!("  {}: {of}", slot(model, (object, feature))));
            }
        }
    }

    fn origin(&self, origin: Origin, trace: &Trace) -> String {
        let link = match origin {
            Origin::Written(span) => return self.place(span),
            Origin::Implied => return "implied".to_owned(),
            Origin::Derived(link) => trace.get(link),
        };
        let rule = link.rule;
        let guards: Vec<String> = rule.guards.iter().map(|g| self.place(*g)).collect();
        let slots = |slots: &[Slot]| format!("{slots:?}");
        format!(
            "{} of {} at {} {:?} if {guards:?}, by {} of {:?} if {} with {}",
            rule.rule,
            rule.transform,
            self.place(rule.span),
            rule.side,
            self.place(link.binding),
            link.elements,
            slots(link.guard_reads),
            slots(link.value_reads)
        )
    }
}

fn slot(model: &Model, (_, feature): (ObjectId, FeatureId)) -> String {
    model.metamodel().feature(feature).name.to_string()
}
