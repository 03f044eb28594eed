//! Embeds the top-level folders `metamodel`, `transforms` and `templates` as the built-in pack, and
//! `workspace-example` as what `demo` and `init` copy: a file added there needs no line of Rust.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script is a gateway to the disk"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const TABLES: &[(&str, &[&str])] = &[
    ("PACK", &["metamodel", "transforms", "templates"]),
    ("EXAMPLE", &["workspace-example"]),
];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut code = String::new();
    for (table, folders) in TABLES {
        let mut files = Vec::new();
        for folder in *folders {
            println!("cargo:rerun-if-changed={folder}");
            collect(&root.join(folder), folder, &mut files)?;
        }
        files.sort();
        writeln!(
            code,
            "/// Path and bytes of each file.\npub(crate) static {table}: &[(&str, &[u8])] = &["
        )
        .expect("writing to a string cannot fail");
        for path in files {
            let file = root.join(&path);
            writeln!(
                code,
                "    ({path:?}, include_bytes!({:?})),",
                file.display().to_string()
            )
            .expect("writing to a string cannot fail");
        }
        code.push_str("];\n");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("embedded.rs"), code)
}

fn collect(folder: &Path, name: &str, files: &mut Vec<String>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            if !is_local(&path) {
                collect(&entry.path(), &path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether a folder is what running the example leaves behind.
fn is_local(path: &str) -> bool {
    [
        "__pycache__",
        "artifacts",
        ".git",
        ".ruff_cache",
        ".mypy_cache",
    ]
    .iter()
    .any(|name| path.ends_with(&format!("/{name}")))
}
