//! The six queries of the Train Benchmark, as expressions and as constraints, beside the same by hand in Java over EMF in
//! the same run.
//!
//! `cargo bench --bench queries -- --help` tells what can be chosen. The absolute times are those of this machine and
//! hour; the ratios count. No time is used before both have counted the same matches. The queries are those of Szárnyas,
//! Izsó, Ráth and Varró, "The Train Benchmark" (2018), over a metamodel of our own.
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

use generate::Railway;
use peer::{Peer, Peers, Programs, median};

const PROGRAMS: Programs = Programs {
    folder: "queries",
    java: Some("QueriesBench"),
    python: None,
};

/// What to measure.
#[derive(Debug, Parser)]
struct Options {
    /// Sizes, in objects.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 400_000])]
    sizes: Vec<u64>,
    /// Rounds, of which the medians are shown.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Answer for one model (used by the benchmark itself).
    #[arg(long, hide = true, num_args = 3)]
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
        "| objects | matches | expressions, CPU ms | Java on EMF, CPU ms | ratio | constraints, CPU ms | violations | peak MB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for size in &options.sizes {
        let model = generate::railway(&folder.join("models"), *size).map_err(|e| e.to_string())?;
        row(&peers, &model, options.rounds)?;
    }
    Ok(())
}

fn row(peers: &Peers, model: &Railway, rounds: usize) -> Result<(), String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
    let ecore = here.join("models/railway.ecore");
    let checks = here.join("queries/queries.yaml");
    let files = [&*ecore, &*checks, &*model.path];
    let mut ours = peers.start(Peer::Ours, &files)?;
    let mut java = peers.start(Peer::Emf, &files).ok();
    let matches = ours.ask("count")?;
    if matches.split(' ').any(|n| n == "0") {
        return Err(format!("a query matches nothing: {matches}"));
    }
    if let Some(java) = &mut java {
        let others = java.ask("count")?;
        if others != matches {
            return Err(format!("we count {matches}, Java {others}"));
        }
        // A virtual machine compiles what it runs often: it gets time for that.
        java.time("run", 5.0)?;
    }
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..rounds {
        times[0].push(ours.time("run", 0.5)?.cpu);
        if let Some(java) = &mut java {
            times[1].push(java.time("run", 0.5)?.cpu);
        }
        times[2].push(ours.time("check", 0.5)?.cpu);
    }
    let violations = ours.ask("violations")?;
    let [own, other, constraints] = times.each_mut().map(|times| median(times));
    let shown = |time: Option<f64>| time.map_or("-".to_owned(), |t| format!("{:.2}", t * 1e3));
    let ratio = own
        .zip(other)
        .map(|(own, other)| format!("{:.1}", other / own));
    println!(
        "| {} | {matches} | {} | {} | {} | {} | {violations} | {} |",
        model.objects,
        shown(own),
        shown(other),
        ratio.unwrap_or_else(|| "-".to_owned()),
        shown(constraints),
        ours.megabytes()?
    );
    Ok(())
}
