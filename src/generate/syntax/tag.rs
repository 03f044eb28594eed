//! One tag, from its first brace to its last.

use super::argument::{
    Arguments, arguments, call, called, here, identifier, parentheses, reference,
};
use super::cursor::{Cursor, is_blank, is_partial_symbol};
use super::{Argument, Call};
use crate::diag::{Excerpt, Span};

/// What a tag is, by its first characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagKind {
    /// `{{x}}`
    Print,
    /// `{{{x}}}`, `{{&x}}`
    Raw,
    /// `{{#x}}`
    Open,
    /// `{{#*x}}`
    OpenInline,
    /// `{{#>x}}`
    OpenPartial,
    /// `{{/x}}`
    Close,
    /// `{{else}}`, `{{^}}`
    Else,
    /// `{{else if x}}`
    Chain,
    /// `{{>x}}`
    Partial,
    /// `{{*x}}`
    Decorator,
    /// `{{! x }}`
    Comment,
    /// `{{{{x}}}} … {{{{/x}}}}`
    Verbatim,
}

/// A tag that was read.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) kind: TagKind,
    /// All of it.
    pub(super) span: Span,
    /// Its name and arguments; of a comment and of `{{else}}` none.
    pub(super) call: Option<Call>,
    /// The names between `|` and `|`.
    pub(super) parameters: Vec<Excerpt>,
    /// Whether it takes the white space before it.
    pub(super) before: bool,
    /// Whether it takes the white space behind it.
    pub(super) after: bool,
}

impl Tag {
    /// Its name as it is written.
    pub(super) fn name(&self) -> &str {
        self.call.as_ref().map_or("", |c| c.name.text())
    }
}

type Inside = (TagKind, Option<Call>, Vec<Excerpt>);

/// Reads the tag that begins here, at `{{`.
pub(super) fn tag(cursor: &mut Cursor<'_>) -> Option<Tag> {
    if cursor.sees("{{!") {
        return comment(cursor);
    }
    if cursor.sees("{{{{") {
        return verbatim(cursor);
    }
    let start = cursor.at;
    if cursor.sees("{{{") {
        let legacy = cursor.attempt(|c| triple(c, start));
        if legacy.is_some() {
            return legacy;
        }
    }
    cursor.at += 2;
    let before = tilde(cursor);
    let (kind, call, parameters) = inside(cursor, start)?;
    let after = tilde(cursor);
    if !cursor.eat("}}") {
        return unended(cursor, start);
    }
    Some(Tag {
        kind,
        span: cursor.span(start, cursor.at),
        call: call.map(|c| whole(c, cursor, start)),
        parameters,
        before,
        after,
    })
}

/// What can be told of a tag that cannot be read: that it opens a block, or splits one.
pub(super) fn rough(cursor: &mut Cursor<'_>) -> Option<Tag> {
    let start = cursor.at;
    cursor.at += 2;
    tilde(cursor);
    let kind = if cursor.eat("#") || cursor.eat("^") {
        TagKind::Open
    } else if cursor.eat("else") {
        TagKind::Chain
    } else {
        return None;
    };
    cursor.blanks();
    let at = cursor.at;
    let found = cursor.run(|c| !is_blank(c) && !"{}()~=\"'|".contains(c));
    let name = found.then(|| cursor.excerpt(at, cursor.at))?;
    let call = call(cursor, Argument::Path(name), Arguments::default(), start);
    Some(Tag {
        kind,
        span: call.span,
        call: Some(call),
        parameters: Vec::new(),
        before: false,
        after: false,
    })
}

/// The call of a tag stands for all of it.
fn whole(call: Call, cursor: &Cursor<'_>, start: usize) -> Call {
    Call {
        span: cursor.span(start, cursor.at),
        ..call
    }
}

/// Passes `~` with the blanks around it.
fn tilde(cursor: &mut Cursor<'_>) -> bool {
    cursor.blanks();
    let found = cursor.eat("~");
    cursor.blanks();
    found
}

fn unended<T>(cursor: &mut Cursor<'_>, start: usize) -> Option<T> {
    match cursor.peek() {
        Some(c) if !cursor.sees("{{") => {
            let message = format!(
                "`{}` cannot stand here, `}}}}` is missing before it",
                c.escape_default()
            );
            cursor.stuck(here(cursor), message)
        }
        _ => {
            let open = cursor.span(start, start + 2);
            cursor.stuck(open, "this tag has no end: `}}` is missing")
        }
    }
}

