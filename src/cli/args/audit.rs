//! Arguments of the commands that ask why things are as they are, and whether they are right.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};

use super::Format;
use crate::pipeline::CauseKind;

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
#[command(after_long_help = "\
Examples:
  mlopsgen history                                    the last commits with their causes
  mlopsgen history generated/churn/train.py           those that changed a file
  mlopsgen history 8c1f2e0                            one commit: changes of models, then of files
  mlopsgen history v1.2..HEAD --cause template
  mlopsgen history --element /churn/training          those that changed an element, or something in it
  mlopsgen history --since 2026-11-01 --author jane")]
pub struct History {
    /// Artifacts or folders, a range of commits, or one commit, which is shown whole
    #[arg(value_name = "PATH|COMMIT|A..B")]
    pub what: Vec<String>,
    /// How many commits
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Only commits with a cause of this kind
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub cause: Option<String>,
    /// Only commits that changed an element of a model, or something in it
    #[arg(long, value_name = "ELEMENT")]
    pub element: Option<String>,
    /// Only commits of authors whose name has this in it
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// Only commits of this day and later
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
    /// Only commits of this day and earlier
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// Print JSON, version 1
    #[arg(long)]
    pub json: bool,
}

/// The kind of cause of a commit that has none of its own.
pub(in crate::cli) const BY_HAND: &str = "by-hand";

fn kinds() -> PossibleValuesParser {
    let words = CauseKind::ALL.iter().map(|kind| kind.word());
    words.chain([BY_HAND]).collect::<Vec<_>>().into()
}

/// Arguments of `blame`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen blame generated/churn/train.py
  mlopsgen blame generated/churn/train.py -L 12,17
  mlopsgen blame generated/churn/train.py:14 --json     with the commits of the template's and the model's lines
  mlopsgen blame models/churn.yaml --at v1.2

Columns: the line; the commit it came with, its time and author; the line of the template that printed it, or `by hand`;
the lines of the model and the rules that its values are from, two at most; the text.")]
pub struct Blame {
    /// A file, or a line of it
    #[arg(value_name = "FILE[:LINE]")]
    pub file: String,
    /// From the first of these lines to the second
    #[arg(short = 'L', long, value_name = "A,B")]
    pub lines: Option<String>,
    /// The file as a revision has it
    #[arg(long, value_name = "REV")]
    pub at: Option<String>,
    /// Print JSON, version 1
    #[arg(long)]
    pub json: bool,
}

impl Blame {
    /// The file and its lines, from and to; an error says what is wrong with them.
    pub fn lines(&self) -> Result<(&str, (usize, usize)), String> {
        let wrong = |text: &str| format!("`{text}` is no line, nor two with a comma between them");
        if let Some(text) = &self.lines {
            let (from, to) = text.split_once(',').unwrap_or((text, text));
            let (from, to) = (from.trim().parse(), to.trim().parse());
            let (Ok(from), Ok(to)) = (from, to) else {
                return Err(wrong(text));
            };
            return Ok((&self.file, (from, to)));
        }
        let line = self.file.rsplit_once(':');
        let line = line.and_then(|(file, line)| Some((file, line.parse().ok()?)));
        Ok(line.map_or((&self.file, (1, usize::MAX)), |(file, line)| {
            (file, (line, line))
        }))
    }
}

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen verify                       the last commit
  mlopsgen verify main..HEAD            each commit of a branch, as for a pull request
  mlopsgen verify --all                 the whole history
  mlopsgen verify v1.2 --digests        the digests of the records only, without generating anything
  mlopsgen verify --format github       findings as annotations
  mlopsgen verify --all --signatures    also that each commit is signed by somebody whom git trusts here

Each commit is generated again from its own tree, in memory, and compared byte for byte: models, rules, templates,
configuration, artifacts and records. Text of yours in protected regions, accepted edits and files that are generated
once are no drift. What another version of the program generated is held against the digests of its record.

Exit code 1 where something differs. A change of an artifact together with its record and the message of its commit
cannot be seen without signatures.")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line"
)]
pub struct Verify {
    /// A commit, or a range `A..B`
    #[arg(value_name = "REV|A..B", default_value = "HEAD")]
    pub revision: String,
    /// The commit and all its ancestors
    #[arg(long)]
    pub all: bool,
    /// Hold the digests of the records against the files, and generate nothing
    #[arg(long)]
    pub digests: bool,
    /// Ask git for the signature of each commit; one without a good one is a finding
    #[arg(long)]
    pub signatures: bool,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
    /// Print all commits with their verdicts as JSON, version 1
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// Arguments of `attest`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The statements are those of in-toto, version 1, with the predicate of SLSA, version 1: the artifacts with their digests, the
files that they were made of with theirs, the program, and the commit. They are not signed: `cosign attest-blob` and the
like do that.")]
pub struct Attest {
    /// The commit
    #[arg(value_name = "REV", default_value = "HEAD")]
    pub revision: String,
}

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen restore 8c1f2e0 models/churn.yaml -m 'The new threshold loses customers'
  mlopsgen restore v1.2 templates -m 'Back to the templates of the release'
  mlopsgen restore HEAD~3 . --diff                 what all inputs as they were would change

Models, metamodels, rules, templates and the configuration are restored; what the commit does not have of a folder is
removed. The artifacts are generated of it as ever, edits by hand stay in them, and a commit holds both, with the reason in
its message. Nothing happens where an input has changes that no commit has, or where the restored files do not go
together with the others.")]
pub struct Restore {
    /// The commit that has the files as they should be
    #[arg(value_name = "REV")]
    pub revision: String,
    /// Inputs, or folders with inputs
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Why, for the message of the commit
    #[arg(short, long, value_name = "REASON", required_unless_present = "diff")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub message: Option<String>,
    /// Write nothing; print what would change
    #[arg(long)]
    pub diff: bool,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One page that needs nothing else.
    Html,
    /// Markdown.
    Md,
    /// JSON, version 1.
    Json,
}

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mlopsgen report -o report.html                  the whole history, as one page
  mlopsgen report v1.2..v1.3 -o changes.md        what a release changed, for its notes
  mlopsgen report --since 2026-11-01 --format json

Every commit in it is verified, as `mlopsgen verify` does. All that a report says comes from commits: the same commits give
the same bytes. Exit code 1 where something is not what is generated.")]
pub struct Report {
    /// A commit with all its ancestors, or a range `A..B`
    #[arg(value_name = "REV|A..B", default_value = "HEAD")]
    pub revision: String,
    /// The file to write; standard output where none is named
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How it is written; by the name of the file where that tells, else as HTML
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<ReportFormat>,
    /// Only commits of this day and later
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
    /// Only commits of this day and earlier
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// What it is called
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,
}

impl Report {
    /// How it is written.
    pub fn format(&self) -> ReportFormat {
        let name = self.output.as_ref().and_then(|o| o.extension());
        let by_name = match name.and_then(|n| n.to_str()) {
            Some("md") => ReportFormat::Md,
            Some("json") => ReportFormat::Json,
            _ => ReportFormat::Html,
        };
        self.format.unwrap_or(by_name)
    }
}
