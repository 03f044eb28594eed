//! A repository with work of its user in every state, and what must be left of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::edits::{change_model, edit};
use crate::project::TestProject;

/// Locks of somebody else that are in nobody's way.
pub const FOREIGN: [&str; 2] = [".git/config.lock", ".git/refs/heads/other.lock"];

/// All that can be seen of a repository and its work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where `HEAD` and all references are.
    pub references: String,
    /// What is staged.
    pub staged: String,
    /// How the work tree differs from the index.
    pub status: String,
    /// The files of the work tree.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Locks and leftovers.
    pub litter: Vec<String>,
}

/// A change of the model waits to be generated: one artifact is updated, one merged with an edit, one new, one removed,
/// and a new folder gets two.
/// The user has staged, edited, untracked and half-staged files.
pub fn waiting() -> TestProject {
    waiting_in(|_| ())
}

/// The same in a repository that is prepared for it.
fn waiting_in(prepare: impl FnOnce(&TestProject)) -> TestProject {
    let project = TestProject::empty();
    for (path, text) in crate::project::FILES {
        project.write(path, text);
    }
    for (path, text) in [
        (
            "models/second.yaml",
            "name: second\nitems:\n  - {name: salt, price: 1}\n",
        ),
        (
            "models/third.yaml",
            "name: third\nitems:\n  - {name: rice, price: 2}\n",
        ),
        ("edited", "one\ntwo\n"),
        ("both", "one\n"),
        ("kept", "kept\n"),
    ] {
        project.write(path, text);
    }
    project.git(&["init", "-q", "-b", "main"]);
    prepare(&project);
    project.git(&["add", "."]);
    project.git(&["commit", "-qm", "Describe shops"]);
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    project.git(&["pack-refs", "--all"]);
    project.write("edited", "one\nTWO\n");
    project.write("both", "staged\n");
    project.write("staged", "staged\n");
    project.git(&["add", "both", "staged"]);
    project.write("both", "staged, then edited\n");
    project.write("untracked", "untracked\n");
    project.git(&["rm", "-q", "--cached", "kept"]);
    edit(&project);
    change_model(&project);
    project.edit("models/second.yaml", "price: 1", "price: 7");
    project.edit("models/third.yaml", "name: third", "name: fourth");
    project.write("models/fifth.yaml", "name: new/fifth\n");
    for lock in FOREIGN {
        project.write(lock, "somebody else's\n");
    }
    project
}

/// The same where git has a part in each commit: hooks look at it, a filter changes artifacts, and it is signed.
pub fn with_help_of_git() -> TestProject {
    waiting_in(|project| {
        let key = project.root().with_file_name("key");
        let key = key.to_str().unwrap();
        let ran = project.shell(".", &format!("ssh-keygen -q -t ed25519 -N '' -f {key}"));
        assert_eq!(ran.code, 0, "{ran:?}");
        for (name, value) in [
            ("gpg.format", "ssh"),
            ("user.signingkey", key),
            ("commit.gpgsign", "true"),
            ("filter.turn.clean", "tr a-z A-Z"),
            ("filter.turn.smudge", "tr A-Z a-z"),
            ("core.hooksPath", ".git/checks"),
        ] {
            project.git(&["config", name, value]);
        }
        project.write(".git/info/attributes", "out/*.py filter=turn\n");
        for (hook, text) in [
            ("pre-commit", "! git diff --cached --quiet"),
            ("commit-msg", "echo 'Checked: yes' >> \"$1\""),
            ("post-commit", "git log -1 >/dev/null"),
        ] {
            let path = format!(".git/checks/{hook}");
            project.write(&path, &format!("#!/bin/sh\n{text}\n"));
            let ran = project.shell(".", &format!("chmod +x {path}"));
            assert_eq!(ran.code, 0, "{ran:?}");
        }
    })
}

/// The run that writes and commits.
pub const GENERATE: &[&str] = &["generate", "--commit"];

/// The scene, and how it looks before and after a run that nobody disturbs.
pub struct Cycle {
    pub scene: TestProject,
    pub before: Seen,
    pub after: Seen,
    pub undisturbed: TestProject,
}

impl Cycle {
    pub fn new(scene: TestProject) -> Self {
        let before = look(&scene).unwrap();
        let undisturbed = scene.copy();
        let ran = undisturbed.run(GENERATE);
        assert_eq!(ran.code, 0, "{ran:?}");
        let after = look(&undisturbed).unwrap();
        assert_ne!(before.references, after.references);
        Self {
            scene,
            before,
            after,
            undisturbed,
        }
    }

