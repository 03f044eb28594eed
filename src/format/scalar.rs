//! Text as YAML scalars: bare where every reader takes it for that text, else in quotes or as a block.

use std::borrow::Cow;
use std::fmt::Write;

use granit_parser::ScalarStyle;

/// What a scalar stands for, which decides whether it may stand bare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Text: bare only where nobody takes it for something else.
    Text,
    /// A number or a truth value, as YAML has them.
    Plain,
}

/// Where a scalar stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// Whether brackets are open.
    pub(super) flow: bool,
    /// Whether the file is JSON.
    pub(super) json: bool,
    /// The quotes that the file prefers.
    pub(super) quote: char,
}

/// A scalar of one line in the style of the one that it replaces.
pub(super) fn write(text: &str, meaning: Meaning, old: Option<ScalarStyle>, spot: Spot) -> String {
    let single = || !spot.json && is_printable(text);
    let style = match old {
        Some(ScalarStyle::SingleQuoted) if single() => return single_quoted(text),
        Some(ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) => return double_quoted(text),
        other => other,
    };
    let bare = match meaning {
        Meaning::Plain => number(text).or_else(|| is_truth(text).then(|| text.to_owned())),
        Meaning::Text => (!spot.json && is_bare(text, spot.flow)).then(|| text.to_owned()),
    };
    if let Some(bare) = bare {
        return bare;
    }
    debug_assert!(
        style != Some(ScalarStyle::SingleQuoted),
        "quotes are kept above"
    );
    if spot.quote == '\'' && single() {
        return single_quoted(text);
    }
    double_quoted(text)
}

/// A text of several lines as a literal block: its header and its lines. `None` where a block cannot hold it.
pub(super) fn literal(text: &str) -> Option<(&'static str, String)> {
    let (header, body) = match text.strip_suffix('\n') {
        Some(body) => ("|", body),
        None => ("|-", text),
    };
    let blank = |line: &str| !line.is_empty() && line.trim().is_empty();
    let bad = |c: char| c != '\n' && c != '\t' && !printable(c);
    let first = body.starts_with([' ', '\t', '\n']);
    if !text.contains('\n')
        || body.ends_with('\n')
        || first
        || body.is_empty()
        || body.contains(bad)
        || body.split('\n').any(blank)
    {
        return None;
    }
    Some((header, body.to_owned()))
}

fn is_truth(text: &str) -> bool {
    matches!(text, "true" | "false")
}

/// A number as YAML 1.1, YAML 1.2 and JSON read it: no leading zeros, a point before an exponent, a sign in it.
pub(super) fn number(text: &str) -> Option<String> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (rest, None),
    };
    let (whole, part) = match mantissa.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (mantissa, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let exponent_digits = |e: &str| digits(e.strip_prefix(['+', '-']).unwrap_or(e));
    let good = digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && part.is_none_or(digits)
        && exponent.is_none_or(exponent_digits);
    if !good {
        return None;
    }
    let Some(exponent) = exponent else {
        return Some(text.to_owned());
    };
    let mark = if rest.contains('e') { 'e' } else { 'E' };
    let plus = if exponent.starts_with(['+', '-']) {
        ""
    } else {
        "+"
    };
    let part = part.unwrap_or("0");
    Some(format!("{sign}{whole}.{part}{mark}{plus}{exponent}"))
}

/// Whether a text may stand without quotes: old and new readers take it for this text, and emitters agree.
pub(super) fn is_bare(text: &str, flow: bool) -> bool {
    let first = |c: char| c.is_alphabetic() || matches!(c, '/' | '_');
    let start = text.starts_with(first) || text.starts_with("./") || text.starts_with("../");
    let colon = |(at, _): (usize, &str)| {
        let next = text[at + 1..].chars().next();
        !flow && next.is_some_and(|c| !c.is_whitespace())
    };
    start
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "._/@+-~=() :".contains(c))
        && text.match_indices(':').all(colon)
        && !text.ends_with(' ')
        && (is_long_word(text) || serde_yaml::to_string(&text).is_ok_and(|y| y.trim_end() == text))
}

