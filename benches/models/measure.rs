//! Asks the peers, by turns.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::generate::Generated;
use crate::ours;
use crate::peer::{Peer, Peers, Process, Time, same_bytes};

/// What was measured of a peer with a model.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Median times of loading.
    pub(crate) load: Option<Time>,
    /// Median times of saving.
    pub(crate) save: Option<Time>,
    /// Peak of the resident memory of a process that loads and saves once, in bytes.
    pub(crate) peak: Option<u64>,
    /// Bytes of a live object.
    pub(crate) live: Option<f64>,
    /// Why something is missing.
    pub(crate) notes: Vec<String>,
    /// Whether a result is wrong, so that no time counts.
    pub(crate) wrong: bool,
}

/// What was measured of each peer.
pub(crate) type Results = BTreeMap<Peer, Measured>;

/// Measures a model with those who are there.
pub(crate) fn model(
    peers: &Peers,
    who: &[Peer],
    metamodel: &Path,
    model: &Generated,
    rounds: usize,
) -> Results {
    let mut results = Results::new();
    let mut running = Vec::new();
    for peer in who {
        if peers.command(*peer, &[metamodel, &model.path]).is_none() {
            continue;
        }
        let result = results.entry(*peer).or_default();
        match once(
            *peer,
            || peers.start(*peer, &[metamodel, &model.path]),
            model,
            result,
        ) {
            Ok(()) => running.push(*peer),
            Err(reason) => result.notes.push(reason),
        }
    }
    timed(peers, &running, metamodel, model, (rounds, &mut results));
    results
}

/// Loads and saves once in a fresh process: memory, and whether the result is right.
///
/// The generated file is in the form that EMF writes, so both EMF and we have to save just its bytes.
fn once(
    peer: Peer,
    start: impl Fn() -> Result<Process, String>,
    model: &Generated,
    result: &mut Measured,
) -> Result<(), String> {
    let mut process = start()?;
    process.time("load", 0.0)?;
    let written = model.path.with_extension(format!("{peer}.saved"));
    let saved = process.ask(&format!("write {}", written.display()));
    result.peak = Some(process.numbers("peak")?[0]);
    drop(process);
    let live = start()?.numbers("live")?;
    if live[0] != model.objects {
        result.wrong = true;
        return Err(format!("{} objects instead of {}", live[0], model.objects));
    }
    result.live = Some(ratio(live[1], live[0]));
    if let Err(reason) = saved {
        result.notes.push(reason);
        return Ok(());
    }
    // PyEcore writes in a form of its own, and a model in YAML may be laid out in many ways.
    if peer != Peer::Python && model.path.extension().is_some_and(|e| e == "xmi") {
        result.wrong = true;
        same_bytes(&model.path, &written)?;
        result.wrong = false;
    }
    fs::remove_file(&written).map_err(|e| e.to_string())
}

fn ratio(a: u64, b: u64) -> f64 {
    let float = |n: u64| {
        f64::from(u32::try_from(n / 1024).unwrap_or(u32::MAX)) * 1024.0
            + f64::from(u32::try_from(n % 1024).unwrap_or(0))
    };
    float(a) / float(b)
}

/// Warms each up, then lets them work by turns.
fn timed(
    peers: &Peers,
    who: &[Peer],
    metamodel: &Path,
    model: &Generated,
    (rounds, results): (usize, &mut Results),
) {
    let mut processes = Vec::new();
    for peer in who {
        let started = peers.start(*peer, &[metamodel, &model.path]);
        if let Ok(mut process) = started {
            let saves = warm(*peer, &mut process, "load").is_ok()
                && warm(*peer, &mut process, "save").is_ok();
            processes.push((*peer, process, saves, Vec::new(), Vec::new()));
        }
    }
    for round in 0..rounds {
        for (_, process, saves, loading, saving) in &mut processes {
            // Who is slow is asked less often: the others should not wait for hours.
            if round > 0 && loading.last().is_some_and(|t: &Time| t.wall > 10.0) {
                continue;
            }
            loading.extend(process.time("load", 0.5));
            if *saves {
                saving.extend(process.time("save", 0.5));
            }
        }
    }
    for (peer, _, _, loading, saving) in processes {
        let result = results.entry(peer).or_default();
        (result.load, result.save) = (median(&loading), median(&saving));
    }
}

/// A virtual machine compiles what it runs often: it gets time for that until it is no faster than before.
fn warm(peer: Peer, process: &mut Process, work: &str) -> Result<(), String> {
    let mut last = process.time(work, 0.0)?.cpu;
    for _ in 0..if peer == Peer::Emf { 10 } else { 0 } {
        let now = process.time(work, 2.0)?.cpu;
        if now > 0.95 * last {
            break;
        }
        last = now;
    }
    Ok(())
}

fn median(times: &[Time]) -> Option<Time> {
    let middle = |of: fn(&Time) -> f64| {
        let mut sorted: Vec<f64> = times.iter().map(of).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    };
    Some(Time {
        cpu: middle(|t| t.cpu)?,
        wall: middle(|t| t.wall)?,
    })
}

/// Measures a whole process with a small model: the median of twenty, or why it is not there.
pub(crate) fn cold(
    peers: &Peers,
    metamodel: &Path,
    model: &Generated,
) -> BTreeMap<Peer, Result<f64, String>> {
    let mut found = BTreeMap::new();
    for peer in [Peer::Ours, Peer::Emf, Peer::Python] {
        let mut seconds = Vec::new();
        let mut failure = None;
        for _ in 0..20 {
            match cold_once(peers, peer, metamodel, model) {
                Ok(Some(time)) => seconds.push(time),
                Ok(None) => break,
                Err(reason) => {
                    failure = Some(reason);
                    break;
                }
            }
        }
        seconds.sort_by(f64::total_cmp);
        if let Some(reason) = failure {
            found.insert(peer, Err(reason));
        } else if let Some(middle) = seconds.get(seconds.len() / 2) {
            found.insert(peer, Ok(*middle));
        }
    }
    found
}

fn cold_once(
    peers: &Peers,
    peer: Peer,
    metamodel: &Path,
    model: &Generated,
) -> Result<Option<f64>, String> {
    let mut command = if peer == Peer::Ours {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlopsgen"));
        command.args(ours::cold_arguments(metamodel, &model.path));
        command
    } else {
        let Some(command) = peers.command(peer, &[metamodel, &model.path]) else {
            return Ok(None);
        };
        command
    };
    let begin = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| e.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        // Who asks no questions may have ended by now.
        let _ = writeln!(input, "load 0\nquit");
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    let time = begin.elapsed().as_secs_f64();
    if status.success() {
        Ok(Some(time))
    } else {
        Err(format!("it left with {status}"))
    }
}