/// What stands between the braces.
fn inside(cursor: &mut Cursor<'_>, start: usize) -> Option<Inside> {
    let plain = |kind, call| Some((kind, Some(call), Vec::new()));
    let mut mark = |what: &str| {
        let found = cursor.eat(what);
        if found {
            cursor.blanks();
        }
        found
    };
    if mark("#") {
        return open(cursor, start);
    }
    if mark("/") {
        return close(cursor, start);
    }
    if mark(">") {
        let call = partial(cursor, start)?;
        return plain(TagKind::Partial, call);
    }
    if mark("*") {
        let (call, parameters) = line(cursor, start)?;
        return Some((TagKind::Decorator, Some(call), parameters));
    }
    if mark("&") {
        let call = alone(cursor, start)?;
        return plain(TagKind::Raw, call);
    }
    if mark("{") {
        let call = called(cursor, start)?;
        cursor.blanks();
        if !cursor.eat("}") {
            return unended(cursor, start);
        }
        return plain(TagKind::Raw, call);
    }
    if let Some(found) = cursor.attempt(|c| otherwise(c, start)) {
        return Some(found);
    }
    if cursor.sees("^") {
        let message = "`^` alone is `{{else}}`; `{{^x}}` is written `{{#unless x}}`";
        return cursor.surely(here(cursor), message);
    }
    let call = called(cursor, start)?;
    plain(TagKind::Print, call)
}

/// `{{{x}}}` with `~` inside of all braces.
fn triple(cursor: &mut Cursor<'_>, start: usize) -> Option<Tag> {
    cursor.at += 3;
    let before = tilde(cursor);
    let call = called(cursor, start)?;
    let after = tilde(cursor);
    cursor.eat("}}}").then_some(())?;
    Some(Tag {
        kind: TagKind::Raw,
        span: cursor.span(start, cursor.at),
        call: Some(whole(call, cursor, start)),
        parameters: Vec::new(),
        before,
        after,
    })
}

fn open(cursor: &mut Cursor<'_>, start: usize) -> Option<Inside> {
    if cursor.eat(">") {
        cursor.blanks();
        let call = partial(cursor, start)?;
        return Some((TagKind::OpenPartial, Some(call), Vec::new()));
    }
    let kind = if cursor.eat("*") {
        cursor.blanks();
        TagKind::OpenInline
    } else {
        TagKind::Open
    };
    let (call, parameters) = line(cursor, start)?;
    Some((kind, Some(call), parameters))
}

/// `else` or `^`, and what follows it up to the braces, which must end the tag: else it is a name.
fn otherwise(cursor: &mut Cursor<'_>, start: usize) -> Option<Inside> {
    if !cursor.eat("else") && !cursor.eat("^") {
        return None;
    }
    let ends = |c: &mut Cursor<'_>| {
        let at = c.at;
        tilde(c);
        let ends = c.sees("}}");
        c.at = at;
        ends.then_some(())
    };
    if ends(cursor).is_some() {
        return Some((TagKind::Else, None, Vec::new()));
    }
    cursor.blanks();
    let (call, parameters) = line(cursor, start)?;
    ends(cursor)?;
    Some((TagKind::Chain, Some(call), parameters))
}

/// A name with its arguments, and the names of a block.
fn line(cursor: &mut Cursor<'_>, start: usize) -> Option<(Call, Vec<Excerpt>)> {
    let Some(name) = identifier(cursor) else {
        return cursor.stuck(here(cursor), "the name of a block belongs here");
    };
    let arguments = arguments(cursor);
    let call = call(cursor, Argument::Path(name), arguments, start);
    let parameters = cursor.attempt(|c| {
        c.blanks();
        block_parameters(c)
    });
    Some((call, parameters.unwrap_or_default()))
}

/// `as |x|` or `as |x i|`.
fn block_parameters(cursor: &mut Cursor<'_>) -> Option<Vec<Excerpt>> {
    cursor.eat("as").then(|| cursor.blanks())?;
    cursor.eat("|").then(|| cursor.blanks())?;
    let mut names = Vec::new();
    while names.len() < 2
        && let Some(name) = identifier(cursor)
    {
        names.push(name);
        cursor.blanks();
    }
    if names.is_empty() || !cursor.eat("|") {
        let message = "one name, or two, stand between `|` and `|`";
        return cursor.stuck(here(cursor), message);
    }
    Some(names)
}

