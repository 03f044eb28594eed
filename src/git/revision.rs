//! Commits by their names: one, a range, or one with all its ancestors; and what a commit says of itself.

use std::collections::{BTreeMap, BTreeSet};

use gix::ObjectId;
use gix::revision::plumbing::Spec;
use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;

use super::error::Context;
use super::{GitError, branch};
use crate::diag::one_line;

/// A commit: who made it, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its identity.
    pub id: String,
    /// The first seven digits of it.
    pub short: String,
    /// The identities of its parents.
    pub parents: Vec<String>,
    /// When its author made it.
    pub time: Time,
    /// The author's name.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
    /// The trailers of its message, in their order.
    pub trailers: Vec<(String, String)>,
}

/// A moment, with the time zone it was written down in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Seconds since 1970 began in Greenwich.
    pub seconds: i64,
    /// Seconds that the clock of the author was ahead of Greenwich.
    pub offset: i32,
}

/// Which commits are meant.
#[derive(Clone, Copy, Debug)]
pub enum Commits<'a> {
    /// A commit alone, or those of a range `A..B`: of B and its ancestors, without A and its ancestors.
    Named(&'a str),
    /// A commit with all its ancestors, or those of a range.
    UpTo(&'a str),
}

impl std::fmt::Display for Time {
    /// `2026-11-18 10:02`, by the clock of the author.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let offset = jiff::tz::Offset::from_seconds(self.offset);
        match (jiff::Timestamp::from_second(self.seconds), offset) {
            (Ok(time), Ok(offset)) => {
                let local = offset.to_datetime(time);
                write!(f, "{}", local.strftime("%Y-%m-%d %H:%M"))
            }
            _ => f.write_str("at no time that a calendar has"),
        }
    }
}

impl std::fmt::Display for Revision {
    /// `8c1f2e0  2026-11-18 10:02  Ada`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let author = one_line(&self.author);
        write!(f, "{}  {}  {author}", self.short, self.time)
    }
}

impl Revision {
    /// The values of the trailers of one name.
    pub fn trailer<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r str> {
        let of = move |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.trailers.iter().filter(of).map(|(_, v)| v.as_str())
    }

    /// Reads a commit.
    pub(super) fn read(git: &gix::Repository, id: ObjectId) -> Result<Self, GitError> {
        let commit = git.find_commit(id).doing("read the commit", id)?;
        let author = commit.author().doing("read the author of", id)?;
        let time = author.time().doing("read the time of", id)?;
        let message = commit.message().doing("read the message of", id)?;
        let trailers = message.body().map(|body| {
            let pairs = body
                .trailers()
                .map(|line| (line.token.to_string(), line.value.to_string()));
            pairs.collect()
        });
        Ok(Self {
            id: id.to_string(),
            short: id.to_hex_with_len(7).to_string(),
            parents: commit.parent_ids().map(|p| p.to_string()).collect(),
            time: Time {
                seconds: time.seconds,
                offset: time.offset,
            },
            author: author.name.to_string(),
            subject: message.summary().to_string(),
            trailers: trailers.unwrap_or_default(),
        })
    }
}

/// A walk over commits: where it begins and what it leaves out.
pub(super) struct Walk {
    tips: Vec<ObjectId>,
    hidden: Vec<ObjectId>,
}

impl Walk {
    /// From `HEAD`; there is nothing to walk over before the first commit.
    pub(super) fn of_head(git: &gix::Repository) -> Result<Self, GitError> {
        Ok(Self {
            tips: branch::position(git)?.id.into_iter().collect(),
            hidden: Vec::new(),
        })
    }

    /// From a commit, or over a range.
    pub(super) fn of(git: &gix::Repository, name: &str) -> Result<Self, GitError> {
        let (tips, hidden) = match parse(git, name)? {
            Spec::Range { from, to } => (vec![to], vec![from]),
            other => (vec![single(other, name)?], Vec::new()),
        };
        let peel = |ids: Vec<ObjectId>| -> Result<Vec<ObjectId>, GitError> {
            ids.into_iter().map(|id| peel(git, id, name)).collect()
        };
        Ok(Self {
            tips: peel(tips)?,
            hidden: peel(hidden)?,
        })
    }

