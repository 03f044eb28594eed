//! `{{option x}}`: an option of a command, as the command reads it.

use super::{Helper, Takes, text};
use crate::generate::language::{Language, Scalar};

pub(super) const HELPER: Helper = Helper {
    name: "option",
    documentation: "prints an option of a command bare after a check that it begins with - and a letter, or with --, and goes on with letters, digits and ._:/@+=,- only",
    takes: Takes::Text,
    print,
};

fn print(value: &Scalar<'_>, _: &dyn Language, out: &mut String) -> Result<(), String> {
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
            out.push_str(option);
            Ok(())
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
        let print = |text: &str| {
            let mut out = String::new();
            print(&Scalar::Text(text), shell, &mut out).map(|()| out)
        };
        for text in ["-m", "--gid", "--only-binary=:all:", "-rf"] {
            assert_eq!(print(text).as_deref(), Ok(text));
        }
        for text in ["", "-", "--", "---x", "x", "-$x", "--a b", "--a;b", "-é"] {
            assert!(print(text).is_err(), "{text}");
        }
    }
}
