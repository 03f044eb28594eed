//! `mlopsgen git`: git compares and merges models as models.
#![expect(
    clippy::disallowed_methods,
    reason = "git hands over temporary files, anywhere on the machine"
)]

mod diff_driver;
mod install;
mod merge_driver;

use super::args::{Args, Git, GitCommand};
use super::terminal::Terminal;
use super::{Failure, Outcome};

pub(super) fn run(args: &Args, options: &Git, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    match &options.command {
        GitCommand::Install(options) => install::run(args, options, terminal),
        GitCommand::DiffDriver { arguments } => diff_driver::run(args, arguments, terminal),
        GitCommand::MergeDriver(options) => merge_driver::run(args, options, terminal),
    }
}
