//! Helpers as files declare them: the records under `helpers:`.

use std::sync::Arc;

use super::{HelperDraft, Helpers};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::format::node::{Node, Record};
use crate::metamodel::{Metamodel, PackageId};

const HELPER_KEYS: &[&str] = &["helper", "description", "parameters", "returns", "value"];

impl HelperDraft {
    /// The key of helpers.
    pub const KEY: &str = "helpers";

    /// The helpers of a file; what is no helper is reported.
    ///
    /// Names in them are looked for in `packages` first.
    pub fn read(
        record: &Record<'_>,
        packages: &[PackageId],
        diagnostics: &mut Diagnostics,
    ) -> Vec<Self> {
        let nodes = record.list(Self::KEY, diagnostics).iter();
        let drafts = nodes.filter_map(|node| draft(node, packages, diagnostics));
        drafts.collect()
    }
}

impl Helpers {
    /// These, and those that a file has for itself.
    pub fn with_own(
        self: &Arc<Self>,
        record: &Record<'_>,
        (metamodel, packages): (&Metamodel, &[PackageId]),
        diagnostics: &mut Diagnostics,
    ) -> Arc<Self> {
        let drafts = HelperDraft::read(record, packages, diagnostics);
        if drafts.is_empty() {
            return self.clone();
        }
        let (helpers, found) = self.with(&drafts, metamodel);
        diagnostics.extend(found);
        helpers
    }
}

fn draft(
    node: &Node,
    packages: &[PackageId],
    diagnostics: &mut Diagnostics,
) -> Option<HelperDraft> {
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
        packages: packages.into(),
    })
}
