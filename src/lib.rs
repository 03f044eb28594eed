//! mlopsgen: a model transformation engine for ML pipelines, with a git-backed project workspace.
//!
//! Bytes come in through a [`world::World`], a pure pipeline stands in the middle, a plan of files goes out. Walk
//! through the house in the order of the modules: each uses those above it only.
//!
//! | module | what lives there |
//! |---|---|
//! | [`diag`] | what is wrong in a user's files, and where |
//! | [`world`] | where bytes come from |
//! | [`metamodel`] | packages, classes, features |
//! | [`model`] | the typed graph of objects |
//! | [`mod@format`] | Ecore, XMI and YAML |
//! | [`merge`] | three versions of a model become one |
//! | [`expr`] | the expression language |
//! | `recipe` | how rules and fixes make values |
//! | [`constraint`] | what models hold to, and fixes |
//! | [`transform`] | rules |
//! | [`diagram`] | pictures of metamodels and models |
//! | [`generate`] | templates and target languages |
//! | [`mod@import`] | files of other tools |
//! | [`pipeline`] | all of it in order |
//! | [`workspace`] | a workspace on disk |
//! | [`git`] | commits, history, the tree of a revision |
//! | [`audit`] | why an artifact is as it is |
//! | [`mod@report`] | what commits changed, as a page |
//! | [`watch`] | what changes, as it changes |
//! | [`cli`] | the command line |

pub mod rows;

pub mod diag;
pub mod world;

pub mod metamodel;
pub mod model;

pub mod format;

pub mod merge;

pub mod expr;

mod recipe;

pub mod constraint;

pub mod transform;

pub mod diagram;

pub mod generate;

pub mod import;

pub mod pipeline;

pub mod workspace;

pub mod git;

pub mod audit;

pub mod report;

pub mod watch;

pub mod cli;
