//! What git itself does: it runs hooks and the commands of filters, and signs. The rest of a commit stays ours.
//!
//! A file of configuration that git cannot read is an empty one to it, of which it says nothing. So it is told what its
//! part hangs on.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gix::ObjectId;
use gix::bstr::{BStr, BString};

use super::durable::{create_folder, remove_if_there};
use super::error::Context;
use super::{GitError, Obstacle, obstacle};

/// How long a hook, a filter or a signature may take: tests that a hook runs, a passphrase that somebody types.
pub(super) const PATIENCE: Duration = Duration::from_mins(5);
/// The pause between two looks at a program that runs.
const PAUSE: Duration = Duration::from_millis(5);
/// Sections of the configuration that say who commits and who signs.
const WHO: [&str; 5] = ["user", "author", "committer", "gpg", "i18n"];
/// The name under which git runs a filter.
const FILTER: &str = "mlopsgen-filter";

/// Why something has to wait that does not end.
pub(super) fn late() -> String {
    format!("it did not end within {} minutes", PATIENCE.as_secs() / 60)
}

/// How a program ended.
struct Ended {
    /// `None` where it did not end in time.
    status: Option<ExitStatus>,
    out: Vec<u8>,
    said: String,
}

impl Ended {
    fn is_fine(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// The line that tells most, for a message of one line: the first that is not empty.
    fn reason(&self) -> String {
        let out = String::from_utf8_lossy(&self.out).into_owned();
        let line = self
            .said
            .lines()
            .chain(out.lines())
            .find(|l| !l.trim().is_empty());
        match (self.status, line) {
            (None, _) => late(),
            (Some(_), Some(line)) => line.trim().to_owned(),
            (Some(status), None) => status.to_string(),
        }
    }
}

/// What git says of the signature of a commit.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Signature {
    /// It is right, and of this signer.
    Good(String),
    /// There is none.
    Missing,
    /// It is not to be relied on, for this reason.
    Bad(&'static str),
}

impl Signature {
    /// There is one, of nobody whom git knows here.
    pub(super) const UNKNOWN: Self = Self::Bad("it cannot be checked here: the key is not known");

    /// Reads the letter that git's `%G?` prints.
    fn of(letter: &str, signer: &str) -> Self {
        match letter {
            "G" => Self::Good(signer.to_owned()),
            "N" => Self::Missing,
            "U" => Self::Bad("it is right, of a key that nobody has vouched for"),
            "B" => Self::Bad("it is not of what the commit holds"),
            "X" | "Y" => Self::Bad("it, or its key, has expired"),
            "R" => Self::Bad("its key is revoked"),
            _ => Self::UNKNOWN,
        }
    }
}

/// Git's program in the work tree of a repository.
pub(super) struct Program<'g> {
    git: &'g gix::Repository,
}

impl<'g> Program<'g> {
    pub(super) fn of(git: &'g gix::Repository) -> Self {
        Self { git }
    }

    /// What it says of its version; `None` where it cannot be run.
    pub(super) fn version(&self) -> Option<String> {
        let ended = run(self.command().arg("version"), b"").ok()?;
        let text = String::from_utf8_lossy(&ended.out);
        let version = text.trim().trim_start_matches("git version ");
        ended.is_fine().then(|| version.to_owned())
    }

    /// A file of ours for it, which replaces that of an earlier commit.
    fn file(&self, name: &str) -> Result<PathBuf, GitError> {
        let folder = self.git.git_dir().join("mlopsgen");
        create_folder(&folder)?;
        Ok(folder.join(name))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.current_dir(self.git.workdir().unwrap_or(self.git.git_dir()));
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        // No hook has a person before it that could edit; what is written is forced to the disk.
        command
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_EDITOR", ":");
        command.args(["-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync"]);
        command.args(["-c", "gc.auto=0"]);
        command
    }

    /// The same, told of who commits and who signs.
    fn told_command(&self) -> Result<Command, GitError> {
        let mut command = self.command();
        let config = self.git.config_snapshot();
        let sections = config.plumbing().sections();
        for section in sections.filter(|s| s.meta().trust == gix::sec::Trust::Full) {
            let header = section.header();
            let name = header.name().to_string().to_ascii_lowercase();
            if !WHO.contains(&&*name) {
                continue;
            }
            for key in section.value_names() {
                let mut setting = BString::from(name.as_str());
                for part in header
                    .subsection_name()
                    .into_iter()
                    .chain([BStr::new(&key)])
                {
                    setting.push(b'.');
                    setting.extend(&**part);
                }
                if let Some(Some(value)) = section.value_implicit(&key) {
                    setting.push(b'=');
                    setting.extend(&**value);
                }
                command.arg("-c").arg(os(setting)?);
            }
        }
        Ok(command)
    }

    /// Makes of bytes what the command of a filter makes of them. Git runs it as it runs its filters, and decides nothing.
    pub(super) fn filter(
        &self,
        command: &BStr,
        bytes: &[u8],
    ) -> Result<Result<Vec<u8>, String>, GitError> {
        let mut alias = BString::from(format!("alias.{FILTER}=!"));
        alias.extend(&**command);
        let mut git = self.command();
        let ended = run(git.arg("-c").arg(os(alias)?).arg(FILTER), bytes)?;
        Ok(if ended.is_fine() {
            Ok(ended.out)
        } else {
            Err(ended.reason())
        })
    }

    /// A run of a hook. One that is here is not to be missed.
    fn hook(&self, name: &str) -> Result<Command, GitError> {
        let mut folder = OsString::from("core.hooksPath=");
        folder.push(obstacle::hooks_folder(self.git)?);
        let mut command = self.command();
        command.arg("-c").arg(folder).args(["hook", "run"]);
        if obstacle::hook(self.git, &[name])?.is_none() {
            command.arg("--ignore-missing");
        }
        command.arg(name);
        Ok(command)
    }

