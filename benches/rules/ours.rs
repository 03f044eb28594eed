//! Every call to mlopsgen that the benchmark makes, and the process that makes them.
//!
//! The process answers the same lines as `RulesBench.java`.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;

use mlopsgen::diag::{Diagnostics, Sources};
use mlopsgen::format::xmi::{self, Layout};
use mlopsgen::model::{Model, Reach};
use mlopsgen::transform::{self, Kind, Transform, map};

use crate::process::{add, first_error, load, metamodel, repeat, status};

/// What is measured: rules, and the model that they work on.
struct Work {
    transform: Transform,
    sources: Sources,
    source: Model,
}

impl Work {
    fn read(files: &[PathBuf]) -> Result<Self, String> {
        let [from, to, rules, model] = files else {
            return Err("four files are needed".to_owned());
        };
        let metamodel = metamodel(&[from, to])?;
        let mut sources = Sources::default();
        let mut diagnostics = Diagnostics::default();
        let file = add(&mut sources, rules)?;
        let transform = transform::load(&sources, file, &metamodel, &mut diagnostics);
        first_error(&sources, &diagnostics)?;
        Ok(Self {
            transform: transform.ok_or("there are no rules")?,
            sources,
            source: load(model, &metamodel)?,
        })
    }

    /// Runs the rules, with the trace.
    fn run(&self) -> Result<map::Outputs, String> {
        let Kind::Map(map) = &self.transform.kind else {
            return Err("the rules make no model".to_owned());
        };
        let mut diagnostics = Diagnostics::default();
        let name = Arc::clone(&self.transform.name);
        let file = |name: &str| name.to_owned();
        let from = (Reach::from(&self.source), &file as &dyn Fn(&str) -> String);
        let made = map::run((&name, map), from, &mut diagnostics);
        first_error(&self.sources, &diagnostics)?;
        Ok(made)
    }

    fn answer(&self, word: &str, argument: &str) -> Result<String, String> {
        match word {
            "run" => {
                let mut kept = None;
                repeat(argument, || {
                    kept = None;
                    kept = Some(self.run()?);
                    Ok(())
                })
            }
            "write" => {
                let made = self.run()?;
                let mut out = fs::File::create(argument).map_err(|e| e.to_string())?;
                let written = xmi::write(&made.models[0].model, Layout::Instance, &mut out);
                written.map_err(|e| e.to_string())?;
                let size = out.metadata().map_err(|e| e.to_string())?.len();
                Ok(size.to_string())
            }
            "peak" => Ok(status("VmHWM:").to_string()),
            _ => Err(format!("unknown {word}")),
        }
    }
}

/// Answers lines on standard input until it ends or says `quit`.
pub(crate) fn serve(files: &[PathBuf]) -> Result<(), String> {
    let work = Work::read(files)?;
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|e| e.to_string())?;
        let (word, argument) = line.split_once(' ').unwrap_or((&line, ""));
        if word == "quit" {
            break;
        }
        let answer = work.answer(word, argument);
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{}", answer.unwrap_or_else(|e| format!("error {e}")));
        written
            .and_then(|()| out.flush())
            .map_err(|e| e.to_string())?;
    }
    Ok(())
}
