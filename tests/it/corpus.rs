//! Real files with what EMF makes of them, where `MLOPSGEN_CORPUS` names the folder: `tests/run corpus`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mlopsgen::diag::{Diagnostics, Sources};
use mlopsgen::format::resource::{Metamodels, Targets, text_of};
use mlopsgen::format::uri::UriMap;
use mlopsgen::format::xmi::Layout;
use mlopsgen::format::{self, ecore, lines, xmi, yaml_model};
use mlopsgen::metamodel::Metamodel;
use mlopsgen::model::Model;
use mlopsgen::workspace::DiskWorld;
use mlopsgen::world::World as _;

/// Files whose result differs from EMF's on purpose, with the reason; `tests/interchange/README.md` has the table.
const DIFFERS: &[(&str, &str)] = &[(
    "plugins/org.eclipse.acceleo.aql/model/acceleo.ecore",
    "EMF replaces references by namespace with the path of the file that was loaded for it; they stay as written",
)];

struct Row {
    repository: String,
    path: String,
    loads: bool,
    metamodels: Vec<String>,
}

fn rows(corpus: &Path) -> Vec<Row> {
    let table = fs::read_to_string(corpus.join("corpus.tsv")).unwrap();
    table
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            Row {
                repository: cells[0].to_owned(),
                path: cells[1].to_owned(),
                loads: cells[2] == "OK",
                metamodels: cells[7].split_whitespace().map(str::to_owned).collect(),
            }
        })
        .collect()
}

struct Loaded {
    world: DiskWorld,
    path: String,
    metamodel: Arc<Metamodel>,
    model: Model,
    has_errors: bool,
}

fn world_path(path: &Path) -> String {
    path.to_str().unwrap().trim_start_matches('/').to_owned()
}

fn load(corpus: &Path, row: &Row) -> Loaded {
    let root = corpus.join("input").join(&row.repository);
    let world = DiskWorld::everywhere(Path::new("/"));
    let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
    let map = UriMap::default();
    let read = |path: &str, sources: &mut Sources, found: &mut Diagnostics| {
        let bytes = world.read(path).unwrap().unwrap();
        text_of(&bytes, path.to_owned(), sources, found).unwrap()
    };
    let metamodel = if row.metamodels.is_empty() {
        ecore::ecore().clone()
    } else {
        let mut all = Metamodels::new(&world, &map);
        for file in &row.metamodels {
            let path = world_path(&root.join(file));
            let id = read(&path, &mut sources, &mut found);
            all.add(&path, id, (&sources, &mut found));
        }
        all.close(&mut sources, &mut found);
        Arc::new(all.metamodel(&mut found))
    };
    let path = world_path(&root.join(&row.path));
    let file = read(&path, &mut sources, &mut found);
    let model = format::read(&path, (&sources, file), &metamodel, &mut found);
    Loaded {
        world,
        path,
        metamodel: model.metamodel().clone(),
        model,
        has_errors: found.has_errors(),
    }
}

fn graph(loaded: &Loaded, model: &Model) -> Vec<serde_json::Value> {
    let map = UriMap::default();
    let mut targets = Targets::new(&loaded.world, &map, (&loaded.path, &loaded.metamodel));
    let mut out = Vec::new();
    lines::write(model, &mut targets, &mut out).unwrap();
    parse_lines(&String::from_utf8(out).unwrap())
}

fn parse_lines(text: &str) -> Vec<serde_json::Value> {
    text.lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

fn bytes(loaded: &Loaded) -> Vec<u8> {
    let mut model = loaded.model.clone();
    format::relocate(&mut model, &loaded.path);
    let mut out = Vec::new();
    xmi::write(&model, Layout::of(&loaded.path), &mut out).unwrap();
    out
}

/// XMI → YAML → JSON → XMI, each read again.
fn round_trip(loaded: &Loaded) -> Result<Vec<serde_json::Value>, String> {
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
        let file = text_of(&out, path.clone(), &mut sources, &mut found).unwrap();
        model = format::read(&path, (&sources, file), &loaded.metamodel, &mut found);
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

#[test]
fn every_file_of_the_corpus_is_read_and_written_as_emf_does() {
    let Some(corpus) = std::env::var_os("MLOPSGEN_CORPUS").map(PathBuf::from) else {
        return;
    };
    let corpus = corpus.canonicalize().unwrap();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut failed = Vec::new();
    for row in rows(&corpus) {
        let loaded = load(&corpus, &row);
        let differs = DIFFERS.iter().any(|(path, _)| *path == row.path);
        let mut count = |what: &'static str, good: bool| {
            let entry = counts.entry(what).or_default();
            *entry = (entry.0 + usize::from(good), entry.1 + 1);
            if !good && !differs {
                failed.push(format!("{what}: {} {}", row.repository, row.path));
            }
        };
        if !row.loads {
            count("rejected", loaded.has_errors);
            continue;
        }
        let expected = |folder: &str, ending: &str| {
            let path = format!("{}{ending}", row.path);
            fs::read(corpus.join(folder).join(&row.repository).join(path)).unwrap()
        };
        let wanted = String::from_utf8(expected("expected-graph", ".jsonl")).unwrap();
        let own = graph(&loaded, &loaded.model);
        count("graph", own == parse_lines(&wanted));
        count("bytes", bytes(&loaded) == expected("expected-bytes", ""));
        let back = round_trip(&loaded);
        let same = back.as_ref() == Ok(&own);
        if !same {
            match back {
                Err(error) => println!("{} {error}", row.path),
                Ok(back) => {
                    let first = own.iter().zip(&back).find(|(a, b)| a != b);
                    println!("{} {} {} {first:?}", row.path, own.len(), back.len());
                }
            }
        }
        count("round trip", same);
    }
    for (what, (good, all)) in &counts {
        println!("{what} {good} of {all}");
    }
    for (path, reason) in DIFFERS {
        println!("differs on purpose: {path}: {reason}");
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
