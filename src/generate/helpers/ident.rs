//! `{{ident x}}`: a name of the target language.

use super::{Helper, Takes, text};
use crate::generate::language::{Language, Scalar};

pub(super) const HELPER: Helper = Helper {
    name: "ident",
    documentation: "prints text bare after a check that it is an identifier of the target language",
    takes: Takes::Text,
    print,
};

fn print(value: &Scalar, language: &dyn Language) -> Result<String, String> {
    let text = text(value)?;
    language.identifier(text).map(|()| text.to_owned())
}
