//! Kustomizations: the files that they name are there.

use std::collections::BTreeSet;

use super::resource::{Found, Resource, is_kustomization, list};
use crate::format::node::Node;

/// What a kustomization can name.
pub(super) struct Places<'f> {
    files: BTreeSet<&'f str>,
    /// Folders with a kustomization of their own.
    folders: BTreeSet<&'f str>,
}

impl<'f> Places<'f> {
    pub(super) fn of(files: impl Iterator<Item = &'f str>) -> Self {
        let files: BTreeSet<&str> = files.collect();
        let kustomizations = files.iter().filter(|path| is_kustomization(path));
        let folders = kustomizations.filter_map(|path| path.rsplit_once('/'));
        Self {
            folders: folders.map(|(folder, _)| folder).collect(),
            files,
        }
    }
}

pub(super) fn check(resource: &Resource, places: &Places<'_>, found: &mut Found) {
    for (node, what) in named(resource) {
        let Some(name) = node.scalar() else {
            continue;
        };
        let far =
            name.text.contains("://") || name.text.starts_with('/') || name.text.contains("?ref=");
        // A patch may stand there itself.
        if far || name.text.contains('\n') {
            continue;
        }
        let path = beside(&resource.path, &name.text);
        let is_there = places.files.contains(&*path) || places.folders.contains(&*path);
        if !is_there {
            let message = format!("no artifact is the {what} `{}`", name.text);
            found.report(resource, node.span, message);
        }
    }
}

/// The files that a kustomization puts over resources: parts of them.
pub(super) fn patches(resource: &Resource) -> Vec<String> {
    let all = named(resource)
        .into_iter()
        .filter(|(_, what)| *what == "patch");
    let names = all.filter_map(|(node, _)| Some(node.scalar()?.text.clone()));
    names.map(|name| beside(&resource.path, &name)).collect()
}

/// The files that it names, each with what it is for.
fn named(resource: &Resource) -> Vec<(&Node, &'static str)> {
    let mut all: Vec<(&Node, &'static str)> = Vec::new();
    for (key, what) in [
        ("resources", "resource"),
        ("components", "component"),
        ("patchesStrategicMerge", "patch"),
    ] {
        all.extend(list(&resource.node, &[key]).iter().map(|n| (n, what)));
    }
    let patches = list(&resource.node, &["patches"]).iter();
    all.extend(patches.filter_map(|p| Some((p.get("path")?, "patch"))));
    all
}

/// A path that a file says, from where the paths of files begin.
fn beside(file: &str, path: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
