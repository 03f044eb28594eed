//! Texts of a file behind its escapes: which byte of a value stands where.

use std::sync::Arc;

use crate::diag::{Excerpt, Sources, Span};

/// What XML calls by names of its own.
const NAMED: [(&str, char); 5] = [
    ("lt", '<'),
    ("gt", '>'),
    ("amp", '&'),
    ("quot", '\x22'),
    ("apos", '\''),
];

/// The value of an attribute or element as an excerpt of its file. Where the file says it by means of its own, such as
/// entities that it declares, the excerpt is known as a whole only.
pub fn excerpt(sources: &Sources, text: &Arc<str>, span: Span) -> Excerpt {
    let raw = sources.slice(span);
    if raw == &**text {
        return Excerpt::direct(text.clone(), span);
    }
    let (decoded, offsets) = decode(raw, span.start);
    if decoded == **text {
        return Excerpt::mapped(text.clone(), span, offsets);
    }
    Excerpt::mapped(text.clone(), span, vec![span.start; text.len() + 1])
}

/// The value that a raw text says, with the place of each byte and of its end.
fn decode(raw: &str, start: u32) -> (String, Vec<u32>) {
    let (mut text, mut offsets) = (String::new(), Vec::new());
    let place = |at: usize| start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
    let mut at = 0;
    while let Some(first) = raw[at..].chars().next() {
        let (c, length) = match first {
            '&' => reference(&raw[at..]).unwrap_or(('&', 1)),
            '\r' if raw[at..].starts_with("\r\n") => (' ', 2),
            '\r' | '\n' | '\t' => (' ', 1),
            c => (c, c.len_utf8()),
        };
        text.push(c);
        offsets.resize(text.len(), place(at));
        at += length;
    }
    offsets.push(place(at));
    (text, offsets)
}

/// The character that a reference at the beginning of a text stands for, and the length of the reference.
fn reference(raw: &str) -> Option<(char, usize)> {
    let name = raw.get(1..raw.find(';')?)?;
    let length = name.len() + 2;
    if let Some((_, c)) = NAMED.iter().find(|(n, _)| *n == name) {
        return Some((*c, length));
    }
    let number = name.strip_prefix('#')?;
    let number = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    Some((char::from_u32(number.ok()?)?, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_of_a_value_knows_its_place_behind_escapes() {
        let mut sources = Sources::default();
        let file = sources.add("a", "v=\"a &lt; b&#xA;é&#39;\r\n.\"");
        let span = Span::new(file, 3, 26);
        let excerpt = excerpt(&sources, &"a < b\né' .".into(), span);
        let shown = |range| sources.slice(excerpt.place(range));
        assert_eq!(shown(2..3), "&lt;");
        assert_eq!(shown(4..5), "b");
        assert_eq!(shown(6..8), "é");
        assert_eq!(shown(8..9), "&#39;");
        assert_eq!(shown(10..11), ".");
    }

    #[test]
    fn a_value_that_is_said_otherwise_is_known_as_a_whole() {
        let mut sources = Sources::default();
        let file = sources.add("a", "&own;");
        let span = Span::new(file, 0, 5);
        let excerpt = excerpt(&sources, &"long text".into(), span);
        assert_eq!(excerpt.place(2..4), Span::new(file, 0, 0));
        let odd = sources.add("a", "&; & &#xD800;");
        let span = Span::new(odd, 0, 13);
        assert_eq!(super::excerpt(&sources, &"x".into(), span).span, span);
    }
}
