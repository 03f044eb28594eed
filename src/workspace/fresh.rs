//! A folder that is not there yet appears whole, with all files that a plan has for it: in one step, not in one for
//! each of them.

use std::path::Path;

use rustix::fs::RenameFlags;

use super::WorkspaceError;
use super::folder::{Folder, Missing, Opened, There};
use super::journal::{name_of, stage};
use crate::pipeline::{Decision, OWN, PlannedFile};

/// How many of the files at the beginning are new and in one folder.
pub(super) fn of_one_folder(files: &[&PlannedFile]) -> usize {
    let folder = |file: &PlannedFile| file.path.len() - name_of(&file.path).len();
    let Some(first) = files.first() else { return 0 };
    let above = &first.path[..folder(first)];
    let fits = |file: &&&PlannedFile| {
        let is_new = file.decision == Decision::Create && file.before.is_none();
        is_new && !file.path.starts_with(OWN) && file.path[..folder(file)] == *above
    };
    files.iter().take_while(fits).count()
}

/// Makes the folder of some files, with them in it. Returns whether it did: where the folder is there already, or
/// something is in the way, they are to be written one by one.
pub(super) fn make(
    root: &Path,
    files: &[&PlannedFile],
    opened: &mut Opened,
) -> Result<bool, WorkspaceError> {
    let above = files.first().and_then(|file| file.path.rsplit_once('/'));
    let Some((above, _)) = above else {
        return Ok(false);
    };
    let (name, staged) = (name_of(above), stage(name_of(above)));
    let Some(parent) = opened.of(root, above, Missing::Make)? else {
        return Ok(false);
    };
    if parent.has(name) || !parent.make(&staged).unwrap_or_default() {
        return Ok(false);
    }
    let Some(folder) = parent.enter(&staged, Missing::Stop)? else {
        return Ok(false);
    };
    let filled = files.iter().try_for_each(|file| {
        let content = file.content.as_deref().unwrap_or_default();
        folder.create(name_of(&file.path), None, content)
    });
    if filled.is_ok() && parent.rename(&staged, name, RenameFlags::NOREPLACE).is_ok() {
        return Ok(true);
    }
    for file in files {
        drop(folder.remove(name_of(&file.path)));
    }
    parent.remove_folder(&staged);
    Ok(false)
}

/// Removes one file of such a folder that a run that was killed had begun; the last of them takes the folder along.
pub(super) fn clear(root: &Path, file: &str) -> Result<(), WorkspaceError> {
    let Some((above, name)) = file.rsplit_once('/') else {
        return Ok(());
    };
    let staged = stage(name_of(above));
    let Some(parent) = Folder::of(root, above, Missing::Stop)? else {
        return Ok(());
    };
    let Some(folder) = parent.enter(&staged, Missing::Stop)? else {
        return Ok(());
    };
    if matches!(folder.look(name)?, There::File(_)) {
        folder.remove(name)?;
    }
    parent.remove_folder(&staged);
    Ok(())
}
