//! Every call to mlopsgen, and to the handlebars crate, that the benchmark makes, and the process that makes them.
//!
//! The process answers the same lines as `jinja_bench.py`, and some beside them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mlopsgen::diag::{Diagnostics, Sources};
use mlopsgen::expr::Helpers;
use mlopsgen::generate::{Artifact, Draft, Partials, Template};
use mlopsgen::model::{Model, ObjectId, Reach};
use mlopsgen::pipeline::{Decision, Plan, PlannedFile};
use mlopsgen::workspace::{self, Applied, Kept};

use crate::process::{add, answer_lines, first_error, load, memory_of, metamodel, repeat};

/// How many elements a piece of files is made of: about two megabytes, as many as the program writes at once.
const PIECE: usize = 400;

/// What is measured: templates, and the model that they print.
struct Work {
    sources: Sources,
    templates: Vec<Template>,
    model: Model,
    crates: Crate,
}

/// The handlebars crate, with its templates and its form of the model.
struct Crate {
    registry: handlebars::Handlebars<'static>,
    names: Vec<String>,
    pipelines: Vec<serde_json::Value>,
}

impl Work {
    fn read(files: &[PathBuf]) -> Result<Self, String> {
        let [ecore, folder, xmi, json] = files else {
            return Err("four files are needed".to_owned());
        };
        let metamodel = metamodel(&[ecore])?;
        let mut sources = Sources::default();
        let mut diagnostics = Diagnostics::default();
        let helpers = Arc::<Helpers>::default();
        let mut templates = Vec::new();
        for file in files_in(folder, "hbs")? {
            let file = add(&mut sources, &file)?;
            let draft = Draft::read(&sources, file, &mut diagnostics);
            templates.extend(draft.and_then(|draft| {
                let with = (&sources, &draft);
                let language = (&*metamodel, &helpers);
                Template::compile(with, &Partials::default(), language, &mut diagnostics)
            }));
        }
        first_error(&sources, &diagnostics)?;
        let model = load(xmi, &metamodel)?;
        let crates = Crate::read(folder, json)?;
        Ok(Self {
            sources,
            templates,
            model,
            crates,
        })
    }

    /// The elements that artifacts are made of.
    fn elements(&self) -> Vec<ObjectId> {
        let first = self.templates.first();
        first.map_or_else(Vec::new, |template| template.elements(&self.model))
    }

    /// Prints all artifacts of elements, and hands out one after the other.
    fn each(&self, elements: &[ObjectId], mut take: impl FnMut(Artifact)) -> Result<(), String> {
        let mut diagnostics = Diagnostics::default();
        let model = &self.model;
        let place = |object| Reach::from(model).nearest_span(object);
        for template in &self.templates {
            let with = (Reach::from(model), &place as _, "out");
            let these = (elements, &mut diagnostics);
            template.render_unchecked(with, these, &mut take);
        }
        first_error(&self.sources, &diagnostics)
    }

    fn run(&self) -> Result<usize, String> {
        let mut size = 0;
        self.each(&self.elements(), |artifact| size += artifact.text.len())?;
        Ok(size)
    }

    /// Prints all artifacts and has their languages look at them.
    fn checked(&self) -> Result<(), String> {
        let mut diagnostics = Diagnostics::default();
        let model = &self.model;
        let place = |object| Reach::from(model).nearest_span(object);
        for template in &self.templates {
            let with = (Reach::from(model), &place as _, "out");
            template.render(with, &mut diagnostics);
        }
        first_error(&self.sources, &diagnostics)
    }

    /// Writes all artifacts into a folder as the program does: piece by piece.
    fn files(&self, folder: &Path) -> Result<(), String> {
        let kept = Kept::new(folder);
        let mut applied = Applied::default();
        for elements in self.elements().chunks(PIECE) {
            let mut plan = Plan::default();
            self.each(elements, |artifact| {
                plan.files.push(PlannedFile {
                    path: artifact.path.trim_start_matches("out/").to_owned(),
                    content: Some(artifact.text.into()),
                    before: None,
                    decision: Decision::Create,
                });
            })?;
            plan.files.sort_by(|a, b| a.path.cmp(&b.path));
            let done = workspace::go_on(folder, &kept, &plan, &mut applied);
            done.map_err(|e| e.to_string())?;
            applied.written.clear();
        }
        Ok(())
    }

