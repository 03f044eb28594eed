//! States of a repository: in each, a watch that runs over a save does the right thing, disturbs nothing of the user's, and
//! goes on by itself once it can.
//!
//! A few of them are part of every run; `MLOPSGEN_TORTURE=all` takes all.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::project::TestProject;
use crate::watch::Watching;

/// What is right in a state.
enum Right {
    /// What was generated is committed.
    Committed,
    /// It is written and not committed, for a reason that has this text; it is once a script of a shell was run.
    Held(&'static str, &'static str),
}

use Right::{Committed, Held};

struct State {
    name: &'static str,
    /// Makes the state, in the workspace of [`TestProject::small`].
    setup: &'static str,
    /// Where the workspace is then.
    folder: &'static str,
    right: Right,
}

const fn state(name: &'static str, setup: &'static str, right: Right) -> State {
    State {
        name,
        setup,
        folder: ".",
        right,
    }
}

/// Two branches that differ in a line of a file of the user's, with some more commits on each.
const BRANCHES: &str = "
    echo a > notes; git add notes; git commit -qm notes; git switch -qc side
    echo b > notes; git commit -qam b; echo 1 > other; git add other; git commit -qm other
    git switch -q main; echo c > notes; git commit -qam c; echo 2 > third; git add third; git commit -qm third;
";
/// The conflict in that line is resolved.
const RESOLVED: &str = "echo both > notes; git add notes; ";
/// Git does not go on over changes that are not committed: they are put aside.
const ASIDE: &str = "git stash -q -- models out .mlopsgen; ";
/// And taken out again; git refuses while the watch, which goes on at once, has written and not yet committed.
const BACK: &str = "git stash pop -q || { sleep 2; git stash pop -q; }";

