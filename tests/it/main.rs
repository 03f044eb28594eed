//! One binary for all integration tests.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::format_push_string,
    clippy::print_stdout,
    unreachable_pub,
    reason = "tests work on real files, processes and clocks, and fail by panicking"
)]

mod aql;
mod bad_input;
mod blame;
mod chain;
mod cli;
mod constraints;
mod corpus;
mod derived;
mod diagram;
mod edits;
mod eval;
mod example;
mod fixes;
mod handlebars;
mod history;
mod hostile;
mod injection;
mod interchange;
mod live;
mod merge;
mod mistakes;
mod models;
mod more;
mod mutations;
mod project;
mod python_names;
mod readme;
mod report;
mod same;
mod schema;
mod states;
mod suite;
mod templates;
mod tidy;
mod torture;
mod transform;
mod verify;
mod watch;
