//! Which commits of a history are wanted.

use super::causes;
use crate::audit::{self, Changes};
use crate::cli::args::{BY_HAND, History};
use crate::cli::{Failure, day};
use crate::git::HistoryEntry;

/// The wishes of a command line.
pub(super) struct Filter<'a> {
    options: &'a History,
    since: Option<i64>,
    until: Option<i64>,
}

impl<'a> Filter<'a> {
    pub(super) fn new(options: &'a History) -> Result<Self, Failure> {
        Ok(Self {
            options,
            since: day::start(options.since.as_deref())?,
            until: day::end(options.until.as_deref())?,
        })
    }

    /// Whether nothing is asked for that the walk does not see to.
    pub(super) fn is_empty(&self) -> bool {
        let o = self.options;
        o.cause.is_none()
            && o.author.is_none()
            && o.element.is_none()
            && self.since.is_none()
            && self.until.is_none()
    }

    pub(super) fn wants(
        &self,
        entry: &HistoryEntry,
        changes: &mut Changes,
    ) -> Result<bool, Failure> {
        let revision = &entry.revision;
        let time = revision.time.seconds;
        if self.since.is_some_and(|s| time < s) || self.until.is_some_and(|u| time > u) {
            return Ok(false);
        }
        if let Some(author) = &self.options.author
            && !revision
                .author
                .to_lowercase()
                .contains(&author.to_lowercase())
        {
            return Ok(false);
        }
        if let Some(cause) = self.options.cause.as_deref() {
            let mut all = causes(entry);
            let is_of = match cause {
                BY_HAND => all.next().is_none(),
                kind => all.any(|c| c.split(' ').next() == Some(kind)),
            };
            if !is_of {
                return Ok(false);
            }
        }
        match &self.options.element {
            Some(element) => Ok(audit::concern(&changes.of(revision)?, element)),
            None => Ok(true),
        }
    }
}
