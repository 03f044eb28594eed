//! Who is measured: each in a process of its own that answers lines.
#![allow(dead_code, reason = "each benchmark asks some of it")]

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// One who reads and writes models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    /// This program.
    Ours,
    /// Eclipse EMF, dynamic.
    Emf,
    /// A program in Python.
    Python,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ours => "mlopsgen",
            Self::Emf => "EMF",
            Self::Python => "Python",
        })
    }
}

/// What the peers of a benchmark run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Programs {
    /// The folder of the benchmark below `benches`.
    pub(crate) folder: &'static str,
    /// The Java class in it, where there is one.
    pub(crate) java: Option<&'static str>,
    /// The Python script in it, where there is one.
    pub(crate) python: Option<Script>,
}

/// A script in Python, and what it imports.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Script {
    pub(crate) file: &'static str,
    /// The name of the module.
    pub(crate) module: &'static str,
    /// The package with its version, as `PyPI` has it.
    pub(crate) package: &'static str,
}

impl Programs {
    fn file(self, name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("benches")
            .join(self.folder)
            .join(name)
    }
}

/// How peers are started, as far as they are there.
pub(crate) struct Peers {
    programs: Programs,
    folder: PathBuf,
    jars: Option<String>,
    python: Option<PathBuf>,
    /// Why a peer is not there.
    pub(crate) missing: Vec<String>,
}

impl Peers {
    /// Looks for the peers, and builds what they need into a folder.
    pub(crate) fn find(programs: Programs, folder: &Path) -> Self {
        let mut peers = Self {
            programs,
            folder: folder.to_owned(),
            jars: None,
            python: None,
            missing: Vec::new(),
        };
        match programs.java.map(|class| emf((programs, class), folder)) {
            Some(Ok(jars)) => peers.jars = Some(jars),
            Some(Err(reason)) => peers.missing.push(format!("EMF: {reason}")),
            None => {}
        }
        if let Some(script) = programs.python {
            match python(script, folder) {
                Ok(python) => peers.python = Some(python),
                Err(reason) => peers.missing.push(format!("{}: {reason}", script.module)),
            }
        }
        peers
    }

    /// Starts a peer with the files that it works on.
    pub(crate) fn start(&self, peer: Peer, files: &[&Path]) -> Result<Process, String> {
        let command = self.command(peer, files);
        Process::start(command.ok_or_else(|| format!("{peer} is not there"))?)
    }

    /// The command that starts a peer, or `None` where it is missing.
    pub(crate) fn command(&self, peer: Peer, files: &[&Path]) -> Option<Command> {
        let mut command = match peer {
            Peer::Ours => {
                let mut command = Command::new(std::env::current_exe().ok()?);
                command.arg("--serve");
                command
            }
            Peer::Emf => {
                let mut command = Command::new("java");
                let classes = self.folder.join("classes").display().to_string();
                command.args([
                    "-cp",
                    &format!("{}:{classes}", self.jars.as_ref()?),
                    self.programs.java?,
                ]);
                command
            }
            Peer::Python => {
                let mut command = Command::new(self.python.as_ref()?);
                command.arg(self.programs.file(self.programs.python?.file));
                command
            }
        };
        command.args(files);
        Some(command)
    }
}

/// Compiles the Java class, with what all have in common; returns the class path.
fn emf((programs, class): (Programs, &str), folder: &Path) -> Result<String, String> {
    let jars = std::env::var("EMF_JARS").or_else(|_| debian_jars())?;
    let classes = folder.join("classes").display().to_string();
    run(
        "javac",
        &[
            "-cp",
            &jars,
            "-d",
            &classes,
            "-sourcepath",
            &format!("{}/benches/common", env!("CARGO_MANIFEST_DIR")),
            &programs
                .file(&format!("{class}.java"))
                .display()
                .to_string(),
        ],
    )?;
    Ok(jars)
}

