//! From bytes to text: byte order marks, the encoding that an XML prolog declares, UTF-8 else.

use std::ops::Range;

use bytestring::ByteString;

use crate::world::Bytes;

/// Decodes a file. The error names the encoding and the first byte that is not text in it.
///
/// Bytes that are UTF-8 become text where they are.
pub fn decode(bytes: Bytes) -> Result<ByteString, String> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(&bytes) {
        return decode_as(encoding, bytes, mark);
    }
    // Two bytes a character without a mark: the `<` at the beginning tells.
    match *bytes {
        [0, b'<', ..] => return decode_as(encoding_rs::UTF_16BE, bytes, 0),
        [b'<', 0, ..] => return decode_as(encoding_rs::UTF_16LE, bytes, 0),
        _ => {}
    }
    let Some(label) = declared(&bytes) else {
        return decode_as(encoding_rs::UTF_8, bytes, 0);
    };
    if let Some(table) = Narrow::of(label) {
        return table.decode(&bytes);
    }
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes())
        .ok_or_else(|| format!("the encoding `{label}` is not known"))?;
    decode_as(encoding, bytes, 0)
}

/// Encodings of one byte a character that the web takes for windows-1252, and XML does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Narrow {
    Ascii,
    Latin1,
}

impl Narrow {
    fn of(label: &str) -> Option<Self> {
        match label.to_ascii_lowercase().as_str() {
            "ascii" | "us-ascii" => Some(Self::Ascii),
            "iso-8859-1" | "iso_8859-1" | "iso8859_1" | "iso8859-1" | "latin1" | "l1" | "cp819"
            | "ibm819" => Some(Self::Latin1),
            _ => None,
        }
    }

    fn decode(self, bytes: &[u8]) -> Result<ByteString, String> {
        let foreign = bytes.iter().position(|b| !b.is_ascii());
        match foreign.filter(|_| self == Self::Ascii) {
            Some(at) => Err(format!("byte {at} is not ASCII, which the file declares")),
            None => Ok(bytes
                .iter()
                .copied()
                .map(char::from)
                .collect::<String>()
                .into()),
        }
    }
}

fn decode_as(
    encoding: &'static encoding_rs::Encoding,
    bytes: Bytes,
    mark: usize,
) -> Result<ByteString, String> {
    if encoding == encoding_rs::UTF_8 {
        let text = if mark == 0 {
            bytes
        } else {
            bytes.slice(mark..)
        };
        return ByteString::try_from(text)
            .map_err(|e| format!("byte {} is not UTF-8", e.valid_up_to()));
    }
    encoding
        .decode_without_bom_handling_and_without_replacement(&bytes[mark..])
        .map(|text| text.into_owned().into())
        .ok_or_else(|| format!("the file is not {}, which it declares", encoding.name()))
}

/// The version in `<?xml version="…"?>`.
pub(super) fn version(text: &str) -> Option<&str> {
    pseudo_attribute(text.trim_start_matches('\u{feff}').as_bytes(), "version")
}

/// The encoding in `<?xml … encoding="…"?>`.
pub(super) fn declared(bytes: &[u8]) -> Option<&str> {
    pseudo_attribute(bytes, "encoding")
}

fn pseudo_attribute<'b>(bytes: &'b [u8], name: &str) -> Option<&'b str> {
    let prolog = bytes.strip_prefix(b"<?xml")?;
    // `<?xmllint …?>` is something else.
    prolog.first().filter(|b| b.is_ascii_whitespace())?;
    let end = prolog.windows(2).take(300).position(|w| w == b"?>")?;
    let prolog = std::str::from_utf8(&prolog[..end]).ok()?;
    let value = prolog
        .split_once(name)?
        .1
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next()
}

/// Whether a value is one.
type Test = fn(&str) -> bool;

/// What may stand in `<?xml …?>`, in this order, each with the test of its value.
const DECLARED: [(&str, Test); 3] = [
    ("version", |v| matches!(v, "1.0" | "1.1")),
    ("encoding", is_encoding_name),
    ("standalone", |v| matches!(v, "yes" | "no")),
];

fn is_encoding_name(value: &str) -> bool {
    let of_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    value.starts_with(|c: char| c.is_ascii_alphabetic()) && value.bytes().all(of_name)
}

