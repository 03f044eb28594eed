//! The command line: one file a command, a variant each. This module alone prints.

mod args;
mod attest;
mod blame;
mod check;
mod convert;
mod day;
mod demo;
mod diagram;
mod diff;
mod doctor;
mod drift;
mod eject;
mod eval;
mod explain;
mod fix;
mod generate;
mod git;
mod history;
mod import;
mod init;
mod inspect;
mod load;
mod past;
mod project;
mod publish;
mod report;
mod restore;
mod schema;
mod settle;
mod settled;
mod status;
mod template;
mod terminal;
mod transform;
mod verify;
mod watch;

pub use args::{Args, command};
pub use watch::reference as watch_reference;

use std::process::ExitCode;

use clap::Parser as _;

use args::Command;
use terminal::Terminal;

/// How a command ended, when it ended well enough to say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All is well.
    Fine,
    /// There are findings: errors in models, drift.
    Findings,
    /// The user stopped it.
    Interrupted,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// Somebody stopped reading what is printed.
    #[error("nobody reads the output")]
    BrokenPipe,
    /// The call cannot be carried out, with what to do about it.
    #[error("{message}")]
    Usage {
        message: String,
        hint: Option<String>,
    },
    /// The disk misbehaves.
    #[error(transparent)]
    Workspace(#[from] crate::workspace::WorkspaceError),
    /// A file cannot be read.
    #[error(transparent)]
    World(#[from] crate::world::WorldError),
    /// git misbehaves.
    #[error(transparent)]
    Git(#[from] crate::git::GitError),
    /// A commit cannot be verified.
    #[error(transparent)]
    Verify(#[from] crate::audit::VerifyError),
    /// The watch cannot go on.
    #[error(transparent)]
    Watch(#[from] crate::watch::WatchError),
    /// Somebody else watches.
    #[error(transparent)]
    Lock(#[from] crate::watch::lock::LockError),
    /// The terminal misbehaves.
    #[error("cannot write the output")]
    Output(#[source] std::io::Error),
}

impl Failure {
    fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: None,
        }
    }

    /// What failed, and why, as far as that is known.
    fn text(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }

    /// What to do about it, as far as that is known.
    fn advice(&self) -> Option<&str> {
        match self {
            Self::Usage { hint, .. } => hint.as_deref(),
            Self::Git(error) => error.hint(),
            _ => None,
        }
    }

    /// Whether nobody can be told anything any more.
    fn is_of_output(&self) -> bool {
        matches!(self, Self::BrokenPipe | Self::Output(_))
    }

    fn hint(self, text: impl Into<String>) -> Self {
        match self {
            Self::Usage { message, .. } => Self::Usage {
                message,
                hint: Some(text.into()),
            },
            other => other,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::BrokenPipe
        } else {
            Self::Output(error)
        }
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A reader that went away needs no message.
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    let mut terminal = Terminal::new(args.color, args.quiet);
    let outcome = with_room(&args, &mut terminal);
    match outcome {
        Ok(Ok(Outcome::Fine) | Err(Failure::BrokenPipe)) => ExitCode::SUCCESS,
        Ok(Ok(Outcome::Findings)) => ExitCode::from(1),
        Ok(Ok(Outcome::Interrupted)) => ExitCode::from(130),
        Ok(Err(failure)) => {
            terminal.failure(&failure);
            ExitCode::from(2)
        }
        Err(_) => {
            terminal.our_bug();
            ExitCode::from(101)
        }
    }
}

/// The stack of the thread that works, in bytes.
const STACK: usize = 256 << 20;
/// How many levels deep the expressions of users may be on it.
const LEVELS: usize = 10_000;

/// Works on a thread with a large stack, so that helpers can follow long chains; an error is a panic of it.
fn with_room(
    args: &Args,
    terminal: &mut Terminal,
) -> std::thread::Result<Result<Outcome, Failure>> {
    std::thread::scope(|scope| {
        let work = || {
            crate::expr::allow_levels(LEVELS);
            run(args, terminal)
        };
        let thread = std::thread::Builder::new().name("main".to_owned());
        match thread.stack_size(STACK).spawn_scoped(scope, work) {
            Ok(working) => working.join(),
            Err(error) => Ok(Err(Failure::from(error))),
        }
    })
}

fn run(args: &Args, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Demo(options) => demo::run(args, options, terminal),
        Command::Init(options) => init::run(args, options, terminal),
        Command::Check(options) => check::run(args, options, terminal),
        Command::Generate(options) => generate::run(args, options, terminal),
        Command::Status(options) => status::run(args, options, terminal),
        Command::Accept(options) => settle::accept(args, options, terminal),
        Command::Reset(options) => settle::reset(args, options, terminal),
        Command::Watch(options) => watch::run(args, options, terminal),
        Command::Explain(options) => explain::run(args, options, terminal),
        Command::Diff(options) => diff::run(args, options, terminal),
        Command::History(options) => history::run(args, options, terminal),
        Command::Blame(options) => blame::run(args, options, terminal),
        Command::Verify(options) => verify::run(args, options, terminal),
        Command::Report(options) => report::run(args, options, terminal),
        Command::Restore(options) => restore::run(args, options, terminal),
        Command::Attest(options) => attest::run(args, options, terminal),
        Command::Doctor(options) => doctor::run(args, options, terminal),
        Command::Git(options) => git::run(args, options, terminal),
        Command::Eject(options) => eject::run(args, options, terminal),
        Command::Eval(options) => eval::run(args, options, terminal),
        Command::Inspect(options) => inspect::run(args, options, terminal),
        Command::Convert(options) => convert::run(args, options, terminal),
        Command::Diagram(options) => diagram::run(args, options, terminal),
        Command::Import(options) => import::run(args, options, terminal),
        Command::Template(options) => template::run(args, options, terminal),
        Command::Transform(options) => transform::run(args, options, terminal),
        Command::Schema(options) => schema::run(args, options, terminal),
        Command::Completions(options) => {
            let mut text = Vec::new();
            clap_complete::generate(options.shell, &mut command(), "mlopsgen", &mut text);
            terminal.print(&String::from_utf8_lossy(&text))?;
            Ok(Outcome::Fine)
        }
    }
}
