//! `mlopsgen schema`: what editors need to complete and check models.

use super::args::{Args, Format, Schema};
use super::terminal::Terminal;
use super::{Failure, Outcome, metamodels, project};
use crate::format::schema;
use crate::workspace;

pub(super) fn run(
    args: &Args,
    options: &Schema,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let loaded = metamodels::load(args, &options.metamodels)?;
    terminal.warn(&loaded.diagnostics, &loaded.sources, Format::Human)?;
    if loaded.diagnostics.has_errors() {
        return Ok(Outcome::Findings);
    }
    let metamodel = &loaded.metamodel;
    let root = options.root.as_deref();
    let root = root
        .map(|name| metamodels::class(metamodel, name))
        .transpose()?;
    let text = schema::text(metamodel, root);
    if let Some(path) = &options.output {
        workspace::save(&project::folder(args)?.join(path), text.as_bytes())?;
        terminal.say(&format!("wrote {}", path.display()))?;
    } else {
        terminal.print(&text)?;
    }
    Ok(Outcome::Fine)
}
