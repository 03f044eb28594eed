//! `{{literal x}}`: text that looks like a number is a number of the target language, `true` is its true.

use super::{Helper, Takes};
use crate::generate::language::{Language, Scalar};

pub(super) const HELPER: Helper = Helper {
    name: "literal",
    documentation: "prints text as the typed literal that it looks like: 100, 0.5, true, none, [1, 2], or a string",
    takes: Takes::Any,
    print,
};

fn print(value: &Scalar<'_>, language: &dyn Language, out: &mut String) -> Result<(), String> {
    match value {
        Scalar::Text(text) => language.literal(&typed(text), out),
        other => language.literal(other, out),
    }
}

/// The value that a text looks like.
fn typed(text: &str) -> Scalar<'_> {
    let trimmed = text.trim();
    match trimmed.to_ascii_lowercase().as_str() {
        "true" => return Scalar::Boolean(true),
        "false" => return Scalar::Boolean(false),
        "none" | "null" => return Scalar::Null,
        _ => {}
    }
    let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
    if digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
        && let Ok(n) = trimmed.parse()
    {
        return Scalar::Integer(n);
    }
    if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(['.', 'e', 'E'])
        && let Ok(x) = trimmed.parse()
    {
        return Scalar::Real(x);
    }
    if let Some(inner) = trimmed.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        let items = inner.split(',').map(str::trim).filter(|i| !i.is_empty());
        return Scalar::List(items.map(|i| typed(i.trim_matches(['\'', '"']))).collect());
    }
    Scalar::Text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_it_looks_like() {
        assert_eq!(typed("100"), Scalar::Integer(100));
        assert_eq!(typed("1e-3"), Scalar::Real(0.001));
        assert_eq!(typed("007"), Scalar::Text("007"));
        assert_eq!(typed("1.2.3"), Scalar::Text("1.2.3"));
        assert_eq!(typed("inf"), Scalar::Text("inf"));
        assert_eq!(
            typed("[1, a]"),
            Scalar::List(vec![Scalar::Integer(1), Scalar::Text("a")])
        );
    }
}
