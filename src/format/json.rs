//! JSON text as a tree of [`Node`]s, with the place of each byte of each scalar. Strict: RFC 8259, nothing more.

use super::MAX_NODES;
use super::node::{Entry, Keys, Kind, Node};
use super::yaml::report_duplicates;
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, FileId, Sources, Span};

/// How deep arrays and objects may nest.
const MAX_DEPTH: usize = 255;

/// Reads a file. `None` where it is no JSON, which is reported.
pub fn parse(sources: &Sources, file: FileId, diagnostics: &mut Diagnostics) -> Option<Node> {
    let text = sources.file(file).text.clone();
    let mut parser = Parser {
        text: &text,
        file,
        at: usize::from(text.starts_with('\u{feff}')) * 3,
        depth: 0,
        nodes: 0,
        keys: Keys::default(),
    };
    match parser.document() {
        Ok(node) => {
            let whole = Span::new(file, 0, text.len());
            report_duplicates(&node, (&text, whole), diagnostics);
            Some(node)
        }
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            None
        }
    }
}

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

struct Parser<'t> {
    text: &'t str,
    file: FileId,
    at: usize,
    depth: usize,
    nodes: usize,
    keys: Keys,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Node> {
        let node = self.value()?;
        self.blank();
        if self.at < self.text.len() {
            return self.wrong("something stands behind the value");
        }
        Ok(node)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn wrong<T>(&self, message: impl Into<String>) -> Result<T> {
        let rest = &self.text[self.at..];
        let end = self.at + rest.chars().next().map_or(0, char::len_utf8);
        let span = self.span(self.at, end);
        Err(Box::new(Diagnostic::error(
            Code::JsonSyntax,
            span,
            message.into(),
        )))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<()> {
        self.blank();
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        self.wrong(what)
    }

    fn value(&mut self) -> Result<Node> {
        self.blank();
        self.nodes += 1;
        if self.nodes > MAX_NODES || self.depth > MAX_DEPTH {
            let message = if self.depth > MAX_DEPTH {
                format!("arrays and objects nest deeper than {MAX_DEPTH}")
            } else {
                format!("the file has more than {MAX_NODES} values")
            };
            let span = self.span(self.at, self.at + 1);
            return Err(Box::new(Diagnostic::error(Code::Limit, span, message)));
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Kind::Quoted(self.string()?),
            Some(b'-' | b'0'..=b'9') => Kind::Plain(self.number()?),
            Some(b't' | b'f' | b'n') => Kind::Plain(self.word()?),
            Some(_) => return self.wrong("this begins no JSON value"),
            None => return self.wrong("the file ends where a value is expected"),
        };
        Ok(Node {
            span: self.span(start, self.at),
            tag: None,
            kind,
        })
    }

    fn nested(&mut self, with: impl FnOnce(&mut Self) -> Result<Kind>) -> Result<Kind> {
        self.depth += 1;
        self.at += 1;
        let kind = with(self);
        self.depth -= 1;
        kind
    }

    fn object(&mut self) -> Result<Kind> {
        let mut entries = Vec::new();
        self.blank();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Mapping(entries));
        }
        loop {
            self.blank();
            if self.peek() != Some(b'"') {
                return self.wrong("a key in double quotes is expected");
            }
            let mut key = self.string()?;
            self.expect(b':', "a `:` is expected behind the key")?;
            let value = self.value()?;
            key.text = self.keys.shared(&key.text);
            entries.push(Entry { key, value });
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Kind::Mapping(entries));
                }
                _ => return self.wrong("a `,` or a `}` is expected"),
            }
        }
    }

    fn array(&mut self) -> Result<Kind> {
        let mut items = Vec::new();
        self.blank();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::Sequence(items));
        }
        loop {
            items.push(self.value()?);
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Kind::Sequence(items));
                }
                _ => return self.wrong("a `,` or a `]` is expected"),
            }
        }
    }

    fn word(&mut self) -> Result<Excerpt> {
        let rest = &self.text[self.at..];
        for word in ["true", "false", "null"] {
            if rest.starts_with(word) {
                let span = self.span(self.at, self.at + word.len());
                self.at += word.len();
                return Ok(Excerpt::direct(word, span));
            }
        }
        self.wrong("this begins no JSON value")
    }

    fn number(&mut self) -> Result<Excerpt> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        Ok(Excerpt::direct(text, self.span(start, self.at)))
    }

    fn digits(&mut self) -> Result<()> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.wrong("a digit is expected");
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Excerpt> {
        let start = self.at + 1;
        self.at = start;
        let bytes = self.text.as_bytes();
        while bytes
            .get(self.at)
            .is_some_and(|b| !matches!(b, b'"' | b'\\' | 0..0x20))
        {
            self.at += 1;
        }
        if self.peek() == Some(b'"') {
            let text = &self.text[start..self.at];
            let span = self.span(start, self.at);
            self.at += 1;
            return Ok(Excerpt::direct(text, span));
        }
        self.escaped(start)
    }

    /// A string with escapes; each byte of it keeps its place.
    fn escaped(&mut self, start: usize) -> Result<Excerpt> {
        let mut text = self.text[start..self.at].to_owned();
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut offsets: Vec<u32> = (start..self.at).map(place).collect();
        loop {
            let here = self.at;
            let Some(c) = self.text[here..].chars().next() else {
                return self.wrong("the string has no end");
            };
            let decoded = match c {
                '"' => {
                    offsets.push(place(here));
                    self.at += 1;
                    let span = self.span(start, here);
                    return Ok(Excerpt::mapped(text, span, offsets));
                }
                '\\' => self.escape()?,
                c if c < ' ' => return self.wrong("a control character in a string"),
                c => {
                    self.at += c.len_utf8();
                    c
                }
            };
            text.push(decoded);
            offsets.extend(std::iter::repeat_n(place(here), decoded.len_utf8()));
        }
    }

    fn escape(&mut self) -> Result<char> {
        self.at += 1;
        let simple = match self.peek() {
            Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return self.wrong("JSON has no such escape"),
        };
        self.at += 1;
        Ok(simple)
    }

    /// `\u00e9`, or two of them for a character beyond U+FFFF.
    fn unicode(&mut self) -> Result<char> {
        let first = self.four_digits()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let second = if self.text[self.at..].starts_with("\\u") {
            self.at += 1;
            self.four_digits()?
        } else {
            0
        };
        let high = (0xd800..0xdc00).contains(&first);
        if high && (0xdc00..0xe000).contains(&second) {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            if let Some(c) = char::from_u32(code) {
                return Ok(c);
            }
        }
        self.wrong("half of a surrogate pair stands alone")
    }

    fn four_digits(&mut self) -> Result<u32> {
        let digits = self.text.get(self.at + 1..self.at + 5);
        let digits = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|d| u32::from_str_radix(d, 16).ok()) {
            Some(code) => {
                self.at += 5;
                Ok(code)
            }
            None => self.wrong("four hexadecimal digits are expected"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
        let mut sources = Sources::default();
        let file = sources.add("a.json", text);
        let mut found = Diagnostics::default();
        let node = parse(&sources, file, &mut found);
        (node, found.into_iter().collect())
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            "+1",
            ".5",
            "1e",
            "'a'",
            "\"\\x\"",
            "\"\n\"",
            "nul",
            "[1 2]",
            "{a:1}",
            "\"\\ud800\"",
            "\"abc",
            "1 2",
            "[",
            "NaN",
            "\u{7f}",
        ] {
            let (node, found) = read(text);
            assert!(node.is_none() && found.len() == 1, "{text:?} is accepted");
        }
        let deep = "[".repeat(200_000);
        assert_eq!(read(&deep).1[0].code, Code::Limit);
    }

    #[test]
    fn values_keep_their_text_and_their_places() {
        let text = "{\"a\\u00e9\": [1.50, true, null, \"x\\ud83d\\ude00\\n\"]}";
        let (node, found) = read(text);
        assert!(found.is_empty());
        let node = node.unwrap();
        let items = node.get("aé").unwrap().sequence().unwrap();
        assert_eq!(&*items[0].scalar().unwrap().text, "1.50");
        assert!(items[2].is_null());
        let last = items[3].scalar().unwrap();
        assert_eq!(&*last.text, "x😀\n");
        assert_eq!(&text[last.place(1..5).range()], "\\ud83d\\ude00");
    }

    #[test]
    fn a_key_twice_is_reported() {
        assert_eq!(read("{\"a\": 1, \"a\": 2}").1[0].code, Code::DuplicateKey);
    }
}
