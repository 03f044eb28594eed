//! Every call to mlopsgen that the benchmark makes, and the process that makes them.
//!
//! The process answers the same lines as `EmfBench.java`, so that each is measured in a process of its own.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use mlopsgen::diag::{Diagnostics, FileId, Sources};
use mlopsgen::format::resource::Metamodels;
use mlopsgen::format::uri::UriMap;
use mlopsgen::format::xmi::{self, Layout};
use mlopsgen::format::{self, decode, yaml_model};
use mlopsgen::metamodel::Metamodel;
use mlopsgen::model::Model;
use mlopsgen::workspace::DiskWorld;
use mlopsgen::world::{MemoryWorld, World};

/// Reads a metamodel.
fn metamodel(path: &Path) -> Result<Arc<Metamodel>, String> {
    let mut diagnostics = Diagnostics::default();
    let (sources, file) = source(path)?;
    let (world, map) = (MemoryWorld::default(), UriMap::default());
    let mut all = Metamodels::new(&world, &map);
    all.add("m.ecore", file, (&sources, &mut diagnostics));
    let metamodel = all.metamodel(&mut diagnostics);
    first_error(&sources, &diagnostics)?;
    Ok(Arc::new(metamodel))
}

/// Reads a model, in XMI or YAML by its extension.
fn load(path: &Path, metamodel: &Arc<Metamodel>) -> Result<Model, String> {
    let mut diagnostics = Diagnostics::default();
    let (sources, file) = source(path)?;
    let name = path.display().to_string();
    let model = format::read(&name, (&sources, file), metamodel, &mut diagnostics);
    first_error(&sources, &diagnostics)?;
    Ok(model)
}

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

fn source(path: &Path) -> Result<(Sources, FileId), String> {
    let (folder, name) = (path.parent(), path.file_name());
    let world = DiskWorld::new(folder.unwrap_or(Path::new("")));
    let bytes = world.read(&name.unwrap_or_default().to_string_lossy());
    let bytes = bytes.map_err(|e| format!("{}: {e}", path.display()))?;
    let text = decode(bytes.ok_or_else(|| format!("{} is not there", path.display()))?)?;
    let mut sources = Sources::default();
    let file = sources.add(path.display().to_string(), text);
    Ok((sources, file))
}

fn first_error(sources: &Sources, diagnostics: &Diagnostics) -> Result<(), String> {
    match diagnostics.iter().find(|d| d.is_error()) {
        Some(d) => Err(format!(
            "{}: {}",
            d.primary
                .as_ref()
                .map_or_else(String::new, |l| sources.place(l.span)),
            d.message
        )),
        None => Ok(()),
    }
}

/// Answers lines on standard input until it ends or says `quit`.
pub(crate) fn serve(metamodel_path: &Path, file: &Path) -> Result<(), String> {
    let metamodel = metamodel(metamodel_path)?;
    let mut loaded = None;
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|e| e.to_string())?;
        let (word, argument) = line.split_once(' ').unwrap_or((&line, ""));
        if word == "quit" {
            break;
        }
        let answer = match word {
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
        };
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{}", answer.unwrap_or_else(|e| format!("error {e}")));
        written
            .and_then(|()| out.flush())
            .map_err(|e| e.to_string())?;
    }
    Ok(())
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

fn repeat(seconds: &str, mut work: impl FnMut() -> Result<(), String>) -> Result<String, String> {
    let seconds: f64 = seconds
        .parse()
        .map_err(|_| "no number of seconds".to_owned())?;
    let (cpu, begin) = (cpu_ns(), Instant::now());
    let mut times = 0_u64;
    while times == 0 || begin.elapsed().as_secs_f64() < seconds {
        work()?;
        times += 1;
    }
    let wall = begin.elapsed().as_nanos() / u128::from(times);
    Ok(format!("{times} {} {wall}", (cpu_ns() - cpu) / times))
}

/// User and system time of this process so far. The kernel counts in ticks of 10 ms.
fn cpu_ns() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program is in parentheses and may hold blanks.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |n: usize| {
        fields
            .get(n)
            .and_then(|f| f.parse::<u64>().ok())
            .unwrap_or(0)
    };
    (ticks(11) + ticks(12)) * 10_000_000
}

fn status(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|l| l.starts_with(key))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|n| n.parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}