    /// The commits, those with younger dates first.
    pub(super) fn newest_first(
        self,
        git: &gix::Repository,
    ) -> Result<impl Iterator<Item = Result<ObjectId, GitError>> + '_, GitError> {
        let order = Sorting::ByCommitTime(CommitTimeOrder::NewestFirst);
        let walk = git.rev_walk(self.tips).with_hidden(self.hidden);
        let walk = walk
            .sorting(order)
            .all()
            .doing_at("walk the history of", git.git_dir())?;
        Ok(walk.map(move |step| {
            let step = step.doing_at("walk the history of", git.git_dir());
            step.map(|info| info.id)
        }))
    }
}

/// Reads commits, each after those of its parents that are among them.
pub(super) fn list(git: &gix::Repository, which: Commits<'_>) -> Result<Vec<Revision>, GitError> {
    let walk = match which {
        Commits::UpTo(name) => Walk::of(git, name)?,
        Commits::Named(name) => match parse(git, name)? {
            Spec::Range { .. } => Walk::of(git, name)?,
            other => {
                let id = peel(git, single(other, name)?, name)?;
                return Ok(vec![Revision::read(git, id)?]);
            }
        },
    };
    let mut found = Vec::new();
    for id in walk.newest_first(git)? {
        found.push(Revision::read(git, id?)?);
    }
    Ok(parents_first(found))
}

/// Sorts commits that come newest first: dates alone would not do, since clocks differ.
fn parents_first(found: Vec<Revision>) -> Vec<Revision> {
    let order: Vec<String> = found.iter().rev().map(|r| r.id.clone()).collect();
    let mut open: BTreeMap<String, Revision> =
        found.into_iter().map(|r| (r.id.clone(), r)).collect();
    let mut sorted = Vec::with_capacity(order.len());
    let mut seen = BTreeSet::new();
    for id in order {
        let mut stack = vec![id];
        while let Some(id) = stack.last() {
            let parents = open.get(id).map(|r| &r.parents);
            let missing = parents.and_then(|all| {
                let mut all = all.iter();
                all.find(|p| open.contains_key(*p) && !seen.contains(*p))
            });
            if let Some(parent) = missing {
                let parent = parent.clone();
                seen.insert(parent.clone());
                stack.push(parent);
            } else {
                let id = stack.pop().expect("it was looked at");
                seen.insert(id.clone());
                sorted.extend(open.remove(&id));
            }
        }
    }
    sorted
}

/// Finds the commit that a name means.
pub(super) fn find(git: &gix::Repository, name: &str) -> Result<ObjectId, GitError> {
    let id = git
        .rev_parse_single(name)
        .map_err(|error| unknown(name, error))?;
    peel(git, id.detach(), name)
}

/// Whether a commit holds a signature, good or not.
pub(super) fn has_signature(git: &gix::Repository, id: &str) -> Result<bool, GitError> {
    let commit = git
        .find_commit(find(git, id)?)
        .doing("read the commit", id)?;
    let decoded = commit.decode().doing("read the commit", id)?;
    Ok(decoded.extra_headers().pgp_signature().is_some())
}

fn parse(git: &gix::Repository, name: &str) -> Result<Spec, GitError> {
    let spec = git.rev_parse(name).map_err(|error| unknown(name, error))?;
    Ok(spec.detach())
}

/// The commit of a name that is no range.
fn single(spec: Spec, name: &str) -> Result<ObjectId, GitError> {
    match spec {
        Spec::Include(id) => Ok(id),
        _ => Err(unknown(
            name,
            "only a commit or a range A..B is understood here",
        )),
    }
}

/// The commit behind a tag.
fn peel(git: &gix::Repository, id: ObjectId, name: &str) -> Result<ObjectId, GitError> {
    let object = git.find_object(id).map_err(|error| unknown(name, error))?;
    let commit = object.peel_to_commit();
    Ok(commit.map_err(|error| unknown(name, error))?.id)
}

/// What is at the bottom of an error says it in git's words; what is above it, in those of the library.
fn unknown(revision: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> GitError {
    let error = error.into();
    let mut innermost: &dyn std::error::Error = &*error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let said = innermost.to_string();
    // The name of a variant is no sentence.
    let source = if said.contains(' ') {
        said
    } else {
        "there is no such name".to_owned()
    };
    GitError::Revision {
        revision: revision.to_owned(),
        source: source.into(),
    }
}
