//! New workspaces, and files of the pack that are to be edited.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the gateway to the disk for new files"
)]

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::WorkspaceError;
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
    pipeline::schema_text(&pipeline::run(&world))
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

fn new_file(path: &Path, bytes: &[u8]) -> Result<(), WorkspaceError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|e| WorkspaceError::io("create", parent, e))?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file
            .write_all(bytes)
            .map_err(|e| WorkspaceError::io("write", path, e)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(WorkspaceError::Exists(path.to_owned()))
        }
        Err(error) => Err(WorkspaceError::io("write", path, error)),
    }
}
