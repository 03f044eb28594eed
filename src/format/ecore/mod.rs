//! Metamodels in Ecore: an `.ecore` file is XMI that conforms to Ecore's own metamodel, and is read as such.

mod bootstrap;
mod convert;

pub use bootstrap::ecore;
pub use convert::metamodel;
