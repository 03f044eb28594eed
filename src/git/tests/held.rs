//! When nothing is committed, and why.

use std::fs;

use super::super::testing::{Fixture, committed, request};
use super::super::*;
use super::conflicting;

#[test]
fn a_folder_can_become_a_file_only_if_all_of_it_goes() {
    let fixture = Fixture::new();
    let held = fixture
        .repository()
        .commit(&request(&[("models", "x")]))
        .unwrap();
    assert_eq!(
        held,
        CommitOutcome::Held(Obstacle::Occupied {
            path: "models".to_owned()
        })
    );
    let held = fixture
        .repository()
        .commit(&request(&[("kept/below", "x")]))
        .unwrap();
    assert_eq!(
        held,
        CommitOutcome::Held(Obstacle::Occupied {
            path: "kept".to_owned()
        })
    );
    fixture.git(&["rm", "-q", "kept"]);
    fixture.git(&["commit", "-q", "-m", "make room"]);
    std::os::unix::fs::symlink("edited", fixture.root().join("kept")).unwrap();
    fixture.git(&["add", "kept"]);
    fixture.git(&["commit", "-q", "-m", "link"]);
    let held = fixture
        .repository()
        .commit(&request(&[("kept", "x")]))
        .unwrap();
    assert_eq!(
        held,
        CommitOutcome::Held(Obstacle::Occupied {
            path: "kept".to_owned()
        })
    );

    committed(fixture.generate(&[("slot", "1\n")]));
    fs::remove_file(fixture.root().join("slot")).unwrap();
    fixture.write("slot/inner", "2\n");
    let mut change = request(&[("slot/inner", "2\n")]);
    change.changes.push(Change {
        path: "slot".to_owned(),
        content: None,
    });
    committed(fixture.repository().commit(&change).unwrap());
    assert_eq!(fixture.status(), "");
}

#[test]
fn content_the_user_staged_for_a_path_is_reported_and_kept() {
    let fixture = Fixture::new();
    committed(fixture.generate(&[("a.py", "1\n"), ("b.py", "1\n")]));
    fixture.write("a.py", "by hand\n");
    fixture.git(&["add", "a.py"]);
    let (status, head) = (fixture.status(), fixture.git(&["rev-parse", "HEAD"]));
    let outcome = fixture
        .repository()
        .commit(&request(&[("a.py", "2\n"), ("b.py", "2\n")]))
        .unwrap();
    assert_eq!(
        outcome,
        CommitOutcome::Held(Obstacle::Staged {
            paths: vec!["a.py".to_owned()]
        })
    );
    assert_eq!(
        (fixture.status(), fixture.git(&["rev-parse", "HEAD"])),
        (status, head)
    );
    // The same content as ours is no conflict: the user ran `git add` on what was generated.
    committed(
        fixture
            .repository()
            .commit(&request(&[("a.py", "by hand\n")]))
            .unwrap(),
    );
    assert_eq!(fixture.status(), "");
}

#[test]
fn hostile_paths_are_errors_and_write_nothing() {
    let fixture = Fixture::new();
    for path in [
        "../out",
        "/tmp/out",
        ".git/hooks/post-commit",
        "a/.GIT/x",
        "a/../../x",
        "",
    ] {
        let error = fixture
            .repository()
            .commit(&request(&[(path, "x")]))
            .unwrap_err();
        assert!(matches!(error, GitError::Path { .. }), "{path}: {error}");
    }
    let twice = request(&[("a", "1"), ("a", "2")]);
    assert!(fixture.repository().commit(&twice).is_err());
    assert_eq!(fixture.git(&["rev-list", "--count", "HEAD"]), "1\n");
}

#[test]
fn another_git_process_at_work_holds_the_commit() {
    let fixture = Fixture::new();
    let lock = fixture.root().join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    let locked = Obstacle::Locked {
        path: fixture.repository().git_dir().join("index.lock"),
    };
    assert_eq!(
        fixture.repository().obstacle().unwrap(),
        Some(locked.clone())
    );
    assert_eq!(
        fixture.generate(&[("a.py", "1\n")]),
        CommitOutcome::Held(locked)
    );
    assert!(
        lock.exists(),
        "the lock of another process is not ours to remove"
    );
    fs::remove_file(&lock).unwrap();
    committed(fixture.generate(&[("a.py", "1\n")]));
    assert!(!lock.exists());
}

