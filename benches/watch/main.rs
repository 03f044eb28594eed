//! From a save to its commit, beside `inotifywait`, a script with Jinja2 and git's command line in the same run.
//!
//! `cargo bench --bench watch -- --help` tells what can be chosen. Workspaces have a file a pipeline and seven artifacts for
//! each. A save is over when the branch names another commit. Ours waits a moment for more of it, which is shown apart.
//! The peers do less: their script stays loaded and renders what it is told to, without a look at the other files, or is
//! started by each change, as `entr` does; they wait for nothing, check nothing, and their commits are not forced to the
//! disk and hold neither record nor completed model. The artifacts of all are compared. At the first size the histories
//! are proved, too.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads and writes files, starts the peers and prints a table"
)]

#[path = "../templates/generate.rs"]
mod generate;
#[path = "../common/peer.rs"]
mod peer;
mod proof;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use mlopsgen::watch;

use peer::{Peer, Peers, Process, Programs, Script, median, same_bytes};

const PROGRAMS: Programs = Programs {
    folder: "watch",
    java: None,
    python: Some(Script {
        file: "jinja_watch.py",
        module: "jinja2",
        package: "jinja2==3.1.6",
    }),
};

/// The seventh artifact, beside those of the benchmark of templates.
const MAKEFILE: [(&str, &str); 2] = [
    (
        "Makefile.hbs",
        "---\nartifact: ${p.package}/Makefile\nfor: {p: Pipeline}\n---\nall:\n\tpython train.py --version {{p.version}}\n",
    ),
    (
        "Makefile.jinja",
        "all:\n\tpython train.py --version {{ p.version }}\n",
    ),
];

const CONFIGURATION: &str = "metamodels: [pipeline.ecore]\nmodels: [models/*.yaml]\ntemplates: [templates/*.hbs]\noutput: out\n";

/// What to measure.
#[derive(Debug, Parser)]
struct Options {
    /// Sizes, in pipelines.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 1_000, 10_000])]
    sizes: Vec<u64>,
    /// Saves, of which the medians are shown.
    #[arg(long, default_value_t = 25)]
    rounds: u64,
    /// Commits, beside those of the saves, of the history that is proved.
    #[arg(long, default_value_t = 200)]
    commits: u64,
    /// Where the workspaces are made: on a disk.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench/watch"))]
    folder: PathBuf,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let peers = Peers::find(PROGRAMS, &options.folder);
    if let Some(reason) = peers.missing.first() {
        return Err(reason.clone());
    }
    let debounce = watch::Options::default().settled;
    let mut proved = None;
    println!(
        "| pipelines | p50, ms | beyond the {} ms of waiting | script and git started by each change | ratio to what is beyond \
         | script that stays, git told which files | ratio | MB | theirs |",
        debounce.as_millis()
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    // Nothing is removed before the end: a disk without a journal is slow at new files for a minute after that.
    fs::create_dir_all(&options.folder).map_err(|e| e.to_string())?;
    let made = tempfile::tempdir_in(&options.folder).map_err(|e| e.to_string())?;
    for size in &options.sizes {
        let places =
            ["ours", "cold", "theirs"].map(|name| made.path().join(format!("{size}/{name}")));
        workspaces(&options.folder, *size, &places)?;
        let watching = ours(&places[0])?;
        let other = theirs(&peers, (&places[1], "cold"))?;
        let mut warm = theirs(&peers, (&places[2], "begin"))?;
        let forms =
            [(0, "yaml"), (1, "json"), (2, "json")].map(|(at, form)| (places[at].as_path(), form));
        let [ours, cold, theirs] = saves(forms, (*size, options.rounds))?;
        let [our_memory, their_memory] = [peak(watching.0.id())? / 1024, warm.megabytes()?];
        drop((watching, other, warm));
        for name in ["train.py", "Makefile", "schema.json"] {
            let path = format!("out/pipeline_0/{name}");
            same_bytes(&places[0].join(&path), &places[1].join(&path))?;
            same_bytes(&places[0].join(&path), &places[2].join(&path))?;
        }
        let beyond = ours - debounce.as_secs_f64() * 1e3;
        println!(
            "| {size} | {ours:.1} | {beyond:.1} | {cold:.1} | {:.1} | {theirs:.1} | {:.1} | {our_memory} | {their_memory} |",
            cold / beyond,
            theirs / beyond
        );
        if proved.is_none() {
            let of = (*size, options.commits);
            let places = [places[0].as_path(), places[2].as_path()];
            proved = Some(proof::commits_a_second(&peers, places, of)?);
        }
    }
    if let Some([ours, theirs]) = proved {
        println!(
            "\nproved at the first size: {ours:.0} commits a second, {theirs:.0} by a script and git, ratio {:.1}",
            ours / theirs
        );
    }
    Ok(())
}

/// Makes the workspaces of the same pipelines.
fn workspaces(folder: &Path, size: u64, [ours, cold, theirs]: &[PathBuf; 3]) -> Result<(), String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/templates");
    let text = |error: std::io::Error| error.to_string();
    let [_, json] = generate::pipelines(folder, size).map_err(text)?;
    let all: Vec<serde_json::Value> =
        serde_json::from_slice(&fs::read(json).map_err(text)?).map_err(|e| e.to_string())?;
    for place in [ours, cold, theirs] {
        for part in ["models", "templates"] {
            fs::create_dir_all(place.join(part)).map_err(text)?;
        }
        git(place, &["init", "-q", "-b", "main"])?;
        git(place, &["config", "user.name", "Ada"])?;
        git(place, &["config", "user.email", "ada@example.org"])?;
    }
    for (number, one) in all.iter().enumerate() {
        let model = serde_json::json!({ "pipelines": [one] }).to_string();
        fs::write(ours.join(format!("models/{number}.yaml")), &model).map_err(text)?;
        for place in [cold, theirs] {
            fs::write(place.join(format!("models/{number}.json")), &model).map_err(text)?;
        }
    }
    for entry in fs::read_dir(here.join("six")).map_err(text)?.flatten() {
        let of = entry.path();
        for place in [ours, cold, theirs] {
            fs::copy(&of, place.join("templates").join(entry.file_name())).map_err(text)?;
        }
    }
    for place in [ours, cold, theirs] {
        for (name, content) in MAKEFILE {
            fs::write(place.join("templates").join(name), content).map_err(text)?;
        }
    }
    fs::copy(here.join("pipeline.ecore"), ours.join("pipeline.ecore")).map_err(text)?;
    fs::write(ours.join("mlopsgen.yaml"), CONFIGURATION).map_err(text)
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let done = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .output();
    let done = done.map_err(|e| format!("git: {e}"))?;
    if done.status.success() {
        Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
    } else {
        Err(format!(
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        ))
    }
}

