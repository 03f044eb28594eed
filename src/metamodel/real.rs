//! Floating-point numbers as Java reads and writes them: `1000.0`, `1.0E8`, `0x1.8p1`.

use std::fmt::LowerExp;
use std::str::FromStr;

/// Reads a number as Java does: blanks around it, `NaN`, `Infinity`, a final `d` or `f`.
pub(super) fn parse_real<T: FromStr>(text: &str) -> Option<T> {
    let text = text.trim();
    match text.strip_prefix(['+', '-']).unwrap_or(text) {
        "NaN" | "Infinity" => return text.parse().ok(),
        rest if rest.starts_with("0x") || rest.starts_with("0X") => {}
        rest if !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') => return None,
        _ => {}
    }
    if let Some(value) = hexadecimal(text) {
        // Exact: what has so few digits is no further than the next number of either width.
        return format!("{value:e}").parse().ok();
    }
    text.strip_suffix(['d', 'D', 'f', 'F'])
        .unwrap_or(text)
        .parse()
        .ok()
}

/// `0x1.8p1`: hexadecimal digits and a power of two.
fn hexadecimal(text: &str) -> Option<f64> {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let rest = rest
        .strip_prefix("0x")
        .or_else(|| rest.strip_prefix("0X"))?;
    let (digits, exponent) = rest.split_once(['p', 'P'])?;
    let exponent: i32 = exponent
        .trim_end_matches(['d', 'D', 'f', 'F'])
        .parse()
        .ok()?;
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    if all.is_empty() || all.len() > 13 || exponent.abs() > 2000 {
        return None;
    }
    let mantissa = u64::from_str_radix(&all, 16).ok()?;
    let shift = exponent - 4 * i32::try_from(part.len()).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "thirteen digits are 52 bits")]
    let value = mantissa as f64 * 2f64.powi(shift);
    Some(if text.starts_with('-') { -value } else { value })
}

/// Adds a double as `Double.toString` writes it since Java 19.
pub fn push_double(x: f64, out: &mut String) {
    push(x, zmij::Buffer::new().format(x), out);
}

/// Adds what is left of a double in 32 bits, as `Float.toString` writes it since Java 19.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value was read as 32 bits"
)]
pub(super) fn push_float(x: f64, out: &mut String) {
    let x = x as f32;
    push(x, zmij::Buffer::new().format(x), out);
}

/// A floating-point number of either width.
trait Real: Copy + Into<f64> + FromStr + PartialEq + LowerExp {}
impl Real for f64 {}
impl Real for f32 {}

/// Adds a number; `plain` is how it is written without an exponent.
fn push<R: Real>(x: R, plain: &str, out: &mut String) {
    let magnitude = x.into().abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        out.push_str(plain);
    } else if magnitude.is_finite() {
        let text = scientific(x);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let point = if mantissa.contains('.') { "" } else { ".0" };
        out.extend([mantissa, point, "E", exponent]);
    } else if magnitude.is_nan() {
        out.push_str("NaN");
    } else {
        out.push_str(if x.into() > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        });
    }
}

/// The digits that Java writes: the fewest that mean the number, but of two at least those that are nearest to it.
fn scientific<R: Real>(x: R) -> String {
    let (one, two) = (format!("{x:e}"), format!("{x:.1e}"));
    let digits = one.bytes().take_while(|b| *b != b'e');
    let single = digits.filter(u8::is_ascii_digit).count() == 1;
    if single && two.parse().is_ok_and(|same: R| same == x) {
        two
    } else {
        one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(x: f64) -> String {
        let mut text = String::new();
        push_double(x, &mut text);
        text
    }

    #[test]
    fn numbers_are_written_as_java_writes_them() {
        for (x, text) in [
            (1000.0, "1000.0"),
            (1e7, "1.0E7"),
            (9_999_999.5, "9999999.5"),
            (0.001, "0.001"),
            (0.000_999, "9.99E-4"),
            (1e8, "1.0E8"),
            (0.2, "0.2"),
            (1.5e-5, "1.5E-5"),
            (2e-3, "0.002"),
            (f64::from_bits(1), "4.9E-324"),
            (f64::NEG_INFINITY, "-Infinity"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
        ] {
            assert_eq!(double(x), text);
            assert_eq!(parse_real(text), Some(x));
        }
        assert_eq!(double(f64::NAN), "NaN");
        assert_eq!(parse_real::<f64>("inf"), None);
        assert_eq!(parse_real::<f64>("0x1"), None);
    }

    /// The standard library finds the shortest digits too, in its own way.
    #[test]
    fn plain_numbers_have_the_fewest_digits() {
        let mut bits = 1u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // An exponent from that of 1e-3 to that of 1e7, any digits.
            let x = f64::from_bits((1014 + bits % 32) << 52 | bits >> 12);
            let shortest = x.to_string();
            let point = if shortest.contains('.') { "" } else { ".0" };
            assert_eq!(double(x), format!("{shortest}{point}"));
        }
    }
}
