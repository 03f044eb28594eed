//! What goes wrong with events and saves: storms of files, folders that come and go, limits of the system, editors and
//! half-written files. After each the work tree, the artifacts and the last commit agree, soon, and no commit has a part of
//! a save.
//!
//! A little of each belongs to every test run; `MLOPSGEN_TORTURE=all` takes all of it, with the times that users are
//! promised.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{PATIENCE, Watching};
use crate::project::{FILES, TestProject};
use crate::torture::is_whole;

/// How soon all must be right after the last change.
const SOON: Duration = Duration::from_secs(2);

const MODEL: &str = "models/corner.yaml";

/// A price for the model, of which the artifact tells.
fn priced(price: u32) -> String {
    format!("name: corner\nitems:\n  - {{name: tea, price: {price}}}\n  - {{name: milk}}\n")
}

/// A workspace that is watched, and what has been saved in it as a whole.
struct Storm<'p> {
    project: &'p TestProject,
    /// The folder of the workspace.
    folder: &'static str,
    watching: Watching<'p>,
    saved: BTreeSet<String>,
    first: String,
}

impl<'p> Storm<'p> {
    fn over(project: &'p TestProject, options: &[&str]) -> Self {
        let watching = Watching::with(project, options);
        watching.wait_for("ready in");
        Self::of(project, "", watching)
    }

    fn of(project: &'p TestProject, folder: &'static str, watching: Watching<'p>) -> Self {
        let mut storm = Self {
            project,
            folder,
            watching,
            saved: BTreeSet::new(),
            first: project.git(&["rev-parse", "HEAD"]).trim().to_owned(),
        };
        let before = project.read(&storm.path(MODEL));
        storm.saved.insert(before);
        storm
    }

    fn path(&self, path: &str) -> String {
        Path::new(self.folder)
            .join(path)
            .to_str()
            .unwrap()
            .to_owned()
    }

    fn file(&self, path: &str) -> PathBuf {
        self.project.root().join(self.path(path))
    }

    /// Takes note that the model has been saved with a price, whichever way.
    fn saves(&mut self, price: u32) -> String {
        let text = priced(price);
        self.saved.insert(text.clone());
        text
    }