/// The name of a partial template with its arguments.
fn partial(cursor: &mut Cursor<'_>, start: usize) -> Option<Call> {
    let name = partial_name(cursor).map(Argument::Path);
    let Some(name) = name.or_else(|| alone(cursor, start).map(|c| c.name)) else {
        return cursor.stuck(
            here(cursor),
            "`{{>` is followed by the name of a partial template",
        );
    };
    let arguments = arguments(cursor);
    Some(call(cursor, name, arguments, start))
}

fn partial_name(cursor: &mut Cursor<'_>) -> Option<Excerpt> {
    let start = cursor.at;
    if cursor.run(is_partial_symbol) {
        return Some(cursor.excerpt(start, cursor.at));
    }
    cursor.attempt(|c| {
        c.eat("'").then_some(())?;
        while c.peek().is_some_and(|c| c != '\'') {
            if !c.eat("\\'") {
                c.at += c.peek().map_or(0, char::len_utf8);
            }
        }
        let quoted = c.at > start + 1 && c.eat("'");
        quoted.then(|| c.excerpt(start, c.at))
    })
}

/// A path or parentheses, without arguments.
fn alone(cursor: &mut Cursor<'_>, start: usize) -> Option<Call> {
    let name = match cursor.peek() {
        Some('(') => parentheses(cursor)?,
        _ => reference(cursor)?,
    };
    Some(call(cursor, name, Arguments::default(), start))
}

/// The name behind `/`: that of a block, of a partial template, or none.
fn close(cursor: &mut Cursor<'_>, start: usize) -> Option<Inside> {
    let at = cursor.at;
    let ended = |c: &mut Cursor<'_>| {
        let end = c.at;
        tilde(c);
        let ends = c.sees("}}");
        c.at = end;
        ends.then(|| c.excerpt(at, end))
    };
    let block = cursor.attempt(|c| {
        let _ = identifier(c);
        ended(c)
    });
    let name = block.or_else(|| {
        cursor.attempt(|c| {
            partial_name(c)?;
            ended(c)
        })
    });
    let Some(name) = name else {
        return cursor.stuck(
            here(cursor),
            "the name of the block that this closes belongs here",
        );
    };
    let call = call(cursor, Argument::Path(name), Arguments::default(), start);
    Some((TagKind::Close, Some(call), Vec::new()))
}

/// `{{! x }}`, or `{{!-- x --}}`, in which `}}` may stand.
fn comment(cursor: &mut Cursor<'_>) -> Option<Tag> {
    let start = cursor.at;
    cursor.at += 3;
    let long = cursor.attempt(|c| {
        c.blanks();
        c.eat("--").then_some(())?;
        c.at += c.find("--}}")? + 2;
        Some(())
    });
    if long.is_none() {
        let Some(width) = cursor.find("}}") else {
            let open = cursor.span(start, start + 2);
            return cursor.stuck(open, "this tag has no end: `}}` is missing");
        };
        cursor.at += width;
    }
    cursor.at += 2;
    Some(Tag {
        kind: TagKind::Comment,
        span: cursor.span(start, cursor.at),
        call: None,
        parameters: Vec::new(),
        before: false,
        after: false,
    })
}

/// `{{{{x}}}}` with the text up to `{{{{/x}}}}`.
fn verbatim(cursor: &mut Cursor<'_>) -> Option<Tag> {
    let start = cursor.at;
    cursor.at += 4;
    let before = tilde(cursor);
    let (call, parameters) = line(cursor, start)?;
    tilde(cursor);
    if !cursor.eat("}}}}") {
        return unended(cursor, start);
    }
    let open = cursor.span(start, cursor.at);
    super::scanner::verbatim_text(cursor);
    if !cursor.eat("{{{{") {
        return cursor.stuck(open, "this block is not closed");
    }
    tilde(cursor);
    if !cursor.eat("/") {
        return unended(cursor, start);
    }
    cursor.blanks();
    let name = identifier(cursor);
    let after = tilde(cursor);
    if !cursor.eat("}}}}") {
        return unended(cursor, start);
    }
    if name.as_ref().map_or("", |n| &n.text) != call.name.text() {
        return cursor.stuck(open, "this block is not closed");
    }
    Some(Tag {
        kind: TagKind::Verbatim,
        span: cursor.span(start, cursor.at),
        call: Some(call),
        parameters,
        before,
        after,
    })
}
