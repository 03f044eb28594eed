//! The text of a document: tags, escapes, indentation, line width, encoding.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

/// Indentation is cut from it.
const BLANKS: &str = "                                                                ";

/// How many bytes gather before they leave.
const PIECE: usize = 1 << 16;

/// Beyond this many characters EMF breaks a tag before its next attribute.
const LINE_WIDTH: usize = 80;

/// The form of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As EMF writes models.
    Instance,
    /// As EMF writes `.ecore` files: lines of 80 columns, references to other files in attributes.
    Ecore,
}

impl Layout {
    /// The form that a file of this path has.
    pub fn of(path: &str) -> Self {
        if crate::format::is_ecore(path) {
            Self::Ecore
        } else {
            Self::Instance
        }
    }

    pub(super) fn encodes_references(self) -> bool {
        self == Self::Ecore
    }
}

/// Bytes that need a look wherever they stand, in attributes, in texts, in encodings that hold less than all.
const ALWAYS: u8 = 1;
const IN_ATTRIBUTE: u8 = 2;
const IN_TEXT: u8 = 4;
const NOT_ASCII: u8 = 8;

/// Why a byte needs a look: most texts have no such byte, and are copied as they are.
const SPECIAL: [u8; 256] = special();

const fn special() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte {
            0x0a | 0x09 => IN_ATTRIBUTE,
            0x3e => IN_TEXT,
            // Among them the first byte of the two characters that no file may hold.
            0x3c | 0x26 | 0x22 | 0x00..=0x1f | 0xef => ALWAYS,
            0x80.. => NOT_ASCII,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// Which characters an encoding holds.
enum Charset {
    /// All of them.
    Unicode,
    /// Those below a bound.
    Below(u32),
    /// All, in two bytes each or four.
    Utf16(&'static encoding_rs::Encoding),
    /// Those of another table.
    Other(&'static encoding_rs::Encoding),
}

/// Gathers text and hands it on.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a habit of its own of a form or an encoding"
)]
pub(super) struct Output<'o> {
    text: String,
    charset: Charset,
    out: &'o mut dyn io::Write,
    depth: usize,
    /// How many characters the current line has, for documents of limited width.
    width: usize,
    wraps: bool,
    /// Whether the next attribute begins a line, whatever the width.
    breaks: bool,
    /// Whether control characters may stand as references, which XML 1.1 allows.
    controls: bool,
    /// Whether a byte order mark stands at the beginning: where the name of the encoding does not say the order.
    marks: bool,
    started: bool,
}

impl<'o> Output<'o> {
    pub(super) fn new(
        (encoding, version): (&str, &str),
        layout: Layout,
        out: &'o mut dyn io::Write,
    ) -> Self {
        let upper = encoding.to_ascii_uppercase();
        let known = encoding_rs::Encoding::for_label(encoding.as_bytes());
        let (charset, shown) = match upper.as_str() {
            "UTF-8" | "UTF8" => (Charset::Unicode, "UTF-8"),
            "ASCII" | "US-ASCII" => (Charset::Below(0x7f), encoding),
            "ISO-8859-1" => (Charset::Below(0xff), encoding),
            "UTF-16" | "UTF-16BE" => (Charset::Utf16(encoding_rs::UTF_16BE), encoding),
            "UTF-16LE" => (Charset::Utf16(encoding_rs::UTF_16LE), encoding),
            _ => match known {
                Some(other) if other != encoding_rs::UTF_8 => (Charset::Other(other), encoding),
                _ => (Charset::Unicode, "UTF-8"),
            },
        };
        Self {
            text: format!("<?xml version=\"{version}\" encoding=\"{shown}\"?>\n"),
            charset,
            out,
            depth: 0,
            width: 0,
            wraps: layout == Layout::Ecore,
            breaks: false,
            controls: version == "1.1",
            marks: upper == "UTF-16",
            started: false,
        }
    }

    fn indent(&mut self, depth: usize) {
        self.width = 2 * depth;
        let mut left = self.width;
        while left > 0 {
            let some = left.min(BLANKS.len());
            self.text.push_str(&BLANKS[..some]);
            left -= some;
        }
    }

    /// Begins a start tag.
    #[expect(clippy::unnecessary_wraps, reason = "callers chain it with attributes")]
    pub(super) fn open(&mut self, name: &str) -> io::Result<()> {
        self.indent(self.depth);
        self.text.push('<');
        self.text.push_str(name);
        self.width += 1 + name.len();
        Ok(())
    }

    /// What stands before an attribute: a blank, or a new line.
    #[inline]
    fn separate(&mut self) {
        if self.wraps {
            self.separate_in_lines();
        } else {
            self.text.push(' ');
        }
    }

    fn separate_in_lines(&mut self) {
        if std::mem::take(&mut self.breaks) {
            let width = self.width;
            self.text.push('\n');
            self.indent(self.depth + 2);
            self.width = width + 1;
        } else if self.width > LINE_WIDTH {
            self.text.push('\n');
            self.indent(self.depth + 2);
        } else {
            self.text.push(' ');
            self.width += 1;
        }
    }

    pub(super) fn attribute(&mut self, name: &str, value: &str) -> io::Result<()> {
        self.separate();
        let start = self.text.len();
        self.text.push_str(name);
        self.text.push_str("=\"");
        self.escape(value, Place::Attribute)?;
        self.text.push('"');
        if self.wraps {
            self.width += self.text[start..].encode_utf16().count();
        }
        Ok(())
    }

