//! Why artifacts change: which inputs differ from an earlier run, and how, in the words of the model.

use super::inputs::Inputs;
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
    for pair in Inputs::apart(&old.inputs, &new.inputs) {
        let (input, what, of) = match pair {
            (Some(before), Some(input)) if before.sha256 != input.sha256 => (input, "changed", new),
            (None, Some(input)) => (input, "added", new),
            (Some(gone), None) => (gone, "removed", old),
            _ => continue,
        };
        let is_there = what != "removed";
        let kind = if input.pack.is_some() && is_there {
            CauseKind::Tool
        } else {
            CauseKind::of(&input.path, of)
        };
        let find = |run: &Run| Some(run.models[run.place(&input.path)?].clone());
        let changes = match (find(old), find(new)) {
            (Some(a), Some(b)) if is_there => model::diff(&a.written, &b.written),
            _ => Vec::new(),
        };
        all.push(Cause {
            kind,
            path: input.path.to_string(),
            changes,
            what,
            line: first_difference(old, new, &input.path).filter(|_| is_there),
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
