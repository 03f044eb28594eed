//! Six artifacts for each pipeline of a model, beside Jinja2 and the handlebars crate in the same run.
//!
//! Then one project, in a process that is started for it. `cargo bench --bench templates -- --help` tells what can be chosen. The absolute times are those of this machine and
//! hour; the ratios count. No time is used before all artifacts of all were compared byte by byte. Ours come with their
//! provenance, and with values that are escaped for their place; those of the peers do not.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads and writes files, starts the peers and prints a table"
)]

mod cold;
mod generate;
mod ours;
#[path = "../common/peer.rs"]
mod peer;
#[path = "../common/process.rs"]
mod process;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use peer::{Peer, Peers, Process, Programs, Script, median};

const PROGRAMS: Programs = Programs {
    folder: "templates",
    java: None,
    python: Some(Script {
        file: "jinja_bench.py",
        module: "jinja2",
        package: "jinja2==3.1.6",
    }),
};

/// What to measure.
#[derive(Debug, Parser)]
struct Options {
    /// Sizes, in pipelines.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 10_000])]
    sizes: Vec<u64>,
    /// Rounds, of which the medians are shown.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Where files are written, in memory if possible.
    #[arg(long, default_value = "/dev/shm")]
    memory: PathBuf,
    /// Measure one project in a cold process, and nothing else.
    #[arg(long)]
    cold: bool,
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
    if let Some(reason) = peers.missing.first() {
        return Err(reason.clone());
    }
    let room = options.memory.join("mlopsgen-bench");
    let models = folder.join("models");
    if !options.cold {
        many(&peers, options, (&models, &room))?;
    }
    let done = cold::run(&peers, (&models, &room), options.rounds);
    let _ = fs::remove_dir_all(&room);
    done
}

/// Prints what many pipelines take as a table.
fn many(peers: &Peers, options: &Options, (folder, room): (&Path, &Path)) -> Result<(), String> {
    println!(
        "| pipelines | KB | in memory, CPU ms | Jinja2 | ratio | handlebars crate | ratio | with checks | with files, CPU ms | Jinja2 | ratio | MB above the model | with files |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for size in &options.sizes {
        let models = generate::pipelines(folder, *size);
        let models = models.map_err(|e| e.to_string())?;
        let done =
            row((peers, options.rounds), &models, room).map(|row| println!("| {size} | {row} |"));
        let _ = fs::remove_dir_all(room);
        done?;
    }
    Ok(())
}

fn row(
    (peers, rounds): (&Peers, usize),
    [xmi, json]: &[PathBuf; 2],
    room: &Path,
) -> Result<String, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/templates");
    let (ecore, six) = (here.join("pipeline.ecore"), here.join("six"));
    let mut ours = peers.start(Peer::Ours, &[&ecore, &six, xmi, json])?;
    let mut jinja = peers.start(Peer::Python, &[&six, json])?;
    // Before anything else has used memory that could be used again.
    let above = ours.numbers("above")?[0];
    let files = room.join("above");
    fs::create_dir_all(&files).map_err(|e| e.to_string())?;
    let above_files = ours.numbers(&format!("above-files {}", files.display()))?[0];
    fs::remove_dir_all(&files).map_err(|e| e.to_string())?;
    compare(&mut ours, &mut jinja, room)?;
    let mut times = [const { Vec::new() }; 6];
    for _ in 0..rounds {
        for (times, work) in times.iter_mut().zip(["run", "handlebars", "check"]) {
            times.push(ours.time(work, 0.3)?.cpu);
        }
        times[3].push(jinja.time("run", 0.3)?.cpu);
        for (at, peer) in [(4, &mut ours), (5, &mut jinja)] {
            let folder = room.join("times");
            times[at].push(peer.time(&format!("files {}", folder.display()), 0.1)?.cpu);
            fs::remove_dir_all(&folder).map_err(|e| e.to_string())?;
        }
    }
    let size = ours.numbers("size")?[0];
    let [own, handlebars, check, other, own_files, other_files] = times
        .each_mut()
        .map(|times| median(times).unwrap_or_default() * 1e3);
    Ok(format!(
        "{} | {own:.2} | {other:.1} | {:.1} | {handlebars:.1} | {:.1} | {check:.1} | {own_files:.1} | {other_files:.1} | {:.1} | {:.1} | {:.1}",
        size / 1000,
        other / own,
        handlebars / own,
        other_files / own_files,
        megabytes(above),
        megabytes(above_files),
    ))
}

fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX)) / 1e3
}

/// Compares what all print.
fn compare(ours: &mut Process, jinja: &mut Process, room: &Path) -> Result<(), String> {
    let folders = ["ours", "handlebars", "jinja"].map(|name| room.join(name));
    for folder in &folders {
        fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    }
    ours.ask(&format!("write {}", folders[0].display()))?;
    ours.ask(&format!("write-handlebars {}", folders[1].display()))?;
    jinja.ask(&format!("write {}", folders[2].display()))?;
    let own = contents(&folders[0])?;
    for folder in &folders[1..] {
        let other = contents(folder)?;
        if own.len() != other.len() {
            return Err(format!(
                "{} has {} files, not {}",
                folder.display(),
                other.len(),
                own.len()
            ));
        }
        for (path, bytes) in &own {
            if other.get(path) != Some(bytes) {
                return Err(format!(
                    "{} differs in {}",
                    path.display(),
                    folder.display()
                ));
            }
        }
    }
    folders
        .iter()
        .try_for_each(|folder| fs::remove_dir_all(folder).map_err(|e| e.to_string()))
}

/// The bytes of the files of a folder and of those in it, by path.
fn contents(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, String> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).map_err(|e| e.to_string())? {
            let path = entry.map_err(|e| e.to_string())?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let bytes = fs::read(&path).map_err(|e| e.to_string())?;
            let below = path.strip_prefix(folder).unwrap_or(&path);
            all.insert(below.to_owned(), bytes);
        }
    }
    Ok(all)
}