/// Runs the program to its end.
fn program(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let done = Command::new(env!("CARGO_BIN_EXE_mlopsgen"))
        .current_dir(folder)
        .args(arguments)
        .output();
    let done = done.map_err(|e| e.to_string())?;
    if done.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    }
}

/// Ends a process that watches.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts this program, which then waits for saves.
fn ours(folder: &Path) -> Result<Watching, String> {
    program(folder, &["generate", "--commit", "-q"])?;
    let started = Command::new(env!("CARGO_BIN_EXE_mlopsgen"))
        .current_dir(folder)
        .args(["watch", "--json"])
        .stdout(Stdio::piped())
        .spawn();
    let mut watching = Watching(started.map_err(|e| e.to_string())?);
    let mut out = BufReader::new(watching.0.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    while !line.contains("\"ready\"") {
        line.clear();
        out.read_line(&mut line).map_err(|e| e.to_string())?;
    }
    std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    Ok(watching)
}

/// The same of a peer.
fn theirs(peers: &Peers, (folder, way): (&Path, &str)) -> Result<Process, String> {
    let mut peer = peers.start(Peer::Python, &[folder])?;
    peer.ask("all")?;
    peer.ask(way)?;
    Ok(peer)
}

/// The most memory of a process, in KB.
fn peak(process: u32) -> Result<u64, String> {
    let status =
        fs::read_to_string(format!("/proc/{process}/status")).map_err(|e| e.to_string())?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let number = line.and_then(|l| l.split_whitespace().next());
    number
        .and_then(|n| n.parse().ok())
        .ok_or_else(|| "no peak".to_owned())
}

/// A model with another version of its pipeline.
fn with_version(path: &Path, version: &str) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    let at = text.find("\"version\":\"").ok_or("no version")? + 11;
    let end = at + text[at..].find('"').ok_or("no version")?;
    Ok(format!("{}{version}{}", &text[..at], &text[end..]))
}

/// Saves one file after the other, each in all folders in turn, since a disk is not as fast at all times; the medians of
/// the times until they are committed, in milliseconds.
fn saves(folders: [(&Path, &str); 3], (size, rounds): (u64, u64)) -> Result<[f64; 3], String> {
    let before = commits(folders)?;
    let mut times = [const { Vec::new() }; 3];
    for round in 0..rounds {
        for ((folder, form), times) in folders.iter().zip(&mut times) {
            let path = folder.join(format!("models/{}.{form}", round % size));
            let text = with_version(&path, &format!("2.0.{round}"))?;
            std::thread::sleep(Duration::from_millis(400));
            times.push(committed(folder, || fs::write(&path, text))?);
        }
    }
    // Each is to be seen by git itself.
    if commits(folders)? != before.map(|count| count + rounds) {
        return Err(format!("not {rounds} commits for as many saves"));
    }
    let [ours, cold, theirs] = times.map(|mut times| median(&mut times).ok_or("no times"));
    Ok([ours?, cold?, theirs?])
}

/// How many commits each folder has.
fn commits(folders: [(&Path, &str); 3]) -> Result<[u64; 3], String> {
    let mut counts = [0; 3];
    for ((folder, _), count) in folders.iter().zip(&mut counts) {
        let told = git(folder, &["rev-list", "--count", "HEAD"])?;
        *count = told.parse().map_err(|_| told)?;
    }
    Ok(counts)
}

/// The milliseconds from the beginning of a save until the branch has another commit.
fn committed(folder: &Path, save: impl FnOnce() -> std::io::Result<()>) -> Result<f64, String> {
    let branch = folder.join(".git/refs/heads/main");
    let tip = || fs::read_to_string(&branch).unwrap_or_default();
    let (old, begin) = (tip(), Instant::now());
    save().map_err(|e| e.to_string())?;
    while tip() == old {
        if begin.elapsed() > Duration::from_mins(2) {
            return Err(format!("a save in {} was not committed", folder.display()));
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(begin.elapsed().as_secs_f64() * 1e3)
}
