//! `mlopsgen inspect`: a model as JSON lines.

use super::args::{Args, Inspect};
use super::load::Loader;
use super::terminal::Terminal;
use super::{Failure, Outcome};
use crate::format::lines;

pub(super) fn run(
    args: &Args,
    options: &Inspect,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let mut loader = Loader::new(args)?;
    let loaded = loader.model(args, (&options.file, &options.metamodels))?;
    if let Some(loaded) = &loaded {
        loader.check_targets(loaded);
        let mut targets = loader.targets(loaded);
        terminal.stream(|out| lines::write(&loaded.model, &mut targets, out))?;
    }
    loader.report(terminal)
}
