//! Values of data types and enums: reading them from text and writing them.

use std::sync::Arc;

use super::{EnumId, Metamodel, Primitive, ValueType};

/// A value of a data type or an enum.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text, and everything that is kept as it is written.
    String(Arc<str>),
    /// A literal of an enum, by its position.
    Enum(EnumId, u32),
}

impl Metamodel {
    /// Reads the text of a value. The error says what was expected, such as `a whole number`.
    pub fn parse(&self, of: ValueType, text: &str) -> Result<Literal, String> {
        match of {
            ValueType::Enum(id) => self.parse_enum(id, text),
            ValueType::Data(id) => parse_primitive(self.data_type(id).primitive, text),
        }
    }

    fn parse_enum(&self, id: EnumId, text: &str) -> Result<Literal, String> {
        let literals = &self.enumeration(id).literals;
        let position = literals
            .iter()
            .position(|l| &*l.literal == text || &*l.name == text);
        if let Some(index) = position.and_then(|p| u32::try_from(p).ok()) {
            Ok(Literal::Enum(id, index))
        } else {
            let all: Vec<&str> = literals.iter().map(|l| &*l.literal).collect();
            Err(format!("one of {}", all.join(", ")))
        }
    }

    /// Writes a value as files hold it.
    pub fn print(&self, literal: &Literal) -> String {
        match literal {
            Literal::Boolean(b) => b.to_string(),
            Literal::Integer(n) => n.to_string(),
            Literal::Real(x) => print_real(*x),
            Literal::String(s) => s.to_string(),
            Literal::Enum(id, index) => self.enumeration(*id).literals[*index as usize]
                .literal
                .to_string(),
        }
    }
}

fn parse_primitive(primitive: Primitive, text: &str) -> Result<Literal, String> {
    let expected = || primitive.description().to_owned();
    match primitive {
        Primitive::Boolean => match text {
            _ if text.eq_ignore_ascii_case("true") => Ok(Literal::Boolean(true)),
            _ if text.eq_ignore_ascii_case("false") => Ok(Literal::Boolean(false)),
            _ => Err(expected()),
        },
        Primitive::Integer { min, max } => match text.parse::<i64>() {
            Ok(n) if (min..=max).contains(&n) => Ok(Literal::Integer(n)),
            Ok(_) => Err(format!("a whole number between {min} and {max}")),
            Err(_) => Err(expected()),
        },
        Primitive::Float | Primitive::Double => {
            parse_real(text).map(Literal::Real).ok_or_else(expected)
        }
        Primitive::BigInteger => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if whole {
                Ok(Literal::String(text.into()))
            } else {
                Err(expected())
            }
        }
        Primitive::BigDecimal => {
            if parse_real(text).is_some_and(f64::is_finite) {
                Ok(Literal::String(text.into()))
            } else {
                Err(expected())
            }
        }
        Primitive::Bytes => {
            let hex = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
            if hex {
                Ok(Literal::String(text.into()))
            } else {
                Err(expected())
            }
        }
        Primitive::String | Primitive::Char | Primitive::Date | Primitive::Opaque => {
            Ok(Literal::String(text.into()))
        }
    }
}

/// Reads a number as Java does: blanks around it, `NaN`, `Infinity`, a final `d` or `f`.
fn parse_real(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.strip_prefix(['+', '-']).unwrap_or(text) {
        "NaN" => return Some(f64::NAN),
        "Infinity" => {
            return Some(if text.starts_with('-') {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            });
        }
        rest if !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') => return None,
        _ => {}
    }
    text.strip_suffix(['d', 'D', 'f', 'F'])
        .unwrap_or(text)
        .parse()
        .ok()
}

/// Writes a number as Java does: `1000.0`, `1.0E8`.
fn print_real(x: f64) -> String {
    let magnitude = x.abs();
    if x.is_nan() {
        "NaN".to_owned()
    } else if x.is_infinite() {
        if x > 0.0 {
            "Infinity".to_owned()
        } else {
            "-Infinity".to_owned()
        }
    } else if magnitude != 0.0 && !(1e-3..1e7).contains(&magnitude) {
        let text = format!("{x:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let point = if mantissa.contains('.') { "" } else { ".0" };
        format!("{mantissa}{point}E{exponent}")
    } else {
        let text = x.to_string();
        if text.contains('.') {
            text
        } else {
            format!("{text}.0")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_java_writes_them() {
        for (x, text) in [
            (1000.0, "1000.0"),
            (1e8, "1.0E8"),
            (0.2, "0.2"),
            (1.5e-5, "1.5E-5"),
            (-0.0, "-0.0"),
        ] {
            assert_eq!(print_real(x), text);
            assert_eq!(parse_real(text), Some(x));
        }
        assert_eq!(parse_real("inf"), None);
        assert_eq!(parse_real("0x1"), None);
    }

    #[test]
    fn an_int_takes_a_plus_and_refuses_blanks_and_overflow() {
        let int = super::super::primitive::INT;
        assert_eq!(parse_primitive(int, "+5"), Ok(Literal::Integer(5)));
        assert!(parse_primitive(int, " 5").is_err());
        assert!(
            parse_primitive(int, "2147483648")
                .unwrap_err()
                .contains("between")
        );
    }
}
