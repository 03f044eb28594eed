//! A folder below the root of a workspace that is held open: what is done in it is done there, whatever becomes of the
//! names that lead to it meanwhile. No link is followed on the way, nor at its end.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::WorkspaceError;

const FOLDER: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// What stands at a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum There {
    /// Nothing.
    Absent,
    /// A regular file with this content.
    File(Vec<u8>),
    /// A link, a folder, a device.
    Other,
}

impl There {
    /// The content of a regular file.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::File(bytes) => Some(bytes),
            Self::Absent | Self::Other => None,
        }
    }
}

/// What becomes of folders that are not there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// They are made.
    Make,
    /// There is nothing to be done in them.
    Stop,
}

/// A folder that is held open.
pub(super) struct Folder {
    file: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// Opens the folder that a path (from the root, with `/`) lies in; `None` where it is not there.
    pub(super) fn of(
        root: &Path,
        path: &str,
        missing: Missing,
    ) -> Result<Option<Self>, WorkspaceError> {
        let open = rustix::fs::openat(CWD, root, FOLDER & !OFlags::NOFOLLOW, Mode::empty());
        let mut folder = Self {
            file: open.map_err(|e| WorkspaceError::io("read", root, e.into()))?,
            path: root.to_owned(),
        };
        let (above, _) = path.rsplit_once('/').unwrap_or_default();
        for name in above.split('/').filter(|name| !name.is_empty()) {
            match folder.enter(name, missing)? {
                Some(below) => folder = below,
                None => return Ok(None),
            }
        }
        Ok(Some(folder))
    }

    /// Opens a folder in it; `None` where it is not there.
    pub(super) fn enter(
        &self,
        name: &str,
        missing: Missing,
    ) -> Result<Option<Self>, WorkspaceError> {
        let path = self.path.join(name);
        let open = || rustix::fs::openat(&self.file, name, FOLDER, Mode::empty());
        let opened = match open() {
            Err(Errno::NOENT) if missing == Missing::Stop => return Ok(None),
            Err(Errno::NOTDIR) if missing == Missing::Stop && !self.is_link(name) => {
                return Ok(None);
            }
            Err(Errno::NOENT) => {
                self.make(name)?;
                open()
            }
            opened => opened,
        };
        match opened {
            Ok(file) => Ok(Some(Self { file, path })),
            Err(Errno::LOOP | Errno::NOTDIR) if self.is_link(name) => {
                Err(WorkspaceError::Link(path))
            }
            Err(error) => Err(WorkspaceError::io("read", &path, error.into())),
        }
    }

    /// Whether there is something at a name.
    pub(super) fn has(&self, name: &str) -> bool {
        rustix::fs::statat(&self.file, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Makes a folder in it; `false` where something has that name.
    pub(super) fn make(&self, name: &str) -> Result<bool, WorkspaceError> {
        match rustix::fs::mkdirat(&self.file, name, Mode::from_raw_mode(0o777)) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(self.failed("create", name)(error.into())),
        }
    }

    /// Removes a folder in it, if that is there and empty.
    pub(super) fn remove_folder(&self, name: &str) -> bool {
        rustix::fs::unlinkat(&self.file, name, AtFlags::REMOVEDIR).is_ok()
    }

    fn is_link(&self, name: &str) -> bool {
        let data = rustix::fs::statat(&self.file, name, AtFlags::SYMLINK_NOFOLLOW);
        data.is_ok_and(|data| FileType::from_raw_mode(data.st_mode) == FileType::Symlink)
    }

    /// Where a name of the folder is, for messages.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn failed(&self, action: &'static str, name: &str) -> impl FnOnce(io::Error) -> WorkspaceError {
        let path = self.path(name);
        move |error| WorkspaceError::io(action, &path, error)
    }