#[test]
fn a_branch_that_another_process_holds_is_waited_for_with_nothing_staged() {
    let fixture = Fixture::new();
    let lock = fixture.root().join(".git/refs/heads/main.lock");
    fs::write(&lock, "").unwrap();
    fixture.write("a.py", "1\n");
    let outcome = fixture
        .repository()
        .commit(&request(&[("a.py", "1\n")]))
        .unwrap();
    assert!(
        matches!(outcome, CommitOutcome::Held(Obstacle::Locked { .. })),
        "{outcome:?}"
    );
    assert!(fixture.status().starts_with("? a.py"));
    fs::remove_file(&lock).unwrap();
    committed(fixture.generate(&[("a.py", "1\n")]));
    assert_eq!(fixture.status(), "");
}

#[test]
fn operations_in_several_steps_hold_the_commit() {
    for (command, obstacle) in [
        (&["merge", "other"][..], Obstacle::Merge),
        (&["rebase", "--merge", "other"], Obstacle::Rebase),
        (&["rebase", "--apply", "other"], Obstacle::Rebase),
        (
            &["rebase", "--interactive", "--exec", "false", "HEAD~1"],
            Obstacle::Rebase,
        ),
        (&["cherry-pick", "other"], Obstacle::CherryPick),
        (&["revert", "HEAD~1", "other"], Obstacle::Revert),
        (&["bisect", "start", "HEAD", "HEAD~1"], Obstacle::Bisect),
    ] {
        let fixture = conflicting();
        let _ = fixture.try_git(command);
        let before = (fixture.status(), fixture.git(&["rev-parse", "HEAD"]));
        assert_eq!(
            fixture.repository().obstacle().unwrap(),
            Some(obstacle.clone()),
            "{command:?}"
        );
        let outcome = fixture
            .repository()
            .commit(&request(&[("a.py", "1\n")]))
            .unwrap();
        assert_eq!(outcome, CommitOutcome::Held(obstacle), "{command:?}");
        assert_eq!(
            (fixture.status(), fixture.git(&["rev-parse", "HEAD"])),
            before
        );
    }
}

#[test]
fn a_sequence_between_two_steps_holds_the_commit() {
    let fixture = conflicting();
    let _ = fixture.try_git(&["cherry-pick", "other", "other~1"]);
    fixture.git(&["checkout", "-q", "--theirs", "edited"]);
    fixture.git(&["commit", "-q", "-a", "-m", "resolved"]);
    assert!(!fixture.root().join(".git/CHERRY_PICK_HEAD").exists());
    assert_eq!(
        fixture.repository().obstacle().unwrap(),
        Some(Obstacle::CherryPick)
    );
}

#[test]
fn conflicts_without_an_operation_hold_the_commit() {
    let fixture = conflicting();
    fixture.write("edited", "stashed\n");
    fixture.git(&["stash", "-q"]);
    fixture.write("edited", "again\n");
    fixture.git(&["commit", "-q", "-a", "-m", "again"]);
    let _ = fixture.try_git(&["stash", "pop"]);
    let outcome = fixture.generate(&[("a.py", "1\n")]);
    assert_eq!(
        outcome,
        CommitOutcome::Held(Obstacle::Unmerged {
            path: "edited".to_owned()
        })
    );
    assert_eq!(
        fixture.repository().obstacle().unwrap(),
        Some(Obstacle::Unmerged {
            path: "edited".to_owned()
        })
    );
}

#[test]
fn a_head_at_no_branch_holds_the_commit() {
    let fixture = Fixture::new();
    fixture.git(&["checkout", "-q", "--detach"]);
    assert_eq!(
        fixture.generate(&[("a", "1")]),
        CommitOutcome::Held(Obstacle::DetachedHead)
    );
    assert_eq!(fixture.repository().branch(), None);
    fixture.git(&["switch", "-q", "main"]);
    fixture.git(&["update-index", "--index-version", "4"]);
    committed(fixture.generate(&[("a", "1")]));
    assert_eq!(fixture.status(), "");
}

