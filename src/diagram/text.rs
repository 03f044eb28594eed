//! Texts in pictures: how wide they are, without a font, and how much of them is shown.

/// The longest text of a row or a head, in characters.
pub(super) const LONGEST: usize = 44;
/// How many rows a compartment shows.
pub(super) const ROWS: usize = 14;

/// Adds what `format_args!` makes of something.
pub(super) fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    use std::fmt::Write as _;
    out.write_fmt(what)
        .expect("writing to a string cannot fail");
}

/// How wide a text is at a size of one, in a sans-serif font on the wide side, so that others fit too.
pub(super) fn width(text: &str) -> f64 {
    text.chars().map(advance).sum()
}

/// The width of a character as a part of the size of the font.
fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.29,
        '.' | ',' | ':' | ';' | '!' | ' ' | 'I' => 0.33,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '{' | '}' | '/' | '\\' | '-' | '"' | '`' => 0.41,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 0.96,
        'a'..='z' | '0'..='9' | '_' | '*' => 0.62,
        '+' | '=' | '<' | '>' | '~' | '#' | '&' => 0.82,
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        // Scripts whose characters fill a square, and pictures.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f000}'.. => 1.05,
        // Capitals, and what is not known.
        _ => 0.7,
    }
}

/// A text on one line and not longer than [`LONGEST`].
pub(super) fn short(text: &str) -> String {
    let mut out = String::new();
    for (count, c) in text.trim().chars().enumerate() {
        if count == LONGEST {
            out.truncate(out.trim_end().len());
            out.push('…');
            break;
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

/// A character that may stand in a picture; what steers a terminal or turns the direction of a text around may not.
pub(super) fn visible(c: char) -> char {
    let steers = c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}');
    if matches!(c, '\n' | '\t' | '\r') {
        ' '
    } else if steers {
        '\u{fffd}'
    } else {
        c
    }
}

/// A count with its noun: `1 class`, `2 classes`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(short("a\nb\tc"), "a b c");
        let cut = short(&"x".repeat(60));
        assert_eq!(cut.chars().count(), LONGEST + 1);
        assert!(cut.ends_with('…'));
    }

    #[test]
    fn widths_grow_with_the_text_and_know_wide_scripts() {
        assert!(width("mm") > width("ii") * 2.0);
        assert!(width("日本") > width("ab"));
        assert!(width("e\u{301}") - width("e") < 0.01);
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(counted(1, "class", "classes"), "1 class");
        assert_eq!(counted(12_345, "class", "classes"), "12,345 classes");
    }
}
