//! One file and the name beside it: new bytes take its place in one step, and what they displace is looked at then.

use rustix::fs::RenameFlags;
use rustix::io::Errno;

use super::WorkspaceError;
use super::folder::{Folder, There};

/// How an exchange ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exchanged {
    /// The new file is in place.
    Done,
    /// Somebody's file is in place again.
    Held,
    /// Somebody's newer file is in place, and beside it an older one that nobody but us has seen go.
    Twice,
}

/// A file and the name beside it, in a folder.
pub(super) struct Place<'p> {
    /// The folder.
    pub folder: &'p Folder,
    /// The file.
    pub name: &'p str,
    /// The name beside it.
    pub staged: &'p str,
}

impl Place<'_> {
    fn failed(&self, error: Errno) -> WorkspaceError {
        WorkspaceError::io("write", &self.folder.path(self.name), error.into())
    }

    fn discard(&self, outcome: Exchanged) -> Result<Exchanged, WorkspaceError> {
        self.folder.remove(self.staged).map(|()| outcome)
    }

    /// An error leaves nothing of ours beside the file.
    fn give_up(&self, error: Errno) -> WorkspaceError {
        drop(self.folder.remove(self.staged));
        self.failed(error)
    }

    /// Moves a new file into a place that is still free.
    pub(super) fn fill(&self) -> Result<Exchanged, WorkspaceError> {
        match self
            .folder
            .rename(self.staged, self.name, RenameFlags::NOREPLACE)
        {
            Ok(()) => Ok(Exchanged::Done),
            Err(Errno::NOSYS | Errno::INVAL) if self.folder.look(self.name)? == There::Absent => {
                let moved = self.folder.replace(self.staged, self.name);
                moved.map(|()| Exchanged::Done).map_err(|e| self.give_up(e))
            }
            Err(Errno::EXIST | Errno::NOSYS | Errno::INVAL) => self.discard(Exchanged::Held),
            Err(error) => Err(self.give_up(error)),
        }
    }

    /// Swaps a file for its new version, then looks at what was displaced: if a person had saved it, it goes back.
    pub(super) fn exchange(
        &self,
        before: &[u8],
        content: &[u8],
    ) -> Result<Exchanged, WorkspaceError> {
        let swap = || {
            self.folder
                .rename(self.staged, self.name, RenameFlags::EXCHANGE)
        };
        match swap() {
            Ok(()) => {}
            Err(Errno::NOENT) => return self.discard(Exchanged::Held),
            Err(Errno::NOSYS | Errno::INVAL) => {
                if self.folder.look(self.name)?.bytes() != Some(before) {
                    return self.discard(Exchanged::Held);
                }
                let moved = self.folder.replace(self.staged, self.name);
                return moved.map(|()| Exchanged::Done).map_err(|e| self.give_up(e));
            }
            Err(error) => return Err(self.give_up(error)),
        }
        let displaced = self.folder.look(self.staged);
        if matches!(&displaced, Ok(There::File(bytes)) if bytes == before) {
            return self.discard(Exchanged::Done);
        }
        // Put back too what cannot be looked at.
        match swap() {
            // Taken away since: what was displaced has the name to itself.
            Err(Errno::NOENT) => self
                .folder
                .rename(self.staged, self.name, RenameFlags::NOREPLACE)
                .map_err(|e| self.failed(e))?,
            swapped => swapped.map_err(|e| self.failed(e))?,
        }
        let again = self.folder.look(self.staged)?;
        displaced?;
        match again {
            There::Absent => Ok(Exchanged::Held),
            There::File(bytes) if bytes == content => self.discard(Exchanged::Held),
            // Saved once more while ours was in place: the newer one belongs there.
            There::File(_) | There::Other => {
                swap().map_err(|e| self.failed(e))?;
                Ok(Exchanged::Twice)
            }
        }
    }

    /// Takes a file away, then looks at what it was: if a person had saved it, it goes back.
    pub(super) fn take_away(&self, before: &[u8]) -> Result<Exchanged, WorkspaceError> {
        let (free, folder) = (RenameFlags::NOREPLACE, self.folder);
        match folder.rename(self.name, self.staged, free) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(Exchanged::Done),
            Err(Errno::NOSYS | Errno::INVAL) => {
                if folder.look(self.name)?.bytes() != Some(before) {
                    return Ok(Exchanged::Held);
                }
                return folder.remove(self.name).map(|()| Exchanged::Done);
            }
            Err(error) => return Err(self.failed(error)),
        }
        let taken = folder.look(self.staged);
        if matches!(&taken, Ok(There::File(bytes)) if bytes == before) {
            return self.discard(Exchanged::Done);
        }
        match folder.rename(self.staged, self.name, free) {
            Ok(()) => taken.map(|_| Exchanged::Held),
            Err(Errno::EXIST) => taken.map(|_| Exchanged::Twice),
            Err(error) => Err(self.failed(error)),
        }
    }
}
