//! Helpers in YAML: under `helpers:` of a transform, for it alone, and in files of `kind: helpers`, for all.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources};
use crate::expr::{HelperDraft, Helpers};
use crate::format::node::{Node, Record};
use crate::format::yaml;
use crate::metamodel::Metamodel;

/// The key of helpers, and the kind of a file of them.
pub(super) const HELPERS: &str = "helpers";

const FILE_KEYS: &[&str] = &["kind", "description", "metamodel", HELPERS];
const HELPER_KEYS: &[&str] = &["helper", "description", "parameters", "returns", "value"];

/// Reads the helpers that all transforms, constraints and templates of a workspace may call: those of the files whose
/// kind is `helpers`. Others are left alone; [`super::load()`] reports what is wrong with their YAML.
pub fn helpers(
    sources: &Sources,
    files: &[FileId],
    metamodel: &Metamodel,
    diagnostics: &mut Diagnostics,
) -> Arc<Helpers> {
    let mut drafts = Vec::new();
    for file in files {
        let node = yaml::parse(sources, *file, &mut Diagnostics::default());
        if let Some(node) = node.filter(is_file_of_helpers)
            && let Some(record) = node.record("a file of helpers", FILE_KEYS, diagnostics)
        {
            super::load::own_package(&record, metamodel, diagnostics);
            drafts.extend(read(&record, diagnostics));
        }
    }
    let (helpers, found) = Helpers::default().with(&drafts, metamodel);
    diagnostics.extend(found);
    helpers
}

/// Whether a file has nothing but helpers.
pub(super) fn is_file_of_helpers(node: &Node) -> bool {
    let kind = node.get("kind").and_then(Node::scalar);
    kind.is_some_and(|k| &*k.text == HELPERS)
}

/// The helpers of a transform beside those of the workspace.
pub(super) fn with_own(
    record: &Record<'_>,
    shared: &Arc<Helpers>,
    metamodel: &Metamodel,
    diagnostics: &mut Diagnostics,
) -> Arc<Helpers> {
    let drafts = read(record, diagnostics);
    if drafts.is_empty() {
        return shared.clone();
    }
    let (helpers, found) = shared.with(&drafts, metamodel);
    diagnostics.extend(found);
    helpers
}

fn read(record: &Record<'_>, diagnostics: &mut Diagnostics) -> Vec<HelperDraft> {
    let nodes = record.list(HELPERS, diagnostics).iter();
    nodes.filter_map(|node| draft(node, diagnostics)).collect()
}

fn draft(node: &Node, diagnostics: &mut Diagnostics) -> Option<HelperDraft> {
    let record = node.record("a helper", HELPER_KEYS, diagnostics)?;
    let mut text = |key: &str| record.required(key, "a helper", diagnostics).cloned();
    let (name, returns, value) = (text("helper"), text("returns"), text("value"));
    let mut parameters = Vec::new();
    for entry in record.map("parameters", diagnostics) {
        let Some(ty) = entry.value.scalar() else {
            let message = format!("a type belongs here, not {}", entry.value.description());
            let finding = Diagnostic::error(Code::RuleSyntax, entry.value.span, message);
            diagnostics.push(finding.hint("such as `x: Integer`"));
            continue;
        };
        parameters.push((entry.key.clone(), ty.clone()));
    }
    Some(HelperDraft {
        name: name?,
        parameters,
        returns: returns?,
        value: value?,
    })
}
