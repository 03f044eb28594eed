//! Why a commit has to wait: states of the repository in which the program keeps its hands off.

use std::fmt;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::state::InProgress;

use super::error::Context;
use super::settings::is_nowhere;
use super::{GitError, branch};
use crate::diag::one_line;

/// Hooks that git runs for a commit, and that are run by it for ours.
const COMMIT_HOOKS: [&str; 4] = [
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
];
/// Hooks that git runs wherever it moves a branch or writes the index, which cannot be run for ours.
const DEEP_HOOKS: [&str; 2] = ["reference-transaction", "post-index-change"];

/// A reason not to commit now. `Display` gives it in one line; [`Obstacle::hint`] says what ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Patches are being applied, `git am`.
    ApplyMailbox,
    /// A bisection is under way.
    Bisect,
    /// A cherry-pick is under way, or between two of its steps.
    CherryPick,
    /// A merge is under way.
    Merge,
    /// A rebase is under way, by either back end.
    Rebase,
    /// A revert is under way, or between two of its steps.
    Revert,
    /// Another process holds the index or the branch, or one that died left its lock behind.
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// Some path has unresolved conflicts.
    Unmerged {
        /// The first of them.
        path: String,
    },
    /// `HEAD` is at no branch.
    DetachedHead,
    /// Git does not know who commits.
    NoIdentity,
    /// A hook wants to see each step, and only git itself takes such steps.
    Hook {
        /// Its file.
        path: PathBuf,
    },
    /// A hook has refused the commit.
    HookRefused {
        /// The hook.
        name: String,
        /// What it said.
        reason: String,
    },
    /// A hook has staged something else than what is to be committed.
    HookChanged {
        /// The hook.
        name: String,
    },
    /// Commits are to be signed, and git could not.
    Unsigned {
        /// What it said.
        reason: String,
    },
    /// The repository belongs to another user of this machine.
    ForeignOwner,
    /// The repository is stored in a way that only git itself writes.
    Storage {
        /// What it uses.
        feature: String,
    },
    /// A filter changes the bytes of a path on their way into a commit, and only git itself runs filters.
    Filter {
        /// The path.
        path: String,
        /// The filter, or what went wrong in a conversion.
        reason: String,
    },
    /// A path to be written is a link, a folder or a submodule for git, or lies behind one.
    Occupied {
        /// What stands there.
        path: String,
    },
    /// The last commit has edits of an artifact that do not go together with what is generated now.
    Edited {
        /// The artifact.
        path: String,
    },
    /// The user has staged other content for some of the paths.
    Staged {
        /// These paths.
        paths: Vec<String>,
    },
    /// A branch that is to be committed on is checked out somewhere else.
    CheckedOut {
        /// The branch.
        branch: String,
    },
    /// The branch moved, twice, while a commit was being made.
    HeadMoved,
    /// An input was saved again since it was read: what is made of it now is made of nothing that could be committed.
    Changed {
        /// The input.
        path: String,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApplyMailbox => out.write_str("patches are being applied (git am)"),
            Self::Bisect => out.write_str("a bisection is in progress"),
            Self::CherryPick => out.write_str("a cherry-pick is in progress"),
            Self::Merge => out.write_str("a merge is in progress"),
            Self::Rebase => out.write_str("a rebase is in progress"),
            Self::Revert => out.write_str("a revert is in progress"),
            Self::Locked { path } => write!(out, "another process holds {}", path.display()),
            Self::Unmerged { path } => write!(out, "`{path}` has unresolved conflicts"),
            Self::DetachedHead => out.write_str("HEAD is at no branch"),
            Self::NoIdentity => out.write_str("git does not know who you are"),
            Self::Hook { path } => write!(out, "the hook {} would be bypassed", path.display()),
            Self::HookRefused { name, reason } => {
                write!(out, "the hook {name} refuses the commit: {}", said(reason))
            }
            Self::HookChanged { name } => {
                write!(
                    out,
                    "the hook {name} stages something else than what is generated"
                )
            }
            Self::Unsigned { reason } => {
                write!(out, "the commit cannot be signed: {}", said(reason))
            }
            Self::ForeignOwner => out.write_str("the repository belongs to another user"),
            Self::Storage { feature } => write!(out, "the repository uses {feature}"),
            Self::Filter { path, reason } => {
                write!(out, "`{path}` goes through a filter: {}", said(reason))
            }
            Self::Occupied { path } => write!(out, "`{path}` is no regular file for git"),
            Self::Edited { path } => write!(
                out,
                "the last commit edits `{path}` where something else is generated now"
            ),
            Self::Staged { paths } => {
                write!(out, "you have staged other content of {}", paths.join(", "))
            }
            Self::CheckedOut { branch } => {
                write!(
                    out,
                    "the branch {branch} is checked out in another work tree"
                )
            }
            Self::HeadMoved => out.write_str("the branch moved while the commit was being made"),
            Self::Changed { path } => write!(out, "`{path}` was saved again since it was read"),
        }
    }
}

