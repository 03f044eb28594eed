//! What git does of a commit of ours: hooks, filters, signatures.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::super::testing::{Fixture, committed};
use super::super::*;

/// Writes a program of a shell and returns where it is.
fn script(fixture: &Fixture, path: &str, text: &str) -> String {
    fixture.write(path, &format!("#!/bin/sh\n{text}\n"));
    let path = fixture.root().join(path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

fn hook(fixture: &Fixture, name: &str, text: &str) {
    script(fixture, &format!(".git/hooks/{name}"), text);
}

#[test]
fn hooks_see_what_is_committed_and_have_their_say_about_the_message() {
    let fixture = Fixture::new();
    fixture.write("mine", "mine\n");
    fixture.git(&["add", "mine"]);
    let log = ">> .git/log";
    hook(
        &fixture,
        "pre-commit",
        &format!("git diff --cached --name-only {log}"),
    );
    hook(
        &fixture,
        "prepare-commit-msg",
        &format!("echo $2 $# {log}; echo 'Ticket: 7' >> \"$1\""),
    );
    hook(&fixture, "commit-msg", &format!("cat \"$1\" {log}"));
    hook(
        &fixture,
        "post-commit",
        &format!("git log -1 --format=%an {log}; exit 1"),
    );
    committed(fixture.generate(&[("a.py", "1\n")]));
    assert_eq!(
        fixture.read(".git/log"),
        "a.py\nmessage 2\ngenerate\nTicket: 7\nAda\n"
    );
    assert_eq!(
        fixture.git(&["log", "-1", "--format=%B"]),
        "generate\nTicket: 7\n\n"
    );
    assert!(
        fixture.status().starts_with("1 A. "),
        "what is staged stays staged"
    );
    assert_eq!(
        fixture.git(&["show", "--format=", "--name-only", "HEAD"]),
        "a.py\n"
    );
}

#[test]
fn a_hook_that_refuses_holds_the_commit_and_changes_nothing() {
    let fixture = Fixture::new();
    for name in ["pre-commit", "prepare-commit-msg", "commit-msg"] {
        hook(&fixture, name, "echo; echo 'no ticket' >&2; exit 3");
        fixture.write("a.py", "1\n");
        let before = (fixture.status(), fixture.git(&["rev-parse", "HEAD"]));
        assert_eq!(
            fixture.generate(&[("a.py", "1\n")]),
            CommitOutcome::Held(Obstacle::HookRefused {
                name: name.to_owned(),
                reason: "no ticket".to_owned(),
            })
        );
        assert_eq!(
            (fixture.status(), fixture.git(&["rev-parse", "HEAD"])),
            before
        );
        hook(&fixture, name, "exit 0");
    }
    committed(fixture.generate(&[("a.py", "1\n")]));
    assert_eq!(fixture.status(), "");
}

#[test]
fn a_hook_that_stages_something_else_holds_the_commit() {
    let fixture = Fixture::new();
    hook(
        &fixture,
        "pre-commit",
        "echo formatted >> a.py; git add a.py",
    );
    let name = "pre-commit".to_owned();
    assert_eq!(
        fixture.generate(&[("a.py", "1\n")]),
        CommitOutcome::Held(Obstacle::HookChanged { name })
    );
    assert_eq!(fixture.git(&["diff", "--cached", "--name-only"]), "");
}

#[test]
fn a_filter_makes_of_a_file_what_git_add_would_store() {
    let fixture = Fixture::new();
    fixture.write(
        ".gitattributes",
        "*.bin filter=upper\n*.txt filter=unknown\n*.no filter=broken\n",
    );
    fixture.git(&["config", "filter.upper.clean", "tr a-z A-Z"]);
    fixture.git(&["config", "filter.upper.smudge", "tr A-Z a-z"]);
    fixture.git(&["config", "filter.broken.clean", "false"]);
    fixture.git(&["config", "filter.broken.required", "true"]);
    committed(fixture.generate(&[("a.bin", "x\n"), ("a.txt", "x\n")]));
    assert_eq!(fixture.git(&["show", "HEAD:a.bin"]), "X\n");
    assert_eq!(fixture.git(&["show", "HEAD:a.txt"]), "x\n");
    fixture.git(&["add", ".gitattributes"]);
    fixture.git(&["commit", "-q", "-m", "attributes"]);
    assert_eq!(fixture.status(), "");
    let outcome = fixture.generate(&[("a.no", "x")]);
    assert!(
        matches!(&outcome, CommitOutcome::Held(Obstacle::Filter { path, .. }) if path == "a.no"),
        "{outcome:?}"
    );
}

#[test]
fn a_commit_is_signed_or_held() {
    let fixture = Fixture::new();
    fixture.git(&["config", "commit.gpgSign", "true"]);
    fixture.git(&["config", "user.signingKey", "nobody"]);
    let broken = script(&fixture, ".git/broken", "echo 'no secret key' >&2; exit 2");
    fixture.git(&["config", "gpg.program", &broken]);
    let outcome = fixture.generate(&[("a", "1\n")]);
    assert!(
        matches!(&outcome, CommitOutcome::Held(Obstacle::Unsigned { reason }) if reason.contains("gpg")
            || reason.contains("no secret key")),
        "{outcome:?}"
    );
    assert!(fixture.status().starts_with("? a"));
    let signs = "cat >/dev/null; echo '[GNUPG:] SIG_CREATED x' >&2\n\
        printf -- '-----BEGIN PGP SIGNATURE-----\\nx\\n-----END PGP SIGNATURE-----\\n'";
    let works = script(&fixture, ".git/works", signs);
    fixture.git(&["config", "gpg.program", &works]);
    committed(fixture.generate(&[("a", "1\n")]));
    assert!(
        fixture
            .git(&["cat-file", "commit", "HEAD"])
            .contains("\ngpgsig -----BEGIN")
    );
    assert_eq!(fixture.status(), "");
}
