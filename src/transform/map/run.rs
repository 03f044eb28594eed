//! Running a map: every rule matches and creates, then all bindings are written.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Map;
use super::state::State;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::model::{Model, Reach};
use crate::transform::trace::Trace;

/// A model that a transformation made.
#[derive(Debug)]
pub struct Output {
    /// Its name.
    pub name: Arc<str>,
    /// The model.
    pub model: Model,
}

/// What a transformation made.
#[derive(Debug)]
pub struct Outputs {
    /// The models, in the order in which the transformation names them.
    pub models: Vec<Output>,
    /// Which rule made what of what; elements and slots that were read are those of the source.
    pub trace: Trace,
}

/// Runs the rules over a model. What goes wrong is reported, and left out of what is made.
///
/// `file` is where the model of a name will be: references from one that is made to another lead there.
pub fn run(transform: (&Arc<str>, &Map), from: From<'_>, diagnostics: &mut Diagnostics) -> Outputs {
    traced(transform, from, Trace::default(), diagnostics)
}

/// The same with next to no trace, to measure what it costs.
pub fn run_untraced(
    transform: (&Arc<str>, &Map),
    from: From<'_>,
    diagnostics: &mut Diagnostics,
) -> Outputs {
    traced(transform, from, Trace::off(), diagnostics)
}

/// The model that is read, and the file of each that is made, by its name.
type From<'m> = (Reach<'m>, &'m dyn Fn(&str) -> String);

fn traced(
    (name, map): (&Arc<str>, &Map),
    (source, file): From<'_>,
    trace: Trace,
    diagnostics: &mut Diagnostics,
) -> Outputs {
    let state = State::new((name, map), source, trace, None);
    let mut found = Findings::default();
    state.run(&mut found);
    diagnostics.extend(found.all);
    let made = state.made;
    let model = made.target.into_inner();
    Outputs {
        models: super::split::split(map, model, &made.matches.into_inner(), file),
        trace: made.trace.into_inner(),
    }
}

/// How many findings of one place are shown.
const SHOWN: usize = 10;

/// What went wrong, the same place not too often.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) all: Vec<Diagnostic>,
    seen: BTreeMap<Span, usize>,
}

impl Findings {
    pub(super) fn extend(&mut self, found: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in found {
            self.push(diagnostic);
        }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if let Some(primary) = &diagnostic.primary {
            let seen = self.seen.entry(primary.span).or_default();
            *seen += 1;
            if *seen > SHOWN {
                return;
            }
        }
        self.all.push(diagnostic);
    }
}
