//! The disk as a [`World`].
#![expect(
    clippy::disallowed_methods,
    reason = "this is the gateway to the disk for reading"
)]

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::large;
use crate::world::{Bytes, Pattern, World, WorldError};

/// The files below a folder.
#[derive(Clone, Debug)]
pub struct DiskWorld {
    root: PathBuf,
    /// The folder whose files are shown by relative paths.
    shown_from: Option<String>,
}

impl DiskWorld {
    /// The files below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            shown_from: None,
        }
    }

    /// All files of the machine, those below `folder` shown by relative paths. Paths are absolute, without the first `/`.
    pub fn everywhere(folder: &Path) -> Self {
        let folder = folder.to_string_lossy();
        let below = folder.trim_matches('/');
        Self {
            root: PathBuf::from("/"),
            shown_from: Some(if below.is_empty() {
                String::new()
            } else {
                format!("{below}/")
            }),
        }
    }

    fn walk(
        &self,
        folder: &str,
        pattern: &Pattern,
        found: &mut Vec<String>,
    ) -> Result<(), WorldError> {
        let entries = match fs::read_dir(self.root.join(folder)) {
            Ok(entries) => entries,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(());
            }
            Err(error) => return Err(failed(folder, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|e| failed(folder, e))?;
            // A name that is no text cannot be named in a configuration either.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = if folder.is_empty() {
                name.clone()
            } else {
                format!("{folder}/{name}")
            };
            let kind = entry.file_type().map_err(|e| failed(&path, e))?;
            if kind.is_dir() {
                if name != ".git" {
                    self.walk(&path, pattern, found)?;
                }
            } else if pattern.matches(&path) && (kind.is_file() || self.root.join(&path).is_file())
            {
                found.push(path);
            }
        }
        Ok(())
    }
}

fn failed(path: &str, error: std::io::Error) -> WorldError {
    WorldError {
        path: path.to_owned(),
        source: Box::new(error),
    }
}

pub(super) fn is_file(path: &Path) -> bool {
    path.is_file()
}

impl World for DiskWorld {
    fn display_path(&self, path: &str) -> String {
        match &self.shown_from {
            None => path.to_owned(),
            Some(folder) => path
                .strip_prefix(folder.as_str())
                .map_or_else(|| format!("/{path}"), str::to_owned),
        }
    }

    fn read(&self, path: &str) -> Result<Option<Bytes>, WorldError> {
        let full = self.root.join(path);
        let length = match fs::metadata(&full) {
            // To open a pipe or a device could wait for ever.
            Ok(data) if !data.is_file() && !data.is_dir() => {
                return Err(failed(path, std::io::Error::other("it is no regular file")));
            }
            Ok(data) => data.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(_) => 0,
        };
        match large::read(&full, length) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
                    Ok(None)
                }
                _ => Err(failed(path, error)),
            },
        }
    }

    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError> {
        let mut found = Vec::new();
        if pattern.is_literal() {
            if self.root.join(pattern.text()).is_file() {
                found.push(pattern.text().to_owned());
            }
            return Ok(found);
        }
        self.walk(pattern.base(), pattern, &mut found)?;
        found.sort();
        Ok(found)
    }
}