#[test]
fn changes_are_not_committed_where_head_is_not_what_they_were_made_of() {
    let fixture = Fixture::new();
    let mut changes = request(&[("a", "1")]);
    changes.base = Some(fixture.repository().position().unwrap());
    fixture.git(&["switch", "-q", "-c", "other"]);
    for _ in 0..2 {
        let outcome = fixture.repository().commit(&changes).unwrap();
        assert_eq!(outcome, CommitOutcome::Held(Obstacle::HeadMoved));
        fixture.git(&["commit", "-q", "--allow-empty", "-m", "moved"]);
    }
    changes.base = Some(fixture.repository().position().unwrap());
    committed(fixture.repository().commit(&changes).unwrap());
}

#[test]
fn a_hook_of_each_step_holds_the_commit_wherever_hooks_are() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new();
    for (folder, name) in [
        (".git/hooks", "reference-transaction"),
        ("tools/hooks", "post-index-change"),
    ] {
        fixture.git(&["config", "core.hooksPath", folder]);
        let hook = fixture.root().join(folder).join(name);
        fixture.write(&format!("{folder}/{name}"), "#!/bin/sh\nexit 1\n");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(
            fixture.repository().obstacle().unwrap(),
            None,
            "git runs executable hooks only"
        );
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        let obstacle = fixture.repository().obstacle().unwrap();
        assert!(
            matches!(obstacle, Some(Obstacle::Hook { path }) if path.ends_with(format!("{folder}/{name}")))
        );
    }
}

#[test]
fn an_identity_is_needed_and_can_be_set_without_touching_the_rest() {
    let fixture = Fixture::new();
    for key in ["user.name", "user.email"] {
        fixture.git(&["config", "--unset", key]);
    }
    fixture.git(&["config", "core.comment", "kept # as it is"]);
    let repository = fixture.repository();
    // Where the machine that runs this has an identity of its own there is nothing to be seen.
    if repository.identity().is_none() {
        assert_eq!(
            fixture.generate(&[("a", "1")]),
            CommitOutcome::Held(Obstacle::NoIdentity)
        );
    }
    repository
        .set_local_identity("Grace", "grace@example.org")
        .unwrap();
    assert_eq!(
        repository.identity().as_deref(),
        Some("Grace <grace@example.org>")
    );
    assert_eq!(
        fixture.git(&["config", "core.comment"]),
        "kept # as it is\n"
    );
    committed(fixture.generate(&[("a", "1")]));
    assert_eq!(
        fixture.git(&["log", "-1", "--format=%an <%ae>|%cn"]),
        "Grace <grace@example.org>|Grace\n"
    );
}

#[test]
fn storage_that_only_git_writes_holds_the_commit() {
    let fixture = Fixture::new();
    fixture.git(&[
        "sparse-checkout",
        "set",
        "--cone",
        "--sparse-index",
        "nothing",
    ]);
    let outcome = fixture.generate(&[("a", "1")]);
    assert!(
        matches!(outcome, CommitOutcome::Held(Obstacle::Storage { .. })),
        "{outcome:?}"
    );
    // Not every git can make one, so a repository is made to look like it.
    let fixture = Fixture::new();
    fixture.git(&["config", "core.repositoryFormatVersion", "1"]);
    fixture.git(&["config", "extensions.refStorage", "reftable"]);
    fixture.write(".git/HEAD", "ref: refs/heads/.invalid\n");
    let repository = fixture.repository();
    let obstacle = repository.obstacle().unwrap();
    assert!(
        matches!(obstacle, Some(Obstacle::Storage { .. })),
        "{obstacle:?}"
    );
}

#[test]
fn a_submodule_is_never_entered() {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "part"]);
    let who = ["-C", "part", "-c", "user.name=A", "-c", "user.email=a@b"];
    fixture.git(&[&who[..], &["commit", "-q", "--allow-empty", "-m", "x"]].concat());
    fixture.git(&["add", "part"]);
    fixture.git(&["commit", "-q", "-m", "part"]);
    let outcome = fixture
        .repository()
        .commit(&request(&[("part/a.py", "1")]))
        .unwrap();
    assert_eq!(
        outcome,
        CommitOutcome::Held(Obstacle::Occupied {
            path: "part".to_owned()
        })
    );
}
