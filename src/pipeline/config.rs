//! `mlopsgen.yaml`: what a workspace consists of.

use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::format::node::{Node, Record};
use crate::format::uri::UriMap;
use crate::format::yaml;
use crate::world::Pattern;

/// The file that makes a folder a workspace.
pub const CONFIG_FILE: &str = "mlopsgen.yaml";

const KEYS: &[&str] = &[
    "pack",
    "metamodels",
    "models",
    "knowledge",
    "constraints",
    "transforms",
    "templates",
    "output",
    "commit",
    "uris",
];
/// The lists of files that may be missing.
const OPTIONAL: &[&str] = &["knowledge", "constraints", "transforms"];
const COMMIT_KEYS: &[&str] = &["policy", "branch"];
/// What may be said of commits.
const POLICIES: [(&str, CommitPolicy); 4] = [
    ("both", CommitPolicy::Both),
    ("outputs", CommitPolicy::Outputs),
    ("side-ref", CommitPolicy::SideRef),
    ("off", CommitPolicy::Off),
];

/// What `watch` and `generate --commit` commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitPolicy {
    /// Inputs that changed and the artifacts, together.
    Both,
    /// The artifacts alone; their inputs are left to the user.
    Outputs,
    /// Both, beside the branch: under `refs/mlopsgen/history/<branch>`.
    SideRef,
    /// Nothing.
    Off,
}

/// A pattern with the place where it is written.
#[derive(Clone, Debug)]
pub struct Located {
    /// The pattern.
    pub pattern: Pattern,
    /// Its place in `mlopsgen.yaml`.
    pub span: Span,
}

/// The configuration of a workspace.
#[derive(Clone, Debug)]
pub struct Config {
    /// The built-in files that show through where the workspace has none of that path.
    pub pack: Option<String>,
    /// Files of metamodels.
    pub metamodels: Vec<Located>,
    /// Files of models.
    pub models: Vec<Located>,
    /// Files of models that rules and templates read beside each of the others, and nothing writes.
    pub knowledge: Vec<Located>,
    /// Files of constraints.
    pub constraints: Vec<Located>,
    /// Files of rules, in the order in which they run.
    pub transforms: Vec<Located>,
    /// Files of templates.
    pub templates: Vec<Located>,
    /// The folder of the artifacts.
    pub output: String,
    /// What is committed.
    pub commit: CommitPolicy,
    /// The branch that commits go to; the current one where none is named.
    pub branch: Option<String>,
    /// Which folders stand for which URIs, such as `platform:/resource/`.
    pub uris: UriMap,
}

impl Config {
    /// Reads the configuration. `None` where it cannot be used; the reasons are reported.
    pub fn read(sources: &Sources, file: FileId, diagnostics: &mut Diagnostics) -> Option<Self> {
        let Some(node) = yaml::parse(sources, file, diagnostics) else {
            if !diagnostics.has_errors() {
                let message = "the configuration is empty";
                diagnostics.push(Diagnostic::error(
                    Code::Config,
                    Span::new(file, 0, 0),
                    message,
                ));
            }
            return None;
        };
        let record = node.record_as(Code::Config, "the configuration", (KEYS, diagnostics))?;
        let (commit, branch) = commit(&record, diagnostics);
        let config = Self {
            pack: pack(&record, diagnostics),
            metamodels: patterns(&record, "metamodels", diagnostics),
            models: patterns(&record, "models", diagnostics),
            knowledge: patterns(&record, "knowledge", diagnostics),
            constraints: patterns(&record, "constraints", diagnostics),
            transforms: patterns(&record, "transforms", diagnostics),
            templates: patterns(&record, "templates", diagnostics),
            output: output(&record, diagnostics),
            commit,
            branch,
            uris: uris(&record, diagnostics),
        };
        (!diagnostics.has_errors()).then_some(config)
    }

    /// Whether a file is one that the configuration names, or the configuration itself.
    pub fn names(&self, path: &str) -> bool {
        // Most files are models.
        let lists = [&self.models, &self.knowledge, &self.metamodels];
        let lists = lists.into_iter();
        let mut all = lists
            .chain([&self.constraints, &self.transforms, &self.templates])
            .flatten();
        path == CONFIG_FILE || all.any(|l| l.pattern.matches(path))
    }

    /// Whether a file is knowledge, and so no model of its own though a wide pattern of `models` may match it.
    pub fn is_knowledge(&self, path: &str) -> bool {
        self.knowledge.iter().any(|l| l.pattern.matches(path))
    }

    /// Whether a file is nothing but a model.
    pub fn is_model_alone(&self, path: &str) -> bool {
        let others = [
            &self.knowledge,
            &self.metamodels,
            &self.constraints,
            &self.transforms,
            &self.templates,
        ];
        let mut others = others.into_iter().flatten();
        path != CONFIG_FILE && !others.any(|l| l.pattern.matches(path))
    }

    /// Whether a file is one of rules.
    pub fn is_rule(&self, path: &str) -> bool {
        self.transforms.iter().any(|l| l.pattern.matches(path))
    }

    /// Whether a file is one of constraints.
    pub fn is_constraint(&self, path: &str) -> bool {
        self.constraints.iter().any(|l| l.pattern.matches(path))
    }
}

