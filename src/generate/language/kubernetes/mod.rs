//! Kubernetes: what a cluster would refuse, or take and never run, in the resources of YAML artifacts.
//!
//! Resources are told by their `apiVersion` and `kind`, whatever file they stand in; those of one folder belong together.
//! A reference is followed where the folder has something of the kind that it names: a claim or a service may be made
//! elsewhere. Patches of Kustomize are parts of resources, and are left to it. Fields are not held against the schemas
//! of the API: those are megabytes, and change with each version of it.

mod kustomize;
mod pods;
mod references;
mod resource;
mod syntax;

use std::collections::{BTreeMap, BTreeSet};

use super::Flaw;
use super::yaml::documents;
use resource::{Found, Resource};

/// A file and its text.
pub(super) type File<'f> = (&'f str, &'f str);

/// Finds what is wrong with the resources of files; each flaw with the position of its file.
pub(super) fn check(files: &[File<'_>]) -> Vec<(usize, Flaw)> {
    let mut found = Found::default();
    let mut folders: BTreeMap<&str, Vec<Resource>> = BTreeMap::new();
    let mut patches: BTreeSet<String> = BTreeSet::new();
    let mut all = Vec::new();
    let may_be = |path: &str, text: &str| {
        let yaml = super::has_ending(path, &["yaml", "yml"]);
        (yaml && text.contains("apiVersion:")) || resource::is_kustomization(path)
    };
    let all_files = files.iter().enumerate();
    for (index, (path, text)) in all_files.filter(|(_, (path, text))| may_be(path, text)) {
        let nodes = documents(text).into_iter();
        all.extend(nodes.filter_map(|node| Resource::new((index, path), node)));
    }
    let kustomizations: Vec<&Resource> = all.iter().filter(|r| r.is("Kustomization")).collect();
    if !kustomizations.is_empty() {
        let places = kustomize::Places::of(files);
        for resource in kustomizations {
            patches.extend(kustomize::patches(resource));
            kustomize::check(resource, &places, &mut found);
        }
    }
    for resource in all {
        if !patches.contains(resource.path.as_str()) {
            let folder = files[resource.file].0;
            let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            folders.entry(folder).or_default().push(resource);
        }
    }
    for together in folders.values() {
        for resource in together {
            syntax::check(resource, &mut found);
            pods::check(resource, together, &mut found);
        }
        references::check(together, &mut found);
    }
    found.flaws
}

#[cfg(test)]
mod tests;
