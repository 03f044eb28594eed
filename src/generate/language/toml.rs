//! TOML.

use memchr::{memchr, memchr2, memchr3};

use super::{Flaw, Language, Scalar, Writer, plain, write_in_json_string};
use crate::diag::one_line;

pub(super) struct Toml;

/// The place in the text of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Code,
    Comment,
    Basic {
        escaped: bool,
    },
    Literal,
}

#[derive(Clone, Default, PartialEq)]
struct TomlWriter {
    place: Place,
}

impl Writer for TomlWriter {
    fn step(&mut self, c: char) {
        self.place = match (self.place, c) {
            (Place::Code, '#') => Place::Comment,
            (Place::Code, '"') | (Place::Basic { escaped: true }, _) => {
                Place::Basic { escaped: false }
            }
            (Place::Code, '\'') => Place::Literal,
            (Place::Basic { .. }, '\\') => Place::Basic { escaped: true },
            (Place::Basic { .. }, '"') | (Place::Literal, '\'') | (Place::Comment, '\n') => {
                Place::Code
            }
            (place, _) => place,
        };
    }

    fn skip<'t>(&mut self, text: &'t str) -> &'t str {
        let bytes = text.as_bytes();
        let stop = match self.place {
            Place::Code => memchr3(b'#', b'"', b'\'', bytes),
            Place::Comment => memchr(b'\n', bytes),
            Place::Basic { escaped: false } => memchr2(b'"', b'\\', bytes),
            Place::Basic { escaped: true } => Some(0),
            Place::Literal => memchr(b'\'', bytes),
        };
        &text[stop.unwrap_or(text.len())..]
    }

    fn pass(&mut self, _: &Scalar<'_>, text: &str) {
        if self.place == (Place::Basic { escaped: true }) {
            self.feed(text);
        }
    }

    fn encode(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        match self.place {
            Place::Code => return Toml.literal(value, out),
            Place::Comment => out.push_str(&one_line(plain(value)?)),
            Place::Basic { .. } => write_in_json_string(&plain(value)?, out),
            Place::Literal => {
                let text = plain(value)?;
                if let Some(c) = text.chars().find(|c| *c == '\'' || c.is_control()) {
                    return Err(format!(
                        "`{}` cannot stand between single quotes",
                        c.escape_default()
                    ));
                }
                out.push_str(&text);
            }
        }
        Ok(())
    }
}

impl Language for Toml {
    fn name(&self) -> &'static str {
        "toml"
    }

    fn claims(&self, file: &str) -> bool {
        super::has_ending(file, &["toml"])
    }

    fn writer(&self) -> Box<dyn Writer> {
        Box::new(TomlWriter::default())
    }

    fn literal(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        let real = |x: f64| match x {
            _ if x.is_nan() => Ok("nan".to_owned()),
            f64::INFINITY => Ok("inf".to_owned()),
            f64::NEG_INFINITY => Ok("-inf".to_owned()),
            x => Ok(super::real(x)),
        };
        super::write_json_literal(
            value,
            out,
            Err("it is not set, and TOML has no word for that"),
            &real,
        )
    }

    fn comment(&self) -> Option<(&'static str, &'static str)> {
        Some(("#", ""))
    }

    fn check(&self, text: &str) -> Vec<Flaw> {
        let Err(error) = text.parse::<toml::Table>() else {
            return Vec::new();
        };
        let offset = error.span().map_or(0, |s| s.start);
        vec![Flaw {
            offset,
            message: error.message().to_owned(),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_written_for_its_place() {
        let print = |before, text| super::super::printed(&Toml, before, text);
        assert_eq!(print("a = ", "x\"y\n").unwrap(), "\"x\\\"y\\n\"");
        assert_eq!(print("a = \"x ", "y\"").unwrap(), "y\\\"");
        assert_eq!(print("a = 1 # ", "x\ny").unwrap(), "x y");
        assert!(print("a = 'x ", "y'").is_err());
        assert_eq!(Toml.check("a = b\n").len(), 1);
        assert_eq!(Toml.check("a = 1\n"), []);
    }
}
