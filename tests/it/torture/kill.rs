//! Killed at any moment: no byte of the user's is lost, nothing is torn, and the next run does the rest.

use super::scene::{Cycle, GENERATE, waiting, with_help_of_git};
use super::strace::{self, CHANGES, Injection, Point};
use super::{is_whole, sweep};
use crate::project::TestProject;

/// Calls that are killed at: those that change something, or every one.
fn points(project: &TestProject, args: &[&str]) -> Vec<Point> {
    strace::points(&project.copy(), args, |name| {
        is_whole() || CHANGES.contains(&name)
    })
}

#[test]
fn a_cycle_can_be_killed_at_every_call() {
    if !strace::is_here() {
        return;
    }
    let cycle = Cycle::new(waiting());
    sweep("kill", &points(&cycle.scene, GENERATE), |point| {
        let project = cycle.scene.copy();
        strace::run(&project, GENERATE, (point, Injection::Kill));
        cycle.recovers(&project)
    });
}

#[test]
fn a_cycle_that_git_has_a_part_in_can_be_killed_at_every_call() {
    if !strace::is_here() {
        return;
    }
    let cycle = Cycle::new(with_help_of_git());
    sweep("kill, with git", &points(&cycle.scene, GENERATE), |point| {
        let project = cycle.scene.copy();
        strace::run(&project, GENERATE, (point, Injection::Kill));
        // Git itself was killed, too: what it leaves of an object it removes in time.
        project.shell(".", "rm -f .git/objects/??/tmp_obj_*");
        cycle.recovers(&project)
    });
}

#[test]
fn the_recovery_can_be_killed_at_every_call() {
    if !strace::is_here() {
        return;
    }
    let cycle = Cycle::new(waiting());
    // The states that differ for a recovery are those between two changes of names.
    let names = ["rename", "renameat2", "linkat", "unlink", "unlinkat"];
    let mut first = strace::points(&cycle.scene.copy(), GENERATE, |name| names.contains(&name));
    if !is_whole() {
        first = first.into_iter().rev().step_by(24).collect();
    }
    for point in first {
        let killed = cycle.scene.copy();
        strace::run(&killed, GENERATE, (&point, Injection::Kill));
        let changes = strace::points(&killed.copy(), GENERATE, |name| CHANGES.contains(&name));
        let step = if is_whole() { 1 } else { 4 };
        let changes: Vec<Point> = changes.into_iter().rev().step_by(step).collect();
        sweep(&format!("kill {point}, then"), &changes, |again| {
            let project = killed.copy();
            strace::run(&project, GENERATE, (again, Injection::Kill));
            cycle.recovers(&project)
        });
    }
}

#[test]
fn a_new_workspace_can_be_killed_at_every_call() {
    if !strace::is_here() {
        return;
    }
    let init: &[&str] = &["init", "churn"];
    let scene = TestProject::empty();
    scene.git(&["init", "-q", "-b", "main"]);
    let done = scene.copy();
    let ran = done.run(init);
    assert_eq!(ran.code, 0, "{ran:?}");
    let files = |project: &TestProject| {
        let ran = project.shell(
            ".",
            "find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0r sha256sum",
        );
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.out
    };
    let wanted = files(&done);
    sweep("init", &points(&scene, init), |point| {
        let project = scene.copy();
        strace::run(&project, init, (point, Injection::Kill));
        for ran in [project.run(init), project.run(GENERATE)] {
            if ran.code != 0 {
                return Err(format!("{ran:?}"));
            }
        }
        project.git(&["fsck", "--strict"]);
        let sums = files(&project);
        let lost: Vec<&str> = wanted.lines().filter(|line| !sums.contains(line)).collect();
        if lost.is_empty() {
            Ok(())
        } else {
            Err(format!("not as without: {lost:?}"))
        }
    });
}
