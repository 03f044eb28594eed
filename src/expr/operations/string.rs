//! Operations of text. Positions count characters from 1.

use std::sync::Arc;

use regex_lite::{Regex, RegexBuilder};

use super::rules::{self, Signature, Typed};
use super::{Call, Form, Operation, Receiver, case, row};
use crate::diag;
use crate::expr::check::Mistake;
use crate::expr::{Failure, Type};
use crate::model::Value;

const NONE: (Receiver, Form) = (Receiver::String, Form::Values(0, 0));
const ONE: (Receiver, Form) = (Receiver::String, Form::Values(1, 1));
const TWO: (Receiver, Form) = (Receiver::String, Form::Values(2, 2));
const RANGE: (Receiver, Form) = (Receiver::String, Form::Values(1, 2));

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(NONE, ("size", "size(): Integer", "How many characters there are."), (rules::integer, size)),
    row(NONE, ("isEmpty", "isEmpty(): Boolean", "Whether there is no character."), (rules::boolean, is_empty)),
    row(NONE, ("notEmpty", "notEmpty(): Boolean", "Whether there is a character."), (rules::boolean, not_empty)),
    row(ONE, ("concat", "concat(text: String): String", "The text, then the other one."), (rules::texts_to_string, concat)),
    row(RANGE, ("substring", "substring(first: Integer, last: Integer): String", "The characters from a position to another, both included; without the second to the end."), (rules::integers_to_string, substring)),
    row(NONE, ("toUpper", "toUpper(): String", "The text in capital letters."), (rules::string, to_upper)).also(&["toUpperCase"]),
    row(NONE, ("toLower", "toLower(): String", "The text in small letters."), (rules::string, to_lower)).also(&["toLowerCase"]),
    row(NONE, ("toUpperFirst", "toUpperFirst(): String", "The text with a capital first letter."), (rules::string, to_upper_first)),
    row(NONE, ("toLowerFirst", "toLowerFirst(): String", "The text with a small first letter."), (rules::string, to_lower_first)),
    row(NONE, ("trim", "trim(): String", "The text without blanks at its ends."), (rules::string, trim)),
    row(TWO, ("replace", "replace(old: String, new: String): String", "The text with every `old` replaced; nothing in it has a special meaning."), (rules::texts_to_string, replace)),
    row(ONE, ("matches", "matches(pattern: String): Boolean", "Whether a regular expression matches all of the text."), (matches_type, matches)),
    row(ONE, ("split", "split(separator: String): List(String)", "The texts between the separators."), (rules::texts_to_strings, split)),
    row(ONE, ("startsWith", "startsWith(text: String): Boolean", "Whether the text begins with the other one."), (rules::texts_to_boolean, starts_with)),
    row(ONE, ("endsWith", "endsWith(text: String): Boolean", "Whether the text ends with the other one."), (rules::texts_to_boolean, ends_with)),
    row(ONE, ("contains", "contains(text: String): Boolean", "Whether the other text is in the text."), (rules::texts_to_boolean, contains)),
    row(ONE, ("indexOf", "indexOf(text: String): Integer", "The first position of the other text, or 0."), (rules::texts_to_integer, index_of)).also(&["index"]),
    row(NONE, ("toInteger", "toInteger(): Integer", "The whole number that the text writes; any other text fails."), (rules::integer, to_integer)),
    row(NONE, ("toReal", "toReal(): Real", "The number that the text writes; any other text fails."), (rules::real, to_real)),
    row(NONE, ("isInteger", "isInteger(): Boolean", "Whether the text writes a whole number, as `toInteger` reads it."), (rules::boolean, is_integer)),
    row(NONE, ("isReal", "isReal(): Boolean", "Whether the text writes a number, as `toReal` reads it."), (rules::boolean, is_real)),
    row(ONE, ("nearest", "nearest(texts: List(String)): String", "The one of the texts that was probably meant, or null: a few letters differ, or only their case."), (nearest_type, nearest)),
    row(NONE, ("kebabCase", "kebabCase(): String", "The name in the form `two-words`: small letters, digits and single `-`."), (rules::string, kebab_case)),
    row(NONE, ("snakeCase", "snakeCase(): String", "The name in the form `two_words`, with `_` before a digit at the beginning."), (rules::string, snake_case)),
    row(NONE, ("characters", "characters(): List(String)", "The characters."), (rules::strings, characters)),
];

/// A pattern that is written down is compiled at once.
fn matches_type(s: &Signature<'_>) -> Typed {
    let pattern = s.arguments.first().and_then(|a| a.literal());
    match pattern.map(compiled) {
        Some(Err(message)) => Err(Mistake::at(0, message)),
        _ => rules::texts_to_boolean(s),
    }
}

/// Compiles a pattern for all of a text, within a size that keeps the steps per character few.
fn compiled(pattern: &str) -> Result<Regex, String> {
    let build = |text: &str| {
        let mut builder = RegexBuilder::new(text);
        builder.size_limit(1 << 15).nest_limit(100).build()
    };
    let whole = build(pattern).and_then(|_| build(&format!(r"\A(?:{pattern})\z")));
    whole.map_err(|error| format!("this is no regular expression: {error}"))
}

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

fn to_upper(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text().to_uppercase();
    call.give_text(text)
}

fn to_lower(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text().to_lowercase();
    call.give_text(text)
}

fn to_upper_first(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    call.give_text(
        first
            .into_iter()
            .flatten()
            .chain(letters)
            .collect::<String>(),
    )
}

fn to_lower_first(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_lowercase);
    call.give_text(
        first
            .into_iter()
            .flatten()
            .chain(letters)
            .collect::<String>(),
    )
}

fn trim(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    call.give_text(text.trim())
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

fn matches(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, pattern) = (call.text(), call.argument_text(0)?);
    call.charge(text.len() * 16)?;
    if !call.evaluator.patterns.contains_key(&pattern) {
        call.charge(1000)?;
        match compiled(&pattern) {
            Ok(regex) => call.evaluator.patterns.insert(pattern.clone(), regex),
            Err(message) => return call.fail_at(0, message),
        };
    }
    Ok(Value::Boolean(
        call.evaluator.patterns[&pattern].is_match(&text),
    ))
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

fn index_of(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, other) = (call.text(), call.argument_text(0)?);
    let before = text.find(&*other).map(|at| text[..at].chars().count() + 1);
    let position = i64::try_from(before.unwrap_or(0)).unwrap_or(i64::MAX);
    Ok(Value::Integer(position))
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
    let known: Vec<&str> = members.iter().filter_map(Value::as_str).collect();
    let letters: usize = known.iter().map(|k| k.len().min(128)).sum();
    call.charge(letters.saturating_mul(text.len().min(128)) / 4)?;
    let found = diag::nearest(&text, known);
    Ok(found.map_or(Value::Null, Value::text))
}

fn shortened(text: &Arc<str>) -> String {
    text.chars().take(60).collect()
}

fn kebab_case(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = case::kebab(&call.text());
    call.give_text(text)
}

fn snake_case(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = case::snake(&call.text());
    call.give_text(text)
}

fn characters(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    texts(call, text.split("").filter(|t| !t.is_empty()))
}
