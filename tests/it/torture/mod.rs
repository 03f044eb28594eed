//! The write and commit cycle, ended or disturbed at every system call.
//!
//! [`strace`] finds the calls and injects a signal or an error into one of them, [`scene`] makes a repository with work of
//! its user and tells what must be left of it. A few points of each sweep belong to every test run;
//! `MLOPSGEN_TORTURE=all` takes all of them. What needs `strace` is skipped where there is none, and what needs file systems
//! of its own ([`mounted`]) where they may not be mounted.

mod actions;
mod faults;
mod kill;
mod mounted;
mod pieces;
mod power;
mod scene;
mod strace;

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many points of a sweep belong to every test run.
const FEW: usize = 8;
/// How many points are tried at the same time.
const WORKERS: usize = 3;

/// Whether all points are to be taken.
pub fn is_whole() -> bool {
    std::env::var("MLOPSGEN_TORTURE").is_ok_and(|v| v == "all")
}

/// Tries points of a sweep, all of them or a few that are spread over it; fails with all that went wrong.
fn sweep<P: fmt::Display + Sync>(
    name: &str,
    points: &[P],
    attempt: impl Fn(&P) -> Result<(), String> + Sync,
) {
    let step = if is_whole() {
        1
    } else {
        points.len().div_ceil(FEW)
    };
    let chosen: Vec<&P> = points.iter().rev().step_by(step.max(1)).collect();
    assert!(chosen.len() > 2, "{name}: there is nothing to be swept");
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
