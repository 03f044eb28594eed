//! Prints what was measured, with the targets beside it.

use std::collections::BTreeMap;

use crate::generate::Generated;
use crate::measure::{Measured, Results};
use crate::peer::{Peer, Time};

/// The line above the table.
pub(crate) fn head() {
    println!(
        "\n{:<16} {:>9} {:>7}  {:<5} {:>11} {:>11} {:>8} {:>11} {:>8}  must (goal)",
        "model", "objects", "MB", "work", "mlopsgen", "EMF", "ratio", "PyEcore", "ratio"
    );
}

/// The lines of a model; tells whether a result was wrong.
pub(crate) fn model(name: &str, model: &Generated, results: &Results) -> bool {
    let empty = Measured::default();
    let [ours, emf, pyecore] =
        [Peer::Ours, Peer::Emf, Peer::Python].map(|p| results.get(&p).unwrap_or(&empty));
    let xmi = !name.ends_with("yaml");
    let load = if name.ends_with("ids") {
        "8 x (12 x)"
    } else {
        "10 x (20 x)"
    };
    let head = format!(
        "{name:<16} {:>9} {:>7.1}",
        model.objects,
        megabytes(model.bytes)
    );
    let line = |head: &str, work: &str, of: fn(&Measured) -> Option<Cell>, target: &str| {
        let [a, b, c] = [ours, emf, pyecore].map(of);
        let target = if xmi { target } else { "" };
        println!(
            "{head:<34}  {work:<5} {} {} {} {} {}  {target}",
            text(a),
            text(b),
            times(a, b),
            text(c),
            times(a, c)
        );
    };
    line(&head, "load", |r| r.load.map(cpu), load);
    line("", "save", |r| r.save.map(cpu), "15 x (30 x)");
    line(
        "",
        "peak",
        |r| {
            r.peak.map(|p| Cell {
                value: megabytes(p),
                unit: "MB",
            })
        },
        "5 x (8 x)",
    );
    line(
        "",
        "live",
        |r| r.live.map(|value| Cell { value, unit: "B" }),
        "170 B (100 B) an object",
    );
    for (peer, result) in results {
        for note in &result.notes {
            println!(
                "{:<36}{} {peer}: {note}",
                "",
                if result.wrong { "WRONG" } else { "skipped" }
            );
        }
    }
    results.values().any(|r| r.wrong)
}

/// The lines of the cold start.
pub(crate) fn cold(found: &BTreeMap<Peer, Result<f64, String>>) {
    println!(
        "\ncold start, a whole process with 100 objects, median of 20 (must 10 ms, goal 5 ms)"
    );
    let ours = found
        .get(&Peer::Ours)
        .and_then(|r| r.as_ref().ok())
        .copied();
    for (peer, result) in found {
        match (result, ours) {
            (Ok(time), Some(ours)) if *peer != Peer::Ours => {
                println!("{peer:<12} {:>9.1} ms {:>8.1} x", time * 1e3, time / ours);
            }
            (Ok(time), _) => println!("{peer:<12} {:>9.1} ms", time * 1e3),
            (Err(reason), _) => println!("{peer:<12} skipped: {reason}"),
        }
    }
}

/// What the columns mean.
pub(crate) fn legend() {
    println!(
        "\nload, save: CPU time of the whole process (user and system), medians of rounds by turns. EMF is dynamic EMF, warmed\n\
         up, with default options but for ids, where those take minutes; the targets are stated against generated classes.\n\
         peak: resident memory of a process that loads and saves once. live: a model's own memory by its objects (Java: heap\n\
         after collection; else resident)."
    );
}

/// A number with its unit.
#[derive(Debug, Clone, Copy)]
struct Cell {
    value: f64,
    unit: &'static str,
}

fn cpu(time: Time) -> Cell {
    // What takes less than a tick has no CPU time of its own.
    let seconds = if time.cpu > 0.0 { time.cpu } else { time.wall };
    Cell {
        value: seconds * 1e3,
        unit: "ms",
    }
}

fn text(cell: Option<Cell>) -> String {
    cell.map_or_else(
        || format!("{:>11}", "-"),
        |c| format!("{:>8.1} {:<2}", c.value, c.unit),
    )
}

fn times(ours: Option<Cell>, other: Option<Cell>) -> String {
    match (ours, other) {
        (Some(a), Some(b)) if a.value > 0.0 => format!("{:>6.1} x", b.value / a.value),
        _ => format!("{:>8}", "-"),
    }
}

fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX)) / 1000.0
}
