//! `mlopsgen inspect`: a model as JSON lines.

use super::args::{Args, Inspect};
use super::load::Loader;
use super::terminal::Terminal;
use super::{Failure, Outcome};
use crate::diag::Diagnostics;
use crate::format::lines;

pub(super) fn run(
    args: &Args,
    options: &Inspect,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let mut loader = Loader::new(args)?;
    let loaded = loader.model(args, (&options.file, &options.metamodels))?;
    if let Some(loaded) = &loaded {
        // Other files are read once for both.
        let mut found = Diagnostics::default();
        let mut targets = loader.targets(loaded);
        targets.check(&loaded.model, (&loader.sources, &mut found));
        terminal.stream(|out| lines::write(&loaded.model, &mut targets, out))?;
        loader.diagnostics.extend(found);
    }
    loader.report(terminal)
}
