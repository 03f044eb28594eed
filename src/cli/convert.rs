//! `mlopsgen convert`: a model in another form.

use std::io;

use super::args::{Args, Convert, ModelFormat};
use super::load::{LoadedModel, Loader};
use super::terminal::Terminal;
use super::{Failure, Outcome};
use crate::format::xmi::{self, Layout};
use crate::format::{self, yaml_model};
use crate::workspace;

pub(super) fn run(
    args: &Args,
    options: &Convert,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let mut loader = Loader::new(args)?;
    let loaded = loader.model(args, (&options.file, &options.metamodels))?;
    let Some(mut loaded) = loaded else {
        return loader.report(terminal);
    };
    loader.check_targets(&loaded);
    let path = options.output.as_deref().map(|file| loader.path(file));
    format::relocate(
        &mut loaded.model,
        &path.transpose()?.unwrap_or(loaded.path.clone()),
    );
    match &options.output {
        // What could not be read is in no model, and would be gone from the new file without a word.
        Some(_) if loader.diagnostics.has_errors() => {}
        Some(file) => {
            let target = super::project::folder(args)?.join(file);
            workspace::save(&target, |out| write(&loaded, options, out))?;
            terminal.say(&format!("wrote {}", file.display()))?;
        }
        None => terminal.stream(|out| write(&loaded, options, out))?,
    }
    loader.report(terminal)
}

fn write(loaded: &LoadedModel, options: &Convert, out: &mut dyn io::Write) -> io::Result<()> {
    match options.to {
        ModelFormat::Xmi => {
            let named = options.output.as_deref().and_then(|o| o.to_str());
            let layout = Layout::of(named.unwrap_or(&loaded.path));
            xmi::write(&loaded.model, layout, out)
        }
        ModelFormat::Yaml => yaml_model::write(&loaded.model, yaml_model::Syntax::Yaml, out),
        ModelFormat::Json => yaml_model::write(&loaded.model, yaml_model::Syntax::Json, out),
    }
}
