//! A commit that begins with what was made ready after the one before, as those of `watch` do.

use std::io::Write as _;
use std::path::Path;

use mlopsgen::git::{Change, CommitOutcome, CommitRequest, Repository, Target};

use super::power::{self, Told};
use super::scene::{self, FOREIGN, Seen};
use super::strace::{self, CHANGES, Injection, Point};
use super::{is_whole, sweep};
use crate::project::{Ran, TestProject};

/// A copy of the index that is made ready.
const NEXT: &str = ".git/mlopsgen/index.next";
/// A file of the scene.
const KEPT: &str = "kept/0";
const TEXTS: [&str; 3] = ["0\n", "1\n", "2\n"];

/// What stands in for `watch`: the commits of a process that are run one after the other in the current folder.
#[test]
#[ignore = "run by the tests below"]
fn commits_of_one_process() {
    if !Path::new(KEPT).exists() {
        return;
    }
    let repository = Repository::discover(Path::new(".")).unwrap().unwrap();
    for text in &TEXTS[1..] {
        if commit(&repository, text).is_err() {
            break;
        }
        drop(writeln!(std::io::stderr(), "committed {text}"));
        // It is no reason not to commit.
        drop(repository.make_ready());
    }
    // The next process finds what is left.
    std::mem::forget(repository);
}

fn commit(repository: &Repository, text: &str) -> Result<(), String> {
    let changes = ["a", "b/c"].map(|path| {
        std::fs::write(repository.root().join(path), text).unwrap();
        Change {
            path: path.to_owned(),
            content: Some(text.as_bytes().to_vec().into()),
        }
    });
    let made = repository.commit(&CommitRequest {
        changes: changes.into(),
        message: text.into(),
        base: None,
        target: Target::Head,
    });
    match made {
        Ok(CommitOutcome::Committed { .. } | CommitOutcome::Unchanged) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

/// A repository with something staged.
fn prepared() -> TestProject {
    let project = TestProject::empty();
    project.git(&["init", "-q", "-b", "main"]);
    project.write(KEPT, "kept\n");
    for path in ["a", "b/c"] {
        project.write(path, TEXTS[0]);
    }
    project.git(&["add", "."]);
    project.git(&["commit", "-q", "-m", "0"]);
    project.write(KEPT, "staged\n");
    project.git(&["add", "."]);
    for lock in FOREIGN {
        project.write(lock, "somebody else's\n");
    }
    project
}

/// The words that run the commits above.
fn words() -> Vec<String> {
    let this = std::env::current_exe().unwrap();
    let test = "torture::ready::commits_of_one_process";
    let words = [
        this.to_str().unwrap(),
        test,
        "--exact",
        "--ignored",
        "--nocapture",
    ];
    words.map(str::to_owned).to_vec()
}

/// Disturbs calls of the process, and looks at what is left, and at what the next one makes of it.
fn disturbed(name: &str, how: Injection, wanted: impl Fn(&str) -> bool) {
    if !strace::is_here() {
        return;
    }
    let words = words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let prepared = prepared();
    let undisturbed = prepared.copy();
    let points = strace::points(&undisturbed, &words, wanted);
    assert!(undisturbed.exists(NEXT), "nothing is made ready");
    let whole = after(&undisturbed, &words).unwrap();
    sweep(name, &points, |point: &Point| {
        let project = prepared.copy();
        strace::run(&project, &words, (point, how));
        scene::look(&project)?;
        let now = after(&project, &words)?;
        scene::compare(&now, &whole)
    });
}

/// What there is after another process has made the same commits.
fn after(project: &TestProject, words: &[&str]) -> Result<Seen, String> {
    let blob = |path: &str| project.git(&["show", &format!("HEAD:{path}")]);
    if blob("a") != blob("b/c") {
        return Err("a part of a commit".to_owned());
    }
    let ran = Ran::of(
        &project
            .command(words[0])
            .args(&words[1..])
            .output()
            .unwrap(),
    );
    if ran.code != 0 {
        return Err(format!("the next run fails: {ran:?}"));
    }
    if !project.exists(NEXT) || [blob("a"), blob("b/c")] != [TEXTS[2]; 2] {
        return Err(format!("not as without: {ran:?}"));
    }
    let mut seen = scene::look(project)?;
    // How many commits it took is another matter.
    seen.references.clear();
    Ok(seen)
}

#[test]
fn commits_with_an_index_made_ready_can_be_killed_at_every_call() {
    disturbed("kill, made ready", Injection::Kill, |name| {
        is_whole() || CHANGES.contains(&name)
    });
}

#[test]
fn any_change_of_commits_with_an_index_made_ready_can_fail() {
    for error in ["EIO", "ENOSPC"] {
        let name = format!("{error}, made ready");
        disturbed(&name, Injection::Once(error), |name| {
            CHANGES.contains(&name)
        });
    }
}

#[test]
fn the_power_can_fail_at_every_call_of_commits_with_an_index_made_ready() {
    if !strace::is_here() {
        return;
    }
    let words = words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let run = Told {
        args: &words,
        end: "committed 2",
    };
    let prepared = prepared();
    let whole = after(&prepared.copy(), &words).unwrap();
    for (disk, image) in power::disks(&prepared) {
        let shares = if is_whole() { 4 } else { 1 };
        let places: Vec<TestProject> = (0..=shares).map(|_| power::placed(&image)).collect();
        let mut moments = disk.alone(&places[0], run, &[]);
        for (first, place) in places[1..].iter().enumerate() {
            moments.extend(disk.beside(place, run, (first, 4)));
        }
        sweep(
            &format!("power on {}, made ready", disk.kind),
            &moments,
            |moment| {
                disk.after(moment, |project| {
                    scene::look(project)?;
                    if moment.is_told && project.git(&["show", "HEAD:a"]) != TEXTS[2] {
                        return Err("the commit that was told of is not there".to_owned());
                    }
                    scene::compare(&after(project, &words)?, &whole)
                })
            },
        );
    }
}
