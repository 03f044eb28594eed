//! Acceleo's templates, in the language MTL of the OMG.
//!
//! A module is cut into tags, laid out by Acceleo's rules for the production of text, and read into a tree whose parts
//! know their bytes.

mod head;
mod layout;
mod parser;
mod scan;
mod syntax;
#[cfg(test)]
mod tests;
