//! The power fails at any moment: the repository is whole, nothing of the user's is lost, a commit that was told of is
//! there, and the next run does the rest.
//!
//! A workspace stands in a file system of its own, which is a file. At each call the program is stopped and that file is
//! copied, with what the file system has written to it and without what it has not. A machine that starts again has no
//! more than that.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use std::{fmt, fs};

use super::mounted::Mounted;
use super::scene::{Cycle, GENERATE, compare, look, waiting};
use super::{is_whole, strace, sweep};
use crate::project::{Ran, TestProject};

/// A kind of file system: its name, how it is made, its size in MiB, and how it is mounted.
pub struct Disk {
    pub kind: &'static str,
    make: &'static [&'static str],
    size: u64,
    options: &'static str,
}

/// As far as it can be told, nothing is written because time goes by.
const DISKS: &[Disk] = &[
    Disk {
        kind: "ext4",
        make: &["mkfs.ext4", "-q", "-F"],
        size: 48,
        options: "loop,commit=300",
    },
    Disk {
        kind: "xfs",
        make: &["mkfs.xfs", "-q"],
        size: 320,
        options: "loop,nouuid",
    },
    Disk {
        kind: "btrfs",
        make: &["mkfs.btrfs", "-q"],
        size: 128,
        options: "loop,commit=300",
    },
];

/// How many runs take their share of the calls where the disk is another one at each.
const RUNS: usize = 6;

/// Copies of this kind are one file system, which is not mounted twice.
static TURN: Mutex<()> = Mutex::new(());

/// Calls that do nothing, and say that they did: a disk that lies, and a program that forgets all but the last.
const LIES: &[&[&str]] = &[
    &["fsync:retval=0", "fdatasync:retval=0"],
    &["fsync:retval=0:when=1..8"],
];

/// A run, and what it tells once its commit is there.
#[derive(Clone, Copy)]
pub struct Told<'r> {
    pub args: &'r [&'r str],
    pub end: &'r str,
}

const GENERATED: Told<'static> = Told {
    args: GENERATE,
    end: "committed ",
};

/// What the disk has at some moments of a run, one after the other, between which nothing reached it.
pub struct Moments {
    /// The number of the first call, and how many there are.
    first: usize,
    count: usize,
    image: PathBuf,
    /// Whether the commit was told of at one of them.
    pub is_told: bool,
}

impl fmt::Display for Moments {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "behind call {} and {} more",
            self.first,
            self.count - 1
        )
    }
}

impl Disk {
    /// The scene on a disk of this kind; the reason where there can be none here.
    fn with(&self, scene: &TestProject, image: &Path) -> Result<(), String> {
        fs::File::create(image)
            .unwrap()
            .set_len(self.size << 20)
            .unwrap();
        let made = Command::new(self.make[0])
            .args(&self.make[1..])
            .arg(image)
            .output();
        let made = made.map_err(|error| format!("{}: {error}", self.make[0]))?;
        assert!(made.status.success(), "{made:?}");
        let place = TestProject::empty();
        let _mounted = self.mount(image, &place)?;
        let from = format!("{}/.", scene.root().display());
        let copied = place.command("cp").args(["-a", &from, "."]).status();
        assert!(copied.unwrap().success());
        Ok(())
    }

    fn mount<'p>(&self, image: &Path, project: &'p TestProject) -> Result<Mounted<'p>, String> {
        let image = image.to_str().unwrap();
        Mounted::over(project, &["-t", self.kind, "-o", self.options, image])
    }

    /// Runs the program on a disk, and keeps what is on it at its end and at each of its calls.
    pub fn alone(&self, place: &TestProject, run: Told<'_>, lie: &[&str]) -> Vec<Moments> {
        self.moments(place, (run, lie), |_| true)
    }

    /// The same beside somebody who forces a file of their own to the disk at some calls, from one by steps. Names that
    /// are not forced yet reach it too then, and what is in such files need not.
    pub fn beside(
        &self,
        place: &TestProject,
        run: Told<'_>,
        (first, step): (usize, usize),
    ) -> Vec<Moments> {
        let other = place.root().join(".git/other");
        self.moments(place, (run, &[]), |call| {
            let is_taken = call % step == first;
            if is_taken {
                let file = fs::File::create(&other).unwrap();
                file.sync_all().unwrap();
            }
            is_taken
        })
    }

    fn moments(
        &self,
        place: &TestProject,
        (run, lie): (Told<'_>, &[&str]),
        is_taken: impl Fn(usize) -> bool,
    ) -> Vec<Moments> {
        let image = place.root().with_file_name("disk");
        let mounted = self.mount(&image, place).unwrap();
        let mut kept: Vec<Moments> = Vec::new();
        let mut last = None;
        let mut calls = 0;
        let mut keep = |is_told| {
            calls += 1;
            if !is_taken(calls) {
                return;
            }
            if last != Some(changed(&image)) {
                let copied = image.with_file_name(format!("disk-{calls}"));
                last = Some(copy(&image, &copied));
                kept.push(Moments {
                    first: calls,
                    count: 0,
                    image: copied,
                    is_told,
                });
            }
            let now = kept.last_mut().unwrap();
            now.count += 1;
            now.is_told |= is_told;
        };
        let ran = strace::at_every_change(place, run.args, lie, |told| {
            keep(told.contains(run.end));
        });
        assert_eq!(ran.code, 0, "{ran:?}");
        keep(true);
        drop(mounted);
        kept
    }

    /// What is wrong with a disk after the power is back.
    pub fn after<T>(
        &self,
        moment: &Moments,
        judge: impl FnOnce(&TestProject) -> Result<T, String>,
    ) -> Result<T, String> {
        let project = TestProject::empty();
        let _turn =
            (self.kind == "btrfs").then(|| TURN.lock().unwrap_or_else(PoisonError::into_inner));
        let _mounted = self.mount(&moment.image, &project)?;
        judge(&project)
    }

    /// What is wrong with the scene of a cycle on it then.
    fn survives(&self, cycle: &Cycle, moment: &Moments) -> Result<(), String> {
        self.after(moment, |project| survives(project, cycle, moment))
    }
}

