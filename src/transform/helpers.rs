//! Helpers in YAML: under `helpers:` of a transform, for it alone, and in files of `kind: helpers`, for all.

use std::sync::Arc;

use crate::diag::{Diagnostics, FileId, Sources};
use crate::expr::{HelperDraft, Helpers};
use crate::format::node::Node;
use crate::format::yaml;
use crate::metamodel::Metamodel;
use crate::recipe::own_package;

/// The kind of a file of helpers, and their key there.
pub(super) const HELPERS: &str = HelperDraft::KEY;

const FILE_KEYS: &[&str] = &["kind", "description", "metamodel", HELPERS];

/// Reads the helpers that all transforms, constraints and templates of a workspace may call: those of the files whose
/// kind is `helpers`. Others are left alone; [`super::load()`] reports what is wrong with their YAML.
pub fn helpers(
    sources: &Sources,
    files: &[FileId],
    metamodel: &Metamodel,
    diagnostics: &mut Diagnostics,
) -> Arc<Helpers> {
    let mut drafts = Vec::new();
    let mut nodes = Vec::new();
    for file in files {
        let node = yaml::parse(sources, *file, &mut Diagnostics::default());
        let node = node.filter(is_file_of_helpers);
        nodes.extend(node.map(|n| (*file, n)));
    }
    for (_, node) in &nodes {
        if let Some(record) = node.record("a file of helpers", FILE_KEYS, diagnostics) {
            let package = own_package(&record, metamodel, diagnostics);
            drafts.extend(HelperDraft::read(&record, package.as_slice(), diagnostics));
        }
    }
    let (helpers, found) = Helpers::default().with(&drafts, metamodel);
    diagnostics.extend(found);
    for (file, node) in &nodes {
        yaml::report_comments(node, &sources.file(*file).text, diagnostics);
    }
    helpers
}

/// Whether a file has nothing but helpers.
pub fn has_helpers_alone(sources: &Sources, file: FileId) -> bool {
    let node = yaml::parse(sources, file, &mut Diagnostics::default());
    node.is_some_and(|node| is_file_of_helpers(&node))
}

pub(super) fn is_file_of_helpers(node: &Node) -> bool {
    let kind = node.get("kind").and_then(Node::scalar);
    kind.is_some_and(|k| &*k.text == HELPERS)
}
