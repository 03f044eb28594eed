//! Carrying a plan out: each file appears whole or not at all, and what a person wrote meanwhile is put back.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the gateway to the disk for writing"
)]

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::WorkspaceError;
use crate::pipeline::{Decision, OWN, Plan, PlannedFile};

/// What became of a plan.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Paths that were written.
    pub written: Vec<String>,
    /// Paths that were removed.
    pub removed: Vec<String>,
    /// Paths that somebody changed between planning and writing: they are left as they are.
    pub held: Vec<String>,
}

/// Writes and removes what a plan asks for below `root`.
pub fn apply(root: &Path, plan: &Plan) -> Result<Applied, WorkspaceError> {
    let mut applied = Applied::default();
    for file in plan.changes() {
        // A record tells what is in the files. Where one of them is held it would be wrong; the next run tells it.
        if file.path.starts_with(OWN) && !applied.held.is_empty() {
            continue;
        }
        let target = root.join(&file.path);
        let list = match (file.decision, &file.content) {
            (Decision::Remove, _) => remove(root, &target, file)?.then_some(&mut applied.removed),
            (_, Some(content)) => {
                write(root, &target, (file, content))?.then_some(&mut applied.written)
            }
            (_, None) => continue,
        };
        list.unwrap_or(&mut applied.held).push(file.path.clone());
    }
    Ok(applied)
}

/// Makes the folders above a file; a link among them is refused.
fn folders(root: &Path, target: &Path) -> Result<(), WorkspaceError> {
    let parent = target.parent().unwrap_or(root);
    let below = parent.strip_prefix(root).unwrap_or(parent);
    let mut folder = root.to_owned();
    for component in below.components() {
        folder.push(component);
        match fs::symlink_metadata(&folder) {
            Ok(data) if data.is_symlink() => return Err(WorkspaceError::Link(folder)),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir(&folder).map_err(|e| WorkspaceError::io("create", &folder, e))?;
            }
            Err(error) => return Err(WorkspaceError::io("read", &folder, error)),
        }
    }
    Ok(())
}

/// A name beside the target for bytes that are not complete yet.
fn stage(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.mlopsgen-new"))
}

/// Writes one file; `false` where somebody else changed it.
fn write(root: &Path, target: &Path, what: (&PlannedFile, &[u8])) -> Result<bool, WorkspaceError> {
    let (file, content) = what;
    folders(root, target)?;
    let staged = stage(target);
    let io = |action, path: &Path| {
        let path = path.to_owned();
        move |source| WorkspaceError::Io {
            action,
            path,
            source,
        }
    };
    // A staged file of a run that was killed is either complete or not, and belongs to nobody.
    match fs::remove_file(&staged) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(WorkspaceError::io("remove", &staged, error));
        }
        _ => {}
    }
    let mut new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&staged)
        .map_err(io("write", &staged))?;
    new.write_all(content).map_err(io("write", &staged))?;
    drop(new);
    match &file.before {
        None => place(&staged, target),
        Some(before) => exchange((&staged, target), before),
    }
}

/// Moves a new file into a place that is still free.
fn place(staged: &Path, target: &Path) -> Result<bool, WorkspaceError> {
    let outcome = match renameat_with(CWD, staged, CWD, target, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL)
            if fs::symlink_metadata(target).is_err() =>
        {
            fs::rename(staged, target)
        }
        other => other.map_err(Into::into),
    };
    match outcome {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            discard(staged)?;
            Ok(false)
        }
        Err(error) => Err(WorkspaceError::io("write", target, error)),
    }
}

/// Swaps a file for its new version, then looks at what was displaced: if a person had saved it, it goes back.
fn exchange(paths: (&Path, &Path), before: &[u8]) -> Result<bool, WorkspaceError> {
    let (staged, target) = paths;
    if let Ok(data) = fs::metadata(target) {
        fs::set_permissions(staged, data.permissions())
            .map_err(|e| WorkspaceError::io("write", staged, e))?;
    }
    let swap = || renameat_with(CWD, staged, CWD, target, RenameFlags::EXCHANGE);
    match swap() {
        Ok(()) => {}
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL) => {
            if fs::read(target).is_ok_and(|now| now == before) {
                fs::rename(staged, target).map_err(|e| WorkspaceError::io("write", target, e))?;
                return Ok(true);
            }
            discard(staged)?;
            return Ok(false);
        }
        Err(rustix::io::Errno::NOENT) => {
            discard(staged)?;
            return Ok(false);
        }
        Err(error) => return Err(WorkspaceError::io("write", target, error.into())),
    }
    let displaced = fs::read(staged).map_err(|e| WorkspaceError::io("read", staged, e))?;
    if displaced == before {
        discard(staged)?;
        return Ok(true);
    }
    swap().map_err(|e| WorkspaceError::io("write", target, e.into()))?;
    discard(staged)?;
    Ok(false)
}

fn discard(staged: &Path) -> Result<(), WorkspaceError> {
    fs::remove_file(staged).map_err(|e| WorkspaceError::io("remove", staged, e))
}

/// Removes one file, and the folders that are empty then; `false` where somebody else changed it.
fn remove(root: &Path, target: &Path, file: &PlannedFile) -> Result<bool, WorkspaceError> {
    match fs::read(target) {
        Ok(now) if Some(&now) == file.before.as_ref() => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        _ => return Ok(false),
    }
    fs::remove_file(target).map_err(|e| WorkspaceError::io("remove", target, e))?;
    let mut folder = target.parent();
    while let Some(empty) = folder.filter(|f| *f != root && f.starts_with(root)) {
        if fs::remove_dir(empty).is_err() {
            break;
        }
        folder = empty.parent();
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_record_tells_of_a_file_that_somebody_saved_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::write(root.join("a"), "saved").unwrap();
        let planned = |path: &str, before: Option<&str>, decision| PlannedFile {
            path: path.to_owned(),
            content: Some(b"new".to_vec()),
            before: before.map(|b| b.as_bytes().to_vec()),
            decision,
        };
        let record = format!("{OWN}record");
        let files = vec![
            planned("a", Some("old"), Decision::Update),
            planned("b", None, Decision::Create),
            planned(&record, None, Decision::Create),
        ];
        let plan = Plan {
            files,
            ..Plan::default()
        };
        let applied = apply(&root, &plan).unwrap();
        assert_eq!(
            (applied.held, applied.written),
            (vec!["a".to_owned()], vec!["b".to_owned()])
        );
        assert_eq!(fs::read(root.join("a")).unwrap(), b"saved");
        assert!(!root.join(record).exists());
        assert_eq!(
            fs::read_dir(&root).unwrap().count(),
            2,
            "nothing is left behind"
        );
    }
}
