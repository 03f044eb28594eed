//! YAML: a scalar is quoted when it must be; files are read by granit.

use std::ops::RangeInclusive;

use granit_parser::Parser;
use memchr::memchr2;

use super::line::Line;
use super::{
    Flaw, Language, Scalar, Writer, before, plain, plain_in, write_in_json_string,
    write_json_string,
};
use crate::diag::{Code, Diagnostics, FileId, Span, one_line};
use crate::format::node::Node;
use crate::format::yaml;

pub(super) struct Yaml;

/// What the text of the line so far means for the next value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A whole scalar begins here.
    Start,
    /// Behind other text of a plain scalar.
    Plain,
    Single,
    Double {
        escaped: bool,
    },
    Comment,
    /// In a block scalar: text, line by line.
    Block,
}

#[derive(PartialEq)]
struct YamlWriter {
    place: Place,
    /// The line so far.
    line: Line,
    /// The indentation of the line that opened a block scalar, while one is open.
    block: Option<usize>,
    /// Whether that block joins its lines.
    folded: bool,
}

impl Writer for YamlWriter {
    fn step(&mut self, c: char) {
        if c == '\n' {
            self.end_line();
            return;
        }
        self.line.push(c);
        self.place = match (self.place, c) {
            (Place::Comment, _) => Place::Comment,
            (Place::Block, _) => self.in_block(),
            (Place::Single, '\'') => Place::Plain,
            (Place::Single, _) | (Place::Start, '\'') => Place::Single,
            (Place::Double { escaped: true }, _) | (Place::Start, '"') => {
                Place::Double { escaped: false }
            }
            (Place::Double { .. }, '\\') => Place::Double { escaped: true },
            (Place::Double { .. }, '"') => Place::Plain,
            (Place::Double { .. }, _) => Place::Double { escaped: false },
            // `''` inside single quotes: the second quote opens again.
            (Place::Plain, '\'') if self.line.ends_with("''") => Place::Single,
            (_, '#')
                if self.line.len() == 1
                    || self.line.ends_with(" #")
                    || self.line.ends_with("\t#") =>
            {
                Place::Comment
            }
            (Place::Start, ' ' | '\t' | '-' | '?') => Place::Start,
            (_, ' ' | '\t') if self.opens_value() => Place::Start,
            (_, '[' | '{' | ',') if self.in_flow() => Place::Start,
            _ => Place::Plain,
        };
    }

    fn skip<'t>(&mut self, text: &'t str) -> &'t str {
        let (plain, rest) = match self.place {
            Place::Comment => before(text, [b'\n']),
            Place::Single => before(text, [b'\n', b'\'']),
            Place::Double { escaped: false } => before(text, [b'\n', b'\\', b'"']),
            Place::Plain => before(text, [b'\n', b'\'', b'#', b' ', b'\t', b'[', b'{', b',']),
            _ => return text,
        };
        self.line.push_str(plain);
        rest
    }

    fn pass(&mut self, value: &Scalar<'_>, text: &str) {
        match (self.place, value) {
            (Place::Start, Scalar::Text(_) | Scalar::Integer(_) | Scalar::Boolean(_)) => {
                self.place = Place::Plain;
            }
            (Place::Comment | Place::Plain | Place::Double { escaped: false }, _) => {}
            _ => return self.feed(text),
        }
        self.line.push_str(text);
    }

    fn recurs(&self) -> bool {
        self.line.is_empty()
    }

    fn encode(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        match self.place {
            Place::Start => {
                let start = out.len();
                Yaml.literal(value, out)?;
                if out.len() - start > MAX_KEY && self.line.trim().is_empty() {
                    return Err("a key of YAML is no longer than 1024 characters".to_owned());
                }
            }
            Place::Comment => out.push_str(&one_line(plain(value)?)),
            Place::Single => {
                let text = plain(value)?;
                if let Some(c) = text.chars().find(|c| c.is_control() || is_none(*c)) {
                    let shown = c.escape_default();
                    return Err(format!("`{shown}` cannot stand in single quotes"));
                }
                out.push_str(&text.replace('\'', "''"));
            }
            Place::Double { .. } => {
                let mut number = itoa::Buffer::new();
                write_in_json_string(&plain_in(value, &mut number)?, out);
            }
            Place::Block => self.in_lines(&plain(value)?, out)?,
            Place::Plain => {
                let text = plain(value)?;
                let safe = |c: char| c.is_alphanumeric() || "._/@+=~-:".contains(c);
                if !text.chars().all(safe) || text.ends_with(':') || text.is_empty() {
                    return Err("it stands inside of a scalar without quotes; put quotes around the whole in the template".to_owned());
                }
                out.push_str(&text);
            }
        }
        Ok(())
    }
}

/// How long a key may be that stands on a line with its value.
const MAX_KEY: usize = 1024;

