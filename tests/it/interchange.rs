//! Our own files with what EMF made of them: `tests/interchange/README.md` says what each shows.
//!
//! Beside each file that has findings, `NAME.found.txt` lists ours; `MLOPSGEN_UPDATE=1` writes it anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::models::{Loaded, bytes, graph, load, parse_lines, reread, round_trip};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interchange");
    let all = fs::read_dir(root).unwrap().map(|e| e.unwrap().path());
    let mut all: Vec<PathBuf> = all.filter(|p| p.is_dir()).collect();
    all.sort();
    all
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut all: Vec<PathBuf> = all
        .filter(|p| {
            let name = p.file_name().unwrap().to_str().unwrap();
            let own = !name.contains(".saved.") && !name.contains(".unfollowed.");
            name.ends_with(ending) && own
        })
        .collect();
    all.sort();
    all
}

/// Every model, with the metamodels it is of; none where it is a metamodel itself, of Ecore.
pub(crate) fn subjects() -> impl Iterator<Item = (PathBuf, Vec<PathBuf>)> {
    folders().into_iter().flat_map(|folder| {
        let metamodels = files(&folder, ".ecore");
        let instances = files(&folder, ".xmi");
        let (subjects, metamodels) = if instances.is_empty() {
            (metamodels, Vec::new())
        } else {
            (instances, metamodels)
        };
        subjects.into_iter().map(move |s| (s, metamodels.clone()))
    })
}

/// The file `NAME.ending` beside a subject.
fn beside(subject: &Path, ending: &str) -> PathBuf {
    let stem = subject.file_stem().unwrap().to_str().unwrap();
    subject.with_file_name(format!("{stem}.{ending}"))
}

/// The graph of what a file of the model holds, transient parts aside.
fn again(loaded: &Loaded) -> Result<Vec<serde_json::Value>, String> {
    let bytes = bytes(loaded).map_err(|e| e.to_string())?;
    Ok(graph(loaded, &reread(loaded, &bytes)))
}

/// What is wrong with our reading of a file against EMF's.
fn compare(subject: &Path, loaded: &Loaded) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    if beside(subject, "error.txt").exists() {
        if !loaded.has_errors {
            wrong.push("EMF rejects it and we do not");
        }
        return wrong;
    }
    let ending = subject.extension().unwrap().to_str().unwrap();
    let wanted = fs::read_to_string(beside(subject, "graph.jsonl")).unwrap();
    let own = graph(loaded, &loaded.model);
    if own != parse_lines(&wanted) {
        wrong.push("the graph differs");
    }
    let unfollowed = fs::read(beside(subject, &format!("unfollowed.{ending}"))).ok();
    let saved = fs::read(beside(subject, &format!("saved.{ending}"))).ok();
    let own = bytes(loaded).ok();
    if own != saved && own != unfollowed {
        wrong.push("the bytes differ");
    }
    if loaded.has_errors {
        wrong.push("EMF accepts it and we do not");
    }
    // What XMI itself cannot hold, such as a reference to a transient part, no other form can.
    let again = again(loaded);
    if again.as_ref() == Ok(&graph(loaded, &loaded.model)) && round_trip(loaded) != again {
        wrong.push("it does not come back from YAML and JSON");
    }
    wrong
}

#[test]
fn every_file_is_read_and_written_as_emf_does_or_differs_on_purpose() {
    let mut failed = Vec::new();
    let (mut same, mut differing) = (0, 0);
    for (subject, metamodels) in subjects() {
        let loaded = load(&subject, &metamodels);
        let wrong = compare(&subject, &loaded);
        let on_purpose = beside(&subject, "differs.txt").exists();
        if on_purpose && wrong.is_empty() && loaded.found.is_empty() {
            failed.push(format!("{}: it does not differ", subject.display()));
        }
        match (wrong.is_empty(), on_purpose) {
            (true, _) => same += 1,
            (false, true) => differing += 1,
            (false, false) => {
                failed.push(format!("{}: {}", subject.display(), wrong.join(", ")));
            }
        }
        let found = beside(&subject, "found.txt");
        let wanted = fs::read_to_string(&found).unwrap_or_default();
        if std::env::var_os("MLOPSGEN_UPDATE").is_some() {
            if loaded.found.is_empty() {
                let _ = fs::remove_file(&found);
            } else {
                fs::write(&found, &loaded.found).unwrap();
            }
        } else if wanted != loaded.found {
            failed.push(format!(
                "{}: other findings\n--- expected\n{wanted}--- actual\n{}",
                subject.display(),
                loaded.found
            ));
        }
    }
    println!("{same} as EMF has them, {differing} otherwise on purpose");
    assert!(
        failed.is_empty(),
        "{}\n{} failed",
        failed.join("\n"),
        failed.len()
    );
}

#[test]
fn the_table_names_each_difference_with_its_reason() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interchange/README.md");
    let table = fs::read_to_string(table).unwrap();
    for (subject, _) in subjects() {
        let Ok(reason) = fs::read_to_string(beside(&subject, "differs.txt")) else {
            continue;
        };
        let name = subject.file_stem().unwrap().to_str().unwrap();
        let entry = format!("`{name}`: {}", reason.lines().next().unwrap());
        let group = subject.parent().unwrap().file_name().unwrap();
        let row = format!("| `{}` |", group.to_str().unwrap());
        let row = table.lines().find(|line| line.starts_with(&row)).unwrap();
        assert!(row.contains(&entry), "{entry} is not in {row}");
    }
}
