//! YAML: a scalar is quoted when it must be; files are read by granit.

use granit_parser::Parser;

use super::{Flaw, Language, Scalar, Writer, before, json_string, one_line, plain};
use crate::diag::{Diagnostics, FileId, Span};
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

struct YamlWriter {
    place: Place,
    /// The line so far.
    line: String,
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
        let stops: &[char] = match self.place {
            Place::Comment => &['\n'],
            Place::Single => &['\n', '\''],
            Place::Double { escaped: false } => &['\n', '\\', '\u{22}'],
            Place::Plain => &['\n', '\'', '#', ' ', '\t', '[', '{', ','],
            _ => return text,
        };
        let (plain, rest) = before(text, stops);
        self.line.push_str(plain);
        rest
    }

    fn encode(&self, value: &Scalar) -> Result<String, String> {
        match self.place {
            Place::Start => {
                let text = Yaml.literal(value)?;
                if self.line.trim().is_empty() && text.len() > MAX_KEY {
                    return Err("a key of YAML is no longer than 1024 characters".to_owned());
                }
                Ok(text)
            }
            Place::Comment => Ok(one_line(&plain(value)?)),
            Place::Single => {
                let text = single_line(&plain(value)?)?;
                Ok(text.replace('\'', "''"))
            }
            Place::Double { .. } => {
                let quoted = json_string(&plain(value)?);
                Ok(quoted[1..quoted.len() - 1].to_owned())
            }
            Place::Block => {
                let text = plain(value)?;
                let pad = " ".repeat(self.line.len() - self.line.trim_start().len());
                let first = self.line.trim().is_empty();
                let bad = |c: char| {
                    (c.is_control() && c != '\n' && c != '\t')
                        || is_none(c)
                        || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
                };
                if self.folded && text.contains('\n') {
                    return Err("a folded block would join its lines".to_owned());
                }
                if first && text.starts_with([' ', '\t']) {
                    return Err(
                        "the blanks at its beginning would be taken for indentation".to_owned()
                    );
                }
                if text.chars().any(bad) {
                    return Err("it has a control character".to_owned());
                }
                if text.ends_with('\n') {
                    return Err("the line break at its end may be left out".to_owned());
                }
                Ok(text.replace('\n', &format!("\n{pad}")))
            }
            Place::Plain => {
                let text = plain(value)?;
                let safe = |c: char| c.is_alphanumeric() || "._/@+=~-:".contains(c);
                if text.chars().all(safe) && !text.ends_with(':') && !text.is_empty() {
                    return Ok(text);
                }
                Err("it stands inside of a scalar without quotes; put quotes around the whole in the template".to_owned())
            }
        }
    }
}

fn single_line(text: &str) -> Result<String, String> {
    match text.chars().find(|c| c.is_control() || is_none(*c)) {
        Some(c) => Err(format!(
            "`{}` cannot stand in single quotes",
            c.escape_default()
        )),
        None => Ok(text.to_owned()),
    }
}

/// How long a key may be that stands on a line with its value.
const MAX_KEY: usize = 1024;

/// What stands for no character, and in no YAML.
fn is_none(c: char) -> bool {
    matches!(c, '\u{fffe}' | '\u{ffff}')
}

impl YamlWriter {
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

    fn end_line(&mut self) {
        let code = self.line.split(" #").next().unwrap_or_default().trim_end();
        let indent = self.line.len() - self.line.trim_start().len();
        let header = code.rsplit(' ').next().unwrap_or_default();
        let opens = matches!(
            header.trim_end_matches(['+', '-', '1', '2', '4']),
            "|" | ">"
        ) && self.place != Place::Block;
        if opens {
            self.block = Some(indent);
            self.folded = header.starts_with('>');
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
            line: String::new(),
            block: None,
            folded: false,
        })
    }

    fn literal(&self, value: &Scalar) -> Result<String, String> {
        Ok(match value {
            Scalar::Null => "null".to_owned(),
            Scalar::Boolean(b) => b.to_string(),
            Scalar::Integer(n) => n.to_string(),
            Scalar::Real(x) if x.is_nan() => ".nan".to_owned(),
            Scalar::Real(x) if x.is_infinite() => {
                if *x > 0.0 { ".inf" } else { "-.inf" }.to_owned()
            }
            Scalar::Real(x) => super::real(*x),
            Scalar::Text(text) => scalar(text),
            Scalar::List(items) => {
                let items: Result<Vec<String>, String> =
                    items.iter().map(|i| self.literal(i)).collect();
                format!("[{}]", items?.join(", "))
            }
        })
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
        for event in Parser::new_from_str(text) {
            if let Err(error) = event {
                let offset = error.marker().byte_offset().unwrap_or(text.len());
                return vec![Flaw {
                    offset,
                    message: error.info(),
                }];
            }
        }
        let mut found = Diagnostics::default();
        read(text, &mut found);
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

/// Text as a scalar that every reader takes for that text: bare where that is safe.
fn scalar(text: &str) -> String {
    let inner = |c: char| c.is_ascii_alphanumeric() || "._/@+- ".contains(c);
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(inner)
        && !text.ends_with(' ')
        && serde_yaml::to_string(&text).is_ok_and(|y| y.trim_end() == text);
    if bare {
        text.to_owned()
    } else {
        json_string(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(before: &str, text: &str) -> Result<String, String> {
        let mut writer = Yaml.writer();
        writer.feed(before);
        writer.encode(&Scalar::Text(text.to_owned()))
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
            assert_eq!(print("a: ", word).unwrap(), json_string(word), "{word}");
        }
        for word in ["churn", "example-pipeline", "data/raw.csv", "a b"] {
            assert_eq!(print("- ", word).unwrap(), word);
        }
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
