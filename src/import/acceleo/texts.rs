//! How front matters and helpers are written.

use super::names::{called_on, written};
use super::syntax::Parameter;

/// `{a: T, b: U}`.
pub(super) fn parameters(parameters: &[Parameter]) -> String {
    let quoted = |ty: String| {
        if ty.contains(['[', '{', ',']) {
            format!("\"{ty}\"")
        } else {
            ty
        }
    };
    let one = |p: &Parameter| format!("{}: {}", p.name.text, quoted(written(&p.ty.text)));
    let all: Vec<String> = parameters.iter().map(one).collect();
    format!("{{{}}}", all.join(", "))
}

pub(super) fn conjunction(conditions: &[String]) -> String {
    match conditions {
        [only] => only.clone(),
        all => {
            let all: Vec<String> = all.iter().map(|c| called_on(c)).collect();
            all.join(" and ")
        }
    }
}

/// An expression with a variable replaced.
pub(super) fn replaced(text: &str, name: &str, by: &str) -> String {
    let mut out = String::new();
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let alone =
            !before.ends_with(|c| is_letter(c) || c == '.') && !after.starts_with(is_letter);
        out.push_str(before);
        out.push_str(if alone { by } else { name });
        rest = after;
    }
    out + rest
}

/// Text as a scalar of YAML.
pub(super) fn scalar(text: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || "_./-${}()[]<>=+*' :|,@;\\".contains(c);
    let first = text.starts_with(|c: char| c.is_alphanumeric() || "$_(./".contains(c));
    let plain = first
        && text.chars().all(fits)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !["true", "false", "null", "yes", "no"].contains(&text);
    if plain {
        return text.to_owned();
    }
    serde_json::to_string(text).unwrap_or_default()
}
