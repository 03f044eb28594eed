//! The metamodels that files of rules and constraints name.

use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt};
use crate::format::node::Record;
use crate::metamodel::{Metamodel, PackageId};

/// The package of a metamodel that a file names, by its name, its file or its URI.
pub(crate) fn package(
    named: &Excerpt,
    metamodel: &Metamodel,
    diagnostics: &mut Diagnostics,
) -> Option<PackageId> {
    let stem = named.text.rsplit('/').next().unwrap_or(&named.text);
    let stem = stem.strip_suffix(".ecore").unwrap_or(stem);
    let fits = |name: &str| name == &*named.text || name.eq_ignore_ascii_case(stem);
    let mut packages = metamodel.packages();
    let found = packages
        .find(|(_, p)| *p.ns_uri == *named.text || *p.name == *named.text)
        .or_else(|| metamodel.packages().find(|(_, p)| fits(&p.name)));
    if let Some((id, _)) = found {
        return Some(id);
    }
    let message = format!("no package `{}` is loaded", named.text);
    let diagnostic = Diagnostic::error(Code::UnknownName, named.span, message);
    let own = metamodel.packages().filter(|(id, _)| !id.is_built_in());
    diagnostics.push(diagnostic.suggest(&named.text, own.map(|(_, p)| &*p.name)));
    None
}

/// The package of the metamodel that a record names, if it names one.
pub(crate) fn own_package(
    record: &Record<'_>,
    metamodel: &Metamodel,
    diagnostics: &mut Diagnostics,
) -> Option<PackageId> {
    let named = record.text("metamodel", diagnostics)?;
    package(named, metamodel, diagnostics)
}
