//! A disk that is full, a descriptor too many, a folder that is closed: an honest word, never a part of a commit, and
//! the next run does the rest.

use super::mounted::Mounted;
use super::scene::{Cycle, GENERATE, look, waiting, with_help_of_git};
use super::strace::{self, Injection, Point};
use super::{is_whole, sweep};
use crate::project::{Ran, TestProject};

/// What a call can fail with.
const FAULTS: &[(&[&str], &[&str])] = &[
    (&["openat"], &["EMFILE", "EACCES", "ENOSPC", "EROFS", "EIO"]),
    (
        &["write", "writev", "pwrite64", "copy_file_range"],
        &["ENOSPC", "EIO"],
    ),
    (
        &["rename", "renameat", "renameat2", "link", "linkat"],
        &["ENOSPC", "EIO", "EACCES", "EROFS"],
    ),
    (
        &["mkdir", "mkdirat", "unlink", "unlinkat", "rmdir"],
        &["EIO", "EACCES", "EROFS", "ENOSPC"],
    ),
    (&["fsync", "fdatasync", "ftruncate"], &["EIO", "ENOSPC"]),
    (&["fchmod", "chmod"], &["EROFS", "EIO", "EACCES"]),
    (
        &[
            "read",
            "pread64",
            "getdents64",
            "statx",
            "newfstatat",
            "fstat",
            "readlink",
        ],
        &["EIO", "EACCES"],
    ),
    (&["flock"], &["EIO"]),
];

fn faults(name: &str) -> &'static [&'static str] {
    let row = FAULTS.iter().find(|(names, _)| names.contains(&name));
    row.map_or(&[], |(_, errors)| errors)
}

impl Cycle {
    /// After a run in which something failed.
    fn is_honest(&self, project: &TestProject, ran: &Ran) -> Result<(), String> {
        // The loader has failed, and there was no program.
        let begun = ran.code != 127;
        if begun && !(0..=2).contains(&ran.code) {
            return Err(format!("not an end: {ran:?}"));
        }
        let done = look(project)?.references == self.after.references;
        if ran.code == 0 && !done {
            return Err(format!("said to be done, and is not: {ran:?}"));
        }
        self.recovers(project)
            .map_err(|reason| format!("{reason}\nafter {ran:?}"))
    }
}

#[test]
fn every_call_can_fail_with_every_error() {
    if !strace::is_here() {
        return;
    }
    let cycle = Cycle::new(waiting());
    every_fault(&cycle, ("fail once", false));
    every_fault(&cycle, ("fail for good", true));
}

#[test]
fn every_call_can_fail_where_git_has_a_part() {
    if !strace::is_here() {
        return;
    }
    let cycle = Cycle::new(with_help_of_git());
    every_fault(&cycle, ("fail once, with git", false));
}

/// What a commit is to be, and who makes it, is written there: where it cannot be read there is no commit.
const SETTINGS: [&str; 2] = [".git/config", ".git/info/attributes"];
/// How these calls can fail.
const READS: [(&str, &str); 2] = [("openat", "EACCES"), ("read", "EIO")];

#[test]
fn settings_can_be_out_of_our_reach() {
    if !strace::is_here() {
        return;
    }
    let cycle = Cycle::new(with_help_of_git());
    for path in SETTINGS {
        for (call, error) in READS {
            let mut points = strace::points_of(&cycle.scene.copy(), GENERATE, (call, path));
            if !is_whole() {
                // Those of the commit come last.
                points.drain(..points.len().saturating_sub(8));
            }
            sweep(&format!("{call} of {path}"), &points, |point| {
                fails(&cycle, point, (error, false))
            });
        }
    }
}

#[test]
fn settings_can_be_out_of_reach_for_git() {
    if !strace::is_here() {
        return;
    }
    let cycle = Cycle::new(with_help_of_git());
    for path in SETTINGS {
        for (call, error) in READS {
            // No git reads one of them more often.
            let points: Vec<Point> = (1..=8)
                .map(|number| Point {
                    name: call.to_owned(),
                    number,
                    path: Some(path),
                })
                .collect();
            sweep(&format!("{call} of {path} by git"), &points, |point| {
                let project = cycle.scene.copy();
                let how = Injection::Once(error);
                let ran = strace::run_with_git(&project, GENERATE, (point, how));
                cycle.is_honest(&project, &ran)
            });
        }
    }
}