/// Whether a text of words cannot mean anything else: words like `null`, `false` and `.inf` are shorter.
///
/// A million names are looked at for one file, and the emitter that is asked about the others is slow.
fn is_long_word(text: &str) -> bool {
    text.len() > 5
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '_'))
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-./ ".contains(&b))
        && !text.contains("  ")
}

/// Writes a text as a scalar of one line, in block style where nothing else is said.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if is_bare(text, false) {
        return Cow::Borrowed(text);
    }
    let quote = if text.contains(['"', '\\']) && is_printable(text) {
        '\''
    } else {
        '"'
    };
    let spot = Spot {
        flow: false,
        json: false,
        quote,
    };
    Cow::Owned(write(text, Meaning::Text, None, spot))
}

fn printable(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c,
            '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

fn is_printable(text: &str) -> bool {
    text.chars().all(printable)
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(super) fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if printable(c) => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Spot = Spot {
        flow: false,
        json: false,
        quote: '"',
    };

    #[test]
    fn a_scalar_is_bare_where_every_reader_agrees() {
        for (text, expected) in [
            ("churn", "churn"),
            ("s3://bucket/x", "s3://bucket/x"),
            ("no", "\"no\""),
            ("1.10", "\"1.10\""),
            ("2001-01-01", "\"2001-01-01\""),
            ("a: b", "\"a: b\""),
            ("it's", "\"it's\""),
            ("", "\"\""),
            ("é b", "é b"),
            ("- a", "\"- a\""),
            ("null", "\"null\""),
            ("a\u{85}", "\"a\\u0085\""),
            ("x\u{10ffff}y", "\"x\u{10ffff}y\""),
        ] {
            assert_eq!(write(text, Meaning::Text, None, BLOCK), expected);
        }
        let flow = Spot {
            flow: true,
            ..BLOCK
        };
        assert_eq!(write("s3://b", Meaning::Text, None, flow), "\"s3://b\"");
    }

    #[test]
    fn quotes_are_kept_where_they_can_hold_the_text() {
        let single = Some(ScalarStyle::SingleQuoted);
        assert_eq!(write("it's", Meaning::Text, single, BLOCK), "'it''s'");
        assert_eq!(write("a\nb", Meaning::Text, single, BLOCK), "\"a\\nb\"");
        let double = Some(ScalarStyle::DoubleQuoted);
        assert_eq!(write("9.5", Meaning::Plain, double, BLOCK), "\"9.5\"");
    }

    #[test]
    fn numbers_are_numbers_for_old_and_new_readers() {
        for (text, expected) in [
            ("9.5", "9.5"),
            ("+5", "5"),
            ("1e-3", "1.0e-3"),
            ("1.0E8", "1.0E+8"),
            ("-0.0", "-0.0"),
            ("010", "\"010\""),
            ("NaN", "\"NaN\""),
            ("true", "true"),
        ] {
            assert_eq!(write(text, Meaning::Plain, None, BLOCK), expected);
        }
    }

    #[test]
    fn text_of_several_lines_is_a_block_where_one_can_hold_it() {
        assert_eq!(literal("a\nb\n"), Some(("|", "a\nb".to_owned())));
        assert_eq!(literal("a\n\n b"), Some(("|-", "a\n\n b".to_owned())));
        for text in [
            "a",
            " a\nb",
            "a\n\n",
            "a\r\nb",
            "a\n \nb",
            "\n",
            "a\u{85}\nb",
        ] {
            assert_eq!(literal(text), None, "{text:?}");
        }
    }

    #[test]
    fn long_words_are_bare_as_the_slow_way_finds_them() {
        for word in [
            "churn-train",
            "s3_bucket/x.csv",
            "n estimators",
            "/data/raw",
            "_hidden_",
            "falsey",
            "nullable",
        ] {
            assert!(is_long_word(word), "{word}");
            assert_eq!(serde_yaml::to_string(&word).unwrap().trim_end(), word);
            assert_eq!(text(word), word);
        }
        assert_eq!(text("false"), "\"false\"");
        assert_eq!(text("say \"no\""), "'say \"no\"'");
    }
}
