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

/// A filter that goes on from file to file, in the words that git has for it.
const GOES_ON: &str = r#"
import sys
i, o = sys.stdin.buffer, sys.stdout.buffer
def line():
    size = int(i.read(4) or b"0", 16)
    return i.read(size - 4) if size else None
def lines():
    return list(iter(line, None))
def put(*lines):
    for line in lines:
        o.write(b"%04x" % (len(line) + 4) + line)
    o.write(b"0000")
    o.flush()
lines(), put(b"git-filter-server\n", b"version=2\n")
lines(), put(b"capability=" + sys.argv[1].encode() + b"\n")
while lines():
    text = b"".join(lines())
    if b"refuse" in text:
        put(b"status=error\n")
    else:
        put(b"status=success\n"), put(text.upper()), put()
"#;

/// A repository in which a filter is configured, alone and with other conversions, where its program can be run.
fn filtered(settings: &[(&str, &str)]) -> Option<Fixture> {
    let has_python = std::process::Command::new("python3").arg("-V").output();
    if has_python.is_err() && settings.iter().any(|(_, value)| value.contains("python3")) {
        return None;
    }
    let fixture = Fixture::new();
    fixture.write(".git/goes_on.py", GOES_ON);
    fixture.write(
        ".git/info/attributes",
        "*.[xyz] filter=it\n*.y ident eol=crlf\n*.z working-tree-encoding=ISO-8859-1\n",
    );
    for (key, value) in settings {
        fixture.git(&["config", &format!("filter.it.{key}"), value]);
    }
    Some(fixture)
}

#[test]
fn each_way_to_configure_a_filter_stores_what_git_add_would_store() {
    for settings in [
        &[("clean", "tr a-z A-Z"), ("required", "true")][..],
        &[("clean", "printf '%%s|' %f %n; cat")],
        &[("clean", "echo 'a word' >&2; echo whatever comes in")],
        &[("clean", "")],
        &[("smudge", "cat")],
        &[
            ("process", "python3 .git/goes_on.py clean"),
            ("clean", "false"),
        ],
        &[
            ("process", "python3 .git/goes_on.py smudge"),
            ("clean", "false"),
        ],
        &[("process", ""), ("clean", "false")],
    ] {
        let Some(fixture) = filtered(settings) else {
            continue;
        };
        let files = [
            ("of ours!/it's.x", "one\n"),
            ("lines.y", "é\0\r\n$Id: 0$\n"),
            ("words.z", "é\r\n"),
            ("plain", "é\r\n"),
        ];
        committed(fixture.generate(&files));
        for (path, _) in files {
            let wanted = fixture.git(&["hash-object", path]);
            let stored = fixture.git(&["rev-parse", &format!("HEAD:{path}")]);
            assert_eq!(stored, wanted, "{path}: {settings:?}");
        }
        assert_eq!(fixture.status(), "", "{settings:?}");
    }
}

#[test]
fn a_filter_that_does_not_make_all_of_a_file_holds_the_commit() {
    for (settings, told) in [
        (
            &[("clean", "cat; echo broken >&2; exit 1")][..],
            "it: broken",
        ),
        (&[("clean", "no-such-program")], "no-such-program"),
        (&[("clean", ""), ("required", "true")], "required"),
        (&[("process", ""), ("required", "true")], "required"),
        (&[("process", "python3 .git/goes_on.py clean")], "error"),
        (&[("process", "true")], "handshake"),
    ] {
        let Some(fixture) = filtered(settings) else {
            continue;
        };
        let before = fixture.git(&["rev-parse", "HEAD"]);
        let outcome = fixture.generate(&[("a.x", "refuse\n")]);
        assert!(
            matches!(&outcome, CommitOutcome::Held(Obstacle::Filter { path, reason })
                if path == "a.x" && reason.contains(told)),
            "{settings:?}: {outcome:?}"
        );
        assert_eq!(fixture.git(&["rev-parse", "HEAD"]), before);
    }
}