impl Obstacle {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::ApplyMailbox => "end it with `git am --continue` or `git am --abort`",
            Self::Bisect => "end it with `git bisect reset`",
            Self::CherryPick => {
                "end it with `git cherry-pick --continue` or `git cherry-pick --abort`"
            }
            Self::Merge => "end it with `git commit` or `git merge --abort`",
            Self::Rebase => "end it with `git rebase --continue` or `git rebase --abort`",
            Self::Revert => "end it with `git revert --continue` or `git revert --abort`",
            Self::Locked { .. } => "wait for the other git command; if none runs, remove the file",
            Self::Unmerged { .. } => "resolve the conflicts, then `git add` the file",
            Self::DetachedHead => "go to a branch with `git switch`",
            Self::NoIdentity => "set `git config user.name` and `git config user.email`",
            Self::Hook { .. } | Self::Storage { .. } | Self::Filter { .. } => {
                "commit the written files with `git commit` yourself"
            }
            Self::HookRefused { .. } => {
                "put right what it tells; `git hook run <name>` runs it again"
            }
            Self::HookChanged { .. } => {
                "leave the generated files out of what it changes, or change the template"
            }
            Self::Unsigned { .. } => "see that `git commit -S` works here without a question",
            Self::ForeignOwner => {
                "trust it with `git config --global --add safe.directory <folder>`"
            }
            Self::Occupied { .. } => "move it out of the way, or choose another output path",
            Self::Edited { .. } => {
                "resolve the conflict in the file, then accept it with `mlopsgen accept <file>`"
            }
            Self::Staged { .. } => "commit or unstage it first",
            Self::CheckedOut { .. } => "name another branch, or go to another one there",
            Self::HeadMoved | Self::Changed { .. } => {
                "generate again; `mlopsgen watch` does so by itself"
            }
        }
    }
}

/// Whether another process holds the index.
pub(super) fn index_lock(git: &gix::Repository) -> Option<Obstacle> {
    super::lock::foreign(git.common_dir(), &git.index_path()).map(|path| Obstacle::Locked { path })
}

/// Whether another process holds the current branch, or `HEAD`.
pub(super) fn branch_lock(git: &gix::Repository) -> Result<Option<Obstacle>, GitError> {
    let mut files = vec![git.git_dir().join("HEAD")];
    if let Some(name) = branch::position(git)?.branch {
        files.push(branch::file_of(git, &name)?);
    }
    let held = files
        .iter()
        .find_map(|file| super::lock::foreign(git.common_dir(), file));
    Ok(held.map(|path| Obstacle::Locked { path }))
}

/// Returns the first obstacle, locks aside.
pub(super) fn find(git: &gix::Repository) -> Result<Option<Obstacle>, GitError> {
    Ok(all(git)?.into_iter().next())
}

/// Returns all obstacles, locks aside.
pub(super) fn all(git: &gix::Repository) -> Result<Vec<Obstacle>, GitError> {
    let mut found: Vec<Obstacle> = in_progress(git).into_iter().collect();
    found.extend(who(git));
    if let Some(obstacle) = storage(git) {
        // What it stores cannot be read any further.
        found.push(obstacle);
        return Ok(found);
    }
    let head = git.head().doing_at("read HEAD of", git.git_dir())?;
    // An operation in several steps detaches it by itself.
    let is_under_way = !found
        .iter()
        .all(|o| matches!(o, Obstacle::ForeignOwner | Obstacle::NoIdentity));
    if head.is_detached() && !is_under_way {
        found.push(Obstacle::DetachedHead);
    }
    found.extend(hook(git, &DEEP_HOOKS)?.map(|path| Obstacle::Hook { path }));
    Ok(found)
}

