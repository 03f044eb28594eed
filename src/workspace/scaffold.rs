//! New workspaces, and files of the pack that are to be edited.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the gateway to the disk for new files"
)]

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::WorkspaceError;
use super::journal::stage;
use crate::pipeline;
use crate::world::MemoryWorld;

/// What `init` makes.
#[derive(Clone, Debug)]
pub enum Scaffold {
    /// A small pipeline of this name.
    Small(String),
    /// The pipeline of the example that has this name, with its data.
    Sample(String),
}

/// The names of the pipelines that the example has, in their order.
pub fn samples() -> Vec<&'static str> {
    let name = |(path, _): (&'static str, _)| {
        let file = path.strip_prefix("models/")?;
        Some(file.split_once('.')?.0)
    };
    let mut names: Vec<&str> = pipeline::example().filter_map(name).collect();
    names.sort_unstable();
    names
}

/// Copies the example workspace into a folder that is empty or not there. Returns the paths.
pub fn copy_example(folder: &Path) -> Result<Vec<String>, WorkspaceError> {
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(WorkspaceError::Exists(folder.to_owned()));
    }
    let mut paths = Vec::new();
    for (path, bytes) in pipeline::example() {
        new_file(&folder.join(path), bytes)?;
        paths.push(path.to_owned());
    }
    Ok(paths)
}

impl Scaffold {
    /// The files of the workspace, by path.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let config = include_bytes!("scaffold/mlopsgen.yaml").to_vec();
        let ignored = include_bytes!("scaffold/gitignore").to_vec();
        let mut files = vec![
            (pipeline::CONFIG_FILE.to_owned(), config),
            (".gitignore".to_owned(), ignored),
        ];
        files.extend(match self {
            Self::Small(name) => small(name),
            Self::Sample(name) => sample(name),
        });
        files.extend(schema(&files).map(|text| (pipeline::SCHEMA.to_owned(), text.into_bytes())));
        files
    }
}

fn small(name: &str) -> Vec<(String, Vec<u8>)> {
    let model = include_str!("scaffold/model.yaml").replace("NAME", name);
    let mut files = vec![(format!("models/{name}.yaml"), model.into_bytes())];
    let data = pipeline::example().find(|(path, _)| path.ends_with("/example-pipeline.csv"));
    files.extend(data.map(|(_, bytes)| (format!("data/{name}.csv"), bytes.to_vec())));
    files
}

/// The model, its data, and what the example says of the origin of data.
fn sample(name: &str) -> Vec<(String, Vec<u8>)> {
    let model = format!("models/{name}.");
    let data = [format!("data/{name}.csv"), "data/README.md".to_owned()];
    pipeline::example()
        .filter(|(path, _)| path.starts_with(&model) || data.iter().any(|d| d == path))
        .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
        .collect()
}

/// The schema that the model names in its first line.
fn schema(files: &[(String, Vec<u8>)]) -> Option<String> {
    let mut world = MemoryWorld::default();
    for (path, bytes) in files {
        world.insert(path.clone(), bytes);
    }
    pipeline::schema_text(&pipeline::run(&world)).map(str::to_owned)
}

/// Makes a workspace with one pipeline. Files that are there already are kept; returns those that were made.
pub fn scaffold(folder: &Path, what: &Scaffold) -> Result<Vec<String>, WorkspaceError> {
    let mut made = Vec::new();
    for (path, bytes) in what.files() {
        match new_file(&folder.join(&path), &bytes) {
            Ok(()) => made.push(path),
            Err(WorkspaceError::Exists(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(made)
}

/// Copies a file of the pack into the workspace, where it takes the place of the built-in one.
pub fn eject(root: &Path, path: &str, bytes: &[u8]) -> Result<(), WorkspaceError> {
    new_file(&root.join(path), bytes)
}

/// Makes a file that is not there yet, whole or not at all.
fn new_file(path: &Path, bytes: &[u8]) -> Result<(), WorkspaceError> {
    if path.symlink_metadata().is_ok() {
        return Err(WorkspaceError::Exists(path.to_owned()));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let staged = path.with_file_name(stage(&name));
    // Of a run that was killed: a part of what is written now, or somebody's.
    if fs::read(&staged).is_ok_and(|left| bytes.starts_with(&left)) {
        fs::remove_file(&staged).map_err(|e| WorkspaceError::io("remove", &staged, e))?;
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|e| WorkspaceError::io("create", parent, e))?;
    }
    let new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&staged);
    let mut new = new.map_err(|e| WorkspaceError::io("write", &staged, e))?;
    let placed = new.write_all(bytes).and_then(|()| place(&staged, path));
    placed.map_err(|error| {
        // What is half written is ours alone; the first error is the one to tell.
        drop(fs::remove_file(&staged));
        match error.kind() {
            ErrorKind::AlreadyExists => WorkspaceError::Exists(path.to_owned()),
            _ => WorkspaceError::io("write", path, error),
        }
    })
}

/// Moves a file into a place that is free.
fn place(staged: &Path, path: &Path) -> std::io::Result<()> {
    match renameat_with(CWD, staged, CWD, path, RenameFlags::NOREPLACE) {
        Err(Errno::NOSYS | Errno::INVAL) => fs::rename(staged, path),
        moved => Ok(moved?),
    }
}
