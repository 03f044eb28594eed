//! Artifacts that are not what is generated, as findings: for the tools that show findings beside code.

use super::Failure;
use super::args::Format;
use super::terminal::Terminal;
use crate::audit;
use crate::diag::Diagnostics;
use crate::pipeline::{Plan, Run};

/// Prints what a run found and where the artifacts of its plan differ, as one document.
pub(super) fn report(
    run: &Run,
    plan: &Plan,
    format: Format,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let mut sources = plan.sources.clone();
    let mut found = Diagnostics::default();
    found.extend(run.diagnostics.iter().cloned());
    for drift in audit::drifts(plan) {
        let file = plan.artifacts().find(|f| f.path == drift.path);
        let text = file.and_then(|f| String::from_utf8(f.before.as_ref()?.to_vec()).ok());
        found.push(drift.diagnostic(text, None, &mut sources));
    }
    terminal.findings(&found, &sources, format)
}