    /// Looks at a name.
    pub(super) fn look(&self, name: &str) -> Result<There, WorkspaceError> {
        // A pipe is opened without waiting for somebody at its other end.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut file = match rustix::fs::openat(&self.file, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(There::Absent),
            Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR) => return Ok(There::Other),
            Err(error) => return Err(self.failed("read", name)(error.into())),
        };
        let mut bytes = Vec::new();
        let data = file.metadata().map_err(self.failed("read", name))?;
        if !data.is_file() {
            return Ok(There::Other);
        }
        file.read_to_end(&mut bytes)
            .map_err(self.failed("read", name))?;
        Ok(There::File(bytes))
    }

    /// Makes a new file, with the rights of another one if there is one like it.
    pub(super) fn create(
        &self,
        name: &str,
        like: Option<&str>,
        bytes: &[u8],
    ) -> Result<(), WorkspaceError> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.file, name, flags, Mode::from_raw_mode(0o666))
            .map_err(|e| self.failed("write", name)(e.into()))?;
        let like = like.map(|like| rustix::fs::statat(&self.file, like, AtFlags::SYMLINK_NOFOLLOW));
        let written = match like {
            Some(Ok(data)) if FileType::from_raw_mode(data.st_mode) == FileType::RegularFile => {
                rustix::fs::fchmod(&file, Mode::from_raw_mode(data.st_mode)).map_err(Into::into)
            }
            _ => Ok(()),
        };
        let written = written.and_then(|()| File::from(file).write_all(bytes));
        if written.is_err() {
            // What is half written is ours; the first error is the one to tell.
            drop(self.remove(name));
        }
        written.map_err(self.failed("write", name))
    }

    /// Forces the bytes of a file to the disk.
    pub(super) fn sync(&self, name: &str) -> Result<(), WorkspaceError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(&self.file, name, flags, Mode::empty())
            .and_then(rustix::fs::fsync)
            .map_err(|e| self.failed("write", name)(e.into()))
    }

    /// Gives a file another name, if that is free or, where names are exchanged, taken.
    pub(super) fn rename(&self, from: &str, to: &str, how: RenameFlags) -> Result<(), Errno> {
        rustix::fs::renameat_with(&self.file, from, &self.file, to, how)
    }

    /// Gives a file another name, whatever has it: where a file system knows nothing better.
    pub(super) fn replace(&self, from: &str, to: &str) -> Result<(), Errno> {
        rustix::fs::renameat(&self.file, from, &self.file, to)
    }

    /// Removes a file.
    pub(super) fn remove(&self, name: &str) -> Result<(), WorkspaceError> {
        rustix::fs::unlinkat(&self.file, name, AtFlags::empty())
            .map_err(|e| self.failed("remove", name)(e.into()))
    }
}

/// The folder of the file before, held open: files of one folder follow each other.
#[derive(Default)]
pub(super) struct Opened {
    path: String,
    folder: Option<Folder>,
}

impl Opened {
    /// Opens the folder that a path lies in, as [`Folder::of`] does.
    pub(super) fn of(
        &mut self,
        root: &Path,
        file: &str,
        missing: Missing,
    ) -> Result<Option<&Folder>, WorkspaceError> {
        let (path, _) = file.rsplit_once('/').unwrap_or_default();
        if self.folder.is_none() || self.path != path {
            self.folder = Folder::of(root, file, missing)?;
            path.clone_into(&mut self.path);
        }
        Ok(self.folder.as_ref())
    }

    /// Lets go of a folder that may be no more.
    pub(super) fn close(&mut self) {
        self.folder = None;
    }
}

/// Removes the folders that a path lies in, from the innermost, as far as they are empty.
pub(super) fn prune(root: &Path, path: &str) {
    let mut above = path;
    while let Some((folder, _)) = above.rsplit_once('/') {
        let parent = Folder::of(root, folder, Missing::Stop);
        let (_, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        let Ok(Some(parent)) = parent else { return };
        if !parent.remove_folder(name) {
            return;
        }
        above = folder;
    }
}
