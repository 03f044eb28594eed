//! One artifact against the file at its place: whose bytes they are, and what is to be written.

use std::collections::BTreeMap;

use super::finding::Finding;
use super::{Bases, Decision, State};
use crate::generate::region::{self, Region};
use crate::generate::{Artifact, Ownership};
use crate::merge;
use crate::pipeline::record::{Subject, with_line_feeds};
use crate::pipeline::sha256;
use crate::world::Bytes;

/// What a record is to say of an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// What is generated now, and perhaps the SHA-256 of the file with edits that the user has accepted.
    Now(Option<String>),
    /// What it said before.
    AsBefore,
}

/// The verdict on an artifact.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) state: State,
    pub(super) decision: Decision,
    pub(super) content: Bytes,
    pub(super) told: Told,
    pub(super) finding: Option<Finding>,
    /// Protected regions with text of the user that have no place any more, with their comments.
    pub(super) orphans: Vec<String>,
    /// Whether it holds text of the user that nobody has accepted.
    pub(super) is_typed: bool,
}

impl Judged {
    fn new(state: State, decision: Decision, content: impl Into<Bytes>) -> Self {
        Self {
            state,
            decision,
            content: content.into(),
            told: Told::Now(None),
            finding: None,
            orphans: Vec::new(),
            is_typed: matches!(state, State::Edited | State::Both | State::Conflict),
        }
    }

    fn kept(state: State, content: impl Into<Bytes>, finding: Option<Finding>) -> Self {
        Self {
            told: Told::AsBefore,
            finding,
            ..Self::new(state, Decision::Keep, content)
        }
    }
}

/// Judges an artifact by the file that stands at its place and by what the record says of it.
pub(super) fn judge(
    artifact: &Artifact,
    (before, last): (Option<&Bytes>, Option<&Subject>),
    bases: Bases<'_>,
) -> Judged {
    let generated = || artifact.text.clone();
    let Some(before) = before else {
        return Judged::new(State::Missing, Decision::Create, generated());
    };
    if before == artifact.text.as_bytes() {
        return Judged::new(State::Clean, Decision::Unchanged, before.clone());
    }
    // Nobody's bytes are in it. The power that goes away leaves such files.
    if before.is_empty() && artifact.ownership != Ownership::Once {
        return Judged::new(State::Missing, Decision::Create, generated());
    }
    let file = File::of(before, artifact, last);
    let content = || file.filled.clone();
    if before == file.filled.as_bytes() || file.text == file.filled {
        return Judged {
            is_typed: file.is_typed(),
            ..Judged::new(State::Clean, Decision::Unchanged, content())
        };
    }
    if artifact.ownership == Ownership::Once {
        return Judged::kept(State::Own, content(), None);
    }
    let Some(last) = last else {
        return Judged::kept(State::Foreign, content(), Some(Finding::Foreign));
    };
    if let Some(at) = file.unresolved() {
        let finding = Finding::Unresolved(at, file.text);
        return Judged::kept(State::Conflict, file.filled, Some(finding));
    }
    if last.is_generated(before) || last.annotations.skeleton == Some(file.skeleton()) {
        return Judged {
            orphans: file.orphans(),
            is_typed: file.is_typed(),
            ..Judged::new(State::Stale, Decision::Update, content())
        };
    }
    if artifact.ownership == Ownership::Locked {
        let finding = Finding::Locked(file.first_edit(last, bases), file.text);
        return Judged::kept(State::Edited, file.filled, Some(finding));
    }
    let accepted = last.annotations.accepted.as_ref() == Some(&sha256(before));
    if last.digest.sha256 == sha256(artifact.text.as_bytes()) {
        return if accepted {
            Judged {
                told: Told::AsBefore,
                ..Judged::new(State::Accepted, Decision::Unchanged, before.clone())
            }
        } else {
            Judged::kept(State::Edited, content(), None)
        };
    }
    let state = if accepted { State::Stale } else { State::Both };
    match file.merged(last, bases) {
        None => Judged::kept(state, content(), Some(Finding::Edited)),
        Some((merged, conflict)) => file.written(state, merged, conflict),
    }
}

/// What is generated now, with what the user wrote into the protected regions of a file.
pub(in crate::pipeline) fn generated_over(
    artifact: &Artifact,
    before: &[u8],
    last: Option<&Subject>,
) -> String {
    File::of(before, artifact, last).filled
}

/// A file at the place of an artifact.
struct File<'a> {
    artifact: &'a Artifact,
    last: Option<&'a Subject>,
    /// Its text with line feeds; empty where it is no text.
    text: String,
    is_text: bool,
    /// Whether its lines end with carriage returns too, as git checks them out on some machines.
    has_returns: bool,
    /// Its protected regions.
    regions: Vec<Region>,
    /// What is generated, with the user's text in its protected regions.
    filled: String,
}

