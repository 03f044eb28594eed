//! Operations of text that take regular expressions, which run in linear time.

use std::rc::Rc;
use std::sync::Arc;

use regex_lite::{Regex, RegexBuilder};

use super::rules::{self, Signature, Typed};
use super::{Call, Form, Operation, Receiver, row};
use crate::expr::Failure;
use crate::expr::check::Mistake;
use crate::model::Value;

const ONE: (Receiver, Form) = (Receiver::String, Form::Values(1, 1));
const TWO: (Receiver, Form) = (Receiver::String, Form::Values(2, 2));

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(ONE, ("matches", "matches(pattern: String): Boolean", "Whether a regular expression matches all of the text."), (matches_type, matches)),
    row(TWO, ("regexReplaceAll", "regexReplaceAll(pattern: String, new: String): String", "The text with every match of a regular expression replaced; `$1` in the new text is what the first group matched."), (replace_type, regex_replace_all)),
];

/// How many regular expressions are remembered.
const MAX_PATTERNS: usize = 1000;

/// A pattern that is written down is compiled at once.
fn check(s: &Signature<'_>) -> Result<(), Mistake> {
    let pattern = s.arguments.first().and_then(|a| a.literal());
    let wrong = pattern.and_then(|p| compiled(p, &whole(p)).err());
    wrong.map_or(Ok(()), |message| Err(Mistake::at(0, message)))
}

fn matches_type(s: &Signature<'_>) -> Typed {
    check(s)?;
    rules::texts_to_boolean(s)
}

fn replace_type(s: &Signature<'_>) -> Typed {
    check(s)?;
    rules::texts_to_string(s)
}

/// The pattern for all of a text.
fn whole(pattern: &str) -> String {
    format!(r"\A(?:{pattern})\z")
}

/// Compiles a pattern in a form, within a size that keeps the steps per character few.
fn compiled(pattern: &str, form: &str) -> Result<Regex, String> {
    let build = |text: &str| {
        let mut builder = RegexBuilder::new(text);
        builder.size_limit(1 << 15).nest_limit(100).build()
    };
    // Alone first, so that no bracket of it closes one of ours.
    let built = build(pattern).and_then(|_| build(form));
    built.map_err(|error| format!("this is no regular expression: {error}"))
}

/// The regular expression that the first argument is, in a form.
fn pattern(call: &mut Call<'_, '_>, form: fn(&str) -> String) -> Result<Rc<Regex>, Failure> {
    let (text, pattern) = (call.text(), call.argument_text(0)?);
    call.charge(text.len().saturating_mul(16 + pattern.len() / 8))?;
    let form: Arc<str> = form(&pattern).into();
    let memo = call.evaluator.memo();
    if let Some(known) = memo.patterns.borrow().get(&form) {
        return Ok(known.clone());
    }
    call.charge(1000 + pattern.len())?;
    let regex = match compiled(&pattern, &form) {
        Ok(regex) => Rc::new(regex),
        Err(message) => return call.fail_at(0, message),
    };
    let mut patterns = call.evaluator.memo().patterns.borrow_mut();
    // Patterns may be computed, one for each element.
    if patterns.len() >= MAX_PATTERNS {
        patterns.clear();
    }
    patterns.insert(form, regex.clone());
    Ok(regex)
}

fn matches(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let regex = pattern(call, whole)?;
    Ok(Value::Boolean(regex.is_match(&call.text())))
}

fn regex_replace_all(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let regex = pattern(call, str::to_owned)?;
    let (text, new) = (call.text(), call.argument_text(1)?);
    let mut replaced = String::new();
    let mut end = 0;
    for found in regex.captures_iter(&text) {
        let Some(all) = found.get(0) else { continue };
        let length = replaced.len();
        replaced.push_str(&text[end..all.start()]);
        found.expand(&new, &mut replaced);
        end = all.end();
        call.charge(1 + (replaced.len() - length) / 4)?;
    }
    replaced.push_str(&text[end..]);
    call.give_text(replaced)
}
