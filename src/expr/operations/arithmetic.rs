//! Arithmetic that ends in a number or says why not.

use crate::expr::syntax::Binary;
use crate::model::Value;

/// What is said of numbers beyond 64 bits.
pub(in crate::expr) const TOO_LARGE: &str = "the result is too large for a number";
/// What is said of a division by zero.
const BY_ZERO: &str = "division by zero";

/// A whole number as a floating-point one, rounded where it has more than 53 bits.
#[expect(
    clippy::cast_precision_loss,
    reason = "rounding is what conversion means"
)]
pub(in crate::expr) fn real(n: i64) -> f64 {
    n as f64
}

/// A floating-point number without fraction as a whole one.
#[expect(clippy::cast_possible_truncation, reason = "the limits are checked")]
pub(super) fn integer(x: f64) -> Result<Value, String> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&x) {
        Ok(Value::Integer(x as i64))
    } else {
        Err(TOO_LARGE.to_owned())
    }
}

/// The number as a floating-point one.
pub(super) fn as_real(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(n) => Some(real(*n)),
        Value::Real(x) => Some(*x),
        _ => None,
    }
}

/// Computes `a operator b` of two numbers.
pub(in crate::expr) fn compute(operator: Binary, a: &Value, b: &Value) -> Result<Value, String> {
    if let (Value::Integer(a), Value::Integer(b)) = (a, b)
        && operator != Binary::Divide
    {
        return integers(operator, *a, *b);
    }
    let numbers = as_real(a).zip(as_real(b));
    let (a, b) = numbers.ok_or("this is no number")?;
    let result = match operator {
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide if b == 0.0 => return Err(BY_ZERO.to_owned()),
        Binary::Divide => a / b,
        _ => a + b,
    };
    if result.is_finite() || !a.is_finite() || !b.is_finite() {
        Ok(Value::Real(result))
    } else {
        Err(TOO_LARGE.to_owned())
    }
}

fn integers(operator: Binary, a: i64, b: i64) -> Result<Value, String> {
    let result = match operator {
        Binary::Subtract => a.checked_sub(b),
        Binary::Multiply => a.checked_mul(b),
        Binary::Div | Binary::Mod if b == 0 => return Err(BY_ZERO.to_owned()),
        Binary::Div => a.checked_div(b),
        Binary::Mod => Some(a.wrapping_rem(b)),
        _ => a.checked_add(b),
    };
    result.map(Value::Integer).ok_or(TOO_LARGE.to_owned())
}
