//! One total order of values, by which expressions compare, sort and tell duplicates.

use std::borrow::Borrow;
use std::cmp::Ordering;

use crate::model::Value;

/// Compares any two values: null first, then by kind, then by value; `1` equals `1.0`.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Integer(a), Value::Real(b)) => mixed(*a, *b),
        (Value::Real(a), Value::Integer(b)) => mixed(*b, *a).reverse(),
        (Value::Real(a), Value::Real(b)) => reals(*a, *b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Proxy(a), Value::Proxy(b)) => a.uri.cmp(&b.uri),
        (Value::Enum(a, i), Value::Enum(b, j)) => (a, i).cmp(&(b, j)),
        (Value::Object(a), Value::Object(b)) => a.cmp(b),
        (Value::Entry(a), Value::Entry(b)) => a
            .feature
            .cmp(&b.feature)
            .then_with(|| compare(&a.value, &b.value)),
        (Value::List(a), Value::List(b)) => {
            let pairs = a.iter().zip(b).map(|(a, b)| compare(a, b));
            let differing = pairs.into_iter().find(|o| o.is_ne());
            differing.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        (a, b) => kind(a).cmp(&kind(b)),
    }
}

/// Whether two values are the same to an expression.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    compare(a, b).is_eq()
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Boolean(_) => 1,
        Value::Integer(_) | Value::Real(_) => 2,
        Value::String(_) => 3,
        Value::Enum(..) => 4,
        Value::Object(_) => 5,
        Value::Proxy(_) => 6,
        Value::Entry(_) => 7,
        Value::List(_) => 8,
    }
}

/// Not-a-number is equal to itself and larger than all others, so that the order is total.
fn reals(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b)
        .unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Compares exactly, also beyond the whole numbers that a floating-point number can hold.
fn mixed(a: i64, b: f64) -> Ordering {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if b.is_nan() || b >= LIMIT {
        return Ordering::Less;
    }
    if b < -LIMIT {
        return Ordering::Greater;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the limits are checked above"
    )]
    let whole = b.trunc() as i64;
    a.cmp(&whole).then_with(|| reals(0.0, b.fract()))
}

/// A value, or a reference to one, as a key of ordered sets.
#[derive(Clone, Debug)]
pub struct Key<V>(pub V);

impl<V: Borrow<Value>> Ord for Key<V> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.0.borrow(), other.0.borrow())
    }
}

impl<V: Borrow<Value>> PartialOrd for Key<V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<V: Borrow<Value>> PartialEq for Key<V> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<V: Borrow<Value>> Eq for Key<V> {}

/// What copying or comparing a value costs: how many values it is made of, and a little for long text.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::List(members) => members.iter().map(size).sum::<usize>() + 1,
        Value::String(text) => text.len() / 64 + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_floating_point_numbers_compare_exactly() {
        let large = Value::Integer(i64::MAX);
        assert_eq!(
            compare(&Value::Integer(1), &Value::Real(1.0)),
            Ordering::Equal
        );
        assert_eq!(
            compare(&Value::Integer(-1), &Value::Real(-1.5)),
            Ordering::Greater
        );
        assert_eq!(
            compare(&large, &Value::Real(9.223_372_036_854_775e18)),
            Ordering::Greater
        );
        assert_eq!(compare(&large, &Value::Real(1e300)), Ordering::Less);
        assert_eq!(compare(&Value::Real(f64::NAN), &large), Ordering::Greater);
        assert!(equal(&Value::Real(f64::NAN), &Value::Real(f64::NAN)));
    }
}
