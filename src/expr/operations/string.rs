//! Operations of text. Positions count characters from 1.

use std::sync::Arc;

use super::rules::{self, Signature, Typed};
use super::{Call, Form, Operation, Receiver, row};
use crate::diag;
use crate::expr::{Failure, Type};
use crate::model::Value;

const NONE: (Receiver, Form) = (Receiver::String, Form::Values(0, 0));
const ONE: (Receiver, Form) = (Receiver::String, Form::Values(1, 1));
const TWO: (Receiver, Form) = (Receiver::String, Form::Values(2, 2));
const OPTIONAL: (Receiver, Form) = (Receiver::String, Form::Values(0, 1));
const RANGE: (Receiver, Form) = (Receiver::String, Form::Values(1, 2));

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(NONE, ("size", "size(): Integer", "How many characters there are."), (rules::integer, size)).also(&["length"]),
    row(NONE, ("isEmpty", "isEmpty(): Boolean", "Whether there is no character."), (rules::boolean, is_empty)),
    row(NONE, ("notEmpty", "notEmpty(): Boolean", "Whether there is a character."), (rules::boolean, not_empty)),
    row(ONE, ("concat", "concat(text: String): String", "The text, then the other one."), (rules::texts_to_string, concat)),
    row(RANGE, ("substring", "substring(first: Integer, last: Integer): String", "The characters from a position to another, both included; without the second to the end."), (rules::integers_to_string, substring)),
    row(ONE, ("at", "at(position: Integer): String", "The character at a position; another position fails."), (rules::integers_to_string, at)),
    row(ONE, ("first", "first(count: Integer): String", "The first characters, at most so many."), (rules::integers_to_string, first)),
    row(ONE, ("last", "last(count: Integer): String", "The last characters, at most so many."), (rules::integers_to_string, last)),
    row(TWO, ("replace", "replace(old: String, new: String): String", "The text with every `old` replaced; nothing in it has a special meaning."), (rules::texts_to_string, replace)).also(&["substituteAll"]),
    row(TWO, ("substitute", "substitute(old: String, new: String): String", "The text with the first `old` replaced."), (rules::texts_to_string, substitute)),
    row(ONE, ("split", "split(separator: String): List(String)", "The texts between the separators."), (rules::texts_to_strings, split)),
    row(OPTIONAL, ("tokenize", "tokenize(separators: String): List(String)", "The texts between any of the characters, or between blanks, without empty ones."), (rules::texts_to_strings, tokenize)),
    row(NONE, ("lines", "lines(): List(String)", "The lines, without their ends."), (rules::strings, lines)).also(&["tokenizeLine"]),
    row(ONE, ("startsWith", "startsWith(text: String): Boolean", "Whether the text begins with the other one."), (rules::texts_to_boolean, starts_with)),
    row(ONE, ("endsWith", "endsWith(text: String): Boolean", "Whether the text ends with the other one."), (rules::texts_to_boolean, ends_with)),
    row(ONE, ("contains", "contains(text: String): Boolean", "Whether the other text is in the text."), (rules::texts_to_boolean, contains)),
    row(ONE, ("indexOf", "indexOf(text: String): Integer", "The first position of the other text, or 0."), (rules::texts_to_integer, index_of)).also(&["index"]),
    row(ONE, ("lastIndexOf", "lastIndexOf(text: String): Integer", "The last position of the other text, or 0."), (rules::texts_to_integer, last_index_of)).also(&["lastIndex"]),
    row(NONE, ("toInteger", "toInteger(): Integer", "The whole number that the text writes; any other text fails."), (rules::integer, to_integer)).also(&["asInteger"]),
    row(NONE, ("toReal", "toReal(): Real", "The number that the text writes; any other text fails."), (rules::real, to_real)).also(&["asReal"]),
    row(NONE, ("toBoolean", "toBoolean(): Boolean", "What `true` or `false` writes; any other text fails."), (rules::boolean, to_boolean)),
    row(NONE, ("isInteger", "isInteger(): Boolean", "Whether the text writes a whole number, as `toInteger` reads it."), (rules::boolean, is_integer)),
    row(NONE, ("isReal", "isReal(): Boolean", "Whether the text writes a number, as `toReal` reads it."), (rules::boolean, is_real)),
    row(ONE, ("nearest", "nearest(texts: List(String)): String", "The one of the texts that was probably meant, or null: a few letters differ, or only their case."), (nearest_type, nearest)),
    row(NONE, ("characters", "characters(): List(String)", "The characters."), (rules::strings, characters)).also(&["toSequence"]),
];

fn characters_of(text: &str) -> Value {
    Value::Integer(i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
}

fn size(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(characters_of(&call.text()))
}

fn is_empty(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(call.text().is_empty()))
}

fn not_empty(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(!call.text().is_empty()))
}

fn concat(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = format!("{}{}", call.text(), call.argument_text(0)?);
    call.give_text(text)
}

fn substring(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    let count = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let first = call.argument_integer(0)?;
    let last = if call.arguments.len() > 1 {
        call.argument_integer(1)?
    } else {
        count
    };
    let skip = first.checked_sub(1).and_then(|n| usize::try_from(n).ok());
    let take = last.checked_sub(first).and_then(|n| n.checked_add(1));
    let take = take.and_then(|n| usize::try_from(n).ok());
    match skip.zip(take).filter(|_| last <= count) {
        Some((skip, take)) => {
            call.give_text(text.chars().skip(skip).take(take).collect::<String>())
        }
        None => call.fail(format!(
            "there are no characters {first} to {last} in a text of {count}"
        )),
    }
}