fn debian_jars() -> Result<String, String> {
    let jars = ["common", "ecore", "ecore-xmi"]
        .map(|part| format!("/usr/share/java/eclipse-emf-{part}.jar"));
    match jars.iter().find(|jar| !Path::new(jar).exists()) {
        Some(jar) => Err(format!(
            "{jar} is missing (Debian: libeclipse-emf-ecore-xmi-java)"
        )),
        None => Ok(jars.join(":")),
    }
}

/// Makes an environment with what a script imports; returns its Python.
fn python(script: Script, folder: &Path) -> Result<PathBuf, String> {
    let home = folder.join("python");
    let python = home.join("bin/python");
    let name = python.display().to_string();
    if run(&name, &["-c", &format!("import {}", script.module)]).is_err() {
        if !python.exists() {
            run("python3", &["-m", "venv", &home.display().to_string()])?;
        }
        run(
            &name,
            &[
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                script.package,
            ],
        )?;
    }
    Ok(python)
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|e| format!("{program}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{program}: {}",
        text.lines().last().unwrap_or("it failed")
    ))
}

/// A peer's process with a model.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

/// CPU and wall time of one piece of work, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    /// User and system time of the whole process.
    pub(crate) cpu: f64,
    /// Time that passed.
    pub(crate) wall: f64,
}

impl Process {
    /// Starts it.
    fn start(mut command: Command) -> Result<Self, String> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("{}: {e}", command.get_program().display()))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (sender, answers) = channel();
        let output = output.expect("it is piped");
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            input: input.expect("it is piped"),
            answers,
        })
    }

    /// Asks a line; an answer that takes longer than ten minutes is none.
    pub(crate) fn ask(&mut self, question: &str) -> Result<String, String> {
        writeln!(self.input, "{question}").map_err(|e| format!("it ended: {e}"))?;
        let answer = self
            .answers
            .recv_timeout(Duration::from_mins(10))
            .map_err(|e| match e {
                RecvTimeoutError::Timeout => "no answer within ten minutes".to_owned(),
                RecvTimeoutError::Disconnected => "it ended without an answer".to_owned(),
            })?;
        match answer.strip_prefix("error ") {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer),
        }
    }

    /// Asks for numbers.
    pub(crate) fn numbers(&mut self, question: &str) -> Result<Vec<u64>, String> {
        let answer = self.ask(question)?;
        answer
            .split(' ')
            .map(|n| {
                n.parse()
                    .map_err(|_| format!("an answer that is no number: {answer}"))
            })
            .collect()
    }

    /// The most memory that it had, in MB.
    pub(crate) fn megabytes(&mut self) -> Result<u64, String> {
        Ok(self.numbers("peak")?[0] / 1_000_000)
    }

    /// Asks for a piece of work, repeated for some time.
    pub(crate) fn time(&mut self, work: &str, seconds: f64) -> Result<Time, String> {
        match self.numbers(&format!("{work} {seconds}"))?[..] {
            [_, cpu, wall] => Ok(Time {
                cpu: nanoseconds(cpu),
                wall: nanoseconds(wall),
            }),
            _ => Err("an answer that is no time".to_owned()),
        }
    }
}

fn nanoseconds(number: u64) -> f64 {
    Duration::from_nanos(number).as_secs_f64()
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = writeln!(self.input, "quit");
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether two files have equal bytes; where not, the first line that differs.
pub(crate) fn same_bytes(one: &Path, other: &Path) -> Result<(), String> {
    let read = |path: &Path| fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
    let (a, b) = (read(one)?, read(other)?);
    if a == b {
        return Ok(());
    }
    let line = a
        .split(|c| *c == b'\n')
        .zip(b.split(|c| *c == b'\n'))
        .take_while(|(a, b)| a == b)
        .count()
        + 1;
    Err(format!(
        "{} and {} differ from line {line} on",
        one.display(),
        other.display()
    ))
}

/// The one in the middle.
pub(crate) fn median(times: &mut [f64]) -> Option<f64> {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}
