//! What stands in a tag: paths, literals, parentheses, `name=value`.

use super::cursor::{Cursor, is_symbol};
use super::text::quoted;
use super::{Argument, Call};
use crate::diag::{Excerpt, Span};

/// How deep parentheses and brackets may nest.
const MAX_DEPTH: usize = 100;

/// What follows a name: values, and values by name.
#[derive(Default)]
pub(super) struct Arguments {
    pub(super) plain: Vec<Argument>,
    pub(super) named: Vec<(Excerpt, Argument)>,
}

impl Arguments {
    fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.named.is_empty()
    }
}

/// A name of one word.
pub(super) fn identifier(cursor: &mut Cursor<'_>) -> Option<Excerpt> {
    let start = cursor.at;
    if cursor.run(is_symbol) {
        return Some(cursor.excerpt(start, cursor.at));
    }
    None
}

/// As many values as there are.
pub(super) fn arguments(cursor: &mut Cursor<'_>) -> Arguments {
    let mut found = Arguments::default();
    loop {
        let key_value = cursor.attempt(|c| {
            c.blanks();
            hash(c)
        });
        if let Some(pair) = key_value {
            found.named.push(pair);
            continue;
        }
        let value = cursor.attempt(|c| {
            c.blanks();
            value(c)
        });
        match value {
            Some(value) => found.plain.push(value),
            None => return found,
        }
    }
}

/// A name with arguments, or a value alone; `start` is where the tag or the parentheses begin.
pub(super) fn called(cursor: &mut Cursor<'_>, start: usize) -> Option<Call> {
    let helper = cursor.attempt(|c| {
        let name = identifier(c)?;
        let arguments = arguments(c);
        (!arguments.is_empty()).then_some((name, arguments))
    });
    if let Some((name, arguments)) = helper {
        return Some(call(cursor, Argument::Path(name), arguments, start));
    }
    let name = match cursor.peek() {
        Some('(') => parentheses(cursor),
        _ => reference(cursor),
    };
    let Some(name) = name else {
        return cursor.stuck(
            here(cursor),
            "a path, or the name of a helper, belongs here",
        );
    };
    Some(call(cursor, name, Arguments::default(), start))
}

pub(super) fn call(
    cursor: &Cursor<'_>,
    name: Argument,
    arguments: Arguments,
    start: usize,
) -> Call {
    Call {
        name,
        arguments: arguments.plain,
        named: arguments.named,
        span: cursor.span(start, cursor.at),
    }
}

/// The character that stands here, or the end of the text.
pub(super) fn here(cursor: &Cursor<'_>) -> Span {
    let width = cursor.peek().map_or(0, char::len_utf8);
    cursor.span(cursor.at, cursor.at + width)
}

/// `name=value`.
fn hash(cursor: &mut Cursor<'_>) -> Option<(Excerpt, Argument)> {
    let key = identifier(cursor)?;
    cursor.blanks();
    if !cursor.eat("=") {
        return None;
    }
    cursor.blanks();
    match value(cursor) {
        Some(value) => Some((key, value)),
        None => cursor.stuck(
            here(cursor),
            format!("a value belongs behind `{}=`", key.text),
        ),
    }
}

fn value(cursor: &mut Cursor<'_>) -> Option<Argument> {
    if is_keyword(cursor) {
        return None;
    }
    if let Some(literal) = cursor.attempt(literal) {
        return Some(literal);
    }
    match cursor.peek() {
        Some('(') => parentheses(cursor),
        _ => cursor.attempt(reference),
    }
}

/// `as` and `else` are no values, unless more of a name follows, be it behind blanks.
fn is_keyword(cursor: &mut Cursor<'_>) -> bool {
    let at = cursor.at;
    let word = cursor.eat("as") || cursor.eat("else");
    cursor.blanks();
    let alone = word && !cursor.peek().is_some_and(is_symbol);
    cursor.at = at;
    alone
}

/// `(helper value)` or `(path)`.
pub(super) fn parentheses(cursor: &mut Cursor<'_>) -> Option<Argument> {
    let start = cursor.at;
    cursor.at += 1;
    enter(cursor, start)?;
    cursor.blanks();
    let inner = called(cursor, start);
    cursor.depth -= 1;
    let mut inner = inner?;
    if matches!(inner.name, Argument::Call(_)) {
        return cursor.stuck(
            inner.name.span(),
            "parentheses begin with a path or the name of a helper",
        );
    }
    cursor.blanks();
    if !cursor.eat(")") {
        let open = cursor.span(start, start + 1);
        return match cursor.peek() {
            None | Some('}') => cursor.stuck(open, "this parenthesis is not closed"),
            Some(_) => cursor.stuck(here(cursor), "`)` is missing before this"),
        };
    }
    inner.span = cursor.span(start, cursor.at);
    Some(Argument::Call(Box::new(inner)))
}

