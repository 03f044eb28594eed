//! Operations of text that change its letters, or ask what they are.

use super::rules;
use super::{Call, Form, Operation, Receiver, case, row};
use crate::expr::Failure;
use crate::model::Value;

const NONE: (Receiver, Form) = (Receiver::String, Form::Values(0, 0));
const ONE: (Receiver, Form) = (Receiver::String, Form::Values(1, 1));

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(NONE, ("toUpper", "toUpper(): String", "The text in capital letters."), (rules::string, to_upper)).also(&["toUpperCase"]),
    row(NONE, ("toLower", "toLower(): String", "The text in small letters."), (rules::string, to_lower)).also(&["toLowerCase"]),
    row(NONE, ("toUpperFirst", "toUpperFirst(): String", "The text with a capital first letter."), (rules::string, to_upper_first)).also(&["firstToUpper", "firstToUpperCase"]),
    row(NONE, ("toLowerFirst", "toLowerFirst(): String", "The text with a small first letter."), (rules::string, to_lower_first)).also(&["firstToLower", "firstToLowerCase"]),
    row(NONE, ("trim", "trim(): String", "The text without blanks at its ends."), (rules::string, trim)),
    row(NONE, ("kebabCase", "kebabCase(): String", "The name in the form `two-words`: small letters, digits and single `-`."), (rules::string, kebab_case)),
    row(NONE, ("snakeCase", "snakeCase(): String", "The name in the form `two_words`, with `_` before a digit at the beginning."), (rules::string, snake_case)),
    row(NONE, ("isAlpha", "isAlpha(): Boolean", "Whether all characters are letters, and there is one."), (rules::boolean, is_alpha)),
    row(NONE, ("isAlphaNum", "isAlphaNum(): Boolean", "Whether all characters are letters or digits, and there is one."), (rules::boolean, is_alpha_num)),
    row(ONE, ("equalsIgnoreCase", "equalsIgnoreCase(text: String): Boolean", "Whether the texts are the same but for capital and small letters."), (rules::texts_to_boolean, equals_ignore_case)),
];

fn to_upper(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text().to_uppercase();
    call.give_text(text)
}

fn to_lower(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text().to_lowercase();
    call.give_text(text)
}

/// The text with its first letter changed.
fn first_letter<L: Iterator<Item = char>>(
    call: &mut Call<'_, '_>,
    change: fn(char) -> L,
) -> Result<Value, Failure> {
    let text = call.text();
    let mut letters = text.chars();
    let first = letters.next().map(change);
    let changed: String = first.into_iter().flatten().chain(letters).collect();
    call.give_text(changed)
}

fn to_upper_first(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    first_letter(call, char::to_uppercase)
}

fn to_lower_first(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    first_letter(call, char::to_lowercase)
}

fn trim(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = call.text();
    call.give_text(text.trim())
}

fn kebab_case(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = case::kebab(&call.text());
    call.give_text(text)
}

fn snake_case(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let text = case::snake(&call.text());
    call.give_text(text)
}

fn all_are(call: &Call<'_, '_>, wanted: fn(char) -> bool) -> Value {
    let text = call.text();
    Value::Boolean(!text.is_empty() && text.chars().all(wanted))
}

fn is_alpha(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(all_are(call, char::is_alphabetic))
}

fn is_alpha_num(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(all_are(call, char::is_alphanumeric))
}

fn equals_ignore_case(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let (text, other) = (call.text(), call.argument_text(0)?);
    Ok(Value::Boolean(text.to_lowercase() == other.to_lowercase()))
}
