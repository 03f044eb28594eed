//! The editor that the user wants.
#![expect(
    clippy::disallowed_methods,
    reason = "the environment says which program edits, and it is run because a key asks for it"
)]

use std::path::Path;
use std::process::Command;

/// Editors that are told a line as `FILE:LINE`.
const WITH_COLON: [&str; 4] = ["hx", "helix", "subl", "zed"];
/// Editors that need an option for that.
const WITH_OPTION: [&str; 4] = ["code", "codium", "cursor", "windsurf"];
/// Editors that are told a line by `+LINE` before the file.
const WITH_PLUS: [&str; 12] = [
    "vi",
    "vim",
    "nvim",
    "view",
    "nano",
    "emacs",
    "emacsclient",
    "kak",
    "joe",
    "micro",
    "gedit",
    "mg",
];

/// Opens a file at a line, and waits for the program to end; or tells why that cannot be.
pub(super) fn open(path: &Path, line: usize) -> Result<(), String> {
    let named = ["VISUAL", "EDITOR"].iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.trim().is_empty()).then_some(value)
    });
    let Some(named) = named else {
        return Err("set $VISUAL or $EDITOR to the editor that is to be opened".to_owned());
    };
    let mut words = named.split_whitespace();
    let program = words.next().unwrap_or_default();
    let mut command = Command::new(program);
    command.args(words);
    let name = Path::new(program).file_name().unwrap_or_default();
    let is = |names: &[&str]| names.iter().any(|n| name == *n);
    let with_line = || format!("{}:{line}", path.display());
    if is(&WITH_PLUS) {
        command.arg(format!("+{line}")).arg(path);
    } else if is(&WITH_COLON) {
        command.arg(with_line());
    } else if is(&WITH_OPTION) {
        command.args(["-g", &with_line()]);
    } else {
        command.arg(path);
    }
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} ended with {status}")),
        Err(error) => Err(format!("cannot run {program}: {error}")),
    }
}
