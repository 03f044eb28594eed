//! What the git program itself does: merges of lines, textual differences, settings of the repository.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::GitError;

/// Three versions of a file merged line by line.
#[derive(Debug)]
pub struct MergedLines {
    /// The text, with markers where lines conflict.
    pub text: Vec<u8>,
    /// Whether it has no markers.
    pub is_clean: bool,
}

/// Merges lines as git does, with the base between the markers of conflicts.
pub fn merge_lines(
    folder: &Path,
    [base, ours, theirs]: [&Path; 3],
    marker_size: usize,
) -> Result<MergedLines, GitError> {
    let size = format!("--marker-size={marker_size}");
    let labels = ["-L", "ours", "-L", "base", "-L", "theirs"];
    let mut command = git(folder);
    command.args(["merge-file", "-p", "-q", "--diff3", &size]);
    command.args(labels).arg("--").args([ours, base, theirs]);
    let output = output(command, "merge-file")?;
    // It counts conflicts up to 127; beyond are failures.
    match output.status.code() {
        Some(code @ 0..=127) => Ok(MergedLines {
            text: output.stdout,
            is_clean: code == 0,
        }),
        _ => Err(failed("merge-file", &output)),
    }
}

/// The differences of the lines of two files, as git prints them.
pub fn diff_lines(folder: &Path, old: &Path, new: &Path) -> Result<Vec<u8>, GitError> {
    let mut command = git(folder);
    command.args(["--no-pager", "diff", "--no-index", "--no-ext-diff", "--"]);
    command.args([old, new]);
    let output = output(command, "diff")?;
    match output.status.code() {
        Some(0 | 1) => Ok(output.stdout),
        _ => Err(failed("diff", &output)),
    }
}

/// Sets a setting of the repository; returns whether it was another before.
pub fn set_config(folder: &Path, key: &str, value: &str) -> Result<bool, GitError> {
    let mut command = git(folder);
    command.args(["config", "--local", "--get", key]);
    let old = output(command, "config")?;
    if old.status.success() && String::from_utf8_lossy(&old.stdout).trim_end_matches('\n') == value
    {
        return Ok(false);
    }
    let mut command = git(folder);
    command.args(["config", "--local", key, value]);
    let set = output(command, "config")?;
    if set.status.success() {
        Ok(true)
    } else {
        Err(failed("config", &set))
    }
}

/// Takes a section of settings of the repository away; returns whether there was one.
pub fn remove_config(folder: &Path, section: &str) -> Result<bool, GitError> {
    let mut command = git(folder);
    command.args(["config", "--local", "--remove-section", section]);
    Ok(output(command, "config")?.status.success())
}

fn git(folder: &Path) -> Command {
    let mut command = Command::new(OsStr::new("git"));
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn output(mut command: Command, what: &'static str) -> Result<Output, GitError> {
    command.output().map_err(|source| GitError::Program {
        what,
        source: source.into(),
    })
}

fn failed(what: &'static str, output: &Output) -> GitError {
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    GitError::Program {
        what,
        source: said.into(),
    }
}
