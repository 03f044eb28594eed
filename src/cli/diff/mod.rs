//! `mlopsgen diff`: what changed between two versions of a model, in the words of the model.
//!
//! Like `git diff --exit-code` and diff(1): no difference is exit code 0, differences are 1, a failure is 2.

mod print;
mod revisions;

pub(super) use print::{Compared, coloured};
pub(super) use revisions::whole;

use std::path::Path;

use super::args::{Args, Diff};
use super::load::Loader;
use super::terminal::Terminal;
use super::{Failure, Outcome, project};
use crate::model;

pub(super) fn run(
    args: &Args,
    options: &Diff,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let folder = project::folder(args)?;
    let is_file =
        |name: &str| Path::new(name).extension().is_some() && project::is_file(&folder.join(name));
    let compared = match &options.what[..] {
        [a, b] if is_file(a) && is_file(b) => files(args, options, (a, b), terminal)?,
        [_] | [_, _] => revisions::compare(args, options, terminal)?,
        _ => None,
    };
    let Some(compared) = compared else {
        return Err(Failure::usage("what cannot be read cannot be compared"));
    };
    if options.json {
        terminal.line(&print::json(&compared))?;
    } else {
        for one in &compared {
            terminal.print(&coloured(one))?;
        }
    }
    let same = compared.iter().all(Compared::is_same);
    Ok(if same {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

/// Compares two files, in whichever syntaxes they are.
fn files(
    args: &Args,
    options: &Diff,
    (a, b): (&str, &str),
    terminal: &mut Terminal,
) -> Result<Option<Vec<Compared>>, Failure> {
    let mut sides = Vec::new();
    for name in [a, b] {
        let mut loader = Loader::new(args)?;
        let loaded = loader.model(args, (Path::new(name), &options.metamodels))?;
        loader.report(terminal)?;
        let broken = loader.diagnostics.has_errors();
        sides.extend(loaded.filter(|_| !broken).map(|l| l.model));
    }
    let [old, new] = &sides[..] else {
        return Ok(None);
    };
    Ok(Some(vec![Compared {
        path: b.to_owned(),
        from: Some(a.to_owned()),
        changes: model::diff(old, new),
    }]))
}
