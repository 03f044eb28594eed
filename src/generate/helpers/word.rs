//! `{{word x}}`: text that means itself in every language.

use super::{Helper, Takes, text};
use crate::generate::language::{Language, Scalar};

pub(super) const HELPER: Helper = Helper {
    name: "word",
    documentation: "prints text or a number bare after a check that it has letters, digits and ._:/@+=,- only, and no - first",
    takes: Takes::Word,
    print,
};

fn print(value: &Scalar<'_>, language: &dyn Language, out: &mut String) -> Result<(), String> {
    if let Scalar::Integer(n) = value {
        out.push_str(&n.to_string());
        return Ok(());
    }
    if let Scalar::Real(x) = value {
        out.push_str(&x.to_string());
        return Ok(());
    }
    let text = text(value)?;
    let more = language.word_characters();
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || "._:/@+=,-".contains(c) || more.contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        _ if text.is_empty() => Err("it is empty".to_owned()),
        _ if text.starts_with('-') => {
            Err("it begins with `-` and would be taken for an option".to_owned())
        }
        Some(c) => Err(format!(
            "`{}` cannot stand in a bare word",
            c.escape_default()
        )),
        None => {
            if let Some(flaw) = language.word_flaw(text) {
                return Err(flaw.to_owned());
            }
            out.push_str(text);
            Ok(())
        }
    }
}
