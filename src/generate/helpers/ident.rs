//! `{{ident x}}`: a name of the target language.

use super::{Helper, Takes, text};
use crate::generate::language::{Language, Scalar};

pub(super) const HELPER: Helper = Helper {
    name: "ident",
    documentation: "prints text bare after a check that it is an identifier of the target language",
    takes: Takes::Text,
    print,
};

fn print(value: &Scalar<'_>, language: &dyn Language, out: &mut String) -> Result<(), String> {
    let text = text(value)?;
    language.identifier(text)?;
    out.push_str(text);
    Ok(())
}
