//! Watching a folder: one loop, one enum of events, batches of paths.
//!
//! Events are hints. They are merged, reordered, lost when a queue overflows and missed in folders that are made
//! faster than they can be watched; so a batch says where to look, [`Batch::rescan`] says to look everywhere, and the
//! caller reads and hashes. For the same reason a program's own writes need no filter here: nothing has changed when
//! the caller looks. Knows files, threads and the clock; knows nothing of models, and is called by `cli` alone.
//!
//! **When a batch is ready.** After [`Options::quiet`] without an event, and never later than [`Options::at_most`]
//! after its first one, so that a long burst shows progress. Most saves need not wait so long: a file that was closed
//! after writing, or renamed into its place, is complete. While all that is pending is complete in this sense, the
//! shorter [`Options::settled`] is enough; it is there to keep together what an editor or a formatter writes in one
//! go. Other changes wait for the longer time. A file that matters is waited for while it is open and written to, so that no
//! half of it is taken for all ([`Options::writing`]), and while it is gone, since editors save by taking the old version away
//! first ([`Options::gone`]). Times count from the arrival of an event, not from when it is looked at: what arrived
//! while the caller was busy is ready when the caller returns.
#![expect(
    clippy::disallowed_methods,
    reason = "the gateway to file events: it looks at folders and at the clock"
)]

mod event_loop;
pub mod keys;
pub mod lock;
mod native;
mod pending;
mod polling;
mod stop;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use event_loop::{rehearse, watch};
pub use stop::{Handle, on_interrupt};

/// What is watched.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The folder, with all that is in it.
    pub root: &'a Path,
    /// Whether a file matters, or a folder can hold files that do; asked with paths below `root`. What it refuses
    /// is not watched, and `.git` never is.
    pub relevant: &'a dyn Fn(&Path) -> bool,
    /// Whether a file that is being written, or is gone for a moment, is waited for.
    pub awaited: &'a dyn Fn(&Path) -> bool,
}

/// How patient to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long there must be no event before a batch is ready.
    pub quiet: Duration,
    /// The same, where every file that changed is known to be complete.
    pub settled: Duration,
    /// How long after its first event a batch is ready at the latest.
    pub at_most: Duration,
    /// How long a file that is waited for must be gone.
    pub gone: Duration,
    /// How long a file that is waited for may be open without being written to.
    pub writing: Duration,
    /// How long after its first event a batch with such files is ready at the latest.
    pub patience: Duration,
    /// How often to look at all files; `None` to have the operating system report changes.
    pub poll: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(100),
            settled: Duration::from_millis(30),
            at_most: Duration::from_millis(500),
            gone: Duration::from_millis(500),
            writing: Duration::from_secs(1),
            patience: Duration::from_secs(10),
            poll: None,
        }
    }
}

/// Changes that belong together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Files and folders that changed, appeared or went away. Empty where only a rescan is asked for.
    pub paths: BTreeSet<PathBuf>,
    /// Whether anything else may have changed as well.
    pub rescan: bool,
    /// When the first of the events arrived.
    pub first_event: Instant,
    /// When the batch was ready.
    pub ready: Instant,
}

/// What a watch tells its caller.
#[derive(Clone, Debug)]
pub enum Update {
    /// From now on nothing is missed: the moment to read everything for the first time.
    Watching,
    /// Something changed.
    Batch(Batch),
    /// A key was pressed.
    Key(char),
    /// The time has come that [`Step::Again`] asked for.
    Again,
    /// Something the user should know.
    Notice(Notice),
}

/// Something that is worth a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The operating system does not report changes, so all files are looked at from time to time.
    Polling {
        /// How often.
        every: Duration,
        /// Why.
        reason: String,
    },
    /// The watched folder is gone. Nothing is reported until it is there again.
    RootMissing,
    /// The watched folder is there again.
    RootBack,
}

impl fmt::Display for Notice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Polling { every, reason } => {
                write!(out, "looking for changes every {every:?}: {reason}")
            }
            Self::RootMissing => out.write_str("the watched folder is gone; waiting for it"),
            Self::RootBack => out.write_str("the watched folder is there again"),
        }
    }
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait for the next change.
    Go,
    /// Wait for it, but ask again after some time.
    Again(Duration),
    /// End the watch.
    Stop,
}

/// A watch cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The folder cannot be read.
    #[error("cannot watch {}", path.display())]
    Root {
        /// The folder.
        path: PathBuf,
        /// What the machine said.
        #[source]
        source: std::io::Error,
    },
    /// Signals cannot be listened to.
    #[error("cannot listen to signals")]
    Signals {
        /// What the machine said.
        #[source]
        source: std::io::Error,
    },
}