    /// Waits until the artifact has the price, and the last commit has all that is there.
    fn is_right(&self, price: u32) {
        let (since, wanted) = (Instant::now(), format!("tea: {price}\n"));
        let artifact = self.path("out/corner.yaml");
        loop {
            let right = self.project.exists(&artifact)
                && self.project.read(&artifact).contains(&wanted)
                && self
                    .project
                    .git(&["status", "--porcelain", "--", "*.yaml", "*.py"])
                    .is_empty();
            if right {
                break;
            }
            let told: Vec<String> = self.watching.lines.try_iter().collect();
            assert!(
                since.elapsed() < PATIENCE,
                "{price} never came\n{}",
                told.join("\n")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        println!("right after {} ms", since.elapsed().as_millis());
        assert!(
            !is_whole() || since.elapsed() < SOON,
            "{:?}",
            since.elapsed()
        );
    }

    /// Ends the watch. Each commit has the model as it was saved, and artifacts that are made of it.
    fn ends_well(self) {
        let path = self.path(MODEL);
        assert_eq!(self.watching.stop(), 130);
        let range = format!("{}..HEAD", self.first);
        let commits = self.project.git(&["rev-list", &range]);
        for commit in commits.lines() {
            let text = self.project.git(&["show", &format!("{commit}:{path}")]);
            assert!(
                self.saved.contains(&text),
                "{commit} has a part of a save:\n{text}"
            );
        }
        let folder = Path::new(".").join(self.folder);
        let ran = self
            .project
            .run(&["verify", "--all", "-C", folder.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{ran:?}");
        self.project.git(&["fsck", "--strict"]);
    }

    fn signal(&self, name: &str) {
        let pid = self.watching.child.id().to_string();
        let sent = self.project.command("kill").args([name, &pid]).status();
        assert!(sent.unwrap().success());
    }
}

/// A workspace whose models may stand in folders.
fn with_folders() -> TestProject {
    let project = TestProject::small();
    project.edit("mlopsgen.yaml", "models/*.yaml", "models/**/*.yaml");
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    project
}

#[test]
fn a_burst_that_nobody_reads_loses_nothing() {
    let project = with_folders();
    let mut storm = Storm::over(&project, &[]);
    storm.signal("-STOP");
    for number in 0..if is_whole() { 5000 } else { 500 } {
        project.write(&format!("models/{number}.txt"), "x");
    }
    // The queue of the system is full by now, in the whole burst: nothing tells of these.
    let text = storm.saves(7);
    project.write(MODEL, &text);
    project.write("models/late/shop.yaml", "name: late\n");
    storm.signal("-CONT");
    storm.is_right(7);
    assert!(project.exists("out/late.yaml"));
    // And what came unseen is watched from then on.
    project.write(
        "models/late/shop.yaml",
        "name: late\nitems: [{name: cup, price: 1}]\n",
    );
    storm.watching.wait_for("late.items");
    storm.ends_well();
}

#[test]
fn files_in_folders_that_are_made_faster_than_they_are_watched_are_found() {
    let project = with_folders();
    let mut storm = Storm::over(&project, &[]);
    let count = if is_whole() { 50 } else { 5 };
    for number in 0..count {
        let folder = format!("models/a{number}/b/c/d");
        project.write(
            &format!("{folder}/shop.yaml"),
            &format!("name: shop{number}\n"),
        );
    }
    let text = storm.saves(8);
    project.write(MODEL, &text);
    storm.is_right(8);
    for number in 0..count {
        assert!(
            project.exists(&format!("out/shop{number}.yaml")),
            "{number}"
        );
    }
    // And they are watched from then on.
    project.write(
        "models/a0/b/c/d/shop.yaml",
        "name: shop0\nitems: [{name: cup, price: 1}]\n",
    );
    storm.watching.wait_for("shop0.items");
    let text = storm.saves(9);
    project.write(MODEL, &text);
    storm.is_right(9);
    storm.ends_well();
}

/// A repository with the workspace in a folder of it.
fn below() -> TestProject {
    let project = TestProject::empty();
    for (path, text) in FILES {
        project.write(&format!("shops/{path}"), text);
    }
    project.git(&["init", "-q", "-b", "main"]);
    let ran = project.run(&["generate", "--commit", "-C", "shops"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    project
}

#[test]
fn a_workspace_that_is_deleted_and_made_again_is_watched_again() {
    let project = below();
    let watching = Watching::with(&project, &["-C", "shops"]);
    watching.wait_for("ready in");
    let mut storm = Storm::of(&project, "shops", watching);
    for round in 0..if is_whole() { 5 } else { 2 } {
        let copy = project.root().with_file_name("copy");
        let copied = project
            .command("cp")
            .arg("-a")
            .arg(storm.file(""))
            .arg(&copy)
            .status();
        assert!(copied.unwrap().success());
        // The watch may write once more meanwhile.
        while storm.file("").exists() {
            drop(fs::remove_dir_all(storm.file("")));
        }
        if round % 2 == 1 {
            storm.watching.wait_for("the watched folder is gone");
        }
        fs::rename(copy, storm.file("")).unwrap();
        let text = storm.saves(20 + round);
        project.write("shops/models/corner.yaml", &text);
        storm.is_right(20 + round);
    }
    storm.ends_well();
}

#[test]
fn where_no_folder_can_be_watched_files_are_looked_at() {
    let project = TestProject::small();
    // Limits of a user are those of a namespace of users too, and ours alone there.
    let script = "echo 1 >/proc/sys/user/max_inotify_watches && exec \"$0\" watch";
    let mut command = project.command("unshare");
    command.args([
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        script,
        env!("CARGO_BIN_EXE_mlopsgen"),
    ]);
    let allowed = project
        .command("unshare")
        .args([
            "--user",
            "--map-root-user",
            "test",
            "-w",
            "/proc/sys/user/max_inotify_watches",
        ])
        .status();
    if !allowed.is_ok_and(|s| s.success()) {
        println!("skipped: there are no namespaces of users here");
        return;
    }
    let watching = Watching::of(&project, command);
    watching.wait_for("looking for changes every 500ms: too many folders to watch");
    watching.wait_for("ready in");
    let mut storm = Storm::of(&project, "", watching);
    let text = storm.saves(11);
    project.write(MODEL, &text);
    storm.is_right(11);
    storm.ends_well();
}

/// A way in which a program saves a text over a file.
type Save = fn(&Path, &str);

/// What editors do, as `strace` shows it.
const SAVES: &[(&str, Save)] = &[
    ("vim", |path, text| {
        fs::write(path.with_file_name("4913"), "").unwrap();
        fs::remove_file(path.with_file_name("4913")).unwrap();
        let backup = beside(path, "", "~");
        fs::rename(path, &backup).unwrap();
        pause(40);
        written_slowly(path, text, 3);
        fs::remove_file(backup).unwrap();
    }),
    ("VS Code", |path, text| written_slowly(path, text, 2)),
    ("JetBrains", |path, text| {
        let (new, old) = (
            beside(path, "", "___jb_tmp___"),
            beside(path, "", "___jb_old___"),
        );
        written_slowly(&new, text, 2);
        fs::rename(path, &old).unwrap();
        pause(40);
        fs::rename(&new, path).unwrap();
        fs::remove_file(old).unwrap();
    }),
    ("emacs", |path, text| {
        let (lock, auto) = (beside(path, ".#", ""), beside(path, "#", "#"));
        symlink("ada@host.123:456", &lock).unwrap();
        fs::write(&auto, text).unwrap();
        pause(150);
        fs::rename(path, beside(path, "", "~")).unwrap();
        written_slowly(path, text, 2);
        fs::remove_file(lock).unwrap();
        fs::remove_file(auto).unwrap();
    }),
    ("rename", |path, text| {
        let new = beside(path, ".", ".new");
        fs::write(&new, text).unwrap();
        fs::rename(new, path).unwrap();
    }),
    ("delete and write", |path, text| {
        fs::remove_file(path).unwrap();
        pause(150);
        fs::write(path, text).unwrap();
    }),
];

fn beside(path: &Path, before: &str, behind: &str) -> PathBuf {
    let name = path.file_name().unwrap().to_str().unwrap();
    path.with_file_name(format!("{before}{name}{behind}"))
}

fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

/// Writes a text in a number of parts, to a file that stays open.
fn written_slowly(path: &Path, text: &str, parts: usize) {
    let mut file = File::create(path).unwrap();
    for part in text.as_bytes().chunks(text.len().div_ceil(parts)) {
        pause(30);
        file.write_all(part).unwrap();
    }
    file.sync_all().unwrap();
    pause(10);
}

#[test]
fn whatever_way_editors_save_only_whole_texts_are_committed() {
    let project = TestProject::small();
    let mut storm = Storm::over(&project, &[]);
    let mut price = 100;
    for _ in 0..if is_whole() { 10 } else { 1 } {
        for (name, save) in SAVES {
            price += 1;
            println!("{name}");
            let text = storm.saves(price);
            save(&storm.file(MODEL), &text);
            storm.is_right(price);
        }
    }
    storm.ends_well();
}

#[test]
fn a_file_that_is_written_byte_by_byte_is_taken_up_when_it_is_whole() {
    let poll: &[&str] = &["--poll", "200"];
    for options in [&[], poll] {
        let project = TestProject::small();
        let mut storm = Storm::over(&project, options);
        let gaps: &[u64] = if is_whole() {
            &[1, 5, 20, 110, 150]
        } else {
            &[1, 20]
        };
        for (number, gap) in gaps.iter().enumerate() {
            let price = 1000 + u32::try_from(number).unwrap();
            let text = storm.saves(price);
            let mut file = OpenOptions::new()
                .write(true)
                .truncate(true)
                .open(storm.file(MODEL))
                .unwrap();
            // Most of these parts are models too.
            for byte in text.as_bytes() {
                file.write_all(&[*byte]).unwrap();
                pause(*gap);
            }
            drop(file);
            storm.is_right(price);
        }
        storm.ends_well();
    }
}

#[test]
fn an_idle_watch_commits_nothing_and_takes_no_time() {
    let project = TestProject::small();
    let storm = Storm::over(&project, &[]);
    std::thread::sleep(Duration::from_secs(1));
    let seconds = if is_whole() { 20 } else { 4 };
    let (before, commits) = (ticks(&storm), project.commits());
    std::thread::sleep(Duration::from_secs(seconds));
    let used = ticks(&storm) - before;
    println!("{used} ticks in {seconds} s");
    // A tick is 10 ms: half a percent is one of them in two seconds.
    assert!(used <= seconds / 2, "{used} ticks in {seconds} s");
    assert_eq!(project.commits(), commits);
    storm.ends_well();
}

/// How long the watch has run on a processor.
fn ticks(storm: &Storm<'_>) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", storm.watching.child.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
