//! `mlopsgen eject`: a built-in file becomes the user's.

use super::args::{Args, Eject};
use super::project::Project;
use super::terminal::Terminal;
use super::{Failure, Outcome};
use crate::diag::did_you_mean;
use crate::{pipeline, workspace};

pub(super) fn run(
    args: &Args,
    options: &Eject,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let project = Project::find(args)?;
    let config = pipeline::configuration(&project.world);
    let name = config
        .and_then(|c| c.pack)
        .ok_or_else(|| Failure::usage("the workspace names no pack"))?;
    let pack = pipeline::pack(&name)
        .ok_or_else(|| Failure::usage(format!("there is no pack `{name}`")))?;
    let Some(path) = &options.path else {
        for (path, _) in pack.iter() {
            terminal.line(path)?;
        }
        return Ok(Outcome::Fine);
    };
    let path = path.strip_prefix(&format!("{name}:")).unwrap_or(path);
    let Some((_, bytes)) = pack.iter().find(|(p, _)| *p == path) else {
        let failure = Failure::usage(format!("the pack `{name}` has no file `{path}`"));
        let near = did_you_mean(path, pack.iter().map(|(p, _)| p));
        return Err(failure
            .hint(near.unwrap_or_else(|| "`mlopsgen eject` alone lists its files".to_owned())));
    };
    workspace::eject(&project.root, path, bytes)?;
    terminal.say(&format!(
        "copied {path}; it takes the place of the built-in file from now on"
    ))?;
    Ok(Outcome::Fine)
}
