//! `mlopsgen git install`: what git needs to know, in `.gitattributes` for everybody and in the settings of this clone.

use std::path::Path;

use crate::cli::args::{Args, GitInstall};
use crate::cli::project::{Project, not_on_path};
use crate::cli::terminal::Terminal;
use crate::cli::{Failure, Outcome};
use crate::git::lines::{remove_config, set_config};
use crate::pipeline;
use crate::workspace;

/// The lines around ours in `.gitattributes`.
const BEGIN: &str = "# >>> mlopsgen git install";
const END: &str = "# <<< mlopsgen git install";

pub(super) fn run(
    args: &Args,
    options: &GitInstall,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let project = Project::find(args)?;
    let repository = project.needed_repository()?;
    let root = repository.root();
    let mut done = Vec::new();
    let lines = if options.uninstall {
        Vec::new()
    } else {
        attributes(&project)?
    };
    if write_attributes(&project.root.join(".gitattributes"), &lines)? {
        done.push(".gitattributes");
    }
    if options.uninstall {
        for section in ["diff.mlopsgen", "merge.mlopsgen"] {
            if remove_config(root, section)? {
                done.push(section);
            }
        }
        return told(terminal, "removed", "there was nothing to remove", &done);
    }
    let program = program();
    let merge = program.replace('%', "%%");
    let settings = [
        (
            "diff.mlopsgen.command",
            format!("{program} git diff-driver"),
        ),
        (
            "merge.mlopsgen.name",
            "models, merged by mlopsgen".to_owned(),
        ),
        (
            "merge.mlopsgen.driver",
            // Where the program is gone or breaks, git merges the lines itself.
            format!(
                "{merge} git merge-driver %O %A %B %L %P || case $? in 1) false;; \
                 *) git merge-file --diff3 --marker-size=%L %A %O %B;; esac"
            ),
        ),
    ];
    for (key, value) in &settings {
        if set_config(root, key, value)? {
            done.push(*key);
        }
    }
    told(terminal, "set up", "all was set up already", &done)
}

fn told(
    terminal: &mut Terminal,
    verb: &str,
    nothing: &str,
    done: &[&str],
) -> Result<Outcome, Failure> {
    if done.is_empty() {
        terminal.say(nothing)?;
    }
    for what in done {
        terminal.say(&format!("{verb} {what}"))?;
    }
    Ok(Outcome::Fine)
}

/// How a shell calls this program: by its name where it finds it so.
fn program() -> String {
    let Some(path) = not_on_path() else {
        return "mlopsgen".to_owned();
    };
    // Shells of git on Windows take slashes.
    let text = path.to_string_lossy().replace('\\', "/");
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The lines of `.gitattributes` for the models, knowledge and metamodels of the workspace.
fn attributes(project: &Project) -> Result<Vec<String>, Failure> {
    let config = pipeline::configuration(&project.world).ok_or_else(|| {
        Failure::usage("mlopsgen.yaml cannot be used").hint("`mlopsgen check` says why")
    })?;
    let mut lines = Vec::new();
    let models = config.models.iter().chain(&config.knowledge);
    for located in models.chain(&config.metamodels) {
        let text = located.pattern.text().trim_start_matches("./");
        for pattern in alternatives(text) {
            let quoted = if pattern.contains([' ', '\t', '"', '\\']) {
                format!(
                    "\"/{}\"",
                    pattern.replace('\\', "\\\\").replace('"', "\\\"")
                )
            } else {
                format!("/{pattern}")
            };
            let line = format!("{quoted} diff=mlopsgen merge=mlopsgen");
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    Ok(lines)
}

/// A pattern without braces, which git does not know: one for each way through them.
fn alternatives(pattern: &str) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return vec![pattern.to_owned()];
    };
    let Some((inside, after)) = rest.split_once('}') else {
        return vec![pattern.to_owned()];
    };
    let ways = inside.split(',').map(|way| format!("{before}{way}{after}"));
    ways.flat_map(|way| alternatives(&way)).collect()
}

/// Puts our lines into the file, or takes them out where there are none; returns whether that changed it.
fn write_attributes(file: &Path, lines: &[String]) -> Result<bool, Failure> {
    let old = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Failure::usage(format!(
                "cannot read {}: {error}",
                file.display()
            )));
        }
    };
    let new = with_block(&old, lines);
    if new == old {
        return Ok(false);
    }
    if new.is_empty() {
        std::fs::remove_file(file)?;
    } else {
        workspace::save(file, |out| out.write_all(new.as_bytes()))?;
    }
    Ok(true)
}

fn with_block(old: &str, lines: &[String]) -> String {
    let mut before = String::new();
    let mut after = String::new();
    let mut state = 0;
    for line in old.split_inclusive('\n') {
        match (state, line.trim_end()) {
            (0, BEGIN) => state = 1,
            (1, END) => state = 2,
            (0, _) => before.push_str(line),
            (1, _) => {}
            _ => after.push_str(line),
        }
    }
    if lines.is_empty() {
        return before + &after;
    }
    if !before.is_empty() && !before.ends_with('\n') {
        before.push('\n');
    }
    format!("{before}{BEGIN}\n{}\n{END}\n{after}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_put_in_once_and_taken_out_whole() {
        let lines = ["/models/*.yaml diff=mlopsgen merge=mlopsgen".to_owned()];
        let once = with_block("*.png binary", &lines);
        assert_eq!(with_block(&once, &lines), once);
        assert!(once.starts_with("*.png binary\n# >>>"), "{once}");
        assert_eq!(
            with_block(&format!("{once}# end\n"), &[]),
            "*.png binary\n# end\n"
        );
        assert_eq!(with_block(&with_block("", &lines), &[]), "");
    }

    #[test]
    fn braces_become_patterns_of_their_own() {
        assert_eq!(alternatives("m/*.{yaml,xmi}"), ["m/*.yaml", "m/*.xmi"]);
        assert_eq!(alternatives("m/**/*.yaml"), ["m/**/*.yaml"]);
    }
}
