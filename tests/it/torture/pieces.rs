//! A run of many files is written piece by piece: what comes between two pieces is between two calls like any other.

use std::collections::BTreeMap;

use super::strace::{self, Injection, Point};
use crate::project::{FILES, TestProject};

/// How many artifacts there are, of which two pieces can hold none more than some.
const PAGES: usize = 6;
const GENERATE: &[&str] = &["generate"];

/// A workspace of a few large artifacts, of which nothing is generated.
fn large() -> TestProject {
    let project = TestProject::empty();
    for (path, text) in FILES.iter().filter(|(path, _)| path.ends_with(".ecore")) {
        project.write(path, text);
    }
    project.write(
        "mlopsgen.yaml",
        "metamodels: [shop.ecore]\nmodels: [models/*.yaml]\ntemplates: [page.hbs]\noutput: out\n",
    );
    let body = "A line of the page that is printed.\n".repeat(20_000);
    let head = "---\nartifact: ${s.name}.md\nfor: {s: Shop}\n---\n";
    project.write("page.hbs", &format!("{head}# {{{{s.name}}}}\n\n{body}"));
    for number in 0..PAGES {
        let path = format!("models/{number}.yaml");
        project.write(&path, &format!("name: page{number}\n"));
    }
    project.git(&["init", "-q", "-b", "main"]);
    project.git(&["add", "."]);
    project.git(&["commit", "-q", "-m", "Pages"]);
    project
}

/// The calls that end the journals of the pieces.
fn ends(project: &TestProject) -> Vec<Point> {
    let ends = strace::points(&project.copy(), GENERATE, |name| name.starts_with("unlink"));
    assert!(ends.len() > 1, "there is one piece alone");
    ends
}

/// The artifacts by their paths.
fn artifacts(project: &TestProject) -> BTreeMap<String, String> {
    let pages = (0..PAGES).map(|number| format!("out/page{number}.md"));
    let there = pages.filter(|path| project.exists(path));
    there
        .map(|path| (path.clone(), project.read(&path)))
        .collect()
}

#[test]
fn a_run_that_is_killed_between_two_pieces_is_ended_by_the_next() {
    if !strace::is_here() {
        return;
    }
    let scene = large();
    let done = scene.copy();
    assert_eq!(done.run(GENERATE).code, 0);
    let wanted = artifacts(&done);
    assert_eq!(wanted.len(), PAGES);
    for point in ends(&scene) {
        let project = scene.copy();
        strace::run(&project, GENERATE, (&point, Injection::Kill));
        for (path, text) in artifacts(&project) {
            assert!(wanted[&path] == text, "{point}: {path} is torn");
        }
        let ran = project.run(GENERATE);
        assert_eq!(ran.code, 0, "{point}: {ran:?}");
        assert!(artifacts(&project) == wanted, "{point}");
        let ran = project.run(&["status"]);
        assert_eq!(ran.code, 0, "{point}: {ran:?}");
    }
}

#[test]
fn nothing_more_is_written_once_the_branch_has_moved() {
    if !strace::is_here() {
        return;
    }
    let project = large();
    let first = ends(&project).remove(0);
    let ran = strace::interrupt(&project, GENERATE, &first, || {
        project.git(&["switch", "-q", "-c", "other"]);
    });
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.err
            .contains("not all is written: the branch moved meanwhile"),
        "{ran:?}"
    );
    assert!((1..PAGES).contains(&artifacts(&project).len()));
    let ran = project.run(GENERATE);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(artifacts(&project).len(), PAGES);
}
