//! What a person does at any moment of a cycle: nothing of it is lost, nor committed as if it were generated, and no
//! commit lands where it does not belong.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::scene::{Cycle, GENERATE, look, waiting};
use super::strace::{self, CHANGES, Point};
use super::sweep;
use crate::project::{Ran, TestProject};

/// What a person types.
const TYPED: &str = "# typed now\n";
/// A file that the cycle is about to write.
const ARTIFACT: &str = "out/corner.yaml";

/// Something that a person does, and what has to be true once the cycle has ended and once it was run again.
struct Action {
    name: &'static str,
    /// Does it. What it returns is handed to the judge.
    act: fn(&TestProject) -> String,
    judge: fn(&Cycle, &TestProject, &str) -> Result<(), String>,
}

const ACTIONS: &[Action] = &[
    Action {
        name: "save in place",
        act: |project| {
            let path = project.root().join(ARTIFACT);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, text + TYPED).unwrap();
            String::new()
        },
        judge: |_, project, _| typed_text_is_safe(project),
    },
    Action {
        name: "save by rename",
        act: |project| {
            let text = project.read(ARTIFACT) + TYPED;
            project.write("out/corner.yaml~", &text);
            let from = project.root().join("out/corner.yaml~");
            fs::rename(from, project.root().join(ARTIFACT)).unwrap();
            String::new()
        },
        judge: |_, project, _| typed_text_is_safe(project),
    },
    Action {
        name: "delete",
        act: |project| {
            drop(fs::remove_file(project.root().join("out/corner.py")));
            String::new()
        },
        judge: |cycle, project, _| generated_is_committed(cycle, project),
    },
    Action {
        name: "add",
        act: |project| {
            let text = project.read(ARTIFACT) + TYPED;
            project.write(ARTIFACT, &text);
            git(project, &["add", ARTIFACT])
        },
        judge: |_, project, done| {
            typed_text_is_safe(project)?;
            let staged = git(project, &["show", ":out/corner.yaml"]);
            let kept = staged.contains(TYPED) || !done.starts_with("0 ");
            check(kept, || format!("what was staged is not: {staged}"))
        },
    },
    Action {
        name: "commit",
        act: |project| git(project, &["commit", "-qm", "By hand"]),
        judge: |cycle, project, done| {
            let log = git(project, &["log", "--format=%s"]);
            let is_there = log.lines().any(|line| line.ends_with("By hand"));
            check(is_there == done.starts_with("0 "), || {
                format!("{done} and {log}")
            })?;
            generated_is_committed(cycle, project)
        },
    },
    Action {
        name: "amend",
        act: |project| {
            git(
                project,
                &["commit", "-q", "--amend", "--only", "-m", "Amended"],
            )
        },
        judge: |cycle, project, done| {
            let log = git(project, &["log", "--format=%s"]);
            let is_there = log.lines().any(|line| line.ends_with("Amended"));
            check(is_there == done.starts_with("0 "), || {
                format!("{done} and {log}")
            })?;
            generated_is_committed(cycle, project)
        },
    },
    Action {
        name: "switch",
        act: |project| {
            let switched = git(project, &["switch", "-q", "side"]);
            let main = git(project, &["rev-parse", "main", "side"]);
            format!("{switched}|{main}")
        },
        judge: |cycle, project, done| {
            // The judge comes after a second run, which may commit on the branch that HEAD is at now.
            let (switched, then) = done.split_once('|').unwrap();
            let now = git(project, &["rev-parse", "main", "side"]);
            if switched.starts_with("0 ") {
                check(now.lines().next() == then.lines().next(), || {
                    "the branch that was left has moved".to_owned()
                })?;
            } else {
                check(now.lines().last() == then.lines().last(), || {
                    "another branch has moved".to_owned()
                })?;
            }
            generated_is_committed(cycle, project)
        },
    },
    Action {
        name: "stash",
        act: |project| git(project, &["stash", "-q"]),
        judge: |_, project, done| {
            // A stash that finds a lock may fail behind the point where it has the edit and the work tree has not.
            let edited = git(project, &["show", "stash@{0}:edited"]) + &project.read("edited");
            check(edited.contains("TWO"), || {
                format!("an edit is lost: {done} {edited}")
            })
        },
    },
    Action {
        name: "rebase",
        act: |project| {
            // Git does not put aside what it does not know any more and would write again.
            git(project, &["add", "kept"]);
            git(project, &["rebase", "-q", "--autostash", "upstream"])
        },
        judge: |cycle, project, done| {
            if project.exists(".git/rebase-merge") {
                // A lock has stopped it between its steps: who sees that takes it back.
                git(project, &["rebase", "--abort"]);
                project.run(GENERATE);
            }
            let edited = git(project, &["show", "stash@{0}:edited"]) + &project.read("edited");
            check(edited.contains("TWO"), || {
                format!("an edit is lost: {edited}")
            })?;
            let log = git(project, &["log", "--format=%s"]);
            check(log.contains("Go on") || !done.starts_with("0 "), || {
                format!("what was rebased is not: {log}")
            })?;
            generated_is_committed(cycle, project)
        },
    },
    Action {
        name: "a link in the place of a folder",
        act: |project| {
            let elsewhere = project.root().with_file_name("elsewhere");
            fs::create_dir(&elsewhere).unwrap();
            fs::rename(project.root().join("out"), project.root().join("out.real")).unwrap();
            std::os::unix::fs::symlink(&elsewhere, project.root().join("out")).unwrap();
            String::new()
        },
        judge: |_, project, _| {
            let elsewhere = project.root().with_file_name("elsewhere");
            let written = fs::read_dir(elsewhere).unwrap().count();
            check(written == 0, || {
                format!("{written} files are written through the link")
            })
        },
    },
];

