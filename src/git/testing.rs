//! A repository in a temporary folder, with the real git as the judge.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Change, CommitOutcome, CommitRequest, Repository, Target};

/// A repository that goes away with its value. Git is run in it without any configuration of the machine.
pub(super) struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    /// Makes a repository without a commit, with an identity of its own.
    pub(super) fn unborn() -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(fixture.root()).unwrap();
        std::fs::create_dir(fixture.folder.path().join("home")).unwrap();
        fixture.git(&["init", "-q", "-b", "main"]);
        for (key, value) in [
            ("user.name", "Ada"),
            ("user.email", "ada@example.org"),
            ("commit.gpgSign", "false"),
            ("core.autocrlf", "false"),
            ("core.hooksPath", ".git/hooks"),
        ] {
            fixture.git(&["config", key, value]);
        }
        fixture
    }

    /// Makes a repository with one commit of `kept`, `edited` and `models/churn.yaml`.
    pub(super) fn new() -> Self {
        let fixture = Self::unborn();
        fixture.write("kept", "kept\n");
        fixture.write("edited", "one\ntwo\n");
        fixture.write("models/churn.yaml", "n: 100\n");
        fixture.git(&["add", "."]);
        fixture.git(&["commit", "-q", "-m", "first"]);
        fixture
    }

    /// The work tree.
    pub(super) fn root(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(super) fn repository(&self) -> Repository {
        Repository::discover(&self.root()).unwrap().unwrap()
    }

    /// Runs git and returns what it printed; it must succeed.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        let (success, output) = self.try_git(arguments);
        assert!(success, "git {arguments:?}: {output}");
        output
    }

    /// Runs git, which may fail.
    pub(super) fn try_git(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path().join("home"))
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_EDITOR", "true")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        (
            output.status.success(),
            if output.status.success() {
                text
            } else {
                format!("{text}{errors}")
            },
        )
    }

    /// Writes a file of the work tree, and the folders it is in.
    pub(super) fn write(&self, path: &str, content: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Reads a file of the work tree.
    pub(super) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// Writes files and commits them through the module under test.
    pub(super) fn generate(&self, files: &[(&str, &str)]) -> CommitOutcome {
        self.generate_by(&self.repository(), files)
    }

    /// The same with what has made other commits.
    pub(super) fn generate_by(
        &self,
        repository: &Repository,
        files: &[(&str, &str)],
    ) -> CommitOutcome {
        for (path, content) in files {
            self.write(path, content);
        }
        repository.commit(&request(files)).unwrap()
    }

    /// What git says of the work tree and the index, and that the repository is sound.
    pub(super) fn status(&self) -> String {
        self.git(&["fsck", "--strict", "--no-dangling"]);
        self.git(&["status", "--porcelain=v2", "--untracked-files=all"])
    }
}

/// A request to commit files as they are given.
pub(super) fn request(files: &[(&str, &str)]) -> CommitRequest<'static> {
    let changes = files.iter().map(|(path, content)| Change {
        path: (*path).to_owned(),
        content: Some(content.as_bytes().to_vec().into()),
    });
    CommitRequest {
        changes: changes.collect(),
        message: "generate".into(),
        base: None,
        target: Target::Head,
    }
}

/// The identity of a commit that was made.
pub(super) fn committed(outcome: CommitOutcome) -> String {
    match outcome {
        CommitOutcome::Committed { id, .. } => id,
        other => panic!("no commit: {other:?}"),
    }
}
