//! `mlopsgen schema`: what editors need to complete and check models.

use super::args::{Args, Schema};
use super::load::{Loader, class};
use super::terminal::Terminal;
use super::{Failure, Outcome, project};
use crate::format::schema;
use crate::workspace;

pub(super) fn run(
    args: &Args,
    options: &Schema,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let mut loader = Loader::new(args)?;
    let metamodel = loader.metamodel(args, &options.metamodels)?;
    if loader.report(terminal)? == Outcome::Findings {
        return Ok(Outcome::Findings);
    }
    let root = options.root.as_deref();
    let root = root.map(|name| class(&metamodel, name)).transpose()?;
    let text = schema::text(&metamodel, root);
    if let Some(path) = &options.output {
        let target = project::folder(args)?.join(path);
        workspace::save(&target, |out| out.write_all(text.as_bytes()))?;
        terminal.say(&format!("wrote {}", path.display()))?;
    } else {
        terminal.print(&text)?;
    }
    Ok(Outcome::Fine)
}
