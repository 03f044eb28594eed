//! Text of others on a line of ours.

use std::borrow::Cow;

/// Text on one line that nothing can end, and that reads in the order in which it is written: line breaks, control
/// characters and those that hide or turn text become blanks.
pub fn one_line<'t>(text: impl Into<Cow<'t, str>>) -> Cow<'t, str> {
    let text = text.into();
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text;
    }
    let breaks = |c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    let blank = |c| if breaks(c) || hides(c) { ' ' } else { c };
    text.chars().map(blank).collect()
}

/// A count with its noun: `1 file`, `2 files`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Characters that change the direction in which readers see text, and those that are none.
pub fn hides(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_or_turns_a_line() {
        let hostile = "a\nb\u{1b}[31mc\u{202e}d\u{2028}é";
        assert_eq!(one_line(hostile), "a b [31mc d é");
        assert!(matches!(one_line("plain"), Cow::Borrowed("plain")));
    }
}
