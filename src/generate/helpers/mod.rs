//! What a template can call: one file a helper, one row here.

mod dotted;
mod ident;
mod literal;
mod option;
mod word;

use super::language::{Language, Scalar};

/// What a helper can print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Text, and literals of enums.
    Text,
    /// Those, and numbers.
    Word,
    /// Any value.
    Any,
}

/// A helper of one argument that prints text as it stands, after a check that it may.
pub struct Helper {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub documentation: &'static str,
    /// What it can print, as far as types tell.
    pub takes: Takes,
    /// Writes the text behind other text, or says what is wrong with the value.
    pub print: fn(&Scalar<'_>, &dyn Language, &mut String) -> Result<(), String>,
}

/// All helpers, by name.
pub const HELPERS: &[Helper] = &[
    dotted::HELPER,
    ident::HELPER,
    literal::HELPER,
    option::HELPER,
    word::HELPER,
];

/// The helper of that name.
pub fn find(name: &str) -> Option<&'static Helper> {
    HELPERS.iter().find(|h| h.name == name)
}

fn text<'v>(value: &Scalar<'v>) -> Result<&'v str, String> {
    match value {
        Scalar::Text(text) => Ok(text),
        Scalar::Null => Err("it is not set".to_owned()),
        _ => Err("it is no text".to_owned()),
    }
}
