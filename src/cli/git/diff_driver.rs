//! What git calls to show what changed in a model. Where it is no model, or nothing changed but layout, lines are shown.

use std::path::{Path, PathBuf};

use crate::cli::args::Args;
use crate::cli::diff::{Compared, coloured, whole};
use crate::cli::load::Loader;
use crate::cli::terminal::{BOLD, Terminal};
use crate::cli::{Failure, Outcome, project};
use crate::diag::{Diagnostics, Sources};
use crate::format;
use crate::git::lines::diff_lines;
use crate::model::{self, Change, ChangeKind, Model};

pub(super) fn run(
    args: &Args,
    arguments: &[PathBuf],
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let folder = project::folder(args)?;
    let path = &arguments[0];
    // A path that is not merged comes alone.
    let (Some(old), Some(new)) = (arguments.get(1), arguments.get(4)) else {
        terminal.line(&format!("* Unmerged path {}", path.display()))?;
        return Ok(Outcome::Fine);
    };
    let to = arguments.get(7).unwrap_or(path);
    let changes = compare(args, (&folder, path, to), (old, new))?;
    match changes {
        Some(changes) if !changes.is_empty() => {
            let moved = (to != path).then(|| path.display().to_string());
            let one = Compared {
                path: to.display().to_string(),
                from: moved,
                changes,
            };
            terminal.print(&coloured(&one))?;
        }
        found => {
            let name = path.display();
            let what = if found.is_some() {
                "only layout and comments"
            } else {
                "lines"
            };
            terminal.line(&format!("{BOLD}{name}{BOLD:#}: {what}"))?;
            let lines = diff_lines(&folder, old, new)?;
            terminal.print(&String::from_utf8_lossy(&lines))?;
        }
    }
    // git takes any other code for a failure.
    Ok(Outcome::Fine)
}

/// What changed; `None` where that cannot be said in the words of a model.
fn compare(
    args: &Args,
    (folder, path, to): (&Path, &Path, &Path),
    (old, new): (&Path, &Path),
) -> Result<Option<Vec<Change>>, Failure> {
    let mut sides = Vec::new();
    for (file, path) in [(old, path), (new, to)] {
        if file == Path::new("/dev/null") || file == Path::new("nul") {
            sides.push(None);
            continue;
        }
        let Ok(text) = String::from_utf8(std::fs::read(folder.join(file))?) else {
            return Ok(None);
        };
        match read(args, &folder.join(path), text)? {
            Some(model) => sides.push(Some(model)),
            None => return Ok(None),
        }
    }
    Ok(match &sides[..] {
        [Some(old), Some(new)] => Some(model::diff(old, new)),
        [None, Some(new)] => Some(whole(new, &ChangeKind::Added)),
        [Some(old), None] => Some(whole(old, &ChangeKind::Removed)),
        _ => None,
    })
}

fn read(args: &Args, path: &Path, text: String) -> Result<Option<Model>, Failure> {
    let mut loader = Loader::new(args)?;
    let Some(metamodel) = loader.metamodel_of_text(path, &text)? else {
        return Ok(None);
    };
    let mut sources = Sources::default();
    let name = path.to_string_lossy();
    let file = sources.add(name.as_ref(), text);
    let mut found = Diagnostics::default();
    let model = format::read(&name, (&sources, file), &metamodel, &mut found);
    Ok((!found.has_errors()).then_some(model))
}
