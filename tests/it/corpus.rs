//! Real files with what EMF makes of them, where `MLOPSGEN_CORPUS` names the folder: `tests/run corpus`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::models::{bytes, graph, load, parse_lines, round_trip};

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

#[test]
fn every_file_of_the_corpus_is_read_and_written_as_emf_does() {
    let Some(corpus) = std::env::var_os("MLOPSGEN_CORPUS").map(PathBuf::from) else {
        return;
    };
    let corpus = corpus.canonicalize().unwrap();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut failed = Vec::new();
    for row in rows(&corpus) {
        let root = corpus.join("input").join(&row.repository);
        let metamodels: Vec<PathBuf> = row.metamodels.iter().map(|m| root.join(m)).collect();
        let loaded = load(&root.join(&row.path), &metamodels);
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
        count(
            "bytes",
            bytes(&loaded).unwrap() == expected("expected-bytes", ""),
        );
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
