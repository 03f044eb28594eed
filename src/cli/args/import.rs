//! The arguments of `import`.

use std::path::PathBuf;

use clap::Subcommand;

use super::MetamodelFiles;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// What to import.
    #[command(subcommand)]
    pub command: ImportCommand,
}

/// The commands of `import`.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Make templates and helpers of the templates and queries of Acceleo
    Acceleo(ImportAcceleo),
}

/// Arguments of `import acceleo`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen import acceleo generate.mtl             into templates/, typed by the workspace
  mlopsgen import acceleo *.mtl --metamodel shop.ecore -o new
  mlopsgen import acceleo generate.mtl --stdout    write nothing, print it

[file] becomes a template with `artifact:` and `for:`, a template that others call a partial
template, a query a helper, [protected] a protected region. What has no equal here is told with its
place, and stays as a comment.
Exit code 1 where something was left over.")]
pub struct ImportAcceleo {
    /// The modules, `.mtl`; those that import each other together
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    /// The metamodels of the modules.
    pub metamodels: MetamodelFiles,
    /// The folder to write to
    #[arg(short, long, value_name = "DIR", default_value = "templates")]
    pub output: PathBuf,
    /// Write nothing; print the files
    #[arg(long)]
    pub stdout: bool,
    /// Replace files that are there
    #[arg(long, conflicts_with = "stdout")]
    pub force: bool,
}
