//! One project in a cold process: from the start of the program to its end, beside a script that prints as many files.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::peer::{Peer, Peers, median};
use crate::{contents, generate};

/// How often a process is started for one time.
const RUNS: u32 = 20;
/// How many pipelines of six files the script prints: about as many files as the project has.
const PIPELINES: u64 = 8;
/// What the kernel counts the time of processes in, in milliseconds.
const TICK: f64 = 10.0;

/// What is measured.
type Work<'w> = &'w dyn Fn() -> Result<(), String>;

/// Prints the CPU time of cold processes as a table.
pub(crate) fn run(
    peers: &Peers,
    (folder, room): (&Path, &Path),
    rounds: usize,
) -> Result<(), String> {
    let project = room.join("project");
    fs::create_dir_all(&project).map_err(|e| e.to_string())?;
    mlopsgen(&project, "init")?;
    let before = files(&project)?;
    mlopsgen(&project, "generate")?;
    let count = files(&project)? - before;
    let six = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/templates/six");
    let [_, json] = generate::pipelines(folder, PIPELINES).map_err(|e| e.to_string())?;
    let script = || {
        let files = [six.as_path(), &json];
        let mut command = peers
            .command(Peer::Python, &files)
            .ok_or("there is no Jinja2")?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|e| e.to_string())?;
        let mut input = child.stdin.take().ok_or("it is piped")?;
        writeln!(input, "write {}", room.join("script").display()).map_err(|e| e.to_string())?;
        drop(input);
        child.wait().map_err(|e| e.to_string()).map(drop)
    };
    let fresh = || {
        fs::remove_dir_all(project.join("generated")).map_err(|e| e.to_string())?;
        mlopsgen(&project, "generate")
    };
    let works: [(&str, Work<'_>); 4] = [
        ("check", &|| mlopsgen(&project, "check")),
        ("generate, nothing to write", &|| {
            mlopsgen(&project, "generate")
        }),
        ("generate, into no folder", &fresh),
        ("script", &script),
    ];
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        for (times, (_, work)) in times.iter_mut().zip(&works) {
            times.push(cpu(work)?);
        }
    }
    let times = times.each_mut().map(|t| median(t).unwrap_or_default());
    let printed = PIPELINES * 6;
    println!(
        "\n| one project of {count} files, cold process | CPU ms | Jinja2 script of {printed} files | ratio |"
    );
    println!("|---|---|---|---|");
    for ((name, _), time) in works.iter().zip(times).take(3) {
        println!(
            "| {name} | {time:.1} | {:.1} | {:.1} |",
            times[3],
            times[3] / time
        );
    }
    Ok(())
}

/// How many files a project has, but for those that the program keeps for itself.
fn files(project: &Path) -> Result<usize, String> {
    let all = contents(project)?;
    let own = all.keys().filter(|path| path.starts_with(".mlopsgen"));
    Ok(all.len() - own.count())
}

fn mlopsgen(project: &Path, command: &str) -> Result<(), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_mlopsgen"))
        .arg(command)
        .current_dir(project)
        .output()
        .map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The CPU time of one of the processes that some work starts and waits for, in milliseconds.
fn cpu(work: Work<'_>) -> Result<f64, String> {
    let before = of_children()?;
    for _ in 0..RUNS {
        work()?;
    }
    Ok((of_children()? - before) * TICK / f64::from(RUNS))
}

/// The time of all processes that this one waited for, in ticks.
fn of_children() -> Result<f64, String> {
    let stat = fs::read_to_string("/proc/self/stat").map_err(|e| e.to_string())?;
    // Behind the name, which may have blanks, the numbers begin with the third.
    let numbers = stat.rsplit(')').next().unwrap_or_default();
    let times = numbers.split_whitespace().skip(16 - 3).take(2);
    times
        .map(|n| n.parse::<f64>().map_err(|e| e.to_string()))
        .sum()
}
