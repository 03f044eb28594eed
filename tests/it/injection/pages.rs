//! Pages of Markdown, on which line breaks and characters that hide are blanks.

use mlopsgen::generate::language::{self, Scalar};

use super::strings;

/// What a reader shows of a line of text; `None` where something in it is markup.
fn shown(line: &str) -> Option<String> {
    let (mut out, mut rest) = (String::new(), line);
    while let Some(c) = rest.chars().next() {
        let entities = [("&lt;", '<'), ("&amp;", '&'), ("&#32;", ' ')];
        let entity = entities.iter().find(|(e, _)| rest.starts_with(e));
        let next = rest[c.len_utf8()..].chars().next().unwrap_or(' ');
        let inside = |c: char| c.is_alphanumeric();
        let width = match (entity, c) {
            (Some((entity, plain)), _) => {
                out.push(*plain);
                entity.len()
            }
            (None, '\\') if next.is_ascii_punctuation() => {
                out.push(next);
                2
            }
            (None, '_') if inside(next) && out.ends_with(inside) => {
                out.push(c);
                1
            }
            (None, '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '<' | '&') => return None,
            (None, c) => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[width..];
    }
    Some(out)
}

/// Whether a line begins something other than text.
fn begins_block(line: &str) -> bool {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let number =
        digits.len() < line.len() && (digits.starts_with(". ") || digits.starts_with(") "));
    number || line.starts_with(['#', '>', '+', '-', '=', ' ', '\t']) || line.ends_with("  ")
}

/// What a text is on one line.
fn on_one_line(text: &str) -> String {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    text.chars()
        .map(|c| if hides(c) { ' ' } else { c })
        .collect()
}

#[test]
fn every_text_is_itself_on_a_page() {
    let language = language::find(Some("markdown"), "").unwrap();
    for (before, code) in [
        ("a ", false),
        ("", false),
        ("- ", false),
        ("a `", true),
        ("a\n\n    ", true),
        ("```\n", true),
    ] {
        for text in strings::all() {
            let mut writer = language.writer();
            writer.feed(before);
            let mut printed = String::new();
            let Ok(()) = writer.encode(&Scalar::Text(&text), &mut printed) else {
                assert!(
                    code && text.contains(['`', '~']),
                    "{before:?} refuses {text:?}"
                );
                continue;
            };
            let expected = on_one_line(&text);
            if code {
                assert_eq!(printed, expected, "{before:?}");
                assert!(before != "a `" || !printed.contains('`'), "{text:?}");
                continue;
            }
            assert_eq!(
                shown(&printed).as_deref(),
                Some(expected.as_str()),
                "{before:?}: {printed:?}"
            );
            assert!(
                !before.is_empty() || !begins_block(&printed),
                "{text:?} gives {printed:?}"
            );
        }
    }
}

#[test]
fn markup_is_seen() {
    assert_eq!(shown("a *b*"), None);
    assert_eq!(
        shown("a \\*b\\* &lt;c> d_e"),
        Some("a *b* <c> d_e".to_owned())
    );
    assert!(begins_block("# a") && begins_block("1. a") && !begins_block("\\# a"));
}