/// The code and the words of a git that may fail.
fn git(project: &TestProject, args: &[&str]) -> String {
    let ran = Ran::of(&project.command("git").args(args).output().unwrap());
    format!("{} {}{}", ran.code, ran.out, ran.err)
}

fn check(holds: bool, reason: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(reason()) }
}

/// What was typed is in the work tree, or kept; and in no commit, since nobody has accepted it.
fn typed_text_is_safe(project: &TestProject) -> Result<(), String> {
    let here = project.read(ARTIFACT).contains(TYPED);
    let kept = project.shell(".", "grep -rqs '# typed now' .git/mlopsgen/displaced");
    check(here || kept.code == 0, || {
        format!("the edit is lost: {:?}", project.read(ARTIFACT))
    })?;
    let committed = git(project, &["log", "-p", "--format=", "--", ARTIFACT]);
    check(!committed.contains(TYPED), || {
        "the edit is committed as generated".to_owned()
    })
}

/// The last commit and the index have of what is generated what an undisturbed run commits.
fn generated_is_committed(cycle: &Cycle, project: &TestProject) -> Result<(), String> {
    let paths = ["--", "out", ".mlopsgen/records", "models"];
    let tree = |p: &TestProject| git(p, &[&["ls-tree", "-r", "HEAD"], &paths[..]].concat());
    let (now, wanted) = (tree(project), tree(&cycle.undisturbed));
    check(now == wanted, || {
        format!("HEAD has\n{now}instead of\n{wanted}")
    })?;
    let staged = git(
        project,
        &[&["diff", "--cached", "HEAD"], &paths[..]].concat(),
    );
    check(staged.trim() == "0", || format!("staged: {staged}"))
}

#[test]
fn a_person_can_do_anything_at_every_call() {
    if !strace::is_here() {
        return;
    }
    let scene = waiting();
    scene.git(&["branch", "side"]);
    let upstream = "git worktree add -q -b upstream ../upstream HEAD~1; cd ../upstream; echo 1 > notes; git add notes; \
                    git commit -qm 'Go on'; cd -; git worktree remove ../upstream";
    assert_eq!(scene.shell(".", upstream).code, 0);
    let cycle = Cycle::new(scene);
    let acted = AtomicUsize::new(0);
    let points = strace::points(&cycle.scene.copy(), GENERATE, |name| {
        CHANGES.contains(&name)
    });
    for action in ACTIONS {
        acted.store(0, Ordering::Relaxed);
        sweep(action.name, &points, |point| {
            disturb(&cycle, (action, &acted), point)
        });
        assert!(
            acted.load(Ordering::Relaxed) > 2,
            "{}: nothing was done",
            action.name
        );
    }
}

fn disturb(
    cycle: &Cycle,
    (action, acted): (&Action, &AtomicUsize),
    point: &Point,
) -> Result<(), String> {
    let project = cycle.scene.copy();
    let mut done = None;
    let ran = strace::interrupt(&project, GENERATE, point, || {
        done = Some((action.act)(&project));
    });
    let Some(done) = done else {
        return Ok(());
    };
    acted.fetch_add(1, Ordering::Relaxed);
    let again = project.run(GENERATE);
    let told = |reason| format!("{reason}\nafter {done}, {ran:?}, then {again:?}");
    for code in [ran.code, again.code] {
        check((0..=2).contains(&code), || told("not an end".to_owned()))?;
    }
    look(&project).map_err(told)?;
    (action.judge)(cycle, &project, &done).map_err(told)
}
