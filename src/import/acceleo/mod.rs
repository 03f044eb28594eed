//! Acceleo's templates, in the language MTL of the OMG, become templates and helpers of a workspace.
//!
//! A module is cut into tags, laid out by Acceleo's rules for the production of text, and read into a tree whose parts
//! know their bytes. A `[file]` becomes a template that makes artifacts, a template that others call a partial template, a
//! query a helper. With a metamodel, expressions are typed, so that lists, narrower types and values that are no text are
//! printed as they were. What has no equal is reported, and stands in the result as a comment.

mod blocks;
mod body;
mod calls;
mod check;
mod drive;
mod emit;
mod file;
mod head;
mod helper;
mod layout;
mod names;
mod parser;
mod partial;
mod scan;
mod syntax;
#[cfg(test)]
mod tests;
mod texts;

pub use check::check;
pub use file::Made;

use std::collections::BTreeMap;
use std::sync::Arc;

use calls::{Calls, callees, groups, is_called, makers, same_types};
use file::Importer;
use names::Typing;
use syntax::{Module, Query, Template};

use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources};
use crate::expr::OPERATIONS;
use crate::expr::acceleo::{Meaning, QueryName};
use crate::metamodel::Metamodel;
use crate::transform;

/// The end of the names of files that queries become.
const HELPERS: &str = "queries.yaml";

/// Translates modules, which may call each other's templates and queries.
pub fn import(
    (sources, files): (&Sources, &[FileId]),
    metamodel: Option<&Arc<Metamodel>>,
    diagnostics: &mut Diagnostics,
) -> Vec<Made> {
    let read = |file: &FileId| parser::parse(&sources.file(*file).text, *file, diagnostics);
    let modules: Vec<Module> = files.iter().map(read).collect();
    unread_imports(&modules, (sources, files), diagnostics);
    match metamodel {
        Some(metamodel) => unknown_uris(&modules, metamodel, diagnostics),
        None => untyped(&modules, diagnostics),
    }
    let templates: Vec<&Template> = modules.iter().flat_map(|m| &m.templates).collect();
    let mut calls = Calls::of(&templates);
    calls.add_values(
        modules
            .iter()
            .flat_map(|m| m.queries.iter().map(|q| &q.value)),
    );
    let makers = makers(&templates, &calls);
    let typed = (metamodel.map(|m| &**m), &mut *diagnostics);
    let groups = groups(&templates, &makers, typed);
    let callees = callees(&groups, &calls);
    let values = groups.iter().filter(|(name, _)| calls.is_value(name));
    let values: Vec<&Vec<&Template>> = values.map(|(_, group)| group).collect();
    let meaning = meaning(&modules, &callees, &values);
    let mut importer = Importer {
        sources,
        meaning: &meaning,
        typing: metamodel.map(|m| typing(m, None)),
        callees: &callees,
        templates: &templates,
        makers: &makers,
        driven: Vec::new(),
        diagnostics,
        made: Vec::new(),
    };
    let queries: Vec<&Query> = modules.iter().flat_map(|m| &m.queries).collect();
    let mut helpers: String = queries.iter().filter_map(|q| importer.query(q)).collect();
    for group in &values {
        for group in same_types(group) {
            helpers.extend(importer.value_of(group));
        }
    }
    let helpers = (!helpers.is_empty()).then(|| Made {
        path: HELPERS.to_owned(),
        text: format!("kind: helpers\nhelpers:\n{helpers}"),
    });
    importer.typing = metamodel.map(|metamodel| typing(metamodel, helpers.as_ref()));
    importer.made.extend(helpers);
    // Those that others call are gone into from there; what calls itself in a circle begins somewhere.
    for is_start in [true, false] {
        for template in &templates {
            let name = &*template.name.text;
            let starts = is_start && !is_called(&calls, &makers, name);
            let is_left = !is_start && !importer.driven.iter().any(|d| d == name);
            if makers.iter().any(|m| m == name) && (starts || is_left) {
                importer.maker(template);
            }
        }
    }
    let languages = calls.languages(&templates, &makers);
    for (name, group) in &groups {
        if calls.is_value(name) && !calls.is_printed(name) {
            continue;
        }
        let language = languages.get(name).copied();
        importer.partial(group, language.unwrap_or_else(|| file::language_of("")));
    }
    importer.made
}

