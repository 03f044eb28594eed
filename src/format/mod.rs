//! File syntaxes: `.ecore`, XMI and YAML become typed graphs with the place of every element and value.
//!
//! Readers never fail: what can be read is read, the rest is diagnostics. This module alone knows XML and YAML.

pub mod ecore;
pub mod edit;
mod encoding;
pub mod node;
mod shared;
pub mod xmi;
mod xml;
pub mod yaml;
pub mod yaml_model;

pub use encoding::decode;

/// The largest file that is read, in bytes: offsets are 32 bits wide.
pub const MAX_FILE: usize = 1 << 30;
/// How deep elements or collections may nest.
pub const MAX_DEPTH: usize = 500;
/// How many YAML nodes a file may have after aliases are followed.
pub const MAX_NODES: usize = 4_000_000;
