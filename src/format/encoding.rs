//! From bytes to text: byte order marks, the encoding that an XML prolog declares, UTF-8 else.

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
    let encoding = match declared(&bytes) {
        Some(label) => encoding_rs::Encoding::for_label(label.as_bytes())
            .ok_or_else(|| format!("the encoding `{label}` is not known"))?,
        None => encoding_rs::UTF_8,
    };
    decode_as(encoding, bytes, 0)
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

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(
            decode(Bytes::from_static(b"ab\xff")).unwrap_err(),
            "byte 2 is not UTF-8"
        );
    }
}