const STATES: &[State] = &[
    state("a branch", "true", Committed),
    state(
        "a merge with a conflict",
        "git merge -q side || true",
        Held("a merge is in progress", "RESOLVED git commit -qm merged"),
    ),
    state(
        "a merge before its commit",
        "git merge -q --no-commit -X ours side",
        Held("a merge is in progress", "git commit -qm merged"),
    ),
    state(
        "a rebase",
        "git rebase -q --merge side || true",
        Held(
            "a rebase is in progress",
            "RESOLVED ASIDE git rebase --continue; BACK",
        ),
    ),
    state(
        "a rebase by patches",
        "git rebase -q --apply side || true",
        Held(
            "a rebase is in progress",
            "RESOLVED ASIDE git rebase --continue; BACK",
        ),
    ),
    state(
        "a rebase that stops for an edit",
        "GIT_SEQUENCE_EDITOR='sed -i s/^pick/edit/' git rebase -qi HEAD~2",
        Held(
            "a rebase is in progress",
            "ASIDE git rebase --continue; git rebase --continue; BACK",
        ),
    ),
    state(
        "a rebase whose command failed",
        "git rebase -q -x false HEAD~1 || true",
        Held(
            "a rebase is in progress",
            "ASIDE git rebase --continue; BACK",
        ),
    ),
    state(
        "a cherry-pick",
        "git cherry-pick side~1 || true",
        Held(
            "a cherry-pick is in progress",
            "RESOLVED git cherry-pick --continue",
        ),
    ),
    state(
        "a cherry-pick between two steps",
        "git cherry-pick side~1 side || true; RESOLVED git commit -qm step",
        Held(
            "a cherry-pick is in progress",
            "ASIDE git cherry-pick --continue; BACK",
        ),
    ),
    state(
        "a revert",
        "git revert --no-edit HEAD~2 || true",
        Held("a revert is in progress", "RESOLVED git revert --continue"),
    ),
    state(
        "a revert between two steps",
        "git revert --no-edit HEAD~2 HEAD || true; RESOLVED git commit -qm step",
        Held(
            "a revert is in progress",
            "ASIDE git revert --continue; BACK",
        ),
    ),
    state(
        "a bisection",
        "git bisect start -q HEAD HEAD~3",
        Held("a bisection is in progress", "git bisect reset"),
    ),
    state(
        "patches that are applied",
        "git format-patch -q -1 side~1 --stdout > ../patch; git am -q3 ../patch || true",
        Held("patches are being applied", "RESOLVED git am --continue"),
    ),
    state(
        "an index that is locked",
        "touch .git/index.lock",
        Held("another process holds", "rm .git/index.lock"),
    ),
    state(
        "a branch that is locked",
        "touch .git/refs/heads/main.lock",
        Held("another process holds", "rm .git/refs/heads/main.lock"),
    ),
    state(
        "a HEAD that is locked",
        "touch .git/HEAD.lock",
        Held("another process holds", "rm .git/HEAD.lock"),
    ),
    state(
        "a HEAD at no branch",
        "git switch -q --detach",
        Held("HEAD is at no branch", "git switch -q main"),
    ),
    state(
        "an input that is staged",
        "sed -i 's/price: 3/price: 5/' models/corner.yaml; git add models; sed -i 's/price: 5/price: 6/' models/corner.yaml",
        Held(
            "you have staged other content of",
            "git restore --staged models",
        ),
    ),
    state(
        "an artifact that is staged",
        "echo '# mine' >> out/corner.yaml; git add out; git restore --source HEAD out",
        Held(
            "you have staged other content of",
            "git restore --staged out",
        ),
    ),
    state(
        "conflicts without an operation",
        "echo mine > notes; git stash -q; git switch -q side; BACK || true",
        Held("has unresolved conflicts", "RESOLVED git commit -qm both"),
    ),
    state(
        "references in a table",
        "rm -rf .git; git init -q -b main --ref-format=reftable; git add -A; git commit -qm all",
        Held(
            "the repository uses the reference format reftable",
            "rm -rf .git; git init -q -b main; git add -A -- . ':!models' ':!out' ':!.mlopsgen'; git commit -qm all",
        ),
    ),
    state(
        "a sparse index",
        "mkdir far; echo 1 > far/file; git add far; git commit -qm far; git sparse-checkout set --cone --sparse-index models out .mlopsgen",
        Held(
            "the repository uses a sparse index",
            "git sparse-checkout disable",
        ),
    ),
    state(
        "a sparse work tree",
        "mkdir far; echo 1 > far/file; git add far; git commit -qm far; git sparse-checkout set --no-cone '/*' '!/far'",
        Committed,
    ),
    state(
        "a submodule where artifacts belong",
        "git rm -qr out; rm -rf out; git init -q -b main ../sub; git -C ../sub commit -q --allow-empty -m sub; git -c protocol.file.allow=always submodule --quiet add ../sub out; git commit -qm sub",
        Held(
            "is no regular file for git",
            "git rm -qf out; git commit -qm gone; mkdir -p out",
        ),
    ),
    state(
        "a hook that refuses",
        "printf '#!/bin/sh\\necho no >&2; exit 1\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit",
        Held(
            "the hook pre-commit refuses the commit: no",
            "rm .git/hooks/pre-commit",
        ),
    ),
    state(
        "a hook that agrees",
        "printf '#!/bin/sh\\nexit 0\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit",
        Committed,
    ),
    state(
        "a hook of each step",
        "printf '#!/bin/sh\\nexit 0\\n' > .git/hooks/reference-transaction; chmod +x .git/hooks/reference-transaction",
        Held("would be bypassed", "rm .git/hooks/reference-transaction"),
    ),
    state(
        "a key for signatures that is not there",
        "git config commit.gpgSign true; git config gpg.format ssh; git config user.signingKey /nowhere",
        Held(
            "the commit cannot be signed",
            "git config --unset commit.gpgSign",
        ),
    ),
    state(
        "signatures",
        "ssh-keygen -q -t ed25519 -N '' -f ../key; git config commit.gpgSign true; git config gpg.format ssh; git config user.signingKey $PWD/../key.pub",
        Committed,
    ),
    state(
        "a filter",
        "git config filter.same.clean cat; git config filter.same.required true; echo '*.py filter=same' > .gitattributes",
        Committed,
    ),
    state(
        "a filter that fails",
        "git config filter.bad.clean false; git config filter.bad.required true; echo '*.yaml filter=bad' > .gitattributes; git -c filter.bad.clean=cat add -A; git -c filter.bad.clean=cat commit -qm bad",
        Held("goes through a filter", "git config filter.bad.clean cat"),
    ),
    state(
        "line ends and $Id$",
        "printf '*.yaml eol=crlf\\n*.py ident\\n' > .gitattributes; git add -A; git commit -qm attributes",
        Committed,
    ),
    state(
        "artifacts that are ignored",
        "git rm -qr --cached out; echo out/ > .gitignore; git add .gitignore; git commit -qm ignored",
        Committed,
    ),
    state(
        "no commit yet",
        "rm -rf .git; git init -q -b main",
        Committed,
    ),
    state(
        "an index in two parts",
        "git update-index --split-index",
        Committed,
    ),
    state(
        "a cache of files that are not tracked",
        "git update-index --untracked-cache; git config core.fsmonitor false; git config index.version 4; git update-index --index-version 4",
        Committed,
    ),
    state(
        "references that are packed",
        "git tag one; git pack-refs --all; git gc -q",
        Committed,
    ),
    state(
        "another hash",
        "rm -rf .git; git init -q -b main --object-format=sha256; git add -A; git commit -qm all",
        Committed,
    ),
    state(
        "a folder of git's somewhere else",
        "mv .git ../elsewhere; echo 'gitdir: ../elsewhere' > .git",
        Committed,
    ),
    State {
        folder: "../linked",
        ..state(
            "a linked work tree",
            "git worktree add -q -b linked ../linked",
            Committed,
        )
    },
    State {
        folder: "../shallow",
        ..state(
            "a shallow clone",
            "git clone -q --depth 1 file://$PWD ../shallow",
            Committed,
        )
    },
    State {
        folder: "../partial",
        ..state(
            "a partial clone",
            "git config uploadpack.allowFilter true; git clone -q --filter=blob:none file://$PWD ../partial",
            Committed,
        )
    },
    State {
        folder: "below",
        ..state(
            "a workspace below the top",
            "mkdir below; git mv models out *.ecore *.hbs *.yaml .mlopsgen below/; git commit -qm below",
            Committed,
        )
    },
];

