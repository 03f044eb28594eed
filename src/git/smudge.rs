//! What files that git keeps in another form are in the work tree: those that go through a filter of the user's, which
//! encrypts, say, or keeps large files elsewhere.

use gix::ObjectId;
use gix::bstr::{BStr, BString};
use gix::filter::plumbing::driver::apply::Delay;
use gix::filter::plumbing::pipeline::convert::{ToWorktreeOutcome, to_worktree};
use gix::index::entry::{Flags, Mode, Stat};
use gix::worktree::stack::state::attributes::Source;

use super::GitError;
use super::error::Context;

/// The file of attributes of a folder.
pub(super) const ATTRIBUTES: &str = ".gitattributes";

/// The files of attributes of a commit, by their paths from its top.
pub(super) type Attributes = Vec<(String, ObjectId)>;

/// The filters that are configured, by the attributes of a commit.
pub(super) struct Smudge {
    pipeline: gix::filter::plumbing::Pipeline,
    stack: gix::worktree::Stack,
    drivers: Vec<BString>,
}

impl Smudge {
    /// The names of the filters that change files on their way into the work tree.
    pub(super) fn drivers(git: &gix::Repository) -> Result<Vec<BString>, GitError> {
        let options = gix::filter::Pipeline::options(git);
        let drivers = options
            .doing_at("read the filters of", git.git_dir())?
            .drivers;
        let drivers = drivers.into_iter();
        let wanted = drivers.filter(|d| d.smudge.is_some() || d.process.is_some());
        Ok(wanted.map(|driver| driver.name).collect())
    }

    /// These filters for a commit with these attributes, and those that are for the repository as a whole.
    pub(super) fn new(
        git: &gix::Repository,
        drivers: Vec<BString>,
        attributes: &Attributes,
    ) -> Result<Self, GitError> {
        let mut index = gix::index::State::new(git.object_hash());
        for (path, id) in attributes {
            let (path, mode) = (path.as_str().into(), Mode::FILE);
            index.dangerously_push_entry(Stat::default(), *id, Flags::empty(), mode, path);
        }
        index.sort_entries();
        let stack = git.attributes_only(&index, Source::IdMapping);
        let stack = stack.doing_at("read the attributes of", git.git_dir())?;
        let pipeline = gix::filter::Pipeline::new(git, stack.detach());
        let pipeline = pipeline.doing_at("read the filters of", git.git_dir())?;
        let (pipeline, stack) = pipeline.into_parts();
        Ok(Self {
            pipeline,
            stack,
            drivers,
        })
    }

    /// What the filter of a path makes of the bytes of a blob; `None` where it has none, or one that fails.
    pub(super) fn apply(
        &mut self,
        git: &gix::Repository,
        path: &str,
        bytes: &[u8],
    ) -> Result<Option<Vec<u8>>, GitError> {
        let mut found = self.stack.selected_attribute_matches(["filter"]);
        let place = self.stack.at_entry(path, None, &git.objects);
        let place = place.doing("read the attributes of", path)?;
        place.matching_attributes(&mut found);
        let is_driver = |name: &BStr| self.drivers.iter().any(|driver| driver == name);
        let is_filtered = found.iter_selected().any(|hit| match hit.assignment.state {
            gix::attrs::StateRef::Value(name) => is_driver(name.as_bstr()),
            _ => false,
        });
        if !is_filtered {
            return Ok(None);
        }
        let options = to_worktree::Options {
            can_delay: Delay::Forbid,
            unknown_encoding: to_worktree::UnknownEncoding::Fail,
        };
        let mut attributes = |_: &BStr, out: &mut _| {
            place.matching_attributes(out);
        };
        let made = self
            .pipeline
            .convert_to_worktree(bytes, path.into(), &mut attributes, options);
        let Ok(mut made) = made else {
            return Ok(None);
        };
        let mut text = Vec::new();
        let is_whole = match &mut made {
            ToWorktreeOutcome::Unchanged(same) => {
                text.extend(*same);
                true
            }
            ToWorktreeOutcome::Buffer(buffer) => {
                text.extend(*buffer);
                true
            }
            ToWorktreeOutcome::Process(_) => made
                .as_read()
                .is_some_and(|out| out.read_to_end(&mut text).is_ok()),
        };
        Ok(is_whole.then_some(text))
    }
}
