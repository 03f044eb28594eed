//! Every call to mlopsgen that the benchmark makes, and the process that makes them.
//!
//! The process answers the same lines as `EmfBench.java`, so that each is measured in a process of its own.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use mlopsgen::format::xmi::{self, Layout};
use mlopsgen::format::yaml_model;
use mlopsgen::metamodel::Metamodel;
use mlopsgen::model::Model;

use crate::process::{answer_lines, load, metamodel, repeat, status};

/// Writes a model, as the peers do: into nothing where it is measured, else into a file.
fn save(model: &Model, yaml: bool, out: &mut dyn Write) -> Result<(), String> {
    let written = if yaml {
        yaml_model::write(model, yaml_model::Syntax::Yaml, out)
    } else {
        xmi::write(model, Layout::Instance, out)
    };
    written.map_err(|e| e.to_string())
}

/// What prints a model, for the cold start of the program.
pub(crate) fn cold_arguments(metamodel: &Path, file: &Path) -> Vec<String> {
    let path = |p: &Path| p.display().to_string();
    vec![
        "inspect".to_owned(),
        path(file),
        "--metamodel".to_owned(),
        path(metamodel),
    ]
}

fn objects(model: &Model) -> usize {
    model.objects().len()
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yaml")
}

/// Answers lines on standard input until it ends or says `quit`.
pub(crate) fn serve(metamodel_path: &Path, file: &Path) -> Result<(), String> {
    let metamodel = metamodel(&[metamodel_path])?;
    let mut loaded = None;
    answer_lines(|word, argument| match word {
        "load" => repeat(argument, || {
            loaded = None;
            loaded = Some(load(file, &metamodel)?);
            Ok(())
        }),
        "save" => with(&mut loaded, file, &metamodel)
            .and_then(|model| repeat(argument, || save(model, is_yaml(file), &mut io::sink()))),
        "write" => with(&mut loaded, file, &metamodel).and_then(|model| {
            let mut out = fs::File::create(argument).map_err(|e| e.to_string())?;
            save(model, is_yaml(file), &mut out)?;
            let size = out.metadata().map_err(|e| e.to_string())?.len();
            Ok(size.to_string())
        }),
        "live" => live(&mut loaded, file, &metamodel),
        "peak" => Ok(status("VmHWM:").to_string()),
        _ => Err(format!("unknown {word}")),
    })
}

fn with<'m>(
    loaded: &'m mut Option<Model>,
    file: &Path,
    metamodel: &Arc<Metamodel>,
) -> Result<&'m Model, String> {
    if loaded.is_none() {
        *loaded = Some(load(file, metamodel)?);
    }
    Ok(loaded.as_ref().expect("just loaded"))
}

/// What a second model costs beside a first one: what reading frees, the second reading uses again.
fn live(
    loaded: &mut Option<Model>,
    file: &Path,
    metamodel: &Arc<Metamodel>,
) -> Result<String, String> {
    with(loaded, file, metamodel)?;
    let before = status("VmRSS:");
    let second = load(file, metamodel)?;
    let after = status("VmRSS:");
    Ok(format!(
        "{} {}",
        objects(&second),
        after.saturating_sub(before)
    ))
}