/// Those that are part of every run.
const QUICK: &[&str] = &[
    "a merge with a conflict",
    "a rebase",
    "a revert between two steps",
    "a bisection",
    "an artifact that is staged",
    "references in a table",
    "a hook that refuses",
    "artifacts that are ignored",
    "a linked work tree",
    "a partial clone",
];

/// What of git's folder is the user's, with the bytes of each file.
fn of_user(git: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![git.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(git).unwrap().to_str().unwrap().to_owned();
            if matches!(name.as_str(), "objects" | "mlopsgen" | "modules" | "hooks") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn ran(project: &TestProject, folder: &str, script: &str) -> String {
    let words = [("RESOLVED", RESOLVED), ("ASIDE", ASIDE), ("BACK", BACK)];
    let said = |text: String, (word, script): (&str, &str)| text.replace(word, script);
    let script = words.into_iter().fold(script.to_owned(), said);
    let script = format!("export GIT_EDITOR=true; {script}");
    let ran = project.shell(folder, &script);
    assert_eq!(ran.code, 0, "{script}: {ran:?}");
    ran.out
}

/// The next thing of some kind that a watch tells.
fn told(watching: &Watching<'_>, event: &str) -> Value {
    let line = watching.wait_for(&format!("\"event\":\"{event}\""));
    serde_json::from_str(&line).unwrap()
}

fn check(state: &State) {
    let project = TestProject::small();
    let folder = state.folder;
    ran(&project, ".", &format!("{BRANCHES}\n{}", state.setup));
    let git = ran(&project, folder, "git rev-parse --absolute-git-dir");
    let git = Path::new(git.trim());
    let watching = Watching::with(&project, &["-C", folder, "--json"]);
    told(&watching, "ready");
    let before = of_user(git);
    ran(
        &project,
        folder,
        "sed -i 's/name: milk/name: cream/' models/corner.yaml",
    );
    let mut entry = told(&watching, "entry");
    if entry["state"] == "unchanged" {
        // What stood there at the start was brought up to date.
        entry = told(&watching, "entry");
    }
    if let Held(reason, resume) = &state.right {
        let said = entry["reason"].as_str().unwrap_or_default();
        assert!(said.contains(reason), "{entry}");
        assert!(of_user(git) == before, "something of the user's is another");
        ran(&project, folder, resume);
        while entry["state"] != "committed" {
            entry = told(&watching, "entry");
        }
    }
    assert_eq!(entry["state"], "committed", "{entry}");
    assert_eq!(watching.stop(), 130);
    let model = ran(&project, folder, "git show HEAD:./models/corner.yaml");
    assert!(model.contains("name: cream"), "{model}");
    ran(
        &project,
        folder,
        "git fsck --strict --no-dangling; mlopsgen verify",
    );
    let left = ran(
        &project,
        folder,
        "git status --porcelain -- models out .mlopsgen",
    );
    assert_eq!(left, "", "it is committed whole");
}

#[test]
fn a_watch_does_the_right_thing_and_goes_on_by_itself() {
    let wanted = |s: &&State| crate::torture::is_whole() || QUICK.contains(&s.name);
    let states: Vec<&State> = STATES.iter().filter(wanted).collect();
    let failed: Vec<&str> = std::thread::scope(|scope| {
        let running: Vec<_> = states
            .chunks(states.len().div_ceil(4))
            .map(|some| {
                scope.spawn(move || {
                    let one = |s: &&&State| std::panic::catch_unwind(|| check(s)).is_err();
                    some.iter().filter(one).map(|s| s.name).collect::<Vec<_>>()
                })
            })
            .collect();
        let ended = running.into_iter().flat_map(|r| r.join().unwrap());
        ended.collect()
    });
    assert!(
        failed.is_empty(),
        "{} of {}: {failed:?}",
        failed.len(),
        states.len()
    );
}

#[test]
fn commits_beside_the_branch_wait_for_nothing_and_touch_nothing() {
    let project = TestProject::small();
    project.edit(
        "mlopsgen.yaml",
        "metamodels:",
        "commit: {policy: side-ref}\nmetamodels:",
    );
    ran(
        &project,
        ".",
        &format!("git commit -qam side-ref; {BRANCHES}"),
    );
    ran(&project, ".", "git merge -q side || true");
    let git = project.root().join(".git");
    let of_user = || {
        let mut files = of_user(&git);
        files.retain(|name, _| !name.contains("refs/mlopsgen/"));
        files
    };
    let before = of_user();
    for name in ["cream", "butter"] {
        let edit = format!("sed -i 's/name: [a-z]*}}/name: {name}}}/' models/corner.yaml");
        ran(&project, ".", &edit);
        let said = project.run(&["generate", "--commit"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(
            said.err.contains("on refs/mlopsgen/history/main"),
            "{said:?}"
        );
    }
    assert!(of_user() == before, "something of the user's is another");
    ran(&project, ".", "RESOLVED git commit -qam merged");
    assert_eq!(project.run(&["generate", "--commit"]).code, 0);
    ran(
        &project,
        ".",
        "git merge-base --is-ancestor main refs/mlopsgen/history/main; git fsck --strict --no-dangling",
    );
    let said = project.run(&["verify", "main..refs/mlopsgen/history/main"]);
    assert_eq!(said.code, 0, "{said:?}");
}
