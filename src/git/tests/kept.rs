//! What a commit keeps: the user's work, and its own word.

use std::fs;

use super::super::testing::{Fixture, committed, request};
use super::super::*;
use crate::world::World as _;

#[test]
fn a_commit_leaves_the_users_staged_edited_and_untracked_work_as_it_is() {
    let fixture = Fixture::new();
    fixture.write("staged", "staged\n");
    fixture.git(&["add", "staged"]);
    fixture.write("staged", "staged, then edited\n");
    fixture.write("edited", "one\nTWO\n");
    fixture.write("untracked", "untracked\n");
    fixture.git(&["rm", "-q", "--cached", "kept"]);
    let (status, staged, edited) = (
        fixture.status(),
        fixture.git(&["diff", "--cached"]),
        fixture.git(&["diff", "edited", "staged"]),
    );

    let id = committed(fixture.generate(&[("train.py", "print(1)\n"), ("deep/er/file", "x\n")]));

    assert_eq!(fixture.status(), status);
    assert_eq!(fixture.git(&["diff", "--cached"]), staged);
    assert_eq!(fixture.git(&["diff", "edited", "staged"]), edited);
    assert_eq!(fixture.read("staged"), "staged, then edited\n");
    let changed = fixture.git(&["show", "--name-status", "--format=%H %s|%an|%ae", "HEAD"]);
    assert_eq!(
        changed,
        format!("{id} generate|Ada|ada@example.org\n\nA\tdeep/er/file\nA\ttrain.py\n")
    );
}

#[test]
fn flags_of_other_entries_survive() {
    let fixture = Fixture::new();
    fixture.write("intended", "later\n");
    fixture.git(&["add", "--intent-to-add", "intended"]);
    fixture.git(&["update-index", "--skip-worktree", "kept"]);
    fixture.git(&["update-index", "--assume-unchanged", "edited"]);
    let (before, status) = (
        fixture.git(&["ls-files", "-v", "--stage"]),
        fixture.status(),
    );
    committed(fixture.generate(&[("zz.py", "x\n")]));
    let after = fixture.git(&["ls-files", "-v", "--stage"]);
    assert!(after.starts_with(&before), "{before}\n{after}");
    assert_eq!(fixture.status(), status);
}

#[test]
fn an_edit_during_the_commit_does_not_hide() {
    let fixture = Fixture::new();
    committed(fixture.generate(&[("a.py", "1\n")]));
    fixture.write("a.py", "edited while committing\n");
    let request = request(&[("a.py", "2\n")]);
    committed(fixture.repository().commit(&request).unwrap());
    assert!(fixture.status().contains(" .M "), "the edit shows");
    assert_eq!(fixture.git(&["show", "HEAD:a.py"]), "2\n");
    fixture.write("a.py", "2\n");
    assert_eq!(fixture.status(), "");
}

#[test]
fn a_file_that_is_not_as_committed_shows_even_if_it_was_not_touched_since() {
    let fixture = Fixture::new();
    committed(fixture.generate(&[("a.py", "1\n")]));
    let file = fs::File::options()
        .write(true)
        .open(fixture.root().join("a.py"))
        .unwrap();
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_hours(24))
        .unwrap();
    fixture.git(&["update-index", "--refresh"]);
    committed(
        fixture
            .repository()
            .commit(&request(&[("a.py", "2\n")]))
            .unwrap(),
    );
    assert!(fixture.status().contains(" .M "));
}

#[test]
fn the_users_next_commit_keeps_ours() {
    let fixture = Fixture::new();
    committed(fixture.generate(&[("models/churn.yaml", "n: 250\n")]));
    fixture.write("kept", "by hand\n");
    fixture.git(&["add", "kept"]);
    fixture.git(&["commit", "-q", "-m", "by hand"]);
    assert_eq!(fixture.git(&["show", "HEAD:models/churn.yaml"]), "n: 250\n");
    assert_eq!(
        fixture.git(&["show", "--format=", "--name-only", "HEAD"]),
        "kept\n"
    );
}

#[test]
fn what_is_committed_already_makes_no_commit() {
    let fixture = Fixture::new();
    committed(fixture.generate(&[("a.py", "1\n")]));
    let head = fixture.git(&["rev-parse", "HEAD"]);
    assert_eq!(
        fixture.generate(&[("a.py", "1\n")]),
        CommitOutcome::Unchanged
    );
    assert_eq!(
        fixture
            .repository()
            .commit(&CommitRequest::default())
            .unwrap(),
        CommitOutcome::Unchanged
    );
    assert_eq!(fixture.git(&["rev-parse", "HEAD"]), head);
}