/// Says which packages of modules the metamodel does not have.
fn unknown_uris(modules: &[Module], metamodel: &Metamodel, diagnostics: &mut Diagnostics) {
    for uri in modules.iter().flat_map(|m| &m.uris) {
        if metamodel.package_by_uri(&uri.text).is_none() {
            let message = format!("the metamodel has no package `{}`", uri.text);
            let finding = Diagnostic::warning(Code::NotTranslated, uri.span, message);
            diagnostics.push(finding.hint("name its file: `--metamodel FILE`"));
        }
    }
}

/// Says that types are not known.
fn untyped(modules: &[Module], diagnostics: &mut Diagnostics) {
    if let Some(uri) = modules.iter().find_map(|m| m.uris.first()) {
        let message = "no metamodel is known: lists, narrower types and values that are no text are told by their words alone";
        let finding = Diagnostic::warning(Code::NotTranslated, uri.span, message);
        diagnostics.push(finding.hint("name its file: `--metamodel FILE`"));
    }
}

/// Says which modules are imported that are not among the files.
fn unread_imports(
    modules: &[Module],
    (sources, files): (&Sources, &[FileId]),
    diagnostics: &mut Diagnostics,
) {
    for import in modules.iter().flat_map(|m| &m.imports) {
        let last = import.text.rsplit("::").next().unwrap_or_default().trim();
        let is_there = files.iter().any(|f| {
            let path = sources.path(*f);
            let file = path.rsplit('/').next().unwrap_or(path);
            file.strip_suffix(".mtl") == Some(last)
        });
        if !is_there {
            let message = format!("the module `{last}` is not among the files");
            let finding = Diagnostic::warning(Code::NotTranslated, import.span, message);
            diagnostics.push(finding.hint("name its file too, so that what it has is known"));
        }
    }
}

/// What names mean in all modules.
fn meaning(
    modules: &[Module],
    callees: &BTreeMap<String, body::Callee>,
    values: &[&Vec<&Template>],
) -> Meaning {
    let mut queries = BTreeMap::new();
    let declared = modules.iter().flat_map(|m| &m.queries);
    let declared = declared.map(|q| (&q.name, &q.parameters));
    let values = values.iter().filter_map(|group| group.last());
    let values = values.map(|t| (&t.name, &t.parameters));
    for (name, parameters) in declared.chain(values) {
        let name = name.text.to_string();
        let taken = OPERATIONS
            .iter()
            .any(|o| o.name == name || o.also.contains(&&*name));
        let first = parameters.first();
        let on_first =
            first.is_some_and(|p| !names::is_list(&p.ty.text) && &*p.ty.text != "OclAny");
        let ours = if taken {
            format!("{name}Query")
        } else {
            name.clone()
        };
        let ours = QueryName {
            name: ours,
            on_first,
        };
        queries.insert(name, ours);
    }
    Meaning {
        queries,
        templates: callees.keys().cloned().collect(),
        ..Meaning::default()
    }
}

/// What expressions are typed against: the metamodel, and what queries became.
fn typing(metamodel: &Arc<Metamodel>, helpers: Option<&Made>) -> Typing {
    let mut sources = Sources::default();
    // What is wrong with them is told by the check of all that was made.
    let mut ignored = Diagnostics::default();
    let helpers = helpers.map(|made| {
        let file = sources.add(made.path.clone(), made.text.clone());
        transform::helpers(&sources, &[file], metamodel, &mut ignored)
    });
    Typing {
        metamodel: metamodel.clone(),
        helpers: helpers.unwrap_or_default(),
    }
}