/// What stands for no character, and in no YAML.
fn is_none(c: char) -> bool {
    matches!(c, '\u{fffe}' | '\u{ffff}')
}

impl Clone for YamlWriter {
    fn clone(&self) -> Self {
        Self {
            line: self.line.clone(),
            ..*self
        }
    }

    fn clone_from(&mut self, from: &Self) {
        self.line.clone_from(&from.line);
        (self.place, self.block, self.folded) = (from.place, from.block, from.folded);
    }
}

impl YamlWriter {
    /// Writes text in a block scalar, whose further lines are indented as this one is.
    fn in_lines(&self, text: &str, out: &mut String) -> Result<(), String> {
        let bad = |c: char| {
            (c.is_control() && c != '\n' && c != '\t')
                || is_none(c)
                || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
        };
        let content = self.line.trim_start();
        let flaw = if self.folded && text.contains('\n') {
            "a folded block would join its lines"
        } else if content.is_empty() && text.starts_with([' ', '\t']) {
            "the blanks at its beginning would be taken for indentation"
        } else if text.chars().any(bad) {
            "it has a control character"
        } else if text.ends_with('\n') {
            "the line break at its end may be left out"
        } else {
            let pad = " ".repeat(self.line.len() - content.len());
            out.push_str(&text.replace('\n', &format!("\n{pad}")));
            return Ok(());
        };
        Err(flaw.to_owned())
    }

    /// Whether the blanks at the end of the line follow `:`, `-`, `,` or an opening bracket.
    fn opens_value(&self) -> bool {
        let line = self.line.trim_end();
        let item = line.trim_start().chars().all(|c| c == '-' || c == ' ');
        let property = line
            .rsplit(' ')
            .next()
            .is_some_and(|w| w.len() > 1 && w.starts_with(['&', '!']));
        property
            || line.ends_with(':')
            || line.is_empty()
            || item
            || (self.in_flow() && line.ends_with(['[', '{', ',']))
    }

    /// Whether a bracket is open on this line.
    fn in_flow(&self) -> bool {
        let count = |c: char| self.line.matches(c).count();
        count('[') + count('{') > count(']') + count('}')
    }

    fn in_block(&self) -> Place {
        let indent = self.line.len() - self.line.trim_start().len();
        match self.block {
            Some(block) if indent <= block && !self.line.trim().is_empty() => Place::Plain,
            _ => Place::Block,
        }
    }

    /// What opens a block scalar at the end of the line; nothing where nothing does.
    fn header(&self) -> &str {
        if memchr2(b'|', b'>', self.line.as_bytes()).is_none() {
            return "";
        }
        let code = self.line.split(" #").next().unwrap_or_default().trim_end();
        let last = code.rsplit(' ').next().unwrap_or_default();
        match last.trim_end_matches(['+', '-', '1', '2', '4']) {
            "|" | ">" => last,
            _ => "",
        }
    }

    fn end_line(&mut self) {
        let header = self.header();
        let indent = self.line.len() - self.line.trim_start().len();
        if !header.is_empty() && self.place != Place::Block {
            self.folded = header.starts_with('>');
            self.block = Some(indent);
        } else if self
            .block
            .is_some_and(|b| indent <= b && !self.line.trim().is_empty())
            && self.place != Place::Block
        {
            self.block = None;
        }
        self.place = match self.place {
            Place::Single | Place::Double { .. } => self.place,
            _ if self.block.is_some() => Place::Block,
            _ => Place::Start,
        };
        self.line.clear();
    }
}

impl Language for Yaml {
    fn name(&self) -> &'static str {
        "yaml"
    }

    fn claims(&self, file: &str) -> bool {
        super::has_ending(file, &["yaml", "yml"])
    }

    fn writer(&self) -> Box<dyn Writer> {
        Box::new(YamlWriter {
            place: Place::Start,
            line: Line::default(),
            block: None,
            folded: false,
        })
    }

    fn literal(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        match value {
            Scalar::Null => out.push_str("null"),
            Scalar::Boolean(b) => out.push_str(super::truth(*b)),
            Scalar::Integer(n) => super::write_integer(*n, out),
            Scalar::Real(x) if x.is_nan() => out.push_str(".nan"),
            Scalar::Real(x) if x.is_infinite() => {
                out.push_str(if *x > 0.0 { ".inf" } else { "-.inf" });
            }
            Scalar::Real(x) => out.push_str(&real(*x)),
            Scalar::Text(text) if is_bare(text) => out.push_str(text),
            Scalar::Text(text) => write_json_string(text, out),
            Scalar::List(items) => {
                return super::write_list(items, out, |item, out| self.literal(item, out));
            }
        }
        Ok(())
    }

    fn identifier(&self, text: &str) -> Result<(), String> {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(inner) {
            return Ok(());
        }
        Err(format!("`{}` is no name", text.escape_debug()))
    }

    fn word_flaw(&self, text: &str) -> Option<&'static str> {
        if text.starts_with(['@', ',']) {
            return Some("no bare word of YAML begins so");
        }
        text.ends_with(':')
            .then_some("a colon at its end would make it a key")
    }

    fn comment(&self) -> Option<(&'static str, &'static str)> {
        Some(("#", ""))
    }

    fn check(&self, text: &str) -> Vec<Flaw> {
        let mut found = Diagnostics::default();
        read(text, &mut found);
        // Documents that can be read one by one are a text that can be: the whole is looked at where one cannot.
        if found.iter().any(|d| d.code != Code::DuplicateKey)
            && let Some(Err(error)) = Parser::new_from_str(text).find(Result::is_err)
        {
            return vec![Flaw {
                offset: error.marker().byte_offset().unwrap_or(text.len()),
                message: error.info(),
            }];
        }
        super::repeated_keys(&found)
    }
}

