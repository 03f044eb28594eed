//! What can be said on the command line.

mod audit;
mod import;
mod models;

pub(super) use audit::{
    Attest, BY_HAND, Blame, Explain, History, Report, ReportFormat, Restore, Verify,
};
pub(super) use import::{Import, ImportAcceleo, ImportCommand};
pub(super) use models::{
    Convert, Diagram, Eval, Inspect, MetamodelFiles, ModelFormat, Picture, Schema, Subject,
    Transform,
};

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

/// Describe an ML pipeline once; generate, commit and audit its code
#[derive(Debug, Parser)]
#[command(
    name = "mlopsgen",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Work as if started in this folder
    #[arg(
        short = 'C',
        long,
        global = true,
        value_name = "FOLDER",
        help_heading = "Global options"
    )]
    pub directory: Option<PathBuf>,

    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        env = "MLOPSGEN_COLOR",
        help_heading = "Global options"
    )]
    pub color: Color,

    /// Print findings only
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub quiet: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// With an excerpt of the file.
    #[default]
    Human,
    /// One line each.
    Short,
    /// JSON, version 1.
    Json,
    /// GitHub workflow commands.
    Github,
    /// SARIF 2.1.0.
    Sarif,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a git repository from the example, generate, commit, and show what happened
    Demo(Demo),
    /// Make a workspace here
    Init(Init),
    /// Check models, rules and templates without writing anything
    Check(Check),
    /// Generate the artifacts
    #[command(visible_alias = "g")]
    Generate(Generate),
    /// Say how each artifact stands to what is generated: clean, edited, stale, both, missing, orphaned
    Status(Status),
    /// Take artifacts that were edited by hand for right as they are
    Accept(Settle),
    /// Put what is generated in the place of artifacts that were edited by hand
    Reset(Settle),
    /// Generate and commit on every change
    #[command(visible_alias = "w")]
    Watch(Watch),
    /// Say why a line is there, or what a code means
    Explain(Explain),
    /// Say what changed between two models or revisions, in the words of the model
    Diff(Diff),
    /// List the commits that changed artifacts, with their causes
    History(History),
    /// Show each line of a file with the commit it came with and what made it
    Blame(Blame),
    /// Prove that the artifacts of commits are what their inputs generate
    Verify(Verify),
    /// Write what commits changed, why, and whether it holds, as one page for others
    Report(Report),
    /// Put inputs back to what a commit has, generate, and commit that with a reason
    Restore(Restore),
    /// Print what a commit holds and what it was made of, as in-toto statements, once that is verified
    Attest(Attest),
    /// Say what here makes `watch` wait or leave something to git, before it does
    Doctor(Doctor),
    /// Let git compare and merge the models of the workspace as models
    Git(Git),
    /// Copy a built-in file into the workspace to edit it
    Eject(Eject),
    /// Print the value of an expression over a model
    Eval(Eval),
    /// Print a model as JSON lines, one object each
    Inspect(Inspect),
    /// Print a model in another form
    Convert(Convert),
    /// Make templates of those of other tools
    Import(Import),
    /// Check templates harder than `check` does
    Template(Template),
    /// Run rules over a model and print what they make of it
    Transform(Transform),
    /// Write a JSON Schema, by which editors complete and check models
    Schema(Schema),
    /// Draw the classes of a metamodel or the objects of a model
    Diagram(Diagram),
    /// Print completions for a shell
    Completions(Completions),
}

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// The folder to make
    #[arg(default_value = "mlopsgen-demo")]
    pub folder: PathBuf,
}

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub struct Init {
    /// The name of the pipeline
    #[arg(default_value = "my-pipeline", conflicts_with = "from")]
    pub name: String,
    /// Copies a pipeline of the example, with its data: credit-risk, machine-failure (classes), heat-demand
    /// (numbers), vessel-trajectory (a network), example-pipeline (the smallest)
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
}

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen check                                the workspace
  mlopsgen check shop.ecore                     a metamodel, as Eclipse validates it
  mlopsgen check shop.xmi --metamodel shop.ecore
  mlopsgen check --fix                          make the safe fixes, then say what is left
  mlopsgen check --fix --diff                   show them instead
  mlopsgen check --format sarif > findings.sarif")]
pub struct Check {
    /// Metamodels and models; the whole workspace where none is named
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    /// The metamodels of the models.
    pub metamodels: MetamodelFiles,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
    /// Take warnings for errors
    #[arg(long)]
    pub strict: bool,
    /// Make the fixes that are safe in the models of the workspace
    #[arg(long, conflicts_with = "files")]
    pub fix: bool,
    /// With `--fix`: write nothing; print what would change
    #[arg(long, requires = "fix")]
    pub diff: bool,
}

/// Arguments of `generate`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen generate                 write what changed
  mlopsgen generate --diff          show what would change
  mlopsgen generate --check         for CI: exit 1 if anything would change; --format github or sarif for annotations
  mlopsgen generate --commit        write and commit
  mlopsgen generate --at HEAD~3     generate an old revision in memory and compare it with what it holds")]
