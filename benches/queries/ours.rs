//! Every call to mlopsgen that the benchmark makes, and the process that makes them.
//!
//! The process answers the same lines as `QueriesBench.java`, and `check` beside them.

use std::path::PathBuf;
use std::sync::Arc;

use mlopsgen::constraint::{self, Constraint, Stage, Subject};
use mlopsgen::diag::{Diagnostics, Excerpt, FileId, Sources, Span};
use mlopsgen::expr::{self, Context, Expression, Memo, Reads, Scope};
use mlopsgen::model::{Model, Reach, Value};

use crate::process::{add, answer_lines, first_error, load, metamodel, repeat, status};

/// The six queries of the Train Benchmark; each gives a list with one member for each match.
const QUERIES: [(&str, &str); 6] = [
    ("PosLength", "Segment.all->select(s | s.length <= 0)"),
    (
        "SwitchMonitored",
        "Switch.all->select(s | s.monitoredBy->isEmpty())",
    ),
    (
        "RouteSensor",
        "Route.all->collect(r | r.positions->collect(p | \
         p.target.monitoredBy->reject(s | r.requires->includes(s))))",
    ),
    (
        "SwitchSet",
        "Route.all->select(r | r.active and r.entry.aspect = Aspect::GO)\
         ->collect(r | r.positions->reject(p | p.target.current = p.position))",
    ),
    (
        "ConnectedSegments",
        "Sensor.all->collect(s | s.monitors->select(a | a.isKindOf(Segment))->collect(a | \
         a.connectsTo->select(b | b.isKindOf(Segment) and s.monitors->includes(b))->collect(b | \
         b.connectsTo->select(c | c.isKindOf(Segment) and s.monitors->includes(c))->collect(c | \
         c.connectsTo->select(d | d.isKindOf(Segment) and s.monitors->includes(d))->collect(d | \
         d.connectsTo->select(e | e.isKindOf(Segment) and s.monitors->includes(e))->collect(e | \
         e.connectsTo->select(f | f.isKindOf(Segment) and s.monitors->includes(f))))))))",
    ),
    (
        "SemaphoreNeighbor",
        "Route.all->reject(r | r.exit = null)->collect(r | r.requires->collect(s | s.monitors->collect(t | \
         t.connectsTo->collect(n | n.monitoredBy->collect(o | \
         o.requiredBy->select(q | q <> r and q.entry <> r.exit))))))",
    ),
];

/// What is measured: queries and constraints, and the model that they ask.
struct Work {
    queries: Vec<Expression>,
    constraints: Vec<Constraint>,
    sources: Sources,
    model: Model,
}

impl Work {
    fn read(files: &[PathBuf]) -> Result<Self, String> {
        let [ecore, checks, model] = files else {
            return Err("three files are needed".to_owned());
        };
        let metamodel = metamodel(&[ecore])?;
        let mut sources = Sources::default();
        let mut diagnostics = Diagnostics::default();
        let file = add(&mut sources, checks)?;
        let known = (&*metamodel, &Arc::default());
        let constraints = constraint::load(&sources, file, known, &mut diagnostics);
        first_error(&sources, &diagnostics)?;
        let compile = |(_, text): (&str, &str)| {
            let span = Span::new(FileId(0), 0, 0);
            let found = expr::compile(&Excerpt::direct(text, span), &Scope::default(), &metamodel);
            found.map_err(|found| found[0].message.clone())
        };
        Ok(Self {
            queries: QUERIES.into_iter().map(compile).collect::<Result<_, _>>()?,
            constraints,
            sources,
            model: load(model, &metamodel)?,
        })
    }

    /// How many matches each query has.
    fn run(&self) -> Result<Vec<usize>, String> {
        let (reads, memo) = (Reads::off(), Memo::default());
        let context = Context::new(&self.model, &reads).remembering(&memo);
        let ask = |query: &Expression| match query.evaluate(&context, &[]) {
            Ok(Value::List(matches)) => Ok(matches.len()),
            Ok(_) => Err("a query gave no list".to_owned()),
            Err(failure) => Err(failure.message.clone()),
        };
        self.queries.iter().map(ask).collect()
    }

    /// How many elements do not hold to a constraint.
    fn check(&self) -> Result<usize, String> {
        let mut diagnostics = Diagnostics::default();
        let nowhere = |_, _| Span::new(FileId(0), 0, 0);
        let subject = Subject {
            from: Reach::from(&self.model),
            written: &self.model,
            stage: Stage::Written,
            place: &nowhere,
        };
        let found = constraint::check(&self.constraints, subject, &mut diagnostics);
        first_error(&self.sources, &diagnostics)?;
        Ok(found.len())
    }

    fn answer(&self, word: &str, argument: &str) -> Result<String, String> {
        match word {
            "run" => repeat(argument, || self.run().map(drop)),
            "check" => repeat(argument, || self.check().map(drop)),
            "count" => {
                let counts = self.run()?;
                let counts: Vec<String> = counts.iter().map(usize::to_string).collect();
                Ok(counts.join(" "))
            }
            "violations" => Ok(self.check()?.to_string()),
            "peak" => Ok(status("VmHWM:").to_string()),
            _ => Err(format!("unknown {word}")),
        }
    }
}

/// Answers lines on standard input until it ends or says `quit`.
pub(crate) fn serve(files: &[PathBuf]) -> Result<(), String> {
    let work = Work::read(files)?;
    answer_lines(|word, argument| work.answer(word, argument))
}
