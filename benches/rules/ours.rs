//! Every call to mlopsgen that the benchmark makes, and the process that makes them.
//!
//! The process answers the same lines as `RulesBench.java`.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use mlopsgen::diag::{Diagnostics, Sources};
use mlopsgen::format::xmi::{self, Layout};
use mlopsgen::model::{Model, Reach, Value};
use mlopsgen::transform::map::{Live, Redone};
use mlopsgen::transform::{self, Kind, Transform, map};

use crate::process::{add, answer_lines, first_error, load, metamodel, repeat, status};

/// Whether it is recorded which rule made what of what.
#[derive(Clone, Copy)]
enum How {
    Traced,
    Untraced,
}

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
        let draft = transform::Draft::read(&sources, file, &mut diagnostics);
        let transform = draft.and_then(|draft| {
            let language = (&*metamodel, &Arc::default());
            transform::load(&sources, &draft, language, &mut diagnostics)
        });
        first_error(&sources, &diagnostics)?;
        Ok(Self {
            transform: transform.ok_or("there are no rules")?,
            sources,
            source: load(model, &metamodel)?,
        })
    }

    /// Runs the rules.
    fn run(&self, how: How) -> Result<map::Outputs, String> {
        let Kind::Map(map) = &self.transform.kind else {
            return Err("the rules make no model".to_owned());
        };
        let mut diagnostics = Diagnostics::default();
        let name = Arc::clone(&self.transform.name);
        let file = |name: &str| name.to_owned();
        let from = (Reach::from(&self.source), &file as &dyn Fn(&str) -> String);
        let made = match how {
            How::Traced => map::run((&name, map), from, &mut diagnostics),
            How::Untraced => map::run_untraced((&name, map), from, &mut diagnostics),
        };
        first_error(&self.sources, &diagnostics)?;
        Ok(made)
    }

    /// The transformation as one that follows its source.
    fn follow(&self) -> Result<Live, String> {
        let Kind::Map(map) = &self.transform.kind else {
            return Err("the rules make no model".to_owned());
        };
        let name = Arc::clone(&self.transform.name);
        Ok(Live::new(name, map.clone(), self.source.clone(), None))
    }

    /// Renames one class after the other until so many seconds have passed. Now and then everything is done again, so
    /// that the trace does not grow without end: that is part of the time, and may not happen often.
    fn edit(&self, live: &mut Live, seconds: &str) -> Result<String, String> {
        let metamodel = self.source.metamodel();
        let class = metamodel.class_named("Class").ok_or("there is no Class")?;
        let name = metamodel
            .feature_named(class, "name")
            .ok_or("there is no name")?;
        let classes = self.source.instances(class);
        let mut next = (0..).zip(classes.iter().cycle());
        let mut whole = 0;
        repeat(seconds, || {
            let (number, object) = next.next().ok_or("there is no class")?;
            let renamed = Value::text(format!("Renamed{number}"));
            match live.set(*object, name, renamed) {
                Redone::Some(_) => Ok(()),
                Redone::Everything if whole * 1000 <= number => {
                    whole += 1;
                    Ok(())
                }
                Redone::Everything => Err("everything was done again".to_owned()),
            }
        })
    }

    fn answer(
        &self,
        live: &mut Option<Live>,
        (word, argument): (&str, &str),
    ) -> Result<String, String> {
        match word {
            "run" | "untraced" => {
                let how = if word == "run" {
                    How::Traced
                } else {
                    How::Untraced
                };
                let mut kept = None;
                repeat(argument, || {
                    kept = None;
                    kept = Some(self.run(how)?);
                    Ok(())
                })
            }
            "write" | "write-untraced" => {
                let how = if word == "write" {
                    How::Traced
                } else {
                    How::Untraced
                };
                let made = self.run(how)?;
                let mut out = fs::File::create(argument).map_err(|e| e.to_string())?;
                let written = xmi::write(&made.models[0].model, Layout::Instance, &mut out);
                written.map_err(|e| e.to_string())?;
                let size = out.metadata().map_err(|e| e.to_string())?.len();
                Ok(size.to_string())
            }
            "edit" => {
                if live.is_none() {
                    *live = Some(self.follow()?);
                }
                let live = live.as_mut().ok_or("it follows nothing")?;
                self.edit(live, argument)
            }
            "peak" => Ok(status("VmHWM:").to_string()),
            _ => Err(format!("unknown {word}")),
        }
    }
}

/// Answers lines on standard input until it ends or says `quit`.
pub(crate) fn serve(files: &[PathBuf]) -> Result<(), String> {
    let work = Work::read(files)?;
    let mut live = None;
    answer_lines(|word, argument| work.answer(&mut live, (word, argument)))
}