    /// After a run that did not get to its end, and after one that does the rest.
    pub fn recovers(&self, project: &TestProject) -> Result<(), String> {
        let now = look(project)?;
        whole(&now, &self.before, &self.after)?;
        if ![&self.before, &self.after]
            .iter()
            .any(|seen| seen.references == now.references)
        {
            return Err(format!("a part of a commit: {}", now.references));
        }
        let ran = project.run(GENERATE);
        if ran.code != 0 {
            return Err(format!("the next run fails: {ran:?}"));
        }
        compare(&look(project)?, &self.after)
    }
}

/// Looks at everything; an error where git finds the repository damaged.
pub fn look(project: &TestProject) -> Result<Seen, String> {
    let fsck = project
        .command("git")
        .args(["fsck", "--strict", "--no-dangling"])
        .output();
    let fsck = crate::project::Ran::of(&fsck.unwrap());
    if fsck.code != 0 || !fsck.err.is_empty() {
        return Err(format!("git fsck: {fsck:?}"));
    }
    let mut files = BTreeMap::new();
    walk(project.root(), "", &mut |path, full| {
        if !path.starts_with(".git/") {
            let link = fs::read_link(full).map(|to| to.into_os_string().into_encoded_bytes());
            let bytes = link.or_else(|_| fs::read(full)).unwrap();
            files.insert(path.to_owned(), bytes);
        }
    });
    let git = |args: &[&str]| project.git(&[&["--no-optional-locks"], args].concat());
    Ok(Seen {
        // A message tells what a run has changed in the work tree, and is another one where an earlier run did a part.
        references: git(&[
            "for-each-ref",
            "--format=%(refname) %(tree) %(parent) %(author) %(contents:trailers:key=Checked)",
        ]) + &git(&["symbolic-ref", "HEAD"]),
        staged: git(&["diff", "--cached", "--no-renames"]),
        status: git(&["status", "--porcelain", "--untracked-files=all"]),
        files,
        litter: litter(project.root()),
    })
}

/// Names that a run leaves only if it is killed; the foreign locks have to be there.
fn litter(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    walk(root, "", &mut |path, _| {
        let ours = is_staged(path)
            || path.starts_with(".git/mlopsgen/own/")
            || path == ".mlopsgen/writing"
            || path.contains("/tmp_")
            || path.ends_with(".lock") && path != ".git/mlopsgen/commit.lock";
        if ours && !FOREIGN.contains(&path) {
            found.push(path.to_owned());
        }
    });
    found.extend(
        FOREIGN
            .iter()
            .filter(|lock| !root.join(lock).exists())
            .map(|lock| format!("no {lock}")),
    );
    found.sort();
    found
}

/// Whether a file, or a folder that it is in, has a name for what is not complete.
fn is_staged(path: &str) -> bool {
    path.split('/').any(|name| name.ends_with(".mlopsgen-new"))
}

fn walk(root: &Path, below: &str, found: &mut dyn FnMut(&str, &Path)) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if entry.file_type().unwrap().is_dir() {
            walk(root, &path, found);
        } else {
            found(&path, &entry.path());
        }
    }
}

/// Every file is as it was before or as it is to be: nobody sees a part of one.
pub fn whole(now: &Seen, before: &Seen, after: &Seen) -> Result<(), String> {
    for (path, bytes) in &now.files {
        let known = [before, after]
            .iter()
            .any(|seen| seen.files.get(path) == Some(bytes));
        let ours = is_staged(path) || path == ".mlopsgen/writing";
        if !known && !ours {
            return Err(format!(
                "{path} is neither old nor new: {:?}",
                String::from_utf8_lossy(bytes)
            ));
        }
    }
    let gone = before
        .files
        .keys()
        .find(|path| after.files.contains_key(*path) && !now.files.contains_key(*path));
    gone.map_or(Ok(()), |path| Err(format!("{path} is gone")))
}

/// How one look differs from another, in words.
pub fn compare(now: &Seen, wanted: &Seen) -> Result<(), String> {
    if now == wanted {
        return Ok(());
    }
    let mut told = String::new();
    for (what, now, wanted) in [
        ("references", &now.references, &wanted.references),
        ("staged", &now.staged, &wanted.staged),
        ("status", &now.status, &wanted.status),
    ] {
        if now != wanted {
            told += &format!("\n{what}:\n{now}instead of\n{wanted}");
        }
    }
    for path in now.files.keys().chain(wanted.files.keys()) {
        let text = |seen: &Seen| {
            seen.files
                .get(path)
                .map(|b| String::from_utf8_lossy(b).into_owned())
        };
        if now.files.get(path) != wanted.files.get(path) {
            told += &format!("\n{path}: {:?} instead of {:?}", text(now), text(wanted));
        }
    }
    if now.litter != wanted.litter {
        told += &format!(
            "\nleft behind: {:?} instead of {:?}",
            now.litter, wanted.litter
        );
    }
    Err(told)
}
