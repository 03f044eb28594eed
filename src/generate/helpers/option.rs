//! `{{option x}}`: an option of a command, as the command reads it.

use super::{Helper, Takes, text};
use crate::generate::language::{Language, Scalar};

pub(super) const HELPER: Helper = Helper {
    name: "option",
    documentation: "prints an option of a command bare after a check that it begins with - and a letter, or with --, and goes on with letters, digits and ._:/@+=,- only",
    takes: Takes::Text,
    print,
};

fn print(value: &Scalar, _: &dyn Language) -> Result<String, String> {
    let option = text(value)?;
    let shown = option.escape_debug();
    let name = option
        .strip_prefix("--")
        .or_else(|| option.strip_prefix('-'));
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._:/@+=,-".contains(c);
    match name {
        Some(name)
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(allowed) =>
        {
            Ok(option.to_owned())
        }
        _ => Err(format!("`{shown}` is no option of a command")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::language;

    #[test]
    fn an_option_is_one() {
        let shell = language::find(Some("shell"), "x").unwrap();
        let print = |text: &str| print(&Scalar::Text(text.to_owned()), shell);
        for text in ["-m", "--gid", "--only-binary=:all:", "-rf"] {
            assert_eq!(print(text).as_deref(), Ok(text));
        }
        for text in ["", "-", "--", "---x", "x", "-$x", "--a b", "--a;b", "-é"] {
            assert!(print(text).is_err(), "{text}");
        }
    }
}
