//! `mlopsgen import acceleo`: templates of Acceleo become templates and helpers of a workspace.

use super::args::{Args, Import, ImportAcceleo, ImportCommand};
use super::load::Loader;
use super::project::{Project, is_file};
use super::terminal::Terminal;
use super::{Failure, Outcome, project};
use crate::diag::Severity;
use crate::import::acceleo::{self, Made};
use crate::pipeline::CONFIG_FILE;
use crate::workspace;

pub(super) fn run(
    args: &Args,
    options: &Import,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let ImportCommand::Acceleo(options) = &options.command;
    let mut loader = Loader::new(args)?;
    let is_known = !options.metamodels.metamodels.is_empty() || Project::find(args).is_ok();
    let metamodel = is_known
        .then(|| loader.metamodel(args, &options.metamodels))
        .transpose()?;
    if loader.diagnostics.has_errors() {
        return loader.report(terminal);
    }
    let mut files = Vec::new();
    for file in &options.files {
        files.extend(loader.file(file)?);
    }
    let read = (&loader.sources, &files[..]);
    let made = acceleo::import(read, metamodel.as_ref(), &mut loader.diagnostics);
    if let Some(metamodel) = &metamodel {
        let folder = options.output.to_string_lossy();
        let with = (&mut loader.sources, &mut loader.diagnostics);
        acceleo::check(&made, (&folder, metamodel), with.0, with.1);
    }
    if options.stdout {
        for file in &made {
            let path = options.output.join(&file.path);
            terminal.print(&format!("==> {} <==\n{}\n", path.display(), file.text))?;
        }
    } else {
        write(args, (options, &made), terminal)?;
    }
    let outcome = loader.report(terminal)?;
    let left = loader.diagnostics.count(Severity::Error);
    if left > 0 {
        let many = if left == 1 { "finding" } else { "findings" };
        terminal.say(&format!("{left} {many} to settle by hand"))?;
    }
    Ok(outcome)
}

fn write(
    args: &Args,
    (options, made): (&ImportAcceleo, &[Made]),
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let folder = project::folder(args)?.join(&options.output);
    let there = made.iter().find(|m| is_file(&folder.join(&m.path)));
    if let Some(there) = there.filter(|_| !options.force) {
        let path = options.output.join(&there.path);
        let failure = Failure::usage(format!("{} is there already", path.display()));
        return Err(failure.hint("`--force` replaces it, `--output DIR` writes elsewhere"));
    }
    for file in made {
        workspace::save(&folder.join(&file.path), |out| {
            out.write_all(file.text.as_bytes())
        })?;
        let path = options.output.join(&file.path);
        let next = if file.is_template() {
            String::new()
        } else {
            format!("; list it under `transforms` in {CONFIG_FILE}")
        };
        terminal.say(&format!("wrote {}{next}", path.display()))?;
    }
    Ok(())
}