fn enter(cursor: &mut Cursor<'_>, start: usize) -> Option<()> {
    cursor.depth += 1;
    if cursor.depth <= MAX_DEPTH {
        return Some(());
    }
    let span = cursor.span(start, start + 1);
    cursor.too_deep(
        span,
        format!("blocks and parentheses nest deeper than {MAX_DEPTH}"),
    )
}

/// A path: `a.b`, `this.b`, `../b`, `@root/b`, `@index`, `a.[b c]`.
pub(super) fn reference(cursor: &mut Cursor<'_>) -> Option<Argument> {
    let start = cursor.at;
    let separated = |c: &Cursor<'_>, word: &str| {
        let rest = c.rest().strip_prefix(word);
        rest.is_some_and(|r| r.starts_with(['/', '.']))
    };
    if separated(cursor, "this") {
        cursor.at += 5;
    } else {
        cursor.eat("./");
    }
    if separated(cursor, "@root") {
        cursor.at += 6;
    }
    let local = cursor.eat("@");
    while separated(cursor, "..") {
        cursor.at += 3;
    }
    if !item(cursor) {
        return cursor.stuck(
            here(cursor),
            "a path, or the name of a helper, belongs here",
        );
    }
    while cursor.sees(".") || cursor.sees("/") {
        cursor.at += 1;
        if !item(cursor) {
            cursor.stuck::<()>(here(cursor), "the path ends with nothing behind its dot");
            cursor.at -= 1;
            break;
        }
    }
    let excerpt = cursor.excerpt(start, cursor.at);
    Some(if local && excerpt.text.starts_with('@') {
        Argument::Data(excerpt)
    } else {
        Argument::Path(excerpt)
    })
}

/// A step of a path: a name, or anything between brackets.
fn item(cursor: &mut Cursor<'_>) -> bool {
    if cursor.run(is_symbol) {
        return true;
    }
    if !cursor.sees("[") {
        return false;
    }
    let end = cursor.find("]");
    match end {
        Some(end) => cursor.at += end + 1,
        None => drop(cursor.stuck::<()>(here(cursor), "this bracket is not closed")),
    }
    end.is_some()
}

fn literal(cursor: &mut Cursor<'_>) -> Option<Argument> {
    let start = cursor.at;
    if cursor.sees("\"") || cursor.sees("'") {
        return quoted(cursor).map(Argument::Text);
    }
    json(cursor)?;
    let excerpt = cursor.excerpt(start, cursor.at);
    if serde_json::from_str::<serde_json::Value>(&excerpt.text).is_err() {
        let message = format!("`{}` is no value of JSON", excerpt.text.escape_debug());
        cursor.invalid(excerpt.span, message);
    }
    Some(Argument::Literal(excerpt))
}

/// Passes something that looks like a value of JSON.
fn json(cursor: &mut Cursor<'_>) -> Option<()> {
    match cursor.peek()? {
        '"' | '\'' => quoted(cursor).map(|_| ()),
        '[' => {
            let start = cursor.at;
            enter(cursor, start)?;
            cursor.at += 1;
            items(cursor, json)?;
            cursor.depth -= 1;
            cursor.eat("]").then_some(())
        }
        '{' => {
            let start = cursor.at;
            enter(cursor, start)?;
            cursor.at += 1;
            items(cursor, |c| {
                quoted(c)?;
                c.blanks();
                c.eat(":").then(|| c.blanks())?;
                json(c)
            })?;
            cursor.depth -= 1;
            cursor.eat("}").then_some(())
        }
        _ => number(cursor)
            .or_else(|| word(cursor, "null"))
            .or_else(|| word(cursor, "true"))
            .or_else(|| word(cursor, "false")),
    }
}

/// The members of an array or an object: `a, b`, and also `, a`.
fn items(cursor: &mut Cursor<'_>, one: impl Fn(&mut Cursor<'_>) -> Option<()>) -> Option<()> {
    cursor.blanks();
    cursor.attempt(&one);
    loop {
        cursor.blanks();
        let more = cursor.attempt(|c| {
            c.eat(",").then(|| c.blanks())?;
            one(c)
        });
        if more.is_none() {
            return Some(());
        }
    }
}

fn word(cursor: &mut Cursor<'_>, word: &str) -> Option<()> {
    cursor.attempt(|c| (c.eat(word) && !c.peek().is_some_and(is_symbol)).then_some(()))
}

/// `1`, `-1.5`, `2E-3`; only where no name goes on.
fn number(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.attempt(|c| {
        let digit = |c: char| c.is_ascii_digit();
        c.eat("-");
        c.run(digit).then_some(())?;
        c.eat(".");
        c.run(digit);
        c.attempt(|c| {
            c.eat("E").then_some(())?;
            c.eat("-");
            c.run(digit).then_some(())
        });
        (!c.peek().is_some_and(is_symbol)).then_some(())
    })
}
