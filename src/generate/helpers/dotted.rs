//! `{{dotted x}}`: names of the target language with dots between them.

use super::{Helper, Takes, text};
use crate::generate::language::{Language, Scalar};

pub(super) const HELPER: Helper = Helper {
    name: "dotted",
    documentation: "prints text bare after a check that it is identifiers with dots between them",
    takes: Takes::Text,
    print,
};

fn print(value: &Scalar<'_>, language: &dyn Language, out: &mut String) -> Result<(), String> {
    let text = text(value)?;
    text.split('.')
        .try_for_each(|part| language.identifier(part))?;
    out.push_str(text);
    Ok(())
}
