//! Helpers in YAML: under `helpers:` of a transform, for it alone, and in files of `kind: helpers`, for all.

use std::sync::Arc;

use super::Draft;
use crate::diag::{Diagnostics, Sources};
use crate::expr::{HelperDraft, Helpers};
use crate::format::node::Node;
use crate::format::yaml;
use crate::metamodel::Metamodel;
use crate::recipe::own_package;

/// The kind of a file of helpers, and their key there.
pub(super) const HELPERS: &str = HelperDraft::KEY;

const FILE_KEYS: &[&str] = &["kind", "description", "metamodel", HELPERS];

/// Checks the helpers that all transforms, constraints and templates of a workspace may call: those of the files whose
/// kind is `helpers`. Others are left alone.
pub fn helpers<'d>(
    sources: &Sources,
    files: impl IntoIterator<Item = &'d Draft>,
    metamodel: &Metamodel,
    diagnostics: &mut Diagnostics,
) -> Arc<Helpers> {
    let mut drafts = Vec::new();
    let files = files.into_iter().filter(|d| d.has_helpers_alone());
    let files: Vec<&Draft> = files.collect();
    for Draft { node, .. } in &files {
        if let Some(record) = node.record("a file of helpers", FILE_KEYS, diagnostics) {
            let package = own_package(&record, metamodel, diagnostics);
            drafts.extend(HelperDraft::read(&record, package.as_slice(), diagnostics));
        }
    }
    let (helpers, found) = Helpers::default().with(&drafts, metamodel);
    diagnostics.extend(found);
    for Draft { file, node } in &files {
        yaml::report_comments(node, &sources.file(*file).text, diagnostics);
    }
    helpers
}

impl Draft {
    /// Whether the file has nothing but helpers.
    pub fn has_helpers_alone(&self) -> bool {
        let kind = self.node.get("kind").and_then(Node::scalar);
        kind.is_some_and(|k| &*k.text == HELPERS)
    }
}
