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

/// Those of them after which nobody misses anything: a file that is opened to be written is written next.
const IDLE: &[&str] = &["openat", "flock"];

/// One call: the n-th of its name, from 1, in one thread.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub name: String,
    pub number: usize,
    /// The file of the work tree that alone counts; `None` where all do.
    pub path: Option<&'static str>,
}

impl fmt::Display for Point {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.name, self.number)?;
        self.path.map_or(Ok(()), |path| write!(out, " of {path}"))
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

/// The tool, with a program whose memory is of one piece that is there at once: strace stops at each call that asks for
/// more, which were two of three, and nobody can see from outside whether one of them was made.
fn strace(project: &TestProject) -> Command {
    let mut command = project.command("strace");
    command
        .env("MALLOC_ARENA_MAX", "1")
        .env("MALLOC_TOP_PAD_", "16777216");
    command
}

/// The words of a command line: of the program with arguments, or of another one that they begin with, by its whole path.
fn words<'w>(args: &[&'w str]) -> Vec<&'w str> {
    let is_other = args.first().is_some_and(|first| first.starts_with('/'));
    let program = (!is_other).then_some(env!("CARGO_BIN_EXE_mlopsgen"));
    program.into_iter().chain(args.iter().copied()).collect()
}

/// Lists the calls of a run in their order, those of the thread that makes most of them.
pub fn points(project: &TestProject, args: &[&str], wanted: impl Fn(&str) -> bool) -> Vec<Point> {
    let log = project.root().with_file_name("calls");
    let ran = strace(project)
        .args(["-f", "-qq", "-e", "signal=none", "-o"])
        .arg(&log)
        .args(words(args))
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
                path: None,
            });
        }
    }
    threads.into_values().max_by_key(Vec::len).unwrap()
}

/// Lists the calls of a name on a file, up to the last one of the thread that makes most of them.
pub fn points_of(
    project: &TestProject,
    args: &[&str],
    (name, path): (&str, &'static str),
) -> Vec<Point> {
    let log = project.root().with_file_name("calls");
    let mut command = strace(project);
    command
        .args(["-f", "-qq", "-e", "signal=none", "-e"])
        .arg(format!("trace={name}"));
    command
        .arg("-P")
        .arg(project.root().join(path))
        .arg("-o")
        .arg(&log);
    let ran = command
        .arg(env!("CARGO_BIN_EXE_mlopsgen"))
        .args(args)
        .output();
    assert!(log.exists(), "{:?}", Ran::of(&ran.unwrap()));
    let text = std::fs::read_to_string(&log).unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.contains("resumed>")) {
        *counts.entry(line.split(' ').next().unwrap()).or_default() += 1;
    }
    let point = |number| Point {
        name: name.to_owned(),
        number,
        path: Some(path),
    };
    (1..=counts.into_values().max().unwrap())
        .map(point)
        .collect()
}

/// Runs the program with one call disturbed. A killed program has the code -1 or 137.
pub fn run(project: &TestProject, args: &[&str], disturbed: (&Point, Injection)) -> Ran {
    let mut command = strace(project);
    command.args(disturbing(project, disturbed));
    command.args(words(args));
    Ran::of(&command.output().unwrap())
}

/// Runs the program undisturbed, and each git that it runs with one call disturbed.
pub fn run_with_git(project: &TestProject, args: &[&str], disturbed: (&Point, Injection)) -> Ran {
    let git = project.shell(".", "command -v git").out;
    let words = disturbing(project, disturbed).join("' '");
    let script = format!("#!/bin/sh\nexec strace '{words}' {} \"$@\"\n", git.trim());
    project.write("../bin/git", &script);
    let run = format!(
        "chmod +x ../bin/git && PATH=$PWD/../bin:$PATH mlopsgen {}",
        args.join(" ")
    );
    project.shell(".", &run)
}

