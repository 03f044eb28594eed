//! Why artifacts change: which inputs differ from an earlier run, and how, in the words of the model.

use std::sync::Arc;

use super::run::Run;
use crate::model::{self, Change};

/// Which kind of input changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CauseKind {
    /// A model.
    Model,
    /// A metamodel.
    Metamodel,
    /// A model that the others are completed by.
    Knowledge,
    /// A file of constraints.
    Constraint,
    /// A file of rules.
    Rule,
    /// A template.
    Template,
    /// `mlopsgen.yaml`.
    Configuration,
    /// The program or its pack.
    Tool,
}

impl CauseKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Model,
        Self::Metamodel,
        Self::Knowledge,
        Self::Constraint,
        Self::Rule,
        Self::Template,
        Self::Configuration,
        Self::Tool,
    ];

    /// The word in histories.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Metamodel => "metamodel",
            Self::Knowledge => "knowledge",
            Self::Constraint => "constraint",
            Self::Rule => "rule",
            Self::Template => "template",
            Self::Configuration => "config",
            Self::Tool => "tool",
        }
    }

    /// The kind of an input of a run.
    pub fn of(path: &str, run: &Run) -> Self {
        if let Some(config) = &run.config {
            if config.is_knowledge(path) {
                return Self::Knowledge;
            }
            if config.is_constraint(path) {
                return Self::Constraint;
            }
            if config.is_rule(path) {
                return Self::Rule;
            }
        }
        let file = path.rsplit('/').next().unwrap_or(path);
        match path.rsplit('.').next() {
            _ if file == super::CONFIG_FILE => Self::Configuration,
            Some("ecore") => Self::Metamodel,
            Some("hbs") => Self::Template,
            Some("xmi") => Self::Model,
            _ if path.contains("transforms/") => Self::Rule,
            _ => Self::Model,
        }
    }
}

/// One input that changed.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Which kind it is.
    pub kind: CauseKind,
    /// Its path.
    pub path: String,
    /// What changed in it; empty where only its text did.
    pub changes: Vec<Change>,
    /// Whether it came, went or changed.
    pub what: &'static str,
    /// The first line that differs, from 1, in a text that changed.
    pub line: Option<usize>,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.changes[..] {
            [] => write!(f, "{} {}", self.path, self.what),
            [one] => write!(f, "{one}"),
            [one, rest @ ..] => write!(f, "{one} and {} more", rest.len()),
        }
    }
}

/// The inputs that differ between two runs, models first. `old` may be a run that failed.
pub fn causes(old: &Run, new: &Run) -> Vec<Cause> {
    let mut all = Vec::new();
    if Arc::ptr_eq(&old.inputs, &new.inputs) {
        return all;
    }
    // Both are in the order of paths.
    let mut before = old.inputs.iter().peekable();
    let mut removed = Vec::new();
    for (path, input) in new.inputs.iter() {
        while let Some((gone, _)) = before.next_if(|(other, _)| *other < path) {
            removed.push(gone);
        }
        let what = match before.next_if(|(other, _)| *other == path) {
            Some((_, before)) if before.sha256 == input.sha256 => continue,
            Some(_) => "changed",
            None => "added",
        };
        let kind = if input.pack.is_some() {
            CauseKind::Tool
        } else {
            CauseKind::of(path, new)
        };
        let find = |run: &Run| run.models.iter().position(|m| *m.path == **path);
        let changes = match (find(old), find(new)) {
            (Some(a), Some(b)) => model::diff(&old.models[a].written, &new.models[b].written),
            _ => Vec::new(),
        };
        all.push(Cause {
            kind,
            path: path.to_string(),
            changes,
            what,
            line: first_difference(old, new, path),
        });
    }
    for path in removed.into_iter().chain(before.map(|(gone, _)| gone)) {
        all.push(Cause {
            kind: CauseKind::of(path, old),
            path: path.to_string(),
            changes: Vec::new(),
            what: "removed",
            line: None,
        });
    }
    all.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    all
}

/// The line, from 1, at which a text of two runs differs first.
fn first_difference(old: &Run, new: &Run, path: &str) -> Option<usize> {
    let (old, new) = (&old.text(path)?.text, &new.text(path)?.text);
    let same = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b);
    let at = same.count();
    let before = new.as_bytes().get(..at)?;
    Some(memchr::memchr_iter(b'\n', before).count() + 1)
}
