//! A resource as it stands in a file.

use crate::diag::{Excerpt, Span, nearest};
use crate::format::node::Node;
use crate::generate::language::Flaw;

/// A resource with its place.
pub(super) struct Resource {
    /// The position of its file.
    pub(super) file: usize,
    /// The path of its file.
    pub(super) path: String,
    pub(super) node: Node,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: String,
}

/// The kinds that make pods, and where a template of theirs is; `*` is each member of a list.
const WORKLOADS: &[(&str, &[&str])] = &[
    ("Deployment", &["spec", "template"]),
    ("StatefulSet", &["spec", "template"]),
    ("DaemonSet", &["spec", "template"]),
    ("ReplicaSet", &["spec", "template"]),
    ("Job", &["spec", "template"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("RayCluster", &["spec", "headGroupSpec", "template"]),
    ("RayCluster", &["spec", "workerGroupSpecs", "*", "template"]),
    (
        "RayJob",
        &["spec", "rayClusterSpec", "headGroupSpec", "template"],
    ),
    (
        "RayJob",
        &[
            "spec",
            "rayClusterSpec",
            "workerGroupSpecs",
            "*",
            "template",
        ],
    ),
    ("RayJob", &["spec", "submitterPodTemplate"]),
];

impl Resource {
    /// A document that is one; `None` for other YAML.
    pub(super) fn new((file, path): (usize, &str), node: Node) -> Option<Self> {
        let kind = match (text(&node, &["kind"]), text(&node, &["apiVersion"])) {
            (Some(kind), Some(_)) => kind.to_owned(),
            _ if is_kustomization(path) => "Kustomization".to_owned(),
            _ => return None,
        };
        Some(Self {
            file,
            path: path.to_owned(),
            name: text(&node, &["metadata", "name"])
                .unwrap_or_default()
                .to_owned(),
            namespace: text(&node, &["metadata", "namespace"])
                .unwrap_or_default()
                .to_owned(),
            kind,
            node,
        })
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }

    /// The part of it at some keys.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Node> {
        at(&self.node, keys)
    }

    /// The templates of its pods, with metadata and spec.
    pub(super) fn pods(&self) -> Vec<&Node> {
        if self.is("Pod") {
            return vec![&self.node];
        }
        let rows = WORKLOADS.iter().filter(|(kind, _)| *kind == self.kind);
        rows.flat_map(|(_, keys)| parts(&self.node, keys)).collect()
    }

    /// Whether another one is in the same namespace, where both say theirs.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        self.namespace == other.namespace || self.namespace.is_empty() || other.namespace.is_empty()
    }
}

/// Whether a file is a kustomization by its name, whatever it says.
pub(super) fn is_kustomization(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ["kustomization.yaml", "kustomization.yml", "Kustomization"].contains(&name)
}

/// The parts of a node at some keys, among which `*` is each member of a list.
fn parts<'n>(node: &'n Node, keys: &[&str]) -> Vec<&'n Node> {
    match keys {
        [] => vec![node],
        ["*", rest @ ..] => {
            let members = node.sequence().unwrap_or_default().iter();
            members.flat_map(|member| parts(member, rest)).collect()
        }
        [key, rest @ ..] => node.get(key).map_or_else(Vec::new, |n| parts(n, rest)),
    }
}

/// The part of a node at some keys.
pub(super) fn at<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Node> {
    keys.iter().try_fold(node, |node, key| node.get(key))
}

/// The text at some keys.
pub(super) fn text<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n str> {
    Some(&*at(node, keys)?.scalar()?.text)
}

/// The members of the list at some keys.
pub(super) fn list<'n>(node: &'n Node, keys: &[&str]) -> &'n [Node] {
    at(node, keys).and_then(Node::sequence).unwrap_or_default()
}

/// The entries of the mapping at some keys that have texts.
pub(super) fn entries<'n>(node: &'n Node, keys: &[&str]) -> Vec<(&'n Excerpt, &'n Excerpt)> {
    let all = at(node, keys).and_then(Node::mapping).unwrap_or_default();
    all.iter()
        .filter_map(|e| Some((&e.key, e.value.scalar()?)))
        .collect()
}

/// What is wrong so far.
#[derive(Default)]
pub(super) struct Found {
    pub(super) flaws: Vec<(usize, Flaw)>,
}

impl Found {
    pub(super) fn report(&mut self, of: &Resource, at: Span, message: impl Into<String>) {
        let flaw = Flaw {
            offset: at.range().start,
            message: message.into(),
        };
        self.flaws.push((of.file, flaw));
    }

    /// Reports a name that is none of those that are known, with the nearest of them.
    pub(super) fn unknown<'k>(
        &mut self,
        (of, at): (&Resource, Span),
        (what, name): (&str, &str),
        known: impl Iterator<Item = &'k str>,
    ) {
        let near = nearest(name, known);
        let near = near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        self.report(of, at, format!("there is no {what} `{name}` here{near}"));
    }
}