#[test]
fn the_first_commit_of_a_repository_can_be_ours() {
    let fixture = Fixture::unborn();
    fixture.write("mine", "mine\n");
    fixture.git(&["add", "mine"]);
    let repository = fixture.repository();
    assert_eq!(
        (repository.head().unwrap(), repository.branch().as_deref()),
        (None, Some("main"))
    );
    let CommitOutcome::Committed {
        id,
        short,
        parent: None,
    } = fixture.generate(&[("a.py", "1\n")])
    else {
        panic!("no first commit");
    };
    assert_eq!(repository.head().unwrap(), Some(id.clone()));
    assert!(id.starts_with(&short) && short.len() == 7);
    assert_eq!(
        fixture.git(&["ls-tree", "-r", "--name-only", "HEAD"]),
        "a.py\n"
    );
    assert!(
        fixture.status().starts_with("1 A. "),
        "the user's file is still staged"
    );
}

#[test]
fn removed_files_leave_the_tree_and_the_index() {
    let fixture = Fixture::new();
    committed(fixture.generate(&[("out/a.py", "1\n"), ("out/b.py", "1\n")]));
    fs::remove_dir_all(fixture.root().join("out")).unwrap();
    let gone = |path: &str| Change {
        path: path.to_owned(),
        content: None,
    };
    let changes = vec![gone("out/a.py"), gone("out/b.py"), gone("never/was")];
    let request = CommitRequest {
        changes,
        message: "remove".into(),
        base: None,
        target: Target::Head,
    };
    committed(fixture.repository().commit(&request).unwrap());
    assert_eq!(fixture.status(), "");
    assert_eq!(
        fixture.git(&["ls-tree", "--name-only", "HEAD"]),
        "edited\nkept\nmodels\n"
    );
}

#[test]
fn a_path_that_is_to_be_added_becomes_an_ordinary_one() {
    let fixture = Fixture::new();
    fixture.write("a.py", "1\n");
    fixture.git(&["add", "--intent-to-add", "a.py"]);
    committed(fixture.generate(&[("a.py", "1\n")]));
    assert_eq!(fixture.status(), "");
}

#[test]
fn modes_are_kept_and_new_scripts_are_executable() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new();
    let script = fixture.root().join("run.sh");
    fixture.write("run.sh", "1\n");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    committed(fixture.generate(&[("run.sh", "1\n"), ("a.py", "1\n")]));
    committed(fixture.generate(&[("run.sh", "2\n"), ("a.py", "2\n")]));
    assert_eq!(fixture.status(), "");
    let tree = fixture.git(&[
        "ls-tree",
        "--format=%(objectmode) %(path)",
        "HEAD",
        "run.sh",
        "a.py",
    ]);
    assert_eq!(tree, "100644 a.py\n100755 run.sh\n");
}

#[test]
fn blobs_are_what_git_add_would_store() {
    let fixture = Fixture::new();
    fixture.write(
        ".gitattributes",
        "*.txt text eol=crlf\n*.id ident\n*.u16 working-tree-encoding=UTF-16LE\n",
    );
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-q", "-m", "attributes"]);
    committed(fixture.generate(&[
        ("a.txt", "1\r\n2\r\n"),
        ("a.id", "$Id: 0123 $\n"),
        ("a.u16", "x\0\n\0"),
    ]));
    assert_eq!(fixture.status(), "");
    assert_eq!(fixture.git(&["show", "HEAD:a.txt"]), "1\n2\n");
    assert_eq!(fixture.git(&["show", "HEAD:a.id"]), "$Id$\n");
    assert_eq!(fixture.git(&["show", "HEAD:a.u16"]), "x\n");
}

#[test]
fn changes_left_staged_by_a_crash_are_committed_by_the_next_attempt() {
    let fixture = Fixture::new();
    fixture.write("a.py", "1\n");
    fixture.git(&["add", "a.py"]);
    committed(fixture.generate(&[("a.py", "1\n")]));
    assert_eq!(fixture.status(), "");
}

