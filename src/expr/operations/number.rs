//! Operations of numbers, and those of everything that has a text.

use super::arithmetic::{TOO_LARGE, as_real, compute, integer};
use super::rules::{self, Signature, Typed};
use super::{Call, Form, Operation, Receiver, row};
use crate::expr::check::Mistake;
use crate::expr::order::compare;
use crate::expr::syntax::Binary;
use crate::expr::{Failure, Type};
use crate::model::Value;

const NONE: (Receiver, Form) = (Receiver::Number, Form::Values(0, 0));
const ONE: (Receiver, Form) = (Receiver::Number, Form::Values(1, 1));
const SCALAR: (Receiver, Form) = (Receiver::Scalar, Form::Values(0, 0));

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(NONE, ("abs", "abs(): Number", "The number without its sign."), (rules::member, abs)),
    row(NONE, ("floor", "floor(): Integer", "The greatest whole number that is not greater."), (rules::integer, floor)),
    row(NONE, ("ceil", "ceil(): Integer", "The least whole number that is not less."), (rules::integer, ceil)).also(&["ceiling"]),
    row(NONE, ("round", "round(): Integer", "The nearest whole number; the greater one of two."), (rules::integer, round)),
    row(NONE, ("sqrt", "sqrt(): Real", "The square root; of a negative number it fails."), (rules::real, sqrt)),
    row(ONE, ("min", "min(other: Number): Number", "The lesser of two numbers."), (common, min)),
    row(ONE, ("max", "max(other: Number): Number", "The greater of two numbers."), (common, max)),
    row(ONE, ("div", "div(other: Integer): Integer", "The quotient of whole numbers, cut towards zero."), (whole, div)),
    row(ONE, ("mod", "mod(other: Integer): Integer", "What remains of `div`, with the sign of the first number."), (whole, modulo)),
    row(NONE, ("toReal", "toReal(): Real", "The number as a floating-point one."), (rules::real, to_real)),
    row(SCALAR, ("toString", "toString(): String", "The text of a value, as it stands in files."), (rules::string, to_string)),
];

fn common(s: &Signature<'_>) -> Typed {
    s.expect(0, &Type::Real)?;
    let both = s.receiver.common(s.argument(0), s.metamodel);
    Ok(both.unwrap_or(Type::Real))
}

fn whole(s: &Signature<'_>) -> Typed {
    if *s.receiver != Type::Integer {
        return Err(Mistake::new(format!(
            "this takes whole numbers, not `{}`",
            s.show(s.receiver)
        )));
    }
    s.expect(0, &Type::Integer).map(|()| Type::Integer)
}

fn or_fail(call: &Call<'_, '_>, result: Result<Value, String>) -> Result<Value, Failure> {
    result.or_else(|message| call.fail(message))
}

fn abs(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let result = match *call.receiver {
        Value::Integer(n) => n
            .checked_abs()
            .map(Value::Integer)
            .ok_or(TOO_LARGE.to_owned()),
        _ => Ok(Value::Real(as_real(&call.receiver).unwrap_or(0.0).abs())),
    };
    or_fail(call, result)
}

/// Makes a whole number of a floating-point one.
fn whole_number(call: &Call<'_, '_>, to: fn(f64) -> f64) -> Result<Value, Failure> {
    match *call.receiver {
        Value::Real(x) => or_fail(call, integer(to(x))),
        ref whole => Ok(whole.clone()),
    }
}

fn sqrt(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let root = as_real(&call.receiver).unwrap_or(0.0).sqrt();
    if root.is_nan() {
        return call.fail("a negative number has no square root");
    }
    Ok(Value::Real(root))
}

fn floor(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    whole_number(call, f64::floor)
}

fn ceil(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    whole_number(call, f64::ceil)
}

fn round(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let half_up = |x: f64| {
        if x - x.floor() >= 0.5 {
            x.floor() + 1.0
        } else {
            x.floor()
        }
    };
    whole_number(call, half_up)
}

/// The other number, which must not be null.
fn other(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    match call.argument(0)? {
        Value::Null => call.null_argument(0),
        number => Ok(number),
    }
}

/// One of two numbers, as a floating-point one where the type says so.
fn chosen(call: &Call<'_, '_>, number: Value) -> Value {
    match (call.node.ty.item(), number) {
        (Type::Real, Value::Integer(n)) => Value::Real(super::arithmetic::real(n)),
        (_, number) => number,
    }
}

fn min(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (one, other) = (Value::clone(&call.receiver), other(call)?);
    let least = if compare(&other, &one).is_lt() {
        other
    } else {
        one
    };
    Ok(chosen(call, least))
}

fn max(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (one, other) = (Value::clone(&call.receiver), other(call)?);
    let greatest = if compare(&other, &one).is_gt() {
        other
    } else {
        one
    };
    Ok(chosen(call, greatest))
}

fn div(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let other = other(call)?;
    or_fail(call, compute(Binary::Div, &call.receiver, &other))
}

fn modulo(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let other = other(call)?;
    or_fail(call, compute(Binary::Mod, &call.receiver, &other))
}

fn to_real(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(as_real(&call.receiver).map_or(Value::Null, Value::Real))
}

fn to_string(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.evaluator.printed(call.node, &call.receiver)?;
    call.give_text(text)
}
