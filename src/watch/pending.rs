//! The debounce: what has changed and not been reported yet, and when it will be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{Batch, Options, Scope};

/// How an event leaves the file that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leaves {
    /// Complete: closed after writing, or renamed into its place.
    Complete,
    /// Perhaps in the middle of something.
    Unsettled,
    /// Gone, perhaps only until its new version is in its place.
    Gone,
    /// Open, and written to: what it holds is a part of what it will hold.
    Writing,
}

impl Leaves {
    /// The same for a path: one that is not waited for is only unsettled.
    pub(super) fn of(self, scope: &Scope<'_>, path: &Path) -> Self {
        match self {
            Self::Gone | Self::Writing if !(scope.awaited)(path) => Self::Unsettled,
            leaves => leaves,
        }
    }
}

/// Changes on their way to become a batch.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// The paths with how they are left now.
    paths: BTreeMap<PathBuf, Leaves>,
    rescan: bool,
    /// The arrival of the first event and of the last one.
    span: Option<(Instant, Instant)>,
}

impl Pending {
    /// Takes note of an event about a path.
    pub(super) fn touch(&mut self, path: PathBuf, leaves: Leaves, at: Instant) {
        self.paths.insert(path, leaves);
        self.extend(at);
    }

    /// Takes note that anything may have changed.
    pub(super) fn rescan(&mut self, at: Instant) {
        self.rescan = true;
        self.extend(at);
    }

    fn extend(&mut self, at: Instant) {
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }

    /// Returns when the batch is ready if nothing else happens; `None` where nothing is pending.
    pub(super) fn ready_at(&self, options: &Options) -> Option<Instant> {
        let (first, last) = self.span?;
        let worst = self.paths.values().max().copied();
        let (pause, at_most) = match worst {
            Some(Leaves::Writing) => (options.writing, options.patience),
            Some(Leaves::Gone) => (options.gone, options.patience),
            Some(Leaves::Complete) if !self.rescan => {
                (options.settled.min(options.quiet), options.at_most)
            }
            _ => (options.quiet, options.at_most),
        };
        Some((last + pause).min(first + at_most))
    }

    /// The paths that are waited for because they are being written.
    pub(super) fn written(&self) -> impl Iterator<Item = &PathBuf> {
        let all = self.paths.iter();
        all.filter(|(_, leaves)| **leaves == Leaves::Writing)
            .map(|(path, _)| path)
    }

    /// Returns the batch if it is ready, and begins the next one.
    pub(super) fn take(&mut self, options: &Options, now: Instant) -> Option<Batch> {
        if self.ready_at(options)? > now {
            return None;
        }
        let (first_event, _) = self.span?;
        let pending = std::mem::take(self);
        Some(Batch {
            paths: pending.paths.into_keys().collect(),
            rescan: pending.rescan,
            first_event,
            ready: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn after(start: Instant, milliseconds: u64) -> Instant {
        start + Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_complete_save_waits_for_the_short_time_only() {
        let (start, options) = (Instant::now(), Options::default());
        let mut pending = Pending::default();
        pending.touch("a".into(), Leaves::Unsettled, start);
        assert_eq!(pending.ready_at(&options), Some(after(start, 100)));
        pending.touch("a".into(), Leaves::Complete, after(start, 2));
        assert_eq!(pending.ready_at(&options), Some(after(start, 32)));
        assert!(pending.take(&options, after(start, 31)).is_none());
        let batch = pending.take(&options, after(start, 32)).unwrap();
        assert_eq!((batch.first_event, batch.ready), (start, after(start, 32)));
        assert_eq!(pending.ready_at(&options), None);
    }

    #[test]
    fn one_file_in_the_middle_of_a_write_keeps_the_whole_batch_waiting() {
        let (start, options) = (Instant::now(), Options::default());
        let mut pending = Pending::default();
        pending.touch("a".into(), Leaves::Unsettled, start);
        pending.touch("b".into(), Leaves::Complete, after(start, 10));
        assert_eq!(pending.ready_at(&options), Some(after(start, 110)));
    }

    #[test]
    fn a_file_that_is_open_or_gone_is_waited_for_but_not_for_ever() {
        let (start, options) = (Instant::now(), Options::default());
        let mut pending = Pending::default();
        pending.touch("a".into(), Leaves::Gone, start);
        assert_eq!(pending.ready_at(&options), Some(start + options.gone));
        pending.touch("a".into(), Leaves::Writing, after(start, 300));
        assert_eq!(
            pending.ready_at(&options),
            Some(after(start, 300) + options.writing)
        );
        let late = start + options.patience;
        pending.touch("a".into(), Leaves::Writing, late);
        assert_eq!(pending.ready_at(&options), Some(late));
        pending.touch("a".into(), Leaves::Complete, late);
        assert_eq!(pending.ready_at(&options), Some(start + options.at_most));
    }

    #[test]
    fn a_burst_without_a_pause_is_reported_all_the_same() {
        let (start, options) = (Instant::now(), Options::default());
        let mut pending = Pending::default();
        for step in 0..100 {
            pending.touch("a".into(), Leaves::Complete, after(start, step * 10));
        }
        assert_eq!(pending.ready_at(&options), Some(after(start, 500)));
    }
}
