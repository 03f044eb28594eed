//! Text that is made to leave its place: whatever a model says is data in every artifact, or is refused with a place.
//!
//! [`strings`] makes the text, [`places`] and [`pages`] print it at every place of every language and read it again, [`artifacts`]
//! puts it into every attribute of the example and compares the structure of what the templates of the pack print.
//! `MLOPSGEN_HOSTILE=all` takes all strings for every attribute instead of a few.

mod artifacts;
mod pages;
mod places;
mod strings;
mod structure;
