//! TOML.

use super::{Flaw, Language, Scalar, Writer, json_string, one_line, plain};

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

#[derive(Default)]
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

    fn encode(&self, value: &Scalar) -> Result<String, String> {
        match self.place {
            Place::Code => Toml.literal(value),
            Place::Comment => Ok(one_line(&plain(value)?)),
            Place::Basic { .. } => {
                let quoted = json_string(&plain(value)?);
                Ok(quoted[1..quoted.len() - 1].to_owned())
            }
            Place::Literal => {
                let text = plain(value)?;
                match text.chars().find(|c| *c == '\'' || c.is_control()) {
                    Some(c) => Err(format!(
                        "`{}` cannot stand between single quotes",
                        c.escape_default()
                    )),
                    None => Ok(text),
                }
            }
        }
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

    fn literal(&self, value: &Scalar) -> Result<String, String> {
        let real = |x: f64| match x {
            _ if x.is_nan() => Ok("nan".to_owned()),
            f64::INFINITY => Ok("inf".to_owned()),
            f64::NEG_INFINITY => Ok("-inf".to_owned()),
            x => Ok(super::real(x)),
        };
        super::json_literal(
            value,
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
        let print = |before: &str, text: &str| {
            let mut writer = Toml.writer();
            writer.feed(before);
            writer.encode(&Scalar::Text(text.to_owned()))
        };
        assert_eq!(print("a = ", "x\"y\n").unwrap(), "\"x\\\"y\\n\"");
        assert_eq!(print("a = \"x ", "y\"").unwrap(), "y\\\"");
        assert_eq!(print("a = 1 # ", "x\ny").unwrap(), "x y");
        assert!(print("a = 'x ", "y'").is_err());
        assert_eq!(Toml.check("a = b\n").len(), 1);
        assert_eq!(Toml.check("a = 1\n"), []);
    }
}
