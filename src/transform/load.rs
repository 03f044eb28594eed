//! From a YAML file to a checked transformation: what both kinds have in common.

use std::sync::Arc;

use super::helpers::HELPERS;
use super::{Draft, Kind, Transform, map, refine};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources};
use crate::expr::Helpers;
use crate::format::node::{Node, Record};
use crate::format::yaml;
use crate::metamodel::{Metamodel, PackageId};
use crate::recipe::package;

/// The kinds, and the keys of their files.
const KINDS: [(&str, &[&str]); 2] = [
    (
        "refine",
        &[
            "transform",
            "kind",
            "metamodel",
            "description",
            HELPERS,
            "stages",
            "rules",
        ],
    ),
    (
        "map",
        &[
            "transform",
            "kind",
            "metamodels",
            "description",
            HELPERS,
            "let",
            "rules",
        ],
    ),
];

impl Draft {
    /// Reads a file; `None` where it is no YAML, which is reported.
    pub fn read(sources: &Sources, file: FileId, diagnostics: &mut Diagnostics) -> Option<Self> {
        let node = yaml::parse(sources, file, diagnostics)?;
        Some(Self { file, node })
    }
}

/// Checks the rules of a file, which may call helpers. `None` where nothing can be run; the reasons are reported, unless
/// it is a file of helpers.
pub fn load(
    sources: &Sources,
    draft: &Draft,
    (metamodel, helpers): (&Metamodel, &Arc<Helpers>),
    diagnostics: &mut Diagnostics,
) -> Option<Transform> {
    if draft.has_helpers_alone() {
        return None;
    }
    let text = &sources.file(draft.file).text;
    let transform = compile(text, &draft.node, (metamodel, helpers), diagnostics);
    yaml::report_comments(&draft.node, text, diagnostics);
    transform
}

/// Checks what was read of the text of a file.
fn compile(
    text: &str,
    node: &Node,
    (metamodel, helpers): (&Metamodel, &Arc<Helpers>),
    diagnostics: &mut Diagnostics,
) -> Option<Transform> {
    let kind = node.get("kind").and_then(|k| k.scalar());
    let (kind, keys) = kind
        .and_then(|kind| KINDS.iter().find(|(name, _)| *name == &*kind.text))
        .unwrap_or(&KINDS[0]);
    let record = node.record("a transform", keys, diagnostics)?;
    let title = record.required("transform", "a transform", diagnostics);
    let name = title.map_or_else(|| Arc::from(""), |t| t.text.clone());
    let given = record.required("kind", "a transform", diagnostics);
    if let Some(given) = given.filter(|g| &*g.text != *kind) {
        let message = format!("there is no kind of transform `{}`", given.text);
        let diagnostic = Diagnostic::error(Code::RuleSyntax, given.span, message).suggest(
            &given.text,
            KINDS.map(|(name, _)| name).into_iter().chain([HELPERS]),
        );
        diagnostics.push(diagnostic.hint(
            "`refine` completes a model, `map` makes new ones, `helpers` is a file of helpers",
        ));
        return None;
    }
    let packages = read_packages(&record, metamodel);
    let helpers = helpers.with_own(&record, (metamodel, &packages), diagnostics);
    let language = (metamodel, &helpers);
    let kind = if *kind == "map" {
        Kind::Map(map::compile(&name, &record, language, diagnostics)?)
    } else {
        Kind::Refine(refine::compile(text, &record, language, diagnostics))
    };
    title.map(|_| Transform { name, kind })
}

/// The packages of what a transform reads, as far as they are known; what is wrong with their names is reported where
/// they are compiled.
fn read_packages(record: &Record<'_>, metamodel: &Metamodel) -> Vec<PackageId> {
    let inputs = record.get("metamodels").and_then(|m| m.get("in"));
    let named = record.get("metamodel").into_iter();
    let named = named.chain(inputs.into_iter().flat_map(map::members));
    let mut silent = Diagnostics::default();
    let names = named.filter_map(Node::scalar);
    names
        .filter_map(|name| package(name, metamodel, &mut silent))
        .collect()
}