#[test]
fn the_user_and_the_program_can_commit_at_the_same_time() {
    let fixture = Fixture::new();
    let until = |mut done: Box<dyn FnMut() -> bool + '_>| {
        let tries = (0..1000).take_while(|_| !done()).count();
        assert!(tries < 1000, "one side never got its turn");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..10 {
                let name = format!("user{number}");
                fixture.write(&name, "by hand\n");
                until(Box::new(|| fixture.try_git(&["add", &name]).0));
                until(Box::new(|| {
                    let done = fixture.try_git(&["commit", "-q", "-m", "by hand"]).0;
                    // What the watch does long before a person tries again.
                    fixture.repository().settle().unwrap();
                    done
                }));
            }
        });
        for number in 0..10 {
            let name = format!("ours{number}");
            let files = [(name.as_str(), "generated\n")];
            until(Box::new(|| {
                // Unchanged where the user's commit came between our index and our branch, and has it all.
                matches!(
                    fixture.generate(&files),
                    CommitOutcome::Committed { .. } | CommitOutcome::Unchanged
                )
            }));
        }
    });
    assert_eq!(fixture.status(), "");
    assert_eq!(fixture.git(&["ls-files"]).lines().count(), 3 + 20);
    assert_eq!(
        fixture.git(&["log", "--diff-filter=DM", "--format=%s", "--name-status"]),
        ""
    );
}

#[test]
fn an_index_that_a_commit_of_the_user_wrote_back_does_not_revert_ours() {
    let fixture = Fixture::new();
    let index = fixture.root().join(".git/index");
    let race = |content: &str| {
        // `git commit` reads the index, we commit, it writes what it has read, and is refused.
        let read = fs::read(&index).unwrap();
        committed(fixture.generate(&[("models/churn.yaml", content), (content, "new\n")]));
        fs::write(&index, read).unwrap();
    };
    fixture.write("edited", "staged\n");
    fixture.git(&["add", "edited"]);
    let status = fixture.status();
    race("new1");
    assert_ne!(fixture.status(), status);
    assert_eq!(
        fixture.repository().settle().unwrap(),
        ["models/churn.yaml", "new1"]
    );
    assert_eq!(fixture.status(), status);
    assert!(fixture.repository().settle().unwrap().is_empty());

    race("new2");
    committed(fixture.generate(&[("other", "1")]));
    assert_eq!(
        fixture.status(),
        status,
        "the next commit of ours settles as well"
    );
}

#[test]
fn what_the_user_takes_back_by_hand_stays_taken_back() {
    let fixture = Fixture::new();
    committed(fixture.generate(&[("models/churn.yaml", "n: 1\n"), ("a.py", "1\n")]));
    fixture.write("models/churn.yaml", "n: 100\n");
    fixture.write("a.py", "by hand\n");
    fixture.git(&["add", "."]);
    let status = fixture.status();
    assert!(fixture.repository().settle().unwrap().is_empty());
    assert_eq!(fixture.status(), status);
}

#[test]
fn an_object_that_is_damaged_is_written_again() {
    let fixture = Fixture::new();
    for damage in ["", "not an object"] {
        let content = format!("{damage}.\n");
        fixture.write("a.py", &content);
        let id = fixture.git(&["hash-object", "-w", "a.py"]);
        let file = fixture
            .root()
            .join(".git/objects")
            .join(&id[..2])
            .join(id[2..].trim());
        fs::remove_file(&file).unwrap();
        fs::write(&file, damage).unwrap();
        committed(fixture.generate(&[("a.py", &content)]));
        assert_eq!(fixture.status(), "");
        assert_eq!(fixture.git(&["show", "HEAD:a.py"]), content);
    }
}

#[test]
fn both_reflogs_tell_of_the_commit() {
    let fixture = Fixture::new();
    committed(fixture.generate(&[("a", "1")]));
    for reference in ["HEAD", "main"] {
        let reflog = fixture.git(&["reflog", "-1", "--format=%gs", reference]);
        assert_eq!(reflog, "commit: generate\n");
    }
}

#[test]
fn a_linked_work_tree_commits_on_its_own_branch() {
    let fixture = Fixture::new();
    fixture.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
    let folder = fixture.root().parent().unwrap().join("side");
    let repository = Repository::discover(&folder.join("models"))
        .unwrap()
        .unwrap();
    assert_eq!(
        repository.prefix_of(&folder.join("models")).unwrap(),
        "models"
    );
    assert_eq!(repository.branch().as_deref(), Some("side"));
    let main = fixture.git(&["rev-parse", "main"]);
    let id = committed(repository.commit(&request(&[("a.py", "1\n")])).unwrap());
    assert_eq!(fixture.git(&["rev-parse", "side"]).trim(), id);
    assert_eq!(fixture.git(&["rev-parse", "main"]), main);
    assert_eq!(fixture.status(), "");
}