/// Returns what would hold a commit beside `HEAD`, which nothing that is under way disturbs.
pub(super) fn beside(git: &gix::Repository) -> Option<Obstacle> {
    storage(git).or_else(|| who(git))
}

/// Whether git has to run hooks for a commit.
pub(super) fn has_hooks(git: &gix::Repository) -> Result<bool, GitError> {
    Ok(hook(git, &COMMIT_HOOKS)?.is_some())
}

/// The hooks that git has to run for a commit.
pub(super) fn hooks(git: &gix::Repository) -> Result<Vec<PathBuf>, GitError> {
    let each = COMMIT_HOOKS.iter().map(|name| hook(git, &[name]));
    Ok(each
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// Whether git has to sign a commit.
pub(super) fn is_signed(git: &gix::Repository) -> bool {
    git.config_snapshot().boolean("commit.gpgSign") == Some(true)
}

/// What a program said, in a line of ours.
fn said(reason: &str) -> String {
    one_line(reason).chars().take(200).collect()
}

/// An operation of git in several steps that is under way.
fn in_progress(git: &gix::Repository) -> Option<Obstacle> {
    let there = |name: &str| git.git_dir().join(name).symlink_metadata().is_ok();
    match git.state() {
        Some(InProgress::ApplyMailbox) => Some(Obstacle::ApplyMailbox),
        Some(
            InProgress::ApplyMailboxRebase | InProgress::Rebase | InProgress::RebaseInteractive,
        ) => Some(Obstacle::Rebase),
        Some(InProgress::Bisect) => Some(Obstacle::Bisect),
        Some(InProgress::CherryPick | InProgress::CherryPickSequence) => Some(Obstacle::CherryPick),
        Some(InProgress::Merge) => Some(Obstacle::Merge),
        Some(InProgress::Revert | InProgress::RevertSequence) => Some(Obstacle::Revert),
        None if there("sequencer") => Some(between_steps(git.git_dir())),
        None if there("REVERT_HEAD") => Some(Obstacle::Revert),
        None if there("BISECT_START") => Some(Obstacle::Bisect),
        None => None,
    }
}

/// Which of the two sequences it is whose step ended and whose next one has not begun: its list of steps says so.
fn between_steps(git_dir: &Path) -> Obstacle {
    let steps = std::fs::read(git_dir.join("sequencer/todo")).unwrap_or_default();
    if steps.starts_with(b"revert") {
        Obstacle::Revert
    } else {
        Obstacle::CherryPick
    }
}

/// A way of storing things that only git itself knows.
pub(super) fn storage(git: &gix::Repository) -> Option<Obstacle> {
    let format = git.config_snapshot().string("extensions.refStorage");
    let format = format.filter(|format| !format.eq_ignore_ascii_case(b"files"))?;
    Some(Obstacle::Storage {
        feature: format!("the reference format {format}"),
    })
}

fn who(git: &gix::Repository) -> Option<Obstacle> {
    if git.git_dir_trust() != gix::sec::Trust::Full {
        return Some(Obstacle::ForeignOwner);
    }
    let known = [git.author(), git.committer()].into_iter().all(|person| {
        person.is_some_and(|person| person.is_ok_and(|person| !person.name.trim().is_empty()))
    });
    (!known).then_some(Obstacle::NoIdentity)
}

/// The folder that git runs hooks from.
pub(super) fn hooks_folder(git: &gix::Repository) -> Result<PathBuf, GitError> {
    let configured = git.config_snapshot().trusted_path("core.hooksPath");
    let configured = configured.doing_at("read core.hooksPath of", git.git_dir())?;
    Ok(match configured {
        Some(folder) => git.workdir().unwrap_or(git.git_dir()).join(folder),
        None => git.common_dir().join("hooks"),
    })
}

/// The first of some hooks that git would run.
pub(super) fn hook(git: &gix::Repository, names: &[&str]) -> Result<Option<PathBuf>, GitError> {
    let folder = hooks_folder(git)?;
    for name in names {
        let path = folder.join(name);
        match path.metadata() {
            Ok(data) if is_executable(&data) => return Ok(Some(path)),
            Err(error) if !is_nowhere(&error) => return Err(error).doing_at("look at", &path),
            _ => {}
        }
    }
    Ok(None)
}

#[cfg(unix)]
fn is_executable(data: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    data.is_file() && data.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(data: &Metadata) -> bool {
    data.is_file()
}
