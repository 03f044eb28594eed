//! Classes to tables, by rules with the trace, beside the same by hand in Java over EMF in the same run.
//!
//! `cargo bench --bench rules -- --help` tells what can be chosen. The absolute times are those of this machine and hour;
//! the ratios count. No time is used before both results were compared byte by byte.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads and writes files, starts the peers and prints a table"
)]

mod generate;
mod ours;
#[path = "../common/peer.rs"]
mod peer;
#[path = "../common/process.rs"]
mod process;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use peer::{Peer, Peers, Programs, median, same_bytes};

const PROGRAMS: Programs = Programs {
    folder: "rules",
    java: Some("RulesBench"),
    python: None,
};

/// What to measure.
#[derive(Debug, Parser)]
struct Options {
    /// Sizes, in objects of the source.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    sizes: Vec<u64>,
    /// Rounds, of which the medians are shown.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Answer for one model (used by the benchmark itself).
    #[arg(long, hide = true, num_args = 4)]
    serve: Option<Vec<PathBuf>>,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.serve.as_deref() {
        Some(files) => ours::serve(files),
        None => run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    let peers = Peers::find(PROGRAMS, &folder);
    for reason in &peers.missing {
        println!("skipped {reason}");
    }
    println!(
        "| source objects | mlopsgen, CPU ms | us an object | Java on EMF, CPU ms | ratio | without trace, CPU ms | trace, % | peak MB | one name changed, us |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for size in &options.sizes {
        let model = generate::classes(&folder.join("models"), *size).map_err(|e| e.to_string())?;
        row(&peers, (*size, &model), options.rounds)?;
    }
    Ok(())
}

fn row(peers: &Peers, (size, model): (u64, &Path), rounds: usize) -> Result<(), String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rules");
    let [from, to, rules] =
        ["class.ecore", "relational.ecore", "tables.yaml"].map(|f| here.join(f));
    let files = [&*from, &*to, &*rules, model];
    let mut ours = peers.start(Peer::Ours, &files)?;
    let mut java = peers.start(Peer::Emf, &files).ok();
    let saved = model.with_extension("ours.xmi");
    ours.ask(&format!("write {}", saved.display()))?;
    let untraced = model.with_extension("untraced.xmi");
    ours.ask(&format!("write-untraced {}", untraced.display()))?;
    same_bytes(&saved, &untraced)?;
    if let Some(java) = &mut java {
        let other = model.with_extension("java.xmi");
        java.ask(&format!("write {}", other.display()))?;
        same_bytes(&saved, &other)?;
        // A virtual machine compiles what it runs often: it gets time for that.
        java.time("run", 5.0)?;
    }
    let (mut own, mut untraced, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        own.push(ours.time("run", 0.5)?.cpu);
        untraced.push(ours.time("untraced", 0.5)?.cpu);
        if let Some(java) = &mut java {
            others.push(java.time("run", 0.5)?.cpu);
        }
    }
    let peak = ours.megabytes()?;
    ours.time("edit", 0.0)?;
    let edit = ours.time("edit", 0.5)?.wall;
    let (own, other) = (median(&mut own), median(&mut others));
    let objects = f64::from(u32::try_from(size).unwrap_or(u32::MAX));
    let (java_ms, ratio) = other.map_or(("-".to_owned(), "-".to_owned()), |other| {
        (
            format!("{:.1}", other * 1e3),
            format!("{:.1}", other / own.unwrap_or(other)),
        )
    });
    let own = own.unwrap_or_default();
    let untraced = median(&mut untraced).unwrap_or(own);
    println!(
        "| {size} | {:.1} | {:.2} | {java_ms} | {ratio} | {:.1} | {:.0} | {peak} | {:.1} |",
        own * 1e3,
        own * 1e6 / objects,
        untraced * 1e3,
        (own / untraced - 1.0) * 100.0,
        edit * 1e6
    );
    Ok(())
}