fn pack(record: &Record<'_>, diagnostics: &mut Diagnostics) -> Option<String> {
    let name = record.text("pack", diagnostics)?;
    if super::pack(&name.text).is_none() {
        let message = format!("there is no pack `{}`", name.text);
        let diagnostic = Diagnostic::error(Code::Config, name.span, message);
        diagnostics.push(diagnostic.suggest(&name.text, [super::pack::PACK_NAME]));
    }
    Some(name.text.to_string())
}

fn patterns(record: &Record<'_>, key: &str, diagnostics: &mut Diagnostics) -> Vec<Located> {
    let Some(node) = record.get(key) else {
        if !OPTIONAL.contains(&key) {
            let message = format!("the configuration needs `{key}`");
            let diagnostic = Diagnostic::error(Code::Config, record.node.span, message);
            diagnostics.push(diagnostic.hint(format!("`{key}: []` where there are none")));
        }
        return Vec::new();
    };
    let items: &[Node] = node.sequence().unwrap_or(std::slice::from_ref(node));
    let mut found = Vec::new();
    for item in items {
        let Some(text) = item.scalar() else {
            let message = format!(
                "`{key}` is a list of file names, not {}",
                item.description()
            );
            diagnostics.push(Diagnostic::error(Code::Config, item.span, message));
            continue;
        };
        if text.text.starts_with('/') || text.text.split('/').any(|part| part == "..") {
            let message = format!("`{}` leads out of the workspace", text.text);
            diagnostics.push(Diagnostic::error(Code::Config, text.span, message));
            continue;
        }
        match Pattern::new(&text.text) {
            Ok(pattern) => found.push(Located {
                pattern,
                span: text.span,
            }),
            Err(error) => diagnostics.push(Diagnostic::error(
                Code::Config,
                text.span,
                error.to_string(),
            )),
        }
    }
    found
}

fn uris(record: &Record<'_>, diagnostics: &mut Diagnostics) -> UriMap {
    let mut prefixes = Vec::new();
    for entry in record.map("uris", diagnostics) {
        match entry.value.scalar() {
            Some(path) if !path.text.starts_with('/') => {
                prefixes.push((entry.key.text.to_string(), path.text.to_string()));
            }
            _ => {
                let message = format!(
                    "`{}` stands for a folder below the workspace",
                    entry.key.text
                );
                let span = entry.value.span;
                diagnostics.push(Diagnostic::error(Code::Config, span, message));
            }
        }
    }
    UriMap { prefixes }
}

fn output(record: &Record<'_>, diagnostics: &mut Diagnostics) -> String {
    let Some(text) = record.text("output", diagnostics) else {
        return "generated".to_owned();
    };
    let path = text.text.trim_end_matches('/');
    let wrong = path.is_empty()
        || path
            .split('/')
            .any(|p| matches!(p, "" | "." | "..") || p.eq_ignore_ascii_case(".git"));
    if wrong {
        let message = format!("`{}` is no folder below the workspace", text.text);
        diagnostics.push(Diagnostic::error(Code::Config, text.span, message));
    }
    path.to_owned()
}

/// What is committed, and on which branch.
fn commit(record: &Record<'_>, diagnostics: &mut Diagnostics) -> (CommitPolicy, Option<String>) {
    let Some(node) = record.get("commit") else {
        return (CommitPolicy::Both, None);
    };
    let Some(record) = node.record_as(Code::Config, "`commit`", (COMMIT_KEYS, diagnostics)) else {
        return (CommitPolicy::Off, None);
    };
    let policy = match record.text("policy", diagnostics) {
        None => CommitPolicy::Both,
        Some(text) => {
            let known = POLICIES.iter().find(|(name, _)| *name == &*text.text);
            known.map_or_else(
                || {
                    let message = format!("there is no policy `{}`", text.text);
                    let diagnostic = Diagnostic::error(Code::Config, text.span, message);
                    let names = POLICIES.map(|(name, _)| name);
                    let diagnostic = diagnostic.suggest(&text.text, names);
                    diagnostics.push(diagnostic.hint("both, outputs, side-ref or off"));
                    CommitPolicy::Off
                },
                |(_, policy)| *policy,
            )
        }
    };
    let branch = record.text("branch", diagnostics);
    if let Some(branch) = &branch {
        let message = if policy == CommitPolicy::SideRef {
            Some("`side-ref` commits beside all branches, so that none can be named".to_owned())
        } else if is_no_branch(&branch.text) {
            Some(format!("`{}` cannot be the name of a branch", branch.text))
        } else {
            None
        };
        diagnostics.extend(message.map(|m| Diagnostic::error(Code::Config, branch.span, m)));
    }
    (policy, branch.map(|b| b.text.to_string()))
}

/// Whether git takes a text for no name of a branch.
fn is_no_branch(name: &str) -> bool {
    let wrong = |part: &str| {
        part.is_empty() || part.starts_with('.') || part.strip_suffix(".lock").is_some()
    };
    name.split('/').any(wrong)
        || name.starts_with('-')
        || name.ends_with('.')
        || name == "@"
        || ["..", "@{"].iter().any(|no| name.contains(no))
        || name.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c))
}
