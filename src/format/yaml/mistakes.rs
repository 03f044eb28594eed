//! The mistakes that YAML invites: keys that stand twice, expressions that it takes for something else.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::format::edit::Entries;
use crate::format::node::{Entry, Kind, Node, Record};

/// Keys that are written with a mapping.
const MAPPINGS: [&str; 10] = [
    "match",
    "from",
    "for",
    "to",
    "set",
    "default",
    "create",
    "append",
    "let",
    "parameters",
];

/// Adds the hint for the mistake that everybody makes: an expression whose braces or `: ` YAML takes for its own.
pub(super) fn explain(diagnostic: Diagnostic, text: &str) -> Diagnostic {
    let Some(label) = &diagnostic.primary else {
        return diagnostic;
    };
    let before = text[..(label.span.start as usize).min(text.len())]
        .rfind('\n')
        .map_or(0, |n| n + 1);
    let line = text[before..].lines().next().unwrap_or_default();
    if diagnostic.message.starts_with("tab") {
        return diagnostic.hint("YAML is indented by blanks");
    }
    let Some(start) = line.find("${") else {
        return match line.split_once(": ") {
            Some((key, value))
                if value.contains(": ") && !value.starts_with(['{', '[', '\'', '\u{22}']) =>
            {
                let from = before + key.len() + 2;
                if MAPPINGS.contains(&key.trim_start_matches([' ', '-'])) {
                    let braces = format!("{{{value}}}");
                    let whole = (from, from + value.len());
                    let hint = format!("a mapping on one line stands in braces: {braces}");
                    return in_place(diagnostic, whole, &braces).hint(hint);
                }
                let quoted = quoted(value);
                let whole = (from, from + value.len());
                let diagnostic = if value.contains(" #") {
                    diagnostic
                } else {
                    in_place(diagnostic, whole, &quoted)
                };
                diagnostic.hint(format!("text with `: ` in it stands in quotes: {quoted}"))
            }
            _ => diagnostic,
        };
    };
    let end = line[start..]
        .find('}')
        .map_or(line.len(), |n| start + n + 1);
    let quoted = quoted(&line[start..end]);
    let whole = line[..start].trim_end().ends_with([':', ',', '[', '-'])
        && (line[end..].trim_start().is_empty()
            || line[end..].trim_start().starts_with([',', '}', ']']));
    let diagnostic = if whole {
        in_place(diagnostic, (before + start, before + end), &quoted)
    } else {
        diagnostic
    };
    diagnostic.hint(format!(
        "an expression among braces or with `: ` stands in quotes: {quoted}"
    ))
}

/// Adds the fix that puts a text in the place of another one of the same file.
fn in_place(diagnostic: Diagnostic, (from, to): (usize, usize), text: &str) -> Diagnostic {
    let Some(label) = &diagnostic.primary else {
        return diagnostic;
    };
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span {
        start: place(from),
        end: place(to),
        ..label.span
    };
    diagnostic.replace_at(span, text)
}

/// A text in the quotes that leave it as it is, if there are any.
pub fn quoted(text: &str) -> String {
    if text.contains(['\u{22}', '\\']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\x22{text}\x22")
    }
}

/// How long a file may be for edits to be offered for the keys that it has twice, in bytes.
const MAX_MENDED: usize = 1 << 20;

/// For how many of them: each is looked for in the whole text.
const MAX_OFFERED: usize = 20;

/// Reports keys that a mapping has twice, in a file or a part of one.
pub(in crate::format) fn report_duplicates(
    root: &Node,
    (text, part): (&str, Span),
    diagnostics: &mut Diagnostics,
) {
    let entries = OnceCell::new();
    let removal = |entry: &Entry| {
        let part_text = text.get(part.range()).filter(|t| t.len() <= MAX_MENDED)?;
        let entries = entries.get_or_init(|| Entries::read(part_text)).as_ref()?;
        let at = entry.key.span.start.checked_sub(part.start)?;
        let range = entries.removal(at as usize)?;
        Some(part.part(range.start, range.len()))
    };
    let mut offered = 0;
    let mut open: Vec<&Node> = vec![root];
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Sequence(items) => open.extend(items),
            Kind::Mapping(entries) => {
                for (first, twice) in repeated(entries) {
                    let key = &twice.key.text;
                    let message = format!("the key `{key}` stands here twice");
                    let mut diagnostic =
                        Diagnostic::error(Code::DuplicateKey, twice.key.span, message)
                            .related(first.key.span, "the first one");
                    if first.value.mapping().is_some() && twice.value.mapping().is_some() {
                        diagnostic = diagnostic.hint(format!("put all of it under one `{key}`"));
                    }
                    offered += 1;
                    let ways = [(twice, "this"), (first, "the first")];
                    let ways = ways.into_iter().filter(|_| offered <= MAX_OFFERED);
                    for (entry, which) in ways {
                        if let Some(span) = removal(entry) {
                            let title = format!("remove {which} `{key}`");
                            diagnostic = diagnostic.edit(title, span, "");
                        }
                    }
                    diagnostics.push(diagnostic);
                }
                open.extend(entries.iter().map(|e| &e.value));
            }
            Kind::Plain(_) | Kind::Quoted(_) => {}
        }
    }
}

