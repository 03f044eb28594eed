//! The literate suite: `tests/suite/**/*.md` is the manual of the languages, and every example in it runs.
//!
//! `model => NAME of FILE` is a model that a map transform made. `## Heading` begins a case. A fence of `LANG FILE` is a file of the case's workspace; fences before the first case
//! are files of every case on the page. `LANG => PATH` is the artifact that is expected, `model => FILE` the completed
//! model, `FORMAT => fixed FILE` its text after the safe fixes, `FORMAT => diagram WORD…` what that command prints,
//! `session` what a shell prints in a repository of the files, how long it took aside, with numbers for commits,
//! `session goes on` the same in the folder of the one before, with the files of `LANG later FILE` between the two,
//! `diagnostics` the findings, one a line, `messages` the same as people see them; a case without either has none.
//! `MLOPSGEN_UPDATE=1` rewrites what is expected.

use std::fs;
use std::path::{Path, PathBuf};

use mlopsgen::diag::render;
use mlopsgen::model::{Model, ObjectId, Origin, show};
use mlopsgen::pipeline::{self, Run, Stage};
use mlopsgen::transform::Trace;
use mlopsgen::world::MemoryWorld;

use crate::project::TestProject;

#[derive(Clone)]
struct Fence {
    info: String,
    text: String,
    /// The lines of its content in the page, from 0.
    lines: std::ops::Range<usize>,
}

#[derive(Default)]
struct Case {
    name: String,
    fences: Vec<Fence>,
}

#[test]
fn every_page_of_the_manual_is_true() {
    let mut pages = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite"),
        &mut pages,
    );
    assert!(!pages.is_empty());
    let update = std::env::var_os("MLOPSGEN_UPDATE").is_some();
    let mut failures = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        let mut edits = Vec::new();
        let (shared, cases) = read(&text);
        for case in &cases {
            for (fence, actual) in check(&shared, case) {
                if fence.text != actual {
                    failures.push(format!(
                        "{}: {}: {}\n--- expected\n{}--- actual\n{actual}",
                        page.display(),
                        case.name,
                        fence.info,
                        fence.text
                    ));
                    edits.push((fence.lines.clone(), actual));
                }
            }
        }
        if update {
            rewrite(page, &text, edits);
        }
    }
    assert!(update || failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_table_of_operations_is_the_table_of_the_program() {
    is_page("operations.md", &mlopsgen::expr::reference());
}

#[test]
fn the_page_about_what_watch_prints_is_that_of_the_program() {
    is_page("watch-json.md", &mlopsgen::cli::watch_reference());
}

/// Compares a page of the manual with what the program says it is.
fn is_page(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/suite")
        .join(name);
    if std::env::var_os("MLOPSGEN_UPDATE").is_some() {
        fs::write(&path, page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == page,
        "MLOPSGEN_UPDATE=1 writes it again"
    );
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|e| e == "md") {
            pages.push(path);
        }
    }
    pages.sort();
}

fn read(page: &str) -> (Vec<Fence>, Vec<Case>) {
    let mut shared = Vec::new();
    let mut cases: Vec<Case> = Vec::new();
    let mut open: Option<(String, Fence)> = None;
    for (number, line) in page.lines().enumerate() {
        if let Some((mark, fence)) = &mut open {
            if line == mark {
                let (_, mut fence) = open.take().unwrap();
                fence.lines.end = number;
                match cases.last_mut() {
                    Some(case) => case.fences.push(fence),
                    None => shared.push(fence),
                }
            } else {
                fence.text.push_str(line);
                fence.text.push('\n');
            }
        } else if line.starts_with("```") {
            let mark: String = line.chars().take_while(|c| *c == '`').collect();
            let info = line[mark.len()..].trim().to_owned();
            open = Some((
                mark,
                Fence {
                    info,
                    text: String::new(),
                    lines: number + 1..number + 1,
                },
            ));
        } else if let Some(name) = line.strip_prefix("## ") {
            cases.push(Case {
                name: name.to_owned(),
                fences: Vec::new(),
            });
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    (shared, cases)
}

/// The files of a case, with a configuration that names them where the case has none of its own.
fn files(shared: &[Fence], case: &Case) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for fence in shared.iter().chain(&case.fences) {
        if let [_, path] = fence.info.split_whitespace().collect::<Vec<_>>()[..]
            && path != "=>"
        {
            files.retain(|(p, _)| p != path);
            files.push((path.to_owned(), fence.text.clone()));
        }
    }
    let named: Vec<String> = files.iter().map(|(p, _)| p.clone()).collect();
    if !named.is_empty() && !named.iter().any(|p| p == "mlopsgen.yaml") {
        files.push(("mlopsgen.yaml".to_owned(), config(&named)));
    }
    files
}

/// The files of all cases of all pages.
pub fn workspaces() -> Vec<Vec<(String, String)>> {
    let mut pages = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite"),
        &mut pages,
    );
    let read_page = |page: &PathBuf| read(&fs::read_to_string(page).unwrap());
    let all = pages.iter().map(read_page);
    all.flat_map(|(shared, cases)| cases.iter().map(|c| files(&shared, c)).collect::<Vec<_>>())
        .collect()
}