/// The documents of a file; one that cannot be read is none.
pub(super) fn documents(text: &str) -> Vec<Node> {
    read(text, &mut Diagnostics::default())
}

fn read(text: &str, found: &mut Diagnostics) -> Vec<Node> {
    let file = FileId(0);
    let starts = text.match_indices("---").map(|(at, _)| at).filter(|at| {
        let ends = text[at + 3..].starts_with(char::is_whitespace) || text.len() == at + 3;
        ends && (*at == 0 || text[..*at].ends_with('\n'))
    });
    let starts: Vec<usize> = std::iter::once(0)
        .chain(starts.filter(|at| *at > 0))
        .collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let parts = starts
        .iter()
        .zip(ends)
        .map(|(from, to)| Span::new(file, *from, to));
    parts
        .filter_map(|part| yaml::parse_part(text, part, found))
        .collect()
}

/// Whether every reader takes a text for that text where no quotes are around it.
fn is_bare(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"._/@+- ".contains(&b);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.bytes().all(inner)
        && !text.ends_with(' ')
        && (WORDY.contains(&text.len())
            || serde_yaml::to_string(&text).is_ok_and(|y| y.trim_end() == text))
}

/// Texts of so many letters are no words that YAML knows, and not broken into lines.
const WORDY: RangeInclusive<usize> = 6..=64;

/// A number that YAML 1.1 takes for one, too: with a point, and with the sign of its exponent.
fn real(x: f64) -> String {
    let text = super::real(x);
    let Some((digits, power)) = text.split_once('e') else {
        return text;
    };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if power.starts_with('-') { "" } else { "+" };
    format!("{digits}{point}e{sign}{power}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(before: &str, text: &str) -> Result<String, String> {
        super::super::printed(&Yaml, before, text)
    }

    fn quoted(text: &str) -> String {
        serde_json::to_string(text).unwrap()
    }

    #[test]
    fn a_scalar_is_quoted_when_it_must_be() {
        for word in [
            "no",
            "yes",
            "on",
            "y",
            "null",
            "~",
            "1",
            "1_000",
            "0x1",
            "2001-01-01",
            "a: b",
            "a #b",
            "",
            "- a",
            "True",
        ] {
            assert_eq!(print("a: ", word).unwrap(), quoted(word), "{word}");
        }
        for word in ["churn", "example-pipeline", "data/raw.csv", "a b"] {
            assert_eq!(print("- ", word).unwrap(), word);
        }
    }

    #[test]
    fn a_number_is_one_in_every_version_of_yaml() {
        let printed = |x: f64| {
            let mut out = String::new();
            Yaml.literal(&Scalar::Real(x), &mut out).unwrap();
            out
        };
        let numbers = [1e-7, -1.5e-7, 2e16, 0.25, 3.0].map(printed);
        assert_eq!(numbers, ["1.0e-7", "-1.5e-7", "2.0e+16", "0.25", "3.0"]);
    }

    #[test]
    fn text_is_written_for_its_place() {
        assert_eq!(print("a: \"x ", "a\"b").unwrap(), "a\\\"b");
        assert_eq!(print("a: 'x ", "a'b").unwrap(), "a''b");
        assert_eq!(print("a: 1 # ", "x\ny: 2").unwrap(), "x y: 2");
        assert_eq!(print("a: b/", "c:1").unwrap(), "c:1");
        assert!(print("a: b/", "c d").is_err());
        assert!(print("", &"k".repeat(1025)).is_err(), "a key");
        assert!(print("a: ", &"k".repeat(1025)).is_ok());
        assert!(Yaml.word_flaw("@a").is_some() && Yaml.word_flaw("a:").is_some());
        assert_eq!(Yaml.word_flaw("a:1"), None);
        assert_eq!(print("a: [", "no").unwrap(), "\"no\"");
        assert_eq!(print("a: |\n  x ", "p\nq").unwrap(), "p\n  q");
        assert_eq!(print("a: |\n  x\nb: ", "p\nq").unwrap(), "\"p\\nq\"");
    }
}
