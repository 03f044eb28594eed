//! One project in a cold process: from the start of the program to its end, beside a script that prints as many files.
//!
//! Two projects: a pipeline of the metamodel and the six templates that many pipelines are printed with, which is what
//! other generators were measured with; and what `init` makes, with all that the pack knows.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::peer::{Peer, Peers, median};
use crate::{contents, generate};

/// How often a process is started for one time.
const RUNS: u32 = 20;
/// How many pipelines of six files the script prints: about as many files as the project of `init` has.
const PIPELINES: u64 = 8;
/// What the kernel counts the time of processes in, in milliseconds.
const TICK: f64 = 10.0;
/// The workspace of one pipeline.
const SMALL: &str = "metamodels: [pipeline.ecore]\nmodels: [models/*.xmi]\ntemplates: [templates/*.hbs]\noutput: generated\n";

/// What is measured.
type Work<'w> = &'w dyn Fn() -> Result<(), String>;

/// A project, and a model of as many files for the script.
struct Project {
    folder: PathBuf,
    files: usize,
    json: PathBuf,
    /// How many files the script prints.
    printed: u64,
}

/// Prints the CPU time of cold processes as a table.
pub(crate) fn run(
    peers: &Peers,
    (folder, room): (&Path, &Path),
    rounds: usize,
) -> Result<(), String> {
    println!(
        "\n| one project, cold process | files | CPU ms | files of a Jinja2 script | CPU ms | ratio |"
    );
    println!("|---|---|---|---|---|---|");
    let small = small(folder, room).map_err(|e| e.to_string())?;
    let of_pack = room.join("project");
    fs::create_dir_all(&of_pack).map_err(|e| e.to_string())?;
    mlopsgen(&of_pack, "init")?;
    for (name, folder, json, pipelines) in [
        ("six templates", small.0, small.1, 1),
        (
            "pack",
            of_pack,
            generate::pipelines(folder, PIPELINES).map_err(|e| e.to_string())?[1].clone(),
            PIPELINES,
        ),
    ] {
        let before = files(&folder)?;
        mlopsgen(&folder, "generate")?;
        let files = files(&folder)? - before;
        let printed = pipelines * 6;
        let project = Project {
            folder,
            files,
            json,
            printed,
        };
        project.measure(name, (peers, rounds), room)?;
    }
    Ok(())
}

/// A workspace of one pipeline and its six templates, and the model for the script.
fn small(folder: &Path, room: &Path) -> std::io::Result<(PathBuf, PathBuf)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/templates");
    let [xmi, json] = generate::pipelines(folder, 1)?;
    let project = room.join("small");
    for inner in ["models", "templates"] {
        fs::create_dir_all(project.join(inner))?;
    }
    fs::write(project.join("mlopsgen.yaml"), SMALL)?;
    fs::copy(here.join("pipeline.ecore"), project.join("pipeline.ecore"))?;
    fs::copy(xmi, project.join("models/one.xmi"))?;
    for file in fs::read_dir(here.join("six"))? {
        let file = file?.path();
        if file.extension().is_some_and(|e| e == "hbs") {
            let name = file.file_name().unwrap_or_default();
            fs::copy(&file, project.join("templates").join(name))?;
        }
    }
    Ok((project, json))
}

impl Project {
    fn measure(
        &self,
        name: &str,
        (peers, rounds): (&Peers, usize),
        room: &Path,
    ) -> Result<(), String> {
        let six = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/templates/six");
        let script = || {
            let files = [six.as_path(), &self.json];
            let mut command = peers
                .command(Peer::Python, &files)
                .ok_or("there is no Jinja2")?;
            let mut child = command
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .map_err(|e| e.to_string())?;
            let mut input = child.stdin.take().ok_or("it is piped")?;
            writeln!(input, "write {}", room.join("script").display())
                .map_err(|e| e.to_string())?;
            drop(input);
            child.wait().map_err(|e| e.to_string()).map(drop)
        };
        let fresh = || {
            fs::remove_dir_all(self.folder.join("generated")).map_err(|e| e.to_string())?;
            mlopsgen(&self.folder, "generate")
        };
        let works: [(&str, Work<'_>); 4] = [
            ("check", &|| mlopsgen(&self.folder, "check")),
            ("generate, nothing to write", &|| {
                mlopsgen(&self.folder, "generate")
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
        for ((work, _), time) in works.iter().zip(times).take(3) {
            println!(
                "| {name}: {work} | {} | {time:.1} | {} | {:.1} | {:.1} |",
                self.files,
                self.printed,
                times[3],
                times[3] / time
            );
        }
        Ok(())
    }
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
