//! Which scalar each object has in an attribute, for those who ask about many.
//!
//! A word of its [column](super::columns) is a small whole number, a literal, a truth value or nothing; else it says
//! that the slot has to be looked at.

use super::lookup::{Lookup, Odd};
use super::value::Scalar;
use super::{ObjectId, Reach};

/// A scalar in four bytes: what it is in the lowest two bits, which it is in the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(i32);

/// How many bits say what it is.
const BITS: u32 = 2;
const KIND: i32 = (1 << BITS) - 1;
/// A whole number, or the position of a literal.
const NUMBER: i32 = 0;
const TRUTH: i32 = 1;
/// No value.
const NOTHING: i32 = 2;
/// Anything else: the slot has to be looked at.
const OTHER: i32 = 3;

/// The truth value that is true.
const TRUE: i32 = (1 << BITS) | TRUTH;

impl Word {
    fn of(seen: Result<Option<Scalar>, Odd>) -> Self {
        match seen {
            Ok(None) => Self(NOTHING),
            Ok(Some(Scalar::Boolean(truth))) => Self::with(truth.into(), TRUTH),
            Ok(Some(Scalar::Integer(n))) => Self::with(n, NUMBER),
            Ok(Some(Scalar::Enum(_, literal))) => Self::with(literal.into(), NUMBER),
            Ok(Some(Scalar::Real(_))) | Err(Odd) => Self(OTHER),
        }
    }

    fn with(number: i64, kind: i32) -> Self {
        let number = i32::try_from(number).ok();
        let shifted = number.and_then(|n| n.checked_mul(1 << BITS));
        Self(shifted.map_or(OTHER, |n| n | kind))
    }
}

/// An attribute of at most one value, for those who ask about many objects.
#[derive(Clone, Copy)]
pub struct Scalars<'m, 'l> {
    reach: Reach<'m>,
    at: &'l Lookup,
    column: &'m [Word],
}

impl<'m> Reach<'m> {
    /// An attribute of at most one value, to be asked for of so many objects.
    #[inline]
    pub fn scalars<'l>(self, at: &'l Lookup, objects: usize) -> Scalars<'m, 'l> {
        let column = match self.knowledge {
            None => {
                let word = |object| Word::of(self.look(object, at).scalar(at));
                let model = self.model;
                model.column((at, objects), |known| &known.scalars, word)
            }
            // What is known beside a model has other objects of the same numbers.
            Some(_) => &[],
        };
        Scalars {
            reach: self,
            at,
            column,
        }
    }
}

impl Scalars<'_, '_> {
    /// The whole number that an object has, or its truth value or literal as one.
    #[inline]
    pub fn number(self, object: ObjectId) -> Result<Option<i64>, Odd> {
        match self.column.get(object.0 as usize) {
            Some(Word(word)) if word & KIND <= TRUTH => Ok(Some((word >> BITS).into())),
            Some(Word(NOTHING)) => Ok(None),
            _ => self.look(object)?.map(Scalar::number).transpose(),
        }
    }

    /// Whether an object has the truth value that is true.
    #[inline]
    pub fn is_true(self, object: ObjectId) -> Result<bool, Odd> {
        match self.column.get(object.0 as usize) {
            Some(Word(word)) if word & KIND != OTHER => Ok(*word == TRUE),
            _ => Ok(self.look(object)? == Some(Scalar::Boolean(true))),
        }
    }

    fn look(self, object: ObjectId) -> Result<Option<Scalar>, Odd> {
        self.reach.look(object, self.at).scalar(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metamodel::EnumId;

    #[test]
    fn a_number_that_needs_more_than_thirty_bits_is_looked_at() {
        let word = |n| Word::of(Ok(Some(Scalar::Integer(n)))).0;
        let most = (1 << 29) - 1;
        for n in [0, 1, -1, most, -most - 1] {
            assert_eq!((word(n) & KIND, i64::from(word(n) >> BITS)), (NUMBER, n));
        }
        for n in [most + 1, -most - 2, i64::MAX, i64::MIN] {
            assert_eq!(word(n), OTHER);
        }
    }

    #[test]
    fn truths_literals_and_nothing_are_told_apart() {
        let literal = Scalar::Enum(EnumId(7), 1);
        let seen = [Scalar::Boolean(true), Scalar::Boolean(false), literal];
        let words = seen.map(|scalar| Word::of(Ok(Some(scalar))).0);
        assert_eq!(words, [TRUE, TRUTH, 1 << BITS]);
        assert_eq!(Word::of(Ok(None)), Word(NOTHING));
        assert_eq!(Word::of(Ok(Some(Scalar::Real(1.0)))), Word(OTHER));
    }
}
