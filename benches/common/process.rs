//! What the processes that call mlopsgen have in common: reading models, and time.
#![allow(dead_code, reason = "each benchmark uses some of it")]

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use mlopsgen::diag::{Diagnostics, FileId, Sources};
use mlopsgen::format::resource::Metamodels;
use mlopsgen::format::uri::UriMap;
use mlopsgen::format::{self, decode};
use mlopsgen::metamodel::Metamodel;
use mlopsgen::model::Model;
use mlopsgen::workspace::DiskWorld;
use mlopsgen::world::{MemoryWorld, World};

/// Reads a metamodel of several files, which refer to none but themselves.
pub(crate) fn metamodel(paths: &[&Path]) -> Result<Arc<Metamodel>, String> {
    let mut diagnostics = Diagnostics::default();
    let mut sources = Sources::default();
    let (world, map) = (MemoryWorld::default(), UriMap::default());
    let mut all = Metamodels::new(&world, &map);
    for path in paths {
        let file = add(&mut sources, path)?;
        all.add(
            &path.display().to_string(),
            file,
            (&sources, &mut diagnostics),
        );
    }
    let metamodel = all.metamodel(&mut diagnostics);
    first_error(&sources, &diagnostics)?;
    Ok(Arc::new(metamodel))
}

/// Reads a model, in XMI or YAML by its extension.
pub(crate) fn load(path: &Path, metamodel: &Arc<Metamodel>) -> Result<Model, String> {
    let mut diagnostics = Diagnostics::default();
    let (sources, file) = source(path)?;
    let name = path.display().to_string();
    let model = format::read(&name, (&sources, file), metamodel, &mut diagnostics);
    first_error(&sources, &diagnostics)?;
    Ok(model)
}

/// The text of a file, added to others.
pub(crate) fn add(sources: &mut Sources, path: &Path) -> Result<FileId, String> {
    let (folder, name) = (path.parent(), path.file_name());
    let world = DiskWorld::new(folder.unwrap_or(Path::new("")));
    let bytes = world.read(&name.unwrap_or_default().to_string_lossy());
    let bytes = bytes.map_err(|e| format!("{}: {e}", path.display()))?;
    let text = decode(bytes.ok_or_else(|| format!("{} is not there", path.display()))?)?;
    Ok(sources.add(path.display().to_string(), text))
}

fn source(path: &Path) -> Result<(Sources, FileId), String> {
    let mut sources = Sources::default();
    let file = add(&mut sources, path)?;
    Ok((sources, file))
}

/// The first error among findings.
pub(crate) fn first_error(sources: &Sources, diagnostics: &Diagnostics) -> Result<(), String> {
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

/// Answers lines on standard input, a word and what follows it, until it ends or says `quit`.
pub(crate) fn answer_lines(
    mut answer: impl FnMut(&str, &str) -> Result<String, String>,
) -> Result<(), String> {
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|e| e.to_string())?;
        let (word, argument) = line.split_once(' ').unwrap_or((&line, ""));
        if word == "quit" {
            break;
        }
        let answer = answer(word, argument).unwrap_or_else(|e| format!("error {e}"));
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{answer}").and_then(|()| out.flush());
        written.map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Works until so many seconds have passed, at least once: times, CPU and wall time of one, in nanoseconds.
pub(crate) fn repeat(
    seconds: &str,
    mut work: impl FnMut() -> Result<(), String>,
) -> Result<String, String> {
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

/// How much more memory this process had at most during some work than before it, in bytes.
pub(crate) fn memory_of(work: impl FnOnce() -> Result<(), String>) -> Result<u64, String> {
    // Lets the kernel forget the peak so far.
    fs::write("/proc/self/clear_refs", "5").map_err(|e| e.to_string())?;
    let before = status("VmRSS:");
    work()?;
    Ok(status("VmHWM:").saturating_sub(before))
}

/// A figure of this process, in bytes.
pub(crate) fn status(key: &str) -> u64 {
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