    /// Runs the hooks that come before a commit of a tree; returns the message as they leave it.
    pub(super) fn hooks(
        &self,
        tree: ObjectId,
        message: &str,
    ) -> Result<Result<String, Obstacle>, GitError> {
        let index = self.file("hook-index")?;
        remove_if_there(&index)?;
        let wanted = tree.to_string();
        self.must("read-tree", &[&wanted], &index)?;
        let file = self.file("COMMIT_EDITMSG")?;
        fs::write(&file, message).doing_at("write", &file)?;
        let path = file.to_string_lossy();
        for (name, args) in [
            ("pre-commit", &[][..]),
            ("prepare-commit-msg", &["--", &*path, "message"]),
            ("commit-msg", &["--", &*path]),
        ] {
            let mut command = self.hook(name)?;
            let ended = run(command.env("GIT_INDEX_FILE", &index).args(args), b"")?;
            let name = name.to_owned();
            if !ended.is_fine() {
                let reason = ended.reason();
                return Ok(Err(Obstacle::HookRefused { name, reason }));
            }
            // What a hook stages is not what was generated.
            if self.must("write-tree", &[], &index)? != wanted {
                return Ok(Err(Obstacle::HookChanged { name }));
            }
        }
        let message = fs::read_to_string(&file).doing_at("read", &file)?;
        remove_if_there(&index)?;
        remove_if_there(&file)?;
        Ok(Ok(format!("{}\n", message.trim_end())))
    }

    /// Makes a signed commit; it is on the disk, and nothing refers to it.
    pub(super) fn sign(
        &self,
        (tree, parents): (ObjectId, &[ObjectId]),
        message: &str,
    ) -> Result<Result<ObjectId, Obstacle>, GitError> {
        let mut command = self.told_command()?;
        command.args(["commit-tree", "-S", "-F", "-"]);
        for parent in parents {
            command.args(["-p", &parent.to_string()]);
        }
        let ended = run(command.arg(tree.to_string()), message.as_bytes())?;
        if !ended.is_fine() {
            let reason = ended.reason();
            return Ok(Err(Obstacle::Unsigned { reason }));
        }
        let id = ObjectId::from_hex(ended.out.trim_ascii());
        Ok(Ok(id.doing("read the name of", "a signed commit")?))
    }

    /// What git says of the signatures of commits, by their identities.
    pub(super) fn signatures(
        &self,
        commits: &[&str],
    ) -> Result<BTreeMap<String, Signature>, GitError> {
        let mut command = self.told_command()?;
        command.args([
            "log",
            "--no-walk=unsorted",
            "--stdin",
            "--format=%H%x09%G?%x09%GS",
        ]);
        let ended = run(&mut command, commits.join("\n").as_bytes())?;
        if !ended.is_fine() {
            let source = ended.reason().into();
            return Err(GitError::Program {
                what: "log",
                source,
            });
        }
        let text = String::from_utf8_lossy(&ended.out).into_owned();
        let parts = text.lines().filter_map(|line| {
            let (id, rest) = line.split_once('\t')?;
            let (letter, signer) = rest.split_once('\t')?;
            Some((id.to_owned(), Signature::of(letter, signer)))
        });
        Ok(parts.collect())
    }

    /// Runs the hook that comes after a commit, which cannot undo it.
    pub(super) fn after(&self) -> Result<(), GitError> {
        run(&mut self.hook("post-commit")?, b"").map(drop)
    }

    fn must(&self, what: &'static str, args: &[&str], index: &Path) -> Result<String, GitError> {
        let mut command = self.command();
        let ended = run(
            command.env("GIT_INDEX_FILE", index).arg(what).args(args),
            b"",
        )?;
        if !ended.is_fine() {
            let source = ended.reason().into();
            return Err(GitError::Program { what, source });
        }
        Ok(String::from_utf8_lossy(ended.out.trim_ascii()).into_owned())
    }
}

/// Runs a program to its end, or until it has taken too long.
fn run(command: &mut Command, input: &[u8]) -> Result<Ended, GitError> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().doing("run", "git")?;
    let feed = child.stdin.take().map(|mut stdin| {
        let input = input.to_vec();
        std::thread::spawn(move || match stdin.write_all(&input) {
            // Who does not read its input has closed it.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            fed => fed,
        })
    });
    let (out, said) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let status = wait(&mut child)?;
    if status.is_none() {
        // What it has started may hold the pipes for ever.
        let (out, said) = (Vec::new(), String::new());
        return Ok(Ended { status, out, said });
    }
    // A part of what goes in or comes out is not to be taken for the whole.
    feed.map_or(Ok(()), joined).doing("write to", "git")?;
    let out = joined(out).doing("read the answer of", "git")?;
    let said = joined(said).doing("read the answer of", "git")?;
    let said = String::from_utf8_lossy(&said).into_owned();
    Ok(Ended { status, out, said })
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<io::Result<Vec<u8>>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    })
}

fn joined<T>(thread: JoinHandle<io::Result<T>>) -> io::Result<T> {
    let ended = thread.join();
    ended.unwrap_or_else(|_| Err(io::Error::other("a thread has broken off")))
}

/// An argument of a program.
fn os(argument: BString) -> Result<OsString, GitError> {
    let path = gix::path::from_bstring(argument).doing("hand over", "a setting")?;
    Ok(path.into())
}

fn wait(child: &mut Child) -> Result<Option<ExitStatus>, GitError> {
    let end = Instant::now() + PATIENCE;
    loop {
        let status = child.try_wait().doing("wait for", "git")?;
        if status.is_some() {
            return Ok(status);
        }
        if Instant::now() >= end {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}