/// Runs a case. Returns each expectation with what came out.
fn check(shared: &[Fence], case: &Case) -> Vec<(Fence, String)> {
    let files = files(shared, case);
    let mut results = sessions(&files, case);
    if files.is_empty() {
        return results;
    }
    let mut world = MemoryWorld::default();
    for (path, text) in &files {
        world.insert(path.clone(), text);
    }
    let run = pipeline::run(&world);
    let found: String = run
        .diagnostics
        .iter()
        .map(|d| render::short(d, &run.sources) + "\n")
        .collect();
    let shown = case.fences.iter().find(|f| f.info == "messages");
    if let Some(fence) = shown {
        results.push((fence.clone(), messages(&run)));
    } else {
        let expected = case.fences.iter().find(|f| f.info == "diagnostics");
        results.push((expected.cloned().unwrap_or_else(|| nothing(case)), found));
    }
    for fence in &case.fences {
        let words: Vec<&str> = fence.info.split_whitespace().collect();
        if let [format, "=>", "diagram", words @ ..] = &words[..] {
            results.push((fence.clone(), diagram(&files, format, words)));
        } else if let ["model", "=>", name, "of", path] = words[..] {
            results.push((fence.clone(), derived(&run, name, path)));
        } else if let [_, "=>", "fixed", path] = words[..] {
            let fixed = pipeline::fix(&world).unwrap();
            let file = fixed.files.into_iter().find(|f| f.path == path);
            let text = file.map(|f| String::from_utf8(f.content.unwrap().into()).unwrap());
            let text = text.unwrap_or_else(|| "nothing is fixed\n".to_owned());
            results.push((fence.clone(), text));
        } else if let [lang, "=>", path] = words[..] {
            let actual = if lang == "model" {
                completed(&run, path)
            } else {
                artifact(&run, path)
            };
            results.push((fence.clone(), actual));
        }
    }
    results
}

/// The findings as people see them.
fn messages(run: &Run) -> String {
    let all = run.diagnostics.iter();
    let shown = all.map(|d| render::human(d, &run.sources, render::Style::Plain));
    let lines: Vec<String> = shown
        .flat_map(|text| (text + "\n").lines().map(str::to_owned).collect::<Vec<_>>())
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect();
    lines.concat()
}

/// What `diagram` prints.
fn diagram(files: &[(String, String)], format: &str, words: &[&str]) -> String {
    let project = TestProject::empty();
    for (path, text) in files {
        project.write(path, text);
    }
    let mut command = vec!["diagram", "--format", format];
    command.extend(words);
    let ran = project.run(&command);
    ran.out + &ran.err
}

/// The sessions of a case, with what is printed in each.
fn sessions(files: &[(String, String)], case: &Case) -> Vec<(Fence, String)> {
    let mut project = None;
    let mut results = Vec::new();
    for fence in &case.fences {
        let words: Vec<&str> = fence.info.split_whitespace().collect();
        match (&words[..], &project) {
            (["session"], _) => {
                let new = TestProject::empty();
                for (path, text) in files {
                    new.write(path, text);
                }
                new.git(&["init", "-q", "-b", "main"]);
                results.push((fence.clone(), session(&new, &fence.text)));
                project = Some(new);
            }
            (["session", "goes", "on"], Some(project)) => {
                results.push((fence.clone(), session(project, &fence.text)));
            }
            ([_, "later", path], Some(project)) => project.write(path, &fence.text),
            _ => {}
        }
    }
    results
}

