//! What each target does with its bytes. Every call to mlopsgen is here.
//!
//! The metamodels are those of `tests/interchange`, all registered at once, so that every instance there is a seed.
//! A target fails by a panic, by running out of time or memory, or when what was written does not read back the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use mlopsgen::diag::{Diagnostics, FileId, Sources};
use mlopsgen::format::resource::Metamodels;
use mlopsgen::format::uri::UriMap;
use mlopsgen::format::yaml_model::{self, Syntax};
use mlopsgen::format::{decode, ecore, xmi};
use mlopsgen::metamodel::Metamodel;
use mlopsgen::model::{Model, ObjectId};
use mlopsgen::world::MemoryWorld;

/// A model in XMI.
pub fn xmi(bytes: &[u8]) {
    round(bytes, "model.xmi", xmi::read, |model| {
        written(|out| xmi::write(model, xmi::Layout::Instance, out))
    });
}

/// A model in YAML.
pub fn yaml(bytes: &[u8]) {
    round(bytes, "model.yaml", yaml_model::read, |model| {
        written(|out| yaml_model::write(model, Syntax::Yaml, out))
    });
}

/// A model in JSON.
pub fn json(bytes: &[u8]) {
    round(bytes, "model.json", yaml_model::read_json, |model| {
        written(|out| yaml_model::write(model, Syntax::Json, out))
    });
}

/// A metamodel.
pub fn ecore(bytes: &[u8]) {
    let path = "metamodel.ecore";
    let Some((mut sources, file)) = source(bytes, path) else {
        return;
    };
    let mut diagnostics = Diagnostics::default();
    let (world, map) = (MemoryWorld::default(), UriMap::default());
    let mut all = Metamodels::new(&world, &map);
    all.add(path, file, (&sources, &mut diagnostics));
    all.close((&mut sources, &mut diagnostics), |_, _| {});
    let _ = all.metamodel(&mut diagnostics);
    show(&sources, &diagnostics);
    let read: Read = |sources, file, _, found| ecore::read(sources, file, found);
    round(bytes, path, read, |model| {
        written(|out| xmi::write(model, xmi::Layout::Ecore, out))
    });
}

type Read = fn(&Sources, FileId, &Arc<Metamodel>, &mut Diagnostics) -> Model;
type Write = fn(&Model) -> Option<Vec<u8>>;

/// The bytes that a writer makes, in the encoding of the model; none where it holds what the form has no place for.
fn written(write: impl Fn(&mut dyn std::io::Write) -> std::io::Result<()>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    write(&mut out).ok()?;
    Some(out)
}

/// Reads; where that was without error, writes, reads and writes again: the second text has to be the first one.
fn round(bytes: &[u8], path: &str, read: Read, write: Write) {
    let Some((sources, file)) = source(bytes, path) else {
        return;
    };
    let mut diagnostics = Diagnostics::default();
    let model = read(&sources, file, &METAMODEL, &mut diagnostics);
    show(&sources, &diagnostics);
    if diagnostics.has_errors() || !is_written(&model) {
        return;
    }
    let Some(written) = write(&model) else { return };
    let shown = String::from_utf8_lossy(&written);
    if model.document.schema_locations.is_some() && !shown.contains("schemaLocation") {
        // As in Eclipse, the namespace of a location that nothing uses outlives it by one round.
        return;
    }
    let (sources, file) = source(&written, path).expect("what we write can be decoded");
    let mut diagnostics = Diagnostics::default();
    let again = read(&sources, file, &METAMODEL, &mut diagnostics);
    assert!(
        !diagnostics.has_errors(),
        "what we write does not read: {shown}"
    );
    let again = write(&again).unwrap_or_default();
    assert!(
        again == written,
        "what we write reads as something else: {shown}\n{}",
        String::from_utf8_lossy(&again)
    );
}

/// Whether files keep all objects: as in Eclipse, references to parts that are transient are written and lead nowhere.
fn is_written(model: &Model) -> bool {
    let saved = |o: &ObjectId| {
        let through = model.containing_feature(*o);
        through.is_none_or(|f| model.metamodel().feature(f).is_saved())
    };
    model.objects().iter().all(saved)
}

fn source(bytes: &[u8], path: &str) -> Option<(Sources, FileId)> {
    let text = decode(bytes.to_vec().into()).ok()?;
    let mut sources = Sources::default();
    let file = sources.add(path, text);
    Some((sources, file))
}

/// Renders every finding: a place outside of its text would show here.
fn show(sources: &Sources, diagnostics: &Diagnostics) {
    for diagnostic in diagnostics.iter() {
        if let Some(label) = &diagnostic.primary {
            let _ = sources.place(label.span);
            let _ = sources.slice(label.span);
        }
    }
}

static METAMODEL: LazyLock<Arc<Metamodel>> = LazyLock::new(|| {
    let mut files = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../interchange"),
        &mut files,
    );
    files.sort();
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let mut seen = BTreeSet::new();
    let (world, map) = (MemoryWorld::default(), UriMap::default());
    let mut all = Metamodels::new(&world, &map);
    for path in files {
        let text = fs::read_to_string(&path).expect("a fixture can be read");
        // Some metamodels stand in several folders; one of a namespace is enough.
        let uri = text
            .split("nsURI=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_default()
            .to_owned();
        if !seen.insert(uri) {
            continue;
        }
        let path = path.display().to_string();
        let file = sources.add(&*path, text);
        all.add(&path, file, (&sources, &mut diagnostics));
    }
    Arc::new(all.metamodel(&mut diagnostics))
});

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder)
        .expect("the fixtures are there")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "ecore") && !made_by_emf(&path) {
            files.push(path);
        }
    }
}

fn made_by_emf(path: &Path) -> bool {
    let name = path.display().to_string();
    name.ends_with(".saved.ecore") || name.ends_with(".unfollowed.ecore")
}
