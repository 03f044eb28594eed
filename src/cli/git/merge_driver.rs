//! What git calls to merge a model: exit code 0 merged, 1 conflicts. Whatever is unexpected is merged by lines, as git
//! does it, so that no change is ever lost.

use std::path::Path;

use crate::cli::args::{Args, MergeDriver};
use crate::cli::load::Loader;
use crate::cli::terminal::Terminal;
use crate::cli::{Failure, Outcome, project};
use crate::git::lines::{MergedLines, merge_lines};
use crate::merge::{self, MergeError, Texts};
use crate::workspace;

pub(super) fn run(
    args: &Args,
    options: &MergeDriver,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let folder = project::folder(args)?;
    let [base, ours, theirs] =
        [&options.base, &options.ours, &options.theirs].map(|path| folder.join(path));
    let lines = merge_lines(&folder, [&base, &ours, &theirs], options.marker_size)?;
    let path = options.path.display();
    match as_models(args, options, (&folder, &lines))? {
        Ok(text) => {
            save(&ours, text.as_bytes())?;
            return Ok(Outcome::Fine);
        }
        Err(MergeError::Conflicts(conflicts)) => {
            for conflict in conflicts {
                terminal.say(&format!("{path}: conflict: {conflict}"))?;
            }
            save(&ours, &lines.text)?;
            return Ok(Outcome::Findings);
        }
        Err(error) => terminal.say(&format!("{path}: merged by lines: {error}"))?,
    }
    save(&ours, &lines.text)?;
    Ok(if lines.is_clean {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

fn save(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    Ok(workspace::save(file, |out| out.write_all(bytes))?)
}

fn as_models(
    args: &Args,
    options: &MergeDriver,
    (folder, lines): (&Path, &MergedLines),
) -> Result<Result<String, MergeError>, Failure> {
    let mut texts = Vec::new();
    for file in [&options.base, &options.ours, &options.theirs] {
        let bytes = std::fs::read(folder.join(file))?;
        match String::from_utf8(bytes) {
            Ok(text) => texts.push(text),
            Err(_) => return Ok(Err(MergeError::Beyond("text that is not UTF-8"))),
        }
    }
    let mut loader = Loader::new(args)?;
    let metamodel = loader.metamodel_of_text(&folder.join(&options.path), &texts[1])?;
    let Some(metamodel) = metamodel else {
        return Ok(Err(MergeError::Beyond(
            "a model whose metamodel cannot be read",
        )));
    };
    let path = options.path.to_string_lossy();
    let clean = std::str::from_utf8(&lines.text)
        .ok()
        .filter(|_| lines.is_clean);
    let texts = Texts {
        path: &path,
        base: &texts[0],
        ours: &texts[1],
        theirs: &texts[2],
        lines: clean,
    };
    Ok(merge::merge(texts, &metamodel).map(|(text, _)| text))
}