impl<'a> File<'a> {
    fn of(bytes: &[u8], artifact: &'a Artifact, last: Option<&'a Subject>) -> Self {
        let lines = with_line_feeds(bytes);
        let has_returns = lines.len() < bytes.len() && !artifact.text.contains('\r');
        let chosen = if has_returns { lines } else { bytes.to_vec() };
        let text = String::from_utf8(chosen);
        let is_text = text.is_ok();
        let text = text.unwrap_or_default();
        let known = |r: &Region| {
            let here = artifact.regions.iter().any(|a| a.id == r.id);
            here || last.is_some_and(|l| l.annotations.regions.contains_key(&r.id))
        };
        let mut regions = region::regions(&text);
        regions.retain(known);
        let mut file = Self {
            artifact,
            last,
            text,
            is_text,
            has_returns,
            regions,
            filled: artifact.text.clone(),
        };
        if !file.regions.is_empty() {
            let all = file.regions.iter().filter(|r| file.is_users(r));
            let bodies = all.map(|r| (r.id.clone(), file.body(r).to_owned()));
            file.filled = region::fill(&artifact.text, &bodies.collect());
        }
        file
    }

    fn body(&self, region: &Region) -> &str {
        &self.text[region.body.clone()]
    }

    /// Whether the user has written into a region.
    fn is_users(&self, region: &Region) -> bool {
        let body = self.body(region);
        let before = self
            .last
            .and_then(|l| l.annotations.regions.get(&region.id));
        let now = self.artifact.regions.iter().find(|a| a.id == region.id);
        match (before, now) {
            (Some(digest), _) => *digest != sha256(body.as_bytes()),
            (None, Some(now)) => self.artifact.text[now.body.clone()] != *body,
            (None, None) => true,
        }
    }

    /// Whether the user has written into any of its regions.
    fn is_typed(&self) -> bool {
        self.regions.iter().any(|r| self.is_users(r))
    }

    fn skeleton(&self) -> String {
        sha256(region::skeleton(&self.text).as_bytes())
    }

    /// Where a conflict begins that is not resolved.
    fn unresolved(&self) -> Option<usize> {
        let generated = merge::unresolved(&self.artifact.text).is_some();
        merge::unresolved(&self.text).filter(|_| !generated)
    }

    /// The regions with the user's text that are generated no more.
    fn orphans(&self) -> Vec<String> {
        let gone = |r: &&Region| !self.artifact.regions.iter().any(|a| a.id == r.id);
        let all = self
            .regions
            .iter()
            .filter(gone)
            .filter(|r| self.is_users(r));
        all.map(|r| self.text[r.whole.clone()].to_owned()).collect()
    }

    /// What was generated last, with what stands in the protected regions now.
    fn base(&self, last: &Subject, bases: Bases<'_>) -> Option<String> {
        let base = String::from_utf8(bases(&last.name, &last.digest.sha256)?).ok()?;
        let bodies = self.regions.iter();
        let bodies: BTreeMap<String, String> = bodies
            .map(|r| (r.id.clone(), self.body(r).to_owned()))
            .collect();
        Some(region::fill(&base, &bodies))
    }

    /// The first byte of the file that differs from what was generated last, or from what is generated now.
    fn first_edit(&self, last: &Subject, bases: Bases<'_>) -> usize {
        let base = self.base(last, bases);
        let base = base.as_deref().unwrap_or(&self.filled);
        let pairs = self
            .text
            .split_inclusive('\n')
            .zip(base.split_inclusive('\n'));
        let same = pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len());
        let at: usize = same.sum();
        at.min(self.text.trim_end_matches('\n').len())
    }

    /// What is generated now in the edited text, and the first conflict; `None` where the base is not known.
    fn merged(&self, last: &Subject, bases: Bases<'_>) -> Option<(String, Option<usize>)> {
        let base = self.base(last, bases).filter(|_| self.is_text)?;
        let merged = merge::merge_lines(&base, &self.text, &self.filled);
        let conflict = (merged.conflicts > 0).then(|| merge::unresolved(&merged.text));
        Some((merged.text, conflict.flatten()))
    }

    /// The verdict on a file that edits and what is generated now are merged in.
    fn written(&self, state: State, merged: String, conflict: Option<usize>) -> Judged {
        let bytes = if self.has_returns {
            merged.replace('\n', "\r\n").into_bytes()
        } else {
            merged.clone().into_bytes()
        };
        let accepted = (state == State::Stale).then(|| sha256(&bytes));
        let mut judged = Judged {
            orphans: self.orphans(),
            ..Judged::new(state, Decision::Merge, bytes)
        };
        if let Some(at) = conflict {
            judged.state = State::Conflict;
            judged.is_typed = true;
            judged.decision = Decision::Conflict;
            judged.finding = Some(Finding::Conflict(at, merged));
        } else {
            judged.told = Told::Now(accepted);
        }
        judged
    }
}
