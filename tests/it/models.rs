//! Models of files on disk, read and written through the library, for comparison with what EMF made of them.

use std::path::Path;
use std::sync::Arc;

use mlopsgen::diag::render;
use mlopsgen::diag::{Diagnostics, Sources};
use mlopsgen::format::resource::{Metamodels, Targets, text_of};
use mlopsgen::format::uri::UriMap;
use mlopsgen::format::xmi::Layout;
use mlopsgen::format::{self, ecore, lines, xmi, yaml_model};
use mlopsgen::metamodel::Metamodel;
use mlopsgen::model::{self, Model};
use mlopsgen::workspace::DiskWorld;
use mlopsgen::world::World as _;

/// A model that was read, with what was found in it.
pub(crate) struct Loaded {
    world: DiskWorld,
    path: String,
    metamodel: Arc<Metamodel>,
    pub(crate) model: Model,
    pub(crate) has_errors: bool,
    /// The findings, a line each, without folders.
    pub(crate) found: String,
}

fn world_path(path: &Path) -> String {
    path.to_str().unwrap().trim_start_matches('/').to_owned()
}

/// Reads a model that conforms to the metamodels of some files, or to Ecore.
pub(crate) fn load(file: &Path, metamodels: &[std::path::PathBuf]) -> Loaded {
    let world = DiskWorld::everywhere(Path::new("/"));
    let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
    let map = UriMap::default();
    let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let read = |path: &str, sources: &mut Sources, found: &mut Diagnostics| {
        let bytes = world.read(path).unwrap().unwrap();
        text_of(bytes, name(path), sources, found)
    };
    let path = world_path(file);
    let metamodel = if metamodels.is_empty() {
        ecore::ecore().clone()
    } else {
        let mut all = Metamodels::new(&world, &map);
        for file in metamodels {
            let path = world_path(file);
            if let Some(id) = read(&path, &mut sources, &mut found) {
                all.add(&path, id, (&sources, &mut found));
            }
        }
        if let Some(id) = read(&path, &mut sources, &mut Diagnostics::default()) {
            let text = sources.file(id).text.clone();
            let locations = format::schema_locations(&path, &text);
            all.locate(&path, &locations, (&mut sources, &mut found));
        }
        all.close((&mut sources, &mut found), |_, _| {});
        Arc::new(all.metamodel(&mut found))
    };
    let model = match read(&path, &mut sources, &mut found) {
        Some(id) => format::read(&path, (&sources, id), &metamodel, &mut found),
        None => Model::new(metamodel.clone()),
    };
    let map = UriMap::default();
    Targets::new(&world, &map, (&path, model.metamodel())).check(&model, (&sources, &mut found));
    found.sort(&sources);
    // The file itself counts: what is wrong with its metamodels may be so on purpose.
    let of_file = |d: &&mlopsgen::diag::Diagnostic| {
        let place = d.primary.as_ref();
        place.is_none_or(|l| sources.path(l.span.file) == name(&path))
    };
    let has_errors = found
        .iter()
        .filter(of_file)
        .any(mlopsgen::diag::Diagnostic::is_error);
    model::check(&model, &mut found);
    found.sort(&sources);
    let lines = found.iter().map(|d| render::short(d, &sources) + "\n");
    Loaded {
        world,
        path,
        metamodel: model.metamodel().clone(),
        has_errors,
        found: lines.collect(),
        model,
    }
}

pub(crate) fn graph(loaded: &Loaded, model: &Model) -> Vec<serde_json::Value> {
    let map = UriMap::default();
    let mut targets = Targets::new(&loaded.world, &map, (&loaded.path, &loaded.metamodel));
    let mut out = Vec::new();
    lines::write(model, &mut targets, &mut out).unwrap();
    parse_lines(&String::from_utf8(out).unwrap())
}

pub(crate) fn parse_lines(text: &str) -> Vec<serde_json::Value> {
    text.lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

pub(crate) fn bytes(loaded: &Loaded) -> std::io::Result<Vec<u8>> {
    let mut model = loaded.model.clone();
    format::relocate(&mut model, &loaded.path);
    let mut out = Vec::new();
    xmi::write(&model, Layout::of(&loaded.path), &mut out)?;
    Ok(out)
}

/// XMI → YAML → JSON → XMI, each read again.
pub(crate) fn round_trip(loaded: &Loaded) -> Result<Vec<serde_json::Value>, String> {
    let mut model = loaded.model.clone();
    for syntax in ["yaml", "json", "xmi"] {
        let mut out = Vec::new();
        let written = match syntax {
            "yaml" => yaml_model::write(&model, yaml_model::Syntax::Yaml, &mut out),
            "json" => yaml_model::write(&model, yaml_model::Syntax::Json, &mut out),
            _ => xmi::write(&model, Layout::Instance, &mut out),
        };
        written.map_err(|e| format!("{syntax}: {e}"))?;
        let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
        let path = format!("{}.{syntax}", loaded.path);
        let file = text_of(out.into(), path.clone(), &mut sources, &mut found).unwrap();
        let document = std::mem::take(&mut model.document);
        model = format::read(&path, (&sources, file), &loaded.metamodel, &mut found);
        // The form of the file is not the model's.
        model.document.xml_version = document.xml_version;
        ecore::normalise(&mut model);
        // What was wrong with the original is wrong with its copies.
        if !loaded.has_errors
            && let Some(first) = found.iter().find(|d| d.is_error())
        {
            let span = first.primary.as_ref().map(|l| sources.position(l.span));
            return Err(format!("{syntax}: {} at {span:?}", first.message));
        }
    }
    Ok(graph(loaded, &model))
}

/// Reads bytes in XMI as the file would be.
pub(crate) fn reread(loaded: &Loaded, bytes: &[u8]) -> Model {
    let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
    let file = text_of(
        bytes.to_vec().into(),
        loaded.path.clone(),
        &mut sources,
        &mut found,
    )
    .unwrap();
    format::read(
        &loaded.path,
        (&sources, file),
        &loaded.metamodel,
        &mut found,
    )
}