/// What strace is to be told to disturb one call.
fn disturbing(project: &TestProject, (point, how): (&Point, Injection)) -> Vec<String> {
    let Point { name, number, path } = point;
    let inject = match how {
        Injection::Kill => format!("inject={name}:signal=KILL:when={number}"),
        Injection::Once(error) => format!("inject={name}:error={error}:when={number}"),
        Injection::Always(error) => format!("inject={name}:error={error}:when={number}+"),
    };
    let trace = format!("trace={name}");
    let log = project.root().with_file_name("disturbed");
    let log = log.to_str().unwrap();
    let mut words = vec!["-f", "-qq", "-o", log, "-e", "signal=none"];
    words.extend(["-e", &trace, "-e", &inject]);
    let path = path.map(|path| project.root().join(path));
    if let Some(path) = &path {
        words.extend(["-P", path.to_str().unwrap()]);
    }
    words.into_iter().map(str::to_owned).collect()
}

/// Runs the program, stops it behind one call, does something and lets it go on. Where the call is not made, nothing is
/// done.
pub fn interrupt(project: &TestProject, args: &[&str], point: &Point, act: impl FnOnce()) -> Ran {
    let Point { name, number, .. } = point;
    let log = project.root().with_file_name("log");
    let (trace, inject) = (
        format!("trace={name}"),
        format!("inject={name}:signal=STOP:when={number}"),
    );
    let mut command = strace(project);
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

/// Runs the program, stops all of it behind each call that changes something, and does something each time, with what
/// the program has told so far. Calls that are left out do nothing, and say that they did.
pub fn at_every_change(
    project: &TestProject,
    args: &[&str],
    left_out: &[&str],
    mut act: impl FnMut(&str),
) -> Ran {
    let [log, out, err] = ["log", "out", "err"].map(|name| project.root().with_file_name(name));
    let names: Vec<&str> = CHANGES
        .iter()
        .copied()
        .filter(|name| !IDLE.contains(name))
        .filter(|name| !left_out.iter().any(|one| one.starts_with(name)))
        .collect();
    let names = names.join(",");
    let mut command = strace(project);
    command.args(["-f", "-qq", "-o"]).arg(&log);
    command.args(["-e", &format!("trace={}", CHANGES.join(","))]);
    command.args(["-e", &format!("inject={names}:signal=STOP")]);
    for call in left_out {
        command.args(["-e", &format!("inject={call}")]);
    }
    command.args(words(args));
    let [to_out, to_err] = [&out, &err].map(|path| std::fs::File::create(path).unwrap());
    let mut child = command.stdout(to_out).stderr(to_err).spawn().unwrap();
    let tracer = child.id();
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let mut seen = BTreeMap::new();
    let end = Instant::now() + Duration::from_mins(5);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < end, "neither stops nor ends");
        let now = stops(&read(&log));
        let threads = threads(tracer);
        // Each thread tells its stop: only then nothing goes on.
        if threads.is_empty() || threads.iter().any(|one| now.get(one) <= seen.get(one)) {
            std::thread::sleep(Duration::from_millis(1));
            continue;
        }
        seen = now;
        act(&read(&err));
        go_on(tracer);
    };
    Ran {
        code: status.code().unwrap_or(-1),
        out: read(&out),
        err: read(&err),
    }
}

/// How often each thread has stopped.
fn stops(log: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in log
        .lines()
        .filter(|line| line.contains("stopped by SIGSTOP"))
    {
        let thread = line.split(' ').next().unwrap_or_default();
        *counts.entry(thread.to_owned()).or_default() += 1;
    }
    counts
}

/// The threads of what a tracer has started.
fn threads(tracer: u32) -> Vec<String> {
    let mut found = Vec::new();
    for pid in children(tracer).split_whitespace() {
        if let Ok(tasks) = std::fs::read_dir(format!("/proc/{pid}/task")) {
            found.extend(
                tasks
                    .flatten()
                    .filter_map(|task| task.file_name().into_string().ok()),
            );
        }
    }
    found
}

/// Lets what a tracer has started go on.
fn go_on(tracer: u32) {
    for pid in children(tracer).split_whitespace() {
        let mut kill = Command::new("kill");
        drop(kill.args(["-CONT", pid]).stderr(Stdio::null()).status());
    }
}

/// The processes that a tracer has started; it may have ended meanwhile.
fn children(tracer: u32) -> String {
    let children = format!("/proc/{tracer}/task/{tracer}/children");
    std::fs::read_to_string(children).unwrap_or_default()
}
