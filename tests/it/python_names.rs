//! What is told of Python beyond its syntax: nothing of files that run, such as the standard library's own. Its tests
//! are left aside, since they read names that are not there on purpose. `MLOPSGEN_PYTHON` names other folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mlopsgen::generate::language;

/// How what is told may begin: of a file that has `enum` put names into its module by a call, and of what is wrong in some
/// releases.
const KNOWN: &[&str] = &[
    "ssl.py: ",
    "idlelib/config_key.py: nothing here is called `GetKeysDialog`",
    "mimetypes.py: the key `.bmp` is there twice",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let aside = [
            "site-packages",
            "dist-packages",
            "__pycache__",
            "test",
            "tests",
            "idle_test",
        ];
        if path.is_dir() {
            if !aside.contains(&&*name) {
                files(&path, found);
            }
        } else if name.ends_with(".py") {
            found.push(path);
        }
    }
}

#[test]
fn nothing_is_told_of_the_standard_library() {
    let script = "import sysconfig; print(sysconfig.get_paths()['stdlib'])";
    let Ok(asked) = Command::new("python3").args(["-c", script]).output() else {
        println!("skipped: there is no python3");
        return;
    };
    let folder = String::from_utf8(asked.stdout).unwrap();
    let folder = std::env::var("MLOPSGEN_PYTHON").unwrap_or(folder);
    let folder = PathBuf::from(folder.trim());
    let mut all = Vec::new();
    files(&folder, &mut all);
    all.sort();
    let python = language::find(Some("python"), "").unwrap();
    let (mut looked, mut told) = (0, Vec::new());
    for path in all {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        looked += 1;
        for flaw in python.check(&text) {
            let line = text[..flaw.offset].matches('\n').count() + 1;
            let shown = path.strip_prefix(&folder).unwrap().display().to_string();
            let known = format!("{shown}: {}", flaw.message);
            if !KNOWN.iter().any(|begin| known.starts_with(begin)) {
                told.push(format!("{shown}:{line}: {}", flaw.message));
            }
        }
    }
    println!("{} findings in {looked} files", told.len());
    assert!(looked > 500, "{looked} files");
    assert!(told.is_empty(), "{}", told.join("\n"));
}
