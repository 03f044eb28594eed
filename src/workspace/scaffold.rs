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
pub struct Scaffold {
    /// The name of the pipeline.
    pub name: String,
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
        let model = include_str!("scaffold/model.yaml").replace("NAME", &self.name);
        let mut files = vec![
            (
                pipeline::CONFIG_FILE.to_owned(),
                include_bytes!("scaffold/mlopsgen.yaml").to_vec(),
            ),
            (format!("models/{}.yaml", self.name), model.into_bytes()),
            (
                ".gitignore".to_owned(),
                include_bytes!("scaffold/gitignore").to_vec(),
            ),
        ];
        files.extend(schema(&files).map(|text| (pipeline::SCHEMA.to_owned(), text.into_bytes())));
        let sample = pipeline::example().find(|(path, _)| path.ends_with("/example-pipeline.csv"));
        files.extend(sample.map(|(_, bytes)| (format!("data/{}.csv", self.name), bytes.to_vec())));
        files
    }
}

/// The schema that the model names in its first line.
fn schema(files: &[(String, Vec<u8>)]) -> Option<String> {
    let mut world = MemoryWorld::default();
    for (path, bytes) in files {
        world.insert(path.clone(), bytes);
    }
    pipeline::schema_text(&pipeline::run(&world))
}

/// Makes a workspace with one small pipeline. Files that are there already are kept; returns those that were made.
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
