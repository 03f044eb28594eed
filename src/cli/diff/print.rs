//! Differences for people and for machines.

use std::fmt::Write as _;

use serde::Serialize;

use crate::audit::ChangeReport;
use crate::cli::terminal::{BOLD, CYAN, GREEN, RED, YELLOW};
use crate::model::{Change, ChangeKind, dotted};

/// The differences of one file.
#[derive(Debug)]
pub(in crate::cli) struct Compared {
    /// Its path, now.
    pub(in crate::cli) path: String,
    /// The path of what it is compared with, where that is another.
    pub(in crate::cli) from: Option<String>,
    pub(in crate::cli) changes: Vec<Change>,
}

impl Compared {
    pub(in crate::cli) fn is_same(&self) -> bool {
        self.changes.is_empty()
    }
}

/// One file as lines: its name, each element that changed, and below it how; nothing where nothing changed.
pub(in crate::cli) fn coloured(one: &Compared) -> String {
    let mut out = String::new();
    if one.is_same() {
        return out;
    }
    let from = one
        .from
        .as_ref()
        .map_or_else(String::new, |f| format!("{f} → "));
    let _ = writeln!(out, "{BOLD}{from}{}{BOLD:#}", shown(&one.path));
    let mut last = "";
    for change in &one.changes {
        let element = shown(&dotted(&change.element));
        match &change.kind {
            ChangeKind::Added => {
                let _ = writeln!(out, "{GREEN}+ {element}{GREEN:#}");
            }
            ChangeKind::Removed => {
                let _ = writeln!(out, "{RED}- {element}{RED:#}");
            }
            ChangeKind::Moved(from) => {
                let _ = writeln!(
                    out,
                    "{CYAN}> {element}{CYAN:#}  from {}",
                    shown(&dotted(from))
                );
            }
            ChangeKind::Reordered(from, to) => {
                let _ = writeln!(
                    out,
                    "{CYAN}> {element}{CYAN:#}  from position {} to {}",
                    from + 1,
                    to + 1
                );
            }
            ChangeKind::Retyped(from, to) => {
                let _ = writeln!(
                    out,
                    "{YELLOW}~ {element}{YELLOW:#}  was a {from}, is a {to}"
                );
            }
            ChangeKind::Set(feature, old, new) => {
                if last != change.element {
                    let _ = writeln!(out, "{YELLOW}~ {element}{YELLOW:#}");
                }
                let old = old.as_deref().map_or_else(|| "nothing".to_owned(), shown);
                let new = new.as_deref().map_or_else(|| "nothing".to_owned(), shown);
                let _ = writeln!(
                    out,
                    "    {feature}: {RED}{old}{RED:#} → {GREEN}{new}{GREEN:#}"
                );
            }
        }
        last = match change.kind {
            // What is said of it stands below already.
            ChangeKind::Added | ChangeKind::Removed => "",
            _ => &change.element,
        };
    }
    out
}

/// A text as part of one line, whatever is in it.
fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// The differences as JSON, version 1.
#[derive(Serialize)]
struct DiffReport<'a> {
    version: u32,
    files: Vec<FileReport<'a>>,
}

#[derive(Serialize)]
struct FileReport<'a> {
    path: &'a str,
    from: Option<&'a str>,
    changes: Vec<ChangeReport>,
}

pub(super) fn json(all: &[Compared]) -> String {
    let files = all.iter().map(|one| FileReport {
        path: &one.path,
        from: one.from.as_deref(),
        changes: one.changes.iter().map(ChangeReport::from).collect(),
    });
    let report = DiffReport {
        version: 1,
        files: files.collect(),
    };
    serde_json::to_string_pretty(&report).expect("plain data has no keys that JSON lacks")
}
