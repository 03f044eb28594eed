//! What can be said on the command line.

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
    /// Generate and commit on every change
    #[command(visible_alias = "w")]
    Watch(Watch),
    /// Say why a line is there, or what a code means
    Explain(Explain),
    /// Say what changed between two models or revisions, in the words of the model
    Diff(Diff),
    /// List the commits that changed artifacts, with their causes
    History(History),
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
    #[arg(default_value = "my-pipeline")]
    pub name: String,
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
  mlopsgen generate --check         for CI: exit 1 if anything would change
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

/// Arguments of `watch`.
#[derive(Debug, clap::Args)]
pub struct Watch {
    /// Commit nothing, whatever the configuration says
    #[arg(long)]
    pub no_commit: bool,
    /// Look at files at this interval instead of waiting for the system's events
    #[arg(long, value_name = "MILLISECONDS")]
    pub poll: Option<u64>,
}

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// A line of an artifact (`generated/churn/train.py:24`), an element of a model (`/churn/evaluation`), a code
    /// (`unknown-feature`), or a constraint
    #[arg(value_name = "FILE:LINE|ELEMENT|CODE|CONSTRAINT")]
    pub what: String,
    /// One feature of the element
    pub feature: Option<String>,
}

/// Arguments of `history`.
#[derive(Debug, clap::Args)]
pub struct History {
    /// Artifacts or folders; all where none is named
    pub paths: Vec<PathBuf>,
    /// How many commits
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
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

/// Arguments of `eject`.
#[derive(Debug, clap::Args)]
pub struct Eject {
    /// The path of a built-in file, such as `templates/train.py.hbs`; lists them where none is named
    pub path: Option<String>,
}

/// Which metamodels a model conforms to.
#[derive(Clone, Debug, clap::Args)]
pub struct MetamodelFiles {
    /// The `.ecore` files that the model conforms to; those of the workspace where none is named
    #[arg(short, long = "metamodel", value_name = "FILE", num_args = 1..)]
    pub metamodels: Vec<PathBuf>,
}

/// Arguments of `eval`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen eval 'self.name'                                of the model of the workspace, where it has one
  mlopsgen eval 'Item.all->sortedBy(i | i.price).name' --model shop.xmi --metamodel shop.ecore
  mlopsgen eval 'self.items->first()' --model shop.yaml --type

`self` is the first root of the model. A list is printed one member a line, an object by its place and its class.
The operations of expressions are listed in tests/suite/operations.md; in a workspace its helpers may be called.
`Class.all` has the instances of knowledge too.")]
pub struct Eval {
    /// The expression
    #[arg(value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub expression: String,
    /// The model: `.xmi`, `.yaml`, `.json`, `.ecore`; that of the workspace where it has only one
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// A model that the expression looks things up in
    #[arg(long, value_name = "FILE")]
    pub knowledge: Vec<PathBuf>,
    #[command(flatten)]
    /// Its metamodels.
    pub metamodels: MetamodelFiles,
    /// Print the static type alone: `Book[0..1]` is one or none, `Book[*]` a list
    #[arg(long = "type")]
    pub ty: bool,
    /// Print JSON, version 1
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `inspect`.
#[derive(Debug, clap::Args)]
pub struct Inspect {
    /// The model: `.xmi`, `.yaml`, `.json`, `.ecore`
    pub file: PathBuf,
    #[command(flatten)]
    /// Its metamodels.
    pub metamodels: MetamodelFiles,
}

/// The forms that models are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModelFormat {
    /// XMI, byte for byte as Eclipse writes it.
    Xmi,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// Arguments of `convert`.
#[derive(Debug, clap::Args)]
pub struct Convert {
    /// The model: `.xmi`, `.yaml`, `.json`, `.ecore`
    pub file: PathBuf,
    #[command(flatten)]
    /// Its metamodels.
    pub metamodels: MetamodelFiles,
    /// The form to write
    #[arg(long, value_name = "FORM")]
    pub to: ModelFormat,
    /// The file to write; standard output where none is named
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `transform`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen transform --to yaml --origins                       the completed model of a workspace, with where each value is from
  mlopsgen transform tables.yaml --model family.xmi --metamodel class.ecore --metamodel relational.ecore -o tables.xmi
  mlopsgen transform split.yaml --model a.yaml -o left=left.xmi -o right=right.xmi   rules that make two models

A `refine` transform completes the model, a `map` transform makes new ones of it; of several files each works on what the
one before it made.")]
pub struct Transform {
    /// The files of rules, in order; without one, those of the workspace
    #[arg(value_name = "RULES")]
    pub rules: Vec<PathBuf>,
    /// The model, several as one, with names where rules tell them apart; of a workspace with one model, that one
    #[arg(long, value_name = "[NAME=]FILE")]
    pub model: Vec<String>,
    /// A model that rules look things up in
    #[arg(long, value_name = "FILE")]
    pub knowledge: Vec<PathBuf>,
    #[command(flatten)]
    /// The metamodels of what is read and of what is made.
    pub metamodels: MetamodelFiles,
    /// The form to write; of a file, that of its name, else YAML
    #[arg(long, value_name = "FORM")]
    pub to: Option<ModelFormat>,
    /// The file to write, `NAME=FILE` for each of several models; standard output where none is named
    #[arg(short, long, value_name = "[NAME=]FILE")]
    pub output: Vec<String>,
    /// Write what each rule did, slot by slot, as JSON
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Say of each value where it comes from, as a comment in YAML
    #[arg(long)]
    pub origins: bool,
}

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen schema -o .mlopsgen/schema.json        of the metamodels of the workspace; `generate` keeps it up to date
  mlopsgen schema --metamodel shop.ecore --root Shop

A YAML model names its schema in its first line, by the way from the model to it:
  # yaml-language-server: $schema=../.mlopsgen/schema.json")]
pub struct Schema {
    #[command(flatten)]
    /// The metamodels.
    pub metamodels: MetamodelFiles,
    /// The class of which every model is; any where none is named
    #[arg(long, value_name = "CLASS")]
    pub root: Option<String>,
    /// Where to write it; the standard output where that is left out
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
}

/// What a diagram shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// The classes of a metamodel.
    Metamodel,
    /// The objects of a model.
    Model,
}

/// How a diagram is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// A picture for browsers.
    Svg,
    /// A class diagram of Mermaid.
    Mermaid,
    /// A graph for Graphviz.
    Dot,
    /// A class diagram of `PlantUML`.
    Plantuml,
}

/// Arguments of `diagram`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen diagram metamodel -o metamodel.svg
  mlopsgen diagram metamodel shop.ecore --focus Shop --depth 2
  mlopsgen diagram model models/churn.yaml --format mermaid
  mlopsgen diagram model shop.xmi --metamodel shop.ecore --focus //@items.0")]
pub struct Diagram {
    /// What to draw
    #[arg(value_name = "metamodel|model", hide_possible_values = true)]
    pub subject: Subject,
    /// The files to draw; those of the workspace where none is named
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    /// The metamodels.
    pub metamodels: MetamodelFiles,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "svg")]
    pub format: Picture,
    /// Begin with this class, or with the object of this name or place
    #[arg(long, value_name = "NAME")]
    pub focus: Vec<String>,
    /// How far from there others are drawn too
    #[arg(long, value_name = "N")]
    pub depth: Option<usize>,
    /// Draw this package alone
    #[arg(long = "package", value_name = "NAME")]
    pub packages: Vec<String>,
    /// Draw boxes without their attributes and values
    #[arg(long)]
    pub plain: bool,
    /// Draw at most so many classes or objects
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Where to write it; the standard output where that is left out
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
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