/// The character at a position from 1.
fn at(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, position) = (call.text(), call.argument_integer(0)?);
    let index = position
        .checked_sub(1)
        .and_then(|p| usize::try_from(p).ok());
    let Some(letter) = index.and_then(|i| text.chars().nth(i)) else {
        let count = text.chars().count();
        let message = format!("there is no position {position} in a text of {count}");
        return call.fail_at(0, message);
    };
    Ok(Value::text(letter.to_string()))
}

/// How many characters an argument means.
fn count(call: &mut Call<'_, '_>) -> Result<usize, Failure> {
    let count = call.argument_integer(0)?;
    match usize::try_from(count) {
        Ok(count) => Ok(count),
        Err(_) => call.fail_at(0, format!("{count} is no number of characters")),
    }
}

fn first(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, count) = (call.text(), count(call)?);
    call.give_text(text.chars().take(count).collect::<String>())
}

fn last(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, count) = (call.text(), count(call)?);
    let skipped = text.chars().count().saturating_sub(count);
    call.give_text(text.chars().skip(skipped).collect::<String>())
}

fn substitute(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, old, new) = (call.text(), call.argument_text(0)?, call.argument_text(1)?);
    if old.is_empty() {
        return call.fail_at(0, "the text to replace is empty");
    }
    call.give_text(text.replacen(&*old, &new, 1))
}

fn replace(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, old, new) = (call.text(), call.argument_text(0)?, call.argument_text(1)?);
    if old.is_empty() {
        return call.fail_at(0, "the text to replace is empty");
    }
    let count = text.matches(&*old).count();
    call.charge((text.len() + count.saturating_mul(new.len())) / 4)?;
    Ok(Value::text(text.replace(&*old, &new)))
}

fn texts<'t>(
    call: &mut Call<'_, '_>,
    texts: impl Iterator<Item = &'t str>,
) -> Result<Value, Failure> {
    let texts: Vec<Value> = texts.map(Value::text).collect();
    call.charge(texts.len())?;
    Ok(Value::List(texts))
}

fn split(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, separator) = (call.text(), call.argument_text(0)?);
    if separator.is_empty() {
        return call.fail_at(
            0,
            "the separator is empty: `characters()` gives single characters",
        );
    }
    texts(call, text.split(&*separator))
}

fn tokenize(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    if call.arguments.is_empty() {
        return texts(call, text.split_whitespace());
    }
    let separators = call.argument_text(0)?;
    call.charge(text.len().saturating_mul(1 + separators.len() / 8))?;
    let parts = text.split(|c| separators.contains(c));
    texts(call, parts.filter(|t| !t.is_empty()))
}

fn lines(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    texts(call, text.lines())
}

fn starts_with(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let other = call.argument_text(0)?;
    Ok(Value::Boolean(call.text().starts_with(&*other)))
}

fn ends_with(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let other = call.argument_text(0)?;
    Ok(Value::Boolean(call.text().ends_with(&*other)))
}

fn contains(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let other = call.argument_text(0)?;
    Ok(Value::Boolean(call.text().contains(&*other)))
}

/// The position in characters from 1 of a place in a text; 0 where there is none.
fn position(text: &str, at: Option<usize>) -> Value {
    let before = at.map_or(0, |at| text[..at].chars().count() + 1);
    Value::Integer(i64::try_from(before).unwrap_or(i64::MAX))
}

fn index_of(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, other) = (call.text(), call.argument_text(0)?);
    Ok(position(&text, text.find(&*other)))
}

fn last_index_of(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, other) = (call.text(), call.argument_text(0)?);
    Ok(position(&text, text.rfind(&*other)))
}

fn to_integer(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    match text.trim().parse() {
        Ok(n) => Ok(Value::Integer(n)),
        Err(_) => call.fail(format!("`{}` is no whole number", shortened(&text))),
    }
}

fn to_real(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    match text.trim().parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(Value::Real(x)),
        _ => call.fail(format!("`{}` is no number", shortened(&text))),
    }
}

fn to_boolean(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    match text.trim().parse() {
        Ok(truth) => Ok(Value::Boolean(truth)),
        Err(_) => call.fail(format!("`{}` is neither true nor false", shortened(&text))),
    }
}

fn is_integer(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(call.text().trim().parse::<i64>().is_ok()))
}

fn is_real(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let read = call.text().trim().parse::<f64>();
    Ok(Value::Boolean(read.is_ok_and(f64::is_finite)))
}

fn nearest_type(s: &Signature<'_>) -> Typed {
    s.expect(0, &Type::String.list()).map(|()| Type::String)
}

/// Comparing two texts takes a step for each pair of their first letters.
fn nearest(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    let members = call.argument_members(0)?;
    let known: Vec<&str> = members.items().iter().filter_map(Value::as_str).collect();
    let letters: usize = known.iter().map(|k| k.len().min(128)).sum();
    call.charge(letters.saturating_mul(text.len().min(128)) / 4)?;
    let found = diag::nearest(&text, known);
    Ok(found.map_or(Value::Null, Value::text))
}

fn shortened(text: &Arc<str>) -> String {
    text.chars().take(60).collect()
}

fn characters(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    texts(call, text.split("").filter(|t| !t.is_empty()))
}