fn survives(project: &TestProject, cycle: &Cycle, moment: &Moments) -> Result<(), String> {
    let status = Ran::of(
        &project
            .command("git")
            .args(["status", "--short"])
            .output()
            .unwrap(),
    );
    if status.code != 0 || !status.err.is_empty() {
        return Err(format!("git status: {status:?}"));
    }
    let now = look(project)?;
    for (path, bytes) in &cycle.before.files {
        let is_user = cycle.after.files.get(path) == Some(bytes);
        if is_user && now.files.get(path) != Some(bytes) {
            return Err(format!("{path} is not what it was"));
        }
    }
    let staged = [project, &cycle.scene].map(|p| {
        p.git(&[
            "diff",
            "--cached",
            "--no-renames",
            "--",
            ":!out",
            ":!.mlopsgen",
            ":!models",
        ])
    });
    if staged[0] != staged[1] {
        return Err(format!("staged: {} instead of {}", staged[0], staged[1]));
    }
    let is_done = now.references == cycle.after.references;
    if !is_done && now.references != cycle.before.references {
        return Err(format!("a part of a commit: {}", now.references));
    }
    if moment.is_told && !is_done {
        return Err("the commit that was told of is not there".to_owned());
    }
    let ran = project.run(GENERATE);
    if ran.code != 0 {
        return Err(format!("the next run fails: {ran:?}"));
    }
    compare(&look(project)?, &cycle.after)
}

/// Copies a disk as it is at one moment: again, if something was written meanwhile. Returns when it was written last.
fn copy(from: &Path, to: &Path) -> SystemTime {
    loop {
        let before = changed(from);
        let copied = Command::new("cp")
            .arg("--sparse=always")
            .args([from, to])
            .status();
        assert!(copied.unwrap().success());
        if changed(from) == before {
            return before;
        }
    }
}

fn changed(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

/// A disk of each kind with a scene on it, where it can be made here.
pub fn disks(scene: &TestProject) -> Vec<(&'static Disk, PathBuf)> {
    let mut found = Vec::new();
    for disk in DISKS {
        let image = scene.root().with_file_name(disk.kind);
        match disk.with(scene, &image) {
            Ok(()) => found.push((disk, image)),
            Err(reason) => println!("skipped power on {}: {}", disk.kind, reason.trim()),
        }
    }
    found
}

pub fn placed(image: &Path) -> TestProject {
    let place = TestProject::empty();
    copy(image, &place.root().with_file_name("disk"));
    place
}

#[test]
fn the_power_can_fail_at_every_call() {
    if !strace::is_here() {
        return;
    }
    let cycle = Cycle::new(waiting());
    for (disk, image) in disks(&cycle.scene) {
        let place = placed(&image);
        let moments = disk.alone(&place, GENERATED, &[]);
        let count: usize = moments.iter().map(|m| m.count).sum();
        let name = format!("power on {}, {count} calls", disk.kind);
        sweep(&name, &moments, |moment| disk.survives(&cycle, moment));
    }
}

#[test]
fn others_can_force_the_disk_before_the_power_fails() {
    if !strace::is_here() {
        return;
    }
    let cycle = Cycle::new(waiting());
    let shares: Vec<(usize, usize)> = if is_whole() {
        (0..RUNS).map(|first| (first, RUNS)).collect()
    } else {
        vec![(10, 40)]
    };
    for (disk, image) in disks(&cycle.scene) {
        for &share in &shares {
            let place = placed(&image);
            let moments = disk.beside(&place, GENERATED, share);
            let name = format!("power on {} beside others", disk.kind);
            sweep(&name, &moments, |moment| disk.survives(&cycle, moment));
        }
    }
}

#[test]
fn a_disk_that_lies_is_noticed() {
    if !strace::is_here() {
        return;
    }
    let cycle = Cycle::new(waiting());
    for (disk, image) in disks(&cycle.scene) {
        for lie in LIES {
            let place = placed(&image);
            let moments = disk.alone(&place, GENERATED, lie);
            let judged = disk.survives(&cycle, moments.last().unwrap());
            println!("{} {lie:?}: {judged:?}", disk.kind);
            assert!(judged.is_err(), "{}: nobody notices {lie:?}", disk.kind);
        }
    }
}