/// Each entry whose key stands earlier too, with the first of that key.
fn repeated(entries: &[Entry]) -> Vec<(&Entry, &Entry)> {
    if entries.len() <= 12 {
        let pairs = entries.iter().enumerate().filter_map(|(i, e)| {
            let first = entries[..i].iter().find(|f| f.key.text == e.key.text)?;
            Some((first, e))
        });
        return pairs.collect();
    }
    let mut seen: BTreeMap<&str, &Entry> = BTreeMap::new();
    let pairs = entries.iter().filter_map(|e| {
        let first = *seen.entry(&e.key.text).or_insert(e);
        (!std::ptr::eq(first, e)).then_some((first, e))
    });
    pairs.collect()
}

/// Says of expressions whose text breaks off that YAML took the rest for a comment.
///
/// `root` is what was read of `text`, the text of the whole file.
pub fn report_comments(root: &Node, text: &str, diagnostics: &mut Diagnostics) {
    for diagnostic in diagnostics.iter_mut() {
        let label = diagnostic.primary.as_ref().map(|l| l.span);
        let broken = diagnostic.code == Code::ExpressionSyntax && diagnostic.fixes.is_empty();
        let Some(span) = label.filter(|s| broken && s.file == root.span.file) else {
            continue;
        };
        let Some((scalar, line_end)) = plain_at(root, span).and_then(|s| Some((s, cut(s, text)?)))
        else {
            continue;
        };
        let quoted = quoted(&text[scalar.start as usize..line_end]);
        let whole = scalar.part(0, line_end - scalar.start as usize);
        let hint = format!("` #` begins a comment in YAML; in quotes it is text: {quoted}");
        diagnostic.hints.clear();
        *diagnostic = diagnostic.clone().replace_at(whole, quoted).hint(hint);
    }
}

/// The scalar without quotes that a place lies in.
fn plain_at(root: &Node, place: Span) -> Option<Span> {
    let mut node = root;
    loop {
        let inside = |n: &&Node| n.span.start <= place.start && place.start <= n.span.end;
        node = match &node.kind {
            Kind::Plain(_) => return Some(node.span),
            Kind::Quoted(_) => return None,
            Kind::Sequence(items) => items.iter().find(inside)?,
            Kind::Mapping(entries) => entries.iter().map(|e| &e.value).find(inside)?,
        }
    }
}

/// Where a scalar was to end, if what it left open is closed in the comment behind it.
fn cut(scalar: Span, text: &str) -> Option<usize> {
    let value = text.get(scalar.range())?;
    let behind = text.get(scalar.end as usize..)?.lines().next()?.trim_end();
    if !is_open(value) || !behind.trim_start().starts_with('#') {
        return None;
    }
    // Behind what is closed there may be a comment that was meant as one.
    let blank = |at: &usize| behind[..*at].ends_with([' ', '\t']);
    let ends = behind.match_indices('#').map(|(at, _)| at).filter(blank);
    let ends = ends.skip(1).chain([behind.len()]);
    let whole = |end: usize| format!("{value}{}", &behind[..end]);
    let end = ends.into_iter().find(|end| !is_open(&whole(*end)))?;
    Some(scalar.end as usize + behind[..end].trim_end().len())
}

/// Whether a text within `'` or an expression begins in a text and does not end there.
fn is_open(text: &str) -> bool {
    let inside = text.rfind("${").is_some_and(|at| !text[at..].contains('}'));
    inside || text.matches('\'').count() % 2 == 1
}

/// The edit by which an entry comes behind the one of a key of a record: where, and what is written there.
pub fn entry_behind(
    text: &str,
    record: &Record<'_>,
    key: &str,
    entry: &str,
) -> Option<(Span, String)> {
    let before = record.entries.iter().find(|e| &*e.key.text == key)?;
    let edit = Entries::read(text)?.behind(before.key.span.start as usize, entry)?;
    let (start, end) = (edit.range.start, edit.range.end);
    Some((
        Span::new(before.key.span.file, start, end),
        edit.replacement,
    ))
}
