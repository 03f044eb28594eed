//! Values of data types and enums: reading them from text and writing them.

use std::sync::Arc;

use super::builtin::XML_TYPE;
use super::date;
use super::real::{self, parse_real};
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
            ValueType::Data(id) if self.data_type(id).package == XML_TYPE => {
                let declared = self.data_type(id);
                parse_xml(declared.primitive, &declared.name, text)
            }
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
    pub fn print(&self, of: ValueType, literal: &Literal) -> String {
        let primitive = match of {
            ValueType::Data(id) => Some(self.data_type(id).primitive),
            ValueType::Enum(_) => None,
        };
        match (literal, primitive) {
            (Literal::Real(x), _) if x.is_infinite() && self.is_xml(of) => {
                if *x > 0.0 { "INF" } else { "-INF" }.to_owned()
            }
            (Literal::Real(x), Some(Primitive::Float)) => collected(real::push_float, *x),
            (Literal::String(s), Some(Primitive::Char)) => {
                s.chars().next().map_or(0, u32::from).to_string()
            }
            (Literal::String(s), Some(Primitive::Date)) => date::in_utc(s),
            _ => self.show(literal),
        }
    }

    fn is_xml(&self, of: ValueType) -> bool {
        matches!(of, ValueType::Data(id) if self.data_type(id).package == XML_TYPE)
    }

    /// Writes a value as people read it: a character as itself.
    pub fn show(&self, literal: &Literal) -> String {
        match literal {
            Literal::Boolean(b) => b.to_string(),
            Literal::Integer(n) => n.to_string(),
            Literal::Real(x) => collected(real::push_double, *x),
            Literal::String(s) => s.to_string(),
            Literal::Enum(id, index) => self.enumeration(*id).literals[*index as usize]
                .literal
                .to_string(),
        }
    }
}

/// What `push` adds for a number.
fn collected(push: fn(f64, &mut String), x: f64) -> String {
    let mut text = String::new();
    push(x, &mut text);
    text
}

/// Reads a value of one of XML Schema's types: blanks do not count, truth is a digit too, infinity has a short name.
fn parse_xml(primitive: Primitive, name: &str, text: &str) -> Result<Literal, String> {
    let words = || text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let text = match name {
        "String" | "AnySimpleType" => text.to_owned(),
        "NormalizedString" => text.replace(['\t', '\n', '\r'], " "),
        _ => words(),
    };
    match (primitive, text.as_str()) {
        (Primitive::Boolean, "0") => Ok(Literal::Boolean(false)),
        (Primitive::Boolean, "1") => Ok(Literal::Boolean(true)),
        (Primitive::Float | Primitive::Double, "INF") => Ok(Literal::Real(f64::INFINITY)),
        (Primitive::Float | Primitive::Double, "-INF") => Ok(Literal::Real(f64::NEG_INFINITY)),
        (Primitive::BigDecimal, text) => big_decimal(text)
            .map(|decimal| without_exponent(&decimal).into())
            .ok_or_else(|| primitive.description().to_owned()),
        (_, text) => parse_primitive(primitive, text),
    }
}

/// A decimal number with all its digits: `1E+3` is `1000`.
fn without_exponent(decimal: &str) -> String {
    let Some((mantissa, exponent)) = decimal.split_once('E') else {
        return decimal.to_owned();
    };
    let Ok(exponent @ -400..=400) = exponent.parse::<i32>() else {
        return decimal.to_owned();
    };
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{part}");
    let point = i32::try_from(whole.len()).unwrap_or_default() + exponent;
    let length = i32::try_from(digits.len()).unwrap_or_default();
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or_default());
    if point <= 0 {
        format!("{sign}0.{}{digits}", zeros(-point))
    } else if exponent > 0 && digits.bytes().all(|b| b == b'0') {
        "0".to_owned()
    } else if point >= length {
        format!("{sign}{digits}{}", zeros(point - length))
    } else {
        let (whole, part) = digits.split_at(usize::try_from(point).unwrap_or_default());
        format!("{sign}{whole}.{part}")
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
            Err(e) => Err(match e.kind() {
                std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                    format!("a whole number between {min} and {max}")
                }
                _ => expected(),
            }),
        },
        Primitive::Float => parse_real::<f32>(text)
            .map(|x| Literal::Real(f64::from(x)))
            .ok_or_else(expected),
        Primitive::Double => parse_real(text).map(Literal::Real).ok_or_else(expected),
        Primitive::BigInteger => big_integer(text).map(Into::into).ok_or_else(expected),
        Primitive::BigDecimal => big_decimal(text).map(Into::into).ok_or_else(expected),
        Primitive::Bytes => {
            let hex = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
            if hex {
                Ok(text.to_ascii_uppercase().into())
            } else {
                Err(expected())
            }
        }
        Primitive::Char => character(text).map(Into::into).ok_or_else(expected),
        Primitive::Date if !date::is_date(text) => Err(expected()),
        Primitive::String | Primitive::Date | Primitive::Opaque => Ok(Literal::String(text.into())),
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

/// A character: by its number, as EMF writes it, or as itself.
fn character(text: &str) -> Option<String> {
    if let Ok(code) = text.parse::<u16>() {
        return char::from_u32(code.into()).map(String::from);
    }
    let mut all = text.chars();
    let first = all.next()?;
    all.next().is_none().then(|| first.to_string())
}

/// Sign and digits without leading zeros.
fn big_integer(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    Some(match (text.starts_with('-'), digits) {
        (_, "") => "0".to_owned(),
        (true, _) => format!("-{digits}"),
        (false, _) => digits.to_owned(),
    })
}

/// A decimal number as Java's `BigDecimal` writes it: the scale is kept, exponents are normalised.
fn big_decimal(text: &str) -> Option<String> {
    let sign = if text.starts_with('-') { "-" } else { "" };
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let stripped = digits.trim_start_matches('0');
    let (digits, sign) = if stripped.is_empty() {
        ("0", "")
    } else {
        (stripped, sign)
    };
    let length = i64::try_from(digits.len()).ok()?;
    let scale = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
    let adjusted = length - 1 - scale;
    if scale == 0 {
        return Some(format!("{sign}{digits}"));
    }
    if scale > 0 && adjusted >= -6 {
        let scale = usize::try_from(scale).ok()?;
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        return Some(format!("{sign}{whole}.{fraction}"));
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let exponent = if adjusted == 0 {
        String::new()
    } else {
        format!("E{adjusted:+}")
    };
    Some(format!("{sign}{first}{point}{rest}{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_keeps_its_scale() {
        for (text, written) in [
            ("1.50", "1.50"),
            ("+001", "1"),
            ("1E3", "1E+3"),
            ("0.0000001", "1E-7"),
            ("-12.5e1", "-125"),
            ("0.00", "0.00"),
            ("12345e-10", "0.0000012345"),
        ] {
            assert_eq!(big_decimal(text).as_deref(), Some(written));
        }
        assert_eq!(big_decimal("1.2.3"), None);
        assert_eq!(big_integer("-007").as_deref(), Some("-7"));
    }

    #[test]
    fn a_character_is_read_by_its_number_or_as_itself() {
        assert_eq!(character("65").as_deref(), Some("A"));
        assert_eq!(character("x").as_deref(), Some("x"));
        assert_eq!(character("xy"), None);
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