#[test]
fn a_split_index_becomes_a_whole_one() {
    let fixture = Fixture::new();
    fixture.git(&["update-index", "--split-index"]);
    fixture.write("kept", "staged\n");
    fixture.git(&["add", "kept"]);
    let status = fixture.status();
    committed(fixture.generate(&[("a", "1")]));
    assert_eq!(fixture.status(), status);
}

#[test]
fn a_sha256_repository_is_like_any_other() {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main", "--object-format=sha256", "long"]);
    let repository = Repository::discover(&fixture.root().join("long"))
        .unwrap()
        .unwrap();
    repository
        .set_local_identity("Ada", "ada@example.org")
        .unwrap();
    let id = committed(repository.commit(&request(&[("a", "1")])).unwrap());
    assert_eq!(id.len(), 64);
    assert_eq!(fixture.git(&["-C", "long", "show", "HEAD:a"]), "1");
}

#[test]
fn commits_one_after_the_other_are_sound_whatever_git_removes_in_between() {
    let fixture = Fixture::new();
    let repository = fixture.repository();
    for round in 0..60 {
        let text = round.to_string();
        // The same trees come again, some of which git has removed by then.
        let path = format!("deep/{}/file", round % 4);
        let files = [(&*path, &*text), ("other/file", "same\n"), ("last", &text)];
        committed(fixture.generate_by(&repository, &files));
        if round % 20 == 15 {
            fixture.git(&["reset", "-q", "--hard", "HEAD~3"]);
            fixture.git(&["reflog", "expire", "--expire=now", "--all"]);
            fixture.git(&["gc", "-q", "--prune=now"]);
        }
        if round % 20 > 14 {
            assert_eq!(fixture.status(), "");
        }
    }
    // As many packs as a repository that is opened leaves room for unless it looks.
    let head = repository.head().unwrap().unwrap();
    let world = CommitWorld::open(&repository, &head, "").unwrap();
    assert_eq!(&*world.read("last").unwrap().unwrap(), b"59");
    let commits = fixture.git(&["rev-list", "--count", "HEAD"]);
    assert_eq!(commits.trim(), "52");
}

#[test]
fn what_is_made_ready_becomes_the_index_where_nobody_else_changed_it() {
    use std::os::unix::fs::MetadataExt;

    let fixture = Fixture::new();
    let [index, next] =
        ["index", "mlopsgen/index.next"].map(|n| fixture.root().join(".git").join(n));
    let of = |path: &std::path::Path| path.metadata().map(|data| data.ino()).ok();
    let other = fixture.repository();
    let repository = fixture.repository();
    for round in 0..24 {
        let text = round.to_string();
        // The first round brings a file, and so the entries are others.
        let files = [("deep/file", &*text), ("last", &*text)];
        committed(fixture.generate_by(&repository, &files));
        assert!(!next.exists());
        repository.make_ready().unwrap();
        let ready = of(&next);
        assert!(ready.is_some());
        let is_taken = match round % 6 {
            1 => {
                let staged = format!("staged{round}");
                fixture.write(&staged, "1\n");
                fixture.git(&["add", &staged]);
                fixture.git(&["commit", "-q", "-m", "by hand"]);
                false
            }
            2 => {
                committed(fixture.generate_by(&other, &[("kept", &text)]));
                false
            }
            3 => {
                fs::remove_file(&next).unwrap();
                fs::write(&next, "somebody else's").unwrap();
                false
            }
            4 => {
                let new = format!("new{round}");
                committed(fixture.generate_by(&repository, &[(&*new, "1")]));
                false
            }
            _ => true,
        };
        committed(fixture.generate_by(&repository, &[("last", "again")]));
        assert_eq!(of(&index) == ready, is_taken, "{round}");
        assert_eq!(fixture.status(), "");
        // The tree of the index is that of the commit.
        let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
        assert_eq!(fixture.git(&["write-tree"]), tree);
    }
    committed(fixture.generate_by(&repository, &[("last", "end")]));
    repository.make_ready().unwrap();
    assert!(next.exists());
    drop(repository);
    assert!(!next.exists(), "it goes with what made it");

    // One whose process died.
    fs::write(&next, "half").unwrap();
    committed(fixture.generate(&[("last", "more")]));
    assert!(!next.exists());
    assert_eq!(fixture.status(), "");
}