/// The commands of a session with what each of them prints, and its exit code where that is not 0.
fn session(project: &TestProject, text: &str) -> String {
    let mut out = String::new();
    for command in text.lines().filter_map(|l| l.strip_prefix("$ ")) {
        let ran = project.shell(".", command);
        let printed = [ran.out, ran.err].concat();
        out.push_str(&format!("$ {command}\n"));
        for line in printed.lines() {
            let timed = line.ends_with(" ms") || line.ends_with(" s");
            let line = line
                .rsplit_once(" in ")
                .filter(|_| timed)
                .map_or(line, |(l, _)| l);
            out.push_str(line.trim_end());
            out.push('\n');
        }
        if ran.code != 0 {
            out.push_str(&format!("[exit code {}]\n", ran.code));
        }
    }
    numbered(project, out)
}

/// A text with the numbers of commits in the place of their short identities.
fn numbered(project: &TestProject, mut text: String) -> String {
    let ids = project.git(&["rev-list", "--all", "--reverse", "--topo-order"]);
    for (index, id) in ids.lines().enumerate() {
        text = text.replace(&id[..7], &format!("{:07}", index + 1));
    }
    text
}

/// What a case expects that names no findings.
fn nothing(case: &Case) -> Fence {
    let line = case.fences.last().map_or(0, |f| f.lines.end);
    Fence {
        info: "no diagnostics".to_owned(),
        text: String::new(),
        lines: line..line,
    }
}

pub fn config(paths: &[String]) -> String {
    let list = |ends: &[&str]| {
        let all: Vec<&str> = paths
            .iter()
            .map(String::as_str)
            .filter(|p| ends.iter().any(|e| p.ends_with(e)))
            .collect();
        format!("[{}]", all.join(", "))
    };
    let models: Vec<&str> = paths
        .iter()
        .map(String::as_str)
        .filter(|p| {
            (p.ends_with(".yaml")
                && !p.ends_with(".rules.yaml")
                && !p.ends_with(".constraints.yaml"))
                || p.ends_with(".xmi")
                || p.ends_with(".json")
        })
        .collect();
    format!(
        "metamodels: {}\nmodels: [{}]\nconstraints: {}\ntransforms: {}\ntemplates: {}\noutput: out\n",
        list(&[".ecore"]),
        models.join(", "),
        list(&[".constraints.yaml"]),
        list(&[".rules.yaml"]),
        list(&[".hbs"])
    )
}

fn artifact(run: &Run, path: &str) -> String {
    let full = format!("out/{path}");
    let found = run
        .artifacts()
        .find(|a| a.path() == full || a.path() == path);
    found.map_or_else(
        || "there is no such artifact\n".to_owned(),
        |a| a.print().text,
    )
}

fn completed(run: &Run, path: &str) -> String {
    let Some(model) = run.models.iter().find(|m| m.path == path) else {
        return "there is no such model\n".to_owned();
    };
    printed(model.completed())
}

fn derived(run: &Run, name: &str, path: &str) -> String {
    let of = run.models.iter().find(|m| m.path == path);
    let found = of.and_then(|m| m.derived().iter().find(|d| d.name.as_deref() == Some(name)));
    found.map_or_else(|| "there is no such model\n".to_owned(), printed)
}

fn printed(of: &Stage) -> String {
    let mut text = String::new();
    for root in of.model.roots() {
        print((&of.model, &of.trace), *root, 0, &mut text);
    }
    text
}

/// An object with its slots, one a line; what a rule wrote names the rule.
fn print(of: (&Model, &Trace), object: ObjectId, depth: usize, text: &mut String) {
    let (model, trace) = of;
    let pad = "  ".repeat(depth);
    text.push_str(&format!("{}\n", model.class_name(object)));
    for feature in &model.metamodel().class(model.class(object)).features {
        let declared = model.metamodel().feature(*feature);
        let Some(value) = model.own(object, *feature) else {
            continue;
        };
        let rule = match model.origin(object, *feature) {
            Some(Origin::Derived(link)) => format!("  # {}", trace.get(link).rule.rule),
            _ => String::new(),
        };
        if declared.is_containment() {
            for part in value.objects() {
                text.push_str(&format!("{pad}  {}: ", declared.name));
                print(of, part, depth + 1, text);
            }
        } else {
            text.push_str(&format!(
                "{pad}  {} = {}{rule}\n",
                declared.name,
                show(model, &value)
            ));
        }
    }
}

fn rewrite(page: &Path, text: &str, mut edits: Vec<(std::ops::Range<usize>, String)>) {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, actual) in edits {
        if range.is_empty() && !lines[range.start].starts_with("```") {
            continue;
        }
        let new: Vec<String> = actual.lines().map(str::to_owned).collect();
        lines.splice(range, new);
    }
    fs::write(page, lines.join("\n") + "\n").unwrap();
}
