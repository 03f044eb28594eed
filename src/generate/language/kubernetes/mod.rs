//! Kubernetes: what a cluster would refuse, or take and never run, in the resources of YAML artifacts.
//!
//! Resources are told by their `apiVersion` and `kind`, whatever file they stand in; those of one folder belong together,
//! and what a namespace takes holds in the folders below it, too.
//! A reference is followed where the folder has something of the kind that it names: a claim or a service may be made
//! elsewhere. Patches of Kustomize are parts of resources, and are left to it. Fields are not held against the schemas
//! of the API: those are megabytes, and change with each version of it.

mod kustomize;
mod pods;
mod references;
mod resource;
mod syntax;

use std::collections::{BTreeMap, BTreeSet};

use super::yaml::documents;
use super::{Files, Flaw};
use resource::{Found, Resource};

/// Whether the files of a folder, by their positions, are known to be right together.
pub type Known<'k> = &'k mut dyn FnMut(&str, &[usize]) -> bool;

/// Finds what is wrong with the resources of files; each flaw with the position of its file. Folders that are known to be
/// right are not read again.
pub(super) fn check(files: Files<'_>, known: Known<'_>) -> Vec<(usize, Flaw)> {
    let mut found = Found::default();
    let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut spaces: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let all_files = files.all.iter().enumerate();
    for (index, (path, ties)) in all_files.filter(|(_, (_, ties))| ties.belongs) {
        folders.entry(folder(path)).or_default().push(index);
        if ties.rules_below {
            spaces.entry(folder(path)).or_default().push(index);
        }
    }
    let patches = kustomizations(files, folders.values().flatten(), &mut found);
    let patched: BTreeSet<&str> = patches.iter().map(|path| folder(path)).collect();
    for (folder, indexes) in &folders {
        let higher: Vec<usize> = above(folder)
            .filter_map(|folder| spaces.get(folder))
            .flatten()
            .copied()
            .collect();
        // What is a patch is said somewhere else.
        if !patched.contains(folder) && known(folder, &[&indexes[..], &higher].concat()) {
            continue;
        }
        let higher = || higher.iter().flat_map(|i| resources(files, *i)).collect();
        let all = indexes.iter().flat_map(|index| resources(files, *index));
        let together: Vec<Resource> = all.filter(|r| !patches.contains(&r.path)).collect();
        for resource in &together {
            syntax::check(resource, &mut found);
            pods::check(resource, (&together, &higher), &mut found);
        }
        references::check(&together, &mut found);
    }
    found.flaws
}

/// Whether a file may hold resources.
pub(super) fn may_be(path: &str, text: &str) -> bool {
    let yaml = super::has_ending(path, &["yaml", "yml"]);
    (yaml && text.contains("apiVersion:")) || resource::is_kustomization(path)
}

/// Whether a file may hold a namespace that says what pods in the folders below it may do.
pub(super) fn may_rule_below(text: &str) -> bool {
    text.contains("pod-security.kubernetes.io/enforce")
}

/// Whether a file may hold a kustomization.
pub(super) fn may_name_others(path: &str, text: &str) -> bool {
    resource::is_kustomization(path) || text.contains("Kustomization")
}

/// Checks the kustomizations among files, and returns the paths of the patches that they name.
fn kustomizations<'i>(
    files: Files<'_>,
    indexes: impl Iterator<Item = &'i usize>,
    found: &mut Found,
) -> BTreeSet<String> {
    let indexes = indexes.filter(|index| files.all[**index].1.names_others);
    let all = indexes.flat_map(|index| resources(files, *index));
    let all: Vec<Resource> = all.filter(|r| r.is("Kustomization")).collect();
    let mut patches = BTreeSet::new();
    if !all.is_empty() {
        let places = kustomize::Places::of(files.all.iter().map(|(path, _)| *path));
        for resource in &all {
            patches.extend(kustomize::patches(resource));
            kustomize::check(resource, &places, found);
        }
    }
    patches
}

fn resources(files: Files<'_>, index: usize) -> impl Iterator<Item = Resource> {
    let (path, _) = files.all[index];
    let nodes = documents(&(files.text)(index)).into_iter();
    nodes.filter_map(move |node| Resource::new((index, path), node))
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folders that a folder is in, the nearest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    let all = std::iter::successors(Some(path), |p| (!p.is_empty()).then(|| folder(p)));
    all.skip(1)
}

#[cfg(test)]
mod tests;