    fn answer(&self, word: &str, argument: &str) -> Result<String, String> {
        match word {
            "run" => repeat(argument, || self.run().map(|_| ())),
            "check" => repeat(argument, || self.checked()),
            "handlebars" => repeat(argument, || self.crates.run().map(|_| ())),
            "files" => {
                let (folder, seconds) = argument.rsplit_once(' ').unwrap_or((argument, "0"));
                let mut number = 0;
                repeat(seconds, || {
                    number += 1;
                    let folder = Path::new(folder).join(number.to_string());
                    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
                    self.files(&folder)
                })
            }
            "write" => self.files(Path::new(argument)).map(|()| String::new()),
            "write-handlebars" => self
                .crates
                .write(Path::new(argument))
                .map(|()| String::new()),
            "size" => Ok(self.run()?.to_string()),
            "above" => memory_of(|| self.run().map(|_| ())).map(|bytes| bytes.to_string()),
            "above-files" => {
                memory_of(|| self.files(Path::new(argument))).map(|bytes| bytes.to_string())
            }
            _ => Err(format!("unknown {word}")),
        }
    }
}

impl Crate {
    fn read(folder: &Path, json: &Path) -> Result<Self, String> {
        let mut registry = handlebars::Handlebars::new();
        registry.register_escape_fn(handlebars::no_escape);
        registry.set_strict_mode(true);
        let mut names = Vec::new();
        for file in files_in(folder, "jinja")? {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(&file).map_err(|e| e.to_string())?;
            let text = in_handlebars(&text);
            let made = registry.register_template_string(&name, text);
            made.map_err(|e| format!("{name}: {e}"))?;
            names.push(name.into_owned());
        }
        let text = fs::read_to_string(json).map_err(|e| e.to_string())?;
        let pipelines: Vec<serde_json::Value> =
            serde_json::from_str(&text).map_err(|e| e.to_string())?;
        let wrapped = |pipeline| serde_json::json!({"p": pipeline});
        Ok(Self {
            registry,
            names,
            pipelines: pipelines.into_iter().map(wrapped).collect(),
        })
    }

    fn each(
        &self,
        mut take: impl FnMut(String, String) -> Result<(), String>,
    ) -> Result<(), String> {
        for name in &self.names {
            for pipeline in &self.pipelines {
                let folder = pipeline["p"]["package"].as_str().unwrap_or_default();
                let text = self.registry.render(name, pipeline);
                take(format!("{folder}/{name}"), text.map_err(|e| e.to_string())?)?;
            }
        }
        Ok(())
    }

    fn run(&self) -> Result<usize, String> {
        let mut size = 0;
        self.each(|_, text| {
            size += text.len();
            Ok(())
        })?;
        Ok(size)
    }

    fn write(&self, folder: &Path) -> Result<(), String> {
        self.each(|path, text| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(|e| e.to_string())?;
            fs::write(path, text).map_err(|e| e.to_string())
        })
    }
}

/// The template of the peers in the words of Handlebars.
fn in_handlebars(jinja: &str) -> String {
    let mut out = String::new();
    let mut rest = jinja;
    let mut open = Vec::new();
    while let Some(at) = rest.find("{%").into_iter().chain(rest.find("{{")).min() {
        out.push_str(&rest[..at]);
        let is_alone = out.is_empty() || out.ends_with('\n');
        let end = rest[at..].find('}').map_or(rest.len(), |end| at + end + 1);
        let tag: Vec<&str> = rest[at + 2..end]
            .trim_end_matches(['}', '%'])
            .split_whitespace()
            .collect();
        let is_block = rest[at..].starts_with("{%");
        rest = &rest[end..];
        if !is_block {
            rest = rest.strip_prefix('}').unwrap_or(rest);
        }
        let word = match tag[..] {
            ["for", name, "in", list] => {
                open.push("each");
                format!("#each {list} as |{name}|")
            }
            ["if", "not", "loop.last"] => {
                open.push("unless");
                "#unless @last".to_owned()
            }
            ["if", condition] => {
                open.push("if");
                format!("#if {condition}")
            }
            ["endfor" | "endif"] => format!("/{}", open.pop().unwrap_or_default()),
            _ => tag.join(" "),
        };
        out.extend(["{{", &word, "}}"]);
        // Jinja takes the end of the line away behind a block, Handlebars where nothing else is on it.
        if is_block && !is_alone {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        }
    }
    out + rest
}

/// The files of a folder with an ending, by name.
fn files_in(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let listed = fs::read_dir(folder).map_err(|e| e.to_string())?;
    let files = listed.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|e| e == ending))
        .collect();
    files.sort();
    Ok(files)
}

/// Answers lines on standard input until it ends or says `quit`.
pub(crate) fn serve(files: &[PathBuf]) -> Result<(), String> {
    let work = Work::read(files)?;
    answer_lines(|word, argument| work.answer(word, argument))
}
