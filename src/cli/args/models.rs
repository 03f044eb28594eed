//! The arguments of the commands that work on models and metamodels by themselves.

use clap::ValueEnum;
use std::path::PathBuf;

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
    /// What rules made of a model.
    Trace,
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
    #[arg(value_name = "metamodel|model|trace", hide_possible_values = true)]
    pub subject: Subject,
    /// The files to draw: metamodels, a model, or the rules of a trace; those of the workspace where none is named
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    /// The metamodels.
    pub metamodels: MetamodelFiles,
    /// The model that the rules of a trace work on
    #[arg(long, value_name = "[NAME=]FILE")]
    pub model: Vec<String>,
    /// A model that the rules of a trace look things up in
    #[arg(long, value_name = "FILE")]
    pub knowledge: Vec<PathBuf>,
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
    /// Draw at most so many classes, objects or applications of rules
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Where to write it; the standard output where that is left out
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
}