pub struct Generate {
    /// Write nothing; exit 1 if an artifact would change
    #[arg(long)]
    pub check: bool,
    /// Write nothing; print what would change
    #[arg(long)]
    pub diff: bool,
    /// Commit inputs that changed and the artifacts
    #[arg(long, conflicts_with_all = ["check", "diff"])]
    pub commit: bool,
    /// Read a git revision instead of the disk; compare with the artifacts in it, write nothing
    #[arg(long, value_name = "REV", conflicts_with = "commit")]
    pub at: Option<String>,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
States:
  clean      it is what is generated, your text in protected regions aside
  accepted   the same with edits of yours that `mlopsgen accept` took for right
  once       it was generated once and is yours since
  edited     it was edited by hand; `mlopsgen accept` or `mlopsgen reset` settles that
  stale      something else is generated now; `mlopsgen generate` writes it
  both       edited and stale; `mlopsgen generate` merges the two
  conflict   your edit and what is generated meet in the same lines, between markers
  missing    it is not there
  left over  nothing generates it any more; `mlopsgen generate` removes it
  orphaned   nothing generates it any more, and it holds text of yours
  foreign    it stands where an artifact belongs, and mlopsgen did not write it

Exit code 1 where an artifact is neither clean, accepted nor once.")]
pub struct Status {
    /// Print the state of each artifact as JSON, version 1
    #[arg(long)]
    pub json: bool,
    /// Print those that are not settled as findings
    #[arg(long, value_name = "FORMAT", default_value = "human", conflicts_with_all = ["json", "all"])]
    pub format: Format,
    /// List settled artifacts too
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `accept` and `reset`.
#[derive(Debug, clap::Args)]
pub struct Settle {
    /// The artifacts
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
}

/// Arguments of `watch`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Each change is one entry: when, what changed and how, the artifacts with lines that came and went, the commit, how long
it took. What is wrong is told until it is right again; meanwhile nothing is written.

Keys, where this is a terminal:
  h  help                           1-9  make the fix of this number
  o  open the first problem         u    undo the last change of the inputs
  p  pause, go on                   r    make all again
  d  show what the last entry changed    q    quit

Exit code 130 after Ctrl-C, 0 after q.")]
pub struct Watch {
    /// Commit nothing, whatever the configuration says
    #[arg(long)]
    pub no_commit: bool,
    /// Look at files at this interval instead of waiting for the system's events
    #[arg(long, value_name = "MILLISECONDS")]
    pub poll: Option<u64>,
    /// Print JSON, version 1: an object a line for each thing that is told (tests/suite/watch-json.md)
    #[arg(long)]
    pub json: bool,
    /// Ring the terminal's bell when something goes wrong, and when it is right again
    #[arg(long)]
    pub notify: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Verdicts:
  fine   all is well
  git    git's own program does it: hooks, signatures, filters
  note   it works, otherwise than one might expect
  waits  `watch` generates and commits nothing until it is otherwise

A commit is gone through up to where something would be written; filters do run. Exit code 1 where something waits.")]
pub struct Doctor {
    /// Print JSON, version 1
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen diff old.yaml new.xmi --metamodel shop.ecore     two files
  mlopsgen diff HEAD                                        what the work tree changed in the models
  mlopsgen diff v1.2 HEAD --json                            between two revisions

Exit code: 0 no difference, 1 differences, 2 a side cannot be read. Differences in layout and comments are none.")]
pub struct Diff {
    /// Two files; or one or two git revisions: all models of the workspace, one against the work tree
    #[arg(value_name = "FILE|REV", required = true, num_args = 1..=2)]
    pub what: Vec<String>,
    #[command(flatten)]
    /// The metamodels of files.
    pub metamodels: MetamodelFiles,
    /// Print JSON, version 1
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `git`.
#[derive(Debug, clap::Args)]
pub struct Git {
    /// What to do.
    #[command(subcommand)]
    pub command: GitCommand,
}

/// The commands of `git`.
#[derive(Debug, Subcommand)]
pub enum GitCommand {
    /// Set the drivers up in this repository: `.gitattributes` and the settings of this clone
    Install(GitInstall),
    /// What git calls to compare two versions of a model
    #[command(hide = true)]
    DiffDriver {
        /// Path, old file, its id and mode, new file, its id and mode; for a renamed file two more
        #[arg(required = true, num_args = 1.., allow_hyphen_values = true)]
        arguments: Vec<PathBuf>,
    },
    /// What git calls to merge three versions of a model
    #[command(hide = true)]
    MergeDriver(MergeDriver),
}

/// Arguments of `git install`.
#[derive(Debug, clap::Args)]
pub struct GitInstall {
    /// Take it all away again
    #[arg(long)]
    pub uninstall: bool,
}

/// Arguments of `git merge-driver`.
#[derive(Debug, clap::Args)]
pub struct MergeDriver {
    /// The file of the common base (`%O`)
    pub base: PathBuf,
    /// The file of our version, which the result replaces (`%A`)
    pub ours: PathBuf,
    /// The file of their version (`%B`)
    pub theirs: PathBuf,
    /// How long the markers of conflicts are (`%L`)
    pub marker_size: usize,
    /// Where the result will stand in the repository (`%P`)
    pub path: PathBuf,
}

/// Arguments of `template`.
#[derive(Debug, clap::Args)]
pub struct Template {
    /// What to do.
    #[command(subcommand)]
    pub command: TemplateCommand,
}

/// The commands of `template`.
#[derive(Debug, Subcommand)]
pub enum TemplateCommand {
    /// Print all templates over the models of the workspace and of the example, and look at the results
    Check(TemplateCheck),
}

/// Arguments of `template check`.
#[derive(Debug, clap::Args)]
pub struct TemplateCheck {
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
    /// Take warnings for errors
    #[arg(long)]
    pub strict: bool,
}

/// Arguments of `eject`.
#[derive(Debug, clap::Args)]
pub struct Eject {
    /// The path of a built-in file, such as `templates/train.py.hbs`; lists them where none is named
    pub path: Option<String>,
}

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// The description of the command line, for help, completions and the tests.
pub fn command() -> clap::Command {
    Args::command()
}