    /// Runs `with`, which writes namespaces. EMF puts them in when the rest of the tag is there already: that they
    /// fill a line breaks the tag behind them, but counts no further.
    pub(super) fn aside(
        &mut self,
        with: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        let width = self.width;
        with(self)?;
        self.breaks = self.wraps && self.width > LINE_WIDTH;
        self.width = width;
        Ok(())
    }

    /// Begins an attribute; its value may be appended to the text that this returns, where it needs no escapes.
    ///
    /// `opening` is its name with what stands before the value.
    pub(super) fn begin(&mut self, opening: &str) -> &mut String {
        self.separate();
        self.text.push_str(opening);
        self.width += opening.len();
        &mut self.text
    }

    /// Gives an attribute that was begun its value.
    pub(super) fn end_value(&mut self, value: &str) -> io::Result<()> {
        let start = self.text.len();
        self.escape(value, Place::Attribute)?;
        self.text.push('"');
        if self.wraps {
            self.width += self.text[start..].encode_utf16().count();
        }
        Ok(())
    }

    /// Gives an attribute that was begun a value of ASCII that needs no escapes.
    pub(super) fn end_plain_value(&mut self, value: &str) {
        self.text.push_str(value);
        self.text.push('"');
        self.width += value.len() + 1;
    }

    /// Ends such an attribute.
    pub(super) fn end_plain(&mut self) {
        self.text.push('"');
    }

    /// Ends a start tag whose element has something inside.
    pub(super) fn close_start(&mut self) {
        self.text.push_str(">\n");
        self.depth += 1;
    }

    /// Ends a tag whose element has nothing inside.
    pub(super) fn close_empty(&mut self) {
        self.text.push_str("/>\n");
    }

    /// Ends a start tag with a text and an end tag behind it.
    pub(super) fn text_element(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.text.push('>');
        self.escape(text, Place::Text)?;
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
        Ok(())
    }

    /// Ends an element.
    pub(super) fn end(&mut self, name: &str) {
        self.depth -= 1;
        self.indent(self.depth);
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// An element that is text already.
    pub(super) fn raw_element(&mut self, text: &str) {
        self.indent(self.depth);
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn escape(&mut self, value: &str, place: Place) -> io::Result<()> {
        let mut wanted = match place {
            Place::Attribute => ALWAYS | IN_ATTRIBUTE,
            Place::Text => ALWAYS | IN_TEXT,
        };
        if !matches!(self.charset, Charset::Unicode | Charset::Utf16(_)) {
            wanted |= NOT_ASCII;
        }
        if value.bytes().all(|b| SPECIAL[b as usize] & wanted == 0) {
            self.text.push_str(value);
            return Ok(());
        }
        for (at, c) in value.char_indices() {
            match c {
                '<' => self.text.push_str("&lt;"),
                '&' => self.text.push_str("&amp;"),
                '\r' => self.text.push_str("&#xD;"),
                '"' => self.text.push_str("&quot;"),
                '\n' if place == Place::Attribute => self.text.push_str("&#xA;"),
                '\t' if place == Place::Attribute => self.text.push_str("&#x9;"),
                '>' if place == Place::Text && value[..at].ends_with("]]") => {
                    self.text.push_str("&gt;");
                }
                '\n' | '\t' => self.text.push(c),
                c if self.controls && c < ' ' && c > '\0' => {
                    let _ = write!(self.text, "&#x{:x};", u32::from(c));
                }
                c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                    let message =
                        format!("no XML file can hold the character U+{:04X}", u32::from(c));
                    return Err(io::Error::new(io::ErrorKind::InvalidData, message));
                }
                c if self.holds(c) => self.text.push(c),
                c => {
                    let _ = write!(self.text, "&#x{:x};", u32::from(c));
                }
            }
        }
        Ok(())
    }

    fn holds(&self, c: char) -> bool {
        match self.charset {
            Charset::Unicode | Charset::Utf16(_) => true,
            Charset::Below(bound) => u32::from(c) <= bound,
            Charset::Other(encoding) => {
                let mut buffer = [0; 4];
                let (_, _, unmappable) = encoding.encode(c.encode_utf8(&mut buffer));
                !unmappable
            }
        }
    }

    /// Hands on what has gathered, if it is much.
    pub(super) fn flush_some(&mut self) -> io::Result<()> {
        if self.text.len() < PIECE {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes: Cow<'_, [u8]> = match self.charset {
            Charset::Below(bound) if bound > 0x7f => Cow::Owned(
                self.text
                    .chars()
                    .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                    .collect(),
            ),
            Charset::Unicode | Charset::Below(_) => Cow::Borrowed(self.text.as_bytes()),
            Charset::Utf16(encoding) => {
                let big = encoding == encoding_rs::UTF_16BE;
                let mark = (self.marks && !self.started).then_some(0xfeff_u16);
                let units = mark.into_iter().chain(self.text.encode_utf16());
                let pairs = units.map(|u| {
                    if big {
                        u.to_be_bytes()
                    } else {
                        u.to_le_bytes()
                    }
                });
                Cow::Owned(pairs.flatten().collect())
            }
            Charset::Other(encoding) => Cow::Owned(encoding.encode(&self.text).0.into_owned()),
        };
        self.out.write_all(&bytes)?;
        self.started = true;
        self.text.clear();
        Ok(())
    }

    /// Hands on the rest.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Attribute,
    Text,
}
