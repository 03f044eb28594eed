//! System calls of the program: which there are, and one of them disturbed.

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::project::{Ran, TestProject};

/// The calls that change something outside of the process.
pub const CHANGES: &[&str] = &[
    "write",
    "writev",
    "pwrite64",
    "openat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "unlink",
    "unlinkat",
    "link",
    "linkat",
    "symlink",
    "rename",
    "renameat",
    "renameat2",
    "ftruncate",
    "fchmod",
    "chmod",
    "fsync",
    "fdatasync",
    "copy_file_range",
    "flock",
];

/// One call: the n-th of its name, from 1, in one thread.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub name: String,
    pub number: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.name, self.number)
    }
}

/// What is done to a call.
#[derive(Clone, Copy, Debug)]
pub enum Injection {
    /// The process is killed before it.
    Kill,
    /// It fails with an error, once.
    Once(&'static str),
    /// It fails with an error, and so do all later ones of its name.
    Always(&'static str),
}

/// Whether the tool is here.
pub fn is_here() -> bool {
    let here = Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status();
    let here = here.is_ok_and(|status| status.success());
    if !here {
        println!("skipped torture: strace is not installed");
    }
    here
}

/// Lists the calls of a run in their order, those of the thread that makes most of them.
pub fn points(project: &TestProject, args: &[&str], wanted: impl Fn(&str) -> bool) -> Vec<Point> {
    let log = project.root().with_file_name("calls");
    let ran = project
        .command("strace")
        .args(["-f", "-qq", "-e", "signal=none", "-o"])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_mlopsgen"))
        .args(args)
        .output()
        .unwrap();
    assert!(log.exists(), "{:?}", Ran::of(&ran));
    let text = std::fs::read_to_string(&log).unwrap();
    let mut threads: BTreeMap<&str, Vec<Point>> = BTreeMap::new();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in text.lines() {
        let Some((thread, call)) = line.split_once(' ') else {
            continue;
        };
        let Some((name, _)) = call.trim_start().split_once('(') else {
            continue;
        };
        if !name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        {
            continue;
        }
        let count = counts.entry((thread, name)).or_default();
        *count += 1;
        if name != "execve" && wanted(name) {
            threads.entry(thread).or_default().push(Point {
                name: name.to_owned(),
                number: *count,
            });
        }
    }
    threads.into_values().max_by_key(Vec::len).unwrap()
}

/// Runs the program with one call disturbed. A killed program has the code -1 or 137.
pub fn run(project: &TestProject, args: &[&str], (point, how): (&Point, Injection)) -> Ran {
    let Point { name, number } = point;
    let inject = match how {
        Injection::Kill => format!("inject={name}:signal=KILL:when={number}"),
        Injection::Once(error) => format!("inject={name}:error={error}:when={number}"),
        Injection::Always(error) => format!("inject={name}:error={error}:when={number}+"),
    };
    let trace = format!("trace={name}");
    let mut command = project.command("strace");
    command.args([
        "-f",
        "-qq",
        "-o",
        "../disturbed",
        "-e",
        "signal=none",
        "-e",
        &trace,
        "-e",
        &inject,
    ]);
    Ran::of(
        &command
            .arg(env!("CARGO_BIN_EXE_mlopsgen"))
            .args(args)
            .output()
            .unwrap(),
    )
}

/// Runs the program, stops it behind one call, does something and lets it go on. Where the call is not made, nothing is
/// done.
pub fn interrupt(project: &TestProject, args: &[&str], point: &Point, act: impl FnOnce()) -> Ran {
    let Point { name, number } = point;
    let log = project.root().with_file_name("log");
    let (trace, inject) = (
        format!("trace={name}"),
        format!("inject={name}:signal=STOP:when={number}"),
    );
    let mut command = project.command("strace");
    command
        .args(["-f", "-qq", "-o"])
        .arg(&log)
        .args(["-e", &trace, "-e", &inject]);
    command.arg(env!("CARGO_BIN_EXE_mlopsgen")).args(args);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let tracer = child.id();
    let waiting = std::thread::spawn(move || child.wait_with_output().unwrap());
    let end = Instant::now() + Duration::from_mins(1);
    let stops = || {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        text.matches("stopped by SIGSTOP").count()
    };
    let mut act = Some(act);
    let mut continued = 0;
    while !waiting.is_finished() {
        assert!(Instant::now() < end, "{point} neither stops nor ends");
        if stops() == continued {
            std::thread::sleep(Duration::from_millis(2));
            continue;
        }
        // Calls are counted for each thread, so that another one may be stopped too.
        if let Some(act) = act.take() {
            act();
        }
        go_on(tracer);
        continued += 1;
    }
    Ran::of(&waiting.join().unwrap())
}

/// Lets what a tracer has started go on.
fn go_on(tracer: u32) {
    let children = format!("/proc/{tracer}/task/{tracer}/children");
    // It may have ended meanwhile.
    let children = std::fs::read_to_string(children).unwrap_or_default();
    for pid in children.split_whitespace() {
        let mut kill = Command::new("kill");
        drop(kill.args(["-CONT", pid]).stderr(Stdio::null()).status());
    }
}
