//! The write and commit cycle, ended or disturbed at every system call.
//!
//! [`strace`] finds the calls and injects a signal or an error into one of them, [`scene`] makes a repository with work of
//! its user and tells what must be left of it. A few points of each sweep belong to every test run;
//! `MLOPSGEN_TORTURE=all` takes all of them, and `MLOPSGEN_TORTURE="read 10, openat 384"` these. What needs `strace` is skipped where there is none, and what needs file systems
//! of its own ([`mounted`]) where they may not be mounted.

mod actions;
mod faults;
mod kill;
mod mounted;
mod pieces;
mod power;
mod ready;
mod scene;
mod strace;

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many points of a sweep belong to every test run.
const FEW: usize = 8;
/// How many points are tried at the same time.
const WORKERS: usize = 3;

/// Which points are to be taken, if not a few.
fn wish() -> Option<String> {
    std::env::var("MLOPSGEN_TORTURE")
        .ok()
        .filter(|wish| !wish.is_empty())
}

/// Whether points are to be tried in every way.
pub fn is_whole() -> bool {
    wish().is_some()
}

/// Tries points of a sweep, all of them or a few that are spread over it; fails with all that went wrong.
fn sweep<P: fmt::Display + Sync>(
    name: &str,
    points: &[P],
    attempt: impl Fn(&P) -> Result<(), String> + Sync,
) {
    let all = points.iter().rev();
    let chosen: Vec<&P> = match wish().as_deref() {
        None => all.step_by(points.len().div_ceil(FEW).max(1)).collect(),
        Some("all") => all.collect(),
        Some(these) => {
            let these: Vec<&str> = these.split(", ").collect();
            all.filter(|point| these.contains(&point.to_string().as_str()))
                .collect()
        }
    };
    assert!(points.len() > 2, "{name}: there is nothing to be swept");
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(point) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(reason) = attempt(point) {
                        failed.lock().unwrap().push(format!("{point}: {reason}"));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    println!("{name}: {} points, {} failed", chosen.len(), failed.len());
    assert!(failed.is_empty(), "{name}:\n{}", failed.join("\n"));
}