/// Checks a whole `<?xml …?>`. The error says where in it, and what is wrong.
pub(super) fn check_declaration(text: &str) -> Result<(), (Range<usize>, String)> {
    const START: usize = "<?xml".len();
    let end = text.len() - "?>".len();
    let mut at = START;
    let mut next = 0;
    loop {
        let rest = &text[at..end];
        let blank = rest.len() - rest.trim_start_matches(XML_BLANKS).len();
        at += blank;
        let rest = &rest[blank..];
        if rest.is_empty() {
            let missing = || {
                (
                    at..end + 2,
                    "`version=\u{22}1.0\u{22}` is missing".to_owned(),
                )
            };
            return if next > 0 { Ok(()) } else { Err(missing()) };
        }
        let length = rest.find(|c: char| c == '=' || XML_BLANKS.contains(&c));
        let name = &rest[..length.unwrap_or(rest.len())];
        let found = DECLARED[next..]
            .iter()
            .position(|(known, _)| *known == name);
        let Some(found) = found.filter(|found| blank > 0 && (next > 0 || *found == 0)) else {
            let names = DECLARED.map(|(name, _)| format!("`{name}`")).join(", ");
            let message = format!("`<?xml …?>` holds {names}, in this order, blanks between them");
            return Err((at..at + name.len().max(1), message));
        };
        let value_at = at + name.len();
        let Some((value, after)) = quoted(&text[value_at..end]) else {
            let message = format!("`{name}` has no value in quotes");
            return Err((at..value_at, message));
        };
        at = value_at + after;
        if !DECLARED[next + found].1(value) {
            let message = format!("`{value}` is no {name} of XML");
            return Err((at - 1 - value.len()..at - 1, message));
        }
        next += found + 1;
    }
}

const XML_BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The value in `= "value"`, and how much text that is.
fn quoted(text: &str) -> Option<(&str, usize)> {
    let inside = text.trim_start_matches(XML_BLANKS).strip_prefix('=')?;
    let inside = inside.trim_start_matches(XML_BLANKS);
    let quote = inside
        .chars()
        .next()
        .filter(|c| matches!(c, '\u{22}' | '\''))?;
    let (value, rest) = inside[1..].split_once(quote)?;
    Some((value, text.len() - rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_is_checked_to_the_letter() {
        for text in [
            "<?xml version='1.0'?>",
            "<?xml version=\"1.1\" encoding = \"x-Mac_1.0\"\tstandalone='yes' ?>",
            "<?xml version='1.0' standalone='no'?>",
        ] {
            assert_eq!(check_declaration(text), Ok(()), "{text}");
        }
        for (text, at) in [
            ("<?xml?>", ""),
            ("<?xml ?>", ""),
            ("<?xml encoding='UTF-8'?>", "encoding"),
            ("<?xml version='1.0+ encoding='UTF-8'?>", "1.0+ encoding="),
            ("<?xml version='1.0'encoding='UTF-8'?>", "encoding"),
            (
                "<?xml version='1.0' standalone='no' encoding='UTF-8'?>",
                "encoding",
            ),
            ("<?xml version='1.0' version='1.0'?>", "version"),
            ("<?xml version='2.0'?>", "2.0"),
            ("<?xml version='1.0' encoding='8859'?>", "8859"),
            ("<?xml version='1.0' encoding?>", "encoding"),
            ("<?xml version='1.0' standalone='maybe'?>", "maybe"),
            ("<?xml version='1.0' other='1'?>", "other"),
            ("<?xml version='1.0\"?>", "version"),
        ] {
            let (found, message) = check_declaration(text).unwrap_err();
            let found = text[found].trim_end_matches("?>");
            assert_eq!(found, at, "{text}: {message}");
        }
    }

    #[test]
    fn the_prolog_and_the_byte_order_mark_are_believed() {
        assert_eq!(
            decode(Bytes::from_static(
                b"<?xml version='1.0' encoding='ISO-8859-1'?>\xe9"
            ))
            .unwrap()
            .chars()
            .last(),
            Some('é')
        );
        assert_eq!(decode(Bytes::from_static(b"\xff\xfea\0")).unwrap(), "a");
        assert_eq!(declared(b"<?xmllint version='1' encoding='x'?><a/>"), None);
        assert_eq!(
            decode(Bytes::from_static(b"ab\xff")).unwrap_err(),
            "byte 2 is not UTF-8"
        );
    }
}
