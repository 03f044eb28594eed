//! File syntaxes: `.ecore`, XMI and YAML become typed graphs with the place of every element and value.
//!
//! Readers never fail: what can be read is read, the rest is diagnostics. This module alone knows XML and YAML.

pub mod ecore;
pub mod edit;
mod encoding;
pub mod json;
pub mod lines;
pub mod node;
pub mod resource;
mod scalar;
pub mod schema;
mod shared;
pub mod uri;
pub mod xmi;
mod xml;
pub mod yaml;
pub mod yaml_model;

pub use encoding::decode;

use std::sync::Arc;

use crate::diag::{Diagnostics, FileId, Sources};
use crate::metamodel::Metamodel;
use crate::model::Model;

/// Reads a model in the syntax that its path says.
pub fn read(
    path: &str,
    (sources, file): (&Sources, FileId),
    metamodel: &Arc<Metamodel>,
    diagnostics: &mut Diagnostics,
) -> Model {
    match Syntax::of(path) {
        Syntax::Yaml => yaml_model::read(sources, file, metamodel, diagnostics),
        Syntax::Json => yaml_model::read_json(sources, file, metamodel, diagnostics),
        Syntax::Xmi if is_ecore(path) => {
            // Its classes are in every metamodel, and a transformation may need one that has others too.
            let mut model = xmi::read(sources, file, metamodel, diagnostics);
            ecore::normalise(&mut model);
            model
        }
        Syntax::Xmi => xmi::read(sources, file, metamodel, diagnostics),
    }
}

/// Whether a path is that of a metamodel.
pub fn is_ecore(path: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("ecore"))
}

/// Where a model says that its metamodels are: namespace and location.
pub fn schema_locations(path: &str, text: &str) -> Vec<(String, String)> {
    match Syntax::of(path) {
        Syntax::Xmi => xmi::schema_locations(text),
        Syntax::Yaml | Syntax::Json => Vec::new(),
    }
}

/// Makes a model say where the files of its metamodels are from its own path, if it says so at all.
///
/// That is what EMF does when it saves a file that had `xsi:schemaLocation`.
pub fn relocate(model: &mut Model, path: &str) {
    let metamodel = model.metamodel().clone();
    let Some(locations) = &mut model.document.schema_locations else {
        return;
    };
    for (_, package) in metamodel.packages() {
        let Some(location) = &package.location else {
            continue;
        };
        let relative: Arc<str> = uri::relative(path, location).into();
        match locations.iter_mut().find(|(uri, _)| *uri == package.ns_uri) {
            Some((_, known)) => *known = relative,
            None => locations.push((package.ns_uri.clone(), relative)),
        }
    }
}

/// The syntaxes of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// XMI, which any unknown ending is taken for.
    Xmi,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

impl Syntax {
    /// The syntax that the ending of a path says.
    pub fn of(path: &str) -> Self {
        let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Self::Yaml,
            "json" => Self::Json,
            _ => Self::Xmi,
        }
    }
}

/// The largest file that is read, in bytes: offsets are 32 bits wide.
pub const MAX_FILE: usize = 1 << 30;
/// How deep elements or collections may nest.
pub const MAX_DEPTH: usize = 500;
/// How many YAML nodes a file may have after aliases are followed: several million objects.
pub const MAX_NODES: usize = 30_000_000;
/// How many YAML nodes aliases may repeat.
pub const MAX_ALIASED: usize = 200_000;
