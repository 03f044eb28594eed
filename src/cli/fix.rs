//! `mlopsgen check --fix`: the safe fixes of the workspace, written, and what is left after them.

use super::Failure;
use super::args::Check;
use super::past::Past;
use super::project::Project;
use super::terminal::{GREEN, RED, Terminal};
use crate::diag::counted;
use crate::pipeline::{self, Fixed, Plan, Run};

/// Makes the safe fixes, or shows them, and returns the run over what is fixed; with it whether what was to be written
/// could be.
pub(super) fn run(
    project: &Project,
    options: &Check,
    terminal: &mut Terminal,
) -> Result<(Run, Written), Failure> {
    let fixed = pipeline::fix(&project.world)?;
    for fix in &fixed.made {
        let (place, title, constraint) = (&fix.place, &fix.title, &fix.constraint);
        terminal.say(&format!(
            "{GREEN}fixed{GREEN:#} {place}: {title} ({constraint})"
        ))?;
    }
    for reason in &fixed.refused {
        terminal.say(&format!("{RED}not fixed{RED:#}: {reason}"))?;
    }
    let written = if options.diff {
        for file in &fixed.files {
            terminal.print(&file.unified())?;
        }
        if fixed.files.is_empty() {
            Written::All
        } else {
            Written::Nothing
        }
    } else {
        write(project, &fixed, terminal)?
    };
    Ok((fixed.run, written))
}

/// What became of fixed files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// All are written, or there was none.
    All,
    /// They were only shown, or somebody changed one in the meantime.
    Nothing,
}

fn write(project: &Project, fixed: &Fixed, terminal: &mut Terminal) -> Result<Written, Failure> {
    let plan = Plan {
        files: fixed.files.clone(),
        ..Plan::default()
    };
    let past = Past::of(project);
    let applied = past.apply(&plan)?;
    for displaced in &applied.displaced {
        terminal.say(&past.describe(displaced))?;
    }
    for path in &applied.held {
        terminal.say(&format!(
            "{path} was changed by somebody else at this moment: it is kept, fix again"
        ))?;
    }
    if !fixed.made.is_empty() && applied.held.is_empty() {
        let fixes = counted(fixed.made.len(), "finding");
        let files = counted(applied.written.len(), "file");
        terminal.say(&format!("{GREEN}fixed {fixes}{GREEN:#} in {files}"))?;
    }
    Ok(if applied.held.is_empty() {
        Written::All
    } else {
        Written::Nothing
    })
}