/// Git takes what it cannot read for empty, without a word: what it would then commit is what no filter has seen.
#[test]
fn configuration_that_cannot_be_read_is_not_an_empty_one() {
    let project = TestProject::small();
    project.write("out/.gitattributes", "*.py filter=turn\n");
    project.write("../filters", "[filter \"turn\"]\n\tclean = tr a-z A-Z\n");
    let generate = |global: &str| {
        let mut command = project.mlopsgen();
        command.args(GENERATE).env("GIT_CONFIG_GLOBAL", global);
        Ran::of(&command.output().unwrap())
    };
    project.edit("models/corner.yaml", "name: corner", "name: alley");
    let before = project.git(&["rev-parse", "HEAD"]);
    // It can be opened, and each read of its beginning fails.
    let ran = generate("/proc/self/mem");
    assert_eq!(ran.code, 2, "{ran:?}");
    for told in ["/proc/self/mem", "Input/output error", "\nhint: "] {
        assert!(ran.err.contains(told), "{ran:?}");
    }
    assert_eq!(project.git(&["rev-parse", "HEAD"]), before);
    let ran = generate("../filters");
    assert_eq!(ran.code, 0, "{ran:?}");
    let stored = project.git(&["show", "HEAD:out/alley.py"]);
    assert_eq!(stored, "PRINT(\"ALLEY\")\n");
}

fn every_fault(cycle: &Cycle, (name, lasting): (&str, bool)) {
    let points = strace::points(&cycle.scene.copy(), GENERATE, |name| {
        !faults(name).is_empty()
    });
    sweep(name, &points, |point| {
        let errors = faults(&point.name);
        let one = point.number % errors.len();
        let chosen = if is_whole() {
            errors
        } else {
            &errors[one..=one]
        };
        chosen
            .iter()
            .try_for_each(|error| fails(cycle, point, (error, lasting)))
    });
}

fn fails(
    cycle: &Cycle,
    point: &Point,
    (error, lasting): (&'static str, bool),
) -> Result<(), String> {
    let how = if lasting {
        Injection::Always(error)
    } else {
        Injection::Once(error)
    };
    let project = cycle.scene.copy();
    let ran = strace::run(&project, GENERATE, (point, how));
    let log = project.root().with_file_name("disturbed");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    // It was the word itself that could not be written.
    let is_word = |line: &str| line.contains("write(2, ") && line.contains("INJECTED");
    let can_speak = !log.lines().any(is_word);
    if ran.code != 0 && ran.err.is_empty() && can_speak {
        return Err(format!("{error}: without a word: {ran:?}"));
    }
    cycle
        .is_honest(&project, &ran)
        .map_err(|reason| format!("{error}: {reason}"))
}

#[test]
fn a_disk_can_be_full_or_closed() {
    let cycle = Cycle::new(waiting());
    let mut spaces: Vec<Option<usize>> = [0, 4, 8, 12, 20, 28, 36, 48, 64, 96].map(Some).into();
    spaces.push(None);
    for space in spaces {
        let project = TestProject::empty();
        let Ok(mounted) = Mounted::over(&project, &["-t", "tmpfs", "-o", "size=64m", "tmpfs"])
        else {
            println!("skipped full disks: this user may not mount");
            return;
        };
        let from = format!("{}/.", cycle.scene.root().display());
        let copied = project.command("cp").args(["-a", &from, "."]).status();
        assert!(copied.unwrap().success());
        match space {
            None => mounted.again("ro"),
            Some(free) => {
                let df = project.shell(".", "df -k --output=used . | tail -1");
                let used: usize = df.out.trim().parse().unwrap();
                mounted.again(&format!("size={}k", used + free));
            }
        }
        let ran = project.run(GENERATE);
        mounted.again("rw,size=64m");
        let judged = cycle.is_honest(&project, &ran);
        assert_eq!(judged, Ok(()), "{space:?} KiB free");
        assert!(ran.code == 0 || !ran.err.is_empty(), "{ran:?}");
    }
}
